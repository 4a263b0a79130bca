"""Raw pages as compressed blobs, each distinct body once."""

from __future__ import annotations

import hashlib
import threading

import msgspec
import zstandard

from scraper.errors import ArchiveError

#: zstd level: 3 costs about a millisecond a page; higher levels cost more than they save here.
LEVEL = 3
CODEC = "zstd"

_local = threading.local()


class Blob(msgspec.Struct, frozen=True):
    """A body ready to be stored: SHA-256 (hex) and size in bytes of the original, and the packed data."""

    hash: str
    size: int
    codec: str
    data: bytes


def pack(body: bytes) -> Blob:
    """Hash and compress; safe in any thread (a compressor is not shared between threads)."""
    if not hasattr(_local, "compressor"):
        _local.compressor = zstandard.ZstdCompressor(level=LEVEL)
    return Blob(hashlib.sha256(body).hexdigest(), len(body), CODEC, _local.compressor.compress(body))


def unpack(codec: str, data: bytes, size: int) -> bytes:
    """The original body; raises ArchiveError where the data are damaged."""
    if codec != CODEC:
        raise ArchiveError(f"unknown compression {codec!r}")
    try:
        return zstandard.ZstdDecompressor().decompress(data, max_output_size=size)
    except zstandard.ZstdError as error:
        raise ArchiveError(f"a stored page is damaged ({error})") from error
