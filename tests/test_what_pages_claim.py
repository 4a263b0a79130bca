"""What pages claim of their authors, tags, title, language and kind, and what of it is so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from test_fields_of_the_world import OG as DATED
from test_fields_of_the_world import PROSE, URL

from scraper.extract import authors, dates, extract
from scraper.records import Article
from scraper.sites import unknown_site

SWAHILI = "Baraza la mji lilikutana Jumatatu na kujadili mishahara ya watu wote wa mji huo kwa muda wa saa tatu. " * 8


def read(body: str, head: str = "", *, title: str = "Minimum wage to rise", lang: str = "en", attributes: str = "") -> Article:  # fmt: skip
    markup = f"<html lang={lang}><head><title>{title}</title>{head}</head><body {attributes}><main><article><h1>{title}</h1>{body}</article></main>"
    return extract(markup, URL, site=unknown_site("news.example"), fetched_at=datetime(2025, 1, 1, tzinfo=UTC))


def data(said: str) -> str:
    return f'<script type="application/ld+json">{said}</script>'


# -- authors


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("ANNA BERG, AP Auto Writer", ("ANNA BERG",)),
        ("By Anna Berg, National Political Correspondent", ("Anna Berg",)),
        ("Anna Berg, MS, RDN", ("Anna Berg",)),
        ("Anna Berg, M.D.", ("Anna Berg",)),
        ("Reuters November 18, 2019 4:30 PM", ("Reuters",)),
        ("by Anna Berg Monday, November 18, 2019", ("Anna Berg",)),
        ("By Anna Berg | 5 March 2024", ("Anna Berg",)),
        ("Von Jan Fall, 5. März 2024, 10:30 Uhr", ("Jan Fall",)),
        ("Anna Berg 05/03/2024", ("Anna Berg",)),
        ("Текст: Анна Берг", ("Анна Берг",)),
        ("Text: Anna Berg, Fotos: Jan Fall", ("Anna Berg",)),
        ("Photo by Jan Fall", ()),
        ("Jane May", ("Jane May",)),
        ("April March, Jean Foto", ("April March", "Jean Foto")),
        ("JR", ("JR",)),
        ("MS", ("MS",)),
    ],
)
def test_bylines_name_people_and_nothing_else(byline: str, names: tuple[str, ...]) -> None:
    assert authors.clean([byline]) == names


def test_a_byline_of_a_megabyte_takes_no_time() -> None:
    assert authors.clean(["March " * 80 + "x", "1 " * 240, " , " * 160, "Monday " * 70]) is not None


def test_an_author_may_stand_elsewhere_in_the_graph() -> None:
    graph = (
        '{"@graph": [{"@type": "NewsArticle", "headline": "Minimum wage to rise", "author": {"@id": "#/person/7"}},'
        '{"@type": "Person", "@id": "#/person/7", "name": "Anna Berg"}, {"@type": "Person", "@id": "#/person/8", "name": "Jan Fall"}]}'
    )
    assert read(PROSE, data(graph)).authors == ("Anna Berg",)
    circle = '{"@graph": [{"@type": "NewsArticle", "author": {"@id": "a"}}, {"@id": "a", "name": {"@id": "a"}}]}'
    assert read(PROSE, data(circle)).authors == ()


# -- dates


@pytest.mark.parametrize(
    ("lang", "day"), [("en-GB", "2024-03-05"), ("en-AU", "2024-03-05"), ("en-US", "2024-05-03"), ("en", "2024-05-03"), ("fr-CA", "2024-03-05")]
)  # fmt: skip
def test_the_region_of_a_page_tells_days_from_months(lang: str, day: str) -> None:
    found = dates.parse("05/03/2024", language=lang)
    assert found is not None
    assert f"{found.when:%Y-%m-%d}" == day
    article = read(PROSE, '<meta name="pubdate" content="05/03/2024">', lang=lang)
    assert article.published is not None
    assert f"{article.published:%Y-%m-%d}" == day


def test_a_page_that_says_no_more_than_that_it_is_one_knows_its_date() -> None:
    of_it = f'{{"@type": "WebPage", "@id": "{URL}", "name": "Minimum wage to rise - The Example", "datePublished": "2024-03-05T10:00:00Z", "author": {{"name": "The webmaster"}}}}'
    article = read(PROSE, data(of_it))
    assert (article.published, article.title) == (datetime(2024, 3, 5, 10, tzinfo=UTC), "Minimum wage to rise")
    assert article.authors == ()
    assert "published" not in [
        field
        for field, said in read(PROSE, data(of_it.replace("/politics/", "/sport/"))).provenance.items()
        if said.source == "json-ld"
    ]


# -- tags and titles


def test_what_systems_leave_in_keywords_is_no_tag() -> None:
    keywords = "wages, &amp;quot, PG&amp;amp;, AT&amp;, @front-river, R&amp;D, Council of Ardmere, Minimum wage to rise for all who work in the town - The Example"
    title = "Minimum wage to rise for all who work in the town - The Example"
    assert read(PROSE, f'<meta name="keywords" content="{keywords}">', title=title).tags == (
        "wages",
        "R&D",
        "Council of Ardmere",
    )


@pytest.mark.parametrize("suffix", [" - The Example", " – News.Example", " — news", " | The Example"])
def test_the_name_of_the_site_is_no_part_of_a_title(suffix: str) -> None:
    head = f'<meta property="og:site_name" content="The Example"><meta property="og:title" content="Minimum wage to rise{suffix}">'
    markup = f"<html lang=en><head><title>Minimum wage to rise{suffix}</title>{head}</head><body><article>{PROSE}"
    assert extract(markup, URL, site=unknown_site("news.example")).title == "Minimum wage to rise"


@pytest.mark.parametrize("title", ["Ardmere: the wages of news", "Good news-news", "Who makes the news - and why"])
def test_words_that_only_look_like_the_name_of_the_site_stay(title: str) -> None:
    assert read(PROSE, title=title).title == title


# -- language


def test_a_text_that_cannot_be_in_the_language_of_its_page_is_asked_itself() -> None:
    article = read(f"<p>{SWAHILI}</p>" * 3, DATED)
    assert article.language == "sw"
    assert article.provenance["language"].source == "text"
    assert "language: the page says en, the text is sw" in article.warnings
    article = read(PROSE, DATED, lang="de")
    assert (article.language, article.provenance["language"].source) == ("en", "text")


def test_a_page_is_believed_where_its_text_may_be_so() -> None:
    article = read(PROSE, DATED)
    assert (article.language, article.provenance["language"].source) == ("en", "page")
    assert not article.warnings
    assert read("<p>Ankunft 10:30, Abfahrt 10:35.</p>" * 3, DATED).language == "en"  # too short to tell


# -- kinds


@pytest.mark.parametrize(
    "consent",
    [
        "We and our 834 partners store and access information on a device, such as cookies, and process personal data.",
        "Wir und unsere Partner speichern Informationen auf einem Gerät, zum Beispiel Cookies, und verarbeiten personenbezogene Daten.",
        "Nous et nos 834 partenaires stockons des informations sur un appareil, telles que des cookies.",
    ],
)
def test_what_consent_forms_say_is_no_story_whatever_the_page_calls_itself(consent: str) -> None:
    article = read(f"<p>{consent}</p><p>You may change your choice at any time, dear reader, on this very page.</p>", DATED)  # fmt: skip
    assert (article.kind, article.body) == ("wall", "")
    brief = (
        "<p>“We and our partners will build the bridge,” said the mayor on Monday, after a debate of three hours.</p>"
    )
    assert read(brief, DATED).kind == "article"


@pytest.mark.parametrize(
    ("classes", "kind"),
    [
        ("archive category category-politics hfeed", "section"), ("path-taxonomy", "section"), ("search-results", "section"),
        ("single single-post archive", "article"), ("home-page", "article"),
    ],
)  # fmt: skip
def test_a_page_whose_system_calls_it_an_archive_is_a_section(classes: str, kind: str) -> None:
    assert read(PROSE, attributes=f'class="{classes}"').kind == kind
    assert read(PROSE, DATED, attributes=f'class="{classes}"').kind == "article"
