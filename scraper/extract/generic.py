"""Pages without a rule of their own: what the visible page and trafilatura say."""

from __future__ import annotations

import logging
import re
from collections.abc import Container, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper import urls
from scraper.extract import changes, heading, tags
from scraper.extract.blocks import Block, BlockKind, is_layout, read_blocks
from scraper.extract.chrome import BESIDE
from scraper.extract.document import Document, is_inside_any, is_prose, node_text, outermost, size, tidy
from scraper.extract.mending import mended
from scraper.extract.rules import Candidate

#: Characters of HTML, scripts apart, that trafilatura is given; its time grows with them, and no news page has more.
MAX_CHARACTERS = 2_000_000
#: Tags of a page that trafilatura may compare with what readability and jusText find, whose time grows with their square.
_MOST_TAGS = 10_000
#: And of one that it and htmldate are not given: they, too, take the square of some elements' number.
_FAR_TOO_MANY_TAGS = 50_000
_URL_DATE = re.compile(r"/((?:19|20)\d{2})[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?=[/_.-]|$)")
#: What is marked as the author in any way; it may be no more than initials.
_LOOSE = (
    '[class$="author" i]:not(body, article, main), [class$="autor" i]:not(body, article, main), [class$="auteur" i], '
    '[class$="autore" i], .yazar, .penulis, .writer, .reporter, .journalist, .firma, .signature'
)
_INITIALS = 4  # characters
_BYLINES = (
    '[rel~="author"]', '[itemprop~="author"] [itemprop~="name"]', ".author-name", ".byline__name", ".byline-name",
    ".article-author", ".post-author", ".entry-author", ".author", ".byline", '[class*="byline" i]',
    '[class*="author" i][class*="name" i]', 'a[class*="author" i]', "#authors", "#author", ".submitted .username", '[data-hook="user-name"]',
    '.node__submitted [class*="uid"], .node__submitted [typeof$="Person"]',
    _LOOSE,
)  # fmt: skip
_ANY_BYLINE = ", ".join(_BYLINES)
# In a class: what stands around a story.
_HEAD_BOX = re.compile(r"meta|byline|info|author|head")
_ELSEWHERE = re.compile(
    rf"(?:^|[\s_-])(?:{BESIDE})(?:$|[\s_-])|"
    r"(?:^|\s)(?:comments?(?:$|\s|-list|-area|-section|-body|-content)|commentlist|respond(?:$|\s))"
)
# Where dates stand that are not the story's: in menus, rails, footers, what readers wrote, and what says when the page was changed.
_DATED_ELSEWHERE = "footer, aside, nav, meta, p, [class], [id]"
#: Characters of the beginning of a paragraph, where the place and the day may stand.
_BEGINNING = 60
_PRINTED = re.compile(r"publi|veröffentlich|erschienen|posted|опублик|نشر", re.IGNORECASE)
_OWN_BOX, _MENU = re.compile(r"entry|post|article|meta|byline"), re.compile(r"(?:^|[\s_-])(?:menu|nav)(?:$|[\s_-])")
_CHANGED = re.compile(r"\"dateModified\"\s*:\s*\"[^\"]*\"", re.IGNORECASE)
# Dates in attributes: the microformat of blogs (hAtom), RDFa as Drupal writes it.
_STAMPED = (
    (".published[title]", "title"), ('[property~="dc:created"][content]', "content"),
    ('[property~="schema:dateCreated"][content], [property~="schema:datePublished"][content]', "content"),
    ('[property~="dc:date"][content]', "content"),
)  # fmt: skip
_ANY_STAMP = ", ".join(selector for selector, _ in _STAMPED)
_TIMES, _BOXES = 50, 10_000  # elements that are looked at
_BOX_DEPTH = 4  # of a byline with several names
_CARD, _CARD_DEPTH = 600, 2  # characters of the teaser of another story, and elements in it around its byline
_HEADLINE = "h2 a, h3 a, h4 a, a h2, a h3, a h4"
_BUTTON = re.compile(r"btn|button|follow", re.IGNORECASE)  # in a class: what is to be clicked, not who wrote
_NAMES = 'a, [class*="name" i], span:not(:has(*))'
_TAGS = (
    '[rel~="tag"]:not([rel~="category"]):not([href*="/category/"])',
    ".tags a",
    ".article-tags a",
    ".post-tags a",
    ".tag-list a",
)


def page_candidates(document: Document, field: str) -> Iterator[Candidate]:
    """What the visible page says of a field: each value a list of texts."""
    if field == "authors":
        yield from _bylines(document)
    elif field == "tags":
        yield from _first_match(document, _TAGS, most=tags.MOST)
        yield from tags.listed(document)
    elif field == "published":
        if stamps := [_stamp(node) for node in _times(document) if changes.is_publication(node)]:
            yield Candidate("page", "time of publication", stamps[:1])
        yield from heading.dates(document, stamped=True)
        for selector, attribute in _STAMPED if document.tree.css_first(_ANY_STAMP) is not None else ():
            marked = (node for node in document.tree.css(selector)[:_TIMES] if not is_of_another(node))
            if stamp := next((node.attributes.get(attribute) or "" for node in marked), ""):
                yield Candidate("page", selector, [stamp])
        if match := _URL_DATE.search(urls.path_of(document.url)):
            yield Candidate("url", "/YYYY/MM/DD", ["-".join(match.groups())])
        yield from heading.dates(document)
        if stamps := [_stamp(node) for node in _times(document) if not changes.is_marked(node)]:
            yield Candidate("page", "time[datetime]", stamps[:1])
    elif field == "modified":
        yield from heading.changed(document)
        if stamps := [_stamp(node) for node in _times(document) if changes.is_marked(node)]:
            yield Candidate("page", "time of a change", stamps[:1])


def _times(document: Document) -> list[LexborNode]:
    """The times in the story that programs can read, but for those in its sentences, and in lists where they are not marked."""
    scope = 'article time[datetime], main time[datetime], time[pubdate], time[itemprop="datePublished"]'
    return [node for node in document.tree.css(scope)[:_TIMES] if not _is_by_the_way(node) and not is_of_another(node)]


def _stamp(node: LexborNode) -> str:
    return node.attributes.get("datetime") or ""


def _is_marked(node: LexborNode, mark: re.Pattern[str]) -> bool:
    """Whether an element's own attributes say so."""
    attributes = node.attributes
    return mark.search(f"{attributes.get('class') or ''} {attributes.get('itemprop') or ''}".lower()) is not None


def is_of_another(node: LexborNode, story: Container[int] = ()) -> bool:
    """Whether an element stands in a comment, a rail, a menu or the teaser of another story; in none of the boxes that hold
    the ``story``, which are named by their ``mem_id``."""
    here, depth = node.parent, 0
    while here is not None and here.tag not in ("main", "body") and here.mem_id not in story:
        is_box = here.tag in ("aside", "nav") and not _is_marked(here, _HEAD_BOX)
        if is_box or _is_marked(here, _ELSEWHERE):
            return here.css_first("h1") is None
        headline = here.css_first(_HEADLINE) if depth < _CARD_DEPTH else None
        if headline is not None and headline.text() != node.text() and len(here.text()) <= _CARD:
            return here.css_first("h1") is None
        here, depth = here.parent, depth + 1
    return False


def _is_by_the_way(node: LexborNode) -> bool:
    """Whether a time stands in a sentence, or in a list or a table without being marked as that of publication."""
    if changes.is_publication(node):
        return False
    if heading.is_in_text(node):
        return True
    here = node.parent
    while here is not None and here.tag not in ("li", "td", "article", "main", "body"):
        here = here.parent
    return here is not None and here.tag in ("li", "td")


def _bylines(document: Document) -> Iterator[Candidate]:
    """Who a byline names; one that holds several elements with a name each is not read as one name."""
    # Most pages without authors in their metadata have none of these: seen at once, for each search goes through the page.
    for selector in _BYLINES if document.tree.css_first(_ANY_BYLINE) is not None else ():
        found: list[str] = []
        there = (
            node
            for node in document.tree.css(selector)[:_TIMES]
            if not _is_button(node) and not _is_credit(node) and not is_of_another(node)
        )
        for node in _side_by_side(islice(there, 6)):
            said = [node_text(part) for part in node.css(_NAMES)]
            parts = _apart([text for text in said if 2 < len(text) <= 60 and "@" not in text])
            found += parts or [node_text(node)]
        found = [text for text in dict.fromkeys(found) if 2 < len(text) <= 120]
        if selector == _LOOSE:
            found = [text for text in found if size(text) > _INITIALS]
        if found:
            yield Candidate("page", selector, found)


def _is_credit(node: LexborNode) -> bool:
    """Whether an element signs a picture."""
    here: LexborNode | None = node
    for _ in range(_BOX_DEPTH):
        if here is None or here.tag in ("figure", "figcaption"):
            return here is not None
        here = here.parent
    return False


def _side_by_side(nodes: Iterator[LexborNode]) -> Iterator[LexborNode]:
    """The first element, and those that stand with it in one box; what stands elsewhere signs other stories."""
    box: set[int] = set()
    for node in nodes:
        if not box:
            here: LexborNode | None = node
            for _ in range(_BOX_DEPTH):
                here = here.parent if here is not None and here.tag not in ("body", "main", "article") else None
                if here is not None:
                    box.add(here.mem_id)
            yield node
        elif is_inside_any(node, box):
            yield node


def _apart(parts: list[str]) -> list[str]:
    """The names of a byline whose elements have one each; of a name, its parts and what is said around it, the name."""

    def is_less(one: str, other: str) -> bool:
        """Whether one text says less of a name than the other, or more than that."""
        if one in other:
            return one != other and not _says_more(other, one)
        return other in one and _says_more(one, other)

    return [part for part in parts if not any(is_less(part, other) for other in parts)] if len(parts) > 1 else []


def _says_more(text: str, name: str) -> bool:
    """Whether a text has words around a name that are none of it: View all posts by, or the name once more."""
    return text == f"{name} {name}" or any(word[0].islower() for word in text.split())


def _is_button(node: LexborNode) -> bool:
    """Whether an element is there to be clicked, and names nobody."""
    return node.tag == "button" or (node.tag == "a" and _BUTTON.search(node.attributes.get("class") or "") is not None)


def _first_match(document: Document, selectors: tuple[str, ...], most: int) -> Iterator[Candidate]:
    for selector in selectors:
        texts = map(node_text, document.tree.css(selector)[:most])
        found = [
            text for text in texts if 1 + text.isascii() < len(text) <= 120
        ]  # in scripts other than ours two letters may be a word
        if found:
            yield Candidate("page", selector, list(dict.fromkeys(found)))
            return


def searched_date(document: Document, latest: datetime) -> Iterator[Candidate]:
    """htmldate's search through the whole page: the last resort, to the day only."""
    from htmldate import find_date

    # Scripts and all.
    if len(document.source) > 2 * MAX_CHARACTERS or document.source.count(b"<") > _FAR_TOO_MANY_TAGS:
        return
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    markup = _with_its_own_dates(document)
    try:
        found = find_date(
            markup,
            url=document.url,
            original_date=True,
            extensive_search=True,
            max_date=latest.strftime("%Y-%m-%d"),
        )
    except (ValueError, TypeError, AttributeError, RecursionError):  # its parsers on broken markup
        return
    if not found or (found.endswith("-01-01") and _first_of_year(found[:4]).search(markup) is None):
        return
    others = [node for node in document.tree.css(f'time[datetime^="{found}"]')[:_TIMES] if is_of_another(node)]
    if not others or markup.count(found) > len(others):
        yield Candidate("htmldate", "search", [found])


def _with_its_own_dates(document: Document) -> str:
    """The page's markup without the dates that are known not to be the story's."""
    tree = LexborHTMLParser(document.source)
    doomed = [node for node in tree.css(_DATED_ELSEWHERE)[:_BOXES] if node.tag != "time" and _dates_others(node)]
    times = tree.css("time")  # where there are many, the last are those of comments and lists
    doomed += [node for node in times[:_TIMES] if changes.is_marked(node) or _is_by_the_way(node)] + times[_TIMES:]
    for node in outermost(doomed):
        node.decompose()
    return changes.without(_CHANGED.sub("", tree.html or ""), heading.DATE.pattern)


def _dates_others(node: LexborNode) -> bool:
    """Whether dates in an element, or in its attributes, are not the story's."""
    if node.tag in ("html", "body", "main", "article"):
        return False
    if node.tag == "p" and node.css_first("br") is None and _speaks_of_days(node.text()):
        return True
    if node.tag not in ("meta", "footer", "aside", "nav"):
        names = f"{node.attributes.get('id') or ''} {node.attributes.get('class') or ''}".lower()
        is_beside = (_ELSEWHERE.search(names) or _MENU.search(names)) is not None
        return is_beside and node.css_first("h1, article") is None
    return changes.is_marked(node) if node.tag == "meta" else not _is_marked(node, _OWN_BOX)


def _speaks_of_days(text: str) -> bool:
    """Whether a paragraph is one of the story's, and no day stands at its beginning."""
    is_undated = is_prose(text) and _PRINTED.search(text) is None
    return is_undated and heading.DATE.search(text[:_BEGINNING]) is None


def _first_of_year(year: str) -> re.Pattern[str]:
    """How the first of January is printed: a year alone, as in a footer, is no date."""
    return re.compile(
        rf"{year}-01-01|{year}/0?1/0?1|\b0?1[./-]0?1[./-]{year}|\b0?1(?:st|er|\.|º)?\s+(?:de\s+)?[^\W\d]{{3,12}}\.?,?\s+(?:del?\s+)?{year}|{year}\s*[年년]\s*0?1\s*[月월]\s*0?1\s*[日일]|[^\W\d]{{3,12}}\.?\s+0?1(?:st)?,?\s+{year}"
    )


def read_body(document: Document) -> list[Block]:
    """The main text by trafilatura, as blocks; of a page whose chrome has been cleared."""
    for tweet in document.tree.css("blockquote.twitter-tweet"):
        tweet.attrs["class"] = "quote"  # it takes the name for a sharing button's
    root = document.tree.body
    if root is None or len(markup := _without_layout_tables(root, document.tree.html or "")) > MAX_CHARACTERS:
        return []
    if markup.count("<") > _FAR_TOO_MANY_TAGS:
        return []
    # It logs what it discards, which is no news to our users.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    markup = _BREAKS.sub("</p><p>", markup)
    found = _found(document, markup, fast=True)
    prose = sum(len(text) for node in root.css("p") if is_prose(text := node.text()))
    is_enough = prose and sum(len(block.text) for block in found) >= _ENOUGH * prose
    if not is_enough and markup.count("<") <= _MOST_TAGS:
        found = _found(document, markup, fast=False) or found
    return mended(found, read_blocks([root])) if found else []


def _found(document: Document, markup: str, *, fast: bool) -> list[Block]:
    """What trafilatura finds in some markup; not ``fast``, it compares that with what others find, which takes as long again."""
    from trafilatura import bare_extraction

    found = bare_extraction(
        markup, url=document.url, with_metadata=False, include_comments=False, include_tables=True, include_links=True,
        include_formatting=False, fast=fast,
    )  # fmt: skip
    body = getattr(found, "body", None)
    return list(_tei_blocks(body)) if body is not None else []


# Where old systems and blogs part their paragraphs by line breaks alone, which trafilatura would take for spaces.
_BREAKS = re.compile(r"(?:<br\s*/?>\s*){2,}", re.IGNORECASE)
# The tags of tables, and those of their cells, whose text may stand in no element of its own.
_TABLES = re.compile(r"<(/?)(?:table|tbody|thead|tr|font|center)\b[^<>]*>", re.IGNORECASE)
_CELLS = re.compile(r"<(/?)t[dh]\b[^<>]*>", re.IGNORECASE)


def _without_layout_tables(root: LexborNode, markup: str) -> str:
    """The markup with boxes in the place of tables, where most of the page stands in one that is there for the layout, as
    on old pages."""
    half = len(root.text()) / 2
    if any(is_layout(table) and len(table.text()) > half for table in root.css("table")[:_TABLES_SEEN]):
        return _CELLS.sub(lambda tag: "</p></div>" if tag[1] else "<div><p>", _TABLES.sub(r"<\1div>", markup))
    return markup


_TABLES_SEEN = 20
#: Of the page's prose, the share that a quick reading of it has where it is a good one.
_ENOUGH = 0.8
_TEI: dict[str, BlockKind] = {
    "p": "p",
    "head": "h2",
    "item": "li",
    "quote": "quote",
    "row": "row",
    "code": "pre",
    "ab": "p",
}
_PARTED = frozenset({"lb", "list", *_TEI})  # never inside a word


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
    """The texts inside an element, with a space for each line break and around each block."""
    for node in element.iter():
        if node.tag in _PARTED:
            yield " "
        if node.text:
            yield node.text
        if node is not element and node.tail:
            yield f" {node.tail}" if node.tag in _PARTED else node.tail
