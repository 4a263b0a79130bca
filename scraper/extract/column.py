"""The story's column on a page without rules: the innermost element that holds nearly all of its prose.

It is found with a small part of trafilatura's work, and reads as well where a page is simple: where little
but sentences stands in the column, all marked up alike, and next to none before it.  :func:`read` says
nothing where it is not sure, and then trafilatura is asked.  The bounds below are where both read the
captured pages of ``bench/quality.py`` equally well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator
from itertools import compress

import msgspec
from selectolax.lexbor import LexborNode

from scraper.extract import pleas, prune, structured
from scraper.extract.blocks import INLINE, SKIPPED, Block, read_blocks
from scraper.extract.document import (
    PROSE,
    Document,
    count_words,
    ends_a_sentence,
    is_inside_any,
    is_prose,
    node_text,
    outward,
    reaches,
    sums,
)

#: Characters of a short sentence that opens a story; what is shorter is a call to the reader.
_OPENING = 40
#: The share of the page's prose that the column holds, and of its own that is in like elements.
_SHARE, _ALIKE = 0.8, 0.7
#: Paragraphs of prose, and words, without which a page is not simple.
_FEWEST, _WORDS = 3, 60
#: Of the story's characters, at most: prose above the column; what is cut off its top and its end; what is
#: left out as another's; what is neither sentence nor heading.
_ABOVE, _CUT, _FOREIGN, _ODD = 0.1, 0.1, 0.5, 0.05
#: Characters outside of links that make a list one of facts.
_LISTED = 200
#: Between the words read and those that the publisher counts.
_COUNTS = (0.8, 1.25)
# Short sentences that open a story: two words at least, and neither a label's colon nor a date's digits.
_OPENS = re.compile(r"[^\d:：|©]*[^\W\d](?: [^\d:：|©]*|[^\d:：|©\x00-\x7f]{3,})[.!。！।][\"”“»’'」]*")
# Of those that are none of the story: marks of rights, addresses, lists.
_NO_SENTENCE = re.compile(r"[©@|•·]|https?:|\brights reserved|\W$")
#: What may stand between paragraphs; other elements without prose are wrappers of something else.
_PLAIN = frozenset(
    "p h1 h2 h3 h4 h5 h6 blockquote pre br a b strong i em u s span sub sup q cite code mark small time abbr".split()
)
#: What a box is there for where it holds nothing else.
_WRAPPED = frozenset({"blockquote", "table", "dl", "pre"})
_LISTS = frozenset({"ul", "ol", "dl", "table"})


class _Column(msgspec.Struct):
    """The column's element, and what tells whether the page is simple, in characters."""

    root: LexborNode
    within: Container[int]  #: the elements that hold prose, by ``mem_id``
    above: list[int]  #: paragraphs of prose before the column
    alike: float  #: the share of its prose that stands in elements of one look
    first: LexborNode  #: its first paragraph of prose


def at_last(document: Document) -> list[Block]:
    """The column's blocks also of a page that is not simple: where else there would be none."""
    column = _find(document)
    return _from_first_to_last(read_blocks([column.root]), ()) if column is not None else []


def read(document: Document) -> list[Block] | None:
    """The story's blocks, None where the page is not simple."""
    column = _find(document)
    if column is None or not _is_one_story(column):
        return None
    left_out = _foreign(column)
    if left_out is None:
        return None
    foreign, left = left_out
    blocks = read_blocks([column.root], foreign)
    story = _from_first_to_last(blocks, _above(column.first))
    length = sum(len(block.text) for block in story)
    cut = sum(len(block.text) for block in blocks) - length
    odd = sum(len(block.text) for block in story if not _is_sentence(block) and (not block.is_heading or block.links))
    simple = (
        sum(map(_is_prose, story)) >= _FEWEST
        and sum(column.above) <= _ABOVE * length
        and len(column.above) <= 1
        and cut <= _CUT * length
        and odd <= _ODD * length
        and left <= _FOREIGN * length
    )
    return story if simple and _is_as_long_as_told(document, story) else None


def _find(document: Document) -> _Column | None:
    """The innermost element that holds nearly all prose of the page."""
    prose = [(node, length) for node in document.tree.css("p") if (length := _prose(node))]
    if len(prose) < _FEWEST:
        return None
    held = sums(prose)
    enough = _SHARE * sum(length for _, length in prose)
    best = min((key for key in held if held[key] >= enough), key=lambda key: held[key])
    within = [is_inside_any(node, {best}) for node, _ in prose]
    first = within.index(True)
    root = next(here for here in outward(prose[first][0]) if here.mem_id == best)
    looks: Counter[tuple[str, str]] = Counter()
    for node, length in compress(prose, within):
        parent = node.parent
        if parent is not None and parent.tag != "blockquote":
            looks[parent.tag or "", parent.attributes.get("class") or ""] += length
    alike = max(looks.values(), default=0) / max(looks.total(), 1)
    return _Column(root, held, [length for _, length in prose[:first]], alike, prose[first][0])


def _prose(node: LexborNode) -> int:
    """Characters of a paragraph, 0 for one that is no prose."""
    text = node.text()
    return len(text) if is_prose(text) and 2 * _linked(node) < len(text) else 0


def _linked(node: LexborNode) -> int:
    """Characters of an element that stand in links."""
    return sum(len(anchor.text()) for anchor in node.css("a"))


def _is_one_story(column: _Column) -> bool:
    """Whether the column is narrower than the page, of one make, and holds no stories side by side."""
    if column.root.tag in ("body", "html") or column.alike < _ALIKE:
        return False
    return sum(article.mem_id in column.within for article in column.root.css("article")) <= 1


def _foreign(column: _Column) -> tuple[set[int], int] | None:
    """The elements among the story's that are none of it, and their characters outside of links.

    None where one is a list of more than links: it may be the story's, a recipe or a result.
    """
    found: set[int] = set()
    length = 0
    waiting = [column.root]
    while waiting:
        for child in waiting.pop().iter():
            if child.mem_id in column.within:
                waiting.append(child)
            elif child.tag not in SKIPPED and not _belongs(child):
                found.add(child.mem_id)
                linked = _linked(child)
                unlinked = len(child.text()) - linked
                if unlinked > max(_LISTED, 2 * linked) and len(child.css("li, tr")) >= 3:
                    return None
                length += unlinked
    return found, length


def _belongs(node: LexborNode) -> bool:
    """Whether an element without prose in paragraphs is of the story: a list that is no menu, a wrapper of sentences, a
    heading, a table or quote, prose in a box of its own."""
    if node.tag in _PLAIN:
        return True
    text = node.text(strip=True)
    if node.tag in _LISTS or not text:
        return 2 * _linked(node) <= len(text)
    headings = node.css("h2, h3, h4")
    if len(headings) == 1 and headings[0].text(strip=True) == text:
        return node.css_first("a") is None
    sentences = sum(len(said) for part in node.css("p") if ends_a_sentence(said := part.text()))
    if sentences >= 0.9 * len(text) and _linked(node) <= 0.8 * len(text):
        return True
    is_paragraph = _prose(node) > 0 and all(child.tag in INLINE or child.tag == "br" for child in node.iter())
    return is_paragraph or _wraps(node)


def _wraps(node: LexborNode) -> bool:
    """Whether a box holds a table, quote or poem without links, and nothing else."""
    here: LexborNode | None = node
    while here is not None and here.tag == "div":
        here = _only_child(here)
    return here is not None and here.tag in _WRAPPED and here.css_first("a") is None


def _only_child(node: LexborNode) -> LexborNode | None:
    """The element that is all an element holds."""
    inside = [
        child for child in node.iter(include_text=True) if child.tag != "-text" or (child.text_content or "").strip()
    ]
    return inside[0] if len(inside) == 1 and inside[0].is_element_node else None


def _above(first: LexborNode) -> set[str]:
    """The texts of the short sentences right above the first paragraph of prose that look like it."""
    found: set[str] = set()
    for node in _before(first):
        text = node_text(node)
        if node.tag != first.tag or node.attributes.get("class") != first.attributes.get("class"):
            break
        if (
            len(text) > PROSE
            or _OPENS.fullmatch(text) is None
            or node.css_first("a") is not None
            or pleas.speaks_to_readers(text)
        ):
            break
        found.add(text)
    return found


def _before(node: LexborNode) -> Iterator[LexborNode]:
    """The elements before one, from the nearest."""
    here = node.prev
    while here is not None:
        if here.is_element_node:
            yield here
        here = here.prev


def _from_first_to_last(blocks: list[Block], above: Container[str]) -> list[Block]:
    """The blocks between the first and the last prose, with the sentences right before and after; ``above`` are short
    ones that may be among those before."""
    places = [number for number, block in enumerate(blocks) if _is_prose(block)]
    if not places:
        return []
    start, end = places[0], places[-1] + 1
    while (
        start > 0
        and _is_sentence(before := blocks[start - 1])
        and (reaches(before.text, _OPENING) or before.text in above)
    ):
        start -= 1
    if start > 0 and prune.opens_a_part(blocks, start - 1):
        start -= 1
    while end < len(blocks) and (_is_sentence(blocks[end]) or _goes_on(blocks[end - 1], blocks[end])):
        end += 1
    end += _behind(blocks[end:], blocks[start:end])
    if end < len(blocks) and _is_last_line(blocks[end]):
        end += 1
    return blocks[start:end]


def _behind(blocks: list[Block], story: list[Block]) -> int:
    """How many blocks behind the last prose are a list, table or poem without links, or a heading, and the sentences that go
    on behind it; none where none do, and below a heading that is none of the story's kind but one."""
    is_part = bool(blocks) and blocks[0].is_heading and not prune.is_label(blocks[0].text)
    facts = (n for n, block in enumerate(blocks) if block.kind not in ("li", "row", "pre") or block.links)
    stepped = 1 if is_part else next(facts, len(blocks))
    told = _told(blocks[stepped:])
    fewest = 2 if is_part and all(block.kind != blocks[0].kind for block in story) else 1
    return stepped + told if stepped and told >= fewest else 0


def _told(blocks: list[Block]) -> int:
    """How many blocks are sentences of a story, though short."""
    ends = (
        n
        for n, block in enumerate(blocks)
        if block.kind != "p" or block.links or not _is_sentence(block) or pleas.speaks_to_readers(block.text)
    )
    return next(ends, len(blocks))


def _is_last_line(block: Block) -> bool:
    """Whether a paragraph behind the last one is prose in all but its full stop."""
    return (
        block.kind == "p" and not block.links and reaches(block.text, PROSE) and _NO_SENTENCE.search(block.text) is None
    )


def _goes_on(before: Block, block: Block) -> bool:
    """Whether an item of a list or table belongs to the line before it, which announced it, or to the item before it."""
    is_told = before.kind == block.kind or before.text.rstrip().endswith((":", "："))
    return block.kind in ("li", "row") and is_told and 2 * sum(len(text) for _, text in block.links) <= len(block.text)


def _is_sentence(block: Block) -> bool:
    linked = sum(len(text) for _, text in block.links)
    is_text = not block.is_heading and block.kind != "row"
    return is_text and 2 * linked <= len(block.text) and ends_a_sentence(block.text)


def _is_prose(block: Block) -> bool:
    return reaches(block.text, PROSE) and _is_sentence(block)


def _is_as_long_as_told(document: Document, story: list[Block]) -> bool:
    """Whether the words are enough, and as many as the publisher counts.

    Chinese and Japanese have no spaces between words: their letters are counted, too.
    """
    words = sum(count_words(block.text) for block in story)
    least, most = _COUNTS
    told = [count for rule, count in structured.word_counts(document) if rule == "wordCount" and count]
    return words >= _WORDS and all(least * words <= count <= most * words for count in told)
