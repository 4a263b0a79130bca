"""Sitemaps, sitemap indexes, Google News sitemaps and plain-text sitemaps.

Source of the formats: sitemaps.org/protocol.html and Google's news sitemap schema.  Real
files break both, so the reader goes by local names, forgives a cut-off end, and takes
neither the file's name nor its media type for an answer.  Entities are never expanded.
"""

from __future__ import annotations

import io
import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from scraper import urls
from scraper.discover.roots import root_of, without_doctype
from scraper.records import Link

#: Bytes of a sitemap after decompression (the protocol allows 50 MB).
MAX_BYTES = 64 * 1024 * 1024
#: Links whose lastmod is the same, within so much time and so near to now: it is the time at which the sitemap was made.
_OWN_TIME, _OWN_TIME_LINKS = timedelta(minutes=2), 10
_MADE_NOW = timedelta(hours=1)
_ROOTS = re.compile(rb"<(?:[\w.-]+:)?(urlset|sitemapindex)[\s>/]", re.IGNORECASE)
#: Roots of what may name a sitemap's somewhere, and is none.
_OTHERS = frozenset({"html", "rss", "feed", "rdf"})
#: How a whole sitemap ends, but for what servers print after it.
_END, _TAIL = (
    re.compile(
        rb"</(?:[\w.-]+:)?(?:urlset|sitemapindex)\s*>|<(?:[\w.-]+:)?(?:urlset|sitemapindex)\b[^>]*/>", re.IGNORECASE
    ),
    4096,
)
_LEAVES = frozenset({"loc", "lastmod", "publication_date", "title"})
#: What has titles, dates and addresses of its own within an entry.
_MEDIA = frozenset({"image", "video"})


class Sitemap(msgspec.Struct, frozen=True):
    """What a sitemap names: pages, and further sitemaps with their lastmod."""

    links: tuple[Link, ...] = ()
    sitemaps: tuple[tuple[str, datetime | None], ...] = ()
    is_whole: bool = True  #: it has an end


def unpack(body: bytes) -> tuple[bytes, bool]:
    """The body without its gzip layers (some are packed twice), and whether they were whole; raises ValueError where
    nothing can be had, or more than :data:`MAX_BYTES`."""
    is_whole = True
    for _ in range(3):
        if not body.startswith(b"\x1f\x8b"):
            break
        from scraper.fetch import decoding

        try:
            body, layer_is_whole = decoding.beginning(body, "gzip", MAX_BYTES)
        except decoding.Overlong as error:
            raise ValueError(f"more than {MAX_BYTES:,} bytes when unpacked") from error
        if not body and not layer_is_whole:
            raise ValueError("broken gzip")
        is_whole = is_whole and layer_is_whole
    return body, is_whole


def is_sitemap(body: bytes) -> bool:
    """Whether the bytes are a sitemap: by its root element, also behind what a server printed by mistake, or as lines
    of URLs."""
    return _is_xml(body) or _is_text_sitemap(body)


def _is_xml(body: bytes) -> bool:
    root = root_of(body)
    return root in ("urlset", "sitemapindex") or (root not in _OTHERS and bool(_ROOTS.search(body[:4096])))


def _is_text_sitemap(body: bytes) -> bool:
    lines = _lines(body[:4096])
    lines = lines[:-1] or lines  # the last may be cut
    return bool(lines) and all(re.fullmatch(r"https?://\S+", line) for line in lines)


def _lines(body: bytes) -> list[str]:
    """The lines of a text sitemap; some have comments, as files of URLs do."""
    lines = (line.strip() for line in body.decode("utf-8-sig", "replace").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def read(body: bytes, url: str) -> Sitemap:
    """The links of an unpacked sitemap that was fetched from ``url``."""
    if not _is_xml(body):
        found = (urls.normalise(line, url, keep_tracking=True) for line in _lines(body))
        return Sitemap(tuple(Link(url=each, source="sitemap", found_in=url) for each in found if each))
    links, children = [], []
    for tag, fields in _entries(body):
        loc = urls.normalise(fields.get("loc", ""), url, keep_tracking=True) if fields.get("loc") else None
        if loc is None:
            continue
        modified = parse_w3c(fields.get("lastmod"), last=True)
        if tag == "sitemap":
            if loc != url:
                children.append((loc, modified))
            continue
        links.append(
            Link(
                url=loc,
                source="sitemap",
                found_in=url,
                title=fields.get("title"),
                modified=modified,
                published=parse_w3c(fields.get("publication_date")),
            )
        )
    return Sitemap(tuple(links), tuple(children), bool(_END.search(body[-_TAIL:])))


def without_own_times(links: tuple[Link, ...], now: datetime) -> tuple[Link, ...]:
    """Links without their lastmod where that tells nothing of their pages: it is the moment at which the server made
    the sitemap, which would say at each look that all of them have changed."""
    known = [link.modified for link in links if link.modified is not None]
    if len(known) < _OWN_TIME_LINKS or max(known) - min(known) > _OWN_TIME or abs(now - max(known)) > _MADE_NOW:
        return links
    return tuple(msgspec.structs.replace(link, modified=None) for link in links)


def _entries(body: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Each ``url`` or ``sitemap`` element as its local name and the texts of its leaves."""
    from lxml import etree

    fields: dict[str, str] = {}
    walk = etree.iterparse(
        io.BytesIO(_from_root(body)),
        events=("end",),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in walk:
            tag = _local(element)
            if not tag:
                continue
            if tag in ("url", "sitemap"):
                yield tag, fields
                fields = {}
            elif tag in _LEAVES and _local(element.getparent()) not in _MEDIA:
                fields.setdefault(tag, "".join(element.itertext()).strip())
            element.clear(keep_tail=True)
            while tag not in _LEAVES and element.getprevious() is not None:  # let go of what has been read
                del element.getparent()[0]
    except etree.XMLSyntaxError:
        return  # cut off: what came before stands


def _local(element: Any) -> str:
    """The name of an element without its namespace or prefix; empty for what is none."""
    tag = element.tag if element is not None else ""
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _from_root(body: bytes) -> bytes:
    """A sitemap without what stands before it that XML does not allow there."""
    if root_of(body) not in ("urlset", "sitemapindex") and (root := _ROOTS.search(body[:4096])):
        return body[root.start() :]
    return without_doctype(body).lstrip()


def parse_w3c(text: str | None, *, last: bool = False) -> datetime | None:
    """A W3C date or time (w3.org/TR/NOTE-datetime) in UTC; None for what is none.  A month or day is its first second, or
    its ``last``."""
    if not text:
        return None
    text = text.strip()
    try:
        if month := re.fullmatch(r"(\d{4})-(\d{2})", text):
            day = monthrange(int(month[1]), int(month[2]))[1] if last else 1
            text = f"{text}-{day:02}"
        if last and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            text += "T23:59:59"
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(microsecond=0)
