"""Later pages of articles that a site parts into several: each keeps its own answers, none is a story of its own.

In the ledger such a page is an alias of the article, for the reason ``part``, also if it could not be had.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from scraper import urls
from scraper.archive import stories
from scraper.blobs import Blob
from scraper.records import Article, Entry, Link, Page

if TYPE_CHECKING:
    from scraper.archive.store import Archive

#: Why a page of the ledger is an alias.
PART = "part"
#: The problem of a later page that nobody has asked for yet.
NOT_STORED = "not stored"


class Part(msgspec.Struct, frozen=True):
    """A later page of an article, asked for at a time; ``problem`` says why it could not be had now.

    Without ``article`` it was not had before either.  ``page`` and ``blob`` are there where it was fetched just now,
    ``next_page`` where the article goes on.
    """

    url: str
    at: datetime
    article: Article | None = None
    next_page: str | None = None
    page: Page | None = None
    blob: Blob | None = None
    problem: str | None = None


def keep(archive: Archive, parts: Sequence[Part], first: Entry, site_id: int, reader: str, article_id: int) -> None:
    """Store what came of the later pages of an article, inside the caller's transaction."""
    for number, part in enumerate(parts, start=2):
        entry = _entry(archive, part, first, site_id)
        snapshot_id = None
        if part.page is not None and part.blob is not None:
            snapshot_id = archive.keep_snapshot(entry.id, part.page, part.blob, reader)
        detail = f"page {number} of {first.url}" + (f": {part.problem}" if part.problem else "")
        archive.ledger.settle(
            entry.id, "alias", reason=PART, detail=detail, now=part.at, article_id=article_id,
            status=part.page.status if part.page else None, snapshot_id=snapshot_id,
        )  # fmt: skip
        stories.lead_here(archive.database.conn, article_id, entry.id)


def claim(archive: Archive, parts: Sequence[Part], first_url: str, article_id: int) -> None:
    """Settle stored pages that were no stories as what they are now seen to be, inside the caller's transaction."""
    for number, part in enumerate(parts, start=2):
        claimed = archive.database.conn.execute(
            "update pages set state = 'alias', reason = ?, detail = ?, due_at = null where key = ? and state = 'refused' "
            "returning id",
            [PART, f"page {number} of {first_url}", urls.page_key(part.url)],
        ).fetchone()
        if claimed:
            stories.lead_here(archive.database.conn, article_id, claimed[0])


def problem_of(archive: Archive, url: str) -> str | None:
    """Why a page that is known as a later one of an article could not be had when it was last asked for."""
    entry = archive.ledger.entry(urls.page_key(url))
    if entry is None or entry.reason != PART:
        return None
    query = "select detail from pages where id = ?"
    return str(next(archive.rows(query, [entry.id]))["detail"]).partition(": ")[2] or None


def _entry(archive: Archive, part: Part, first: Entry, site_id: int) -> Entry:
    """The ledger's row of a later page, made if nobody else named it."""
    known = archive.ledger.entry(urls.page_key(part.url))
    return known or archive.ledger.expect(site_id, Link(url=part.url, source="article", found_in=first.url), part.at)


def is_own_story(archive: Archive, url: str, first: Article) -> bool:
    """Whether a page stands for an article of its own; not if that is the article of the ``first`` page, whose
    canonical address it gave when it was read alone."""
    query = (
        "select 1 from pages join articles on articles.page_id = pages.id "
        "where pages.key = ? and articles.canonical_key not in (?, ?)"
    )
    own = [urls.page_key(first.url), urls.page_key(first.canonical_url or first.url)]
    return any(archive.rows(query, [urls.page_key(url), *own]))


def last_answer(archive: Archive, url: str) -> Page | None:
    """What a page answered when it was seen last, None if it is not in the archive."""
    query = """
        select snapshots.* from snapshots join pages on pages.id = snapshots.page_id
        where pages.key = ? order by snapshots.seen_at desc, snapshots.id desc limit 1"""
    row = next(archive.rows(query, [urls.page_key(url)]), None)
    return archive.answer(row) if row else None
