"""Extraction: any page, as text or bytes, to one record; no page raises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import PARAGRAPHS, RULES, STORY, TITLE, URL, html, ld, read

from scraper import extract
from scraper.extract.decode import decode
from scraper.extract.document import Document
from scraper.sites import Layout, Rule, Site

# -- what a page is


CHALLENGE = """<html><head><title>Just a moment...</title></head><body><h1>news.example</h1>
<p>Checking if the site connection is secure</p><script src="/cdn-cgi/challenge-platform/x"></script></body></html>"""
CONSENT = """<html><head><title>Before you continue</title></head><body><h1>We value your privacy</h1>
<p>We and our 412 partners store and access information on your device.</p><button>Accept all</button></body></html>"""
NOT_FOUND = "<html><head><title>404 Not Found</title></head><body><h1>Page not found</h1><p>The page that you look for is gone.</p></body></html>"


@pytest.mark.parametrize(
    ("page", "kind"),
    [(CHALLENGE, "wall"), (CONSENT, "wall"), (NOT_FOUND, "error")],
    ids=["challenge", "consent", "error"],
)
def test_a_page_that_is_no_story_has_no_body(page: str, kind: str) -> None:
    article = read(page)
    assert (article.kind, article.body, article.body_html, article.images) == (kind, "", "", ())
    assert not article.is_story


def test_a_story_about_walls_is_no_wall() -> None:
    assert read(html(head=ld(STORY), title="Minister orders a security check at every port")).kind == "article"
    text = "".join(f"<p>{p} Accept all cookies, we value your privacy.</p>" for p in PARAGRAPHS * 2)
    assert read(html(body=text, title="Access denied: how captchas changed the web")).kind == "article"


def test_a_story_about_an_error_is_no_error() -> None:
    text = "".join(f"<p>{p}</p>" for p in PARAGRAPHS * 2)
    assert read(html(title="Page not found: the library that lost its own catalogue", body=text)).kind == "article"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (ld(STORY), "article"),
        (ld(STORY | {"@type": "LiveBlogPosting"}), "live"),
        (ld({"@type": "VideoObject", "name": TITLE, "uploadDate": "2026-03-01"}), "video"),
        (ld({"@type": "ImageGallery", "name": TITLE, "datePublished": "2026-03-01"}), "gallery"),
        ('<meta property="og:type" content="article"><meta name="date" content="2026-03-01">', "article"),
        ("", "article"),
    ],
)
def test_kinds_are_told_from_metadata(head: str, kind: str) -> None:
    assert read(html(head=head)).kind == kind


def test_a_home_page_is_a_section_and_a_short_text_is_something_else() -> None:
    assert read(html(), "https://news.example/").kind == "section"
    assert read("<html><title>Contact</title><body><h1>Contact</h1><p>Write to us.</p></body></html>").kind == "other"


# -- bytes


ARABIC = "وصلت العاصفة إلى الساحل الشمالي صباح الثلاثاء"
CHINESE = "風暴於週二清晨抵達北部海岸，镕基"


@pytest.mark.parametrize(
    ("text", "encoding", "content_type", "meta"),
    [
        (ARABIC, "windows-1256", "text/html; charset=windows-1256", ""),
        (ARABIC, "windows-1256", None, "windows-1256"),
        (CHINESE, "gbk", None, "gb2312"),
        (CHINESE, "gb18030", "text/html; charset=GB2312", ""),
        ("café “quoted” – €", "windows-1252", None, "utf-8"),
        ("café “quoted” – €", "windows-1252", "text/html; charset=iso-8859-1", ""),
        ("café “quoted” – €", "utf-8", "text/html; charset=iso-8859-1", "utf-8"),
        ("café “quoted” – €", "utf-8", None, "iso-8859-1"),
        (ARABIC, "utf-8-sig", "text/html; charset=windows-1252", "windows-1252"),
        (ARABIC, "utf-16", "text/html", ""),
        (ARABIC, "utf-8", None, ""),
        (ARABIC, "utf-8", "text/html; charset=no-such-thing", "neither"),
        ("日本語の記事", "shift_jis", 'text/html; charset="Shift_JIS"', ""),
        ("Привет, мир", "koi8-r", "text/html;charset=koi8-r", "windows-1251"),
    ],
)
def test_bytes_are_read_in_the_encoding_that_they_are_in(
    text: str, encoding: str, content_type: str | None, meta: str
) -> None:
    head = f'<meta charset="{meta}">' if meta else ""
    body = f"<html><head>{head}<title>{text}</title></head><body><p>{text}</p></body></html>".encode(encoding)
    assert f"<p>{text}</p>" in decode(body, content_type)
    assert read(body, content_type=content_type).title == text


@pytest.mark.parametrize(
    "label",
    [
        "utf-7",
        "rot13",
        "base64",
        "hex",
        "idna",
        "unicode_escape",
        "raw_unicode_escape",
        "undefined",
        "mbcs",
        "zip",
        "\x00",
        "utf_8_sig",
    ],
)
def test_an_encoding_that_is_none_for_pages_is_not_taken(label: str) -> None:
    body = f'<html><head><meta charset="{label}"></head><body><p>caf\u00e9 \\u0041 +AEE-</p></body></html>'.encode()
    assert "caf\u00e9 \\u0041 +AEE-" in decode(body, f"text/html; charset={label}")


def test_text_and_bytes_read_the_same() -> None:
    page = html(head=ld(STORY))
    assert read(page) == read(page.encode())


# -- hostile pages


@given(
    st.binary(max_size=3000),
    st.sampled_from([None, "text/html", "text/html; charset=gb2312", "text/html; charset=utf-7"]),
)
@settings(max_examples=200)
def test_no_bytes_raise(data: bytes, content_type: str | None) -> None:
    read(data, content_type=content_type)


PIECES = st.sampled_from(
    [
        "<html>", "<head>", "<title>", "</title>", "<p>", "</p>", "<div>", "</div>", "<table>", "<tr>", "<td>", "<a href='", "'>", "</a>", "<br>",
        "<script type='application/ld+json'>", "</script>", '{"@type": "NewsArticle", "headline": ', "[", "]", "{", "}", '"', "null", "<!--", "-->",
        "<meta name='date' content='", "2026-03-01", "<figure><img src='", "http://[", "\x00", "&#0;", "&#xD800;", "<svg>", "<math>", "<template>",
        "<base href='", "<link rel=canonical href='", "word " * 30, "é", "\ud83d\ude00", "<h1>", "<time datetime='", "<noscript>", "<plaintext>",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=200)
def test_no_markup_raises(page: str) -> None:
    read(page)


@pytest.mark.parametrize(
    "page", ["", " ", "<", "<html>", "\x00" * 1000, "<!doctype html>", "plain words", "<frameset><frame src=x>"]
)
def test_a_page_with_nothing_in_it_is_no_story(page: str) -> None:
    article = read(page)
    assert not article.is_story
    assert article.body == ""


@pytest.mark.parametrize("tag", ["div", "b", "blockquote", "table", "li", "a", "font"])
def test_deep_nesting_ends(tag: str) -> None:
    deep = f"<{tag}>" * 20_000 + "words in the middle of it all" + f"</{tag}>" * 20_000
    assert read(html(body=deep)).url
    assert read(html(body=f'<div class="text">{deep}</div>'), site=RULES).url


def test_deep_json_ends() -> None:
    assert read(html(head=ld("[" * 100_000 + "]" * 100_000) + ld('{"@graph":' * 50_000))).kind == "article"


def test_the_clock_of_the_caller_decides_what_is_future() -> None:
    page = html(head='<meta property="article:published_time" content="2026-03-01T08:00:00Z">')
    early = extract(page, URL, fetched_at=datetime(2026, 1, 1, tzinfo=UTC) - timedelta(days=30))
    assert early.published is None or early.published.year < 2026


def test_where_the_first_date_of_a_rule_cannot_be_read_the_next_is() -> None:
    rule = Rule(css=".date")
    site = Site(
        key="news", name="News", hosts=("news.example",), timezone="UTC",
        layouts=(Layout(until=None, rules={"date": (rule,), "body": (Rule(css="main"),)}),),
    )  # fmt: skip
    dates_ = '<p class="date">soon</p><p class="date">2027-01-01</p><p class="date">2026-02-27</p>'
    article = read(html(article=dates_), site=site)
    assert article.published == datetime(2026, 2, 27, tzinfo=UTC)
    assert article.provenance["published"].rule == str(rule)
    assert len([warning for warning in article.warnings if "in the future" in warning]) == 1


def test_of_elements_that_drop_rules_name_twice_and_inside_each_other_none_stays() -> None:
    rules = (Rule(css=".ad"), Rule(css="[data-ad]"), Rule(css=".box .ad"), Rule(css=".note"))
    site = Site(
        key="news", name="News", hosts=("news.example",),
        layouts=(Layout(until=None, rules={"title": (Rule(css="h1"),), "body": (Rule(css="article"),), "drop": rules}),),
    )  # fmt: skip
    box = '<div class="box"><div class="ad note" data-ad><p>Buy <span class="note ad">now</span></p></div></div>'
    article = read(html(article=box), site=site)
    assert "Buy" not in article.body and PARAGRAPHS[0] in article.body


def test_json_that_is_not_quite_json_is_read_as_publishers_write_it() -> None:
    for written in (
        '{"@type": "NewsArticle", "headline": "A\tB", "wordCount": NaN}',
        '{"@type": "NewsArticle", "headline": "A\\tB"};',
    ):
        assert read(html(head=ld(written), title="x")).provenance["title"]


@pytest.mark.parametrize("tag", ["meta", "link", "div"])
def test_microdata_of_a_live_blog_makes_one_whatever_the_element(tag: str) -> None:
    item = f'<{tag} itemscope itemprop="mainEntity" itemtype="https://schema.org/LiveBlogPosting">'
    head = f'{item}<link rel="canonical" href="https://news.example/story">'
    document = Document(f"<html><head>{head}</head><body><p>text</p></body></html>".encode(), "https://news.example/1")
    assert document.is_live_item
    assert document.canonical == "https://news.example/story"
