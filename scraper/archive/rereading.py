"""Stored pages read anew: what there is to read, and what becomes of a new reading."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from scraper.archive import parts as later
from scraper.archive import stories
from scraper.archive.parts import NOT_STORED, Part
from scraper.archive.stories import Origin, Outcome
from scraper.blobs import unpack_record
from scraper.records import Article, Page, from_iso, to_json

if TYPE_CHECKING:
    from scraper.archive.store import Archive


class Stored(msgspec.Struct, frozen=True):
    """A stored page that is to be read anew: its row ids, the answer, and what it was read as."""

    page_id: int
    site_id: int
    snapshot_id: int
    page: Page
    read_at: datetime  #: of the newest reading: its page may have had the same bytes before, and others in between
    record: dict[str, Any] | None  #: the newest reading as JSON has it; None: it was no story


class Wanted(msgspec.Struct, frozen=True):
    """Which pages are read anew: published from a time on (ISO 8601); ``again`` also those that were read by
    today's rules."""

    since: str | None = None
    again: bool = False


def sites(archive: Archive, key: str | None = None) -> list[dict[str, Any]]:
    """All sites, or the one that is named, as id, key and start_url; raises :class:`~scraper.errors.UsageError`."""
    query = "select id, key, start_url from sites where id = ?"
    return [next(archive.rows(query, [number])) for number in archive.site_ids(key)]


def count(archive: Archive, site_id: int, reader: str, wanted: Wanted) -> int:
    """How many pages of a site are to be read anew."""
    query = f"select count(*) as n {_FROM}"
    return int(next(archive.rows(query, _values(site_id, reader, wanted, 0)))["n"])


def pages(archive: Archive, site_id: int, reader: str, wanted: Wanted) -> Iterator[Stored]:
    """The pages of a site that are to be read anew, in the order of their ids; ``reader`` is who has read today.

    Those that have a story come first: what is no story yet may turn out to be a later page of one.
    """
    for condition in ("articles.id is not null", "articles.id is null"):
        query, last = f"{_SELECT} {_FROM} and {condition} order by pages.id limit 100", 0
        while rows := list(archive.rows(query, _values(site_id, reader, wanted, last))):
            for row in rows:
                yield _stored(archive, row)
            last = rows[-1]["page_id"]


def _values(site_id: int, reader: str, wanted: Wanted, last: int) -> dict[str, Any]:
    return {"site": site_id, "reader": reader, "since": wanted.since, "again": wanted.again, "last": last}


def _stored(archive: Archive, row: dict[str, Any]) -> Stored:
    page = archive.answer(row)
    read_at = from_iso(row["read_at"]) or page.fetched_at
    record = unpack_record(row["record"]) if row["record"] is not None else None
    return Stored(row["page_id"], row["site_id"], row["snapshot_id"], page, read_at, record)


def keep(
    archive: Archive, stored: Stored, article: Article, parts: Sequence[Part], rules_hash: str, reader: str, now: str
) -> Outcome | None:
    """Store a new reading: a revision where it says something new, the article brought to it; None if it is no story.

    What was a story before stays one, also where today's rules see none.  ``parts`` are its later pages.  ``now`` is when
    the article changed for those who follow the archive; the revision has the time of the reading whose place it takes.
    """
    connection = archive.database.conn
    with archive.transactions.write():
        connection.execute("update snapshots set reader = ? where id = ?", [reader, stored.snapshot_id])
        if not article.is_story:
            connection.execute(
                "update pages set detail = ? where id = ? and state = 'refused'", [article.kind, stored.page_id]
            )
            return None
        origin = Origin(stored.site_id, stored.page_id, stored.snapshot_id, rules_hash, stored.read_at)
        done = stories.store(connection, article, origin)
        if done.outcome == "changed":
            connection.execute("update articles set changed_at = ? where id = ?", [now, done.article_id])
        elif done.outcome == "unchanged":
            _refresh(archive, article, done.article_id)
        state = "alias" if done.outcome == "alias" else "archived"
        connection.execute(
            "update pages set state = ?, reason = null, detail = null where id = ? and state != 'gone'",
            [state, stored.page_id],
        )
        later.claim(archive, parts, article.url, done.article_id)
        if any(part.problem == NOT_STORED for part in parts):
            # Archived when nobody looked for later pages: the next update asks for it, and not only whether it changed.
            connection.execute(
                "update pages set due_at = ?, etag = null, last_modified = null where id = ? and state = 'archived'",
                [now, stored.page_id],
            )
        return done.outcome


def _refresh(archive: Archive, article: Article, article_id: int) -> None:
    """Bring up to date what is no part of what a story says: its markup, where each field came from, the warnings."""
    connection = archive.database.conn
    warnings = (*article.warnings, *stories.standing_warnings(connection, article, article_id))
    connection.execute(
        "update articles set body_html = ?, provenance = ?, warnings = ? where id = ?",
        [article.body_html, to_json(article.provenance), to_json(warnings), article_id],
    )


def as_record(article: Article) -> dict[str, Any]:
    """A new reading in the form of :attr:`Stored.record`."""
    record: dict[str, Any] = json.loads(to_json(article))
    return record


_SELECT = """
select pages.id as page_id, pages.site_id, snapshots.id as snapshot_id,
       snapshots.blob_id, snapshots.url, snapshots.status, snapshots.headers, snapshots.fetched_at,
       newest.read_at, newest.record
"""
# A story's own page by the answer that it was read from; another one by its last answer.
_FROM = """
from pages
left join articles on articles.page_id = pages.id
join snapshots on snapshots.id = coalesce(articles.snapshot_id, (select max(id) from snapshots where page_id = pages.id))
left join revisions as newest on newest.id = (
    select id from revisions where article_id = articles.id order by read_at desc, id desc limit 1)
where pages.site_id = :site and pages.id > :last and pages.state != 'alias'
  and (:again or snapshots.reader is not :reader)
  and (:since is null or coalesce(articles.published, snapshots.fetched_at) >= :since)
"""
