"""Pages made to hurt the parser, cut down before it sees them.

Lexbor, as any parser that follows the HTML standard, compares a start tag with all elements that are open
and an attribute with all others of its element; so a page of a few megabytes can cost hours.  Ordinary
pages are only glanced at: a few searches for single bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Elements inside each other; pages of news have some dozens, and browsers stop at 512.
MOST_OPEN = 1000
#: Attributes of one element.
MOST_ATTRIBUTES = 1000
#: Bytes between two looks at a page for elements, and in which an element's attributes stand if they are many.
_STEP, _LONG = 16_384, 65_536
#: Tags that are parsed within a second however they stand.
_TAGS = 20_000
#: Elements that have no end tag, or that another element ends (HTML standard, "optional tags").
_SINGLE = frozenset(
    b"area base br col embed hr img input link meta source track wbr p li dt dd option tr td th path".split()
)
_TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9-]*)(?=[\s/>])")
_TAG_OR_SCRIPT = re.compile(rb"<(?i:script|style)\b.*?(?:</(?i:script|style)|\Z)|" + _TAG.pattern, re.DOTALL)
_ATTRIBUTE = re.compile(rb"""[\s/]*[^\s/>=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]*))?""")


def bounded(source: bytes) -> tuple[bytes, list[str]]:
    """The page within bounds, and what was left out, as warnings."""
    warnings = []
    shorter = _with_few_attributes(source)
    if shorter is not source:
        warnings.append(f"page: attributes beyond {MOST_ATTRIBUTES} of an element are left out")
    if len(shorter) < 3 * _TAGS or shorter.count(b"<") < _TAGS or not _is_deep(shorter):
        return shorter, warnings
    flatter = _flattened(shorter)
    if flatter is not shorter:
        warnings.append(f"page: elements nested deeper than {MOST_OPEN} are left out")
    return flatter, warnings


def _is_deep(source: bytes) -> bool:
    """Whether there are places before which many more elements begin than end."""
    open_ = 0
    for start in range(0, len(source), _STEP):
        end = start + _STEP
        # "</" counts as one that begins, too.
        open_ += source.count(b"<", start, end) - 2 * source.count(b"</", start, end)
        if open_ > MOST_OPEN:
            return True
    return False


def _tags(source: bytes) -> Iterator[re.Match[bytes]]:
    """The tags outside of scripts; what looks like one and is full of tags, or without end, stands in a comment, say."""
    for match in _TAG_OR_SCRIPT.finditer(source):
        if match[2] is not None:
            yield match
        elif match.end() == len(source) or match[0].count(b"<") >= _TAGS:
            yield from _TAG.finditer(source, match.start() + 1, match.end())


def _flattened(source: bytes) -> bytes:
    """The page without the start tags of elements that are nested too deep."""
    open_ = 0
    kept: list[bytes] = []
    last = 0
    for tag in _tags(source):
        if tag[2].lower() in _SINGLE:
            continue
        open_ = max(0, open_ + (-1 if tag[1] else 1))
        if open_ > MOST_OPEN and not tag[1]:
            kept.append(source[last : tag.start()])
            last = source.find(b">", tag.end()) + 1 or len(source)
    return b"".join([*kept, source[last:]]) if kept else source


def _with_few_attributes(source: bytes) -> bytes:
    """The page without the attributes of an element beyond the bound; they are where no other tag begins for long."""
    kept: list[bytes] = []
    last = 0
    for start in range(0, len(source) - _LONG, _LONG):
        if start < last or source.find(b"<", start, start + _LONG) >= 0:
            continue
        tag = _TAG.match(source, max(source.rfind(b"<", last, start), 0))
        place = tag.end() if tag else 0
        for _ in range(MOST_ATTRIBUTES if tag else 0):
            attribute = _ATTRIBUTE.match(source, place)
            if attribute is None:
                break
            place = attribute.end()
        else:
            if tag is not None:
                kept.append(source[last:place])
                end = source.find(b">", place)
                last = end if end >= 0 else len(source)
    return b"".join([*kept, source[last:]]) if kept else source
