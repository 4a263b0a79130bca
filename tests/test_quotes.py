"""Quotes and items of several blocks, on pages without a selector file that trafilatura reads."""

from __future__ import annotations

import pytest
from test_around_the_story import PROSE, SENTENCES, read

from scraper.extract.blocks import Block
from scraper.extract.mending import mended


def between(markup: str) -> list[str]:
    """What is read between two paragraphs: too few for a column."""
    article = read(f"<p>{SENTENCES[0]}</p>{markup}<p>{SENTENCES[1]}</p>")
    assert article.provenance["body"].source == "trafilatura"
    lines = article.body.split("\n\n")
    assert [lines[0], lines[-1]] == SENTENCES[:2]
    return lines[1:-1]


@pytest.mark.parametrize(
    ("quote", "lines"),
    [
        ("<blockquote><p>We were lucky.</p><p>Others were not</p></blockquote>", ["We were lucky.", "Others were not"]),
        ("<blockquote><p>We were lucky,</p><ul><li>for the boat held</li><li>for it was May</li></ul><cite>Jo Fox</cite></blockquote>", ["We were lucky,", "for the boat held", "for it was May", "Jo Fox"]),
        ("<blockquote><div>Roses are red</div><div>violets are blue.</div></blockquote>", ["Roses are red", "violets are blue."]),
        ("<blockquote>Roses are red,<br><br>violets are blue<br><br>and so are you.</blockquote>", ["Roses are red,", "violets are blue", "and so are you."]),
        ("<blockquote><h4>The song</h4><p>Roses are red.</p></blockquote>", ["The song", "Roses are red."]),
        ("<ul><li><p>Adults pay</p><p>twelve euros</p></li><li>Others pay<ul><li>nine</li></ul></li></ul>", ["Adults pay", "twelve euros", "Others pay", "nine"]),
    ],
)  # fmt: skip
def test_the_blocks_of_a_quote_are_neither_glued_nor_put_in_another_order(quote: str, lines: list[str]) -> None:
    assert between(quote) == lines


def test_a_quote_that_the_page_has_not_got_stays_as_it_is_and_is_not_looked_for_far_away() -> None:
    page = [Block("p", f"Line {number} of the page.", "") for number in range(200)]
    quote = Block("quote", "Line 150 of the page. Line 151 of the page.", "")
    assert mended([page[0], quote, page[199]], page) == [page[0], quote, page[199]]
    near = Block("quote", "Line 5 of the page. Line 6 of the page.", "")
    assert mended([page[0], near, page[199]], page) == [page[0], page[5], page[6], page[199]]


def test_the_name_under_a_quote_that_was_pulled_out_of_the_text_goes_with_it() -> None:
    quote = f"<blockquote><p>{SENTENCES[3]}</p><p>The mayor Jo Fox</p></blockquote>"
    first, rest = PROSE.split("</p>", 1)
    assert read(f"{first}</p>{quote}{rest}").body.split("\n\n") == SENTENCES
    other = "<blockquote><p>We were lucky, for the boat held all night long.</p><p>The mayor Jo Fox</p></blockquote>"
    assert "The mayor Jo Fox" in read(f"{first}</p>{other}{rest}").body


def test_a_gap_of_one_sentence_is_filled_in_scripts_whose_full_stop_is_a_danda() -> None:
    lines = [f"नगर परिषद ने सोमवार को {n} बार बैठक की और सभी लोगों के वेतन पर लंबी चर्चा की और फिर मतदान किया।" for n in "123"]
    page = [Block("p", line, line) for line in lines]
    assert mended([page[0], page[2]], page) == page
