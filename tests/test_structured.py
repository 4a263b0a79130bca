"""Structured data of a page, in the shapes and with the faults of real ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pages import SEEN, STORY, URL, assert_is_the_story, html, ld, read

from scraper import explain, extract
from scraper.sites import Layout, Rule, Site

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
