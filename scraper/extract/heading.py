"""The day and the names that are printed beside a story's heading: for pages whose metadata have none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from scraper import urls
from scraper.extract import authors, calendars, changes
from scraper.extract.chrome import BESIDE
from scraper.extract.dates import DIGITS, MONTH_NAMES, to_clock
from scraper.extract.document import Document, node_text, size, tidy
from scraper.extract.rules import Candidate

#: Characters of a line that says when, and of one that is prose; lines that are looked at behind the heading and before it.
_LONGEST, _PROSE, _BEHIND, _BEFORE = 120, 80, 30, 8
#: Paragraphs that may stand between the heading and the date: a summary in a sentence or two.
_SUMMARIES = 2
#: Characters beside a time in its box that make it a part of a sentence, and where the box ends as sentences do.
_BESIDE, _BESIDE_IN_SENTENCE = 60, 25
#: Elements between the heading and the box that both are in.
_OUTWARD = 4
#: Headings that are looked at, and characters of a title.
_HEADINGS, _TITLE = 20, 15
#: Nodes that are gone through in all.
_NODES = 2000
#: Nodes among which a title without a heading is looked for.
_TEXTS = 20_000
_UNREAD = frozenset(
    "script style noscript template svg aside nav footer button select form figure figcaption iframe table".split()
)
_BOX = re.compile(rf"(?:^|[\s_-])(?:{BESIDE}|menu|nav|comments?|breadcrumbs?)(?:$|[\s_-])|hidden(?:$|\s)")
#: Of our era, of Iran's and of the Buddhist one.
_YEAR = r"(?:19|20|1[34]|25)\d{2}(?!\d)"
# The name of a month; the marks in those of Thailand and India are no letters.
_WORD = r"[^\W\d_][^\s\d|,;:()<>/-]{1,14}"
# Of Arabic papers under two names.
_MONTH = rf"(?:{MONTH_NAMES}|{_WORD})(?:\s?/\s?(?:{MONTH_NAMES}|{_WORD}))?"
#: A day as it is printed.
DATE = re.compile(
    rf"(?<!\d)(?:{_YEAR}[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])(?!\d)|(?:0?[1-9]|[12]\d|3[01])[-./](?:0?[1-9]|[12]\d|3[01])[-./]{_YEAR}|"
    rf"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.|º|er)?[\s\-]+(?:de\s+|of\s+)?{_MONTH}\.?,?[\s\-]+(?:de\s+|del\s+)?{_YEAR}|"
    rf"{_YEAR}\s*[年년]\s*\d{{1,2}}\s*[月월]\s*\d{{1,2}}\s*[日일])|"
    rf"\b(?:{MONTH_NAMES})\.?\s+(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,?\s+{_YEAR}",
    re.IGNORECASE,
)
_ONLY_YEAR = re.compile(r"(?:19|20)\d{2}")
_BOXED = 12  # characters of a day or a month
_EDGES = " \u00a0|·•,–—-"
_LETTERS = re.compile(r"[^\W\d_][^\d_,;:!?()\"/|]*")
#: Links of menus that are looked at.
_LINKS = 500
#: Words before a day that a byline begins with: "Posted on".
_BEFORE_DAY = 2
_CLOCK = re.compile(r"\d:\d\d")
#: Characters of a byline, words of a name, and those in it that begin with a small letter.
_NAMES_LENGTH, _WORDS = 160, 5
_PARTICLES = frozenset(
    "de da do dos das di del della du des van von der den ter ten vom zu zum la le bin ibn al el y e".split()
)


class _Line(NamedTuple):
    """A line of the page; of a ``time`` element also what it says to programs, and whether it is that of a change."""

    text: str
    stamp: str = ""
    is_change: bool = False


class _Day(NamedTuple):
    """A date beside the heading: as it is coded, or as printed with what is behind it (a time) and without."""

    texts: list[str]
    is_stamp: bool
    is_change: bool


def dates(document: Document, *, stamped: bool = False) -> Iterator[Candidate]:
    """The first date behind the page's heading, else the last before it; never that of a change.

    ``stamped``: only if it is in a ``time`` element that says it to programs.
    """
    day = next((day for day in _days(document) if not day.is_change), None)
    if day is not None and (day.is_stamp or not stamped):
        yield Candidate("page", "time beside the heading" if day.is_stamp else "dateline", day.texts)
    elif day is None and not stamped and document.language in calendars.LANGUAGES and (printed := _stamped(document)):
        yield Candidate("page", "calendar", printed)


def changed(document: Document) -> Iterator[Candidate]:
    """The day beside the page's heading on which the story was changed."""
    yield from (Candidate("page", "dateline", day.texts) for day in _days(document) if day.is_change)


def _days(document: Document) -> Iterator[_Day]:
    """The dates beside the page's heading, those behind it first."""
    heading = find(document)
    return chain(_dated(_behind(heading)), _dated(_before(heading))) if heading is not None else iter(())


def _stamped(document: Document) -> list[str]:
    """The first line of the page with a date of its own calendar and a time; days alone are today's, in the page's head."""
    body = document.tree.body
    for node in islice(body.traverse(include_text=True), _TEXTS) if body is not None else ():
        text = tidy(node.text_content) if node.is_text_node else ""
        if 0 < len(text) <= _LONGEST and _CLOCK.search(text):
            printed = text.translate(DIGITS)
            if calendars.translated(printed) != printed:
                return [text]
    return []


def names(document: Document) -> Iterator[Candidate]:
    """Whom the first line behind the page's heading names that begins as bylines do."""
    heading = find(document)
    if heading is None:
        return
    is_told = False  # whether the line before was the label alone
    for line, _, _ in _behind(heading):
        named = signed(line, is_told=is_told)
        is_told = authors.label(line).strip() == line
        if named:
            yield Candidate("page", "byline", named)
            return
    if (name := _beside_the_day(heading)) and not _is_in_menu(name, document):
        yield Candidate("page", "name", [name])


def _beside_the_day(heading: LexborNode) -> str | None:
    """What reads like a name right before the first day behind the heading, in its line or the one before."""
    before = ""
    for line, _, _ in _behind(heading):
        dated = DATE.search(line) if len(line) <= _LONGEST else None
        if dated is not None and not changes.is_told(line[: dated.start()]):
            name = (line[: dated.start()].strip(_EDGES) or before).strip(_EDGES)
            return name if _is_name(name) and not name.isupper() and _LETTERS.fullmatch(name) else None
        before = line
    return None


def _is_in_menu(text: str, document: Document) -> bool:
    """Whether a text is the name of a section, or of a place that the site has a page for."""
    links = document.tree.css("nav a, footer a, [class*=menu i] a, [class*=nav i] a")[:_LINKS]
    return any(node_text(link) == text for link in links)


def signed(line: str, *, is_told: bool = False) -> list[str]:
    """The people that a line names which begins as bylines do, or whose label stood alone in the line before (``is_told``)."""
    if len(line) > _NAMES_LENGTH:
        return []
    dated = None if authors.label(line) else DATE.search(line)
    is_first = dated is not None and line[: dated.start()].count(" ") <= _BEFORE_DAY
    said = line[dated.end() :].lstrip(" ,|–—-") if dated is not None and is_first else line
    label = authors.label(said)
    if not label and not is_told and not authors.is_signed(said):
        return []
    named = authors.clean([said.strip()[len(label) :].partition("|")[0]])
    return list(named) if all(map(_is_name, named)) else []


def _is_name(text: str) -> bool:
    """Whether a text reads like the name of one person."""
    words = text.split()
    small = [word for word in words if word[:1].islower() and word.casefold() not in _PARTICLES]
    is_dense = len(words) == 1 and size(text) > len(text)  # a Chinese name has no space in it
    return not small and (2 <= len(words) <= _WORDS or is_dense)


def find(document: Document) -> LexborNode | None:
    """The element that has the story's title: one that says what the title element says, else the first of the highest rank
    that says more than a site's name; on old pages, which have none, what prints the most of the title element."""
    if document.heading is None:  # which the title, the dates and the byline are looked for beside
        document.heading = (_find(document),)
    return document.heading[0]


def _find(document: Document) -> LexborNode | None:
    title = document.title_element.casefold()
    for rank in ("h1", "h2, h3"):
        said = [(node, node_text(node).casefold()) for node in document.tree.css(rank)[:_HEADINGS]]
        own = [node for node, text in said if _could_be_title(text) and text in title and not is_home(node, document)]
        own += [node for node, text in said if rank == "h1" and text.count(" ") >= 3]
        if own:
            return own[0]
    return _printed(document, title)


def is_home(heading: LexborNode, document: Document) -> bool:
    """Whether a heading is the site's name, as on old blogs: linked to its home, and no more than that link."""
    anchor = heading.css_first("a[href]")
    if anchor is None or node_text(anchor) != node_text(heading):
        return False
    url = document.link(anchor.attributes.get("href"))
    return url is not None and urls.path_of(url) == "/" and "?" not in url and urls.path_of(document.url) != "/"


def _printed(document: Document, title: str) -> LexborNode | None:
    """The element with the longest text that is the beginning or the end of the title element; never a link."""
    best, length = None, 0
    body = document.tree.body
    for node in islice(body.traverse(include_text=True), _TEXTS) if body is not None and title else ():
        if not node.is_text_node:
            continue
        text = tidy(node.text_content).casefold()
        is_part = len(text) > length and _could_be_title(text) and (title.startswith(text) or title.endswith(text))
        if is_part and node.parent is not None and node.parent.tag not in ("a", *_UNREAD):
            best, length = node.parent, len(text)
    return best


def _could_be_title(text: str) -> bool:
    return len(text) >= (_TITLE if text.isascii() else _TITLE // 2)


def _dated(lines: Iterator[_Line]) -> Iterator[_Day]:
    """The dates that lines hold, as they are printed; of a ``time`` element as it is coded."""
    before = ""
    for line in _unboxed(lines):
        if DATE.search(line.stamp):
            is_finer = ":" not in line.stamp and _CLOCK.search(line.text)
            texts = [line.text, line.stamp] if is_finer else [line.stamp, line.text]
            yield _Day(texts, True, line.is_change or changes.is_told(before))
        elif len(line.text) <= _LONGEST:
            printed = line.text if line.text.isascii() else line.text.translate(DIGITS)
            found = [*DATE.finditer(printed)]
            ends = [0, *(match.end() for match in found)]
            starts = [*(match.start() for match in found[1:]), len(printed)]
            for match, last, following in zip(found, ends, starts, strict=False):
                said, rest = printed[last : match.start()], printed[match.start() : following]
                is_told = changes.is_told(said or before, rest[len(match[0]) :])
                yield _Day([to_clock(rest).strip(" |-–—("), match[0]], False, line.is_change or is_told)
        before = line.text if len(line.text) <= _BESIDE else ""


def _unboxed(lines: Iterator[_Line]) -> Iterator[_Line]:
    """Lines, with a day, a month and a year that have a line each in that of the year."""
    boxes = ["", ""]
    for line in lines:
        is_last = _ONLY_YEAR.fullmatch(line.text) is not None and all(boxes)
        yield _Line(" ".join([*boxes, line.text])) if is_last else line
        boxes = [boxes[1], line.text if len(line.text) <= _BOXED else ""]


def is_in_text(node: LexborNode) -> bool:
    """Whether an element stands in a sentence."""
    here = node.parent
    if here is None or len(tidy(here.text(deep=False))) > _BESIDE:
        return here is not None
    while here is not None and here.tag not in ("p", "li", "td", "blockquote", "body"):
        here = here.parent
    if here is None or here.tag == "body":
        return False
    text = tidy(here.text())
    beside = len(text) - len(tidy(node.text()))
    return beside > (_BESIDE_IN_SENTENCE if text.endswith((".", "!", "?", "。", "।")) else _BESIDE)


def _behind(heading: LexborNode) -> Iterator[_Line]:
    """The lines that follow the heading, up to the story's own text."""
    summaries = 0
    here, lines = _after(heading), 0
    for _ in range(_NODES):
        if here is None or lines >= _BEHIND:
            return
        if here.is_text_node:
            if line := tidy(here.text_content):
                summaries += len(line) > _PROSE
                if summaries > _SUMMARIES:
                    return
                lines += 1
                yield _Line(line)
            here = _after(here)
        elif here.tag == "time":
            lines += 1
            if not is_in_text(here):
                yield _time(here)
            here = _after(here)
        elif here.is_element_node and not is_apart(here) and here.first_child is not None:
            here = here.first_child
        else:
            here = _after(here)


def _before(heading: LexborNode) -> Iterator[_Line]:
    """The lines before the heading in its own box, the nearest first."""
    lines, here = 0, heading
    for _ in range(_OUTWARD):
        beside = here.prev
        while beside is not None:
            if beside.is_text_node or (beside.is_element_node and not is_apart(beside)):
                text = tidy(beside.text_content) if beside.is_text_node else node_text(beside)
                if text:
                    lines += 1
                    times = _times(beside) if len(text) <= _LONGEST else []
                    yield from [_time(each) for each in times] or [_Line(text)]
                if lines >= _BEFORE or len(text) > 4 * _LONGEST:
                    return
            beside = beside.prev
        parent = here.parent
        if parent is None or parent.tag in ("body", "html", "article", "main"):
            return
        here = parent


def _times(node: LexborNode) -> list[LexborNode]:
    """The ``time`` elements of a line that say a day to programs."""
    found = [] if node.is_text_node else [node] if node.tag == "time" else node.css("time[datetime]")
    return [each for each in found if DATE.search(each.attributes.get("datetime") or "")]


def _time(node: LexborNode) -> _Line:
    return _Line(node_text(node), node.attributes.get("datetime") or "", changes.is_marked(node))


def _after(node: LexborNode) -> LexborNode | None:
    """What follows a node and all in it, in the order of the page."""
    here: LexborNode | None = node
    while here is not None and here.next is None:
        here = here.parent
        if here is not None and here.tag == "body":
            return None
    return here.next if here is not None else None


def is_apart(node: LexborNode) -> bool:
    """Whether what an element holds is no line of the story's head."""
    if node.tag == "footer" and node.parent is not None and node.parent.tag == "article":
        return False  # Drupal's, above the text
    return node.tag in _UNREAD or _BOX.search((node.attributes.get("class") or "").lower()) is not None
