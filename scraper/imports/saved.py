"""Saved HTML pages, with what stands beside them.

A page's address is, in this order: the one that the user names, ``url`` in ``PAGE.json`` (or
``PAGE.html.json``) or in ``meta.json`` beside it, its canonical link, its ``og:url``.  The same JSON
file may have ``fetched_at``, ``status`` and ``headers``; else a page was captured when its file was last written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import IO

import msgspec

from scraper import formats, urls
from scraper.errors import ScraperError
from scraper.fetch import decoding
from scraper.fetch.client import MAX_BYTES
from scraper.imports.answers import EARLIEST, FUTURE, Wanted
from scraper.imports.files import Capture, Refused, Source
from scraper.records import Page
from scraper.wording import in_plain_words

#: Bytes of a page in which its head is looked for.
HEAD_BYTES = 512 * 1024
#: Bytes of a file beside a page.
SIDECAR_MAX = 1024 * 1024
_TAG = re.compile(r"<(link|meta)\s([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z:-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
#: Endings of saved pages in a folder.
ENDINGS = (".html", ".htm", ".html.gz", ".htm.gz")


class Sidecar(msgspec.Struct, frozen=True):
    """What is known of a saved page; all of it may be missing, and there may be more."""

    url: str | None = None
    fetched_at: datetime | None = None
    status: int = 200
    headers: dict[str, str] = {}


class BadSidecar(ScraperError):
    """The file beside a page says nothing that can be used; ``about`` is its name."""

    def __init__(self, message: str, *, about: str) -> None:
        super().__init__(f"{message}; {_SIDECAR_MAY_HAVE}", about=about)


_SIDECAR_MAY_HAVE = (
    'a file beside a page is a JSON object that may have "url", "fetched_at" (YYYY-MM-DDTHH:MM:SSZ), "status" (200) '
    'and "headers" (names with their texts)'
)


def captures(
    source: Source, file: IO[bytes], url: str | None, now: datetime, wanted: Wanted
) -> Iterator[Capture | Refused]:
    """The page of a file, or why it is none.  ``url`` is the address if the user named it, ``now`` the time of the import.

    Raises :class:`BadSidecar`.
    """
    try:
        body = file.read(MAX_BYTES + 1)
        if formats.other_than_html(body) == formats.WARC:  # of any size
            yield Refused("type", source.name, f"{formats.WARC}; use `import warc`")
            return
        if len(body) > MAX_BYTES:
            raise decoding.Overlong
        body = decoding.unpack(body, "gzip" if source.name.endswith(".gz") else "", MAX_BYTES)
    except decoding.Overlong:
        yield Refused("too_large", source.name)
        return
    except decoding.Undecodable as error:
        yield Refused("encoding", source.name, str(error))
        return
    if body.strip() and (other := formats.other_than_html(body)):
        yield Refused("type", source.name, other)
        return
    beside = _sidecar(source.path)
    address = urls.normalise(url or beside.url or canonical(body) or "", keep_tracking=True)
    at = _captured(source.path, beside, now)
    if not body.strip():
        yield Refused("empty", source.name)
    elif address is None:
        yield Refused("address", source.name, "names no canonical address; say which with --url or a file beside it")
    elif at is None or not EARLIEST < at < now + FUTURE:
        yield Refused("undated", source.name, f"captured at {at or beside.fetched_at}")
    elif beside.status != 200:
        yield Refused("status", address, str(beside.status))
    elif not wanted(address, at):
        yield Refused("outside", address)
    else:
        headers = {"content-type": "text/html"} | {name.lower(): value for name, value in beside.headers.items()}
        yield Capture(Page(url=address, final_url=address, status=200, headers=headers, body=body, fetched_at=at))


def _sidecar(path: Path | None) -> Sidecar:
    """What the JSON file beside a page says; raises :class:`BadSidecar`."""
    if path is None:
        return Sidecar()
    page = path.with_name(path.name.removesuffix(".gz"))
    for beside in (page.with_name(page.name + ".json"), page.with_suffix(".json"), page.with_name("meta.json")):
        if beside.is_file():
            return _said_in(beside)
    return Sidecar()


def _said_in(beside: Path) -> Sidecar:
    with beside.open("rb") as file:
        said = file.read(SIDECAR_MAX + 1)
    if len(said) > SIDECAR_MAX:
        raise BadSidecar(f"larger than {SIDECAR_MAX:,} bytes", about=beside.name)
    try:
        return msgspec.json.decode(said, type=Sidecar)
    except msgspec.ValidationError as error:
        message, key = in_plain_words(error)
        raise BadSidecar(f"{key}: {message}" if key else message, about=beside.name) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadSidecar("no JSON", about=beside.name) from error


def _captured(path: Path | None, beside: Sidecar, now: datetime) -> datetime | None:
    """When the page was captured, to the second; None for what is no time."""
    moment = beside.fetched_at
    if moment is None:
        moment = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path and path.is_file() else now
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None  # at an end of the calendar
    return moment.replace(microsecond=0)


def canonical(body: bytes) -> str | None:
    """The address that a page says it has: its canonical link, else its og:url.

    By patterns that take time in proportion to the page, and no parser: no worker process stands between this page and
    the archive.
    """
    found: dict[str, str] = {}
    for tag in _TAG.finditer(body[:HEAD_BYTES].decode("utf-8", "replace")):
        said = {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(tag[2])}
        if tag[1].lower() == "link" and "canonical" in said.get("rel", "").lower().split():
            found.setdefault("canonical", said.get("href", ""))
        elif said.get("property", "").lower() == "og:url":
            found.setdefault("og:url", said.get("content", ""))
    return next((url for name in ("canonical", "og:url") if (url := urls.normalise(found.get(name, "")))), None)
