"""How many of the edited copies of a story are found, and how many pairs that are none.

    .venv/bin/python bench/duplicates.py [--stories 400]

Stories of the newsroom are stored beside copies of them in which 1, 5, 10 and 20 in a hundred words, here and there, are
another word of the newsroom's, and are linked as `scraper duplicates` does; of two copies of one story the same is asked as
of story and copy.  Unrelated stories of the newsroom share up to a third of their shingles, for its sentences come from some
dozens of patterns: they are what a threshold must keep apart.  Then thresholds are compared, on all pairs.
With the package `simhash` (2.1.2) installed, so is the fingerprint of Charikar and Manku.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import sys
import tempfile
import time
import timeit
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from desk import Desk  # the tests' short way to store a story

from scraper.archive import Archive, duplicates, fingerprints
from scraper.newsroom import START, Newsroom

SHARES = (0.0, 0.01, 0.05, 0.1, 0.2)
SEED = 7

Text = tuple[int, float, str]  # the number of its story, the part of its words that was edited, itself


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, default=400)
    given = parser.parse_args()
    room = Newsroom(articles=given.stories, clock=lambda: START)
    bodies = [str(room.truth(story)["body"]) for story in room.stories()]
    vocabulary = " ".join(bodies).split()
    texts = [(number, share, text) for number, body in enumerate(bodies) if len(body.split()) >= 60
             for share, text in copies_of(body, vocabulary)]  # fmt: skip
    print(f"{len(texts)} texts, {statistics.median(len(text.split()) for *_, text in texts):.0f} words at the median")
    whole(texts)
    thresholds(texts)
    speed(bodies)
    return 0


def copies_of(body: str, vocabulary: list[str]) -> Iterable[tuple[float, str]]:
    """A body and its edited copies."""
    chance, words = random.Random(f"{SEED} {body}"), body.split()
    yield 0.0, body
    for share in SHARES[1:]:
        copy = list(words)
        for place in chance.sample(range(len(words)), max(1, round(share * len(words)))):
            copy[place] = chance.choice(vocabulary)
        yield share, " ".join(copy)


def whole(texts: list[Text]) -> None:
    """The command's own work, from end to end."""
    with tempfile.TemporaryDirectory() as folder, Archive.open(Path(folder) / "archive.db") as archive:
        desk = Desk(archive)
        with archive.transactions.grouped():
            for at, (number, _, text) in enumerate(texts):
                desk.save(f"/{at}", body=text, title=f"Story {number}")
        started = time.perf_counter()
        done = duplicates.link(archive)
        seconds = time.perf_counter() - started
        found = {(pair["other_id"] - 1, pair["id"] - 1) for pair in duplicates.copies(archive).pairs}
    print(f"\nlinked in {seconds:.1f} s, {1000 * seconds / len(texts):.2f} ms a text: {done.exact + done.near} pairs")
    print("\n| words edited | copies found | links that are right |\n|---|---|---|")
    wrong = sum(texts[one][0] != texts[other][0] for one, other in found)
    for share in SHARES[1:]:
        copies = [at for at, (_, each, _) in enumerate(texts) if each == share]
        hits = sum((at - SHARES.index(share), at) in found for at in copies)
        print(f"| {share:.0%} | {hits / len(copies):.3f} | |")
    print(f"| all pairs | | {1 - wrong / max(1, len(found)):.4f} ({wrong} of {len(found)} wrong) |")


def thresholds(texts: list[Text]) -> None:
    """Recall of story and copy, and pairs of unrelated texts that pass, by what is compared and how near it must be."""
    originals = [text for text in texts if text[1] == 0.0]
    words = {text: fingerprints.words_of(text[2]) for text in texts}
    shingles = {text: frozenset(fingerprints.shingles_of(words[text])) for text in texts}
    bits = {text: fingerprints.fingerprint(text[2]).bits for text in texts}
    pairs = [(texts[at - SHARES.index(texts[at][1])], texts[at]) for at in range(len(texts)) if texts[at][1]]
    strangers = list(itertools.combinations(originals, 2))
    print(f"\nOf {len(strangers):,} pairs of unrelated stories:\n")
    print(f"| linked if | {' | '.join(f'{share:.0%} edited' for share in SHARES[1:])} | unrelated |")
    print("|---" * (len(SHARES) + 1) + "|")

    def row(name: str, is_near: Callable[[Text, Text], bool]) -> None:
        hits = Counter(other[1] for one, other in pairs if is_near(one, other))
        wrong = sum(is_near(one, other) for one, other in strangers)
        print(f"| {name} | {' | '.join(f'{hits[share] / len(originals):.3f}' for share in SHARES[1:])} | {wrong} |")

    for least in (0.6, 0.5, 0.45, 0.4, 0.35, 0.3):
        row(
            f"resemblance of {least:.2f}",
            lambda a, b, least=least: fingerprints.resemblance(shingles[a], shingles[b]) >= least,
        )  # type: ignore[misc]
    for most in (8, 12, 16, 20, 24):
        row(f"{most} bits of the fingerprint", lambda a, b, most=most: fingerprints.distance(bits[a], bits[b]) <= most)  # type: ignore[misc]
    try:
        from simhash import Simhash
    except ImportError:
        return
    marks = {text: Simhash(fingerprints.shingles_of(words[text])).value for text in texts}
    for most in (3, 8, 12, 16):
        row(f"{most} bits of a simhash", lambda a, b, most=most: fingerprints.distance(marks[a], marks[b]) <= most)  # type: ignore[misc]


def speed(bodies: list[str]) -> None:
    """What a fingerprint costs, of texts of 600 words; the least of three times each."""
    words = " ".join(bodies).split()
    texts = [" ".join(words[at : at + 600]) for at in range(0, len(words) - 600, 600)][:200]
    costs = []
    for text in texts:
        costs.append(1e6 * min(timeit.repeat(lambda text=text: fingerprints.fingerprint(text), number=1, repeat=3)))  # type: ignore[misc]
    costs.sort()
    print(f"\na fingerprint of 600 words: {statistics.median(costs):.0f} µs, {costs[int(0.9 * len(costs))]:.0f} at the 90th percentile")  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
