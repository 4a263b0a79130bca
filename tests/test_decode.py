"""Bytes to text: what publishers declare, what they send, and what is believed where the two differ."""

from __future__ import annotations

import pytest

from scraper.extract.decode import decode

ARABIC = "وصلت العاصفة إلى الساحل الشمالي صباح الثلاثاء، وقالت الوزارة إنها أغلقت المدارس"
RUSSIAN = "Шторм достиг северного побережья во вторник утром, школы закрыты"
FRENCH = "L’été à la côte – « déjà vu », 5 €"
HTML, UTF8 = "text/html", "text/html; charset=UTF-8"


def page(text: str, encoding: str, meta: str = "", before: str = "") -> bytes:
    """A page in an encoding, with a meta element as written."""
    made = f"<!doctype html><html><head>{before}{meta}<title>x</title></head><body><p>{text}</p></body></html>"
    return made.encode(encoding)


def said(label: str) -> str:
    return f'<meta charset="{label}">'


@pytest.mark.parametrize(
    ("text", "encoding", "label"),
    [
        (ARABIC, "windows-1256", "windows-1256"),
        (ARABIC, "windows-1256", "cp1256"),
        ("Příliš žluťoučký kůň", "windows-1250", "windows-1250"),
        ("Příliš žluťoučký kůň", "iso8859-2", "ISO-8859-2"),
        (RUSSIAN, "windows-1251", "windows-1251"),
        (RUSSIAN, "koi8-r", "KOI8-R"),
        ("Η καταιγίδα έφτασε στην ακτή", "windows-1253", "windows-1253"),
        ("İstanbul’da fırtına, okullar kapalı", "windows-1254", "iso-8859-9"),
        ("הסערה הגיעה לחוף הצפוני", "windows-1255", "windows-1255"),
        ("พายุถึงชายฝั่ง", "cp874", "tis-620"),
        ("嵐が北海岸に到達した①", "cp932", "Shift_JIS"),
        ("嵐が北海岸に到達した", "euc_jp", "EUC-JP"),
        ("폭풍이 해안에 도달했다 똠", "cp949", "euc-kr"),
        ("風暴抵達北部海岸", "big5", "Big5"),
        ("风暴抵达北部海岸，镕基，喆", "gbk", "gb2312"),
        (FRENCH, "windows-1252", "iso-8859-1"),
        (FRENCH, "windows-1252", "us-ascii"),
    ],
)
@pytest.mark.parametrize("place", ["header", "meta", "http-equiv"])
def test_a_declared_encoding_is_read_with_its_larger_sister(text: str, encoding: str, label: str, place: str) -> None:
    meta = {"header": "", "meta": said(label)}.get(
        place, f'<meta http-equiv="Content-Type" content="text/html; charset={label}">'
    )
    header = f"text/html; charset={label}" if place == "header" else HTML
    assert f"<p>{text}</p>" in decode(page(text, encoding, meta), header)


@pytest.mark.parametrize(
    ("text", "encoding", "header", "meta"),
    [
        (FRENCH, "windows-1252", UTF8, ""),
        (FRENCH, "windows-1252", HTML, said("utf-8")),
        (FRENCH, "windows-1252", UTF8, said("utf-8")),
        # A server's default charset stands before whatever its pages say of themselves.
        (ARABIC, "windows-1256", UTF8, said("windows-1256")),
        (RUSSIAN, "windows-1251", UTF8, said("windows-1251")),
        ("风暴抵达北部海岸，镕基", "gbk", UTF8, said("gb2312")),
        (FRENCH, "windows-1252", UTF8, said("iso-8859-1")),
        (ARABIC, "utf-8", "text/html; charset=iso-8859-1", said("utf-8")),
        (ARABIC, "utf-8", "text/html; charset=windows-1256", ""),
        (ARABIC, "utf-8", HTML, said("gb2312")),
        (RUSSIAN, "koi8-r", "text/html; charset=koi8-r", said("windows-1251")),
        (ARABIC, "windows-1256", "text/html; charset=nonsense", said("windows-1256")),
    ],
)
def test_a_wrong_declaration_is_seen_through(text: str, encoding: str, header: str, meta: str) -> None:
    assert f"<p>{text}</p>" in decode(page(text, encoding, meta), header)


@pytest.mark.parametrize(
    ("mark", "encoding"), [(b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")]
)
@pytest.mark.parametrize("header", [None, HTML, "text/html; charset=windows-1256"])
def test_a_byte_order_mark_is_believed_before_all_else(mark: bytes, encoding: str, header: str | None) -> None:
    text = decode(mark + page(ARABIC, encoding, said("windows-1252")), header)
    assert text.startswith("<!doctype html>")
    assert f"<p>{ARABIC}</p>" in text


def test_a_meta_far_down_the_head_counts() -> None:
    before = "<script>" + "x" * 5000 + "</script>"
    assert ARABIC in decode(page(ARABIC, "windows-1256", said("windows-1256"), before), HTML)


def test_one_broken_character_does_not_cost_the_others() -> None:
    body = page(ARABIC, "utf-8", said("utf-8")).replace(b"</p>", b"\xd8 \xff</p>")
    for header in (HTML, UTF8):
        text = decode(body, header)
        assert ARABIC in text
        assert text.count("\ufffd") == 2


def test_text_cut_in_the_midst_of_a_character_is_read_to_there() -> None:
    body = page(ARABIC, "utf-8")
    cut = body[: body.rindex("س".encode()) + 1]
    assert ARABIC[:-10] in decode(cut, UTF8)


@pytest.mark.parametrize("label", ["", " ", '"', "utf-8;", ";", "utf8", "UTF-8 ", "'utf-8'"])
def test_a_label_written_oddly_does_no_harm(label: str) -> None:
    assert ARABIC in decode(page(ARABIC, "utf-8"), f"text/html; charset={label}")
