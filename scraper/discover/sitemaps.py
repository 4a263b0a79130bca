"""Sitemaps, sitemap indexes, Google News sitemaps and plain-text sitemaps.

Source of the formats: sitemaps.org/protocol.html and Google's news sitemap schema.  Real
files break both, so the reader goes by local names, forgives a cut-off end, and takes
neither the file's name nor its media type for an answer.  Entities are never expanded.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from scraper import urls
from scraper.records import Link

#: Bytes of a sitemap after decompression (the protocol allows 50 MB).
MAX_BYTES = 64 * 1024 * 1024
# A document type, which no sitemap needs: entities made for harm end the reading of all that follows.
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_ROOTS = re.compile(rb"<(?:[\w.-]+:)?(urlset|sitemapindex)[\s>/]", re.IGNORECASE)


class Sitemap(msgspec.Struct, frozen=True):
    """What a sitemap names: pages, and further sitemaps with their lastmod."""

    links: tuple[Link, ...] = ()
    sitemaps: tuple[tuple[str, datetime | None], ...] = ()


def unpack(body: bytes) -> bytes:
    """The body without its gzip layers (some are packed twice); raises ValueError past ``MAX_BYTES``."""
    for _ in range(3):
        if not body.startswith(b"\x1f\x8b"):
            break
        body = _gunzip(body)
    return body


def _gunzip(body: bytes) -> bytes:
    """All members of a gzip file (RFC 1952 section 2.2), as far as they are whole."""
    parts: list[bytes] = []
    size = 0
    while body.startswith(b"\x1f\x8b"):
        unzip = zlib.decompressobj(wbits=31)
        try:
            parts.append(unzip.decompress(body, MAX_BYTES - size + 1))
        except zlib.error as error:
            raise ValueError(f"broken gzip ({error})") from error
        size += len(parts[-1])
        if size > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES:,} bytes when unpacked")
        body = unzip.unused_data
    return b"".join(parts)


def is_sitemap(body: bytes) -> bool:
    """Whether the bytes are a sitemap: by its root element, or as lines of URLs."""
    return bool(_ROOTS.search(body[:4096])) or _is_text_sitemap(body)


def _is_text_sitemap(body: bytes) -> bool:
    lines = body[:4096].removeprefix(b"\xef\xbb\xbf").split(b"\n")[:-1] or [body]
    lines = [line.strip() for line in lines if line.strip()]
    return bool(lines) and all(re.fullmatch(rb"https?://\S+", line) for line in lines)


def read(body: bytes, url: str) -> Sitemap:
    """The links of an unpacked sitemap that was fetched from ``url``."""
    if not _ROOTS.search(body[:4096]):
        found = (urls.normalise(line, url, keep_tracking=True) for line in body.decode("utf-8-sig", "replace").split())
        return Sitemap(tuple(Link(url=each, source="sitemap", found_in=url) for each in found if each))
    links, children = [], []
    for tag, fields in _entries(body):
        loc = urls.normalise(fields.get("loc", ""), url, keep_tracking=True) if fields.get("loc") else None
        if loc is None:
            continue
        modified = parse_w3c(fields.get("lastmod"))
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
    return Sitemap(tuple(links), tuple(children))


def _entries(body: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Each ``url`` or ``sitemap`` element as its local name and the texts of its leaves."""
    from lxml import etree

    fields: dict[str, str] = {}
    walk = etree.iterparse(
        io.BytesIO(_without_doctype(body).lstrip()),
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
            if not isinstance(element.tag, str):
                continue
            tag = element.tag.rpartition("}")[2].rpartition(":")[2].lower()
            if tag in ("url", "sitemap"):
                yield tag, fields
                fields = {}
                element.clear()
                while element.getprevious() is not None:  # let go of what has been read
                    del element.getparent()[0]
            elif tag in ("loc", "lastmod", "publication_date", "title"):
                inside_image = element.getparent() is not None and "image" in str(element.getparent().tag)
                if not inside_image:
                    fields.setdefault(tag, "".join(element.itertext()).strip())
    except etree.XMLSyntaxError:
        return  # cut off: what came before stands


def _without_doctype(body: bytes) -> bytes:
    start = body[:4096].upper().find(b"<!DOCTYPE")
    found = _DOCTYPE.match(body, start) if start >= 0 else None
    return body[:start] + body[found.end() :] if found else body


def parse_w3c(text: str | None) -> datetime | None:
    """A W3C date or time (w3.org/TR/NOTE-datetime) in UTC; None for what is none."""
    if not text:
        return None
    text = text.strip()
    if re.fullmatch(r"\d{4}-\d{2}", text):
        text += "-01"
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(microsecond=0)
