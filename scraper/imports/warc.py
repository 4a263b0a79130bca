"""WARC files (1.0, 1.1; plain, gzip, zstd with or without a dictionary), record by record.

A damaged stretch costs its own records: reading starts anew at the next record behind it.  fastwarc reads
the records; what it refuses, and where the next record begins, is judged here.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import IO

import msgspec
import zstandard
from fastwarc.stream_io import ZstdReader
from fastwarc.warc import ArchiveIterator, WarcRecord

from scraper.errors import ScraperError
from scraper.fetch.client import MAX_BYTES

#: Bytes of a record that is taken into memory: a page with its HTTP head.
RECORD_MAX = MAX_BYTES + 1024 * 1024
#: Bytes of a dictionary (the specification sets no bound; zstd's own trainer gives 110 KB).
DICTIONARY_MAX = 16 * 1024 * 1024

_PLAIN, _GZIP, _ZSTD = b"WARC/", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
# A skippable frame that holds the dictionary of a .warc.zst
# (iipc.github.io/warc-specifications/specifications/warc-zstd/, section "Dictionary").
_DICTIONARY = b"\x5d\x2a\x4d\x18"
_STEP = 1024 * 1024
# Compressed bytes in which a record's first line must come to light: for gzip the member's head and the longest table
# of codes (RFC 1951 section 3.2.7), for zstd a whole block (RFC 8878 section 3.1.1.2.4).
_PROBE = {_GZIP: 2048, _ZSTD: 160 * 1024}
# Places that look like a record's beginning and are none, after which the rest of a file is given up.
_MAX_TRIES = 10_000
#: Bytes at the end of a file in which the head of a record may have been cut off.
_REMAINS = 64 * 1024
_DIGESTS = ("sha1", "sha256")


class Damage(msgspec.Struct, frozen=True):
    """A stretch of a file that is no record: where it begins, where reading went on (None: nowhere), in bytes."""

    start: int
    end: int | None
    why: str

    def __str__(self) -> str:
        went_on = "" if self.end is None else f", went on at byte {self.end:,}"
        return f"damaged at byte {self.start:,} ({self.why}){went_on}"


class NotWarc(ScraperError):
    """There is no record in the file."""


def records(file: IO[bytes], about: str) -> Iterator[WarcRecord | Damage]:
    """Every record, and every stretch that could not be read; raises :class:`NotWarc`.

    ``file`` can seek, at least a little way back.  A record is to be used before the next one is asked for; up to
    :data:`RECORD_MAX` bytes it is in memory and is what its digest says.
    """
    last: Damage | None = None
    for item in _records(file, about):
        if last is not None:
            yield last
        last = item if isinstance(item, Damage) else None
        if not isinstance(item, Damage):
            yield item
    if last is not None:
        yield msgspec.structs.replace(
            last, why=f"{last.why}; nothing behind it: the file is cut off there, or only its end is damaged"
        )


def _records(file: IO[bytes], about: str) -> Iterator[WarcRecord | Damage]:
    """:func:`records`, as they come."""
    reader = _Reader(file, about)
    found, is_damaged = False, False
    while reader.start is not None:
        try:
            for record in reader.records():
                damage = reader.damage(record)
                if damage is not None:
                    yield damage
                else:
                    yield record
                found, is_damaged = True, False
                # What says that it is longer than it is, would have the records behind it for its own.
                if (damage or record.content_length > RECORD_MAX) and reader.go_on(record.stream_pos + 1):
                    break
            else:
                if (remains := reader.remains()) is not None:
                    yield Damage(remains, None, "the file ends amid a record")
                    found = True
                if not found:
                    raise NotWarc("no record in it", about=about)
                return
        except OSError as error:
            start = reader.last
            reader.restart(start + 1)
            if not found and reader.start is None:
                raise NotWarc("not a WARC file", about=about) from error
            if not is_damaged:
                yield Damage(start, reader.start, str(error))
            is_damaged = True


class _Reader:
    """A file being read from ``start`` on (None: its end was reached); ``last`` is where the record at hand begins."""

    def __init__(self, file: IO[bytes], about: str) -> None:
        self._file = file
        self._magic, self._dictionary, self.start = _begin(file, about)
        self.last, self._length = self.start or 0, 0
        self._is_apart = self._magic != _PLAIN  # whether each record is a gzip member or zstd frame of its own

    def records(self) -> Iterator[WarcRecord]:
        """The records from ``start`` on; raises OSError."""
        assert self.start is not None
        self.last = self._file.seek(self.start)
        # At its beginning a file shows its dictionary itself.
        own = ZstdReader(self._file, dictionary=self._dictionary) if self._dictionary and self.start else None
        for record in ArchiveIterator(own or self._file, parse_http=False, strict_mode=False):
            self.last = record.stream_pos
            if not self._is_apart:
                head = sum(len(name) + len(value) + len(": \r\n") for name, value in record.headers)
                self._length = head + record.content_length
            yield record

    def damage(self, record: WarcRecord) -> Damage | None:
        """Take a record into memory, if it is not too large; what is wrong with it."""
        if record.content_length > RECORD_MAX:
            return None
        if record.headers.get("Content-Length") is None:
            return Damage(self.last, None, "a head without a length")  # WARC 1.1, section 5.4: mandatory
        record.freeze()
        said = (record.headers.get("WARC-Block-Digest") or "").partition(":")[0].lower()
        if said not in _DIGESTS or record.verify_block_digest():
            return None
        return Damage(self.last, None, "a digest that is not that of the bytes")

    def go_on(self, start: int) -> bool:
        """Have reading start anew at the next record behind ``start``, if records are apart; else go on as before."""
        here = self._file.tell()
        found = _next(self._file, start, self._magic, self._dictionary) if self._is_apart else None
        if found is None:
            self._is_apart = False
            self._file.seek(here)
            return False
        self.start = found
        return True

    def remains(self) -> int | None:
        """Where, behind the last record, another one begins of which the end of the file left too little to be read."""
        end = self._file.tell()
        first = self.last + (1 if self._is_apart else self._length)
        start = self._file.seek(min(max(first, end - _REMAINS), end))
        data = self._file.read(end - start)
        mark = self._magic if self._is_apart else b"\n" + _PLAIN
        place = data.rfind(mark)
        if place < 0:
            return None
        place += start + len(mark) - len(self._magic)
        return place if _is_record(self._file, place, self._magic, self._dictionary, begun=True) else None

    def restart(self, start: int) -> None:
        """Have reading start anew at the next record behind ``start``."""
        self.start = _next(self._file, start, self._magic, self._dictionary)


def _begin(file: IO[bytes], about: str) -> tuple[bytes, bytes | None, int | None]:
    """How the file is compressed, its dictionary, and where to begin; raises :class:`NotWarc`."""
    head = file.read(8)
    if head.startswith(_DICTIONARY):
        (size,) = struct.unpack("<4xI", head)
        if size > DICTIONARY_MAX:
            raise NotWarc(f"its dictionary has {size:,} bytes", about=about)
        dictionary = _unpacked(file.read(size), about)
        file.seek(0)
        return _ZSTD, dictionary, 0
    file.seek(0)
    for magic in (_GZIP, _ZSTD, _PLAIN):
        if head.startswith(magic):
            return magic, None, 0
    # It begins in the midst of something; the first record tells what it is.
    found = {magic: _next(file, 0, magic, None) for magic in (_GZIP, _ZSTD, _PLAIN)}
    places = {magic: place for magic, place in found.items() if place is not None}
    if not places:
        raise NotWarc("not a WARC file" if head else "an empty file", about=about)
    first = min(places, key=lambda magic: places[magic])
    return first, None, places[first]


def _unpacked(dictionary: bytes, about: str) -> bytes:
    """A dictionary, which may be compressed itself."""
    if not dictionary.startswith(_ZSTD):
        return dictionary
    try:
        size = zstandard.frame_content_size(dictionary)
        if size > DICTIONARY_MAX:
            raise NotWarc(f"its dictionary has {size:,} bytes", about=about)
        return zstandard.ZstdDecompressor().decompress(dictionary, max_output_size=DICTIONARY_MAX)
    except zstandard.ZstdError as error:
        raise NotWarc(f"its dictionary is damaged ({error})", about=about) from error


def _next(file: IO[bytes], start: int, magic: bytes, dictionary: bytes | None) -> int | None:
    """Where the next record begins, from ``start`` on; None if there is none."""
    at = file.seek(start)
    mark = b"\n" + magic if magic == _PLAIN else magic
    kept, tries = b"", 0
    while piece := file.read(_STEP):
        window, base = kept + piece, at - len(kept)
        found = window.find(mark)
        while found >= 0 and tries < _MAX_TRIES:
            tries += 1
            place = base + found + len(mark) - len(magic)
            if _is_record(file, place, magic, dictionary):
                return place
            found = window.find(mark, found + 1)
        if tries >= _MAX_TRIES:
            return None
        at += len(piece)
        file.seek(at)
        kept = window[-(len(mark) - 1) :]
    return None


def _is_record(file: IO[bytes], place: int, magic: bytes, dictionary: bytes | None, *, begun: bool = False) -> bool:
    """Whether what looks like the beginning of a member begins with a record's first line; ``begun``: or with what the
    end of the file left of it."""
    if magic == _PLAIN:
        return True
    file.seek(place)
    data = file.read(_PROBE[magic])
    try:
        if magic == _GZIP:
            line = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, len(_PLAIN))
            return _PLAIN.startswith(line) if begun else line == _PLAIN
        known = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        with zstandard.ZstdDecompressor(dict_data=known).stream_reader(data) as reader:
            line = reader.read(len(_PLAIN))
            return _PLAIN.startswith(line) if begun else line == _PLAIN
    except (zlib.error, zstandard.ZstdError):
        return False
