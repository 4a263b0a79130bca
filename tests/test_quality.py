"""The generic extractor on the fixture pages, with the selector files away: it may get better, never worse.

The floors are what it reached when they were last raised.  The pages are small and full of traps, so the
figures say nothing of real sites; ``bench/quality.py`` measures those.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from scraper import fixtures
from scraper.extract import extract
from scraper.records import Article, iso
from scraper.sites import unknown_site
from scraper.urls import host_of

PAGES = fixtures.load(Path(__file__).parent / "fixtures" / "pages")


@cache
def read() -> list[tuple[fixtures.Fixture, Article]]:
    """Each page with what is read of it."""
    return [
        (page, extract(page.page(), page.url, site=unknown_site(host_of(page.url)), content_type=page.content_type))
        for page in PAGES
    ]


def f1(wanted: str, got: str) -> float:
    """The harmonic mean of how many of the words got were wanted and of those wanted were got."""
    mine, theirs = Counter(got.split()), Counter(wanted.split())
    shared = (mine & theirs).total()
    return 2 * shared / (mine.total() + theirs.total()) if shared else 0.0


def share(field: str) -> float:
    """The share of the pages on which a field is exactly as expected, of those that expect one."""
    expected = [(page.expected[field], getattr(article, field)) for page, article in read() if page.expected.get(field)]
    right = [
        wanted == (iso(got) if field == "published" else list(got) if isinstance(got, tuple) else got)
        for wanted, got in expected
    ]
    return sum(right) / len(right)


@pytest.mark.parametrize(
    ("field", "floor"), [("title", 0.91), ("published", 0.95), ("authors", 0.91), ("tags", 0.79), ("language", 1.0), ("kind", 0.98)]
)  # fmt: skip
def test_fields_are_as_often_right_as_ever(field: str, floor: float) -> None:
    assert share(field) >= floor


def test_bodies_are_as_near_as_ever() -> None:
    stories = [(page, article) for page, article in read() if page.expected.get("body")]
    scores = [f1("\n\n".join(page.expected["body"]), article.body) for page, article in stories]
    assert sum(scores) / len(scores) >= 0.89
    assert sum(score == 1 for score in scores) >= 8


def test_the_column_alone_reads_simple_pages() -> None:
    sources = Counter(article.provenance["body"].source for _, article in read() if "body" in article.provenance)
    assert sources["page"] >= 3
