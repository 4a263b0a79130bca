"""The archive: sites, runs, snapshots and stories go in through this one class."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from scraper import __version__, urls
from scraper.archive import changes, history, search, stories
from scraper.archive import parts as later
from scraper.archive.bodies import Bodies
from scraper.archive.database import RunLock, Transactions, connect, read, translated
from scraper.archive.ledger import Ledger
from scraper.archive.parts import Part
from scraper.archive.search import Hit
from scraper.archive.stories import Origin, Stored
from scraper.blobs import Blob
from scraper.edition import edition
from scraper.errors import ArchiveError, UsageError
from scraper.records import Article, Entry, Page, from_iso, iso, stored_headers
from scraper.sites import Site

#: What is kept of an answer whose being unmodified would say nothing: one that is no story, and the first of several pages.
_NO_VALIDATORS = {"etag": "", "last_modified": ""}


def _validators(page: Page) -> dict[str, str]:
    """What the server named its answer, by which it can be asked whether that still holds."""
    return {"etag": page.headers.get("etag", ""), "last_modified": page.headers.get("last-modified", "")}


class Archive:
    """One SQLite file with everything in it.  Open with :meth:`open`; a context manager."""

    def __init__(
        self, path: Path, *, create: bool, readonly: bool, wait: float, waiting: Callable[[str], None]
    ) -> None:
        self.path, self._wait, self._waiting = path, wait, waiting
        self.database = connect(path, create=create, readonly=readonly)
        self.transactions = Transactions(self.database, str(path))
        self.ledger = Ledger(self.database, self.transactions, str(path))
        self.bodies = Bodies(self.database, self.transactions, str(path))
        self._connection = self.database.conn

    @classmethod
    def open(
        cls, path: str | os.PathLike[str] = "archive.db", *, create: bool = True, readonly: bool = False,
        wait: float = 0.0, waiting: Callable[[str], None] = lambda text: None,
    ) -> Archive:  # fmt: skip
        """Open (and by default create) an archive; raises :class:`ArchiveError`.

        A run in it waits ``wait`` seconds for another one to end (``inf``: for as long as that takes); ``waiting`` is
        told, in words, whom it waits for.
        """
        return cls(Path(path), create=create and not readonly, readonly=readonly, wait=wait, waiting=waiting)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def lock(self, wait: float | None = None) -> AbstractContextManager[None]:
        """Be the one run that writes; raises :class:`ArchiveBusy` that names who is, if that one does not end in ``wait``
        seconds (else those that the archive was opened with), and at the end ArchiveError if the file is gone by then."""
        return RunLock(self.path).held(self._wait if wait is None else wait, self._waiting)

    @contextmanager
    def taken_back(self) -> Iterator[None]:
        """Whatever is written inside is undone at the end."""
        connection = self.database.conn
        with translated(str(self.path)):
            connection.execute("begin immediate")
        try:
            yield
        finally:
            connection.rollback()

    # -- sites and runs ------------------------------------------------------------------

    def add_site(self, site: Site, start_url: str, now: datetime, *, active: bool = True) -> int:
        """The row id of a site, made or brought up to date."""
        with self.transactions.write():
            row = self._connection.execute(
                "insert into sites (key, name, language, start_url, rules_hash, active, added_at) values (?, ?, ?, ?, ?, ?, ?) "
                "on conflict (key) do update set name = excluded.name, language = excluded.language, "
                "rules_hash = case when excluded.rules_hash = '' and not excluded.active then rules_hash else excluded.rules_hash end, start_url = excluded.start_url returning id",
                [site.key, site.name, site.language, start_url, site.rules_hash, int(active), iso(now)],
            ).fetchone()
        return int(row[0])

    def add_seed(self, site_id: int, url: str, *, whole_site: bool) -> None:
        """Remember where a run was told to look, so that ``update`` looks there again."""
        with self.transactions.write():
            self._connection.execute(
                "insert or ignore into seeds (site_id, url, whole_site) values (?, ?, ?)",
                [site_id, url, int(whole_site)],
            )

    def drop_seed(self, url: str) -> str | None:
        """Look no more at a start address; the key of its site.  None where it is none, or the only one that its site has."""
        query = """
            select seeds.url, site_id, key from seeds join sites on sites.id = site_id where seeds.url in (?, ?)
            and exists (select 1 from seeds as others where others.site_id = seeds.site_id and others.url != seeds.url)"""
        row = next(self.rows(query, [url, urls.normalise(url)]), None)
        if row is None:
            return None
        with self.transactions.write():
            self._connection.execute("delete from seeds where site_id = ? and url = ?", [row["site_id"], row["url"]])
        return str(row["key"])

    def seeded_sites(self, only: Iterable[str] = ()) -> list[dict[str, Any]]:
        """The sites that ``update`` looks after, or those named: key, start_url, and seeds as (url, whole_site)."""
        only = [self.site_key(name) for name in only]
        known = {
            row["key"]: row
            for row in self.rows("select id, key, start_url, rules_hash, active from sites order by key")
        }
        found = [known[key] for key in only] or [row for row in known.values() if row["active"]]
        query = "select url, whole_site from seeds where site_id = ? order by whole_site desc, url"
        return [row | {"seeds": [(s["url"], s["whole_site"]) for s in self.rows(query, [row["id"]])]} for row in found]

    def site_key(self, name: str) -> str:
        """The key of a site that a person names by it, by a host of it or a URL; raises :class:`~scraper.errors.UsageError`."""
        host = urls.site_host(urls.host_of(name if "://" in name else f"https://{name}"))
        known = {row["key"]: urls.site_host(urls.host_of(row["start_url"])) for row in self.rows("select * from sites")}
        if name in known:
            return name
        if found := [key for key, its_host in known.items() if host and host in (key, its_host)]:
            return str(found[0])
        raise UsageError("no such site in the archive", about=name)

    def site_ids(self, name: str | None = None) -> list[int]:
        """The row ids of all sites, or of the one that is named; raises :class:`~scraper.errors.UsageError`."""
        key = self.site_key(name) if name is not None else None
        query = "select id from sites where ? is null or key = ? order by key"
        return [row["id"] for row in self.rows(query, [key, key])]

    def shrink(self) -> None:
        """Give the space that is free inside the file back to the disk; needs as much again as the file is large."""
        with translated(str(self.path)):
            self.database.execute("vacuum")

    def note_walk(self, site_id: int, since: datetime | None, at: datetime | None) -> None:
        """Remember when a run read all listings of a site to their ends, for what was published since a time; None: none has."""
        with self.transactions.write():
            query = "update sites set walked_at = ?, walked_since = ? where id = ?"
            self._connection.execute(query, [iso(at), iso(since), site_id])

    def walked(self, site_id: int) -> tuple[datetime | None, datetime | None]:
        """When a run last read all listings of a site to their ends, and for what was published since when (None: all)."""
        row = next(self.rows("select walked_at, walked_since from sites where id = ?", [site_id]))
        return from_iso(row["walked_at"]), from_iso(row["walked_since"])

    def note_left(self, host: str, until: datetime) -> None:
        """Remember that a host asked to be left alone."""
        with self.transactions.write():
            self._connection.execute(
                "insert into hosts (name, left_until) values (?, ?) on conflict (name) do update set left_until = excluded.left_until",
                [host, iso(until)],
            )

    def hosts_left(self, now: datetime) -> dict[str, datetime]:
        """The hosts that asked to be left alone, and until when; those whose time is over are forgotten."""
        with self.transactions.write():
            self._connection.execute("delete from hosts where left_until <= ?", [iso(now)])
        rows = self.rows("select name, left_until from hosts")
        return {row["name"]: until for row in rows if (until := from_iso(row["left_until"]))}

    def forget_empty_site(self, site_id: int) -> None:
        """Take back a site that turned out to have nothing: a mistyped host is none."""
        query = "select 1 from pages where site_id = :site union all select 1 from seeds where site_id = :site limit 1"
        with self.transactions.write():
            if not any(self.rows(query, {"site": site_id})):
                self._drop_site(site_id)

    def forget(self, name: str) -> int | None:
        """Look after a site no more; how many of its stored pages stay, None where it had none and is gone itself.

        Raises UsageError for a site that is not there.
        """
        key = self.site_key(name)
        [site_id] = self.site_ids(key)
        query = "select count(*) as n from snapshots join pages on pages.id = page_id where site_id = ?"
        with self.transactions.write():
            stored = next(self.rows(query, [site_id]))["n"]
            if stored:
                self.look_after(key, active=False)
                return int(stored)
            self._drop_site(site_id)
        return None

    def _drop_site(self, site_id: int) -> None:
        """Delete all that is known of a site of which no page is stored."""
        for table, rows in (
            ("visits", "page_id in (select id from pages where site_id = ?)"), ("pages", "site_id = ?"),
            ("listings", "site_id = ?"), ("seeds", "site_id = ?"), ("sites", "id = ?"),
        ):  # fmt: skip
            self._connection.execute(f"delete from {table} where {rows}", [site_id])

    def look_after(self, key: str, *, active: bool) -> None:
        """Set whether ``update`` looks after a site."""
        with self.transactions.write():
            self._connection.execute("update sites set active = ? where key = ?", [int(active), key])

    def begin_crawl(self, arguments: dict[str, Any], now: datetime) -> int:
        """The row id of a new run."""
        values = [iso(now), __version__, json.dumps(arguments, ensure_ascii=False)]
        with self.transactions.write():
            query = "insert into crawls (started_at, version, arguments) values (?, ?, ?)"
            cursor = self._connection.execute(query, values)
        self.ledger.crawl_id = int(cursor.lastrowid or 0)
        return self.ledger.crawl_id

    def end_crawl(self, crawl_id: int, counts: str, outcome: str, now: datetime) -> None:
        """Write how a run ended: its counts as JSON, its outcome in a word."""
        with self.transactions.write():
            self._connection.execute(
                "update crawls set ended_at = ?, counts = ?, outcome = ? where id = ?",
                [iso(now), counts, outcome, crawl_id],
            )

    # -- pages ---------------------------------------------------------------------------

    def save(
        self, entry: Entry, site_id: int, page: Page, blob: Blob, article: Article, site: Site, due_at: datetime | None,
        parts: Sequence[Part] = (),
    ) -> Stored | None:  # fmt: skip
        """Keep a page's bytes, and its story if it is one, in one transaction; settle its ledger row.

        ``parts`` are the story's later pages: their bytes are kept, and their rows say what they are part of.  None means
        that the page is no story: its ledger row says what it is.
        """
        with self.transactions.write():
            snapshot_id = self.keep_snapshot(entry.id, page, blob, self.reader(site))
            stored = None
            if article.is_story:
                origin = Origin(site_id, entry.id, snapshot_id, site.rules_hash, page.fetched_at, page.permanent)
                stored = stories.store(self._connection, article, origin)
                if stored.outcome == "new":
                    self.bodies.offer(site_id, snapshot_id, page.fetched_at)
            alias = stored is not None and stored.outcome == "alias"
            self.ledger.settle(
                entry.id,
                "alias" if alias else "archived" if stored else "refused",
                reason=None if stored else article.refusal,
                detail=None if stored else article.kind,
                status=page.status,
                now=page.fetched_at,
                due_at=None if alias else due_at,
                article_id=stored.article_id if stored else None,
                **(_validators(page) if stored and not parts else _NO_VALIDATORS),
                snapshot_id=snapshot_id,
            )
            if stored is not None:
                later.keep(self, parts, entry, site_id, self.reader(site), stored.article_id)
        return stored

    @staticmethod
    def reader(site: Site) -> str:
        """Who reads pages of a site today: the edition of the program and the hash of the site's rules."""
        return f"{edition()} {site.rules_hash}".strip()

    def keep_snapshot(self, page_id: int, page: Page, blob: Blob, reader: str) -> int:
        """The row id of this answer, read by ``reader``: a new one, or the one that had the same bytes."""
        seen, headers = iso(page.fetched_at), json.dumps(page.headers)
        # The row tells of the first time that these bytes came.
        known = self._connection.execute(
            "update snapshots set seen_at = max(seen_at, :at), reader = :reader, fetched_at = min(fetched_at, :at), "
            "url = iif(:at < fetched_at, :url, url), status = iif(:at < fetched_at, :status, status), "
            "headers = iif(:at < fetched_at, :headers, headers) where page_id = :page and hash = :hash returning id",
            {
                "at": seen, "page": page_id, "hash": blob.hash, "reader": reader, "url": page.final_url,
                "status": page.status, "headers": headers,
            },
        ).fetchone()  # fmt: skip
        if known:
            return int(known[0])
        blob_id = self.bodies.keep(blob)
        cursor = self._connection.execute(
            "insert into snapshots (page_id, blob_id, hash, size, url, status, headers, fetched_at, seen_at, reader) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [page_id, blob_id, blob.hash, blob.size, page.final_url, page.status, headers, seen, seen, reader],
        )
        return int(cursor.lastrowid or 0)

    def note_unchanged(self, entry: Entry, now: datetime, due_at: datetime | None) -> None:
        """A 304: the last snapshot is what the page still says; its validators were asked about, or none were."""
        with self.transactions.write():
            seen = self._connection.execute(
                "update snapshots set seen_at = ? where id = "
                "(select id from snapshots where page_id = ? order by seen_at desc, id desc limit 1) returning id",
                [iso(now), entry.id],
            ).fetchone()
            self.ledger.settle(
                entry.id, entry.state, status=304, now=now, due_at=due_at, snapshot_id=seen[0] if seen else None
            )  # fmt: skip

    def note_gone(self, entry: Entry, status: int, now: datetime, due_at: datetime) -> None:
        """A 404 or 410: the page is gone, and its story, if we have it, is marked as deleted and kept.

        If the page is still advertised at ``due_at``, it is looked for again.
        """
        with self.transactions.write():
            gone = self._connection.execute(
                "update articles set deleted_at = ? where page_id = ? and deleted_at is null returning id",
                [iso(now), entry.id],
            ).fetchone()
            if gone:
                changes.note_presence(self._connection, gone[0], iso(now), deleted=True)
            self.ledger.settle(
                entry.id, "gone", reason="gone", detail=f"answered {status}", status=status, now=now, due_at=due_at
            )

    def alias_of(self, entry: Entry, target: Entry, now: datetime) -> None:
        """The page redirects to another one of the ledger, whose story may be the one that stood here."""
        with self.transactions.write():
            article_id = stories.follow(self._connection, entry.id, target.id, now)
            self.ledger.settle(entry.id, "alias", reason="redirect", detail=target.url, now=now, article_id=article_id)
            self._connection.execute("update pages set alias_of = ? where id = ?", [target.id, entry.id])
            if article_id is not None:
                stories.lead_here(self._connection, article_id, entry.id)

    def published_of(self, article_id: int) -> datetime | None:
        """When a story was published."""
        row = next(self.rows("select published from articles where id = ?", [article_id]), None)
        return from_iso(row["published"]) if row else None

    # -- reading -------------------------------------------------------------------------

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """All that is read inside is of one moment, whatever a run writes meanwhile."""
        connection = self.database.conn
        opened = not connection.in_transaction
        with translated(str(self.path)):
            if opened:
                connection.execute("begin")
            try:
                yield
            finally:
                if opened:
                    connection.rollback()

    def rows(self, query: str, values: Any = ()) -> Iterator[dict[str, Any]]:
        """The rows of a query as dicts; raises UsageError for a statement that writes or has no rows."""
        with translated(str(self.path)):
            yield from read(self.database, query, values)

    def search(self, query: str, **filters: Any) -> list[Hit]:
        """Full-text search; see :func:`scraper.archive.search.search` for the filters."""
        return search.search(self, query, **filters)

    def article(self, url_or_id: str | int) -> dict[str, Any]:
        """One story with its authors, tags, links, images and revisions; raises :class:`ArchiveError`."""
        with self.one_moment():
            return search.article(self, url_or_id)

    def revision(self, article_id: int, revision_id: int) -> dict[str, Any]:
        """The whole record of one reading of a story; raises :class:`ArchiveError`."""
        return search.revision(self, article_id, revision_id)

    def why(self, url: str) -> dict[str, Any] | None:
        """All that the ledger knows of a URL; see :func:`scraper.archive.history.why`."""
        with self.one_moment():
            return history.why(self, url)

    def answer(self, row: dict[str, Any]) -> Page:
        """What a row of ``snapshots`` stands for, as it was fetched; raises :class:`ArchiveError` where it is damaged."""
        fetched = from_iso(row["fetched_at"])
        assert fetched is not None
        return Page(
            url=row["url"], final_url=row["url"], status=row["status"], headers=stored_headers(row),
            body=self.bodies.get(row["blob_id"]), fetched_at=fetched,
        )  # fmt: skip

    def raw(self, snapshot_id: int) -> bytes:
        """The bytes of a snapshot, as they came."""
        row = next(self.rows("select blob_id from snapshots where id = ?", [snapshot_id]), None)
        if row is None:
            raise ArchiveError(f"no snapshot {snapshot_id}", about=str(self.path))
        return self.bodies.get(row["blob_id"])
