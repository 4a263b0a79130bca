"""Pages that would keep the parser busy for hours are cut down first, and say so."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.extract import extract
from scraper.extract.bounds import MOST_ATTRIBUTES, MOST_OPEN, bounded
from scraper.sites import unknown_site

URL = "https://news.example/politics/a-story"
#: Processor seconds in which each of these pages is read: a few on an idle machine; without bounds some take hours.
LIMIT = 100.0
PARAGRAPH = "<p>" + "Words of a long story, told once more and to the end. " * 3 + "</p>"
STORY = "<html lang=en><title>A story</title><article><h1>A story</h1>" + PARAGRAPH * 20 + "</article>"
DEEP = f"page: elements nested deeper than {MOST_OPEN} are left out"
WIDE = f"page: attributes beyond {MOST_ATTRIBUTES} of an element are left out"


EMBEDDED = '<title>A story</title><script type="application/json">{{"title": "A story", "html": "{}"}}</script>'


@pytest.mark.parametrize(
    ("page", "warning"),
    [
        pytest.param(STORY + "<div>" * 100_000 + "x", DEEP, id="100,000 deep"),
        pytest.param(STORY + "<pre>" * 100_000 + "x" + "</pre>" * 100_000, DEEP, id="100,000 deep, all closed"),
        pytest.param(STORY + "<!-- <script -->" + "<pre>" * 100_000 + "<script></script>", DEEP, id="100,000 deep after a commented script"),
        pytest.param(STORY + "<p " + " ".join(f"a{n}" for n in range(1_000_000)) + ">x</p>", WIDE, id="1,000,000 attributes"),
        pytest.param(STORY + "<p " + " ".join(f'a{n}=">"' for n in range(1_000_000)) + ">x</p>", WIDE, id="1,000,000 values"),
        pytest.param(STORY + "<p " + " ".join(f"a{n}" for n in range(1_000_000)), WIDE, id="a tag without end"),
        pytest.param(STORY + PARAGRAPH * 130_000, None, id="20 MB of paragraphs"),
        pytest.param(STORY + "<div><i>x</i></div>" * 1_000_000, None, id="20 MB of boxes"),
        pytest.param("<" * 20_000_000, None, id="20 MB of nothing"),
        pytest.param(STORY.replace("<article>", "<article>" + "<meta " * 200_000), None, id="200,000 meta elements without end"),
        pytest.param("<title>A story</title><!--" + "<table <time <meta <nav " * 50_000 + "-->" + "<nav>" * 999 + PARAGRAPH * 9, DEEP, id="a comment full of tags"),
        pytest.param(STORY + "<p>" + "<button>x</button> y " * 100_000, None, id="100,000 buttons in a sentence"),
        pytest.param(STORY + "<p>" + "<span class=teaser>word</span> and more " * 50_000, None, id="50,000 marked words in a sentence"),
        pytest.param(STORY + f"<figure><img srcset='{'a' * 2_000_000}'></figure>", None, id="an image set of 2 MB"),
        pytest.param(STORY + "<figure>" * 900 + "x" * 1_000_000, None, id="900 figures in each other"),
        pytest.param(f"<title>{'word ' * 200_000}</title><h1>{'<span>A</span>' * 50_000}</h1>" + PARAGRAPH * 9, None, id="a title of 1 MB"),
        pytest.param(STORY + "<p class=comment>word and 5 May 2024</p>" * 60_000, None, id="60,000 comments"),
        pytest.param(STORY + "<div class=comment><p>a" * 250_000, DEEP, id="250,000 comments in each other"),
        pytest.param(STORY + "<figcaption class=tags><p>" * 250_000, DEEP, id="250,000 captions in each other"),
        pytest.param(STORY.replace("<title>", "<meta name=keywords content='" + ",".join(f"kw{n} x" for n in range(150_000)) + "'><title>") + PARAGRAPH * 10_000, None, id="150,000 keywords"),
        pytest.param(STORY + "<b>A</b> few <i></i> words" * 150_000, None, id="150,000 elements without text"),
        pytest.param(STORY + "<span>Tags:</span> <a href=/y>x</a> " * 50_000, None, id="50,000 labels"),
        pytest.param(STORY + "<img class=comment alt=word> " * 200_000, None, id="200,000 pictures"),
        pytest.param("<title>A story</title><p>1 " + "a" * 1_000_000 + " 2019</p>" + PARAGRAPH * 9 + "<footer>2019</footer>", None, id="a word of 1 MB"),
        pytest.param(EMBEDDED.format(("<div>" * 500_000 + PARAGRAPH * 5).replace("<", "\\u003c")), None, id="500,000 deep in a script's data"),
    ],
)  # fmt: skip
def test_a_page_beyond_all_bounds_is_read_within_seconds(page: str, warning: str | None) -> None:
    started = time.process_time()
    article = extract(page, URL, site=unknown_site("news.example"))
    assert time.process_time() - started < LIMIT
    assert [each for each in article.warnings if each.startswith("page:")] == ([warning] if warning else [])


@pytest.mark.parametrize("after", ["<div>" * 100_000, "<p " + "a " * 200_000 + ">"])
def test_the_story_of_such_a_page_is_kept(after: str) -> None:
    assert "Words of a long story" in extract(STORY + after, URL, site=unknown_site("news.example")).body


@pytest.mark.parametrize(
    "page",
    [
        PARAGRAPH * 3000,
        "<ul>" + "<li>one" * 30_000,
        "<br>" * 30_000,
        '<img src="data:image/png;base64,' + "A" * 300_000 + '">',
        "<script>" + "if (a<b && c>d) { e('f g h') } " * 15_000 + "</script>" + "<br>" * 9000,
        '<script type="application/ld+json">{"text": "' + "word " * 50_000 + '"}</script>',
    ],
    ids=["paragraphs", "items never closed", "line breaks", "an image in its address", "a script", "data"],
)
def test_ordinary_pages_are_left_alone(page: str) -> None:
    source = page.encode()
    assert bounded(source) == (source, [])


@given(st.binary())
def test_small_pages_are_left_alone(page: bytes) -> None:
    assert bounded(page) == (page, [])
