"""What a listing is, by its first element: servers name the wrong type often."""

from __future__ import annotations

import codecs
import re

_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_SPACE = re.compile(rb"(?:\xef\xbb\xbf)?\s*")
# A document type, which no listing needs: entities made for harm end the reading of all that follows.
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)")
#: What stands before the root element of XML, and how each ends.
_PROLOG = ((b"<?", b"?>"), (b"<!--", b"-->"))


def as_utf8(body: bytes) -> bytes:
    """A body in UTF-16, which its byte order mark tells, as UTF-8; any other as it is."""
    encoding = _UTF_16.get(body[:2])
    if encoding is None:
        return body
    return _DECLARATION.sub("", body[2:].decode(encoding, "replace"), count=1).encode("utf-8", "ignore")


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
