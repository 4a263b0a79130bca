"""Dates and authors: what is read from them, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import EIGHT, SEEN, html, read

from scraper.extract import dates
from scraper.records import Article
from scraper.sites import Site

# -- dates


def dated(raw: str, *, lang: str = "en", site: Site | None = None) -> Article:
    return read(html(head=f'<meta property="article:published_time" content="{raw}">', lang=lang), site=site)


def test_a_printed_zone_is_told_from_an_assumed_one() -> None:
    cairo = Site(key="news.example", name="News", hosts=("news.example",), timezone="Africa/Cairo")
    printed, assumed = dated("2026-03-01T08:00:00+02:00", site=cairo), dated("2026-03-01T08:00:00", site=cairo)
    assert (printed.published, printed.published_zone) == (EIGHT, "printed")
    assert (assumed.published, assumed.published_zone) == (EIGHT, "assumed")
    assert dated("2026-03-01T08:00:00").published == datetime(2026, 3, 1, 8, tzinfo=UTC)


def test_a_date_in_the_future_is_refused_with_a_warning() -> None:
    article = dated("2031-01-01T00:00:00Z")
    assert article.published is None or article.published <= SEEN
    assert any("future" in warning for warning in article.warnings)
    assert dated("2026-03-02T23:00:00Z").published == datetime(2026, 3, 2, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "language", "when"),
    [
        ("1 مارس 2026 13:18", "ar", (13, 18)),
        ("١ مارس ٢٠٢٦ ١٣:١٨", "ar", (13, 18)),
        ("1 آذار 2026 13:18", "ar", (13, 18)),
        ("1 de marzo de 2026 13:18", "es", (13, 18)),
        ("1 mar 2026, 13:18", "es", (13, 18)),
        ("1 de março de 2026 às 13:18", "pt", (13, 18)),
        ("2026年3月1日 13:18", "zh", (13, 18)),
        ("1 Mar 2026 13:18", "en", (13, 18)),
        ("March 1, 2026 1:18 PM", "en", (13, 18)),
        ("March 1, 2026 at 1:18 p.m.", "en", (13, 18)),
        ("Published on 1 March 2026 13:18", "en", (13, 18)),
        ("Sun, 01 Mar 2026 13:18:00 +0000", "en", (13, 18)),
        ("2026-03-01 13:18", "en", (13, 18)),
        ("2026-03-01T13:18:00.1234567Z", "en", (13, 18)),
        ("1 March 2026", "en", (0, 0)),
        ("1 März 2026", "de", (0, 0)),
        ("1 mars 2026", "fr", (0, 0)),
        ("1 marzo 2026", "it", (0, 0)),
        ("1 March 2026 13:18", "xx", (13, 18)),
    ],
)
def test_dates_are_read_as_printed(raw: str, language: str, when: tuple[int, int]) -> None:
    found = dates.parse(raw, language=language)
    assert found is not None
    assert found.when == datetime(2026, 3, 1, *when, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        "", "yesterday", "2026", "17", "3", "1234567890", "0000-00-00", "2026-02-30", "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1 Jan 2024 10:00 +99999999999999", "Mon, 1 Jan 2024 99:99:99 GMT",
        "2026-03-01T10:00:00+99:99", "x" * 500, "\x00", "March", "12:30",
    ],
)  # fmt: skip
def test_what_is_no_date_is_none(raw: str) -> None:
    assert dates.parse(raw, language="en") is None


@given(st.text(alphabet="0123456789-:+TZ. /,apmGMTJanFebM年月日٣") | st.text())
def test_no_text_makes_the_date_reader_raise(raw: str) -> None:
    found = dates.parse(raw, language="en")
    assert found is None or found.when.tzinfo is UTC


def test_the_date_in_the_address_is_better_than_none() -> None:
    assert read(html(), "https://news.example/2026/02/27/storm").published == datetime(2026, 2, 27, tzinfo=UTC)


# -- authors


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ("By Oda Ferrin", ("Oda Ferrin",)),
        ("by: Oda Ferrin", ("Oda Ferrin",)),
        ("BY ODA FERRIN", ("ODA FERRIN",)),
        ("Written by Oda Ferrin", ("Oda Ferrin",)),
        ("Por Oda Ferrin y Ilse Varga", ("Oda Ferrin", "Ilse Varga")),
        ("بقلم: سمر حداد", ("سمر حداد",)),
        ("Oda Ferrin, Ilse Varga and Tom Byrd", ("Oda Ferrin", "Ilse Varga", "Tom Byrd")),
        ("Oda Ferrin & Ilse Varga", ("Oda Ferrin", "Ilse Varga")),
        ("Oda Ferrin | 1 March 2026", ("Oda Ferrin",)),
        ("Oda Ferrin, 12:30", ("Oda Ferrin",)),
        ("Oda Ferrin, ODA FERRIN", ("Oda Ferrin",)),
        ("Byron Andersen", ("Byron Andersen",)),
        ("https://news.example/staff/oda", ()),
        ("admin", ()),
        ("oda@news.example", ()),
    ],
)
def test_bylines_become_names(byline: str, authors: tuple[str, ...]) -> None:
    article = read(html(head=f'<meta name="author" content="{byline.replace("&", "&amp;")}">'))
    assert article.authors == authors
