"""Pages made for tests of extraction."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from scraper import extract
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


RULES = Site(
    key="news.example", name="News", hosts=("news.example",), discover=Discover(),
    layouts=(Layout(until=None, rules={"title": (Rule(css="h1"),), "body": (Rule(css=".text"),)}),),
)  # fmt: skip
