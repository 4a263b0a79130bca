"""One SQLite file: opened, checked, brought to today's schema; and the lock that makes one writer."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Any

from scraper.archive import schema
from scraper.archive.sqlite import Database
from scraper.errors import ArchiveBusy, ArchiveError, NotAnArchive, UsageError
from scraper.records import iso, utc_now

#: Milliseconds that a statement waits for another process's short transaction.
BUSY_TIMEOUT = 30_000
#: Seconds between two commits of a run.
COMMIT_EVERY = 0.2
#: Seconds between two looks at whether a lock is free.
_LOOK_EVERY = 0.1
#: Characters of the holder's command line that others are told.
_COMMAND = 120
_NO_QUERY = "rows are of what reads alone: a query, in one statement"


def connect(path: Path, *, create: bool, readonly: bool = False) -> Database:
    """Open an archive; raises :class:`ArchiveError` in one line for whatever is wrong with it."""
    about = str(path)
    if not path.exists() and not create:
        raise ArchiveError("no such archive (the first crawl makes one)", about=about)
    if not path.parent.is_dir():
        raise ArchiveError("no such folder", about=str(path.parent))
    if path.is_dir():
        raise ArchiveError("a folder, not an archive", about=about)
    is_empty = path.exists() and not path.stat().st_size
    if is_empty and not create:
        raise ArchiveError("an empty file, no archive (the first crawl makes one)", about=about)
    if path.exists() and not is_empty and not _is_sqlite(path):
        raise NotAnArchive("not an archive (no SQLite file)", about=about)
    mode = "ro" if readonly else "rwc" if create else "rw"
    with translated(about):
        connection = _open(path, mode)
        connection.execute(f"pragma busy_timeout = {BUSY_TIMEOUT}")
        connection.execute("pragma foreign_keys = on")
        database = Database(connection)
        schema.check(database, about)  # before anything is written: a file of another program stays as it is
        if readonly and schema.is_old(database):
            database.close()
            try:
                connect(path, create=False, readonly=False).close()
            except ArchiveError as error:
                raise ArchiveError(
                    f"made by an earlier version, and cannot be brought up to date: {error.message}", about=about
                ) from error
            return connect(path, create=False, readonly=True)
        if not readonly:
            # WAL: readers never wait for the writer.  NORMAL: a power cut may cost the last
            # commits, never the file (sqlite.org/wal.html); a killed process costs nothing.
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = normal")
            connection.execute("pragma cache_size = -65536")
            schema.prepare(database)
    return database


def _open(path: Path, mode: str) -> sqlite3.Connection:
    """A connection in autocommit: transactions begin and end where the caller says.

    Readers of a WAL database share an index file beside it.  Where there is none and we may not
    make one (a share that is read-only), nobody writes either, and SQLite is told so.
    """
    address = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("select 1 from sqlite_master")
    except sqlite3.OperationalError:
        if mode != "ro" or os.access(path.parent, os.W_OK) or path.with_name(path.name + "-wal").exists():
            raise
        connection.close()
        connection = sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None, check_same_thread=False)
    return connection


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\x00"
    except OSError as error:
        raise ArchiveError(f"cannot be read: {error.strerror}", about=str(path)) from error


#: What SQLite's primary result codes mean here; ``{}`` is its message.
_SAID: dict[int, tuple[type[ArchiveError], str]] = {
    sqlite3.SQLITE_FULL: (ArchiveError, "the disk is full; everything stored before is intact"),
    sqlite3.SQLITE_READONLY: (ArchiveError, "cannot be written (folder or file is read-only)"),
    sqlite3.SQLITE_CANTOPEN: (ArchiveError, "cannot be written (folder or file is read-only)"),
    sqlite3.SQLITE_BUSY: (ArchiveBusy, "another program is writing to it"),
    sqlite3.SQLITE_CONSTRAINT: (ArchiveError, "its tables do not allow that ({})"),
    sqlite3.SQLITE_CORRUPT: (ArchiveError, "damaged or not an archive ({})"),
    sqlite3.SQLITE_NOTADB: (ArchiveError, "damaged or not an archive ({})"),
}


@contextmanager
def translated(about: str) -> Iterator[None]:
    """sqlite3's exceptions as ours, in plain words."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.Warning) as error:
        # Of the caller, not of the file.
        raise UsageError(str(error), about=about) from error
    except sqlite3.Error as error:
        kind, said = _SAID.get(_code(error), (ArchiveError, "{}"))
        raise kind(said.format(error), about=about) from error


def _code(error: sqlite3.Error) -> int:
    """The primary result code, which is the last byte of the extended one (sqlite.org/rescode.html); of an exception that
    sqlite3 raises by itself, 0."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def cannot_write(error: sqlite3.Error) -> bool:
    """Whether SQLite may not write: not now, for another program does, or not at all."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY)


def read(database: Database, query: str, values: Any) -> Iterator[dict[str, Any]]:
    """The rows of a query as dicts; raises :class:`UsageError` for a statement that writes, before it does, or has no rows."""
    try:
        if query.lstrip()[:7].lower().startswith(("select", "explain")) or not _writes(database.conn, query, values):
            return database.query(query, values)
    except ValueError as error:
        raise UsageError(_NO_QUERY, about=query[:60]) from error
    raise UsageError(_NO_QUERY, about=query[:60])


def _writes(connection: sqlite3.Connection, query: str, values: Any) -> bool:
    """Whether a statement begins a transaction that writes (sqlite.org/opcode.html, Transaction: P2).

    The pragma ``query_only`` would tell, too, and end statements of this connection that are at work.
    """
    program = connection.execute(f"explain {query}", values).fetchall()
    return any(opcode == "Transaction" and p2 for _, opcode, _, p2, *_ in program)


class Transactions:
    """When what is written is committed: at the end of each :meth:`write`, or, inside
    :meth:`grouped`, at most every :data:`COMMIT_EVERY` seconds.

    A commit costs as much as storing a page, so a fast run groups them: a reader then sees a page a
    moment later, and a kill costs that moment's pages.  At a polite pace each page is committed at once.
    """

    def __init__(self, database: Database, about: str) -> None:
        self._database, self._connection, self._about = database, database.conn, about
        self._is_grouped = self._is_open = False
        self._committed_at = 0.0  # monotonic seconds

    @contextmanager
    def write(self) -> Iterator[None]:
        """All of what is written inside, or nothing; may be nested: what is inside is part of the whole, and what it raises
        must leave the whole."""
        if self._is_open:
            yield
            return
        with translated(self._about), self._opened():
            opened = self._is_grouped and not self._connection.in_transaction
            if opened:
                self._connection.execute("begin immediate")
            with self._database.atomic():
                yield
        if opened and time.monotonic() - self._committed_at >= COMMIT_EVERY:
            self.commit()

    @contextmanager
    def _opened(self) -> Iterator[None]:
        self._is_open = True
        try:
            yield
        finally:
            self._is_open = False

    def commit(self) -> None:
        """Commit what :meth:`grouped` has gathered; to be called every :data:`COMMIT_EVERY` seconds."""
        if self._is_grouped and self._connection.in_transaction:
            self._committed_at = time.monotonic()
            with translated(self._about):
                self._connection.commit()

    @contextmanager
    def grouped(self) -> Iterator[None]:
        """Gather what is written inside into few commits; the last is at the end."""
        self._is_grouped = True
        try:
            yield
        finally:
            try:
                self.commit()
            finally:
                self._is_grouped = False
                self._connection.rollback()  # nothing, unless the commit failed


def _identity(file: Path | int) -> tuple[int, int] | None:
    """Which file has a name, or is open under a number; None where none is."""
    try:
        said = os.fstat(file) if isinstance(file, int) else file.stat()
    except OSError:
        return None
    return said.st_dev, said.st_ino


class RunLock:
    """The right to write to an archive for the length of a run.

    A lock on ``<archive>.lock`` that the operating system lets go of when the process ends,
    however it ends.  The file names its holder.
    """

    def __init__(self, path: Path) -> None:
        real = path.resolve() if path.is_symlink() else path  # one archive has one lock, by whatever link it is named
        self._archive = real
        self.path = real.with_name(real.name + ".lock")
        self._file: FileIO | None = None
        self._held: tuple[int, int] | None = None

    @contextmanager
    def held(self, wait: float = 0.0, tell: Callable[[str], None] = lambda holder: None) -> Iterator[None]:
        """Take the lock as :meth:`acquire` does, and let go of it at the end; raises what :meth:`confirm` raises."""
        self.acquire(wait, tell)
        try:
            yield
            self.confirm()
        finally:
            self.release()

    def acquire(self, wait: float = 0.0, tell: Callable[[str], None] = lambda holder: None) -> None:
        """Take the lock, within ``wait`` seconds; raises :class:`ArchiveBusy` that names who has it.

        ``tell`` is told whom this waits for, whenever that is another run than before.
        """
        try:
            file = self.path.open("a+b", buffering=0)
        except OSError as error:
            raise ArchiveError(f"cannot be written: {error.strerror}", about=str(self.path)) from error
        try:
            self._take(file, time.monotonic() + wait, tell)
        except BaseException:  # a Ctrl-C while it waits, too
            file.close()
            raise
        self._file, self._held = file, _identity(self._archive)
        command = textwrap.shorten(" ".join([Path(sys.argv[0]).name, *sys.argv[1:]]), _COMMAND, placeholder=" …")
        with suppress(OSError):  # a full disk: the lock holds without a name
            file.truncate(0)
            file.write(json.dumps({"pid": os.getpid(), "since": iso(utc_now()), "command": command}).encode())

    def _take(self, file: FileIO, until: float, tell: Callable[[str], None]) -> None:
        told = None
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._is_there(file):
                    return
                raise ArchiveBusy("its lock was removed while we took it; try again", about=str(self.path))
            except OSError as error:
                holder = self._holder(file)
                if not time.monotonic() < until:
                    raise ArchiveBusy(f"another run holds the archive{holder}", about=str(self.path)) from error
            if told is None or (holder and holder != told):  # it is empty for a moment while another run takes over
                told = holder
                tell(f"{self.path}: waiting for another run{holder}")
            time.sleep(_LOOK_EVERY)

    def confirm(self) -> None:
        """Raises :class:`ArchiveError` where somebody removed or replaced the archive or the lock while it was held."""
        if _identity(self._archive) != self._held:
            raise ArchiveError("was removed or replaced while this run wrote to it", about=str(self._archive))
        if self._file is not None and not self._is_there(self._file):
            raise ArchiveError("was removed during this run: another one may have written, too", about=str(self.path))

    def release(self) -> None:
        """Let go; the file stays, empty."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None

    def _is_there(self, file: FileIO) -> bool:
        """Whether the file that is locked is still the one of that name."""
        return _identity(file.fileno()) == _identity(self.path)

    def _holder(self, file: FileIO) -> str:
        file.seek(0)
        try:
            said: dict[str, Any] = json.loads(file.read())
            return f": process {said['pid']}, since {said['since']} ({said['command']})"
        except (ValueError, KeyError):
            return ""
