"""The text of a story: paragraphs, lists, quotes, tables, and its images."""

from __future__ import annotations

import pytest
from pages import PARAGRAPHS, RULES, STORY, html, ld, read

from scraper.records import Article

# -- the text


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
