"""A generic extractor's blocks, mended from the page: it chooses well what is the story, but glues
words around inline tags, loses links and markup, and leaves out a paragraph here and there.

So its blocks are looked up among those that we read from the tree ourselves, and taken from there;
short gaps between two neighbours are filled where they hold prose and nothing else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

import msgspec

from scraper.extract.blocks import Block
from scraper.extract.document import ends_a_sentence, letters, reaches

#: Blocks of the page that may lie between two of the story's, if they are to be looked at.
_GAP = 2
#: Blocks of the page from the last that was found to a quote, and in it.
_NEAR = 50
#: Letters of each of several blocks that an extractor made one of.
_PART = 10
#: Characters of a paragraph that fills a gap.
_FILLING = 60
#: The share of the chosen text that the publisher's must hold, and letters of its end that must agree.
_CONFIRMED, _END = 0.6, 40


def mended(chosen: list[Block], page: list[Block]) -> list[Block]:
    """The chosen blocks as the page has them.  ``page`` holds all blocks of the page in its order."""
    said = [letters(block.text) for block in page]
    places: dict[str, list[int]] = {}
    for number, text in enumerate(said):
        places.setdefault(text, []).append(number)
    result: list[Block] = []
    last: int | None = None
    for block in chosen:
        found = places.get(letters(block.text), [])
        place = 0 if last is None else bisect_right(found, last)
        here = found[place] if place < len(found) else None
        run = range(here, here + 1) if here is not None else _run(block, said, 0 if last is None else last + 1)
        if not run:
            result += (_apart(block, page, said) if block.kind == "p" else []) or [block]
            continue
        if last is not None:
            result += _filling(page[last + 1 : run.start])
        mine = page[run.start : run.stop]
        # A link around a whole block is the block's, too.
        result += mine if mine[0].links or len(mine) > 1 else [msgspec.structs.replace(mine[0], links=block.links)]
        last = run[-1]
    return result


def _run(block: Block, said: list[str], start: int) -> range:
    """Where the page has the blocks that a quote or an item was made of, in whatever order; near ``start``, else nowhere."""
    if block.kind not in ("quote", "li"):
        return range(0)
    left = letters(block.text)
    near = range(start, min(start + _NEAR, len(said)))
    first = next((place for place in near if said[place] and left.startswith(said[place])), len(said))
    for place in range(first, min(first + _NEAR, len(said))):
        if said[place] not in left:
            break
        left = left.replace(said[place], "", 1)
        if not left:
            return range(first, place + 1)
    return range(0)


def _apart(block: Block, page: list[Block], said: list[str]) -> list[Block]:
    """The page's blocks in a row, a heading first, that a block was made of, if it was: all of a short page.  ``said`` are
    the letters of the page's blocks."""
    left = letters(block.text)
    heads = (number for number, each in enumerate(page) if each.is_heading and left.startswith(said[number]))
    first = next(heads, len(page))
    parts = []
    for each, text in zip(page[first:], said[first:], strict=True):
        if len(text) < _PART or not left.startswith(text):
            break
        parts.append(each)
        left = left[len(text) :]
    return [] if left else parts


def _filling(between: list[Block]) -> Iterator[Block]:
    if len(between) <= _GAP and all(map(_belongs, between)):
        yield from between


def _belongs(block: Block) -> bool:
    linked = sum(len(text) for _, text in block.links)
    return (
        block.kind == "p"
        and reaches(block.text, _FILLING)
        and 2 * linked < len(block.text)
        and ends_a_sentence(block.text)
    )


def confirmed(blocks: list[Block], told: str) -> list[Block]:
    """The blocks without the paragraphs that the publisher's own text of the story (JSON-LD's
    articleBody) does not have.

    Publishers cut that text short, or put something else there; it is believed if it holds most
    of what was chosen and ends where the story does.
    """
    whole = letters(told)
    inside = [letters(block.text) in whole for block in blocks]
    if not all(inside):
        triples = _triples(told)
        inside = [there or _mostly(_triples(block.text), triples) for block, there in zip(blocks, inside, strict=True)]
    length = sum(len(block.text) for block in blocks)
    held = sum(len(block.text) for block, there in zip(blocks, inside, strict=True) if there)
    last = max((n for n, there in enumerate(inside) if there), default=0)
    if held < _CONFIRMED * length or not whole.endswith(letters(blocks[last].text)[-_END:]):
        return blocks
    return [
        block
        for n, block in enumerate(blocks)
        if inside[n] or (block.is_heading and n < last) or block.kind in ("row", "li")
    ]


def _triples(text: str) -> set[tuple[str, ...]]:
    """Every three words in a row."""
    words = re.findall(r"\w+", text.casefold())
    return set(zip(words, words[1:], words[2:], strict=False))


def _mostly(some: set[tuple[str, ...]], all_: set[tuple[str, ...]]) -> bool:
    return 2 * len(some & all_) > len(some)
