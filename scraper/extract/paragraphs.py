"""Paragraphs where a page has none: old systems and blogs part a story by line breaks alone.

All that follows looks for paragraphs, to know the story's column and to take its text from there, so each run of
text between two line breaks is put into one.  Only where it reads like prose: addresses and poems stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.extract.blocks import INLINE
from scraper.extract.document import PROSE, ends_a_sentence, size

#: Elements that are looked at; a page with more holds no story.
_MOST = 200
#: Characters of a run of text that reads like prose between two line breaks, and how many of those make a story of paragraphs.
_RUN, _FEWEST = 60, 2
#: What may hold such runs: boxes, cells and the text elements of old pages.
_HOLDERS = frozenset("div td article section main body center font span p blockquote b strong i em".split())


def part(tree: LexborHTMLParser) -> None:
    """Put each run of text between two line breaks into a paragraph of its own."""
    holders: dict[int, LexborNode] = {}
    for line_break in tree.css("br + br"):
        above = line_break.parent
        if above is not None and above.mem_id not in holders and above.tag in _HOLDERS and _parts(line_break):
            holders[above.mem_id] = above
            if len(holders) >= _MOST:
                return
    apart: set[int] = set()  # inline elements that hold paragraphs now, and so are boxes
    for holder in reversed(holders.values()):  # what is inside another comes after it
        if _part(tree, holder, apart):
            here: LexborNode | None = holder
            while here is not None and here.tag in INLINE:
                apart.add(here.mem_id)
                here = here.parent


def _parts(line_break: LexborNode) -> bool:
    """Whether a line break ends a paragraph: the second of two, or one behind a sentence that fills lines, before another one."""
    return _is_second(line_break) or (_is_full(line_break.prev) and _is_full(line_break.next))


def _is_full(node: LexborNode | None) -> bool:
    text = (node.text_content or "").strip() if node is not None and node.is_text_node else ""
    return size(text) >= PROSE and ends_a_sentence(text)  # where one line break is all that parts them


def _is_second(line_break: LexborNode) -> bool:
    """Whether nothing stands between a line break and the one before."""
    before = line_break.prev
    while before is not None and before.is_text_node and not (before.text_content or "").strip():
        before = before.prev
    return before is not None and before.tag == "br"


def _part(tree: LexborHTMLParser, holder: LexborNode, apart: set[int]) -> bool:
    """Whether an element's runs of text were prose, and are paragraphs now."""
    runs = [run for run in _runs(holder.iter(include_text=True), apart) if any(_says(node) for node in run)]
    if sum(sum(len(node.text()) for node in run) >= _RUN for run in runs) < _FEWEST:
        return False
    if holder.tag == "p":
        return _split(tree, holder, runs, apart)
    for run in runs:
        run[0].insert_before(_paragraph(tree, run))  # a copy, as all that is put into a tree
        for node in run:
            node.decompose()
    return True


def _split(tree: LexborHTMLParser, holder: LexborNode, runs: list[list[LexborNode]], apart: set[int]) -> bool:
    """Several paragraphs for one, which can hold no others."""
    if any(child.mem_id in apart for child in holder.iter()):
        return False
    for run in runs:
        holder.insert_before(_paragraph(tree, run, holder.attributes.get("class")))
        for node in run:
            node.decompose()
    holder.unwrap()
    return True


def _runs(nodes: Iterable[LexborNode], apart: set[int]) -> list[list[LexborNode]]:
    """The texts and inline elements between boxes and pairs of line breaks."""
    runs: list[list[LexborNode]] = [[]]
    for node in nodes:
        is_break = node.tag == "br"
        is_box = not is_break and not node.is_text_node and (node.tag not in INLINE or node.mem_id in apart)
        if is_box or (is_break and _parts(node)):
            runs.append([])
        elif not is_box:
            runs[-1].append(node)
    return [run for run in runs if run]


def _says(node: LexborNode) -> bool:
    return bool(node.text().strip())


def _paragraph(tree: LexborHTMLParser, run: list[LexborNode], look: str | None = None) -> LexborNode:
    paragraph = tree.create_node("p")
    if look:
        paragraph.attrs["class"] = look
    for node in run:
        paragraph.insert_child(node)
    return paragraph
