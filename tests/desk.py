"""An archive with one site in it, and short ways to put pages there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from scraper import urls
from scraper.archive import Archive, pack
from scraper.blobs import Blob
from scraper.records import Article, Entry, Judged, Link, Page, State
from scraper.sites import unknown_site

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
DAY = timedelta(days=1)
SITE = unknown_site("news.example")
HOME = "https://news.example"


class Desk:
    """An archive with one site in it, and short ways to put pages there."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.site_id = archive.add_site(SITE, HOME + "/", NOW)
        self.crawl_id = archive.begin_crawl({}, NOW)

    def advertise(
        self, path: str, state: State = "pending", reason: str | None = None, rank: int = 0, **link: Any
    ) -> Entry:
        key = urls.page_key(HOME + path)
        judged = Judged(Link(url=HOME + path, source="sitemap", **link), key, state, reason, rank)
        self.archive.ledger.advertise(self.site_id, self.crawl_id, [judged], NOW)
        entry = self.archive.ledger.entry(key)
        assert entry is not None
        return entry

    def entry(self, path: str) -> Entry:
        entry = self.archive.ledger.entry(urls.page_key(HOME + path))
        assert entry is not None
        return entry

    def save(
        self,
        path: str,
        *,
        raw: bytes | None = None,
        at: datetime = NOW,
        headers: dict[str, str] | None = None,
        blob: Blob | None = None,
        **fields: Any,
    ) -> str | None:
        """Store one reading of a page; what came of it."""
        known = self.archive.ledger.entry(urls.page_key(HOME + path))
        entry = known or self.advertise(path)
        url = HOME + path
        record = {
            "url": url,
            "site": SITE.key,
            "kind": "article",
            "title": f"Title of {path}",
            "body": f"Body of {path}.",
            "published": NOW,
        }
        article = Article(**(record | fields))
        raw = raw if raw is not None else f"<html>{json.dumps(fields, default=str)}".encode()
        page = Page(
            url=url,
            final_url=url,
            status=200,
            headers={"content-type": "text/html"} | (headers or {}),
            body=raw,
            fetched_at=at,
        )
        stored = self.archive.save(entry, self.site_id, page, blob or pack(raw), article, SITE, at + DAY)
        return stored.outcome if stored else None

    def count(self, table: str, where: str = "1", *values: Any) -> int:
        return int(next(self.archive.rows(f"select count(*) as n from {table} where {where}", list(values)))["n"])

    def targets(self) -> list[Any]:
        return [row["target_id"] for row in self.archive.rows("select target_id from links order by id")]
