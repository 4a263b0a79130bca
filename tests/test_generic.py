"""Pages without rules: the title that the page agrees on, its tags and authors, the story without its surroundings."""

from __future__ import annotations

import json
import re

import pytest

from scraper import languages
from scraper.extract import extract
from scraper.extract.blocks import Block
from scraper.extract.document import Document
from scraper.extract.mending import confirmed, mended
from scraper.extract.prune import pruned
from scraper.records import Article

URL = "https://news.example/politics/the-council-votes-on-the-bridge"
PARAGRAPHS = [
    "The council of Ardmere voted on Tuesday for the new bridge across the Lenn, after a debate of seven hours.",
    "Work is to begin in the spring, said the mayor, and the old ferry will run until the last pillar stands.",
    "Opponents, among them the owners of the ferry, spoke of a waste of money that nobody would remember in a year.",
    "The vote was 19 to 4. Two members of the council were absent, and one of them wrote that he had missed his train.",
]


def read(
    *, head: str = "", top: str = "<h1>The council votes on the bridge</h1>", extra: str = "", below: str = ""
) -> Article:
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    html = f'<html lang="en"><head>{head}</head><body><article>{top}{extra}{body}</article>{below}</body></html>'
    return extract(html, URL)


def ld(**said: object) -> str:
    story = {"@type": "NewsArticle", "datePublished": "2026-02-03T10:00:00Z"} | said
    return f'<script type="application/ld+json">{json.dumps(story)}</script>'


# -- title


@pytest.mark.parametrize(
    ("head", "top", "title"),
    [
        # the site's name behind it, in any dress
        (
            '<title>Bridge agreed at last | The Ardmere Post</title><meta property="og:title" content="Bridge agreed at last">',
            "",
            "Bridge agreed at last",
        ),
        ("<title>Bridge agreed at last - The Ardmere Post</title>", "", "Bridge agreed at last"),
        (
            '<meta property="og:title" content="Bridge agreed at last-Politics:The Post"><meta name="headline" content="Bridge agreed at last">',
            "",
            "Bridge agreed at last",
        ),
        # two against one: the heading has a kicker glued to it
        (
            ld(headline="Bridge agreed at last") + '<meta property="og:title" content="Bridge agreed at last">',
            "<h1>Politics Bridge agreed at last</h1>",
            "Bridge agreed at last",
        ),
        # other quotation marks are no other title
        (
            '<title>"Never" says the ferry</title>' + ld(headline="“Never” says the ferry"),
            '<h1>"Never" says the ferry</h1>',
            "“Never” says the ferry",
        ),
        # a heading of the site is none of the story's
        ('<meta property="og:title" content="Bridge agreed at last">', "<h1>The Ardmere Post</h1>", "Bridge agreed at last"),
    ],
)  # fmt: skip
def test_the_title_is_what_most_of_the_page_agrees_on(head: str, top: str, title: str) -> None:
    assert read(head=head, top=top).title == title


# -- authors


@pytest.mark.parametrize(
    ("head", "extra", "authors"),
    [
        (ld(author=[{"name": "Ilva Korr (ik)"}, {"name": "Tam Redd"}]), "", ("Ilva Korr", "Tam Redd")),
        # the publisher's own name only where nobody names a person
        (
            ld(author={"name": "The Post"}, publisher={"name": "The Post"}),
            '<a rel="author" href="/by/korr">Ilva Korr</a>',
            ("Ilva Korr",),
        ),
        (ld(author={"name": "The Post"}, publisher={"name": "The Post"}), "", ("The Post",)),
        # names never glued
        (
            "",
            '<div class="byline"><span>Ilva Korr</span><span>Tam Redd</span></div>',
            ("Ilva Korr", "Tam Redd"),
        ),
        # nor an agency, unless it signs beside a person; nor a desk of the publisher's, nor the hour
        (
            ld(author={"name": "The Post"}, publisher={"name": "The Post"}),
            '<div class="byline">red, thepost.example/ Agenturen</div>',
            ("The Post",),
        ),
        (ld(author=[{"name": "Ilva Korr"}, {"name": "AFP"}]), "", ("Ilva Korr", "AFP")),
        (ld(author={"name": "Reuters"}), '<div class="byline">Reuters 12:20pm Jan 7</div>', ("Reuters",)),
        (ld(publisher={"name": "TVA"}), '<div class="byline">Ilva Korr, TVA Nord</div>', ("Ilva Korr",)),
        # a teaser's author is another item's
        (
            "",
            '<div itemscope><b itemprop="author">Ilva Korr</b></div><div itemscope><b itemprop="author">Tam Redd</b></div>',
            ("Ilva Korr",),
        ),
    ],
)
def test_authors_are_people(head: str, extra: str, authors: tuple[str, ...]) -> None:
    assert read(head=head, extra=extra).authors == authors


# -- tags


def test_keywords_that_systems_write_for_themselves_are_no_tags() -> None:
    words = [
        "Bridges",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "NLP Category: Politics",
        "news.example",
        "The Post",
        "bridges",
    ]
    article = read(head=ld(keywords=words, publisher={"name": "The Post"}))
    assert article.tags == ("Bridges",)


def test_the_pages_list_of_topics_gives_tags_and_its_menus_do_not() -> None:
    menu = '<nav><a href="/topics/sport">Sport</a><a href="/topics/culture">Culture</a></nav>'
    topics = '<div class="row"><a href="/topics/lenn">Lenn</a> <a href="/topics/bridges">Bridges</a></div>'
    teaser = '<div><div class="card"><h3>Another story</h3><a href="/topics/rain">Rain</a></div></div>'
    assert read(below=topics + teaser, extra=menu).tags == ("Lenn", "Bridges")


# -- body


@pytest.mark.parametrize(
    "around",
    [
        '<div class="related-box"><p>Read what else the council did in a year of many meetings and few results, in our review.</p></div>',
        '<div class="newsletter-signup"><p>Get the news of Ardmere into your inbox every morning, before the ferry leaves the pier.</p></div>',
        '<figure><img src="/a.jpg"><figcaption>The Lenn at low water, seen from the old pier on the morning of the vote.</figcaption></figure>',
        "<p>We may earn a commission when you buy through links on our pages.</p>",
        "<aside><p>The Lenn is 211 kilometres long and has been crossed by ferries for as long as anybody remembers it.</p></aside>",
    ],
)
def test_what_stands_around_the_story_is_not_its_body(around: str) -> None:
    assert read(extra=around).body.split("\n\n") == PARAGRAPHS


@pytest.mark.parametrize(
    "last",
    ["Additional reporting by Tam Redd.", "Follow us on every network that there is.", "Ilva Korr is a senior reporter at the Post."],
)  # fmt: skip
def test_credits_below_the_last_sentence_are_not_the_body(last: str) -> None:
    html = "".join(f"<p>{text}</p>" for text in [*PARAGRAPHS, last])
    article = extract(f"<html lang=en><article><h1>The council votes on the bridge</h1>{html}</article>", URL)
    assert article.body.split("\n\n") == PARAGRAPHS


def test_a_wrapper_with_a_suspicious_name_does_not_cost_the_story() -> None:
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    article = extract(f'<html lang=en><h1>The council votes</h1><div class="share-content">{body}</div></html>', URL)
    assert article.body.split("\n\n")[-len(PARAGRAPHS) :] == PARAGRAPHS


def test_text_for_screen_readers_is_not_printed() -> None:
    linked = PARAGRAPHS[0].replace(
        "the new bridge", 'the <a href="/b">new bridge</a><span class="sr-only"> (opens in a new window)</span>'
    )
    html = "".join(f"<p>{text}</p>" for text in [linked, *PARAGRAPHS[1:]])
    article = extract(f"<html lang=en><article><h1>The council votes</h1>{html}</article>", URL)
    assert article.body.split("\n\n") == PARAGRAPHS


# -- mending


def block(text: str, kind: str = "p", **more: object) -> Block:
    return Block(kind, text, text, **more)  # type: ignore[arg-type]


def test_chosen_blocks_are_taken_from_the_page_with_their_spaces_and_links() -> None:
    page = [block("The MacBook Pro was released.", links=(("/mac", "MacBook Pro"),))]
    assert mended([block("The MacBook Prowas released.")], page) == page


def test_a_short_gap_of_prose_is_filled_and_another_is_not() -> None:
    first, prose, last = (block(text) for text in PARAGRAPHS[:3])
    label = block("Advertisement")
    assert mended([first, last], [first, prose, last]) == [first, prose, last]
    assert mended([first, last], [first, label, last]) == [first, last]


def test_the_publishers_own_text_confirms_what_was_chosen_only_where_it_is_whole() -> None:
    story = [block(text) for text in PARAGRAPHS]
    chosen = [
        *story[:2],
        block("A box about the river that is no part of the story and stands in the middle of it."),
        *story[2:],
    ]
    assert confirmed(chosen, " ".join(PARAGRAPHS)) == story
    assert confirmed(chosen, " ".join(PARAGRAPHS[:2])) == chosen


# -- language


@pytest.mark.parametrize(("said", "language"), [("kr", "ko"), ("en-GB", "en"), ("iw", "he"), ("in", "id"), ("zh-cn", "zh"), ("zh_Hant_TW", "zh"), ("nb-NO", "no"), ("no", "no"), ("nn", "nn"), ("eng", "en"), ("cmn", "zh"), ("", "en")])  # fmt: skip
def test_the_language_is_what_the_page_means_or_what_the_text_is_in(said: str, language: str) -> None:
    body = f"<p>{' '.join(PARAGRAPHS)[:380]}</p>"  # too short to be doubted
    article = extract(f'<html lang="{said}"><h1>The council votes</h1><article>{body}</article></html>', URL)
    assert article.language == language
    assert article.provenance["language"].source in ("page", "text")


@pytest.mark.parametrize("named", ['"English"', '{"@type": "Language", "name": "Indonesian", "alternateName": "id"}'])
def test_a_language_that_is_named_in_words_leaves_the_word_to_the_page(named: str) -> None:
    data = f'<script type="application/ld+json">{{"@type": "NewsArticle", "inLanguage": {named}}}</script>'
    article = extract(f'<html lang="id">{data}<h1>The council votes</h1><article><p>Short.', URL)
    assert (article.language, article.provenance["language"].source) == ("id", "page")


@pytest.mark.parametrize("said", ["nb-NO", "nob", "NO", "no"])
def test_a_language_has_one_code_in_the_storys_data_too(said: str) -> None:
    data = f'<script type="application/ld+json">{{"@type": "NewsArticle", "inLanguage": "{said}"}}</script>'
    article = extract(f'<html lang="en">{data}<h1>The council votes</h1><article><p>Short.', URL)
    assert (article.language, article.provenance["language"].source) == ("no", "json-ld")


def test_the_language_that_a_text_is_written_in_has_one_code() -> None:
    text = (
        "Kommunestyret i byen møttes på mandag og snakket om broen i tre timer, og ordføreren sa at arbeidet ville begynne neste vår. "
        * 3
    )
    assert languages.of_text(text) == "no"


# -- doubts


def test_dates_that_differ_between_the_pages_own_sources_are_told() -> None:
    head = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2024-03-05"}</script>'
        '<meta property="article:published_time" content="2021-03-05">'
    )
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    warnings = extract(f"<html lang=en>{head}<h1>The council votes</h1><article>{body}", URL).warnings
    assert "published: meta article:published_time says 2021-03-05" in warnings


@pytest.mark.parametrize(
    ("head", "url", "warning"),
    [
        (ld(headline="The council votes on the bridge") + '<meta property="og:title" content="Ferries to run all winter long">', URL, "title: og:title says 'Ferries to run all winter long'"),
        (ld(), "https://news.example/2019/05/06/the-council-votes", "published: the URL says 2019-05-06"),
        (ld(wordCount=900), URL, "body: 86 words, wordCount has 900"),
        (ld(articleBody="Short. " * 500), URL, "body: 86 words, articleBody has 500"),
    ],
)  # fmt: skip
def test_what_the_page_itself_contradicts_is_a_warning(head: str, url: str, warning: str) -> None:
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    html = f"<html lang=en><head>{head}</head><article><h1>The council votes on the bridge</h1>{body}</article>"
    assert warning in extract(html, url).warnings


def test_sources_that_agree_are_no_warning() -> None:
    count = sum(len(text.split()) for text in PARAGRAPHS)
    head = ld(wordCount=count) + '<meta property="og:title" content="The council votes on the bridge | Post">'
    assert read(head=head).warnings == ()


# -- lines that lead on


def with_line(line: str) -> Article:
    """The story with one more paragraph between its second and its third."""
    paragraphs = [*PARAGRAPHS[:2], line, *PARAGRAPHS[2:]]
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return extract(f"<body><article><h1>The council votes on the bridge</h1>{body}</article></body>", URL)


@pytest.mark.parametrize(
    "line",
    [
        'Les også: <a href="/old">Ferjen har gått siden 1911</a>',
        'DARLLENWCH FWY | <a href="/old">Y fferi olaf dros yr afon</a>',
        'To the report: <a href="/old">Ferry fares to rise again</a>',
        'À lire aussi <a href="/old">Le dernier bac</a>',
        'Czytaj także <a href="/old">Ostatni prom</a>',
    ],
)
def test_a_label_and_a_linked_headline_lead_on(line: str) -> None:
    article = with_line(line)
    assert article.body == "\n\n".join(PARAGRAPHS)
    assert [(link.kind, link.url) for link in article.related] == [("read_more", "https://news.example/old")]


@pytest.mark.parametrize(
    "line",
    [
        'Her account: <a href="/people/ada">@ada_of_ardmere</a>',
        'The minutes say: <a href="/minutes">Nobody had read the report on the ferry.</a>',
        'In March, the council <a href="/old">had put off the vote for a year</a>',
        'Two papers: <a href="/one">the plan of the bridge</a> and <a href="/two">the plan of the new ferry</a>',
    ],
)
def test_other_lines_that_end_in_a_link_stay(line: str) -> None:
    shown = re.sub("<[^>]+>", "", line)
    assert shown in with_line(line).body


def pruned_texts(*blocks: Block) -> list[str]:
    """What is left of some blocks on a page that says nothing else."""
    draft = Article(url=URL, site="news.example", kind="article")
    return [block.text for block in pruned(list(blocks), Document(b"<p></p>", URL), draft, set())[0]]


STORY = [Block("p", text, text) for text in PARAGRAPHS]


def test_a_link_within_the_page_is_no_text() -> None:
    skip = Block("p", "Skip this", "Skip this", (("#after-the-banner", "Skip this"),))
    assert pruned_texts(*STORY[:2], skip, *STORY[2:]) == PARAGRAPHS


def test_linked_topics_below_the_story_are_no_text() -> None:
    topics = [Block("p", text, text, ((f"/t/{text}", text),)) for text in ("Bridges", "Ardmere")]
    assert pruned_texts(*STORY, *topics) == PARAGRAPHS
    assert pruned_texts(*STORY[:2], topics[0], *STORY[2:]) == [*PARAGRAPHS[:2], "Bridges", *PARAGRAPHS[2:]]


def test_a_button_is_no_byline() -> None:
    button = '<a class="follow-author-btn" href="/profile">Edit topics</a>'
    assert read(extra=button).authors == ()
    assert read(extra=f'{button}<a class="author-link" href="/people/ada">Ada Quill</a>').authors == ("Ada Quill",)


def test_a_page_without_spaces_between_words_is_read_by_its_column() -> None:
    text = "町議会は火曜日の夜、七時間に及ぶ討論の末、川に新しい橋を架ける計画を賛成多数で可決した。工事は来年の春に始まり、完成までの間は古い渡し船が運航を続けると町長は述べた。反対した議員は費用を問題にした。"
    body = "".join(f"<p>{number}{text}</p>" for number in range(4))
    page = f"{ld(headline='橋の計画を可決')}<body><article><h1>橋の計画を可決</h1>{body}</article></body>"
    article = extract(page, URL)
    assert article.provenance["body"].rule == "column"
    assert len(article.body.split("\n\n")) == 4


def test_where_trafilatura_finds_nothing_the_column_is_better_than_that(monkeypatch: pytest.MonkeyPatch) -> None:
    from scraper.extract import generic

    monkeypatch.setattr(generic, "read_body", lambda document: [])
    teasers = "".join(f"<article><p>{text}</p></article>" for text in PARAGRAPHS[:2])  # which make it no simple page
    body = f"<div>{teasers}{''.join(f'<p>{text}</p>' for text in PARAGRAPHS)}</div>"
    dated = '<meta property="article:published_time" content="2024-03-05T10:00:00Z">'
    article = extract(f"<html lang=en><title>The council votes</title>{dated}<h1>The council votes</h1>{body}", URL)
    assert article.body.endswith(PARAGRAPHS[-1])
    assert article.provenance["body"].rule == "column"
    assert not extract(f"<html lang=en><title>The council</title><h1>The council</h1>{body}", URL).body


def test_the_rest_of_a_story_behind_its_first_box_is_found_by_a_second_look() -> None:
    from scraper.extract import generic
    from scraper.extract.document import Document

    told = [f"{text} So it was told at table {n}." for n in range(3) for text in PARAGRAPHS]
    first, rest = ("".join(f"<p>{text}</p>" for text in some) for some in (told[:2], told[2:]))
    page = f"<main><h1>The council votes</h1><div class=post-content>{first}</div><div class=rest>{rest}</div></main>"
    document = Document(page.encode(), URL)
    assert len(generic._found(document, document.tree.html or "", fast=True)) == 2
    assert [block.text for block in generic.read_body(document)][-12:] == told


def test_a_standfirst_that_is_a_paragraph_of_the_story_too_is_not_told_twice() -> None:
    blocks = [Block("p", text, text) for text in (PARAGRAPHS[2], *PARAGRAPHS)]
    kept, _ = pruned(blocks, Document(b"<html><body>", URL), Article(url=URL, site="news.example", kind="other"), set())
    assert [block.text for block in kept] == PARAGRAPHS


def test_without_paragraphs_the_second_look_is_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    from scraper.extract import generic

    looks: list[bool] = []

    def found(document: Document, markup: str, *, fast: bool) -> list[Block]:
        looks.append(fast)
        text = "Menu News Sport" if fast else PARAGRAPHS[0]
        return [Block("p", text, text)]

    monkeypatch.setattr(generic, "_found", found)
    document = Document(f"<main><div>{PARAGRAPHS[0]}</div></main>".encode(), URL)
    assert [block.text for block in generic.read_body(document)] == [PARAGRAPHS[0]]
    assert looks == [True, False]
