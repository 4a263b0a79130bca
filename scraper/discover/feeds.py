"""RSS, Atom and JSON feeds."""

from __future__ import annotations

import html
import json
import re
from calendar import timegm
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scraper import urls
from scraper.discover.sitemaps import parse_w3c
from scraper.records import Link

_XML_FEED = re.compile(rb"<(?:[\w.-]+:)?(rss|feed|rdf)[\s>]", re.IGNORECASE)
_JSON_FEED = re.compile(rb"""\{.{0,300}?"version"\s*:\s*"https://jsonfeed\.org/""", re.DOTALL)


def is_feed(body: bytes) -> bool:
    """Whether the bytes are a feed, by their root element or JSON Feed's version."""
    head = body[:4096]
    return bool(_JSON_FEED.search(head)) or (bool(_XML_FEED.search(head)) and b"<html" not in head.lower())


def read(body: bytes, url: str, headers: Mapping[str, str]) -> tuple[Link, ...]:
    """The entries of a feed that was fetched from ``url``, in its order."""
    return _read_json(body, url) if _JSON_FEED.search(body[:4096]) else _read_xml(body, url, headers)


def _read_json(body: bytes, url: str) -> tuple[Link, ...]:
    """JSON Feed 1.1 (jsonfeed.org/version/1.1)."""
    try:
        items = json.loads(body).get("items", [])
    except (ValueError, AttributeError):
        return ()
    links = []
    for item in items if isinstance(items, list) else []:
        written = item.get("url") if isinstance(item, dict) else None
        if written and (target := urls.normalise(str(written), url, keep_tracking=True)):
            published, modified = (parse_w3c(str(item.get(key) or "")) for key in ("date_published", "date_modified"))
            title = str(item["title"]) if item.get("title") else None
            links.append(
                Link(url=target, source="feed", found_in=url, title=title, published=published, modified=modified)
            )
    return tuple(links)


def _read_xml(body: bytes, url: str, headers: Mapping[str, str]) -> tuple[Link, ...]:
    import feedparser

    told = {"content-type": headers.get("content-type", "application/xml"), "content-location": url}
    parsed = feedparser.parse(body.lstrip(), response_headers=told, sanitize_html=False)
    links = []
    for entry in parsed.entries:
        target = entry.get("feedburner_origlink") or entry.get("link") or _permalink(entry.get("id"))
        if target and (found := urls.normalise(target, url, keep_tracking=True)):
            links.append(
                Link(
                    url=found,
                    source="feed",
                    found_in=url,
                    title=html.unescape(entry.get("title") or "") or None,
                    published=_moment(entry.get("published_parsed")),
                    # Not entry.get: feedparser would give the date of publication instead.
                    modified=_moment(dict.get(entry, "updated_parsed")),
                )
            )
    return tuple(links)


def _permalink(identity: str | None) -> str:
    """An entry's id, where it is an address; feedparser makes one out of any word."""
    return identity if identity and identity.startswith(("http://", "https://")) else ""


def _moment(parsed: Any) -> datetime | None:
    """feedparser gives UTC as a struct_time."""
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError):
        return None
