"""Stories in several parts: the posts of a live blog with their times, the next page of an article in pages."""

from __future__ import annotations

import json

import pytest

from scraper.extract import extract, next_page
from scraper.sites import Layout, Rule, Site, unknown_site

URL = "https://news.example/politics/the-vote-live"
FIRST = "The council of Ardmere has begun its session, an hour late, and with two members missing from the benches."
SECOND = "The mayor speaks for the bridge. He says that the ferry will run until the last pillar stands in the river."
THIRD = "The vote is over: 19 to 4 for the bridge. In the gallery, the owners of the ferry leave without a word."
FOURTH = "That was the session of Ardmere's council. We close this page here, and thank you for your company tonight."
TEXTS = (FIRST, SECOND, THIRD, FOURTH)
TYPE = (
    '<script type="application/ld+json">{"@type": "LiveBlogPosting", "datePublished": "2026-02-03T10:00:00Z"}</script>'
)
BY_RULES = Site(
    key="news.example",
    name="",
    hosts=("news.example",),
    layouts=(Layout(None, {"title": (Rule(css="h1"),), "body": (Rule(css="main"),)}),),
)


def page(posts: str, head: str = TYPE) -> str:
    return f"<html lang=en><head>{head}</head><body><h1>The vote on the bridge</h1><main>{posts}</main></body></html>"


def with_times(times: tuple[str, ...]) -> list[str]:
    return [line for time, text in zip(times, TEXTS, strict=True) for line in (time, text)]


@pytest.mark.parametrize("site", [BY_RULES, unknown_site("news.example")], ids=["by rules", "without"])
@pytest.mark.parametrize(
    ("stamp", "times"),
    [
        ('<time datetime="2026-02-03T10:0{n}:00Z">10.0{n}h</time>', tuple(f"10.0{n}h" for n in range(4))),
        ('<time datetime="2026-02-03T10:0{n}:00Z"></time>', tuple(f"2026-02-03T10:0{n}:00Z" for n in range(4))),
        ('<div class="share"><time datetime="2026-02-03T10:0{n}:00Z">10:0{n}</time></div>', tuple(f"10:0{n}" for n in range(4))),
    ],
)  # fmt: skip
def test_each_post_of_a_live_blog_has_its_time(site: Site, stamp: str, times: tuple[str, ...]) -> None:
    posts = "".join(f"<article>{stamp.format(n=n)}<p>{text}</p></article>" for n, text in enumerate(TEXTS))
    article = extract(page(posts), URL, site=site)
    assert article.kind == "live"
    assert article.body.split("\n\n") == with_times(times)


POSTS = [
    '<div class=post><time datetime="2026-02-03T10:0{n}:00Z">10:0{n}</time><p>{text}</p></div>',
    "<div class=post><div class=share><span><time>10:0{n}</time></span></div><div><p>{text}</p></div></div>",
    "<article><div><time>10:0{n}</time></div><div><time>11:0{n}</time></div><p>{text}</p></article>",
]


@pytest.mark.parametrize("site", [BY_RULES, unknown_site("news.example")], ids=["by rules", "without"])
@pytest.mark.parametrize("top", ["", "<div class=date><time>3 February</time></div>"])
@pytest.mark.parametrize("post", POSTS, ids=["boxes", "deep", "changed"])
def test_posts_in_an_article_that_holds_them_all_have_their_own_times(post: str, top: str, site: Site) -> None:
    posts = "".join(post.format(n=n, text=text) for n, text in enumerate(TEXTS))
    markup = f"<article><h1>The vote on the bridge</h1>{top}<div class=liveblog>{posts}</div></article>"
    lines = extract(page("").replace("<main></main>", f"<main>{markup}</main>"), URL, site=site).body.split("\n\n")
    times = tuple(f"10:0{n}" for n in range(4))
    assert [line for line in lines if line in {*TEXTS, *times}] == with_times(times)


def test_two_posts_in_one_section_have_a_time_each() -> None:
    posts = "".join(f'<div><time datetime="10:0{n}"></time><p>{text}</p></div>' for n, text in enumerate(TEXTS[:2]))
    lines = extract(page(f"<section>{posts}</section>"), URL, site=BY_RULES).body.split("\n\n")
    assert lines == ["10:00", TEXTS[0], "10:01", TEXTS[1]]


def test_the_times_of_posts_are_taken_from_json_ld_where_the_page_prints_none() -> None:
    updates = [
        {"@type": "BlogPosting", "datePublished": f"2026-02-03T10:0{n}:00Z", "articleBody": text}
        for n, text in enumerate(TEXTS)
    ]
    head = f'<script type="application/ld+json">{json.dumps({"@type": "LiveBlogPosting", "liveBlogUpdate": updates})}</script>'
    article = extract(page("".join(f"<div><p>{text}</p></div>" for text in TEXTS), head), URL, site=BY_RULES)
    assert article.body.split("\n\n") == with_times(tuple(f"2026-02-03T10:0{n}:00Z" for n in range(4)))


def test_a_time_that_is_in_the_body_is_not_put_there_again() -> None:
    posts = "".join(
        f'<article><h3>What happened at point {n}</h3><time datetime="2026-02-03T10:0{n}:00Z">10:0{n}</time><p>{text}</p></article>'
        for n, text in enumerate(TEXTS)
    )
    blocks = extract(page(posts), URL, site=BY_RULES).body.split("\n\n")
    assert blocks[:4] == ["What happened at point 0", "10:00", FIRST, "What happened at point 1"]


def test_an_article_that_is_no_live_blog_gets_no_times() -> None:
    posts = "".join(
        f'<article><time datetime="2026-02-03">3 February</time><div></div><p>{text}</p></article>' for text in TEXTS
    )
    assert "2026-02-03" not in extract(page(posts, ""), URL, site=BY_RULES).body


@pytest.mark.parametrize("update", ["null", "[]", "7", '[{"datePublished": 7, "headline": []}]', '[[{"headline": "x"}]]', '{"datePublished": "x"}'])  # fmt: skip
def test_updates_that_make_no_sense_cost_nothing(update: str) -> None:
    head = f'<script type="application/ld+json">{{"@type": "LiveBlogPosting", "liveBlogUpdate": {update}}}</script>'
    assert FIRST in extract(page("".join(f"<p>{text}</p>" for text in TEXTS), head), URL, site=BY_RULES).body


STORY = "https://news.example/politics/the-bridge"


@pytest.mark.parametrize(
    ("here", "markup", "there"),
    [
        (STORY, '<link rel="next" href="?page=2">', f"{STORY}?page=2"),
        (STORY, '<a rel="next" href="/politics/the-bridge/2">more</a>', f"{STORY}/2"),
        (STORY, '<a href="/politics/the-bridge/page/2/">2</a>', f"{STORY}/page/2/"),
        (f"{STORY}/", '<a href="/politics/the-bridge/2/">Page 2</a>', f"{STORY}/2/"),
        (f"{STORY}.html", '<a href="the-bridge-2.html">2</a>', f"{STORY}-2.html"),
        (f"{STORY}?page=2", '<a href="?page=1">1</a><a href="?page=3">3</a>', f"{STORY}?page=3"),
        (f"{STORY}?id=7&page=2", '<a rel="next" href="?id=7&amp;page=3">&gt;</a>', f"{STORY}?id=7&page=3"),
        (f"{STORY}/3", '<a href="4">4</a>', f"{STORY}/4"),
        (STORY, '<link rel="next" href="?page=2"><a href="?page=2">Weiter</a>', f"{STORY}?page=2"),
        (STORY, "<a HREF = '?page=2'>2</a><a href='?page=2'>Next</a>", f"{STORY}?page=2"),
        # the next article, which is no next page
        (STORY, '<a rel="next" href="/politics/another-story">Next</a>', None),
        (f"{STORY}?id=7", '<a rel="next" href="?id=8">Next</a>', None),
        (f"{STORY}-2025", '<a rel="next" href="/politics/the-bridge-2026">Next</a>', None),
        (STORY, '<a rel="next" href="https://other.example/politics/the-bridge?page=2">2</a>', None),
        # pages that are not the next
        (f"{STORY}?page=3", '<a href="?page=1">1</a><a href="?page=2">2</a>', None),
        (STORY, '<a href="?page=3">3</a>', None),
        (STORY, '<a href="/politics/the-bridge/2#comments">Write a comment</a>', None),
        (STORY, '<a href="?page=all">All on one page</a>', None),
        (STORY, '<a rel="next" href="http://[x">2</a>', None),
        (STORY, "", None),
    ],
)  # fmt: skip
def test_the_next_page_of_an_article(here: str, markup: str, there: str | None) -> None:
    assert next_page(f"<title>The bridge</title><p>Words.</p>{markup}", here) == there
