"""What a listing is, by its first element: servers name the wrong type often."""

from __future__ import annotations

import re

from scraper.utf16 import from_utf16

_DECLARATION, _AT_MOST = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>"), 512
_SPACE = re.compile(rb"(?:\xef\xbb\xbf)?\s*")
# A document type, which no listing needs: entities made for harm end the reading of all that follows.
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)")
#: What stands before the root element of XML, and how each ends.
_PROLOG = ((b"<?", b"?>"), (b"<!--", b"-->"))


def as_utf8(body: bytes) -> bytes:
    """A body in UTF-16 as UTF-8, without an XML declaration that says otherwise; any other as it is."""
    read = from_utf16(body)
    if read is not None:
        body = read
    said = _DECLARATION.match(body, 0, _AT_MOST)
    # Programs that make text in UTF-16 call it so even where they send it in UTF-8.
    return body[said.end() :] if said and (read is not None or b"utf-16" in said[0].lower()) else body


def root_of(body: bytes) -> str:
    """The local name of the first element in lower case, whatever stands before it; empty where there is none."""
    name = _NAME.match(body, _start(body))
    return name[1].decode("ascii", "replace").lower() if name else ""


def without_doctype(body: bytes) -> bytes:
    """A body without its document type and what stands before that."""
    place = _start(body, upto_doctype=True)
    found = _DOCTYPE.match(body, place)
    return body[found.end() :] if found else body


def _start(body: bytes, *, upto_doctype: bool = False) -> int:
    """Where the first element begins, or the document type, if there is one."""
    place = 0
    while True:
        space = _SPACE.match(body, place)
        place = space.end() if space else place
        end = next((end for begin, end in _PROLOG if body.startswith(begin, place)), None)
        if end is not None:
            found = body.find(end, place)
            if found < 0:
                return len(body)
            place = found + len(end)
        elif not upto_doctype and (doctype := _DOCTYPE.match(body, place)):
            place = doctype.end()
        else:
            return place
