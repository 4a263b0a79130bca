"""Who signed a story below its last sentence: for pages that name nobody elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from scraper.extract import authors, heading
from scraper.extract.document import Document, ends_a_sentence, node_text, reaches, tidy
from scraper.extract.rules import Candidate

#: Paragraphs that are looked at; characters of one that is prose, and of a line that signs.
_PARAGRAPHS, _PROSE, _LINE = 400, 80, 200
#: Elements and texts behind the last paragraph in which names are looked for.
_BEHIND = 6
# Of an agency: who reported, then who edited.
_REPORTED = re.compile(
    r"^\W*(?:reporting|written|writing|reported) by ([^;.|)]{4,120}?)(?=[;.|)]|,?\s+(?:with|additional|editing)\s|$)",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\s+in\s+[A-Z][^,;]*?(?=\s+and\s|,|;|$)")
# A name in brackets alone, as Chinese and Japanese papers print it.
_BRACKETED = re.compile(r"[(（]\s*((?:[\u4e00-\u9fff]{3,5}|[\u4e00-\u9fff]{1,3}[ \u3000][\u4e00-\u9fff]{1,3}))\s*[)）]")
_NO_NAME = frozenset("敬称略 未完待续 時事通信 共同通信 新华社 新華社".split())
_EDGES = " \u00a0—–-~([（["


def names(document: Document) -> Iterator[Candidate]:
    """Whom a line right behind the last paragraph of prose names: as bylines do, or set to the right."""
    last = _last_prose(document)
    for node in _behind(last) if last is not None else ():
        line = tidy(node.text_content) if node.is_text_node else node_text(node)
        if len(line) > _LINE:
            continue
        named = heading.signed(line, is_told=True) if _is_set_right(node) else _signed(line)
        if named:
            yield Candidate("page", "signature", named)
            return


def _last_prose(document: Document) -> LexborNode | None:
    """The last paragraph of prose in the box that holds most of them; where line breaks make them, the last such text."""
    paragraphs = document.tree.css("p")[:_PARAGRAPHS]
    prose = [(node, node.parent.mem_id) for node in paragraphs if node.parent is not None and _is_prose(node)]
    if prose:
        most = Counter(box for _, box in prose).most_common(1)[0][0]
        return next(node for node, box in reversed(prose) if box == most)
    line_break = document.tree.css_first("br + br")
    holder = line_break.parent if line_break is not None else None
    lines = [node for node in holder.iter(include_text=True) if _is_prose(node)] if holder is not None else []
    return lines[-1] if lines else None


def _is_prose(node: LexborNode) -> bool:
    text = node.text()
    return reaches(text, _PROSE) and ends_a_sentence(text) and _REPORTED.match(text) is None


def _behind(last: LexborNode) -> Iterator[LexborNode]:
    """The elements and texts behind a paragraph, up to the next heading."""
    here, seen = last.next, 0
    while here is not None and seen < _BEHIND and here.tag not in ("h1", "h2", "h3", "h4"):
        if here.text(strip=True) and (here.is_text_node or not heading.is_apart(here)):
            seen += 1
            yield here
        here = here.next


def _is_set_right(node: LexborNode) -> bool:
    if node.is_text_node:
        return False
    attributes = node.attributes
    return attributes.get("align") == "right" or "text-align:right" in (attributes.get("style") or "").replace(" ", "")


def _signed(line: str) -> list[str]:
    """The people whom a line names, if it signs."""
    if bracketed := _BRACKETED.fullmatch(line):
        return [] if bracketed[1] in _NO_NAME else [bracketed[1]]
    if reported := _REPORTED.match(line):
        return list(authors.clean([_PLACE.sub("", reported[1])]))
    return heading.signed(line.strip(_EDGES))
