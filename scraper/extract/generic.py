"""Pages without a rule of their own: what the visible page and trafilatura say."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from scraper import urls
from scraper.extract.blocks import Block, BlockKind
from scraper.extract.document import Document, node_text, tidy
from scraper.extract.rules import Candidate

#: Characters of HTML that trafilatura is given; its time grows with them, and no news page has more.
MAX_CHARACTERS = 4_000_000
_URL_DATE = re.compile(r"/((?:19|20)\d{2})[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?=[/_.-]|$)")
_SITE_SUFFIX = re.compile(r"\s+(?:[|•·»–—]|-)\s+[^|•·»–—]{2,60}$")
_BYLINES = (
    '[rel~="author"]', '[itemprop~="author"] [itemprop~="name"]', ".author-name", ".byline__name", ".byline-name",
    ".article-author", ".post-author", ".entry-author", ".author", ".byline", '[class*="byline" i]',
)  # fmt: skip
_TAGS = ('[rel~="tag"]', ".tags a", ".article-tags a", ".post-tags a", ".tag-list a")


def page_candidates(document: Document, field: str) -> Iterator[Candidate]:
    """What the visible page says of a field: each value a list of texts."""
    if field == "title":
        yield from _titles(document)
    elif field == "authors":
        yield from _first_match(document, _BYLINES, most=6)
    elif field == "tags":
        yield from _first_match(document, _TAGS, most=30)
    elif field == "published":
        scope = 'article time[datetime], main time[datetime], time[pubdate], time[itemprop="datePublished"]'
        if stamps := [node.attributes.get("datetime") or "" for node in document.tree.css(scope)]:
            yield Candidate("page", "time[datetime]", stamps[:1])
        if match := _URL_DATE.search(urls.path_of(document.url)):
            yield Candidate("url", "/YYYY/MM/DD", ["-".join(match.groups())])


def agreed_title(document: Document) -> Iterator[Candidate]:
    """The h1 that says the same as the page's metadata: the title as readers see it."""
    known = [*document.meta.get("og:title", []), document.title_element]
    words = [_words(text) for text in known if text]
    for node in document.tree.css("h1"):
        text = node_text(node)
        mine = _words(text)
        if mine and any(len(mine & theirs) >= 0.6 * max(len(mine), 1) and len(mine) >= 3 for theirs in words):
            yield Candidate("page", "h1", [text])
            return


def _titles(document: Document) -> Iterator[Candidate]:
    if headings := [text for node in document.tree.css("h1") if (text := node_text(node))]:
        yield Candidate("page", "h1", headings[:1])
    if document.title_element:
        yield Candidate("page", "title", [_SITE_SUFFIX.sub("", document.title_element)])


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _first_match(document: Document, selectors: tuple[str, ...], most: int) -> Iterator[Candidate]:
    for selector in selectors:
        found = [text for node in document.tree.css(selector)[:most] if 2 < len(text := node_text(node)) <= 120]
        if found:
            yield Candidate("page", selector, list(dict.fromkeys(found)))
            return


def searched_date(document: Document, latest: datetime) -> Iterator[Candidate]:
    """htmldate's search through the whole page: the last resort, to the day only."""
    from htmldate import find_date

    if len(document.text) > MAX_CHARACTERS:
        return
    try:
        found = find_date(
            document.text,
            url=document.url,
            original_date=True,
            extensive_search=True,
            max_date=latest.strftime("%Y-%m-%d"),
        )
    except (ValueError, TypeError, AttributeError, RecursionError):  # its parsers on broken markup
        return
    if found:
        yield Candidate("htmldate", "search", [found])


def read_body(document: Document) -> list[Block]:
    """The main text by trafilatura, as blocks."""
    if len(document.text) > MAX_CHARACTERS or not document.text.strip():
        return []
    from trafilatura import bare_extraction

    # It logs what it discards, which is no news to our users.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    found = bare_extraction(
        document.text, url=document.url, with_metadata=False, include_comments=False, include_tables=True,
        include_links=True, include_formatting=False,
    )  # fmt: skip
    body = getattr(found, "body", None)
    return list(_tei_blocks(body)) if body is not None else []


_TEI: dict[str, BlockKind] = {
    "p": "p",
    "head": "h2",
    "item": "li",
    "quote": "quote",
    "row": "row",
    "code": "pre",
    "ab": "p",
}


def _tei_blocks(body: Any) -> Iterator[Block]:
    """trafilatura's tree (a subset of TEI) as blocks."""
    import html

    for element in body.iter("p", "head", "item", "quote", "row", "code", "ab"):
        if any(parent.tag in _TEI for parent in element.iterancestors()):
            continue
        cells = [tidy(" ".join(cell.itertext())) for cell in element.iter("cell")]
        text = " | ".join(cells) if element.tag == "row" else tidy("".join(_words_of(element)))
        if text:
            links = tuple(
                (str(link.get("target")), tidy("".join(link.itertext())))
                for link in element.iter("ref")
                if link.get("target")
            )
            kind = _TEI[element.tag]
            inner = html.escape(text, quote=False)
            shapes = {
                "row": "<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in cells) + "</tr>",
                "pre": f"<pre>{inner}</pre>",
            }
            yield Block(kind, text, shapes.get(kind, inner), links)


def _words_of(element: Any) -> Iterator[str]:
    """The texts inside an element, with a space for each line break."""
    for node in element.iter():
        if node.tag == "lb":
            yield " "
        if node.text:
            yield node.text
        if node is not element and node.tail:
            yield node.tail
