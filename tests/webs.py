"""Several sites in memory, by URL, and an archive that they are crawled into."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx
from crawling import at_once

from scraper import crawl
from scraper.archive import Archive
from scraper.crawl import update
from scraper.report import Report
from scraper.run import Network

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
ONE, OTHER = "https://one.example", "https://other.example"
Answer = bytes | tuple[int, bytes, dict[str, str]]


def story(title: str, day: str = "2026-03-01") -> bytes:
    text = "".join(
        f"<p>{title}: the council met on Monday to speak about the new bridge, part {n}.</p>" for n in range(60)
    )
    return (
        f"<html lang=en><title>{title}</title><h1>{title}</h1><time datetime='{day}T10:00:00Z'>then</time>"
        f"<article>{text}</article>"
    ).encode()


def sitemap(*urls: str, lastmod: str = "") -> bytes:
    stamp = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    return ("<urlset>" + "".join(f"<url><loc>{url}</loc>{stamp}</url>" for url in urls) + "</urlset>").encode()


def stories(base: str, count: int, **options: Any) -> dict[str, Answer]:
    """A site of some stories and a sitemap of them."""
    pages: dict[str, Answer] = {f"{base}/a/a-story-of-{n}": story(f"Story {n} of {base}") for n in range(count)}
    return pages | {f"{base}/sitemap.xml": sitemap(*pages, **options), f"{base}/": b"<html><p>Welcome."}


class Webs(httpx.AsyncBaseTransport):
    """Answers by URL: a body, or status, body and headers; 404 for all others.  Notes what was asked for."""

    def __init__(self, archive: Archive, pages: dict[str, Answer]) -> None:
        self.archive, self.pages, self.now = archive, pages, NOW
        self.asked: Counter[str] = Counter()
        self.requests: list[httpx.Request] = []
        self.seconds = 0.0  # by which hosts are paced: only waiting takes any

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await at_once(seconds)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        self.asked[url] += 1
        self.requests.append(request)
        assert self.asked.total() < 3000, "the run does not end"
        found = self.pages.get(url, (404, b"", {}))
        status, body, headers = found if isinstance(found, tuple) else (200, found, {})
        kind = "text/xml" if url.endswith(".xml") else "text/html"
        return httpx.Response(status, headers={"content-type": kind} | headers, content=body)

    def network(self) -> Network:
        return Network(transport=self, clock=lambda: self.now, now=lambda: self.seconds, sleep=self.sleep, delay=0.0)

    def crawl(self, *targets: str, **options: Any) -> Report:
        self.asked.clear()
        return crawl(targets or [ONE], self.archive, network=self.network(), **options)

    def update(self, **options: Any) -> Report:
        self.asked.clear()
        return update(self.archive, network=self.network(), **options)

    def states(self, base: str = "") -> dict[str, str]:
        """State and reason of each page in the ledger, by URL."""
        query = (
            "select url, state || coalesce('/' || reason, '') as said from pages where url like ? || '%' order by id"
        )
        return {row["url"]: row["said"] for row in self.archive.rows(query, [base])}

    def count(self, state: str) -> int:
        return sum(said == state for said in self.states().values())
