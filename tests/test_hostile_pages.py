"""Pages made to hurt the reader: each is read, or given up, within seconds, and none raises."""

from __future__ import annotations

import time

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.extract import extract
from scraper.extract.blocks import read_blocks
from scraper.records import Article
from scraper.sites import unknown_site

URL = "https://news.example/politics/a-story"
#: Processor seconds that reading one of these pages may take; each took a minute and more once.
LIMIT = 30.0
NBSP = "\u00a0"


def story(inside: str, head: str = "") -> str:
    return f"<html lang=en><head><title>A story</title>{head}</head><body><article><h1>A story</h1>{inside}</article></body></html>"


def read(html: str) -> Article:
    started = time.process_time()
    article = extract(html, URL, site=unknown_site("news.example"))
    assert time.process_time() - started < LIMIT
    return article


@pytest.mark.parametrize(
    "href", ["http://[x", "//[placeholder]/tag/x", "http://a..b/tags/x", "\x00", "javascript:1", "/topic/" + "a" * 5000]
)
def test_a_link_that_is_none_costs_nothing(href: str) -> None:
    assert read(story(f"<p>{'Words of a story. ' * 30}</p><a href='{href}'>tag</a>")).kind == "article"


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<title>" + "part - of | it: " * 3000, id="title never closed"),
        pytest.param(story("<p>a</p>" * 20_000), id="many blocks alike"),
        pytest.param(story(f"<h1>A{NBSP * 30_000}x</h1>"), id="NBSP in a heading"),
        pytest.param(story("<p>" + "@" * 40_000 + "</p>"), id="at signs"),
        pytest.param(story("<p>loading" + "-" * 30_000 + "x</p>"), id="dashes"),
        pytest.param(story(f'<p class="byline">By A{NBSP * 30_000}x</p>'), id="NBSP in a byline"),
        pytest.param(story(f"<p>({NBSP * 30_000}x</p>"), id="NBSP in brackets"),
        pytest.param(story('<div class="' + "tags " * 20_000 + '">' + '<a href="/tag/x">x</a>' * 1000 + "</div>"), id="a class without end"),
        pytest.param(story("".join(f'<div class="tag c{n}"><a href="/tag/{n}">x</a></div>' for n in range(5000))), id="5,000 classes"),
        pytest.param(story('<div class="related">' * 2000 + "x" + "</div>" * 2000), id="boxes in boxes"),
        pytest.param(story("<q>" * 6000 + "<p>x</p>" * 6000), id="open inline elements"),
        pytest.param(story("", '<script type="application/ld+json">[' + "1," * 200_000 + "1]</script>"), id="JSON-LD of numbers"),
        pytest.param(story("<p " + " ".join(f"a{n}" for n in range(20_000)) + ">x</p>"), id="20,000 attributes"),
        pytest.param(story("<div>" * 10_000 + "x"), id="10,000 deep"),
    ],
)  # fmt: skip
def test_reading_ends_within_seconds(html: str) -> None:
    read(html)


def test_inline_elements_beyond_reason_are_dropped_and_their_text_is_kept() -> None:
    tree = LexborHTMLParser("<b>" * 40 + "<p>Words, <i>and more</i>.</p>" * 2 + "</b>" * 40 + "<p>The end.</p>")
    blocks = read_blocks([tree.body] if tree.body else [])
    assert [block.text for block in blocks] == ["Words, and more."] * 2 + ["The end."]
    assert all(
        block.html.count("<b>") <= 16 and block.html.count("<b>") == block.html.count("</b>") for block in blocks
    )
