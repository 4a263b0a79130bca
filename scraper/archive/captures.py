"""Pages that somebody else captured: kept at their own time, which may lie before all that the archive has.

The article stays the newest reading.  An older one takes its place in the history, which is ordered by
``read_at``.  At which times a story was read and said nothing new, ``visits`` tells.
"""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from scraper import urls
from scraper.archive import changes, stories
from scraper.archive.database import translated
from scraper.archive.parts import PART
from scraper.archive.stories import Origin, reading_hash
from scraper.blobs import Blob
from scraper.records import Article, Link, Page, iso
from scraper.sites import Site

if TYPE_CHECKING:
    from scraper.archive.store import Archive

#: What became of a capture.  ``known``: it was here; ``earlier``: a reading older than the story's newest one.
Outcome = Literal["known", "new", "changed", "unchanged", "moved", "alias", "earlier"]

# Answers of a page that are unpacked for a look at their digests.
_MOST_ANSWERS = 50


def is_known(archive: Archive, url: str, at: datetime, hash: str) -> bool:
    """Whether a capture is in the archive: its page, its second, its bytes (SHA-256, hex)."""
    query = """
        select 1 from pages
        join visits on visits.page_id = pages.id and visits.at = :at
        join snapshots on snapshots.page_id = pages.id and snapshots.hash = :hash
            and snapshots.fetched_at <= :at and snapshots.seen_at >= :at
        where pages.key = :key limit 1"""
    return any(archive.rows(query, {"key": urls.page_key(url), "at": iso(at), "hash": hash}))


def body_at(archive: Archive, url: str, at: datetime, digest: str | None = None) -> bytes | None:
    """The bytes that a page had at a moment, by an answer that the archive has; None if it has none.

    Where several may be meant, those that fit ``digest`` (WARC 1.1 section 5.8), if any do: others than we take it of the
    bytes as they were sent.
    """
    query = """
        select snapshots.id from snapshots join pages on pages.id = snapshots.page_id
        left join visits on visits.snapshot_id = snapshots.id and visits.at = :at
        where pages.key = :key and snapshots.fetched_at <= :at and snapshots.seen_at >= :at
        order by visits.id is null, snapshots.fetched_at desc, snapshots.id desc"""
    found = [row["id"] for row in archive.rows(query, {"key": urls.page_key(url), "at": iso(at)})]
    bodies = (archive.raw(number) for number in dict.fromkeys(found))
    first = next(bodies, None)
    if digest is None or first is None or _fits(first, digest):
        return first
    return next((body for body in bodies if _fits(body, digest)), first)


def body_before(archive: Archive, url: str, at: datetime, digest: str | None) -> bytes | None:
    """The bytes of an answer that a page gave until a moment, by their ``digest``; None if the archive has none that fits it."""
    query = """
        select snapshots.id from snapshots join pages on pages.id = snapshots.page_id
        where pages.key = ? and snapshots.fetched_at <= ? order by snapshots.fetched_at desc limit ?"""
    found = archive.rows(query, [urls.page_key(url), iso(at), _MOST_ANSWERS])
    bodies = (archive.raw(row["id"]) for row in list(found))
    return next((body for body in bodies if digest and _fits(body, digest)), None)


def _fits(body: bytes, digest: str) -> bool:
    """Whether a digest is that of some bytes: ``sha1:``, then base 32 or, as some write it, hexadecimal digits, in either case."""
    algorithm, _, said = digest.strip().partition(":")
    own = hashlib.sha1(body, usedforsecurity=False).digest()
    return algorithm.lower() == "sha1" and said.lower() in (own.hex(), base64.b32encode(own).decode().lower())


def base_for(archive: Archive, site: Site, url: str, at: datetime) -> int | None:
    """The blob that a capture is best stored against, if the archive has its site."""
    query = "select id, site_id from pages where key = ?"
    page = next(archive.rows(query, [urls.page_key(url)]), None)
    row = page or next(archive.rows("select id as site_id from sites where key = ?", [site.key]), None)
    return archive.bodies.base_for(row["site_id"], page["id"] if page else 0, at) if row else None


def keep(
    archive: Archive, page: Page, blob: Blob, article: Article, site: Site, *, found_in: str, now: datetime
) -> Outcome:
    """Store a capture that is a story, in one transaction: ledger row, snapshot, reading.

    ``found_in`` is the name of the file that had it, ``now`` the time of the import.
    """
    with archive.transactions.write():
        if is_known(archive, page.final_url, page.fetched_at, blob.hash):
            return "known"
        page_id, site_id, reason = _page(archive, page, site, found_in, now)
        snapshot_id = archive.keep_snapshot(page_id, page, blob, archive.reader(site))
        if reason == PART:
            return "alias"  # a later page of an article, which keeps its own answers and is no story
        origin = Origin(site_id, page_id, snapshot_id, site.rules_hash, page.fetched_at)
        connection: sqlite3.Connection = archive.database.conn
        with translated(str(archive.path)):
            outcome = _store(connection, article, origin)
            if outcome == "new":
                archive.bodies.offer(site_id, snapshot_id, page.fetched_at)
            alias = outcome == "alias" or (outcome == "earlier" and not _stands_for_its_story(connection, page_id))
            _settle(connection, page_id, page, "alias" if alias else "archived", archive.ledger.crawl_id, snapshot_id)
    return outcome


def _page(archive: Archive, page: Page, site: Site, found_in: str, now: datetime) -> tuple[int, int, str | None]:
    """The row ids of the capture's page and of its site, made where they are not there, and the reason in the page's row.

    A site that comes in this way is not looked after by ``update``: nobody asked for that.
    """
    key = urls.page_key(page.final_url)
    query = "select id, site_id, reason from pages where key = ? and reason is not 'off_site'"  # or it was another site's link
    known = next(archive.rows(query, [key]), None)
    if known is None:
        row = next(archive.rows("select id from sites where key = ?", [site.key]), None)
        origin = urls.origin_of(page.final_url) + "/"
        site_id = row["id"] if row else archive.add_site(site, origin, now, active=False)
        link = Link(url=page.final_url, source="import", found_in=found_in)
        entry = archive.ledger.expect(site_id, link, now)
        return entry.id, site_id, entry.reason
    return known["id"], known["site_id"], known["reason"]


def _store(connection: sqlite3.Connection, article: Article, origin: Origin) -> Outcome:
    canonical_key = urls.page_key(article.canonical_url or article.url)
    found = stories.find(connection, article, origin, urls.page_key(article.url), canonical_key)
    if found is None:
        return stories.store(connection, article, origin).outcome
    article_id, page_id, known_key = found
    at = iso(origin.now) or ""
    if at >= _last_read(connection, article_id):
        return stories.store(connection, article, origin).outcome
    stories.lead_here(connection, article_id, origin.page_id)
    if page_id != origin.page_id and (urls.page_key(article.url) != canonical_key or known_key == canonical_key):
        return "alias"
    is_new = _backdate(connection, article, origin, article_id)
    changes.note(connection, article_id)
    connection.execute(
        "update articles set first_seen_at = min(first_seen_at, :at), "
        "changed_at = (select max(read_at) from revisions where article_id = :id) where id = :id",
        {"at": at, "id": article_id},
    )
    return "earlier" if is_new else "unchanged"


def _last_read(connection: sqlite3.Connection, article_id: int) -> str:
    """When a story was read last, whether or not it said something new (ISO 8601)."""
    query = """
        select max(at) from (
            select max(read_at) as at from revisions where article_id = :article
            union all
            select max(visits.at) from visits join pages on pages.id = visits.page_id
            where pages.article_id = :article and visits.outcome = 'archived')"""
    return str(connection.execute(query, {"article": article_id}).fetchone()[0] or "")


class _Reading(msgspec.Struct, frozen=True):
    """A row of ``revisions``."""

    id: int
    read_at: str
    hash: str


def _backdate(connection: sqlite3.Connection, article: Article, origin: Origin, article_id: int) -> bool:
    """Put a reading into the history of a story that was read later too; whether it says what its neighbours do not."""
    at, said = iso(origin.now), reading_hash(article)
    before = _neighbour(connection, article_id, "read_at <= ? order by read_at desc, id desc", at)
    after = _neighbour(connection, article_id, "read_at > ? order by read_at, id", at)
    if before is not None and before.hash == said:
        return False
    again = _read_again(connection, article_id, at, after.read_at if after else "9") if before else None
    if after is not None and after.hash == said and again is None:
        # The story said so already then.
        connection.execute(
            "update articles set snapshot_id = :snapshot where id = :article and :revision = ("
            "select id from revisions where article_id = :article order by read_at desc, id desc limit 1)",
            {"snapshot": origin.snapshot_id, "article": article_id, "revision": after.id},
        )
        connection.execute(
            "update revisions set read_at = ?, snapshot_id = ? where id = ?", [at, origin.snapshot_id, after.id]
        )
        return False
    stories.write_revision(connection, article, origin, article_id)
    if before is not None and again is not None:
        _repeat(connection, article_id, before, again)
    return True


def _neighbour(connection: sqlite3.Connection, article_id: int, condition: str, at: str | None) -> _Reading | None:
    query = f"select id, read_at, hash from revisions where article_id = ? and {condition} limit 1"
    row = connection.execute(query, [article_id, at]).fetchone()
    return _Reading(*row) if row else None


def _read_again(
    connection: sqlite3.Connection, article_id: int, after: str | None, before: str
) -> tuple[int | None, str] | None:
    """The first time between two moments at which a page of the story was read, and the snapshot that it was given,
    where that is known."""
    query = """
        select visits.snapshot_id, visits.at from visits join pages on pages.id = visits.page_id
        where pages.article_id = ? and visits.outcome = 'archived' and visits.at > ? and visits.at < ?
        order by visits.at limit 1"""
    row: tuple[int | None, str] | None = connection.execute(query, [article_id, after, before]).fetchone()
    return row


def _repeat(connection: sqlite3.Connection, article_id: int, said: _Reading, again: tuple[int | None, str]) -> None:
    """Write that a story said again, later, what it had said before another reading came between."""
    snapshot_id, at = again
    connection.execute(
        "insert into revisions (article_id, snapshot_id, read_at, version, rules_hash, hash, title, published, modified, "
        "word_count, record) select :article, coalesce(:snapshot, snapshot_id), :at, version, rules_hash, hash, title, "
        "published, modified, word_count, record from revisions where id = :id",
        {"id": said.id, "at": at, "snapshot": snapshot_id, "article": article_id},
    )


def _stands_for_its_story(connection: sqlite3.Connection, page_id: int) -> bool:
    return connection.execute("select 1 from articles where page_id = ?", [page_id]).fetchone() is not None


def _settle(
    connection: sqlite3.Connection, page_id: int, page: Page, state: str, crawl_id: int | None, snapshot_id: int
) -> None:
    """Write the capture in the page's row and in ``visits``; what was seen later than it stays as it is."""
    values: dict[str, Any] = {
        "page": page_id, "crawl": crawl_id, "at": iso(page.fetched_at), "state": state, "status": page.status,
        "etag": page.headers.get("etag"), "modified": page.headers.get("last-modified"), "snapshot": snapshot_id,
    }  # fmt: skip
    connection.execute(
        "insert into visits (page_id, crawl_id, at, outcome, status, snapshot_id) "
        "values (:page, :crawl, :at, :state, :status, :snapshot)",
        values,
    )
    connection.execute(
        "update pages set state = :state, reason = null, detail = null, status = :status, fetched_at = :at, etag = :etag, "
        "last_modified = :modified where id = :page and coalesce(fetched_at, '') <= :at",
        values,
    )
    # A page that was refused or failed later has its story all the same.
    connection.execute(
        "update pages set state = :state where id = :page and state not in ('archived', 'alias', 'gone')", values
    )
