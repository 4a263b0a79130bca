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
from scraper.blobs import pack_record, unpack_record
from scraper.errors import ArchiveError
from scraper.records import Article, Page, from_iso, to_json

if TYPE_CHECKING:
    from scraper.archive.store import Archive


class Stored(msgspec.Struct, frozen=True):
    """A stored answer that is to be read anew: row ids, the answer, and what its page was read as."""

    page_id: int
    site_id: int
    snapshot_id: int
    page: Page
    read_at: datetime  #: of the newest reading: its page may have had the same bytes before, and others in between
    record: dict[str, Any] | None  #: the newest reading as JSON has it; None: it was no story
    is_first: bool = True  #: it is what the newest reading was read from, or the page has none
    is_last: bool = True  #: no later answer of the page is to be read after it


class Broken(msgspec.Struct, frozen=True):
    """A stored answer that cannot be had any more, and why."""

    url: str
    problem: str


class Wanted(msgspec.Struct, frozen=True):
    """Which pages are read anew: published from a time on (ISO 8601); ``again`` also those that were read by
    today's rules."""

    since: str | None = None
    again: bool = False


def sites(archive: Archive, key: str | None = None) -> list[dict[str, Any]]:
    """All sites, or the one that is named, as id, key, start_url and rules_hash; raises :class:`~scraper.errors.UsageError`."""
    query = "select id, key, start_url, rules_hash from sites where id = ?"
    return [next(archive.rows(query, [number])) for number in archive.site_ids(key)]


def note_rules(archive: Archive, site_id: int, rules_hash: str) -> None:
    """Remember by which selector file, or by none (empty), a site is read from now on."""
    with archive.transactions.write():
        archive.database.conn.execute("update sites set rules_hash = ? where id = ?", [rules_hash, site_id])


def count(archive: Archive, site_id: int, reader: str, wanted: Wanted) -> int:
    """How many pages of a site are to be read anew."""
    query = f"select count(*) as n {_FROM}"
    return int(next(archive.rows(query, _values(site_id, reader, wanted, 0)))["n"])


def pages(archive: Archive, site_id: int, reader: str, wanted: Wanted) -> Iterator[Stored | Broken]:
    """The pages of a site that are to be read anew, in the order of their ids; ``reader`` is who has read today.

    Those that have a story come first: what is no story yet may turn out to be a later page of one.  Of a story what its
    newest reading was read from, and all that its page answered since: rules that saw no difference may have been blind.
    """
    for condition in ("articles.id is not null", "articles.id is null"):
        query, last = f"{_SELECT} {_FROM} and {condition} order by pages.id limit 100", 0
        while rows := list(archive.rows(query, _values(site_id, reader, wanted, last))):
            for row in rows:
                yield from _answers(archive, row)
            last = rows[-1]["page_id"]


def _values(site_id: int, reader: str, wanted: Wanted, last: int) -> dict[str, Any]:
    return {"site": site_id, "reader": reader, "since": wanted.since, "again": wanted.again, "last": last}


def _answers(archive: Archive, row: dict[str, Any]) -> Iterator[Stored | Broken]:
    """What is to be read of one page, in the order of its answers."""
    read_at, record = row["read_at"] or row["fetched_at"], _record(row)
    times = [(read_at, row["snapshot_id"]), *(_since(archive, row) if row["record"] is not None else ())]
    found: list[Stored] = []
    for number, (at, snapshot_id) in enumerate(times, start=1):
        answer = row if number == 1 else next(archive.rows("select * from snapshots where id = ?", [snapshot_id]))
        try:
            page = archive.answer(answer)
        except ArchiveError as error:
            yield Broken(row["url"], error.message)
            continue
        moment = from_iso(at) or page.fetched_at
        found.append(
            Stored(
                row["page_id"], row["site_id"], snapshot_id, page, moment, record, is_first=number == 1, is_last=False
            )
        )
    yield from found[:-1]
    yield from (msgspec.structs.replace(stored, is_last=True) for stored in found[-1:])


def _since(archive: Archive, row: dict[str, Any]) -> list[tuple[str, int]]:
    """When the page gave another answer than before, after the newest reading, and which."""
    found: list[tuple[str, int]] = []
    before = row["snapshot_id"]
    for each in archive.rows(_SINCE, {"page": row["page_id"], "after": row["read_at"]}) if row["answers"] > 1 else ():
        if each["id"] != before:
            found.append((each["at"], each["id"]))
        before = each["id"]
    return found


def _record(row: dict[str, Any]) -> dict[str, Any] | None:
    """The newest reading; an empty one where it is damaged, which today's replaces."""
    try:
        return unpack_record(row["record"]) if row["record"] is not None else None
    except ArchiveError:
        return {}


def keep(
    archive: Archive, stored: Stored, article: Article, parts: Sequence[Part], rules_hash: str, reader: str, now: str
) -> Outcome | None:
    """Store a new reading: a revision where it says something new, the article brought to it; None if it is no story.

    What was a story before stays one, also where today's rules see none.  ``parts`` are its later pages.  ``now`` is when
    the article changed for those who follow the archive; the revision has the time of the reading whose place it takes.
    """
    connection = archive.database.conn
    with archive.transactions.write():
        if stored.is_last:  # else a run that is stopped here would think that all has been read
            query = "update snapshots set reader = ? where page_id = ? or id = ?"
            connection.execute(query, [reader, stored.page_id, stored.snapshot_id])
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
            if stored.record == {}:
                connection.execute(_MEND, [pack_record(article), done.article_id])
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


# The newest reading, whose record was damaged.
_MEND = """
update revisions set record = ? where id = (select id from revisions where article_id = ? order by read_at desc, id desc limit 1)"""
_SELECT = """
select pages.id as page_id, pages.site_id, snapshots.id as snapshot_id,
       snapshots.blob_id, snapshots.url, snapshots.status, snapshots.headers, snapshots.fetched_at,
       newest.read_at, newest.record, (select count(*) from snapshots where page_id = pages.id) as answers
"""
# What a page answered after a moment, and when: by its visits, and where these do not say (in older archives) by when
# each answer came first and last.
_SINCE = """
select at, id from (
    select visits.at, visits.snapshot_id as id from visits where page_id = :page and snapshot_id is not null
    union select fetched_at, id from snapshots where page_id = :page
    union select seen_at, id from snapshots where page_id = :page)
where at > :after and id in (select id from snapshots where page_id = :page and status = 200) order by at, id
"""
# A story's own page by the answer that its newest reading was read from; another one by its last answer.
_FROM = """
from pages
left join articles on articles.page_id = pages.id
left join revisions as newest on newest.id = (
    select id from revisions where article_id = articles.id order by read_at desc, id desc limit 1)
join snapshots on snapshots.id = coalesce(
    newest.snapshot_id, articles.snapshot_id, (select max(id) from snapshots where page_id = pages.id))
where pages.site_id = :site and pages.id > :last and +pages.state != 'alias'
  and (:again or snapshots.reader is not :reader)
  and (:since is null or coalesce(articles.published, snapshots.fetched_at) >= :since)
"""
