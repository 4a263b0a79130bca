"""Bytes to text, as a browser would read them (WHATWG Encoding and HTML standards), with one more doubt.

Order: byte order mark, the HTTP header, the page's own meta, UTF-8 if it is valid, a guess.
A declared UTF-8 that is not valid is doubted: many old pages say UTF-8 and are windows-1252, and many servers say
UTF-8 for pages whose own meta knows better.
"""

from __future__ import annotations

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MARKS = tuple(mark for mark, _ in _BOMS)
# Letters beyond ASCII in a row, and the share of them all above which a text is of another script than Latin.
_RUN, _FOREIGN = re.compile(rb"[\x80-\xff]{4,}"), 0.5
#: Bytes that are looked at together.
_PIECE = 16_384
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w:.-]+)""", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w:.-]+)", re.IGNORECASE)
# Labels that browsers read as a larger encoding (encoding.spec.whatwg.org, "names and labels").
_LARGER = {
    "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin1": "cp1252",
    "latin-1": "cp1252", "windows-1252": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030",
    "gb_2312-80": "gb18030", "iso-8859-9": "cp1254", "latin5": "cp1254", "tis-620": "cp874", "iso-8859-11": "cp874",
    "shift_jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "ks_c_5601-1987": "cp949", "euc-kr": "cp949",
    "big5": "big5hkscs", "utf-16": "utf-8", "utf-16le": "utf-8", "utf-16be": "utf-8", "x-user-defined": "cp1252",
    "windows-874": "cp874", "windows-949": "cp949", "korean": "cp949", "chinese": "gb18030", "iso-8859-8-i": "iso8859-8",
    "x-cp1251": "cp1251", "x-cp1250": "cp1250", "x-cp1252": "cp1252", "x-mac-cyrillic": "mac-cyrillic", "unicode-1-1-utf-8": "utf-8",
}  # fmt: skip

# The same by Python's names, for what it knows under more labels than these.
_BY_NAME = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874", "gb2312": "gb18030",
    "gbk": "gb18030", "big5": "big5hkscs", "euc_kr": "cp949", "shift_jis": "cp932",
}  # fmt: skip
# Python's names of the encodings that the Encoding Standard knows; its other codecs are not for pages.
_FOR_PAGES = frozenset(
    "utf-8 cp866 koi8-r koi8-u mac-roman mac-cyrillic cp874 gb18030 big5hkscs euc_jp iso2022_jp cp932 cp949 "
    "iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10 iso8859-13 iso8859-14 iso8859-15 "
    "iso8859-16 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258".split()
)


def as_utf8(body: bytes, content_type: str | None = None) -> bytes:
    """:func:`decode`, as UTF-8: of a page that is in UTF-8 its very bytes, so that nothing is encoded anew."""
    if body.startswith(_MARKS):
        return decode(body, content_type).encode("utf-8", "ignore")
    # Of the encodings that pages have, ISO-2022-JP alone has other characters in the place of ASCII, behind an escape.
    if (b"\x1b" not in body) if body.isascii() else _is_utf8(body):
        return body
    return decode(body, content_type).encode("utf-8", "ignore")


def _is_utf8(body: bytes) -> bool:
    # Piece by piece, for the text is not kept: what fits the processor's cache takes half the time.
    view, place = memoryview(body), 0
    try:
        while place < len(body):
            end = place + _PIECE
            place += codecs.utf_8_decode(view[place:end], "strict", end >= len(body))[1]
    except UnicodeDecodeError:
        return False
    return True


def decode(body: bytes, content_type: str | None = None) -> str:
    """The text of an HTML page; never raises, what cannot be read becomes U+FFFD.

    ``content_type`` is the HTTP header, with its charset parameter if it had one.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    declared = _declared(body, content_type)
    if not declared or declared[0] == "utf-8":
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            return _doubted(body, declared)
    text = body.decode(declared[0], "replace")
    # Said otherwise, yet valid UTF-8 with characters beyond ASCII: that does not happen by chance.
    if not body.isascii():
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return text


def _declared(body: bytes, content_type: str | None) -> list[str]:
    """Python's names of the usable declared encodings, the most trusted first."""
    names = []
    labels = [_CHARSET.search((content_type or "").encode("latin-1", "ignore")), _META.search(body[:8192])]
    for found in labels:
        if found:
            name = encoding_of(found[1].decode("latin-1"))
            if name is not None:
                names.append(name)
    return names


def encoding_of(label: str) -> str | None:
    """Python's name of the encoding that pages and feeds mean by a label; None where there is none."""
    label = label.lower().strip()
    try:
        name = codecs.lookup(_LARGER.get(label, label)).name
    except (LookupError, ValueError):
        return None
    name = _BY_NAME.get(name, name)
    return name if name in _FOR_PAGES else None


def _doubted(body: bytes, declared: list[str]) -> str:
    """Text that is no valid UTF-8: damaged UTF-8, or another encoding altogether."""
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = len(text) - len(text.encode("ascii", "ignore")) - bad
    if good > 4 * bad:
        return text  # a few broken bytes amid real UTF-8
    # In languages of Latin letters those beyond ASCII stand alone, in others side by side.
    runs = sum(map(len, _RUN.findall(body)))
    foreign = runs > _FOREIGN * (len(body) - len(body.decode("ascii", "ignore")))
    if declared and not (foreign and set(declared) == {"utf-8"}):
        return body.decode(next((name for name in declared if name != "utf-8"), "cp1252"), "replace")
    from charset_normalizer import from_bytes

    guess = from_bytes(body[:65536]).best()
    return body.decode(guess.encoding if guess else "cp1252", "replace")
