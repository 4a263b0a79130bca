"""What reading one page costs, beside parsing it and beside peers: milliseconds of one core, in one run.

    .venv/bin/python bench/extract.py --corpus ../shared/corpus/dev [--peers newspaper4k,goose3 --scorer ../shared/evaluate]

``--corpus`` names a folder with ``manifest.jsonl`` and captured pages (other people's, not part of
this repository).  Each page is read by all contestants in turn, three times; its least time counts.
``parse`` is selectolax alone; ``with a file`` are the pages of hosts that have a selector file,
beside parsing just those.  Peers need their packages and the adapters of ``--scorer``.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from scraper.extract import extract
from scraper.extract.decode import decode
from scraper.sites import Sites, unknown_site
from scraper.urls import host_of

Reader = Callable[[bytes, str], object]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--scorer", type=Path, help="folder with peers.py")
    parser.add_argument("--peers", default="", help="functions of peers.py, parted by commas")
    given = parser.parse_args()
    sites = Sites.load()
    contestants: dict[str, Reader] = {
        "parse": lambda body, url: LexborHTMLParser(body),
        "scraper, no file": lambda body, url: extract(body, url, site=unknown_site(host_of(url))),
        "trafilatura, default": trafilatura,
    } | {name: peer(given.scorer, name) for name in given.peers.split(",") if name}
    known: dict[str, Reader] = {
        "parse, hosts with a file": contestants["parse"],
        "scraper, with a file": lambda body, url: extract(body, url, site=sites.match(url)),
    }
    times: dict[str, list[float]] = {name: [] for name in (*contestants, *known)}
    for body, url in pages(given.corpus):
        readers = contestants | (known if sites.match(url).layouts else {})
        for name, reader in readers.items():
            times[name].append(least(reader, body, url))
    report(times)
    return 0


def pages(corpus: Path) -> list[tuple[bytes, str]]:
    """The captured pages with their URLs."""
    return [(body, row["url"]) for row, body in captured(corpus)]


def captured(corpus: Path) -> Iterator[tuple[dict[str, Any], bytes]]:
    """The rows of the manifest that have a URL, each with its page."""
    for line in (corpus / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row.get("url"):
            data = (corpus / row["html_path"]).read_bytes()
            yield row, gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def trafilatura(body: bytes, url: str) -> object:
    """trafilatura as it comes: with its metadata, which is what we read, too."""
    from trafilatura import bare_extraction

    return bare_extraction(decode(body), url=url, with_metadata=True)


def peer(scorer: Path | None, name: str) -> Reader:
    """An adapter of ``peers.py``, which takes text; a page on which it fails counts as long as it took."""
    if scorer is None:
        sys.exit("bench: --peers needs --scorer")
    sys.path.insert(0, str(scorer))
    read = getattr(importlib.import_module("peers"), name)

    def read_or_fail(body: bytes, url: str) -> object:
        with contextlib.suppress(Exception):  # some languages need packages that they do not pull in
            return read(decode(body), url)
        return None

    return read_or_fail


def least(reader: Reader, body: bytes, url: str, rounds: int = 3) -> float:
    """Milliseconds of processor time, the least of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        reader(body, url)
        best = min(best, time.process_time() - started)
    return 1000 * best


def report(times: dict[str, list[float]]) -> None:
    """Medians and means as a Markdown table, with ratios of the medians to parsing the same pages."""
    print("| | pages | median ms | mean ms | most ms | times parsing (median) |")
    print("|---|---|---|---|---|---|")
    base = statistics.median(times["parse"])
    for name, found in times.items():
        if not found:
            continue
        base = statistics.median(found) if name.startswith("parse") else base
        middle = statistics.median(found)
        print(
            f"| {name} | {len(found)} | {middle:.2f} | {statistics.fmean(found):.2f} | {max(found):.0f} | {middle / base:.1f} |"
        )


if __name__ == "__main__":
    sys.exit(main())
