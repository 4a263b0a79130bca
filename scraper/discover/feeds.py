"""RSS, Atom and JSON feeds."""

from __future__ import annotations

import html
import json
import re
from calendar import timegm
from datetime import UTC, datetime
from typing import Any

from scraper import urls
from scraper.discover.roots import root_of
from scraper.discover.sitemaps import parse_w3c
from scraper.records import Link

_XML_FEED = re.compile(rb"<(?:[\w.-]+:)?(rss|feed|rdf)[\s>]", re.IGNORECASE)
_ROOTS = frozenset({"rss", "feed", "rdf"})
_REFERENCES = re.compile(rb"(?:&#(?:x[0-9a-f]{1,8}|\d{1,10});)+", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';]+)""", re.IGNORECASE)


def is_feed(body: bytes) -> bool:
    """Whether the bytes are a feed, by their root element or JSON Feed's version."""
    head = body[:4096]
    if root_of(body) in _ROOTS or (_XML_FEED.search(head) and b"<html" not in head.lower()):
        return True
    return _json_feed(body) is not None


def read(body: bytes, url: str, content_type: str | None) -> tuple[Link, ...]:
    """The entries of a feed that was fetched from ``url``, in its order; raises ValueError for one that cannot be read."""
    found = _json_feed(body)
    return _read_xml(body, url, content_type) if found is None else _read_json(found, url)


def _json_feed(body: bytes) -> dict[str, Any] | None:
    """A JSON Feed, whatever version; None for what is none."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if "jsonfeed.org/" in str(found.get("version")) else None


def _read_json(feed: dict[str, Any], url: str) -> tuple[Link, ...]:
    """JSON Feed 1.1 (jsonfeed.org/version/1.1)."""
    items = feed.get("items", [])
    links = []
    for item in items if isinstance(items, list) else []:
        written = item.get("url") if isinstance(item, dict) else None
        if written and (target := urls.normalise(str(written), url, keep_tracking=True)):
            published, modified = (parse_w3c(str(item.get(key) or "")) for key in ("date_published", "date_modified"))
            title = _text(str(item["title"])) if item.get("title") else None
            links.append(
                Link(url=target, source="feed", found_in=url, title=title, published=published, modified=modified)
            )
    return tuple(links)


def _read_xml(body: bytes, url: str, content_type: str | None) -> tuple[Link, ...]:
    import feedparser

    told = {"content-type": _with_known_charset(content_type), "content-location": url}
    body = _REFERENCES.sub(_mended, body.lstrip())
    try:
        parsed = feedparser.parse(body, response_headers=told, sanitize_html=False)
    except (ValueError, LookupError, ArithmeticError, RecursionError) as error:  # it lets through what its parts raise
        raise ValueError(f"cannot be read as a feed ({type(error).__name__})") from error
    links = []
    for entry in parsed.entries:
        target = entry.get("feedburner_origlink") or entry.get("link") or _permalink(entry.get("id"))
        if target and (found := urls.normalise(target, url, keep_tracking=True)):
            links.append(
                Link(
                    url=found,
                    source="feed",
                    found_in=url,
                    title=_text(html.unescape(entry.get("title") or "")) or None,
                    published=_moment(entry.get("published_parsed")),
                    # Not entry.get: feedparser would give the date of publication instead.
                    modified=_moment(dict.get(entry, "updated_parsed")),
                )
            )
    return tuple(links)


def _with_known_charset(content_type: str | None) -> str:
    """The media type, with its charset only if there is one of that name; UTF-16 is UTF-8 by now."""
    from scraper.extract.decode import encoding_of

    told = content_type or "application/xml"
    charset = _CHARSET.search(told)
    if charset is not None and charset[1].lower().startswith("utf-16"):
        return f"{told.partition(';')[0]}; charset=utf-8"
    return told if charset is None or encoding_of(charset[1]) else told.partition(";")[0]


def _mended(run: re.Match[bytes]) -> bytes:
    """Character references that XML does not know: halves of surrogate pairs, which make a character together."""
    codes = [int(code[1:], 16) if code[:1] in b"xX" else int(code) for code in run[0][2:-1].split(b";&#")]
    if all(code < 0xD800 or 0xDFFF < code < 0x110000 for code in codes):
        return run[0]
    text = _text("".join(chr(code) for code in codes if code < 0x110000))
    return b"".join(b"&#%d;" % ord(char) for char in text)


def _text(text: str) -> str:
    """A text with halves of surrogate pairs put together, or left out where one stands alone."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _permalink(identity: str | None) -> str:
    """An entry's id, where it is an address; feedparser makes one out of any word."""
    return identity if identity and identity.startswith(("http://", "https://")) else ""


def _moment(parsed: Any) -> datetime | None:
    """feedparser gives UTC as a struct_time."""
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError):
        return None
