"""Extraction: any page, as text or bytes, to one record; no page raises."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper import explain, extract
from scraper.extract import dates
from scraper.extract.decode import decode
from scraper.extract.document import Document
from scraper.records import Article, to_json
from scraper.sites import Discover, Layout, Rule, Site

URL = "https://news.example/world/storm-reaches-the-coast"
SEEN = datetime(2026, 3, 2, 12, tzinfo=UTC)
TITLE = "Storm reaches the northern coast after two days"
PARAGRAPHS = (
    "The storm that formed over the western sea on Sunday reached the northern coast early on Tuesday, the weather service said.",
    "Ferries stayed in port from Kellmouth to Brannoch, and three schools on the outer islands will open an hour later than usual.",
    "Engineers of the water board checked the sea wall through the night and found no damage beyond two loosened stones.",
    "Winds are expected to ease by the evening, although gusts of up to ninety kilometres an hour remain possible inland.",
    "The last storm of this strength was recorded eleven years ago, when the harbour road was closed for almost two weeks.",
)


def html(*, head: str = "", body: str = "", article: str = "", title: str = TITLE, lang: str = "en") -> str:
    """A news page without any rules: enough prose for it to be one."""
    text = body or "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    return f"""<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title} | News</title>{head}</head>
<body><nav><a href="/">Home</a></nav><main><article><h1>{title}</h1>{article}{text}</article></main>
<footer><p>All rights reserved.</p></footer></body></html>"""


def ld(data: Any) -> str:
    return f'<script type="application/ld+json">{data if isinstance(data, str) else json.dumps(data)}</script>'


def read(page: str | bytes, url: str = URL, **more: Any) -> Article:
    article = extract(page, url, fetched_at=SEEN, **more)
    assert to_json(article)
    return article


STORY = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": TITLE,
    "datePublished": "2026-03-01T08:00:00+02:00",
    "dateModified": "2026-03-01T09:30:00Z",
    "author": [{"@type": "Person", "name": "Oda Ferrin"}, {"@type": "Person", "name": "Ilse Varga"}],
    "articleSection": "World",
    "keywords": "storm, coast, Storm",
    "description": "Ferries stay in port.",
    "inLanguage": "en-GB",
    "isAccessibleForFree": "False",
}
EIGHT = datetime(2026, 3, 1, 6, tzinfo=UTC)


def assert_is_the_story(article: Article) -> None:
    assert article.kind == "article"
    assert (article.title, article.published, article.authors) == (TITLE, EIGHT, ("Oda Ferrin", "Ilse Varga"))
    assert article.published_zone == "printed"


# -- structured data


def test_json_ld_gives_the_fields() -> None:
    article = read(html(head=ld(STORY)))
    assert_is_the_story(article)
    assert article.modified == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert article.published_raw == "2026-03-01T08:00:00+02:00"
    assert (article.section, article.tags, article.language) == ("World", ("storm", "coast"), "en")
    assert (article.summary, article.paywalled) == ("Ferries stay in port.", True)
    assert article.provenance["published"].source == "json-ld"
    assert article.provenance["published"].rule == "datePublished"


PLAIN = json.dumps(STORY)
WRITTEN = {
    "graph": json.dumps({"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "News"}, STORY]}),
    "list": json.dumps([{"@type": "Organization", "name": "News"}, STORY]),
    "list of types": json.dumps(STORY | {"@type": ["Article", "NewsArticle"]}),
    "type with a prefix": json.dumps(STORY | {"@type": "schema:NewsArticle"}),
    "type with a URL": json.dumps(STORY | {"@type": "http://schema.org/NewsArticle"}),
    "CDATA": f"//<![CDATA[\n{PLAIN}\n//]]>",
    "bare CDATA": f"<![CDATA[{PLAIN}]]>",
    "comment": f"<!--\n{PLAIN}\n-->",
    "trailing semicolon": PLAIN + ";\n",
    "trailing comma": PLAIN[:-1] + ",}",
    "control characters": PLAIN.replace("Ferries stay", "Ferries\n\tstay\x01"),
    "escaped": PLAIN.replace('"', "&quot;"),
    "name as object": json.dumps(
        STORY | {"author": [{"name": {"@value": "x", "name": "Oda Ferrin"}}, {"name": ["Ilse Varga"]}]}
    ),
    "names as texts": json.dumps(STORY | {"author": ["Oda Ferrin", "Ilse Varga"]}),
    "null entries": json.dumps(
        [None, STORY | {"author": [None, *STORY["author"]], "keywords": [None, "storm"], "image": None}]
    ),
    "main entity": json.dumps({"@type": "WebPage", "mainEntity": STORY}),
    "odd neighbours": json.dumps([7, "text", True, [], {}, {"@type": None}, {"@type": 7}, STORY]),
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN.keys())
def test_json_ld_is_read_as_publishers_write_it(written: str) -> None:
    assert_is_the_story(read(html(head=ld(written))))


def test_a_broken_block_does_not_hide_the_good_one() -> None:
    assert_is_the_story(read(html(head=ld('{"@type": "NewsArticle", "headline": ') + ld("") + ld(STORY))))


@pytest.mark.parametrize("first", [True, False])
def test_the_block_about_another_article_is_not_believed(first: bool) -> None:
    other = STORY | {
        "headline": "Another story",
        "url": "https://news.example/another",
        "datePublished": "2020-01-01",
        "author": "Somebody Else",
    }
    mine = STORY | {"mainEntityOfPage": {"@type": "WebPage", "@id": URL + "?utm_source=x"}}
    blocks = [ld(other), ld(mine)]
    assert_is_the_story(read(html(head="".join(blocks if first else blocks[::-1]))))


@pytest.mark.parametrize("bad", ["http://[", "http://[news]/x", "https://news.example:port/", "\ud83d", "//["])
def test_an_address_in_json_ld_that_is_none_does_no_harm(bad: str) -> None:
    assert_is_the_story(read(html(head=ld(STORY | {"url": bad, "@id": bad, "mainEntityOfPage": bad}))))


def test_half_an_emoji_does_no_harm() -> None:
    """Publishers cut headlines after so many UTF-16 units, in the middle of a pair too."""
    article = read(
        html(
            head=ld(STORY | {"headline": "Cut \ud83d", "keywords": ["\ude00 tag"], "description": "x\ud83d"}),
            title="Cut",
        )
    )
    for text in (article.title, article.summary, *article.tags):
        assert (text or "").encode("utf-8")


@pytest.mark.parametrize("value", [None, [], {}, 7, 1e400, True, [[["x"]]], {"name": {"name": {"name": 7}}}, "", " "])
@pytest.mark.parametrize(
    "field", ["headline", "datePublished", "author", "keywords", "articleSection", "description", "inLanguage", "@type"]
)
def test_no_value_in_json_ld_raises(field: str, value: Any) -> None:
    assert read(html(head=ld(STORY | {field: value}))).kind == "article"


def test_meta_elements_give_the_fields() -> None:
    head = """<meta property="og:title" content="Storm reaches the northern coast after two days">
    <meta property="og:type" content="article"><meta property="article:published_time" content="2026-03-01T08:00:00+02:00">
    <meta name="author" content="Oda Ferrin, Ilse Varga"><meta property="article:section" content="World">
    <meta property="article:tag" content="storm"><meta property="article:tag" content="coast, sea">
    <meta name="description" content="Ferries stay in port."><meta property="og:locale" content="en_GB">
    <meta property="article:content_tier" content="metered">"""
    article = read(html(head=head))
    assert_is_the_story(article)
    assert (article.section, article.tags, article.summary) == (
        "World",
        ("storm", "coast", "sea"),
        "Ferries stay in port.",
    )
    assert article.paywalled is True
    assert article.provenance["published"].rule == "article:published_time"


def test_microdata_gives_the_fields() -> None:
    top = """<meta itemprop="datePublished" content="2026-03-01T08:00:00+02:00">
    <p>By <span itemprop="author"><span itemprop="name">Oda Ferrin</span></span> and <span itemprop="author">Ilse Varga</span></p>"""
    assert_is_the_story(read(html(article=top)))


def test_the_sites_own_rules_go_before_structured_data() -> None:
    layout = Layout(
        until=None,
        rules={"title": (Rule(css=".hed"),), "body": (Rule(css="article"),), "section": (Rule(css=".none"),)},
    )
    site = Site(key="news.example", name="News", hosts=("news.example",), layouts=(layout,))
    article = read(html(head=ld(STORY), article='<p class="hed">As printed</p>'), site=site)
    assert (article.title, article.provenance["title"].source) == ("As printed", "site")
    assert (article.section, article.provenance["section"].source) == ("World", "json-ld")


def test_explain_says_what_every_source_said() -> None:
    head = ld(STORY) + '<meta property="article:published_time" content="2026-03-01">'
    explained = explain(html(head=head), URL, fetched_at=SEEN)
    assert [candidate.source for candidate in explained.candidates["published"]][:2] == ["json-ld", "meta"]
    assert explained.article == extract(html(head=head), URL, fetched_at=SEEN)


# -- addresses


@pytest.mark.parametrize(
    ("href", "canonical"),
    [
        ("/a", "https://news.example/a"),
        ("https://www.news.example/a?utm_source=x", "https://www.news.example/a"),
        ("https://other.example/a", None),
        ("/", None),
        ("", None),
        ("http://[", None),
    ],
)
def test_a_canonical_address_is_believed_on_its_own_site_only(href: str, canonical: str | None) -> None:
    assert read(html(head=f'<link rel="canonical" href="{href}">')).canonical_url == canonical


# -- dates


def dated(raw: str, *, lang: str = "en", site: Site | None = None) -> Article:
    return read(html(head=f'<meta property="article:published_time" content="{raw}">', lang=lang), site=site)


def test_a_printed_zone_is_told_from_an_assumed_one() -> None:
    cairo = Site(key="news.example", name="News", hosts=("news.example",), timezone="Africa/Cairo")
    printed, assumed = dated("2026-03-01T08:00:00+02:00", site=cairo), dated("2026-03-01T08:00:00", site=cairo)
    assert (printed.published, printed.published_zone) == (EIGHT, "printed")
    assert (assumed.published, assumed.published_zone) == (EIGHT, "assumed")
    assert dated("2026-03-01T08:00:00").published == datetime(2026, 3, 1, 8, tzinfo=UTC)


def test_a_date_in_the_future_is_refused_with_a_warning() -> None:
    article = dated("2031-01-01T00:00:00Z")
    assert article.published is None or article.published <= SEEN
    assert any("future" in warning for warning in article.warnings)
    assert dated("2026-03-02T23:00:00Z").published == datetime(2026, 3, 2, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "language", "when"),
    [
        ("1 مارس 2026 13:18", "ar", (13, 18)),
        ("١ مارس ٢٠٢٦ ١٣:١٨", "ar", (13, 18)),
        ("1 آذار 2026 13:18", "ar", (13, 18)),
        ("1 de marzo de 2026 13:18", "es", (13, 18)),
        ("1 mar 2026, 13:18", "es", (13, 18)),
        ("1 de março de 2026 às 13:18", "pt", (13, 18)),
        ("2026年3月1日 13:18", "zh", (13, 18)),
        ("1 Mar 2026 13:18", "en", (13, 18)),
        ("March 1, 2026 1:18 PM", "en", (13, 18)),
        ("March 1, 2026 at 1:18 p.m.", "en", (13, 18)),
        ("Published on 1 March 2026 13:18", "en", (13, 18)),
        ("Sun, 01 Mar 2026 13:18:00 +0000", "en", (13, 18)),
        ("2026-03-01 13:18", "en", (13, 18)),
        ("2026-03-01T13:18:00.1234567Z", "en", (13, 18)),
        ("1 March 2026", "en", (0, 0)),
        ("1 März 2026", "de", (0, 0)),
        ("1 mars 2026", "fr", (0, 0)),
        ("1 marzo 2026", "it", (0, 0)),
        ("1 March 2026 13:18", "xx", (13, 18)),
    ],
)
def test_dates_are_read_as_printed(raw: str, language: str, when: tuple[int, int]) -> None:
    found = dates.parse(raw, language=language)
    assert found is not None
    assert found.when == datetime(2026, 3, 1, *when, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        "", "yesterday", "2026", "17", "3", "1234567890", "0000-00-00", "2026-02-30", "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1 Jan 2024 10:00 +99999999999999", "Mon, 1 Jan 2024 99:99:99 GMT",
        "2026-03-01T10:00:00+99:99", "x" * 500, "\x00", "March", "12:30",
    ],
)  # fmt: skip
def test_what_is_no_date_is_none(raw: str) -> None:
    assert dates.parse(raw, language="en") is None


@given(st.text(alphabet="0123456789-:+TZ. /,apmGMTJanFebM年月日٣") | st.text())
def test_no_text_makes_the_date_reader_raise(raw: str) -> None:
    found = dates.parse(raw, language="en")
    assert found is None or found.when.tzinfo is UTC


def test_the_date_in_the_address_is_better_than_none() -> None:
    assert read(html(), "https://news.example/2026/02/27/storm").published == datetime(2026, 2, 27, tzinfo=UTC)


# -- authors


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ("By Oda Ferrin", ("Oda Ferrin",)),
        ("by: Oda Ferrin", ("Oda Ferrin",)),
        ("BY ODA FERRIN", ("ODA FERRIN",)),
        ("Written by Oda Ferrin", ("Oda Ferrin",)),
        ("Por Oda Ferrin y Ilse Varga", ("Oda Ferrin", "Ilse Varga")),
        ("بقلم: سمر حداد", ("سمر حداد",)),
        ("Oda Ferrin, Ilse Varga and Tom Byrd", ("Oda Ferrin", "Ilse Varga", "Tom Byrd")),
        ("Oda Ferrin & Ilse Varga", ("Oda Ferrin", "Ilse Varga")),
        ("Oda Ferrin | 1 March 2026", ("Oda Ferrin",)),
        ("Oda Ferrin, 12:30", ("Oda Ferrin",)),
        ("Oda Ferrin, ODA FERRIN", ("Oda Ferrin",)),
        ("Byron Andersen", ("Byron Andersen",)),
        ("https://news.example/staff/oda", ()),
        ("admin", ()),
        ("oda@news.example", ()),
    ],
)
def test_bylines_become_names(byline: str, authors: tuple[str, ...]) -> None:
    article = read(html(head=f'<meta name="author" content="{byline.replace("&", "&amp;")}">'))
    assert article.authors == authors


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


# -- the text


RULES = Site(
    key="news.example", name="News", hosts=("news.example",), discover=Discover(),
    layouts=(Layout(until=None, rules={"title": (Rule(css="h1"),), "body": (Rule(css=".text"),)}),),
)  # fmt: skip


def body_of(inner: str) -> Article:
    """A page whose text is found by a rule, so that only the reading of it is looked at."""
    return read(html(head=ld(STORY), body=f'<div class="text">{inner}</div>'), site=RULES)


@pytest.mark.parametrize(
    ("inner", "body"),
    [
        ("<p>One <b>two</b> three</p>", "One two three"),
        ("<p>un<b>believ</b>able, <em>really</em>.</p>", "unbelievable, really."),
        ("<p>a<span> b</span><a href='/x'>c</a>d</p>", "a bcd"),
        ("<p>One<br>two</p>", "One two"),
        ("<p>One<br><br>two<br/> <br/>three</p>", "One\n\ntwo\n\nthree"),
        ("One<br><br>two", "One\n\ntwo"),
        ("<div>One</div><div>two</div>", "One\n\ntwo"),
        ("<div>One<p>two</p>three</div>", "One\n\ntwo\n\nthree"),
        ("<p>  One\n\t two  </p><p>&nbsp;</p><p> </p>", "One two"),
        ("<h2>Head</h2><p>text</p>", "Head\n\ntext"),
        ("<ul><li>one</li><li>two</li></ul>", "one\n\ntwo"),
        ("<blockquote><p>said</p></blockquote>", "said"),
        ("<p>“Curly” — dash… ‘x’</p>", "“Curly” — dash… ‘x’"),
        ("<p>a&nbsp;b</p>", "a\u00a0b"),
        ("<p>&lt;b&gt; &amp;amp; x</p>", "<b> &amp; x"),
        ("<p>one</p><script>var x = 'no'</script><style>p {}</style><noscript>no</noscript><p>two</p>", "one\n\ntwo"),
        ("<p>one</p><p hidden>no</p><p style='display: none'>no</p><p>two</p>", "one\n\ntwo"),
        ("<p>one</p><aside><p>no</p></aside><figure><figcaption>no</figcaption></figure><form>no</form>", "one"),
        ("<p>H<sub>2</sub>O</p>", "H2O"),
        ("<p>العَرَبِيَّة</p>", "العَرَبِيَّة"),
    ],
)
def test_blocks_make_paragraphs_and_inline_tags_glue_or_part_no_words(inner: str, body: str) -> None:
    assert body_of(inner).body == body


def test_a_layout_table_is_prose_and_a_data_table_is_rows() -> None:
    layout = "<table><tr><td><p>One paragraph.</p><p>Another.</p></td><td><div>A third.</div></td></tr></table>"
    assert body_of(layout).body == "One paragraph.\n\nAnother.\n\nA third."
    data = "<table><tr><th>Town</th><th>Wind</th></tr><tr><td>Kellmouth</td><td>90</td></tr><tr><td></td><td></td></tr></table>"
    article = body_of(data)
    assert article.body == "Town | Wind\n\nKellmouth | 90"
    assert "<td>Kellmouth</td>" in article.body_html


def test_pre_is_kept_as_it_stands() -> None:
    assert body_of("<p>x</p><pre>\na  b\n\n  c\n</pre>").body == "x\n\na  b\n\n  c"


def test_body_html_has_structure_and_nothing_that_runs() -> None:
    article = body_of(
        """<h3>Head</h3><p onclick="steal()" style="x" class="y">One <b onmouseover="x()">two</b> <a href="javascript:alert(1)">three</a>
        <a href=" JaVaScRiPt:alert(1)">four</a> <a href="data:text/html,x">five</a> <a href="/six" target="_blank">six</a></p>
        <script>steal()</script><iframe src="//evil.example"></iframe><svg onload="x()"></svg><img src=x onerror="x()">
        <p>&lt;script&gt;alert(1)&lt;/script&gt; <a href='"&gt;&lt;script&gt;x'>q</a></p><math><mi xlink:href="javascript:x">m</mi></math>
        <ul><li>a</li><li>b</li></ul><blockquote>said</blockquote>"""
    )
    made = article.body_html.lower()
    for bad in (
        "<script",
        "onclick",
        "onmouseover",
        "javascript:",
        "data:text",
        "<iframe",
        "<svg",
        "<img",
        "style=",
        "class=",
        "onerror",
    ):
        assert bad not in made
    assert "<h3>Head</h3>" in article.body_html
    assert '<a href="https://news.example/six">six</a>' in article.body_html
    assert "<ul><li>a</li><li>b</li></ul>" in article.body_html
    assert "<blockquote><p>said</p></blockquote>" in article.body_html
    assert "&lt;script&gt;" in article.body_html


def test_a_page_without_rules_is_sanitised_too() -> None:
    evil = '<p onclick="x()">' + PARAGRAPHS[0] + ' <a href="javascript:x()">y</a></p><script>steal()</script>'
    article = read(html(body=evil + "".join(f"<p>{p}</p>" for p in PARAGRAPHS[1:])))
    assert PARAGRAPHS[1] in article.body
    for bad in ("<script", "onclick", "javascript:"):
        assert bad not in article.body_html.lower()


def test_a_page_without_rules_gives_every_paragraph_once_and_no_chrome() -> None:
    article = read(html(head=ld(STORY)))
    assert [p for p in article.body.split("\n\n") if p in PARAGRAPHS] == list(PARAGRAPHS)
    assert "All rights reserved" not in article.body
    assert "Home" not in article.body
    assert article.word_count == len(article.body.split())


def test_links_in_the_text_and_lines_that_lead_on_are_told_apart() -> None:
    article = body_of(
        '<p>One <a href="/one">first</a> and <a href="#note">note</a>.</p><p>Read more: <a href="/two">Second story</a></p><p>End.</p>'
    )
    assert [(link.kind, link.url, link.text) for link in article.related] == [
        ("inline", "https://news.example/one", "first"),
        ("read_more", "https://news.example/two", "Second story"),
    ]
    assert article.body == "One first and note.\n\nEnd."


# -- images


def test_lazy_images_are_resolved_and_captions_kept() -> None:
    article = body_of(
        """<p>Text.</p>
        <figure><img src="data:image/gif;base64,R0" data-src="/real.jpg" alt=" The wall "><figcaption>The sea wall on Tuesday (Oda Ferrin)</figcaption></figure>
        <figure><img src="/blank.gif" data-srcset="/s.jpg 320w, /l.jpg 1280w"></figure>
        <figure><noscript><img src="/noscript.jpg" alt="n"></noscript></figure>
        <figure><picture><source srcset="/p.webp 2x"><img src="/placeholder.png"></picture></figure>
        <figure><img src="/real.jpg"></figure><figure><img></figure>"""
    )
    urls = [image.url.removeprefix("https://news.example") for image in article.images]
    assert urls == ["/real.jpg", "/l.jpg", "/noscript.jpg", "/p.webp"]
    first = article.images[0]
    assert (first.alt, first.caption, first.credit) == (
        "The wall",
        "The sea wall on Tuesday (Oda Ferrin)",
        "Oda Ferrin",
    )


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
