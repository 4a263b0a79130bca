"""Text in UTF-16, as some servers send feeds, sitemaps and robots.txt."""

from __future__ import annotations

import codecs

_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def from_utf16(body: bytes) -> bytes | None:
    """A body in UTF-16 as UTF-8; None for any other.

    The byte order mark tells, else the zero byte in the first character, which is taken to be one of ASCII (XML 1.0
    appendix F.1, RFC 4627 section 3).
    """
    encoding, start = _MARKS.get(body[:2]), 2
    if encoding is None and (body[:1] == b"\0") != (body[1:2] == b"\0"):
        encoding, start = "utf-16-be" if body[0] == 0 else "utf-16-le", 0
    return body[start:].decode(encoding, "replace").encode("utf-8", "ignore") if encoding is not None else None
