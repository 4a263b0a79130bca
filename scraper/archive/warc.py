"""Snapshots out of the archive as WARC/1.1 (ISO 28500:2017), each record a gzip member of its own.

A snapshot becomes a response, a request and, where a story was read from it, a metadata record with
that reading as JSON; and a revisit for each time at which it was seen again.  The archive has the
body as a browser would get it, so headers that tell how it was sent are kept under another name: what a
replay tool would obey, must fit the bytes that follow.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from http import HTTPStatus
from io import BytesIO
from itertools import islice
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastwarc.warc import HeaderMap, WarcRecord, WarcRecordType

from scraper import __version__
from scraper.archive.search import filters
from scraper.blobs import unpack_record
from scraper.errors import ArchiveError
from scraper.records import iso, stored_headers

if TYPE_CHECKING:
    from scraper.archive.store import Archive

#: What a header is called whose value is true of the answer as it was sent, and not of the bytes as they are kept.
ORIGINAL = "x-archive-orig-"
#: zlib level: higher ones take twice the time for a hundredth of the size.
LEVEL = 6
# Snapshots that each thread is given at a time.
_AT_ONCE = 4
# WARC 1.1 section 6.7.2.
_REVISIT = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_AS_SENT = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_SNAPSHOT = """
select snapshots.*, revisions.id as revision_id, revisions.article_id, revisions.version,
       revisions.rules_hash, revisions.record,
       (select json_group_array(at) from (
           select at from visits where snapshot_id = snapshots.id and at > snapshots.fetched_at
           union select snapshots.seen_at where snapshots.seen_at > snapshots.fetched_at order by 1)) as seen
from snapshots join pages on pages.id = snapshots.page_id
left join revisions on revisions.id = (
    select max(id) from revisions where article_id = pages.article_id and snapshot_id = snapshots.id)
where snapshots.id = ?"""


def write_warc(
    archive: Archive, out: IO[bytes], *, now: datetime, name: str = "",
    damaged: Callable[[str], None] = lambda problem: None, **wanted: Any,
) -> int:  # fmt: skip
    """Write the snapshots of all stories that pass the filters; without a filter all snapshots.  How many.

    Those that cannot be read any more are left out, and ``damaged`` is told of each.  Oldest first by the time of fetching.  ``now`` is the date of the warcinfo record, ``name`` the file's name if it has
    one; a name that ends in ``.warc`` is not compressed.
    """
    writer = _Writer(iso(now) or "", name, archive.path.name)
    out.write(writer.information())
    rows = (next(archive.rows(_SNAPSHOT, [number])) for number in _wanted(archive, wanted))
    pages = _readable(archive, rows, damaged)
    threads, count = os.cpu_count() or 1, 0
    with ThreadPoolExecutor(threads) as pool:  # zlib lets go of the interpreter
        while batch := list(islice(pages, threads * _AT_ONCE)):
            for records in pool.map(writer.snapshot, *zip(*batch, strict=True)):
                out.write(records)
            count += len(batch)
    return count


def _readable(
    archive: Archive, rows: Iterable[dict[str, Any]], damaged: Callable[[str], None]
) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Snapshots with their bytes, and without a record that cannot be read."""
    for row in rows:
        try:
            headers = stored_headers(row)
            yield row | {"record": _record(row, damaged), "headers": headers}, archive.bodies.get(row["blob_id"])
        except ArchiveError as error:
            damaged(f"snapshot {row['id']} of {row['url']}: {error.message}")


def _record(row: dict[str, Any], damaged: Callable[[str], None]) -> dict[str, Any] | None:
    try:
        return unpack_record(row["record"]) if row["record"] is not None else None
    except ArchiveError as error:
        damaged(f"revision {row['revision_id']} of {row['url']}: {error.message}")
        return None


def _wanted(archive: Archive, wanted: dict[str, Any]) -> Iterator[int]:
    conditions, values = filters(**wanted)
    query = "select id from snapshots"
    if conditions:
        query += (
            " where page_id in (select pages.id from pages join articles on articles.id = pages.article_id "
            f"join sites on sites.id = articles.site_id where {' and '.join(conditions)})"
        )
    for row in archive.rows(f"{query} order by fetched_at, id", values):
        yield row["id"]


class _Writer:
    """Makes records, and knows what they have in common.  May be asked by several threads at once."""

    def __init__(self, now: str, name: str, archive_name: str) -> None:
        self._now, self._name, self._archive_name = now, name, archive_name
        self._info = _urn("warcinfo", now, name)

    def information(self) -> bytes:
        """The warcinfo record (section 6.2): who wrote the file, from what, and what to know of it."""
        fields = HeaderMap()
        for key, value in {
            "software": f"scraper/{__version__}",
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "isPartOf": self._archive_name,
            "description": "Exported from an archive of news pages. Bodies are as decoded from transfer and content encoding; "
            f"headers that were true of the encoded body alone are named {ORIGINAL}*. Request records have what is known of "
            "the request: method, address and host.",
        }.items():
            fields.append(key, value)
        headers = {"WARC-Date": self._now, "Content-Type": "application/warc-fields"}
        named = {"WARC-Filename": self._name} if self._name else {}
        return self._record(WarcRecordType.warcinfo, self._info, headers | named, _head(fields)[:-2])  # no empty line

    def snapshot(self, row: dict[str, Any], body: bytes) -> bytes:
        """All records of one snapshot."""
        identity = (row["url"], row["fetched_at"], row["hash"])
        response = _urn("response", *identity)
        about = {"WARC-Target-URI": row["url"], "WARC-Date": row["fetched_at"], "WARC-Warcinfo-ID": f"<{self._info}>"}
        payload = hashlib.sha1(body, usedforsecurity=False).digest()
        head = _response_head(row["status"], row["headers"], len(body))
        http = about | {"Content-Type": "application/http; msgtype=response"}
        records = self._record(WarcRecordType.response, response, http, head + body, payload)
        asked = about | {
            "WARC-Concurrent-To": f"<{response}>", "Content-Type": "application/http; msgtype=request",
        }  # fmt: skip
        records += self._record(WarcRecordType.request, _urn("request", *identity), asked, _request(row["url"]))
        if row["record"] is not None:
            told = about | {"WARC-Refers-To": f"<{response}>", "Content-Type": "application/json"}
            # A URN of its own, or replay would offer the record as another capture of the page.
            told["WARC-Target-URI"] = f"urn:article:{row['url']}"
            records += self._record(WarcRecordType.metadata, _urn("metadata", *identity), told, _reading(row))
        for at in json.loads(row["seen"]):
            again = http | {
                "WARC-Date": at, "WARC-Profile": _REVISIT, "WARC-Refers-To": f"<{response}>",
                "WARC-Refers-To-Target-URI": row["url"], "WARC-Refers-To-Date": row["fetched_at"],
            }  # fmt: skip
            records += self._record(WarcRecordType.revisit, _urn("revisit", *identity, at), again, head, payload)
        return records

    def _record(
        self, kind: WarcRecordType, urn: str, headers: dict[str, str], block: bytes, payload: bytes | None = None
    ) -> bytes:
        """One record; ``payload`` is the SHA-1 of the payload, where that is a part of the block."""
        record = WarcRecord()
        record.init_headers(kind, record_urn=urn.removeprefix("urn:").encode())
        for name, value in headers.items():
            record.headers[name] = value
        record.set_bytes_content(block)
        out = BytesIO()
        record.write(out, checksum_data=True, payload_digest=payload)
        is_plain = self._name.endswith(".warc")
        return out.getvalue() if is_plain else gzip.compress(out.getvalue(), LEVEL, mtime=0)


def _urn(*parts: str) -> str:
    """A record's id: the same for the same record in every export."""
    return uuid.uuid5(uuid.NAMESPACE_URL, " ".join(parts)).urn


def _response_head(status: int, headers: dict[str, str], size: int) -> bytes:
    """Status line and headers (RFC 9112 sections 4 and 5) that fit a decoded body of ``size`` bytes."""
    fitting = HeaderMap()
    reason = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    fitting.status_line = f"HTTP/1.1 {status} {reason}"
    for name, value in headers.items():
        stale = name in _AS_SENT and not (name == "content-length" and value.strip() == str(size))
        fitting.append(ORIGINAL + name if stale else name, value)
        if stale and name == "content-length":
            fitting.append(name, str(size))
    return _head(fitting)


def _request(url: str) -> bytes:
    """What is known of the request: nothing but this was kept."""
    parts = urlsplit(url)
    headers = HeaderMap()
    headers.status_line = f"GET {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1"
    headers.append("Host", parts.netloc)
    return _head(headers)


def _reading(row: dict[str, Any]) -> bytes:
    """The reading of a snapshot, and what the archive knows of it, as JSON."""
    record = {
        "article_id": row["article_id"], "revision_id": row["revision_id"], "snapshot_id": row["id"], "sha256": row["hash"],
        "version": row["version"], "rules_hash": row["rules_hash"], "record": row["record"],
    }  # fmt: skip
    return json.dumps(record, ensure_ascii=False).encode()


def _head(headers: HeaderMap) -> bytes:
    """Header fields as they are written, with the empty line; fastwarc makes one line of each, whatever is in it."""
    out = BytesIO()
    headers.write(out)
    return out.getvalue()
