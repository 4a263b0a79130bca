"""Storing the pages of a site anew, as small as they can be: at the best level, against the base that serves each best.

Layouts change with the years and with the kind of page, so the base of each page is chosen by measuring it against a few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import msgspec

from scraper.archive.bodies import DEEPEST, REFERENCE_DEPTH, REFERENCE_SIZES, Bodies
from scraper.archive.store import Archive
from scraper.blobs import BEST_LEVEL, Base, Blob, Packer
from scraper.errors import ArchiveError

#: References of a site that a page is measured against: those that served last.
REFERENCES = 4
#: Share of its bytes alone under which a page packed against a base is served well; one that is not is a new layout.
WELL = 0.5
#: Blobs that a repack works on between two commits.
_AT_ONCE = 64


class Repacked(msgspec.Struct):
    """What a repack did: blobs looked at, and their bytes in the archive before and after."""

    blobs: int = 0
    before: int = 0
    after: int = 0


def repack(
    archive: Archive, site_id: int, *, threads: int, watch: Callable[[int], None] = lambda count: None
) -> Repacked:
    """Store the pages of a site anew.

    Each batch is a transaction, and what was repacked is not done again: it can be stopped at any time.
    ``watch`` is told how many blobs are done.  Raises ArchiveError where a page is damaged.
    """
    done = Repacked()
    plan = _Plan(archive, site_id).tasks()
    packers = [Packer(BEST_LEVEL, keep=2) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        while batch := list(islice(plan, _AT_ONCE)):
            batch.sort(key=lambda task: task.base.id if task.base else 0)  # a base is made ready once for many pages
            shares = [batch[number::threads] for number in range(threads)]
            with archive.transactions.write():
                for blob_id, blob in (each for share in pool.map(_packed, packers, shares) for each in share):
                    _replace(archive, blob_id, blob, done)
            watch(done.blobs)
    return done


def count_unpacked(archive: Archive, key: str | None = None) -> int:
    """How many blobs a repack of a site (or all) would work on."""
    query = "select count(*) as n from blobs where coalesce(level, 0) < ?"
    if key is not None:
        query += (
            " and exists (select 1 from snapshots join pages on pages.id = snapshots.page_id "
            "join sites on sites.id = pages.site_id where snapshots.blob_id = blobs.id and sites.key = ?)"
        )
    return int(next(archive.rows(query, [BEST_LEVEL, *([key] if key else [])]))["n"])


class _Task(msgspec.Struct, frozen=True):
    """A blob to repack, its body, and what to pack it against."""

    blob_id: int
    body: bytes
    base: Base | None


class _Row(msgspec.Struct, frozen=True, array_like=True):
    """A blob of the site: what it is stored as, and whether others stand on it."""

    id: int
    page_id: int
    size: int
    level: int
    base_id: int | None
    is_base: bool


class _Plan:
    """Which base each blob of a site is to have, in the order of their ids."""

    def __init__(self, archive: Archive, site_id: int) -> None:
        self._archive, self._site_id = archive, site_id
        self._bodies: Bodies = archive.bodies
        self._measuring = Packer(keep=2 * REFERENCES)
        self._bases: dict[int, int | None] = {}  # as they will be
        self._references: list[int] = []  # the one that served last at the end

    def tasks(self) -> Iterator[_Task]:
        """The blobs that are not repacked yet."""
        for row in self._rows():
            if row.level >= BEST_LEVEL:
                self._bases[row.id] = row.base_id
                self._offer(row, is_new=row.is_base or row.base_id is None)
                continue
            body = self._bodies.get(row.id)
            base_id, is_new = self._choose(row, body)
            self._bases[row.id] = base_id
            self._offer(row, is_new=is_new)
            yield _Task(row.id, body, self._base(base_id))

    def _choose(self, row: _Row, body: bytes) -> tuple[int | None, bool]:
        """The base that makes a blob smallest, and whether that is so large that it is the first page of a layout."""
        alone = len(self._measuring.compress(body))
        sizes = {base: self._size(body, base) for base in self._candidates(row) if self._is_whole(base, row)}
        best = min(sizes, key=sizes.__getitem__, default=None)
        is_new = best is None or sizes[best] > WELL * alone
        if is_new and best is not None and self._is_reference_size(row):
            sizes = {base: size for base, size in sizes.items() if self._depth(base) < REFERENCE_DEPTH}
            best = min(sizes, key=sizes.__getitem__, default=None)
        return (best if best is not None and sizes[best] < alone else None), is_new

    def _candidates(self, row: _Row) -> set[int]:
        """What a blob may be packed against: what it is now, an earlier version of its page, references of its site."""
        candidates = {*self._references, *([row.base_id] if row.base_id is not None else [])}
        for (version,) in self._archive.database.execute(_EARLIER_VERSION, [row.page_id, row.id]):
            candidates.add(self._bodies.shallow(version, self._bases))
        room = self._room(row)
        return {base for base in candidates if self._depth(base) < room}

    def _room(self, row: _Row) -> int:
        """How deep a blob may come to lie: all that stands on it goes down with it."""
        above = self._archive.database.execute(_ABOVE, [row.id]).fetchone()[0] if row.is_base else 0
        return DEEPEST - int(above)

    def _offer(self, row: _Row, *, is_new: bool) -> None:
        """Note which reference served, or that there is a new one; the one that served the longest ago goes."""
        serves = row.id if is_new else self._bases[row.id]
        if serves in self._references:
            self._references.remove(serves)
        elif not is_new or not self._is_reference_size(row) or self._depth(row.id) > REFERENCE_DEPTH:
            return
        assert serves is not None
        self._references = [*self._references, serves][-REFERENCES:]

    def _is_reference_size(self, row: _Row) -> bool:
        return REFERENCE_SIZES[0] <= row.size <= REFERENCE_SIZES[1]

    def _is_whole(self, base_id: int, row: _Row) -> bool:
        """Whether a candidate can be read; damage to one costs those alone that stand on it already."""
        try:
            self._bodies.base(base_id)
        except ArchiveError:
            if base_id == row.base_id:
                raise
            return False
        return True

    def _size(self, body: bytes, base_id: int) -> int:
        return len(self._measuring.compress(body, self._base(base_id)))

    def _depth(self, blob_id: int) -> int:
        return len(self._bodies.chain(blob_id, self._bases)) - 1

    def _base(self, blob_id: int | None) -> Base | None:
        return None if blob_id is None else Base(blob_id, self._bodies.base(blob_id))

    def _rows(self) -> Iterator[_Row]:
        """All blobs of a site, a few thousand at a time: an archive may have millions."""
        last = 0
        while rows := self._archive.database.execute(_BLOBS_OF_SITE, [self._site_id, last]).fetchall():
            yield from (msgspec.convert(row, _Row, strict=False) for row in rows)
            last = rows[-1][0]


def _packed(packer: Packer, share: list[_Task]) -> list[tuple[int, Blob]]:
    """One thread's share of a batch."""
    return [(task.blob_id, packer.pack(task.body, task.base)) for task in share]


def _replace(archive: Archive, blob_id: int, blob: Blob, done: Repacked) -> None:
    """Write the new packing if it is smaller, or stands on another base: the plan counts on that."""
    connection = archive.database.conn
    before, base_id = connection.execute("select length(data), base_id from blobs where id = ?", [blob_id]).fetchone()
    is_better = blob.base_id != base_id or len(blob.data) < before
    if is_better:
        connection.execute("update blobs set data = ?, base_id = ? where id = ?", [blob.data, blob.base_id, blob_id])
    connection.execute("update blobs set level = ? where id = ?", [blob.level, blob_id])
    done.blobs += 1
    done.before += before
    done.after += len(blob.data) if is_better else before


_EARLIER_VERSION = "select blob_id from snapshots where page_id = ? and blob_id < ? order by blob_id desc limit 1"
_ABOVE = """
with recursive above (id, steps) as (
    select ?, 0 union all select blobs.id, steps + 1 from blobs join above on blobs.base_id = above.id and blobs.id > above.id)
select max(steps) from above
"""
_BLOBS_OF_SITE = """
select blobs.id, snapshots.page_id, blobs.size, coalesce(blobs.level, 0), blobs.base_id,
       exists (select 1 from blobs as other where other.base_id = blobs.id)
from blobs join snapshots on snapshots.id = (select min(id) from snapshots where blob_id = blobs.id)
join pages on pages.id = snapshots.page_id
where pages.site_id = ? and blobs.id > ? order by blobs.id limit 5000
"""
