"""Which of a page's lists are the story's tags: the metadata's, the one that is printed, or none."""

from __future__ import annotations

import pytest
from test_systems_of_the_world import PROSE, SENTENCES, TITLE, page

LISTED = '<div class="tag-list"><a href="/tag/wages">wages</a><a href="/tag/ardmere">Ardmere</a></div>'


def keywords(*words: str) -> str:
    return f'<meta name="keywords" content="{", ".join(words)}">'


def told(*words: str, section: str = "") -> str:
    said = ", ".join(f'"{word}"' for word in words)
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "{TITLE}", "articleSection": "{section}", "keywords": [{said}]}}</script>'


def tags(behind: str = "", head: str = "") -> tuple[str, ...]:
    markup = (
        f"<main><article><h1>{TITLE}</h1><h2>It had been two crowns for a decade</h2>{PROSE}{behind}</article></main>"
    )
    return page(markup, head=head).tags


# -- which list


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (told("Wages", "Ardmere", "Council") + keywords("Council", "Ardmere", "Wages", "Labour Party"), ("Council", "Ardmere", "Wages", "Labour Party")),
        (told("Wages", "Ardmere", "Council", section="Towns") + keywords("Towns", "Council", "Ardmere", "Wages"), ("Wages", "Ardmere", "Council")),
        (told("Wages", "Ardmere", "Council") + keywords("Ardmere", "Wages", "Labour Party"), ("Wages", "Ardmere", "Council")),
        (
            told("Wages", "Ardmere", "Council") + '<meta name="news_keywords" content="Wages, Ardmere, Council">' + keywords("Wages", "Ardmere", "Council", "News"),
            ("Wages", "Ardmere", "Council"),
        ),
    ],
)  # fmt: skip
def test_a_list_that_is_cut_short_gives_way_to_one_that_holds_it(head: str, found: tuple[str, ...]) -> None:
    assert tags(head=head) == found


def test_a_list_that_no_other_source_confirms_gives_way_to_one_that_two_have() -> None:
    two = '<meta name="news_keywords" content="Wages, Ardmere">' + keywords("Wages", "Ardmere")
    assert tags(head='<meta property="article:tag" content="Business, Finance, Economics">' + two) == (
        "Wages",
        "Ardmere",
    )
    assert tags(head=told("Wages", "Ardmere", "Council") + two) == ("Wages", "Ardmere", "Council")


def test_a_section_alone_gives_way_to_the_list_on_the_page() -> None:
    listed = LISTED.replace("<a", '<a href="/tag/towns">Towns</a><a', 1)
    assert tags(listed, told("Towns", section="Towns")) == ("Towns", "wages", "Ardmere")


def test_keywords_of_the_whole_site_are_no_tags() -> None:
    own = keywords("news", "Sport Today", "weather", "Radio Example", "Business Daily")
    assert tags(head=own) == ()
    assert tags(LISTED, own) == ("wages", "Ardmere")


@pytest.mark.parametrize("own", ["breaking news, latest news, news", "Nachrichten, News aktuell", "أخبار, عاجل"])
def test_keywords_that_are_any_storys_are_no_tags(own: str) -> None:
    assert tags(head=keywords(own)) == ()
    assert tags(head=keywords(own, "wages"))[-1] == "wages"


def test_where_semicolons_part_tags_commas_do_not() -> None:
    assert tags(head=keywords("Flood; River; Smith, John")) == ("Flood", "River", "Smith, John")
    assert tags(head=keywords("a river, the town, wages; unions")) == ("a river", "the town", "wages", "unions")


@pytest.mark.parametrize("made", [told("minimum", "wage", "rise", "spring"), keywords("council", "met", "spoke", "people", "monday")])  # fmt: skip
def test_words_that_a_machine_has_found_give_way_to_the_list_on_the_page(made: str) -> None:
    assert tags(LISTED, made) == ("wages", "Ardmere")
    assert len(tags(head=made)) >= 4


# -- where lists are


@pytest.mark.parametrize(
    "markup",
    [
        "<div class=etiketler><strong>Etiketler</strong><a href=/e/1>{}</a><a href=/e/2>{}</a></div>",
        "<p></p>Теги:&nbsp;<a href='/search/?tags=1'>{}</a>, <a href='/search/?tags=2'>{}</a>",
        "<div><b>Schlagwörter:</b> <a href=/1>{}</a> <a href=/2>{}</a></div>",
        "<div>الكلمات المفتاحية: <a href=/1>{}</a> <a href=/2>{}</a></div>",
        "<div>标签：<a href=/1>{}</a> <a href=/2>{}</a></div>",
        "<div class=field-items><div class='field-tags even'><a href=/1>{}</a></div><div class='field-tags odd'><a href=/2>{}</a></div></div>",
        "<div class='taxonomy-category'><a href=/category/towns rel=tag>Towns</a></div><div class=taxonomy-post_tag><a href=/tag/1 rel=tag>{}</a><a href=/tag/2 rel=tag>{}</a></div>",
    ],
)  # fmt: skip
def test_lists_of_tags_in_many_systems(markup: str) -> None:
    assert tags(markup.format("Wages", "Ardmere")) == ("Wages", "Ardmere")


def test_a_label_counts_for_the_links_behind_it_alone() -> None:
    line = (
        f"<div>{SENTENCES[0]} <a href=/1>an earlier story</a> Tags: <a href=/2>Wages</a>, <a href=/3>Ardmere</a></div>"
    )
    assert tags(line) == ("Wages", "Ardmere")
    assert tags("<div>See also: <a href=/2>Wages</a></div><div>Bad tags <a href=/2>Wages</a></div>") == ()


def test_tags_of_two_letters() -> None:
    for pair in (("水价", "议会"), ("آب", "شورا")):
        assert tags("<div class=tags><a href=/1>{}</a><a href=/2>{}</a></div>".format(*pair)) == pair


def test_the_tag_above_the_heading() -> None:
    head = (
        f'<header><a class="gh-article-tag" href="/tag/towns/">Towns</a><h1>{TITLE}</h1><time>5 March</time></header>'
    )
    assert page(f"<article>{head}{PROSE}</article>").tags == ("Towns",)
