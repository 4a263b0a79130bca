"""The next page of an article that a site parts into several, and the first one.

``rel=next`` alone proves nothing, for many sites mean the next article by it; so the address decides: it is
the page's own with the next number in one of the places where sites put it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from scraper import urls
from scraper.extract.document import Document, node_text

_LETTER = re.compile(r"[^\W\d_]")
_ENDING = re.compile(r"(?:[-_,]\d{1,2})?(?:\.\w{1,5})?$")
_NUMBER_AT_END = re.compile(rb"(?<!\d)\d{1,2}(?:\.s?html?|\.php)?/?(?:&[^?#]*)?$", re.IGNORECASE)
_REST = re.compile(rb"""[^"'<>\s]{1,80}""")
_RELATIVE = re.compile(rb"""href\s*=\s*["']?(?:\?|\d{1,2}/?["'\s>])""")
# To look for the name in either case takes five times as long; pages that shout do so from the start.
_RELATIVE_IN_CAPITALS, _START = re.compile(_RELATIVE.pattern, re.IGNORECASE), 65_536
_SHORTEST_SLUG = 4  # shorter ones stand everywhere
_LINKS = 5000  # links that are looked at
# Where the number stands in a link as it is written: to look is quick, to normalise the link is not.
_NUMBER_IN_PLACE = re.compile(r"(?<!\d)\d{1,2}(?:\.s?html?|\.php)?/?(?:[?&\s]|$)", re.IGNORECASE)


def next_page(document: Document) -> str | None:
    """The URL of the article's next page, None where this is the last or the only one."""
    if not _may_go_on(document):
        return None
    numbers: dict[str, int | None] = {}  # by URL: pagers name one several times
    for element, url in _links(document):
        if url not in numbers:
            numbers[url] = _follows(document.url, url)
        number = numbers[url]
        if number is not None and _says_next(element, number):
            return url
    return None


def first_page(document: Document) -> str | None:
    """The URL of the article's first page, where this is a later one by its address, and a link says so."""
    numbered = urls.numbered(document.url)
    stems = {_key(stem) for stem, number in numbered if number > 1 and not _is_slug(stem, document.url)}
    if not stems:
        return None
    for element in document.tree.css("a[href], link[rel~=prev][href], link[rel~=first][href]")[:_LINKS]:
        url = document.link(element.attributes.get("href"))
        relation = (element.attributes.get("rel") or "").lower().split()
        if url is not None and _key(url) in stems and ({"prev", "first"} & {*relation} or node_text(element) == "1"):
            return url
    return None


def _is_slug(stem: str, url: str) -> bool:
    """Whether the number is part of a slug: sites number those of stories with one title, too."""
    end = len(stem.rstrip("/"))
    return url[end : end + 1] not in "/?&"


def _may_go_on(document: Document) -> bool:
    """Whether any address in the markup might be it: to look at every link costs as much as parsing the page."""
    shouts = document.source.find(b"HREF", 0, _START) >= 0
    if (_RELATIVE_IN_CAPITALS if shouts else _RELATIVE).search(document.source):
        return True
    last = next((part for part in reversed(urls.path_of(document.url).split("/")) if _LETTER.search(part)), "")
    slug = _ENDING.sub("", last)
    if len(slug) < _SHORTEST_SLUG:
        return True
    return any(
        (rest := _REST.match(text)) and _NUMBER_AT_END.search(rest[0])
        for spelling in {slug, unquote(slug)}
        for text in document.source.split(spelling.encode())[1:]
    )


def _links(document: Document) -> Iterator[tuple[LexborNode, str]]:
    for element in document.tree.css("a[href], link[rel~=next][href]")[:_LINKS]:
        href = (element.attributes.get("href") or "").partition("#")[0]
        url = document.link(href) if _NUMBER_IN_PLACE.search(href) else None
        if url is not None and urls.host_of(url) == urls.host_of(document.url):
            yield element, url


def _says_next(element: LexborNode, number: int) -> bool:
    """Whether the link is marked as the next page, or shows its number."""
    attributes = element.attributes
    relation = (attributes.get("rel") or "").lower().split()
    return "next" in relation or str(number) in node_text(element).split()


def _follows(here: str, there: str) -> int | None:
    """The number in an address that is another's with the next number, None if it is not."""
    for stem, number in urls.numbered(there):
        if number == 2 and _key(stem) == _key(here):
            return number
        if any(_key(mine) == _key(stem) and count + 1 == number for mine, count in urls.numbered(here)):
            return number
    return None


def _key(url: str) -> str:
    return urls.page_key(url).rstrip("/")
