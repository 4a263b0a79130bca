"""What the frontier costs as it grows: choosing the next page among 1,000 and among 1,000,000 URLs.

    .venv/bin/python bench/frontier.py [--urls 1000000]

Links are admitted as a sitemap of 50,000 names them, file after file; then pages are chosen and
settled one by one, as a run does.  Times are medians of microseconds a page; memory is the
process's peak.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from scraper.archive import Archive
from scraper.frontier import Frontier
from scraper.records import Link, Window, utc_now
from scraper.sites import unknown_site

SITEMAP = 50_000
CHOSEN = 900


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--urls", type=int, default=1_000_000)
    given = parser.parse_args()
    print("| URLs in the frontier | admitting one, µs | choosing the next, µs | settling it, µs | peak MB |")
    print("|---|---|---|---|---|")
    small, large = measure(1000), measure(given.urls)
    print(f"choosing: {large / small:.2f} times the cost", file=sys.stderr)
    return 0


def measure(count: int) -> float:
    """Fill a frontier, take pages out of it; prints a row, gives the median cost of choosing in microseconds."""
    site, now = unknown_site("news.example"), utc_now()
    with tempfile.TemporaryDirectory() as folder, Archive.open(Path(folder) / "archive.db") as archive:
        site_id = archive.add_site(site, "https://news.example/", now)
        crawl_id = archive.begin_crawl({}, now)
        frontier = Frontier(
            archive.ledger, site, site_id, crawl_id, Window(), whole_site=True, refetch=False, patient=False
        )
        started = time.perf_counter()
        for first in range(0, count, SITEMAP):
            frontier.admit((link(number, now) for number in range(first, min(first + SITEMAP, count))), now)
        admitting = 1e6 * (time.perf_counter() - started) / count
        choosing, settling = [], []
        with archive.transactions.grouped():
            for _ in range(CHOSEN):
                start = time.perf_counter()
                entry = frontier.next(None)
                middle = time.perf_counter()
                assert entry is not None
                archive.ledger.settle(entry.id, "failed", reason="error", now=now)
                frontier.done(entry)
                choosing.append(1e6 * (middle - start))
                settling.append(1e6 * (time.perf_counter() - middle))
    # The mean, not the median: pages are read ahead from the ledger, many at a time.
    chosen = statistics.mean(choosing)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {count:,} | {admitting:.1f} | {chosen:.1f} | {statistics.mean(settling):.1f} | {peak:.0f} |", flush=True)
    return chosen


def link(number: int, now: object) -> Link:
    """One of many pages, each with a date of its own."""
    return Link(
        url=f"https://news.example/politics/2026/{number % 12 + 1:02}/story-number-{number}-of-many-that-were-published",
        source="sitemap", found_in=f"https://news.example/sitemap-{number // SITEMAP}.xml",
        modified=now - timedelta(minutes=number),  # type: ignore[operator]
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
