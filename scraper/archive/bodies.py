"""The bytes of pages in the archive: which earlier page each is stored against, and how to get them back.

A blob's base has a smaller id than the blob itself, so that there are no circles, and lies at most
:data:`DEEPEST` steps from a blob that stands alone: to read a page, at most so many others are unpacked.
A base cannot be deleted while a blob needs it (foreign key).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import MappingProxyType
from typing import Any

import msgspec
from sqlite_utils import Database

from scraper.archive.database import Transactions, translated
from scraper.blobs import BEST_LEVEL, Base, Blob, Latest, Packer, unpack
from scraper.errors import ArchiveError
from scraper.records import from_iso, iso

#: A page serves as its site's reference for pages fetched within this time of it: layouts change.
REFERENCE_AGE = timedelta(days=30)
#: Bytes of a page that is worth being a reference, and of one that is too large to be unpacked time and again.
REFERENCE_SIZES = (4_096, 4 << 20)
#: Steps from a blob to one that stands alone: a version of a page, its first version, the site's reference.
DEEPEST = 2
#: Blobs that a repack works on between two commits.
_AT_ONCE = 64


class Repacked(msgspec.Struct):
    """What a repack did: blobs looked at, and their bytes in the archive before and after."""

    blobs: int = 0
    before: int = 0
    after: int = 0


class Bodies:
    """Reads and writes ``blobs``."""

    def __init__(self, database: Database, transactions: Transactions, about: str) -> None:
        self._connection, self._transactions, self._about = database.conn, transactions, about
        self._read: Latest[bytes] = Latest(16)

    def get(self, blob_id: int) -> bytes:
        """The body of a blob; raises ArchiveError where it is damaged."""
        with translated(self._about):
            row = self._connection.execute(
                "select codec, data, size, base_id from blobs where id = ?", [blob_id]
            ).fetchone()
        if row is None:
            raise ArchiveError(f"no blob {blob_id}", about=self._about)
        codec, data, size, base_id = row
        if base_id is not None and base_id >= blob_id:
            raise ArchiveError(f"blob {blob_id} stands on {base_id}, which is no earlier one", about=self._about)
        return unpack(codec, data, size, None if base_id is None else self.base(base_id))

    def base(self, blob_id: int) -> bytes:
        """The body of a blob that others need; kept at hand."""
        return self._read.get(blob_id, lambda: self.get(blob_id))

    # -- writing -------------------------------------------------------------------------

    def keep(self, blob: Blob) -> int:
        """Store a blob unless its body is stored already; the row id."""
        self._connection.execute(
            "insert or ignore into blobs (hash, size, codec, data, level, base_id) values (?, ?, ?, ?, ?, ?)",
            [blob.hash, blob.size, blob.codec, blob.data, blob.level, blob.base_id],
        )
        return int(self._connection.execute("select id from blobs where hash = ?", [blob.hash]).fetchone()[0])

    def base_for(self, site_id: int, page_id: int, fetched_at: datetime) -> int | None:
        """The blob that a page is best stored against: an earlier version of itself, else the site's reference."""
        version = self._connection.execute(_VERSION, [page_id]).fetchone()
        if version is not None:
            return self._shallow(int(version[0]))
        reference, at = self._reference(site_id)
        return reference if at is not None and abs(fetched_at - at) <= REFERENCE_AGE else None

    def offer(self, site_id: int, snapshot_id: int, fetched_at: datetime) -> None:
        """Make a story's page the reference of its site, if the site needs one and the page can be it."""
        at = self._reference(site_id)[1]
        if at is None or abs(fetched_at - at) > REFERENCE_AGE:
            self._connection.execute(
                "update sites set reference_id = blobs.id, referenced_at = ? "
                "from snapshots join blobs on blobs.id = snapshots.blob_id "
                "where sites.id = ? and snapshots.id = ? and blobs.base_id is null and blobs.size between ? and ?",
                [iso(fetched_at), site_id, snapshot_id, *REFERENCE_SIZES],
            )

    def _reference(self, site_id: int) -> tuple[int | None, datetime | None]:
        row = self._connection.execute(
            "select reference_id, referenced_at from sites where id = ?", [site_id]
        ).fetchone()
        return (row[0], from_iso(row[1])) if row else (None, None)

    def _shallow(self, blob_id: int, planned: Mapping[int, int | None] = MappingProxyType({})) -> int:
        """The blob itself, or that of its bases that may have one more on top; ``planned`` bases go before those stored."""
        chain = [blob_id]
        while (base := self._base_of(chain[-1], planned)) is not None:
            chain.append(base)
        return chain[max(0, len(chain) - DEEPEST)]

    def _base_of(self, blob_id: int, planned: Mapping[int, int | None]) -> int | None:
        if blob_id in planned:
            return planned[blob_id]
        row = self._connection.execute("select base_id from blobs where id = ?", [blob_id]).fetchone()
        return row[0] if row else None

    # -- repacking -----------------------------------------------------------------------

    def repack(self, site_id: int, *, threads: int, watch: Callable[[int], None] = lambda count: None) -> Repacked:
        """Store the pages of a site anew, as small as can be: at the best level, against the best base.

        Each batch is a transaction, and what was repacked is not done again: it can be stopped at any time.
        ``watch`` is told how many blobs are done.  Raises ArchiveError where a page is damaged.
        """
        done = Repacked()
        plan = self._plan(site_id)
        packers = [Packer(BEST_LEVEL, keep=2) for _ in range(threads)]
        with ThreadPoolExecutor(threads) as pool:
            while batch := list(islice(plan, _AT_ONCE)):
                tasks = [(blob_id, self.get(blob_id), self._base(base_id)) for blob_id, base_id in batch]
                shares = [tasks[number::threads] for number in range(threads)]
                with self._transactions.write():
                    for blob_id, blob in (each for share in pool.map(_packed, packers, shares) for each in share):
                        self._replace(blob_id, blob, done)
                watch(done.blobs)
        return done

    def count_unpacked(self, key: str | None = None) -> int:
        """How many blobs a repack of a site (or all) would work on."""
        query = "select count(*) from blobs where coalesce(level, 0) < ?"
        if key is not None:
            query += (
                " and exists (select 1 from snapshots join pages on pages.id = snapshots.page_id "
                "join sites on sites.id = pages.site_id where snapshots.blob_id = blobs.id and sites.key = ?)"
            )
        with translated(self._about):
            return int(self._connection.execute(query, [BEST_LEVEL, *([key] if key else [])]).fetchone()[0])

    def _plan(self, site_id: int) -> Iterator[tuple[int, int | None]]:
        """The blobs to repack and the base that is best for each, in the order of their ids."""
        bases: dict[int, int | None] = {}  # as they will be
        reference: tuple[int, datetime] | None = None
        for blob_id, page_id, fetched, size, level, old_base, is_base in self._rows(site_id):
            at = from_iso(fetched) or datetime.min.replace(tzinfo=UTC)
            version = self._connection.execute(_EARLIER_VERSION, [page_id, blob_id]).fetchone()
            base = old_base
            if version is not None:
                base = self._shallow(int(version[0]), bases)
            elif reference is not None and abs(at - reference[1]) <= REFERENCE_AGE:
                base = reference[0]
            if is_base and old_base is None:
                base = None  # others stand on it: it goes on standing alone
            if base is None and REFERENCE_SIZES[0] <= size <= REFERENCE_SIZES[1]:
                reference = (blob_id, at)
            bases[blob_id] = base
            if (level or 0) < BEST_LEVEL:
                yield blob_id, base

    def _rows(self, site_id: int) -> Iterator[tuple[Any, ...]]:
        """All blobs of a site, a few thousand at a time: an archive may have millions."""
        last = 0
        while rows := self._connection.execute(_BLOBS_OF_SITE, [site_id, last]).fetchall():
            yield from rows
            last = rows[-1][0]

    def _base(self, blob_id: int | None) -> Base | None:
        return None if blob_id is None else Base(blob_id, self.base(blob_id))

    def _replace(self, blob_id: int, blob: Blob, done: Repacked) -> None:
        """Write the new packing if it is smaller; in any case, that it was tried."""
        before, stored = self._connection.execute(
            "select length(data), hash from blobs where id = ?", [blob_id]
        ).fetchone()
        if blob.hash != stored:
            raise ArchiveError(f"blob {blob_id} has not the bytes that it was stored for", about=self._about)
        if len(blob.data) < before:
            self._connection.execute(
                "update blobs set data = ?, base_id = ? where id = ?", [blob.data, blob.base_id, blob_id]
            )
        self._connection.execute("update blobs set level = ? where id = ?", [blob.level, blob_id])
        done.blobs += 1
        done.before += before
        done.after += min(before, len(blob.data))


def _packed(packer: Packer, share: list[tuple[int, bytes, Base | None]]) -> list[tuple[int, Blob]]:
    """One thread's share of a batch."""
    return [(blob_id, packer.pack(body, base)) for blob_id, body, base in share]


_VERSION = "select blob_id from snapshots where page_id = ? order by blob_id desc limit 1"
_EARLIER_VERSION = "select blob_id from snapshots where page_id = ? and blob_id < ? order by blob_id desc limit 1"
_BLOBS_OF_SITE = """
select blobs.id, snapshots.page_id, snapshots.fetched_at, blobs.size, blobs.level, blobs.base_id,
       exists (select 1 from blobs as other where other.base_id = blobs.id)
from blobs join snapshots on snapshots.id = (select min(id) from snapshots where blob_id = blobs.id)
join pages on pages.id = snapshots.page_id
where pages.site_id = ? and blobs.id > ? order by blobs.id limit 5000
"""
