"""Stories that are cut short for who has not paid, on pages whose data does not say so."""

from __future__ import annotations

import pytest
from test_around_the_story import DATED, RULES, SENTENCES, read

from scraper.extract import extract, paywalls
from scraper.extract.document import Document
from scraper.sites import Site

STUB = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES[:4])
LINES = [
    "Subscribe to continue reading", "To continue reading this article, log in or subscribe today.", "This article is for subscribers only.",
    "Il vous reste 80% de cet article à lire. La suite est réservée aux abonnés.", "Cet article est réservé aux abonnés", "Weiterlesen mit dem Abo", "Jetzt weiterlesen mit AZ+",
    "Nur für Abonnenten", "Suscríbete para seguir leyendo", "Contenuto riservato agli abbonati", "Exclusivo para assinantes", "Lees verder met een abonnement",
    "Tylko dla prenumeratorów", "Endast för prenumeranter", "Этот материал доступен только по подписке", "Devamını okumak için abone olun", "この記事は有料会員限定です。残り 1234文字",
]  # fmt: skip


@pytest.mark.parametrize("site", [None, RULES], ids=["without", "by rules"])
@pytest.mark.parametrize("box", ["<div><p>{}</p></div>", "<div class=paywall><h3>{}</h3><button>OK</button></div>", "<p>{}</p>", "<aside>{}</aside>", "<a href=/pay>{}</a>"])  # fmt: skip
@pytest.mark.parametrize("line", LINES)
def test_a_story_that_ends_with_how_to_read_on_is_behind_a_paywall(line: str, box: str, site: Site | None) -> None:
    article = read(STUB + box.format(line), site=site)
    assert article.paywalled is True
    assert article.provenance["paywalled"].source == "page"
    assert any(warning.startswith("body: cut short, the page says ") for warning in article.warnings)
    assert site is not None or article.body.split("\n\n") == SENTENCES[:4]


@pytest.mark.parametrize(
    "below",
    [
        "<div hidden>Subscribe to continue reading</div>", '<div style="display: none">Subscribe to continue reading</div>',
        "<script>say('Subscribe to continue reading')</script>", "<p>They had to subscribe to the plan, and to sign up to it again in May.</p>",
        f"<footer>{'About the paper. ' * 40} Subscribe to continue reading</footer>", "<p>会員になると会員限定の有料記事もお読みいただけます。</p>", "",
    ],
)  # fmt: skip
def test_what_a_reader_does_not_see_below_a_story_and_what_says_something_else(below: str) -> None:
    article = read(STUB + below)
    assert article.paywalled is None
    assert not any("cut short" in warning for warning in article.warnings)


def test_a_long_story_is_whole_and_what_the_pages_data_says_is_believed() -> None:
    line = f"<p>{LINES[0]}</p>"
    assert read(STUB * 3 + line).paywalled is None
    free = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": true}</script>'
    assert read(STUB + line, DATED + free).paywalled is False


@pytest.mark.parametrize("element", ["html", "body"])
def test_a_page_that_is_hidden_until_all_is_loaded_is_read(element: str) -> None:
    page = f"{'<html hidden>' if element == 'html' else ''}<title>T</title>{'<body hidden>' if element == 'body' else ''}{STUB}"
    article = extract(f"{page}<p>Subscribe to continue reading</p>", "https://news.example/politics/a-story")
    assert article.title == "T"


def test_a_last_line_of_nothing_that_can_be_seen_is_no_end() -> None:
    assert (
        paywalls.told_below(Document(b"<p>Subscribe to continue reading", "https://news.example/a"), "\u2003", 9)
        is None
    )
