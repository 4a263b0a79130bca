"""Bylines that only their words mark: "By Ann Lee" in a line below the title, on pages whose markup says nothing.

Asked last, and believed only where what stands behind the label reads like names.
"""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from scraper.extract import authors
from scraper.extract.blocks import Block, read_blocks
from scraper.extract.document import Document, node_text, size
from scraper.extract.mending import letters
from scraper.extract.rules import Candidate

#: Elements behind a title among which its byline stands, headings that may be the title, and boxes around it.
_BELOW, _PLACES, _BOXES = 6, 5, 3
#: Characters of a byline at most, and of an element that holds more than such lines.
_LONGEST, _PROSE = 160, 400
#: Words of a name, and those in it that begin with a small letter.
_WORDS = 5
_PARTICLES = frozenset(
    "de da do dos das di del della du des van von der den ter ten vom zu zum la le bin ibn al el y e".split()
)


def bylines(document: Document) -> Iterator[Candidate]:
    """What the first line with a label and names says, of those right below the title."""
    for block in _below_title(document):
        for line in block.text.split("|"):
            label = authors.label(line)
            if label and (names := authors.clean([line])) and all(map(_is_name, names)):
                yield Candidate("page", "byline by its words", list(names))
                return


def _below_title(document: Document) -> Iterator[Block]:
    """The short blocks below the heading that has the page's title, and below the boxes around it."""
    titles = {letters(text) for text in document.meta.get("og:title", [])}
    told = letters(document.title_element)
    for heading in document.tree.css("h1, h2")[:_PLACES]:
        mine = letters(node_text(heading))
        if not mine or not (heading.tag == "h1" or mine in titles or told.startswith(mine)):
            continue
        here: LexborNode | None = heading
        for _ in range(_BOXES):
            if here is None or here.tag == "body":
                break
            yield from _after(here)
            here = here.parent


def _after(node: LexborNode) -> Iterator[Block]:
    """The short blocks of the elements behind one, up to the first that has a story's text in it."""
    here = node.next
    for _ in range(_BELOW):
        while here is not None and here.is_text_node:
            here = here.next
        if here is None or size(here.text()) >= _PROSE:
            return
        yield from (block for block in read_blocks([here]) if len(block.text) <= _LONGEST)
        here = here.next


def _is_name(text: str) -> bool:
    words = text.split()
    small = [word for word in words if word[:1].islower() and word.casefold() not in _PARTICLES]
    is_dense = len(words) == 1 and size(text) > len(text)  # a Chinese name has no space in it
    return not small and (2 <= len(words) <= _WORDS or is_dense)
