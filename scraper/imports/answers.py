"""What a WARC record says of a page: the HTTP answer, undone to the bytes that a browser would get."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import IO

import msgspec
from fastwarc.stream_io import ChunkedReader
from fastwarc.warc import WarcRecord, WarcRecordType

from scraper import urls
from scraper.archive.warc import ORIGINAL
from scraper.fetch import decoding
from scraper.fetch.client import MAX_BYTES
from scraper.imports.files import Capture, Reason, Refused
from scraper.imports.warc import RECORD_MAX, Damage, records
from scraper.records import Page, headers_of

#: No page of the web is older.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
#: A clock that is wrong by more makes a capture that would be the newest for ever.
FUTURE = timedelta(days=1)
#: Of the characters of a URL, more is no page's address (RFC 9110 section 4.1 asks for 8,000 at least).
ADDRESS_MAX = 8192

#: What a filter says of an address and a time of capture: whether they are wanted.
Wanted = Callable[[str, datetime], bool]
_CHUNK = re.compile(rb"[0-9a-fA-F]{1,8}[ \t]*(?:;[^\r\n]*)?\r?\n")
_HTML = ("text/html", "application/xhtml+xml")


class _Refusal(Exception):
    """A record that cannot be a story."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


def captures(file: IO[bytes], about: str, now: datetime, wanted: Wanted) -> Iterator[Capture | Refused]:
    """The pages of a WARC file, and what else of it was captured, with the reason.

    ``now`` is the time of the import: later captures are none.  Raises what :func:`records` raises.
    """
    for record in records(file, about):
        if isinstance(record, Damage):
            yield Refused("damaged", about, f"{record}")
            continue
        if record.record_type not in (WarcRecordType.response, WarcRecordType.resource, WarcRecordType.revisit):
            continue  # requests, metadata, texts made from pages: no captures
        address = _field(record, "WARC-Target-URI")[:ADDRESS_MAX]
        try:
            yield _capture(record, now, wanted)
        except _Refusal as refusal:
            yield Refused(refusal.reason, address, refusal.detail)


def _capture(record: WarcRecord, now: datetime, wanted: Wanted) -> Capture:
    """The page of one record, judged by the cheapest signs first; raises :class:`_Refusal`."""
    url, at = _address(record.headers.get("WARC-Target-URI")), _date(record.headers.get("WARC-Date"), now)
    if not wanted(url, at):
        raise _Refusal("outside")
    if record.content_length > RECORD_MAX:
        raise _Refusal("too_large")
    if record.headers.get("WARC-Truncated") or record.headers.get("WARC-Segment-Number"):
        raise _Refusal("truncated")
    if record.record_type == WarcRecordType.revisit:
        return _revisit(record, url, at, now)
    if record.record_type == WarcRecordType.resource:
        status, headers = 200, {"content-type": _field(record, "Content-Type")}
    else:
        status, headers = _head(record)
    page = Page(url=url, final_url=url, status=status, headers=headers, body=record.reader.read(), fetched_at=at)
    if status != 200:
        raise _Refusal("status", str(status))
    if page.content_type not in (*_HTML, "", "text/plain"):
        raise _Refusal("type", page.content_type)
    page = msgspec.structs.replace(page, headers=_as_sent(headers), body=_body(page))
    if not page.body.strip():
        raise _Refusal("empty")
    if not page.is_html:
        raise _Refusal("type", page.content_type)
    return Capture(page)


def _field(record: WarcRecord, name: str) -> str:
    return record.headers.get(name) or ""


def _address(said: str | None) -> str:
    """The page's address; old versions of wget put it in angle brackets."""
    if said and len(said) <= ADDRESS_MAX and (url := urls.normalise(said.strip("<>"), keep_tracking=True)):
        return url
    raise _Refusal("address")


def _date(said: str | None, now: datetime) -> datetime:
    """The time of capture (WARC 1.1 section 5.4), to the second."""
    try:
        moment = datetime.fromisoformat(said or "")
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _Refusal("undated", said or "") from error
    if not EARLIEST < moment < now + FUTURE:
        raise _Refusal("undated", said or "")
    return moment.replace(microsecond=0)


def _head(record: WarcRecord) -> tuple[int, dict[str, str]]:
    """Status and headers of an HTTP answer."""
    try:
        record.parse_http(strict_mode=False)
    except (OSError, ValueError) as error:
        raise _Refusal("damaged", "no HTTP answer") from error
    http = record.http_headers
    if not record.is_http or http is None or http.status_code is None:
        raise _Refusal("damaged", "no HTTP answer")
    return http.status_code, headers_of(http.items())


def _as_sent(headers: dict[str, str]) -> dict[str, str]:
    """The headers as they were sent: our own exports name some of them otherwise, for others' sake."""
    if not any(name.startswith(ORIGINAL) for name in headers):
        return headers
    kept = {name: value for name, value in headers.items() if ORIGINAL + name not in headers}
    return {name.removeprefix(ORIGINAL): value for name, value in kept.items()}


def _body(page: Page) -> bytes:
    """The body after transfer and content encoding, as far as the headers tell the truth.

    Many files have bodies that are decoded already below headers that say how they were sent.
    """
    body = page.body
    if "chunked" in page.headers.get("transfer-encoding", "").lower() and _CHUNK.match(body):
        try:
            body = ChunkedReader(BytesIO(body)).read()
        except OSError as error:
            raise _Refusal("truncated", "its last chunk is missing") from error
    try:
        return decoding.unpack(body, page.headers.get("content-encoding", ""), MAX_BYTES)
    except decoding.Overlong as error:
        raise _Refusal("too_large") from error
    except decoding.Undecodable as error:
        if body.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<":
            return body
        raise _Refusal("encoding", str(error)) from error


def _revisit(record: WarcRecord, url: str, at: datetime, now: datetime) -> Capture:
    """A page that had not changed (WARC 1.1 section 6.7): the capture that it refers to has its bytes.

    WARC 1.0 does not know ``WARC-Refers-To-Date``: there the digest of the payload tells which one is meant.
    """
    same = _address(record.headers.get("WARC-Refers-To-Target-URI") or url)
    since = record.headers.get("WARC-Refers-To-Date")
    digest = record.headers.get("WARC-Payload-Digest")
    if since is None and digest is None:
        raise _Refusal("revisit")
    status, headers = _head(record) if record.is_http and record.content_length else (200, {})
    page = Page(url=url, final_url=url, status=200, headers=_as_sent(headers), body=b"", fetched_at=at)
    earlier = Page(
        url=same, final_url=same, status=200, headers={}, body=b"", fetched_at=_date(since, now) if since else at
    )
    if status not in (200, 304):
        raise _Refusal("status", str(status))
    return Capture(page, same_as=earlier, digest=digest, is_dated=since is not None)
