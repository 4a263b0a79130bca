"""The story's text out of the data in a page's scripts, for pages that show none.

Some sites send the story as JSON and leave it to the reader's browser to write it into the page.  What is looked
for is markup or a list of paragraphs beside the story's title; the text that JSON-LD has is the last resort.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from selectolax.lexbor import LexborHTMLParser

from scraper.extract import chrome, structured
from scraper.extract.blocks import Block, read_blocks
from scraper.extract.bounds import bounded
from scraper.extract.document import Document, parse_json, tidy, words

#: Characters of a story in which others than the one found here are taken for it, and of a paragraph of a list.
_THIN, _PARAGRAPH = 400, 80
#: Objects between the one with the title and the text, at most; scripts may hold other stories, too.
_FARTHEST = 3
#: Characters of all scripts that are looked at, and of a title.
_MOST, _TITLE = 4_000_000, 300
#: Places in one script from which data are looked for, and values of its data that are looked at.
_TRIES, _VALUES = 8, 100_000
_DATA = re.compile(r"[=(]\s*(?=[\[{])")
_MARKUP = re.compile(r"<(?:p|div|br)\b", re.IGNORECASE)
#: What a server leaves in a text for its own use: ``$$AD$$``, ``{{ad}}``.
_PLACEHOLDER = re.compile(r"([$#%{\[])\1\s*\w{1,40}\s*[$#%}\]]{2}")


class _Text(msgspec.Struct, frozen=True):
    """Markup that may be the story's: where it was found, how far from the title, and its blocks."""

    rule: str
    distance: int
    markup: str
    blocks: list[Block]


def is_thin(blocks: list[Block] | None) -> bool:
    """Whether what the page shows is so little that its scripts may know more."""
    return sum(len(block.text) for block in blocks or ()) < _THIN


def read(document: Document, titles: list[str]) -> tuple[str, list[Block]] | None:
    """Where the story was found in the page's data, and its blocks; ``titles`` are those that it may have.

    None where there is no more than a page may show: then what the page shows is the story.
    """
    found = min(_texts(document, titles), key=lambda text: (text.distance, -len(text.markup)), default=None)
    if found is not None:
        return found.rule, found.blocks
    told = next(iter(structured.json_ld_candidates(document, "body")), None)
    if told is None or len(told.value[0]) < _THIN:
        return None
    return told.rule, [Block("p", text, text) for line in told.value[0].splitlines() if (text := tidy(line))]


def _blocks(markup: str, url: str) -> list[Block]:
    source, _ = bounded(f"<body>{_PLACEHOLDER.sub('', markup)}".encode("utf-8", "ignore"))
    story = Document(source, url)
    chrome.clear(story)
    return read_blocks([story.tree.body]) if story.tree.body is not None else []


def _texts(document: Document, titles: list[str]) -> Iterator[_Text]:
    """All markup near the title in the page's scripts that is long enough for a story."""
    wanted = [title for each in titles if len(title := words(each)) > 1]
    for name, data in _data(document):
        for rule, distance, markup in _near_title(name, data, wanted):
            blocks = _blocks(markup, document.url)
            if not is_thin(blocks):
                yield _Text(rule, distance, markup, blocks)


def _data(document: Document) -> Iterator[tuple[str, Any]]:
    """The JSON in the page's scripts, each with its script's name: in all of it, assigned, or given to a function."""
    left = _MOST
    for script in LexborHTMLParser(document.source).css("script:not([src])"):  # the document's own may be gone
        text, kind = script.text() or "", script.attributes.get("type") or ""
        left -= len(text)
        if len(text) < _THIN or left < 0 or "ld+json" in kind:
            continue
        name = f"script#{script.id}" if script.id else "script"
        if "json" in kind:
            yield name, parse_json(text)
        else:
            yield from ((name, data) for data in _assigned(text))


def _assigned(text: str) -> Iterator[Any]:
    """The JSON values in a program."""
    decoder, place = json.JSONDecoder(strict=False), 0
    for _ in range(_TRIES):
        if (match := _DATA.search(text, place)) is None:
            return
        place = match.end()
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            continue  # an expression of the program's
        yield value


def _near_title(name: str, data: Any, wanted: list[frozenset[str]]) -> Iterator[tuple[str, int, str]]:
    """The markup, and the lists of paragraphs as markup, in objects that hold a title or are below one that does: where
    each was found, how many objects from the title, and itself."""
    waiting: list[tuple[str, int | None, Any]] = [(name, None, data)]
    seen = 0
    while waiting and seen < _VALUES:
        path, distance, value = waiting.pop()
        seen += 1
        if isinstance(value, dict):
            titled = any(_is_title(each, wanted) for each in value.values())
            below = 0 if titled else None if distance is None or distance >= _FARTHEST else distance + 1
            waiting += [(f"{path}.{key}", below, each) for key, each in value.items()]
        elif isinstance(value, list):
            if distance is not None and len(markup := _listed(value)) >= _THIN:
                yield path, distance, markup
            waiting += [(path, distance, each) for each in value]
        elif isinstance(value, str) and distance is not None and len(value) >= _THIN and _MARKUP.search(value):
            yield path, distance, value


def _listed(items: list[Any]) -> str:
    """The prose among the items of a list as paragraphs; nothing where there is but one."""
    texts = [
        text
        for item in items
        for text in ([item] if isinstance(item, str) else item.values() if isinstance(item, dict) else [])
        if isinstance(text, str) and len(text) >= _PARAGRAPH and " " in text
    ]
    return "".join(f"<p>{text}</p>" for text in texts) if len(texts) > 1 else ""


def _is_title(value: Any, wanted: list[frozenset[str]]) -> bool:
    if not isinstance(value, str) or not 0 < len(value) <= _TITLE:
        return False
    mine = words(value)
    return any(len(mine & title) >= 0.8 * max(len(mine), len(title)) for title in wanted)
