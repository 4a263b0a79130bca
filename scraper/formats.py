"""Whether a file is a page at all: files of other formats have addresses and words in them too."""

from __future__ import annotations

import re
import zlib

from scraper.utf16 import from_utf16

#: Bytes of a file in which its first tag is looked for; saved pages may begin with comments.
START_BYTES = 64 * 1024
#: What it is that begins so (the signatures that the formats themselves give).
_SIGNATURES = {
    b"WARC/": (WARC := "a WARC file"),
    b"\x1f\x8b": "a gzip file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"PK\x03\x04": "a ZIP file",
    b"%PDF-": "a PDF file",
    b"\x89PNG\r\n\x1a\n": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"SQLite format 3\x00": "an SQLite database",
}
_TAG = re.compile(
    r"<(?:!doctype\s+html|html|head|body|meta|article|section|main|header|p|div|span|h[1-6]|table|[ou]l)(?=[\s>/])",
    re.I,
)


def other_than_html(body: bytes) -> str | None:
    """What a file is, in words, if it is no HTML page: :data:`WARC`, ``a PNG image, no HTML``, ``no HTML``; None for a page.

    A page has a tag near its beginning, and no NUL before it: stray ones in a text, browsers pass over.  What is in a gzip
    file is looked at for :data:`WARC` alone.
    """
    start = body[:START_BYTES]
    known = _known(start)
    if WARC in (known, _known(_unpacked(start))):
        return WARC
    if known is not None:
        return f"{known}, no HTML"
    text = (from_utf16(start) or start).decode("latin-1")
    tag = _TAG.search(text)
    return "no HTML" if tag is None or "\x00" in text[: tag.start()] else None


def _known(start: bytes) -> str | None:
    return next((name for signature, name in _SIGNATURES.items() if start.startswith(signature)), None)


def _unpacked(start: bytes) -> bytes:
    """The first bytes of what a gzip file holds (RFC 1952); none of anything else."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(start, 16)
    except zlib.error:
        return b""
