"""WARC records and pages to import, made by hand."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import struct
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import zstandard

from scraper.archive import Archive
from scraper.imports import Report, import_warc
from scraper.imports.files import Reason
from scraper.sites import Sites

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
CAPTURED = "2024-11-07T09:30:00Z"
SITES = Sites()


def story(title: str = "River rises", day: str = "2024-11-06") -> bytes:
    """A page that any extractor takes for a story."""
    text = f"The river at {title} rose by two metres, and the bridge was closed until the evening. " * 8
    return (
        f'<html lang="en"><title>{title}</title><meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="{day}T10:00:00Z"><h1>{title}</h1><article><p>{text}</p></article></html>'
    ).encode()


def record(
    url: str | None = "https://news.example/a", body: bytes | None = None, *, kind: str = "response", status: str = "200 OK",
    date: str | None = CAPTURED, headers: dict[str, str] | None = None, **warc: str,
) -> bytes:  # fmt: skip
    """One WARC record, not compressed."""
    sent = {"Content-Type": "text/html; charset=utf-8"} | (headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    http = b"" if kind == "resource" else f"HTTP/1.1 {status}\r\n{head}\r\n".encode()
    block = http + (story() if body is None else body)
    fields = {
        "WARC-Type": kind, "WARC-Record-ID": "<urn:uuid:00000000-0000-4000-8000-000000000000>", "WARC-Target-URI": url, "WARC-Date": date,
        "Content-Type": "text/html" if kind == "resource" else f"application/http; msgtype={kind}",
        "WARC-Block-Digest": "sha1:" + base64.b32encode(hashlib.sha1(block).digest()).decode(), "Content-Length": str(len(block)),
    }  # fmt: skip
    fields |= {name.replace("_", "-"): value for name, value in warc.items()}
    return (
        "\r\n".join(
            ["WARC/1.0", *(f"{name}: {value}" for name, value in fields.items() if value is not None), "\r\n"]
        ).encode()
        + block
        + b"\r\n\r\n"
    )


def several(count: int = 5) -> list[bytes]:
    return [record(f"https://news.example/{n}", story(f"Story {n}")) for n in range(count)]


def gz(records: Iterable[bytes]) -> bytes:
    return b"".join(gzip.compress(one, mtime=0) for one in records)


def imported(archive: Archive, data: bytes, name: str = "a.warc.gz", **options: Any) -> Report:
    path = archive.path.with_name(name)
    path.write_bytes(data)
    return import_warc([str(path)], archive, sites=SITES, now=NOW, **options)


def refused(archive: Archive, *records: bytes, **options: Any) -> dict[Reason, int]:
    """Why none of these records is stored."""
    report = imported(archive, b"".join(records), "a.warc", **options)
    assert report.total("new") == 0
    assert not list(archive.rows("select 1 from pages union all select 1 from snapshots union all select 1 from sites"))
    return report.refused()


def rows(archive: Archive, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in archive.rows(query)]


def zst(records: list[bytes], *, dictionary: bool = False, packed: bool = False) -> bytes:
    if not dictionary:
        return b"".join(zstandard.ZstdCompressor().compress(one) for one in records)
    trained = zstandard.train_dictionary(4096, [*records, *(os.urandom(200) for _ in range(40))] * 4)
    raw = trained.as_bytes()
    inside = zstandard.ZstdCompressor().compress(raw) if packed else raw
    compressor = zstandard.ZstdCompressor(dict_data=trained)
    return struct.pack("<II", 0x184D2A5D, len(inside)) + inside + b"".join(map(compressor.compress, records))
