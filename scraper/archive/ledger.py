"""The page ledger: one row for each URL that anybody advertised, with its state and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from scraper import urls
from scraper.archive.database import Transactions, translated
from scraper.archive.sqlite import Database
from scraper.records import ASKED, Entry, Judged, Link, Window, from_iso, iso

_ENTRY = "id, site_id, crawl_id, url, advertised_url, state, reason, detail, fetched_at, attempts, etag, last_modified, article_id, found_by, due_at, advertised_at"
#: Keys asked for in one statement; SQLite allows 32,766 variables.
_CHUNK = 500


class Ledger:
    """Reads and writes ``pages``.  All times are UTC."""

    def __init__(self, database: Database, transactions: Transactions, about: str) -> None:
        self._connection, self._transactions, self._about = database.conn, transactions, about
        self.crawl_id: int | None = None  #: the run in progress

    def lookup(self, keys: Iterable[str]) -> dict[str, Entry]:
        """The entries of those keys that are known."""
        found: dict[str, Entry] = {}
        with translated(self._about):
            for chunk in _chunks(list(keys)):
                marks = ",".join("?" * len(chunk))
                for key, *row in self._connection.execute(
                    f"select key, {_ENTRY} from pages where key in ({marks})", chunk
                ):
                    found[key] = _entry(row)
        return found

    def advertise(self, site_id: int, crawl_id: int, rows: Iterable[Judged], now: datetime) -> None:
        """Write judged links: new ones as they are, open ones with today's judgement; those without a story are this site's now."""
        values = [
            (
                site_id, crawl_id, (url := urls.normalise(row.link.url) or row.link.url),
                row.link.url if row.link.url != url else None, row.key, row.state, row.reason, row.link.source, row.link.found_in,
                iso(now), row.link.title, iso(row.link.published or row.link.modified), row.rank,
            )
            for row in rows
        ]  # fmt: skip
        with self._transactions.write():
            self._connection.executemany(_ADVERTISE, values)

    def expect(self, site_id: int, link: Link, now: datetime) -> Entry:
        """The entry of a page that the run itself comes upon, written as one that waits."""
        assert self.crawl_id is not None, "only a run comes upon pages"
        key = urls.page_key(link.url)
        self.advertise(site_id, self.crawl_id, [Judged(link, key, "pending", None, 0)], now)
        entry = self.entry(key)
        assert entry is not None
        return entry

    def mark_due(self, page_ids: Iterable[int], at: datetime | None) -> None:
        """Set when pages are to be fetched again; None: never."""
        with self._transactions.write():
            self._connection.executemany(
                "update pages set due_at = ? where id = ?", [(iso(at), page) for page in page_ids]
            )

    def set_rank(self, page_id: int, rank: int) -> None:
        """Give a page that waits another place among the others."""
        with self._transactions.write():
            self._connection.execute("update pages set rank = ? where id = ?", [rank, page_id])

    def ask_again(self, site_id: int, listing: str, now: datetime) -> None:
        """Have the pages without a story asked for again whose time has come, and that a listing still names: it is
        unchanged since it named them."""
        with self._transactions.write():
            self._connection.execute(
                "update pages set due_at = ? where site_id = ? and found_in = ? and due_at <= ? "
                "and state in ('gone', 'refused') and article_id is null "
                "and crawl_id = (select crawl_id from listings where url = ?)",
                [iso(ASKED), site_id, listing, iso(now), listing],
            )

    def note_named(self, page_ids: Iterable[int], crawl_id: int) -> None:
        """Note in which run settled pages were advertised last."""
        with self._transactions.write():
            self._connection.executemany(
                "update pages set crawl_id = ? where id = ?", [(crawl_id, page) for page in page_ids]
            )

    def mark_all_due(self, site_id: int, at: datetime) -> None:
        """Set that every page of a site that has a story is to be fetched again."""
        with self._transactions.write():
            self._connection.execute(
                "update pages set due_at = ? where site_id = ? and state in ('archived', 'gone') and article_id is not null",
                [iso(at), site_id],
            )

    def next_pending(self, site_id: int, crawl_id: int | None, most: int) -> list[Entry]:
        """The pending pages of highest rank, of one crawl's advertising or of any."""
        scope = "" if crawl_id is None else " and crawl_id = :crawl"
        return self._entries(
            f"select {_ENTRY} from pages where site_id = :site and state = 'pending'{scope} order by rank desc, id limit :most",
            {"site": site_id, "crawl": crawl_id, "most": most},
        )

    def next_due(self, site_id: int, before: datetime, most: int) -> list[Entry]:
        """The archived or failed pages that have been due the longest; gone and refused ones only if asked for."""
        return self._entries(
            f"select {_ENTRY} from pages where site_id = :site and due_at <= :before "
            "and (state not in ('gone', 'refused') or due_at = :asked) order by due_at, id limit :most",
            {"site": site_id, "before": iso(before), "asked": iso(ASKED), "most": most},
        )

    def entry(self, key: str) -> Entry | None:
        """The entry of a page key."""
        return next(iter(self._entries(f"select {_ENTRY} from pages where key = :key", {"key": key})), None)

    def open_pages(self, site_id: int, crawl_id: int | None) -> int:
        """How many pages still wait."""
        scope = "" if crawl_id is None else " and crawl_id = :crawl"
        query = f"select count(*) from pages where site_id = :site and state = 'pending'{scope}"
        with translated(self._about):
            return int(self._connection.execute(query, {"site": site_id, "crawl": crawl_id}).fetchone()[0])

    def set_date(self, page_id: int, published: datetime | None) -> None:
        """Write the date that a page itself gives in place of the advertised one."""
        with self._transactions.write():
            self._connection.execute("update pages set advertised_at = ? where id = ?", [iso(published), page_id])

    def pending_urls(self, site_id: int, crawl_id: int | None) -> list[str]:
        """The URLs of the pages that wait, in the order of fetching."""
        scope = "" if crawl_id is None else " and crawl_id = :crawl"
        query = f"select url from pages where site_id = :site and state = 'pending'{scope} order by rank desc, id"
        with translated(self._about):
            return [url for (url,) in self._connection.execute(query, {"site": site_id, "crawl": crawl_id})]

    def asked_urls(self, site_id: int) -> list[str]:
        """The URLs of the known pages that are to be fetched again in this run."""
        query = "select url from pages where site_id = ? and due_at = ? order by id"
        with translated(self._about):
            return [url for (url,) in self._connection.execute(query, [site_id, iso(ASKED)])]

    def take_up(self, site_id: int, listings: Iterable[str], window: Window) -> int:
        """Make the pages that wait, and that some listings once named with a date in the window or none, pages of this
        crawl; how many there are."""
        taken = 0
        with self._transactions.write():
            for chunk in _chunks(list(listings)):
                marks = ",".join("?" * len(chunk))
                taken += self._connection.execute(
                    "update pages set crawl_id = ? where site_id = ? and state = 'pending' and crawl_id is not ? "
                    f"and found_in in ({marks}) "
                    "and (advertised_at is null or advertised_at between coalesce(?, '') and coalesce(?, '9'))",
                    [self.crawl_id, site_id, self.crawl_id, *chunk, iso(window.since), iso(window.until)],
                ).rowcount
        return taken

    def settle(
        self, page_id: int, state: str, *, now: datetime, reason: str | None = None, detail: str | None = None,
        status: int | None = None, due_at: datetime | None = None, article_id: int | None = None,
        etag: str | None = None, last_modified: str | None = None, snapshot_id: int | None = None,
    ) -> None:  # fmt: skip
        """Write what became of an attempt to fetch a page, in its row and in ``visits``; ``snapshot_id`` is what it answered.

        Validators and the article that are not given stay as they were.  A page whose story we
        have stays archived, whatever happens to a later look at it.
        """
        with self._transactions.write():
            self._connection.execute(
                "insert into visits (page_id, crawl_id, at, outcome, reason, status, detail, snapshot_id) "
                "values (?, ?, ?, ?, ?, ?, ?, ?)",
                [page_id, self.crawl_id, iso(now), state, reason, status, detail, snapshot_id],
            )
            self._connection.execute(
                _SETTLE,
                {
                    "id": page_id, "state": state, "reason": reason, "detail": detail, "status": status, "now": iso(now),
                    "due": iso(due_at), "article": article_id, "etag": etag, "last_modified": last_modified,
                },
            )  # fmt: skip

    def failures(self, page_id: int) -> int:
        """How often in a row a page was asked for in vain."""
        query = """
            select count(*) from visits where page_id = :page and id > coalesce((
                select max(id) from visits where page_id = :page and outcome in ('archived', 'alias')), 0)"""
        with translated(self._about):
            return int(self._connection.execute(query, {"page": page_id}).fetchone()[0])

    def _entries(self, query: str, values: dict[str, Any]) -> list[Entry]:
        with translated(self._about):
            return [_entry(row) for row in self._connection.execute(query, values)]


_ADVERTISE = """
insert into pages (site_id, crawl_id, url, advertised_url, key, state, reason, found_by, found_in, found_at,
                   advertised_title, advertised_at, rank)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (key) do update set
    site_id = iif(article_id is null, excluded.site_id, site_id), crawl_id = excluded.crawl_id, state = excluded.state, reason = excluded.reason, detail = iif(reason is excluded.reason, detail, null),
    advertised_title = coalesce(excluded.advertised_title, advertised_title),
    advertised_at = case when fetched_at is null then coalesce(excluded.advertised_at, advertised_at) else advertised_at end,
    rank = case when excluded.rank <= -(1 << 40) then excluded.rank else max(rank, excluded.rank) end
"""

_SETTLE = """
update pages set
    state = case when :state in ('refused', 'failed') and article_id is not null then state else :state end,
    reason = :reason, detail = :detail, status = :status, fetched_at = :now, due_at = :due,
    attempts = attempts + 1, article_id = coalesce(:article, article_id),
    etag = coalesce(:etag, etag), last_modified = coalesce(:last_modified, last_modified)
where id = :id
"""


def _entry(row: Any) -> Entry:
    values = dict(zip(_ENTRY.split(", "), row, strict=True))
    moments = {name: from_iso(values[name]) for name in ("fetched_at", "due_at", "advertised_at")}
    return Entry(**values | moments)


def _chunks(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
