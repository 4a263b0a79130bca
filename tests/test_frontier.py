"""The frontier of a site that names millions of pages: each is judged once a run, and little is kept of it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import cli_environment

from scraper import seen
from scraper.discover import Listing, Reading, discover
from scraper.frontier import Frontier
from scraper.records import Entry, Judged, Link, Page, Window
from scraper.sites import unknown_site
from scraper.urls import host_of, normalise, page_key

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class NoLedger:
    """Knows nothing and keeps only how much it was told."""

    def __init__(self) -> None:
        self.written = 0

    def lookup(self, keys: Iterable[str]) -> dict[str, Entry]:
        return {}

    def advertise(self, site_id: int, crawl_id: int, rows: Iterable[Judged], now: datetime) -> None:
        self.written += len(list(rows))

    def mark_due(self, page_ids: Iterable[int], at: datetime) -> None:
        pass

    def note_named(self, page_ids: Iterable[int], crawl_id: int) -> None:
        pass

    def next_pending(self, site_id: int, crawl_id: int | None, most: int) -> list[Entry]:
        return []

    def next_due(self, site_id: int, before: datetime, most: int) -> list[Entry]:
        return []


def a_frontier(ledger: NoLedger) -> Frontier:
    return Frontier(ledger, unknown_site("news.example"), 1, 1, Window(), whole_site=True, refetch=False, patient=False)


def links(first: int, count: int) -> list[Link]:
    return [Link(url=f"https://news.example/world/a-story-{n}", source="sitemap") for n in range(first, first + count)]


def test_each_page_is_admitted_once_a_run_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "_AT_ONCE", 70)
    ledger = NoLedger()
    made = a_frontier(ledger)
    for first in range(0, 1000, 50):
        assert made.admit(links(first, 100), NOW).total == (100 if first == 0 else 50)
    assert made.admit(links(0, 1050), NOW).total == 0
    assert ledger.written == 1050


def test_little_is_kept_of_each_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "_AT_ONCE", 2000)
    made = a_frontier(NoLedger())
    made.admit(links(0, 2000), NOW)
    tracemalloc.start()
    try:
        for first in range(2000, 10_000, 2000):
            made.admit(links(first, 2000), NOW)
        normalise.cache_clear()
        page_key.cache_clear()
        host_of.cache_clear()
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert kept < 8000 * 20


CRAWL = """
import gzip, json, sys
from datetime import datetime, UTC
import httpx
from scraper import crawl
from scraper.archive import Archive
from scraper.run import Network
from scraper.sites import Sites

class Maps(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request):
        name = request.url.path
        if name == "/robots.txt":
            return httpx.Response(404)
        if name == "/sitemap.xml":
            children = "".join(f"<sitemap><loc>/map-{n}.xml.gz</loc></sitemap>" for n in range(int(sys.argv[1])))
            return httpx.Response(200, text=f"<sitemapindex>{children}</sitemapindex>")
        if name.startswith("/map"):
            url = f"https://news.example/world/2020/05/11/the-long-slug-of-an-ordinary-story{name[:-7]}-"
            rows = "".join(f"<url><loc>{url}{n}</loc><lastmod>2020-05-11T10:00:00Z</lastmod></url>" for n in range(50_000))
            return httpx.Response(200, content=gzip.compress(f"<urlset>{rows}</urlset>".encode(), 1))
        return httpx.Response(200, text="<html>")

with Archive.open("archive.db") as archive:
    network = Network(delay=0.0, transport=Maps())
    report = crawl(["https://news.example/"], archive, sites=Sites(), since=datetime(2026, 1, 1, tzinfo=UTC), network=network)
[peak] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]  # ru_maxrss would include pytest's
print(json.dumps([report.sites[0].refused, int(peak)]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_sitemaps_of_fifty_thousand_pages_are_read_in_bounded_memory(tmp_path: Path) -> None:
    """One file here; thirty are the same but for 12 bytes a page, which the test before this one bounds."""
    done = subprocess.run(
        [sys.executable, "-c", CRAWL, "1"], capture_output=True, text=True, timeout=100, cwd=tmp_path, env=cli_environment()
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    refused, peak = json.loads(done.stdout)
    assert refused == {"date": 50_000}
    assert peak < 220 * 1024


def test_little_is_kept_of_what_many_pages_of_a_section_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "_AT_ONCE", 2000)
    kept: list[int] = []

    async def get(listing: Listing) -> Page | None:
        return Page(url=listing.url, final_url=listing.url, status=200, headers={}, body=b"", fetched_at=NOW)

    async def read(listing: Listing, page: Page) -> Reading:
        here = listing.page
        following = Listing(f"https://news.example/?page={here}", page=here + 1)
        return Reading(listing, "section", tuple(links(2000 * here, 2000)), (following,) * (here < 5))

    async def walk() -> None:
        async for _ in discover([Listing("https://news.example/")], get, read):
            kept.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    try:
        asyncio.run(walk())
    finally:
        tracemalloc.stop()
    assert len(kept) == 6
    assert (kept[-1] - kept[1]) / 8000 < 20
