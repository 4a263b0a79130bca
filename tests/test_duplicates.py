"""Copies are found across sites, exact and near; short and unrelated texts make no pairs; nothing is looked at twice."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import RunCli
from desk import DAY, NOW, Desk
from hypothesis import given
from hypothesis import strategies as st

from scraper import urls
from scraper.archive import Archive, pack
from scraper.archive.check import check
from scraper.archive.duplicates import MIN_WORDS, Linked, copies, link
from scraper.archive.fingerprints import SCHEME, distance, fingerprint, words_of
from scraper.newsroom import START, Newsroom
from scraper.records import Article, Judged, Link, Page
from scraper.sites import unknown_site


@pytest.fixture(scope="module")
def prose() -> list[str]:
    """The bodies of some of the newsroom's stories."""
    room = Newsroom(articles=60, clock=lambda: START)
    bodies = [str(room.truth(story)["body"]) for story in room.stories()]
    return [body for body in bodies if len(body.split()) >= 150]


@pytest.fixture
def desk(archive: Archive) -> Iterator[Desk]:
    yield Desk(archive)


def edited(text: str, share: float, seed: int = 1) -> str:
    """A text of which a share of the words, here and there, is another."""
    chance, words = random.Random(seed), text.split()
    for place in chance.sample(range(len(words)), max(1, round(share * len(words)))):
        words[place] = f"word{chance.randrange(1000)}"
    return " ".join(words)


def elsewhere(archive: Archive, host: str, path: str, **fields: Any) -> int:
    """Store a story of another site; its article id."""
    site, url = unknown_site(host), f"https://{host}{path}"
    site_id = archive.add_site(site, f"https://{host}/", NOW)
    crawl_id = archive.ledger.crawl_id
    assert crawl_id is not None
    archive.ledger.advertise(
        site_id, crawl_id, [Judged(Link(url=url, source="sitemap"), urls.page_key(url), "pending", None, 0)], NOW
    )
    entry = archive.ledger.entry(urls.page_key(url))
    assert entry is not None
    raw = f"<html>{url}{json.dumps(fields)}".encode()
    page = Page(url=url, final_url=url, status=200, headers={}, body=raw, fetched_at=NOW)
    article = Article(**({"url": url, "site": host, "kind": "article", "title": url, "published": NOW} | fields))
    stored = archive.save(entry, site_id, page, pack(raw), article, site, None)
    assert stored is not None
    return stored.article_id


def pairs(archive: Archive, **wanted: Any) -> list[tuple[str, int, int]]:
    return [(pair["kind"], pair["id"], pair["other_id"]) for pair in copies(archive, **wanted).pairs]


def test_copies_are_linked_across_sites(desk: Desk, prose: list[str]) -> None:
    archive = desk.archive
    desk.save("/a", body=prose[0])  # article 1
    desk.save("/b", body=prose[1])  # 2
    elsewhere(archive, "wire.example", "/x", body=prose[0].upper().replace(",", " –"))  # 3: the same words
    elsewhere(archive, "wire.example", "/y", body=edited(prose[1], 0.05))  # 4
    elsewhere(archive, "third.example", "/z", body=prose[2])  # 5
    assert link(archive) == Linked(articles=5, exact=1, near=1)
    assert pairs(archive) == [("exact", 3, 1), ("near", 4, 2)]
    [exact, near] = copies(archive).pairs
    assert (exact["distance"], exact["resemblance"]) == (0, 1.0)
    assert 0 < near["distance"] < 20
    assert 0.6 < near["resemblance"] < 0.9
    assert (near["site"], near["other_site"]) == ("wire.example", "news.example")
    assert pairs(archive, site="third.example") == []
    assert pairs(archive, site="wire.example") == pairs(archive)
    assert pairs(archive, min_words=100_000) == []
    assert check(archive).findings == []


def test_what_was_looked_at_is_not_looked_at_again(desk: Desk, prose: list[str]) -> None:
    desk.save("/a", body=prose[0])
    assert link(desk.archive).articles == 1
    assert link(desk.archive) == Linked()
    desk.save("/b", body=edited(prose[0], 0.02))
    assert link(desk.archive) == Linked(articles=1, near=1)
    assert link(desk.archive) == Linked()
    assert pairs(desk.archive) == [("near", 2, 1)]


def test_an_edit_takes_the_links_away_and_the_next_look_finds_the_new_ones(desk: Desk, prose: list[str]) -> None:
    for path in ("/a", "/b", "/c"):
        desk.save(path, body=prose[0], title="The bridge is open")
    link(desk.archive)
    assert pairs(desk.archive) == [("exact", 2, 1), ("exact", 3, 1)]
    desk.save("/a", body=prose[1], at=NOW + DAY)  # the first, to which the others are linked
    assert desk.count("near_duplicates") == desk.count("fingerprints") == 0
    assert link(desk.archive) == Linked(articles=3, exact=1)
    assert pairs(desk.archive) == [("exact", 3, 2)]


def test_a_new_reading_with_the_same_text_keeps_the_links(desk: Desk, prose: list[str]) -> None:
    desk.save("/a", body=prose[0])
    desk.save("/b", body=prose[0])
    link(desk.archive)
    desk.save("/a", body=prose[0], title="Another title", at=NOW + DAY)
    assert link(desk.archive) == Linked()
    assert pairs(desk.archive) == [("exact", 2, 1)]


def test_short_texts_make_no_pairs(desk: Desk, prose: list[str]) -> None:
    short = " ".join(words_of(prose[0])[: MIN_WORDS - 1])
    for number, body in enumerate([short, short, "Watch the video.", "Watch the video.", "", ""]):
        desk.save(f"/{number}", body=body)
    assert link(desk.archive) == Linked(articles=6)


def test_stories_of_one_newsroom_are_no_copies(desk: Desk, prose: list[str]) -> None:
    """Their sentences come from the same few patterns, which no real newsroom's do."""
    for number, body in enumerate(prose):
        desk.save(f"/{number}", body=body)
    assert link(desk.archive) == Linked(articles=len(prose))


def test_a_text_that_a_thousand_pages_print_makes_a_thousand_links(desk: Desk, prose: list[str]) -> None:
    with desk.archive.transactions.grouped():
        for number in range(1000):
            desk.save(f"/{number}", body=prose[0], title="One title")
    assert link(desk.archive) == Linked(articles=1000, exact=999)


NOTICE = "We use cookies on this site. Accept them to read on, or leave."


def warnings(archive: Archive) -> list[list[str]]:
    return [json.loads(row["warnings"]) for row in archive.rows("select warnings from articles order by id")]


def test_a_text_under_many_addresses_of_a_site_is_the_sites_own(desk: Desk, prose: list[str]) -> None:
    archive = desk.archive
    for number in range(3):
        desk.save(f"/{number}", body=NOTICE, title=f"Story {number}", warnings=("date: none",))
    desk.save("/3", body=prose[0])
    elsewhere(archive, "other.example", "/x", body=NOTICE)
    assert link(archive).warned == 3
    warning = "body: the same under 3 addresses of the site"
    assert warnings(archive) == [["date: none", warning]] * 3 + [[], []]
    [common] = copies(archive).common
    assert (common["site"], common["addresses"], common["articles"]) == ("news.example", 3, [1, 2, 3])
    assert common["body"] == NOTICE
    assert link(archive) == Linked()
    assert check(archive).findings == []
    # One of them is read as its own story: the other two may be copies.
    desk.save("/0", body=prose[1], title="Story 0", at=NOW + DAY)
    assert link(archive).warned == 2
    assert warnings(archive) == [[], ["date: none"], ["date: none"], [], []]
    assert copies(archive).common == []


def test_a_long_notice_makes_no_pairs(desk: Desk, prose: list[str]) -> None:
    for number in range(4):
        desk.save(f"/{number}", body=prose[0], title=f"Story {number}")
    assert link(desk.archive).warned == 4
    assert pairs(desk.archive) == []


def test_error_pages_without_a_title_are_told_too(desk: Desk) -> None:
    for number in range(3):
        desk.save(f"/{number}", body="Something went wrong.", title=None)
    assert link(desk.archive).warned == 3


def test_one_story_under_three_addresses_is_no_notice(desk: Desk, prose: list[str]) -> None:
    for number in range(3):
        desk.save(f"/{number}", body=prose[0], title="The bridge is open")
    assert link(desk.archive) == Linked(articles=3, exact=2)


def test_fingerprints_of_an_earlier_scheme_are_made_anew(desk: Desk, prose: list[str]) -> None:
    desk.save("/a", body=prose[0])
    desk.save("/b", body=prose[0])
    link(desk.archive)
    with desk.archive.transactions.write():
        desk.archive.database.conn.execute("update fingerprints set scheme = ?", [SCHEME - 1])
    assert link(desk.archive) == Linked(articles=2, exact=1)


def test_the_command_lists_what_it_found(desk: Desk, prose: list[str], run_cli: RunCli) -> None:
    desk.save("/a", body=prose[0])
    desk.save("/b", body=edited(prose[0], 0.03))
    for number in range(3):
        desk.save(f"/{number}", body=NOTICE, title=f"Story {number}")
    result = run_cli("duplicates")
    assert result.returncode == 0
    assert result.stderr == "5 articles looked at: 0 exact and 1 near copies linked, 3 warnings changed\n"
    header, pair, *common = result.stdout.splitlines()
    assert header.split() == ["kind", "alike", "id", "url", "id", "url"]
    assert pair.split()[::2] == ["near", "2", "1"]
    assert common == ["news.example: the same text under 3 addresses", f"    {NOTICE}", "    articles 3, 4, 5"]
    found = json.loads(run_cli("duplicates", "--json", "--site", "news.example").stdout)
    assert [pair["kind"] for pair in found["pairs"]] == ["near"]
    assert found["done"]["articles"] == 0
    wrong = run_cli("duplicates", "--site", "nobody.example")
    assert (wrong.returncode, wrong.stderr) == (2, "scraper: nobody.example: no such site in the archive\n")
    assert run_cli("duplicates", "--db", "nothing.db").returncode == 1


# -- fingerprints


def test_words_are_compared_without_case_marks_and_punctuation() -> None:
    assert words_of("“Café”, l’État: été…") == words_of('"CAFE" l\'etat — ete.')
    assert words_of("مُحَمَّد كتـــاب") == words_of("محمد كتاب")
    assert words_of("東京で雨") == ["東", "京", "て", "雨"]


def test_a_fingerprint_is_the_same_on_every_machine() -> None:
    """If this fails, another version of rensa makes other hashes without saying so: count ``SCHEME`` up."""
    found = fingerprint("The bridge over the river is open to traffic again since Monday morning.")
    assert (found.words, len(found.bands)) == (13, 21)
    assert found.bits == -2470639385920218049
    assert found.hash.startswith("014f6eb9e341")


@given(st.text(), st.text())
def test_any_text_has_a_fingerprint(one: str, other: str) -> None:
    first, second = fingerprint(one), fingerprint(other)
    assert -(1 << 63) <= min(first.bits, *first.bands) <= max(first.bits, *first.bands) < 1 << 63
    assert 0 <= distance(first.bits, second.bits) == distance(second.bits, first.bits) <= 64
    assert (distance(first.bits, second.bits) == 0) or first.hash != second.hash


def test_near_bodies_have_near_fingerprints(prose: list[str]) -> None:
    for body in prose:
        changed = fingerprint(edited(body, 0.02))
        assert distance(fingerprint(body).bits, changed.bits) <= 12
        assert set(fingerprint(body).bands) & set(changed.bands)


def test_the_command_needs_an_archive_that_can_be_written(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "archive.db").write_text("no archive")
    result = run_cli("duplicates")
    assert (result.returncode, result.stderr) == (1, "scraper: archive.db: not an archive (no SQLite file)\n")
