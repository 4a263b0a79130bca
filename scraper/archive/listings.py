"""What sitemaps, feeds and section pages had when they were last read, so that one which did not change need not be read again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from scraper.records import from_iso, iso

if TYPE_CHECKING:
    from scraper.archive.store import Archive


class Known(msgspec.Struct, frozen=True):
    """A listing as it was last read: what the server named that answer, by whom its links were judged, and when."""

    etag: str | None
    last_modified: str | None
    judged_by: str | None
    read_at: datetime


def note(
    archive: Archive, site_id: int, url: str, found_in: str | None, what: str, links: int, problem: str | None, now: datetime,
    *, headers: Mapping[str, str], judged_by: str,
) -> None:  # fmt: skip
    """Remember what a listing had, or why it could not be read."""
    with archive.transactions.write():
        archive.database.execute(
            _NOTE,
            [
                site_id, archive.ledger.crawl_id, url, found_in, what, links, problem, iso(now), headers.get("etag"),
                headers.get("last-modified"), judged_by,
            ],
        )  # fmt: skip


def known(archive: Archive, url: str) -> Known | None:
    """A listing that was read without a fault, or None."""
    query = "select etag, last_modified, judged_by, read_at from listings where url = ? and problem is null"
    row = next(archive.rows(query, [url]), None)
    read_at = from_iso(row["read_at"]) if row else None
    return Known(row["etag"], row["last_modified"], row["judged_by"], read_at) if row and read_at else None


def below(archive: Archive, url: str) -> list[str]:
    """The sitemaps and feeds that a listing named."""
    query = "select url from listings where found_in = ? and what in ('sitemap', 'feed', 'listing') order by id"
    return [row["url"] for row in archive.rows(query, [url])]


_NOTE = """
insert into listings (site_id, crawl_id, url, found_in, what, links, problem, read_at, etag, last_modified, judged_by)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (url) do update set crawl_id = excluded.crawl_id, found_in = excluded.found_in, what = excluded.what,
    links = excluded.links, problem = excluded.problem, read_at = excluded.read_at, etag = excluded.etag,
    last_modified = excluded.last_modified, judged_by = excluded.judged_by
"""
