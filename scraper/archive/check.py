"""Is the archive whole: the file, the full text, the bytes of every snapshot, and what belongs together.

Each check finds one kind of damage and says how it can be mended, if it can be without losing anything.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from scraper import blobs
from scraper.archive import changes, mending, schema
from scraper.archive.database import cannot_write, translated
from scraper.archive.integrity import RULES, Rule
from scraper.archive.sqlite import Database
from scraper.errors import ArchiveBusy, ArchiveError

if TYPE_CHECKING:
    from scraper.archive.store import Archive

#: Rows of one kind that are named; the rest is counted.
NAMED = 5
#: Blobs that are unpacked side by side, for each thread.
_AT_ONCE = 8


class Finding(msgspec.Struct, frozen=True):
    """One kind of damage: what it is, how often, some of the rows, and whether ``--repair`` can mend it."""

    what: str
    text: str  #: what is wrong, in words
    count: int
    rows: list[str]  #: the first of them
    repairable: bool
    repaired: bool = False


#: Tables that are made from others.
_DERIVED = ("articles_fts", "fingerprints", "fingerprint_bands", "near_duplicates", "hosts")
# References that the rules below look after by themselves, as (table, table that is named).
_OWN_RULES = {("snapshots", "blobs"), ("pages", "articles"), ("links", "articles"), ("revisions", "articles")}


class Health(msgspec.Struct, frozen=True):
    """What a check found, and what it looked at."""

    findings: list[Finding]
    counts: dict[str, int]  #: rows of the main tables
    blobs_read: int  #: bodies whose hash was compared; 0 if that was left out
    notes: list[str] = []  #: what could not be looked at

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left that is damaged."""
        return all(finding.repaired for finding in self.findings)


# Tables, and of each its first column and those of text (sqlite.org/pragma.html, table_info).
_TABLES = "select name from sqlite_master where type = 'table' and name not like 'articles\\_fts%' escape '\\' and name != 'blobs'"
_TEXTS = "select name from pragma_table_info(?) where cid = 0 or type = 'TEXT' order by cid"


def check(
    archive: Archive, *, quick: bool = False, repair: bool = False, watch: Callable[[int, int], None] | None = None
) -> Health:
    """Look at everything; ``quick`` leaves out the bytes of the snapshots; ``watch`` is told how many bodies are read, of how many.

    ``repair`` mends what can be mended without losing anything: the run takes the archive's lock.
    """
    if not repair:
        return _Check(archive, repair=False).go(quick, watch)
    with archive.lock():
        look = _Check(archive, repair=True)
        found = look.go(quick, watch)
        left = _Check(archive, repair=False).go(quick, None).findings if found.findings else []
    still = {finding.what for finding in left}
    findings = [
        msgspec.structs.replace(finding, repaired=finding.what in look.mended - still) for finding in found.findings
    ]
    return msgspec.structs.replace(found, findings=findings)


class _Check:
    """One look at an archive; with ``repair`` what is found is mended at once."""

    def __init__(self, archive: Archive, *, repair: bool) -> None:
        self.archive, self.repair = archive, repair
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self.mended: set[str] = set()
        self.is_sound = True  #: SQLite can rely on the file: what its rows say is what was written

    def go(self, quick: bool, watch: Callable[[int, int], None] | None) -> Health:
        """From the file to its meaning."""
        counts: dict[str, int] = {}
        self.archive.database.conn.text_factory = lambda data: data.decode(
            "utf-8", "replace"
        )  # a bad letter is a finding
        self._file()
        try:
            self._contents(quick, watch)
            for table in ("pages", "snapshots", "blobs", "articles", "revisions"):
                counts[table] = int(next(self.archive.rows(f"select count(*) as n from {table}"))["n"])
        except ArchiveError as error:
            if not self.findings:
                raise
            self.notes.append(f"the rest could not be looked at: {error.message}")
        return Health(self.findings, counts, 0 if quick else counts.get("blobs", 0), self.notes)

    def _contents(self, quick: bool, watch: Callable[[int, int], None] | None) -> None:
        archive = self.archive
        query = "select 'blob ' || id from blobs where base_id >= id"
        circles = [str(next(iter(row.values()))) for row in archive.rows(query)]
        self._note("bases", "bodies that are stored against themselves or a later one", circles)
        if circles:
            self.notes.append("the bodies were not read: they may lead in a circle")
        self._note("bodies", "bodies that are damaged", [] if quick or circles else self._damaged_bodies(watch))
        unread = list(mending.damaged_records(archive))
        said = [f"revision {number} of article {article}" for number, article in unread]
        self._note("records", "readings whose record is damaged", said)
        lost = mending.lost_articles(archive)
        self._note(
            "revisions without articles", "articles of which only the history is left",
            [f"article {number}" for number in lost], lambda: mending.restore(archive, lost),
        )  # fmt: skip
        damaged = list(self._damaged_texts())
        broken = [number for table, number in damaged if table == "articles"]
        self._note(
            "text", "text that is no UTF-8", [f"{table} {number}" for table, number in damaged],
            (lambda: mending.rebuild(archive, broken)) if len(broken) == len(damaged) else None,
        )  # fmt: skip
        stale = [number for number in mending.stale_articles(archive) if number not in broken]
        self._note(
            "articles against their history", "articles that are not their newest reading",
            [f"article {number}" for number in stale], lambda: mending.rebuild(archive, stale),
        )  # fmt: skip
        astray = sorted(mending.stale_changes(archive) - {article for _, article in unread})
        self._note(
            "changes", "articles whose changes are not those between their readings",
            [f"article {number}" for number in astray],
            lambda: changes.note_all(archive.database.conn, astray),
        )  # fmt: skip
        lacks = self._lacking_objects()
        self._note(
            "schema", "indexes, triggers, views and derived tables that are missing", lacks,
            lambda: self._execute_all(lacks.values()),
        )  # fmt: skip
        for rule in RULES:
            self._apply(rule)
        self._note("references", "rows that name a row of another table that is missing", self._dead_references())
        self._full_text()

    def _damaged_texts(self) -> Iterator[tuple[str, Any]]:
        """Rows with a text that is not in the file's encoding, which nothing can read: table, and first column."""
        connection = self.archive.database.conn
        decoded, connection.text_factory = connection.text_factory, bytes
        try:
            with translated(str(self.archive.path)):
                for (table,) in connection.execute(_TABLES).fetchall():
                    key, *names = (name.decode() for (name,) in connection.execute(_TEXTS, [table]))
                    for number, *texts in connection.execute(
                        f"select {', '.join([key, *names])} from {table.decode()}"
                    ):
                        if not all(text is None or _is_utf8(text) for text in texts):
                            yield table.decode(), number
        finally:
            connection.text_factory = decoded

    def _note(self, what: str, text: str, rows: Iterable[str], mend: Callable[[], None] | None = None) -> None:
        """Write down what was found, and mend it if that is wanted and possible."""
        found = list(rows)
        if not found:
            return
        if self.repair and mend is not None and self.is_sound:
            with self.archive.transactions.write():
                mend()
            self.mended.add(what)
        self.findings.append(Finding(what, text, len(found), found[:NAMED], mend is not None))

    def _apply(self, rule: Rule) -> None:
        rows = [str(next(iter(row.values()))) for row in self.archive.rows(rule.query)]
        self._note(rule.what, rule.text, rows, (lambda: self._execute_all(rule.repair)) if rule.repair else None)

    def _file(self) -> None:
        """SQLite's own check of pages and indexes (sqlite.org/pragma.html, integrity_check); indexes can be made anew."""
        try:
            said = [str(row["integrity_check"]) for row in self.archive.rows("pragma integrity_check")]
        except ArchiveError as error:
            said = [error.message]
        said = [line for line in said if "fts5" not in line.lower()] or [
            "ok"
        ]  # newer SQLites look at the full text, too
        only_indexes = all("index" in line for line in said)
        mend = (lambda: self._execute("reindex")) if only_indexes else None
        self._note("file", "faults that SQLite finds in the file", [] if said == ["ok"] else said, mend)
        if said != ["ok"] and self.repair:
            self.is_sound = only_indexes and self._is_ok()
            if not self.is_sound:
                self.notes.append(
                    "nothing is mended in a file that SQLite cannot rely on; `sqlite3 FILE .recover` saves its rows"
                )

    def _is_ok(self) -> bool:
        said = (str(row["integrity_check"]) for row in self.archive.rows("pragma integrity_check"))
        return all(line == "ok" or "fts5" in line.lower() for line in said)

    def _lacking_objects(self, without: Iterable[str] = ()) -> dict[str, str]:
        """What a new archive has and this one has not, where it can be made from the rest: its name, and the statement that
        makes it.  ``without`` those, which are there but of no use."""
        fresh = Database(memory=True)
        schema.prepare(fresh)
        query = (
            "select type || ' ' || name as name, sql from sqlite_master where sql is not null and "
            f"(type != 'table' or name in ({', '.join(map(repr, _DERIVED))})) order by type = 'table' desc, rowid"
        )
        there = {row["name"] for row in self.archive.rows(query)} - set(without)
        lacking = {row["name"]: row["sql"] for row in fresh.query(query) if row["name"] not in there}
        fresh.close()
        return lacking

    def _dead_references(self) -> Iterator[str]:
        """Foreign keys without their row."""
        for row in self.archive.rows("pragma foreign_key_check"):
            if (row["table"], row["parent"]) not in _OWN_RULES:
                yield f"{row['table']} {row['rowid']} names a row of {row['parent']}"

    def _damaged_bodies(self, watch: Callable[[int, int], None] | None) -> Iterator[str]:
        """Every body unpacked and hashed, in threads: zstd and SHA-256 let go of the interpreter."""
        total = int(next(self.archive.rows("select count(*) as n from blobs"))["n"])
        rows = self.archive.rows("select id, hash, size, codec, data, base_id from blobs order by id")
        threads, done = os.cpu_count() or 1, 0
        with ThreadPoolExecutor(threads) as pool:
            while batch := list(islice(rows, threads * _AT_ONCE)):
                bases = [self._base(row["base_id"]) for row in batch]
                for row, is_whole in zip(batch, pool.map(_is_whole, batch, bases), strict=True):
                    if not is_whole:
                        yield f"blob {row['id']}"
                done += len(batch)
                if watch:
                    watch(done, total)

    def _base(self, blob_id: int | None) -> bytes | None:
        """The body that another one is stored against; empty if it is damaged itself."""
        try:
            return None if blob_id is None else self.archive.bodies.base(blob_id)
        except ArchiveError:
            return b""

    def _full_text(self) -> None:
        """FTS5's own check of its index against the articles (sqlite.org/fts5.html, section 6.6), which no run waits for."""
        try:
            with nullcontext() if self.repair else self.archive.lock(wait=0.0):
                faults = self._faults_of_full_text()
        except ArchiveBusy:
            self.notes.append("the full text was not compared: another run holds the archive")
            return
        except ArchiveError as error:
            self.notes.append(f"the full text was not compared ({error.message})")
            return
        self._note("full text", "full text that is not that of the articles", faults, self._rebuild_full_text)

    def _faults_of_full_text(self) -> list[str]:
        connection: sqlite3.Connection = self.archive.database.conn
        faults = []
        try:
            # An insert by form, which stores nothing, and yet holds SQLite's own lock.
            connection.execute("insert into articles_fts (articles_fts, rank) values ('integrity-check', 1)")
        except sqlite3.OperationalError as error:
            if cannot_write(error):
                self.notes.append(f"the full text was not compared ({error})")
            else:
                faults.append(str(error))
        except sqlite3.DatabaseError as error:
            faults.append(str(error))
        return faults

    def _rebuild_full_text(self) -> None:
        """FTS5's own way; where a table behind it is missing, it can neither be used nor dropped, and is made anew."""
        rebuild = "insert into articles_fts (articles_fts) values ('rebuild')"
        try:
            self._execute(rebuild)
        except sqlite3.DatabaseError:
            parts = [f"drop table if exists articles_fts_{part}" for part in ("data", "idx", "docsize", "config")]
            forget = ["pragma writable_schema = on", "delete from sqlite_master where name = 'articles_fts'"]
            made = [
                sql
                for name, sql in self._lacking_objects(without=("table articles_fts",)).items()
                if name == "table articles_fts"
            ]
            self._execute_all([*forget, "pragma writable_schema = reset", *parts, *made, rebuild])

    def _execute_all(self, statements: Iterable[str]) -> None:
        for statement in statements:
            self._execute(statement)

    def _execute(self, statement: str) -> None:
        self.archive.database.execute(statement)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_whole(row: dict[str, Any], base: bytes | None) -> bool:
    """Whether a body can be unpacked, to what its hash says."""
    if base == b"":
        return False
    try:
        body = blobs.unpack(row["codec"], row["data"], row["size"], base)
    except ArchiveError:
        return False
    return bool(len(body) == row["size"] and hashlib.sha256(body).hexdigest() == row["hash"])
