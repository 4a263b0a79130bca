"""The title of a story among what its page calls it: without the names of sites and sections, and kickers."""

from __future__ import annotations

import pytest
from test_systems_of_the_world import OG, PROSE, page

TITLE = "Minimum wage to rise in spring"
URL = "https://www.ardmerepost.example/politics/minimum-wage"


def titled(element: str, body: str = "", head: str = OG) -> str | None:
    return page(f"{body}<div>{PROSE}</div>", head=head, title=element, url=URL).title


def said(headline: str, og: str) -> str:
    return (
        f'{OG}<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "{headline}"}}</script>'
        f'<meta property="og:title" content="{og}">'
    )


@pytest.mark.parametrize(
    "element",
    [
        f"{TITLE} « Ardmere Daily", f"{TITLE} » Ardmere Daily", f"{TITLE} :: Ardmere Daily", f"{TITLE} › Ardmere Daily", f"{TITLE} ⋆ Ardmere Daily",
        f"{TITLE} | Towns | Ardmere Daily", f"{TITLE} -- Ardmere Daily", f"{TITLE}_Ardmere Post", f"The Ardmere Post - {TITLE}", f"Ardmere Post | {TITLE}",
        f"One News - {TITLE}", f"One News | {TITLE}",
    ],
)  # fmt: skip
def test_names_of_the_site_and_its_sections_around_a_title(element: str) -> None:
    assert titled(element) == TITLE


@pytest.mark.parametrize("element", ["Le maire : « Nous partons » dit-il aux siens", "Wages, prices | and rents"])
def test_marks_in_a_title_that_part_nothing(element: str) -> None:
    assert titled(element, f"<h1>{element}</h1>") == element


@pytest.mark.parametrize(
    "headline", [f"<h2>{TITLE}</h2>", f"<h3>{TITLE}</h3>", f"<font size=5><b>{TITLE}</b></font>", f"<p class=hl>{TITLE}</p>"]
)  # fmt: skip
@pytest.mark.parametrize("element", ["{} - Radio Three, the station of the whole coast", "Radio Three: {}"])
def test_a_title_without_a_heading_of_the_first_rank(headline: str, element: str) -> None:
    assert titled(element.format(TITLE), f"<a href=/>Radio Three</a>{headline}") == TITLE


@pytest.mark.parametrize("logo", ["<h1>Radio Three</h1>", "<h1><a href=/>Radio Three</a></h1>", "<h1>The Ardmere Post</h1>"])  # fmt: skip
def test_a_heading_that_is_the_name_of_the_site(logo: str) -> None:
    assert titled(f"{TITLE} - Radio Three", f"{logo}<h2>{TITLE}</h2>") == TITLE


def test_of_several_headings_the_one_that_the_title_element_has() -> None:
    assert titled(f"{TITLE} - Radio Three", f"<h1>Storm warning for the whole coast</h1><h1>{TITLE}</h1>") == TITLE


def test_a_title_behind_kickers_that_differ() -> None:
    head = f'{OG}<meta property="og:title" content="The council votes: {TITLE}">'
    assert titled(f"The council votes: {TITLE} - Radio Three", f"<h1>Politics today - {TITLE}</h1>", head) == TITLE
    head = f'{OG}<meta property="og:title" content="Towns this week: {TITLE}">'
    assert titled("x", f"<h1>Towns this month: {TITLE}</h1>", head) == f"Towns this week: {TITLE}"


def test_of_a_title_in_two_spellings_the_first_source_is_quoted() -> None:
    assert titled("x", f"<h1>{TITLE}</h1>", said(f"{TITLE} ...", f"{TITLE}?")) == f"{TITLE} ..."


def test_a_heading_whose_words_run_into_one_another_is_not_quoted() -> None:
    head = said("Prices", f"Pay / {TITLE}")
    assert titled(f"Pay / {TITLE}", f"<h1><span>Pay</span><b>{TITLE}</b></h1>", head) == f"Pay / {TITLE}"
