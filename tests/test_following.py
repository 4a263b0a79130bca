"""Where an article in several pages goes on, and where it ends: by what its pages say of themselves."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from scraper.archive.parts import Part
from scraper.parts import follow
from scraper.records import Article, Related
from scraper.sites import unknown_site

FIRST = "https://news.example/a/the-bridge"
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
Pages = dict[str, tuple[Article, str | None]]


def page(number: int, **fields: Any) -> Article:
    url = FIRST if number == 1 else f"{FIRST}?page={number}"
    said = {"kind": "article", "title": "The bridge", "body": f"Text {number}.", "published": NOW} | fields
    return Article(**{"url": url, "site": "news.example"} | said)


def joined(first: Article, pages: Pages, there: str | None = f"{FIRST}?page=2") -> tuple[Article, list[str]]:
    """The article, and the pages that were asked for."""
    asked: list[str] = []

    async def get(url: str, _: Article) -> Part | None:
        asked.append(url)
        article, following = pages[url]
        return Part(url, NOW, article, following)

    article, _ = asyncio.run(follow(first, there, unknown_site("news.example"), get))
    return article, asked


def second(**fields: Any) -> Pages:
    return {f"{FIRST}?page=2": (page(2, **fields), None)}


def test_the_text_is_that_of_all_pages() -> None:
    article, asked = joined(page(1), second())
    assert (article.body, article.warnings) == ("Text 1.\n\nText 2.", ())
    assert asked == [f"{FIRST}?page=2"]


@pytest.mark.parametrize("first", [page(1, kind="gallery"), page(1, kind="section"), page(1, body="")])
def test_what_is_no_article_with_a_text_does_not_go_on(first: Article) -> None:
    assert joined(first, second()) == (first, [])


def test_another_site_is_not_asked() -> None:
    article, asked = joined(page(1), {}, "https://other.example/a/the-bridge?page=2")
    assert (article.body, asked) == ("Text 1.", [])
    assert article.warnings == ("body: page 2 of the article is off the site",)


def test_a_page_that_leads_back_is_no_later_one() -> None:
    article, _ = joined(page(1), second(url=FIRST, body="Text 1, a little later."))
    assert (article.body, article.warnings) == ("Text 1.", ())


@pytest.mark.parametrize(
    ("first", "later", "is_same"),
    [
        ({}, {"title": "The bridge - page 2"}, True),
        ({"title": "The bridge | News"}, {"title": "The Bridge"}, True),
        ({}, {"title": "The bridgehead"}, False),
        ({}, {"title": "Another bridge"}, False),
        ({}, {"title": "Page 2", "canonical_url": FIRST}, True),
        ({"canonical_url": "https://news.example/b"}, {"title": "Page 2", "canonical_url": "https://news.example/b"}, True),
        ({}, {"title": "Page 2", "canonical_url": "https://news.example/b"}, False),
        ({}, {"published": datetime(2026, 3, 2, tzinfo=UTC)}, True),
        ({}, {"published": datetime(2026, 3, 1, tzinfo=UTC)}, False),
        ({}, {"published": None}, True),
        ({"publisher_id": "1"}, {"publisher_id": "2"}, False),
        ({"publisher_id": "1"}, {"publisher_id": None}, True),
    ],
)  # fmt: skip
def test_another_story_is_no_later_page(first: dict[str, Any], later: dict[str, Any], *, is_same: bool) -> None:
    article, _ = joined(page(1, **first), second(**later))
    assert article.body == ("Text 1.\n\nText 2." if is_same else "Text 1.")


def test_links_from_page_to_page_are_no_related_ones() -> None:
    def links(*urls: str) -> tuple[Related, ...]:
        return tuple(Related(url=url, kind="inline", text="") for url in urls)

    other = "https://news.example/a/the-ferry"
    first = page(1, related=links(f"{FIRST}?page=2", f"{FIRST}?page=3", other))
    pages: Pages = {
        f"{FIRST}?page=2": (page(2, related=links(FIRST, f"{FIRST}?page=3", other)), f"{FIRST}?page=3"),
        f"{FIRST}?page=3": (page(3, related=links(FIRST)), None),
    }
    article, _ = joined(first, pages)
    assert [link.url for link in article.related] == [other]


@pytest.mark.parametrize(("said", "of_all"), [((None, None), None), ((False, None), False), ((False, True), True)])
def test_a_paywall_before_one_page_is_one(said: tuple[bool | None, bool | None], of_all: bool | None) -> None:
    article, _ = joined(page(1, paywalled=said[0]), second(paywalled=said[1]))
    assert article.paywalled is of_all
