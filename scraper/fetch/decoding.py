"""Content-Encoding undone with a bound on what comes out, however small what comes in is.

A few bytes can stand for gigabytes.  The HTTP library unpacks each chunk whole before anybody
can count; so the bytes are taken as they are sent, and unpacked in pieces of bounded size.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable, Callable, Iterator
from functools import partial
from typing import Any

from isal import igzip_lib, isal_zlib

#: Bytes that one step of unpacking may give, or little more.
PIECE = 256 * 1024
#: Encodings on top of each other that are undone (RFC 9110 section 8.4 sets no bound; servers use one).
MAX_LAYERS = 4
#: Bytes of window that a zstd frame may ask for (RFC 9659 section 3).
ZSTD_WINDOW = 8 * 1024 * 1024
#: Bytes of zstd taken at a time: each 4 can stand for a block of 128 KiB (RFC 8878 section 3.1.1.2).
_ZSTD_SLICE = 64
#: Bytes of gzip taken at a time: what follows an empty member of 20 bytes is copied.
_ZLIB_SLICE = 16 * 1024
#: How a member of gzip begins, and the flags of its head that are hardly ever set: FHCRC, reserved ones (RFC 1952 section 2.3).
_MEMBER, _RARE_FLAGS = b"\x1f\x8b", 0xE2
_BROKEN = (zlib.error, igzip_lib.IsalError)


class Undecodable(ValueError):
    """The bytes are not what Content-Encoding says, or end too early."""


class Overlong(ValueError):
    """There are more bytes than the limit."""


async def read(chunks: AsyncIterable[bytes], encoding: str, limit: int, *, cut: bool = False) -> bytes:
    """The whole body, decoded.

    ``chunks`` are the bytes as they were sent, ``encoding`` the header Content-Encoding (unknown
    names are passed over), ``limit`` the most bytes to take, before and after unpacking; ``cut`` gives
    what came up to there instead of an error.  Raises :class:`Undecodable` and :class:`Overlong`.
    """
    body = _Body(encoding, limit)
    async for chunk in chunks:
        try:
            body.add(chunk)
            if body.sent > limit:  # little came of it
                raise Overlong
        except Overlong:
            if cut:
                return b"".join(body.parts)[:limit]
            raise
    return body.whole()


def unpack(data: bytes, encoding: str, limit: int) -> bytes:
    """A body that is all there, decoded; ``limit`` is the most bytes after unpacking, else as :func:`read`."""
    body = _Body(encoding, limit)
    body.add(data)
    return body.whole()


def beginning(data: bytes, encoding: str, limit: int) -> tuple[bytes, bool]:
    """What can be had of a body that may be cut off or damaged, and whether that is all of it; raises :class:`Overlong`."""
    body = _Body(encoding, limit)
    try:
        body.add(data)
        return body.whole(), True
    except Undecodable:
        return b"".join(body.parts), False


class _Body:
    """What has come of a body so far: its decoded parts, and how many bytes were ``sent``."""

    def __init__(self, encoding: str, limit: int) -> None:
        self._layers, self._limit = _layers(encoding), limit
        self.parts: list[bytes] = []
        self.sent = self._size = 0

    def add(self, chunk: bytes) -> None:
        """Decode some more bytes; raises :class:`Undecodable` and :class:`Overlong`."""
        self.sent += len(chunk)
        for piece in _through(self._layers, chunk, self._limit) if chunk else ():
            self._size += len(piece)
            self.parts.append(piece)
            if self._size > self._limit:
                raise Overlong

    def whole(self) -> bytes:
        """All of it; raises :class:`Undecodable` if more should have come."""
        if self.sent and not all(layer.ended for layer in self._layers):
            raise Undecodable("the compressed body is cut off")
        return b"".join(self.parts)


def _through(layers: list[_Layer], data: bytes, limit: int) -> Iterator[bytes]:
    """The pieces that come of some bytes after all layers, the outermost first; none may give more than the limit."""
    if not layers:
        yield data
        return
    for piece in layers[0].unpack(data):
        layers[0].given += len(piece)
        if layers[0].given > limit + PIECE:  # what comes of the last is bounded to the byte by who takes it
            raise Overlong
        yield from _through(layers[1:], piece, limit)


def _layers(encoding: str) -> list[_Layer]:
    """The layers that the header names, the last applied first."""
    names = [name.strip().lower() for name in encoding.split(",")]
    known = [_KINDS[name] for name in reversed(names) if name in _KINDS]
    if len(known) > MAX_LAYERS:
        raise Undecodable(f"packed {len(known)} times over")
    return [make() for make in known]


class _Layer:
    """One encoding being undone."""

    ended = False  #: whether what came so far is whole
    given = 0  #: bytes that came of it so far

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """What some more bytes give, in pieces of bounded size; raises :class:`Undecodable`."""
        raise NotImplementedError


class _Zlib(_Layer):
    """gzip (all members, RFC 1952 section 2.2) and deflate (RFC 9110 section 8.4.1.2)."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._unzip: Any = None  # made when the first bytes are there
        self._held = b""  # the first byte of what may be another member

    def unpack(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), _ZLIB_SLICE):
            rest = self._held + data[start : start + _ZLIB_SLICE]
            self._held = b""
            while rest:
                if self._unzip is None or self.ended:
                    if self.ended and not self._may_go_on(rest):
                        return  # what follows the end is nobody's
                    if self._held:
                        break
                    self._unzip, self.ended = self._begin(rest), False
                yield from self._step(rest)
                rest = self._unzip.unused_data if self.ended else self._unzip.unconsumed_tail
            # zlib may hold back output whose input it has taken
            while self._unzip is not None and not self.ended and (piece := list(self._step(b""))):
                yield from piece

    def _may_go_on(self, data: bytes) -> bool:
        """Whether another member of gzip begins; the half of its sign is held until the rest is there."""
        if self._wbits < zlib.MAX_WBITS + 16:
            return False
        self._held = data if data == _MEMBER[:1] else b""
        return bool(self._held) or data.startswith(_MEMBER)

    def _begin(self, data: bytes) -> Any:
        """An unpacker for what begins so: ISA-L's, or zlib's for what ISA-L takes otherwise than RFC 1952 has it
        (section 2.3.1: header checksums that come in pieces, reserved flags)."""
        if self._wbits == zlib.MAX_WBITS and data[0] & 0x0F != zlib.DEFLATED:
            return isal_zlib.decompressobj(-zlib.MAX_WBITS)  # without zlib's head, as some servers send it
        is_plain = self._wbits == zlib.MAX_WBITS or (len(data) > 3 and not data[3] & _RARE_FLAGS)
        return (isal_zlib if is_plain else zlib).decompressobj(self._wbits)

    def _step(self, data: bytes) -> Iterator[bytes]:
        try:
            piece = self._unzip.decompress(data, PIECE)
        except _BROKEN as error:  # type: ignore[misc]  # a stub calls the class an instance
            raise Undecodable(f"the body could not be decompressed ({error})") from error
        self.ended = self._unzip.eof
        if piece:
            yield piece


class _Brotli(_Layer):
    """br (RFC 7932)."""

    def __init__(self) -> None:
        import brotli

        self._broken: type[Exception] = brotli.error
        self._unpacker = brotli.Decompressor()

    def unpack(self, data: bytes) -> Iterator[bytes]:
        while not self.ended:
            try:
                piece = self._unpacker.process(data, output_buffer_limit=PIECE)
            except self._broken as error:
                raise Undecodable("the body could not be decompressed (brotli)") from error
            data = b""
            if piece:
                yield piece
            self.ended = self._unpacker.is_finished()
            if self._unpacker.can_accept_more_data():
                return


class _Zstd(_Layer):
    """zstd (RFC 8878), frame after frame."""

    def __init__(self) -> None:
        import zstandard

        self._broken: type[Exception] = zstandard.ZstdError
        self._new = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj
        self._unpacker = self._new()

    def unpack(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), _ZSTD_SLICE):
            rest = data[start : start + _ZSTD_SLICE]
            while rest:
                if self.ended:
                    self._unpacker, self.ended = self._new(), False
                try:
                    piece = self._unpacker.decompress(rest)
                except self._broken as error:
                    raise Undecodable(f"the body could not be decompressed ({error})") from error
                if piece:
                    yield piece
                self.ended = self._unpacker.eof
                rest = self._unpacker.unused_data if self.ended else b""


_KINDS: dict[str, Callable[[], _Layer]] = {
    "gzip": partial(_Zlib, zlib.MAX_WBITS + 16),
    "x-gzip": partial(_Zlib, zlib.MAX_WBITS + 16),
    "deflate": partial(_Zlib, zlib.MAX_WBITS),
    "br": _Brotli,
    "zstd": _Zstd,
}
