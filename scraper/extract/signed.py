"""Bylines that only their words mark: "By Ann Lee" in a line below the title, on pages whose markup says nothing.

Asked last, and believed only where what stands behind the label reads like names.
"""

from __future__ import annotations

from collections.abc import Iterator

from scraper.extract import authors
from scraper.extract.blocks import Block, read_blocks
from scraper.extract.document import Document, node_text, size
from scraper.extract.mending import letters
from scraper.extract.rules import Candidate

#: Blocks below a title among which its byline stands, and places that may be the title's.
_BELOW, _PLACES = 6, 3
#: Characters of a byline, of a title that is known by the beginning of another, and of a story's paragraph.
_LONGEST, _TITLE, _PROSE = 160, 20, 200
#: Words of a name, and those in it that begin with a small letter.
_WORDS = 5
_PARTICLES = frozenset(
    "de da do dos das di del della du des van von der den ter ten vom zu zum la le bin ibn al el y e".split()
)


def bylines(document: Document) -> Iterator[Candidate]:
    """What the first line with a label and names says, of those right below the title."""
    body = document.tree.body
    for block in _below_titles(document, read_blocks([body]) if body is not None else []):
        for line in block.text.split("|"):
            label = authors.label(line)
            if label and (names := authors.clean([line])) and all(map(_is_name, names)):
                yield Candidate("page", "byline by its words", list(names))
                return


def _below_titles(document: Document, blocks: list[Block]) -> Iterator[Block]:
    """The short blocks below each that has the page's title."""
    wholes = {letters(node_text(node)) for node in document.tree.css("h1")[:_PLACES]}
    wholes |= {letters(text) for text in document.meta.get("og:title", [])}
    told = letters(document.title_element)
    places = (
        place
        for place, block in enumerate(blocks)
        if (mine := letters(block.text)) and (mine in wholes or (size(mine) >= _TITLE and told.startswith(mine)))
    )
    for _, place in zip(range(_PLACES), places, strict=False):
        for block in blocks[place + 1 : place + 1 + _BELOW]:
            if size(block.text) >= _PROSE:
                break
            if len(block.text) <= _LONGEST:
                yield block


def _is_name(text: str) -> bool:
    words = text.split()
    small = [word for word in words if word[:1].islower() and word.casefold() not in _PARTICLES]
    is_dense = len(words) == 1 and size(text) > len(text)  # a Chinese name has no space in it
    return not small and (2 <= len(words) <= _WORDS or is_dense)
