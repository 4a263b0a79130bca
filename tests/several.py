"""An article in several pages on a site that can be changed, and an archive that it is crawled into."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from scraper.archive import Archive
from scraper.crawl import crawl
from scraper.report import Report
from scraper.run import Network
from scraper.sites import Sites

BASE = "https://news.example"
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
RULES = "name = 'News'\n[pace]\ndelay = 0.0\n[[layout]]\ntitle = 'h1'\nbody = 'article'\ndate = { css = 'time', attr = 'datetime' }\n"
STORY = "/a/the-bridge"


def story(number: int, following: str | None = None, *, title: str = "The bridge", said: str = "") -> bytes:
    body = "".join(
        f"<p>{number}-{part}. The council met on Monday to speak about the new bridge{said}.</p>" for part in range(6)
    )
    link = f'<nav><a rel="next" href="{following}">more</a></nav>' if following else ""
    return (
        f"<html lang=en><title>{title}</title><h1>{title}</h1><time datetime='2026-03-01T10:00:00Z'>then</time>"
        f"<article>{body}<figure><img src='/{number}.jpg' width=900></figure></article>{link}"
    ).encode()


def three() -> dict[str, bytes]:
    return {
        STORY: story(1, f"{STORY}?page=2"),
        f"{STORY}?page=2": story(2, f"{STORY}?page=3"),
        f"{STORY}?page=3": story(3),
    }


class Web(httpx.AsyncBaseTransport):
    """Pages by path and query; what was asked for."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        self.pages, self.status = pages, 404
        self.headers: dict[str, str] = {}  # of pages that are not there
        self.asked: Counter[str] = Counter()
        self.moved: dict[str, str] = {}  # where a path redirects to
        self.slow: str | None = None  # the path that is answered when all others have been read

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        self.asked[path] += 1
        found = self.pages.get(path)
        if path in self.moved:
            return httpx.Response(301, headers={"location": self.moved[path]})
        if path == self.slow:
            await asyncio.sleep(0.5)
        headers = {"content-type": "text/html", "etag": f'"{hash(found)}"'}
        if found and request.headers.get("if-none-match") == headers["etag"]:
            return httpx.Response(304, headers=headers)
        if found is None and path != "/robots.txt":
            return httpx.Response(self.status, headers=self.headers)
        return httpx.Response(200 if found else 404, headers=headers, content=found or b"")


class Paper:
    """A site, and an archive that it is crawled into."""

    def __init__(self, archive: Archive, folder: Path) -> None:
        self.archive, self.folder, self.now = archive, folder, NOW
        self.web = Web(three())
        (folder / "news.example.toml").write_text(RULES)
        self.sites = Sites.load(folder)

    def network(self) -> Network:
        return Network(transport=self.web, clock=lambda: self.now, concurrency=3)

    def crawl(self, *paths: str, **options: Any) -> Report:
        listed = self.folder / "urls.txt"
        listed.write_text("\n".join(BASE + path for path in paths or [STORY]))
        return crawl([str(listed)], self.archive, sites=self.sites, network=self.network(), **options)

    def article(self) -> dict[str, Any]:
        return self.archive.article(BASE + STORY)

    def numbers(self) -> list[str]:
        """The pages whose text the article has, in its order, a letter a page."""
        return list(dict.fromkeys(paragraph[0] for paragraph in self.article()["body"].split("\n\n")))

    def count(self, table: str) -> int:
        return int(next(self.archive.rows(f"select count(*) as n from {table}"))["n"])

    def why(self, path: str) -> dict[str, Any]:
        found = self.archive.why(BASE + path)
        assert found is not None
        return found
