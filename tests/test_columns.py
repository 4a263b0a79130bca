"""What belongs to the story's column on simple pages without a selector file, and what does not."""

from __future__ import annotations

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
