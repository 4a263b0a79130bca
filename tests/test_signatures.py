"""Who wrote a story, where only a line beside its heading or below its last sentence says so."""

from __future__ import annotations

import pytest
from test_systems_of_the_world import PROSE, SENTENCES, TITLE, page, story

from scraper.extract import authors

BROKEN = "<br><br>".join(SENTENCES)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("<p>— By Anna Berg</p>", ("Anna Berg",)),
        ("<p>Text: Anna Berg</p>", ("Anna Berg",)),
        ("<p>(Reporting by Anna Berg in Ardmere and Jan Fall in New York; Editing by Tom Lee)</p>", ("Anna Berg", "Jan Fall")),
        ("<p>Reporting by Anna Berg, Jan Fall, with additional reporting by Tom Lee, editing by Joe May</p>", ("Anna Berg", "Jan Fall")),
        ("<p>Reporting by Anna Berg; writing by Tom Lee</p><p>Our Standards: <a href=/t>The Trust Principles.</a></p>", ("Anna Berg",)),
        ("<p>（山田花子）</p>", ("山田花子",)),
        ("<p>（記者 李清河）</p>", ("李清河",)),
        ("<p>김바다 기자 bada@news.example</p>", ("김바다",)),
        ("<p style='text-align: right'><b>Minh Hà</b></p>", ("Minh Hà",)),
        ("<div align=right>Anna Berg</div>", ("Anna Berg",)),
        ("<p>（敬称略）</p>", ()),
        ("<p>Anna Berg</p>", ()),
        ("<p>By then it was too late</p>", ()),
        ("<p style='text-align: right'>Ardmere, on Monday</p>", ()),
        ("<h3>More</h3><p>By Jane Rail</p>", ()),
        ("<div class=related><p>By Jane Rail</p></div>" * 9, ()),
    ],
)  # fmt: skip
def test_who_signs_below_the_last_sentence(line: str, names: tuple[str, ...]) -> None:
    assert page(f"<div><h1>{TITLE}</h1><div>{PROSE}{line}</div></div>").authors == names


def test_who_signs_behind_a_line_break() -> None:
    assert page(f"<h1>{TITLE}</h1><div>{BROKEN}<br><br>Автор:&nbsp;Кира Лугова<br></div>").authors == ("Кира Лугова",)


def test_a_byline_at_the_top_is_asked_first() -> None:
    assert story(f"<div>By Anna Berg</div>{PROSE}<p>— By Jan Fall</p>").authors == ("Anna Berg",)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("<small>14 marzo, 2011 por Marta Quirós</small>", ("Marta Quirós",)),
        ("<small>14 March 2011 in the town of Ardmere</small>", ()),
        ("<ul><li>김바다 기자</li><li>입력 2024.03.14 10:15</li></ul>", ("김바다",)),
        ("<p>山田花子記者</p>", ("山田花子",)),
        ("<span>Haber: Deniz Kara</span>", ("Deniz Kara",)),
        ("<div>Posted on 14 March 2012 by Anna Berg</div>", ("Anna Berg",)),
        ("<div>By Anna Berg, 14 March 2012 by the sea</div>", ("Anna Berg",)),
        ("<ul><li><span data-hook=user-name>Anna Berg</span></li></ul>", ("Anna Berg",)),
        ("<div class=byline><div>Text: Karin Lund</div><div>Foto: Per Holm</div></div>", ("Karin Lund",)),
        ("<div class=byline><span>by <a href=/a>Anna Berg</a></span> <span>published</span> <span>Mar 14, 2024</span> <span>last modified</span></div>", ("Anna Berg",)),
        ("<div class=author>本报记者　李清河</div>", ("李清河",)),
        ("<p class=writer>山田花子</p>", ("山田花子",)),
        ("<div class=post__author>Rini Wulandari <span>- kabarTeluk</span></div>", ("Rini Wulandari",)),
        ("<footer><div class=node__submitted>Submitted by <span class=field--name-uid>Anna Berg</span> on 14 March 2022</div></footer>", ("Anna Berg",)),
        ("<div class=meta><h4 class=post-author-name><a href=/a>Anna Berg</a></h4></div>", ("Anna Berg",)),
    ],
)  # fmt: skip
def test_bylines_of_more_systems(line: str, names: tuple[str, ...]) -> None:
    assert story(line + PROSE).authors == names


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ("<span>Anna Berg&nbsp;|</span><span>05.04.2024 - Update: 06.04.2024</span>", ("Anna Berg",)),
        ("<a href=/anna>Anna Berg</a><div>April 28, 2023</div>", ("Anna Berg",)),
        ("<div>Anna Berg, 28 April 2023</div>", ("Anna Berg",)),
        ("<div>Anna Berg</div><div>Updated: April 28, 2023</div>", ()),
        ("<div>World News</div><div>April 28, 2023</div>", ()),
        ("<div>SAN FRANCISCO</div><div>April 28, 2023</div>", ()),
        ("<div>In the north</div><div>April 28, 2023</div>", ()),
        ("<div>Issue 12 April</div><div>April 28, 2023</div>", ()),
    ],
)  # fmt: skip
def test_a_name_right_before_the_day_below_the_heading(lines: str, names: tuple[str, ...]) -> None:
    menu = "<nav><a href=/world>World News</a></nav>"
    assert page(f"{menu}<div><h1>{TITLE}</h1>{lines}{PROSE}</div>", head="").authors == names


def test_the_publishers_own_name_gives_way_to_a_signature() -> None:
    own = '<script type="application/ld+json">{"@type": "NewsArticle", "author": {"name": "The Example"}, "publisher": {"name": "The Example"}}</script>'
    deck = f"<header><h1>{TITLE}</h1><p>{SENTENCES[0].replace('first', 'last')}</p></header>"
    signed = f"{deck}<div>{PROSE}<p align=right><b>Minh Hà</b></p></div>"
    assert page(signed, head=own).authors == ("Minh Hà",)


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Anna Berg - The Example", ("Anna Berg",)),
        ("Jean-Luc Fall", ("Jean-Luc Fall",)),
        ("Redaktion - Anna Berg", ("Redaktion - Anna Berg",)),
    ],
)
def test_what_stands_behind_a_name_with_a_dash(byline: str, names: tuple[str, ...]) -> None:
    assert authors.clean([byline]) == names


@pytest.mark.parametrize("headline", [f"<font size=5><b>{TITLE}</b></font>", f"<div class=hl>{TITLE}</div>"])
def test_a_page_without_a_heading_has_its_title_printed_somewhere(headline: str) -> None:
    markup = f"<table><tr><td><a href=/1>{TITLE}</a></td><td>{headline}<br><font size=2>By Anna Berg<br>March 14, 2002</font><br><br>{BROKEN}</td></tr></table>"
    article = page(markup, head="", title=f"The Example - {TITLE}")
    assert article.authors == ("Anna Berg",)
    assert f"{article.published:%Y-%m-%d}" == "2002-03-14"
