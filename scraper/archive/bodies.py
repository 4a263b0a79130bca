"""The bytes of pages in the archive: which earlier page each is stored against, and how to get them back.

A blob's base has a smaller id than the blob itself, so that there are no circles, and lies at most
:data:`DEEPEST` steps from a blob that stands alone: to read a page, at most so many others are unpacked.
A base cannot be deleted while a blob needs it (foreign key).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from scraper.archive.database import Transactions, translated
from scraper.archive.sqlite import Database
from scraper.blobs import Blob, Latest, unpack
from scraper.errors import ArchiveError
from scraper.records import from_iso, iso

#: Layouts change: a page fetched so long before or after its site's reference becomes the next one.
REFERENCE_AGE = timedelta(days=30)
#: Bytes of a page that is worth being a reference, and of one that is too large to be unpacked time and again.
REFERENCE_SIZES = (4_096, 4 << 20)
#: Steps from a blob to one that stands alone: a version of a page, its first version, the site's reference, its first one.
DEEPEST = 3
#: Steps from a reference to one that stands alone, so that pages and their versions still find room on top.
REFERENCE_DEPTH = DEEPEST - 2

#: The base of each blob by its id; None: it stands alone.
Bases = Mapping[int, int | None]
NO_PLAN: Bases = MappingProxyType({})


class Bodies:
    """Reads and writes ``blobs``."""

    def __init__(self, database: Database, transactions: Transactions, about: str) -> None:
        self._connection, self._transactions, self._about = database.conn, transactions, about
        self._read: Latest[bytes] = Latest(16)

    def get(self, blob_id: int) -> bytes:
        """The body of a blob; raises ArchiveError where it is damaged."""
        with translated(self._about):
            row = self._connection.execute(
                "select codec, data, size, base_id, hash from blobs where id = ?", [blob_id]
            ).fetchone()
        if row is None:
            raise ArchiveError(f"no blob {blob_id}", about=self._about)
        codec, data, size, base_id, digest = row
        if base_id is not None and base_id >= blob_id:
            raise ArchiveError(f"blob {blob_id} stands on {base_id}, which is no earlier one", about=self._about)
        try:
            body = unpack(codec, data, size, None if base_id is None else self.base(base_id))
        except ArchiveError as error:
            raise ArchiveError(f"{error.message} (blob {blob_id})", about=self._about) from error
        if hashlib.sha256(body).hexdigest() != digest:
            raise ArchiveError(f"a stored page is damaged: blob {blob_id} is not what its hash says", about=self._about)
        return body

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
        """The blob that a page is best stored against: an earlier version of itself, else the site's reference.

        What is to be the next reference stands on the site's first one: an old layout is better than none.
        """
        version = self._connection.execute(_VERSION, [page_id]).fetchone()
        if version is not None:
            return self.shallow(int(version[0]))
        reference, at = self._reference(site_id)
        if reference is None:
            return None
        return self.chain(reference)[-1] if _is_far(fetched_at, at) else self.shallow(reference, depth=REFERENCE_DEPTH)

    def offer(self, site_id: int, snapshot_id: int, fetched_at: datetime) -> None:
        """Make a story's page the reference of its site, if the site needs one and the page can be it."""
        reference, at = self._reference(site_id)
        if reference is not None and not _is_far(fetched_at, at):
            return
        row = self._connection.execute(
            "select blobs.id from snapshots join blobs on blobs.id = snapshots.blob_id "
            "where snapshots.id = ? and blobs.size between ? and ?",
            [snapshot_id, *REFERENCE_SIZES],
        ).fetchone()
        if row is not None and self._can_follow(row[0], reference):
            self._connection.execute(
                "update sites set reference_id = ?, referenced_at = ? where id = ?", [row[0], iso(fetched_at), site_id]
            )

    def _can_follow(self, blob_id: int, reference: int | None) -> bool:
        """Whether a blob has room for others on top, and stands on what the reference does: two first ones share nothing."""
        chain = self.chain(blob_id)
        is_on_first = reference is None or chain[-1] == self.chain(reference)[-1]
        return is_on_first and len(chain) - 1 <= REFERENCE_DEPTH

    def _reference(self, site_id: int) -> tuple[int | None, datetime | None]:
        row = self._connection.execute(
            "select reference_id, referenced_at from sites where id = ?", [site_id]
        ).fetchone()
        return (row[0], from_iso(row[1])) if row else (None, None)

    def shallow(self, blob_id: int, planned: Bases = NO_PLAN, *, depth: int = DEEPEST - 1) -> int:
        """The blob itself, or that of its bases that is only ``depth`` steps from the one that stands alone."""
        chain = self.chain(blob_id, planned)
        return chain[max(0, len(chain) - 1 - depth)]

    def chain(self, blob_id: int, planned: Bases = NO_PLAN) -> list[int]:
        """A blob, its base, and so on to the one that stands alone; ``planned`` bases go before those stored."""
        chain = [blob_id]
        while (base := self._base_of(chain[-1], planned)) is not None:
            if base >= chain[-1]:  # damage, which could go on for ever
                raise ArchiveError(f"blob {chain[-1]} stands on {base}, which is no earlier one", about=self._about)
            chain.append(base)
        return chain

    def _base_of(self, blob_id: int, planned: Bases) -> int | None:
        if blob_id in planned:
            return planned[blob_id]
        row = self._connection.execute("select base_id from blobs where id = ?", [blob_id]).fetchone()
        return row[0] if row else None


def _is_far(fetched_at: datetime, reference_at: datetime | None) -> bool:
    return reference_at is None or abs(fetched_at - reference_at) > REFERENCE_AGE


_VERSION = "select blob_id from snapshots where page_id = ? order by blob_id desc limit 1"
