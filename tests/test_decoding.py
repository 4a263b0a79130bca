"""Packed bodies come out as they went in, and no few bytes come out as gigabytes."""

from __future__ import annotations

import asyncio
import gzip
import random
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import brotli
import pytest
import zstandard

from scraper.fetch.decoding import MAX_LAYERS, Overlong, Undecodable, read

BODY = "".join(f"<p>Words {n * 7919 % 10007} خبر</p>" for n in range(5000)).encode()
MEGABYTE = 2**20


async def in_pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def decoded(data: bytes, encoding: str, *, limit: int = 10 * MEGABYTE, size: int = 65_536) -> bytes:
    return asyncio.run(read(in_pieces(data, size), encoding, limit))


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKED = {
    "gzip": ("gzip", gzip.compress(BODY)),
    "x-gzip in capitals": ("X-GZIP", gzip.compress(BODY)),
    "two gzip members": ("gzip", gzip.compress(BODY[:999]) + gzip.compress(BODY[999:])),
    "deflate": ("deflate", zlib.compress(BODY)),
    "deflate without a head": ("deflate", raw_deflate(BODY)),
    "br": ("br", brotli.compress(BODY, quality=4)),
    "zstd": ("zstd", zstandard.compress(BODY)),
    "two zstd frames": ("zstd", zstandard.compress(BODY[:999]) + zstandard.compress(BODY[999:])),
    "one on the other": ("gzip, br", brotli.compress(gzip.compress(BODY), quality=4)),
    "not packed": ("identity", BODY),
    "an unknown name": ("utf-8", BODY),
    "no header": ("", BODY),
}


@pytest.mark.parametrize("size", [1, 7, 1000, 10**7])
@pytest.mark.parametrize(("encoding", "data"), PACKED.values(), ids=PACKED.keys())
def test_a_packed_body_comes_out_as_it_went_in(encoding: str, data: bytes, size: int) -> None:
    assert decoded(data, encoding, size=size) == BODY


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_no_bytes_are_an_empty_body_whatever_the_header_says(encoding: str) -> None:
    assert decoded(b"", encoding) == b""


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.999])
@pytest.mark.parametrize("kind", ["gzip", "deflate", "deflate without a head", "br", "zstd", "one on the other"])
def test_a_body_that_is_cut_off_is_not_taken_for_whole(kind: str, kept: float) -> None:
    encoding, data = PACKED[kind]
    with pytest.raises(Undecodable):
        decoded(data[: int(len(data) * kept)], encoding)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_what_is_not_packed_as_it_says_is_undecodable(encoding: str) -> None:
    with pytest.raises(Undecodable):
        decoded(b"<html>not packed at all</html>" * 100, encoding)


def test_what_follows_the_end_of_gzip_is_nobodys() -> None:
    assert decoded(gzip.compress(BODY) + bytes(100), "gzip") == BODY


def test_layers_without_end_are_undecodable() -> None:
    with pytest.raises(Undecodable):
        decoded(gzip.compress(BODY), ", ".join(["gzip"] * (MAX_LAYERS + 1)))


def gzip_bomb(megabytes: int) -> bytes:
    """A gzip file of zeros: the same packed megabyte again and again."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(bytes(MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + block * megabytes


BOMBS = {
    "gzip": ("gzip", gzip_bomb(2000)),
    "gzip in gzip": ("gzip, gzip", gzip.compress(gzip_bomb(2000))),
    "deflate": ("deflate", zlib.compress(bytes(200 * MEGABYTE), 9)),
    "br": ("br", brotli.compress(bytes(500 * MEGABYTE), quality=1)),
    "zstd": ("zstd", zstandard.compress(bytes(1000 * MEGABYTE), 1)),
}


@pytest.mark.parametrize(("encoding", "data"), BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_before_it_goes_off(encoding: str, data: bytes) -> None:
    """Even where all of it comes in one chunk."""
    tracemalloc.start()
    try:
        with pytest.raises(Overlong):
            decoded(data, encoding, limit=4 * MEGABYTE, size=len(data))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MEGABYTE + 6 * MEGABYTE


def test_a_zstd_frame_may_not_ask_for_a_giant_window() -> None:
    """The window is memory too (RFC 9659); no magic of the sender makes us give more than 8 MiB."""
    parameters = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    frame = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(Undecodable):
        decoded(frame.compress(BODY) + frame.flush(), "zstd")


def test_bytes_of_which_nothing_comes_are_counted_too() -> None:
    skipped = b"\x50\x2a\x4d\x18" + (60_000).to_bytes(4, "little") + bytes(60_000)  # a zstd frame that holds nothing
    with pytest.raises(Overlong):
        decoded(skipped * 100, "zstd", limit=MEGABYTE)


def test_the_limit_is_exact() -> None:
    data = gzip.compress(BODY)
    assert decoded(data, "gzip", limit=len(BODY)) == BODY
    with pytest.raises(Overlong):
        decoded(data, "gzip", limit=len(BODY) - 1)


@pytest.mark.parametrize("bit", range(32))
def test_damage_to_the_last_bytes_is_named(bit: int) -> None:
    data = bytearray(zlib.compress(random.Random(bit).randbytes(300_000) * 2))  # more than comes out in one step
    data[-1 - bit // 8] ^= 1 << bit % 8
    with pytest.raises(Undecodable):
        decoded(bytes(data), "deflate")


def test_empty_members_within_each_other_are_bounded() -> None:
    bomb = gzip.compress(gzip.compress(b"") * 200_000)
    with pytest.raises(Overlong):
        decoded(bomb, "gzip, gzip", limit=1000)


@pytest.mark.parametrize("size", [1, 7, 65_536])
@pytest.mark.parametrize("junk", [b"\x1f", b"\x1fjunk", b"junk"])
def test_what_follows_the_end_is_passed_over(junk: bytes, size: int) -> None:
    assert decoded(gzip.compress(BODY) + junk, "gzip", size=size) == BODY


@pytest.mark.parametrize("size", [1, 3, 11, 65_536])
def test_a_head_with_a_checksum_may_come_in_pieces(size: int) -> None:
    plain = gzip.compress(BODY, mtime=0)
    head = plain[:3] + b"\x02" + plain[4:10]
    assert decoded(head + (zlib.crc32(head) & 0xFFFF).to_bytes(2, "little") + plain[10:], "gzip", size=size) == BODY


def test_flags_that_mean_nothing_yet_are_refused() -> None:
    """RFC 1952 section 2.3.1.2."""
    data = bytearray(gzip.compress(BODY))
    data[3] |= 0x80
    with pytest.raises(Undecodable):
        decoded(bytes(data), "gzip")
