"""What the user named, as files; and streams that can be gone back in a little, though they come out of a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Literal

import msgspec

from scraper.errors import UsageError
from scraper.records import Page

#: Bytes of a pipe that are kept at least, so that reading can start anew behind a damaged record.
KEPT = 16 * 1024 * 1024

Reason = Literal[
    "status", "type", "address", "undated", "truncated", "damaged", "too_large", "encoding", "empty", "revisit",
    "beside", "outside", "section", "wall", "error", "other", "unreadable", "bug",
]  # fmt: skip
#: Why captures are counted and not stored, in words.
REASONS: dict[Reason, str] = {
    "status": "answered other than 200",
    "type": "no HTML",
    "address": "without a usable address",
    "undated": "without a usable time of capture",
    "truncated": "cut off",
    "damaged": "damaged",
    "too_large": "too large",
    "encoding": "not in the encoding that they name",
    "empty": "empty",
    "revisit": "unchanged since a capture that is not here",
    "beside": "with a file beside them that is of no use",
    "outside": "outside of the filters",
    "section": "section pages",
    "wall": "walls and challenges",
    "error": "error pages",
    "other": "no stories",
    "unreadable": "took too long to read, or killed the parser",
    "bug": "not read for a fault of this program",
}


class Capture(msgspec.Struct, frozen=True):
    """A page that somebody captured.

    ``same_as``: its bytes are those of an earlier capture, by address, time and the ``digest`` of their record, and
    ``page.body`` is empty.  Without ``is_dated`` nobody said of which time, and address and digest must do.
    """

    page: Page
    same_as: Page | None = None
    digest: str | None = None
    is_dated: bool = True


class Refused(msgspec.Struct, frozen=True):
    """A capture that cannot be a story, and why; ``detail`` is for the person, where there is something to say."""

    reason: Reason
    about: str
    detail: str = ""


class Source(msgspec.Struct, frozen=True):
    """A file to import: the name under which it is remembered (no folders), and its path; None: standard input."""

    name: str
    path: Path | None

    @property
    def size(self) -> int | None:
        """Bytes; None where that is unknown."""
        return self.path.stat().st_size if self.path and self.path.is_file() else None

    def open(self) -> IO[bytes]:
        """The bytes, which can be gone back in; raises OSError."""
        if self.path is not None and self.path.is_file():
            return self.path.open("rb")
        return Rewindable(self.path.open("rb") if self.path else sys.stdin.buffer)  # type: ignore[return-value]


def sources(paths: Iterable[str], endings: tuple[str, ...]) -> list[Source]:
    """The files that are meant: files as named, of folders all below that end so, ``-`` for standard input.

    Raises :class:`UsageError` for what is not there.
    """
    found: list[Source] = []
    for named in paths:
        path = Path(named)
        if named == "-":
            found.append(Source("standard input", None))
        elif path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.name.endswith(endings) and file.is_file())
            if not inside:
                raise UsageError(f"has no file that ends in {' or '.join(endings)}", about=named)
            found += [Source(file.name, file) for file in inside]
        elif path.exists():
            found.append(Source(path.name, path))
        else:
            raise UsageError("no such file or folder", about=named)
    return found


class Rewindable:
    """A pipe, of whose bytes the last :data:`KEPT` are still to be had."""

    def __init__(self, pipe: IO[bytes], kept: int = KEPT) -> None:
        self._pipe, self._most = pipe, kept
        self._kept = bytearray()
        self._start = self._at = 0  # where the kept bytes begin, and where the next read does

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes; none at the end."""
        behind = self._start + len(self._kept) - self._at
        if not behind:
            new = self._pipe.read(size)
            self._kept += new
            if len(self._kept) > 2 * self._most:
                cut = len(self._kept) - self._most
                del self._kept[:cut]
                self._start += cut
            self._at += len(new)
            return new
        first = self._at - self._start
        data = bytes(self._kept[first:] if size < 0 else self._kept[first : first + size])
        self._at += len(data)
        return data

    def tell(self) -> int:
        """Bytes from the beginning."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go back to bytes that are still kept, or to the earliest of them; never ahead."""
        wanted = offset + (self._at if whence == 1 else 0)
        self._at = min(max(wanted, self._start), self._start + len(self._kept))
        return self._at

    def close(self) -> None:
        """Close the pipe."""
        self._pipe.close()

    def __enter__(self) -> Rewindable:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
