"""What belongs to the story's column on simple pages without a selector file, and what does not."""

from __future__ import annotations

import time

import pytest
from test_around_the_story import read

PLACES = "first second third fourth fifth sixth seventh eighth ninth".split()
SENTENCES = [f"The council of Ardmere met for the {n} time on Monday, and spoke about the wages of all its people." for n in PLACES]  # fmt: skip
PROSE = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)


def lines(markup: str) -> list[str]:
    return read(markup).body.split("\n\n")


# -- boxes


@pytest.mark.parametrize("look", ["", " class=story-text"])
@pytest.mark.parametrize("places", [{0}, {2}, {8}, {3, 7}, {1, 4, 8}])
def test_paragraphs_in_boxes_of_their_own_among_others(places: set[int], look: str) -> None:
    markup = "".join(
        f"<div{look}>{text.replace('wages', '<b>wages</b>')}</div>" if place in places else f"<p>{text}</p>"
        for place, text in enumerate(SENTENCES)
    )
    assert lines(markup) == SENTENCES


@pytest.mark.parametrize(
    "box",
    [
        "<div><a href=/z>The ferry to Selwick has been sold to a company that nobody in the port has heard of before.</a></div>",
        "<div>Boats, nets and lamps, all at half their price, from Monday until Friday, in the shop on the quay at Ardmere</div>",
    ],
)
def test_boxes_of_links_and_labels_among_paragraphs_are_none_of_the_story(box: str) -> None:
    assert lines(PROSE.replace("</p><p>", f"</p>{box}<p>", 1)) == SENTENCES


@pytest.mark.parametrize(
    ("box", "text"),
    [
        ("<div class=facts><dl><dt>Wages</dt><dd>12.10 euros</dd></dl></div>", ["Wages", "12.10 euros"]),
        ("<div class=table><div><table><tr><td>Adults</td><td>12 euros</td></tr></table></div></div>", ["Adults | 12 euros"]),
        ("<div><blockquote>Nobody asked us.</blockquote></div>", ["Nobody asked us."]),
        ('<div><blockquote>Nobody asked us. <a href="https://talk.example/1">March 4</a></blockquote></div>', []),
        ("<div><ul><li>Print</li><li>Share</li></ul></div>", []),
    ],
)  # fmt: skip
def test_a_box_that_holds_a_table_or_quote_and_nothing_else(box: str, text: list[str]) -> None:
    first, rest = PROSE.split("</p>", 1)
    assert lines(f"{first}</p>{box}{rest}") == [SENTENCES[0], *text, *SENTENCES[1:]]


# -- the beginning and the end

LONG = [*SENTENCES, *(sentence.replace("Ardmere", "Selwick") for sentence in SENTENCES)]
LONG_PROSE = "".join(f"<p>{sentence}</p>" for sentence in LONG)


@pytest.mark.parametrize(
    ("end", "text"),
    [
        ("<ul><li>River Street</li><li>Mill Lane</li></ul><p>All others can be used by cars again.</p>", ["River Street", "Mill Lane", "All others can be used by cars again."]),
        ("<table><tr><td>Clerks</td><td>10</td></tr></table><p>All others get what they had.</p>", ["Clerks | 10", "All others get what they had."]),
        ("<pre>Roses are red</pre><p>So the song went.</p><p>It was an old one.</p>", ["Roses are red", "So the song went.", "It was an old one."]),
        ("<h2>What comes next</h2><p>Engineers will look at the piers.</p><p>Then the lorries may come back.</p>", ["What comes next", "Engineers will look at the piers.", "Then the lorries may come back."]),
    ],
)  # fmt: skip
def test_short_sentences_behind_a_list_a_table_or_a_heading(end: str, text: list[str]) -> None:
    assert lines(LONG_PROSE + end) == [*LONG, *text]


def test_one_short_sentence_below_a_heading_of_the_storys_kind() -> None:
    end = "<h2>What comes next</h2><p>Engineers will look at the piers.</p>"
    first, rest = LONG_PROSE.split("</p>", 1)
    assert lines(f"{first}</p><h2>What came first</h2>{rest}{end}")[-2:] == [
        "What comes next",
        "Engineers will look at the piers.",
    ]
    assert lines(LONG_PROSE + end) == LONG


@pytest.mark.parametrize(
    "end",
    [
        "<h3>Share</h3><p>Tell a friend.</p>", "<h3>Comments</h3><p>Log in to comment.</p>", "<h2>Topics</h2><ul><li>Ardmere</li><li>Wages</li></ul>",
        "<h2>Related</h2><ul><li><a href=/a>A ferry is sold</a></li></ul><p>It is an old one.</p>", "<ul><li>Print</li></ul><p>Join our readers here.</p>",
        "<h3>Correction</h3><p>We wrote Tuesday.</p><p>It was Monday.</p>",
    ],
)  # fmt: skip
def test_what_stands_behind_the_end_is_none_of_the_story(end: str) -> None:
    first, rest = LONG_PROSE.split("</p>", 1)
    assert [line for line in lines(f"{first}</p><h2>Topics</h2>{rest}{end}") if line != "Topics"] == LONG


@pytest.mark.parametrize(
    "opening", [["It was a Monday."], ["“They are gone.”"], ["The river took him.", "It was cold."]]
)
def test_short_sentences_that_open_a_story(opening: list[str]) -> None:
    assert lines("".join(f"<p>{sentence}</p>" for sentence in opening) + PROSE) == [*opening, *SENTENCES]


@pytest.mark.parametrize(
    "line",
    [
        "<p>Reuters.</p>", "<p>Photo: AP.</p>", "<p>Updated at 10 a.m.</p>", "<p>2 min. read.</p>", "<p>Share this article.</p>", "<p>Add us on your phone.</p>",
        "<p><a href=/in>Sign in now.</a></p>", "<p class=kicker>The news today.</p>", "<div>The news today.</div>",
    ],
)  # fmt: skip
def test_short_lines_above_a_story_are_none_of_it(line: str) -> None:
    assert lines(line + PROSE) == SENTENCES


def test_very_many_short_sentences_are_read_in_no_time() -> None:
    started = time.process_time()
    lines("".join(f"<p>It was so {'a' * (number % 30)}.</p>" for number in range(30_000)) + PROSE)
    assert time.process_time() - started < 10
