"""The images of pages without rules: which are the story's, and whose they are."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from scraper.extract import extract
from scraper.records import Article
from scraper.sites import unknown_site

TITLE = "The council votes for a new bridge"
PROSE = "".join(f"<p>The council of Ardmere met for the {n} time on Monday, and spoke about the bridge for three hours.</p>" for n in range(6))  # fmt: skip
OG = '<meta property="og:image" content="/lead.jpg">'


def read(body: str, head: str = "", *, box: str = "article") -> Article:
    markup = f"<html lang=en><title>{TITLE}</title>{head}<body><{box} class=x><h1>{TITLE}</h1>{body}</{box}>"
    return extract(markup, "https://news.example/bridge", site=unknown_site("news.example"), fetched_at=datetime(2025, 1, 1, tzinfo=UTC))  # fmt: skip


def names(article: Article) -> list[str]:
    return [image.url.removeprefix("https://news.example/") for image in article.images]


@pytest.mark.parametrize("box", ["article", "div"])
@pytest.mark.parametrize(
    "picture",
    [
        "<figure><img src=/a.jpg></figure>",
        "<figure><amp-img src=/a.jpg></amp-img></figure>",
        "<p><img src=/a.jpg width=800></p>",
        "<p><a href=/a-large.jpg><img src=/a.jpg></a></p>",
        '<div class="wp-caption"><img src=/a.jpg><p class="wp-caption-text">The bridge</p></div>',
        "<div class=separator><a href=/a-large.jpg><img src=/a.jpg></a></div>",
        "<figure><a href=#zoom><img src=/a.jpg></a><figcaption>From <a href=/archive>the archive</a></figcaption></figure>",
    ],
)  # fmt: skip
def test_pictures_among_the_paragraphs_are_the_storys(picture: str, box: str) -> None:
    assert names(read(PROSE + picture + PROSE, box=box)) == ["a.jpg"]


@pytest.mark.parametrize("box", ["article", "div"])
@pytest.mark.parametrize(
    "picture",
    [
        "<p><img src=/pixel.gif></p>",
        "<p><img src=/a.jpg width=48 height=48></p>",
        '<p><img class=avatar src=/a.jpg></p>',
        "<p><a href=/another-story><img src=/a.jpg></a></p>",
        "<a href=/another-story><figure><img src=/a.jpg></figure></a>",
        "<figure><a href=/another-story><img src=/a.jpg></a></figure>",
        "<aside><figure><img src=/a.jpg></figure></aside>",
        '<div class="related"><figure><img src=/a.jpg></figure><h3><a href=/another-story>Another story of the town</a></h3></div>',
    ],
)  # fmt: skip
def test_signs_faces_and_teasers_are_not(picture: str, box: str) -> None:
    assert names(read(PROSE + picture + PROSE, OG, box=box)) == ["lead.jpg"]


def test_the_image_that_the_page_names_comes_first_where_no_figure_has_it() -> None:
    inside = "<p><img src=/inside.jpg></p>"
    assert names(read(PROSE + inside + PROSE, OG)) == ["lead.jpg", "inside.jpg"]
    assert names(read("<p><img src=/lead-300x200.jpg></p>" + inside + PROSE, OG)) == ["lead-300x200.jpg", "inside.jpg"]
    assert names(read("<figure><img src=/a.jpg></figure>" + PROSE, OG)) == ["a.jpg"]


@pytest.mark.parametrize(
    ("caption", "credit"),
    [
        ("The bridge. Foto: Anna Lee", "Anna Lee"),
        ("The bridge. Credit: Anna Lee/AFP", "Anna Lee/AFP"),
        ("The bridge.Credit: A. Lee", "A. Lee"),
        ("The bridge © Anna Lee", "Anna Lee"),
        ("Photo by Anna Lee", "Anna Lee"),
        ("The bridge in May. AP Photo/Anna Lee", "AP Photo/Anna Lee"),
        ("The bridge (Photo: Anna Lee)", "Anna Lee"),
        ("The bridge (left) in May", None),
        ("Im Bild: Anna Lee", None),
        ("The photo: a gift of the mayor", None),
        ("A source of pride for all", None),
    ],
)
def test_a_credit_is_what_a_caption_ends_with(caption: str, credit: str | None) -> None:
    [image] = read(f"<figure><img src=/a.jpg><figcaption>{caption}</figcaption></figure>{PROSE}").images
    assert (image.caption, image.credit) == (caption, credit)


def test_a_page_of_pictures_takes_no_longer() -> None:
    started = time.process_time()
    for many in (
        "<p><img src=/a.jpg>",
        "<div><img src=/a.jpg>",
        "<figure><a href=/x><img src=/a.jpg></a></figure>",
        "<br><br>",
    ):
        read(many * 5000)
    assert time.process_time() - started < 20
