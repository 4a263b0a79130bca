"""Compression: raw pages as blobs, each against an earlier page of its site; records.

Pages of one site share most of their markup, which a compressor that sees one page alone stores again and
again.  So a page is compressed with an earlier one as its dictionary (RFC 8878 section 5, raw content):
``bench/storage.py`` has the figures.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec
import zstandard

from scraper.errors import ArchiveError
from scraper.records import Article, to_json

#: zstd level of pages as they are written: about a millisecond; the next ones cost more than they save.
LEVEL = 4
#: zstd level of :func:`~scraper.archive.repacking.repack`, which has the time: 100 to 200 milliseconds a page.
BEST_LEVEL = 19
CODEC = "zstd"
#: Bytes of a record; the longest that a page of the largest size could give has a quarter of it.
RECORD_MAX = 1 << 28

T = TypeVar("T")


class Base(msgspec.Struct, frozen=True, array_like=True):
    """An earlier page to compress against: the id of its blob, its bytes."""

    id: int
    body: bytes


class Blob(msgspec.Struct, frozen=True):
    """A body ready to be stored: SHA-256 (hex) and size in bytes of the original, the packed data, the level
    that they were packed at, and the id of the blob that is their base, if they have one."""

    hash: str
    size: int
    codec: str
    data: bytes
    level: int = LEVEL
    base_id: int | None = None


class Packer:
    """Hashes and compresses at one level; keeps what it made of the last bases.  For one archive, and one thread at a time."""

    def __init__(self, level: int = LEVEL, *, keep: int = 8) -> None:
        self._level = level
        self._alone = zstandard.ZstdCompressor(level=level)  # no checksum: a blob has its hash
        self._against: Latest[zstandard.ZstdCompressor] = Latest(keep)

    def pack(self, body: bytes, base: Base | None = None) -> Blob:
        """A body as a blob."""
        data = self.compress(body, base)
        return Blob(hashlib.sha256(body).hexdigest(), len(body), CODEC, data, self._level, base.id if base else None)

    def compress(self, body: bytes, base: Base | None = None) -> bytes:
        """The packed data alone, to see how large they are."""
        compressor = self._alone if base is None else self._against.get(base.id, lambda: self._compressor(base.body))
        return compressor.compress(body)

    def _compressor(self, base: bytes) -> zstandard.ZstdCompressor:
        if not base:
            raise ValueError("a base that is not at hand came without its bytes")
        dictionary = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        dictionary.precompute_compress(level=self._level)
        return zstandard.ZstdCompressor(level=self._level, dict_data=dictionary)


def pack(body: bytes) -> Blob:
    """Hash and compress a body alone."""
    return Packer().pack(body)


def unpack(codec: str, data: bytes, size: int, base: bytes | None = None) -> bytes:
    """The original body; ``base`` is the body that it was packed against.  Raises ArchiveError where the data are damaged."""
    if codec != CODEC:
        raise ArchiveError(f"unknown compression {codec!r}")
    if base == b"":
        raise ArchiveError("a stored page is damaged (what it was stored against is not to be had)")
    dictionary = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if base else None
    try:
        return _decompress(zstandard.ZstdDecompressor(dict_data=dictionary), data, size)
    except (zstandard.ZstdError, ValueError) as error:
        raise ArchiveError(f"a stored page is damaged ({error})") from error


def _decompress(unpacker: zstandard.ZstdDecompressor, data: bytes, most: int) -> bytes:
    """What a frame holds; raises ValueError for one that says it holds more, which zstd would make room for."""
    if (said := zstandard.frame_content_size(data)) > most:
        raise ValueError(f"it says that it holds {said} bytes")
    return unpacker.decompress(data, max_output_size=most)


def pack_record(article: Article) -> bytes:
    """A whole record as zstd-compressed JSON: revisions are many and rarely read."""
    return _record_packer().compress(to_json(article).encode())


@cache
def _record_packer() -> zstandard.ZstdCompressor:
    """To make one takes longer than to pack a record; only the process that writes, in one thread, packs any."""
    return zstandard.ZstdCompressor(level=3, write_checksum=True)


def unpack_record(data: bytes) -> dict[str, Any]:
    """The inverse of :func:`pack_record`; raises ArchiveError where the data are damaged."""
    try:
        record: dict[str, Any] = json.loads(_decompress(zstandard.ZstdDecompressor(), data, RECORD_MAX))
    except (zstandard.ZstdError, ValueError) as error:
        raise ArchiveError(f"a stored reading is damaged ({error})") from error
    return record


class Latest(Generic[T]):
    """The things that were last used, by number; the one longest unused goes when there are too many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[int, T] = OrderedDict()

    def __contains__(self, number: int) -> bool:
        return number in self._things

    def drop(self, number: int) -> None:
        """Take a thing out."""
        self._things.pop(number, None)

    def get(self, number: int, make: Callable[[], T]) -> T:
        """The thing, made if it is not there."""
        if number not in self._things:
            self._things[number] = make()
            if len(self._things) > self._most:
                self._things.popitem(last=False)
        self._things.move_to_end(number)
        return self._things[number]
