"""Pages that show no story, and have it in the data of their scripts."""

from __future__ import annotations

import json

import pytest

from scraper.extract import extract
from scraper.records import Article

URL = "https://news.example/politics/the-council-votes-on-the-bridge"
TITLE = "The council votes on the bridge"
PARAGRAPHS = [
    "The council of Ardmere voted on Tuesday for the new bridge across the Lenn, after a debate of seven hours.",
    "Work is to begin in the spring, said the mayor, and the old ferry will run until the last pillar stands.",
    "Opponents, among them the owners of the ferry, spoke of a waste of money that nobody would remember in a year.",
    "The vote was 19 to 4. Two members of the council were absent, and one of them wrote that he had missed his train.",
]
OTHERS = [
    f"Sentence {n} of a story about the harvest in the valleys, which has nothing to do with any bridge."
    for n in range(9)
]
BODY = "\n\n".join(PARAGRAPHS)


def markup(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def page(script: str, *, shown: str = "", head: str = "") -> Article:
    head = f'<title>{TITLE}</title><meta property="og:type" content="article">{head}'
    return extract(f"<html><head>{head}</head><body><main>{shown}</main>{script}</body></html>", URL)


def data(value: object) -> str:
    return f'<script id="__DATA__" type="application/json">{escaped(value)}</script>'


def escaped(value: object) -> str:
    return json.dumps(value).replace("<", "\\u003c")


STORY = {"detail": {"title": TITLE, "contentHtml": markup(PARAGRAPHS[:2]) + "$$AD$$" + markup(PARAGRAPHS[2:])}}
OTHER = {"title": "A rich harvest in all the valleys", "contentHtml": markup(OTHERS)}


@pytest.mark.parametrize(
    ("script", "rule"),
    [
        (data(STORY), "script#__DATA__.detail.contentHtml"),
        (
            f'<script>window["q"] = window["q"] || []; window["q"].push({escaped(STORY)})</script>',
            "script.detail.contentHtml",
        ),
        (f"<script>var a = [no json, b]; window.__STATE__ = {escaped(STORY)};</script>", "script.detail.contentHtml"),
        (data({"title": TITLE, "text": {"paragraphs": PARAGRAPHS}}), "script#__DATA__.text.paragraphs"),
        (
            data({"headline": TITLE, "parts": [{"type": "text", "content": text} for text in PARAGRAPHS]}),
            "script#__DATA__.parts",
        ),
        # of two stories the one with the page's title, however long the other
        (data({"a": OTHER, "b": STORY, "c": OTHER}), "script#__DATA__.b.detail.contentHtml"),
        (data({"pageTitle": TITLE, "more": [OTHER], "story": STORY}), "script#__DATA__.story.detail.contentHtml"),
    ],
)
def test_the_story_is_found_beside_its_title(script: str, rule: str) -> None:
    article = page(script)
    assert (article.body, article.kind, article.warnings[1:]) == (BODY, "article", ())
    assert (article.provenance["body"].source, article.provenance["body"].rule) == ("embedded", rule)


def test_the_text_in_json_ld_is_the_last_resort() -> None:
    story = {"@type": "NewsArticle", "headline": TITLE, "articleBody": "\n".join(PARAGRAPHS)}
    article = page("", head=f'<script type="application/ld+json">{escaped(story)}</script>')
    assert (article.body, article.provenance["body"].rule) == (BODY, "articleBody")


def test_what_the_page_shows_is_the_story() -> None:
    article = page(
        data({"title": TITLE, "contentHtml": markup(OTHERS)}), shown=f"<article>{markup(PARAGRAPHS)}</article>"
    )
    assert article.body == BODY


@pytest.mark.parametrize(
    "script",
    [
        data(OTHER),
        data({"title": TITLE, "contentHtml": "<p>Too short.</p>"}),
        data({"title": TITLE, "a": {"b": {"c": {"d": {"e": OTHER["contentHtml"]}}}}}),  # too far away to be its own
        data({"title": TITLE, "keys": ["one-long-word" * 40] * 4}),
        f"<script>f({escaped(STORY)[:-40]}</script>",
        "<script>" + "x=[" * 5000 + "</script>",
        f'<script type="application/json">{"[" * 50_000}</script>',
        f"<script>{'(' + escaped(list(range(200))) + ';'}{'({' * 500}{escaped(STORY)}</script>",
    ],
)
def test_nothing_else_is_taken_for_it(script: str) -> None:
    article = page(script)
    assert (article.body, article.provenance.get("body")) == ("", None)
