"""Pages without metadata: the day and the names that are printed beside the heading."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from scraper.extract import extract
from scraper.records import Article
from scraper.sites import unknown_site

TITLE = "The council votes for a new bridge"
PROSE = "".join(f"<p>The council of Ardmere met for the {n} time on Monday, and spoke about the bridge for three hours.</p>" for n in range(6))  # fmt: skip


def read(behind: str, before: str = "", *, lang: str = "en", heading: str = f"<h1>{TITLE}</h1>") -> Article:
    rail = '<aside><h3><a href="/x">Another story</a></h3><span>January 2, 2023</span> by Jane Rail</aside>'
    markup = f"<html lang={lang}><title>{TITLE} - The Example</title><body><div class=top-menu>Friday, 3 May 2024</div><div>{before}{heading}{behind}{PROSE}</div>{rail}<footer>© 2021 The Example</footer>"
    return extract(markup, "https://news.example/council-bridge", site=unknown_site("news.example"), fetched_at=datetime(2025, 1, 1, tzinfo=UTC))  # fmt: skip


@pytest.mark.parametrize(
    ("line", "lang", "when"),
    [
        ("<div>March 5, 2024</div>", "en", "2024-03-05 00:00"),
        ("<div>By <a>Anna Berg</a></div><div>Published: 15:56 BST, 27 April 2024</div><div>Updated: 28 April 2024</div>", "en", "2024-04-27 00:00"),
        ("<p>Stand: 08.07.2024 05:00 Uhr</p>", "de", "2024-07-08 05:00"),
        ("<p>06.11.2024 | 20:15</p>", "de", "2024-11-06 20:15"),
        ("<p>Publié le 30 août 2024 à 14h52, modifié le 2 septembre 2024</p>", "fr", "2024-08-30 14:52"),
        ("<p>Por Anna Berg</p><p>5 de marzo de 2024</p>", "es", "2024-03-05 00:00"),
        ("<p>2024年1月14日 01時28分 (1月14日 01時40分更新)</p>", "ja", "2024-01-14 01:28"),
        ("<p>05/03/2024 10:30</p>", "en-GB", "2024-03-05 10:30"),
        ("<p>الثلاثاء 5 مارس 2024</p>", "ar", "2024-03-05 00:00"),
        ("<div class=date><span>06</span><span>Nov</span><span>2024</span></div>", "en", "2024-11-06 00:00"),
        ("<div>Updated</div><div>News</div><div>November</div><div>06</div><div>2024</div>", "en", "2024-11-06 00:00"),
        ("<p>6 نوفمبر/تشرين الثاني 2024</p>", "ar", "2024-11-06 00:00"),
        ("<p>6 كانون الثاني / يناير 2024</p>", "ar", "2024-01-06 00:00"),
        ("<p>le 06/11/2024 à 21h30 - Mis à jour le 07/11/2024 à 08h00</p>", "fr", "2024-11-06 21:30"),
        ("<p>5 лютого 2024, 10:30</p>", "uk", "2024-02-05 10:30"),
        ("<p>2024-03-05</p>", "en", "2024-03-05 00:00"),
        ("<p>The mayor was glad of it, and so were all the people who had come to the town hall on that cold day.</p><p>March 5, 2024</p>", "en", "2024-03-05 00:00"),
    ],
)  # fmt: skip
def test_the_day_is_that_beside_the_heading(line: str, lang: str, when: str) -> None:
    article = read(line, lang=lang)
    assert article.published is not None
    assert f"{article.published:%Y-%m-%d %H:%M}" == when
    assert article.provenance["published"].rule == "dateline"


def test_a_day_before_the_heading_will_do() -> None:
    article = read("", "<div><span>28. Juni 2024 - 16.03 Uhr</span><span>Akt.: 29. Juni 2024 - 21.18 Uhr</span></div>", lang="de")  # fmt: skip
    assert article.published is not None
    assert f"{article.published:%Y-%m-%d}" == "2024-06-28"


@pytest.mark.parametrize("changed", ["Updated: March 9, 2024", "Last modified on March 9, 2024", "Aktualisiert: 9. März 2024", "<b>Updated</b><span>March 9, 2024</span>"])  # fmt: skip
def test_the_day_of_a_change_is_passed_over(changed: str) -> None:
    article = read(f"<div>{changed}</div><div>March 5, 2024</div>")
    assert article.published is not None
    assert f"{article.published:%Y-%m-%d}" == "2024-03-05"


def test_a_day_that_nobody_sees_is_passed_over() -> None:
    article = read('<span class="updated rich-snippet-hidden">2024-05-20T10:00:00Z</span><span>March 5, 2024</span>')
    assert article.published is not None
    assert f"{article.published:%Y-%m-%d}" == "2024-03-05"


def test_neither_menus_nor_rails_nor_the_story_itself_say_when() -> None:
    for behind in (
        "",
        f"{PROSE}<p>Born on March 5, 2024.</p>",
        "<nav>March 5, 2024</nav>",
        '<div class="related-box">March 5, 2024</div>',
    ):
        assert "published" not in {name for name, said in read(behind).provenance.items() if said.rule == "dateline"}


def test_the_heading_is_the_one_that_the_page_is_called_by() -> None:
    logo = "<h1>The Example</h1><div>Friday, 3 May 2024</div>"
    article = read("<div>March 5, 2024</div>", heading=f"{logo}<h2>{TITLE}</h2>")
    assert article.published is not None
    assert f"{article.published:%Y-%m-%d}" == "2024-03-05"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("<div>By Anna Berg</div>", ("Anna Berg",)),
        ("<div>By <a href=/x>Anna Berg</a> and <a href=/y>Jan Fall</a></div>", ("Anna Berg",)),
        ("<div>von</div><div>Anna Berg</div>", ("Anna Berg",)),
        ("<div>By Anna Berg, Jan Fall | March 5, 2024</div>", ("Anna Berg", "Jan Fall")),
        ("<div>Автор: Анна Берг</div>", ("Анна Берг",)),
        ("<div>by the river in the town of Ardmere</div>", ()),
        ("<div>Anna Berg</div>", ()),
    ],
)  # fmt: skip
def test_a_line_that_begins_as_bylines_do_names_the_author(line: str, names: tuple[str, ...]) -> None:
    assert read(line).authors == names


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("<div class=byline><span>News</span> <span>Anna Berg</span></div>", ("Anna Berg",)),
        ("<div class=author><a>Anna <span>Berg</span></a><a>Contact Anna Berg on X</a><a>View all posts by Anna Berg</a></div>", ("Anna Berg",)),
        ("<div class=authors><div><dl class=author>Anna Berg anna@news.example</dl></div><div><dl class=author>Jan Fall jan@news.example</dl></div></div>", ("Anna Berg", "Jan Fall")),
        ("<figure><img src=/a.jpg><figcaption>A bridge. <span class=author>Jan Fall</span></figcaption></figure><div class=author>Anna Berg</div>", ("Anna Berg",)),
        ("<div class=author>Anna Berg</div></div><div class=more><div class=story><h3><a href=/x>Another</a></h3><a class=author>Jane Rail</a></div>", ("Anna Berg",)),
        ("<div class=author>Anna Berg For news.example</div>", ("Anna Berg",)),
    ],
)  # fmt: skip
def test_a_byline_names_who_wrote_this_story_once(byline: str, names: tuple[str, ...]) -> None:
    assert read(byline).authors == names


def test_a_page_made_to_hurt_takes_no_longer() -> None:
    started = time.process_time()
    read("<div>" * 20_000 + "1 de " * 200_000)
    for many in ("updated ", '<time datetime="2024-01-01">x</time>', "1 jan 2024 更新", "<p>The council met on <time>3 May 2024</time>, and voted for the bridge over the river after three hours.</p>"):  # fmt: skip
        read(many * 20_000)
    read("".join(f"<div>{n} de abc 20</div>" for n in range(20_000)), "<b>x</b>" * 20_000)
    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    "box",
    [
        '<div class="comments"><p>Max says: November 18, 2016 at 10:00</p></div>',
        '<ol id=x class=commentlist><li>Max says: November 18, 2016 at 10:00</ol>',
        '<div id="respond">Max, November 18, 2016</div>',
        '<div class="most-read"><p>Another story</p><p>November 18, 2016</p></div>',
        '<div class="page-head"><meta name="date-modified" content="2016-11-18"></div>',
        '<time class="updated" datetime="2016-11-18">Friday</time>',
    ],
)  # fmt: skip
def test_a_date_that_is_known_to_be_no_storys_is_not_taken_for_want_of_another(box: str) -> None:
    assert read(PROSE + box).published is None
    assert read(PROSE + box + "<p class=signed>Ardmere, November 16, 2016</p>").published == datetime(2016, 11, 16, tzinfo=UTC)  # fmt: skip


def told(article: Article) -> tuple[str | None, str | None]:
    published, modified = article.published, article.modified
    return published and f"{published:%Y-%m-%d %H:%M}", modified and f"{modified:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("line", "lang"),
    [
        ("<p>Last updated: 8 Nov 2024</p>", "en"),
        ("<p class=date>Updated: November 8, 2024</p>", "en"),
        ("<p>Updated: 00:00, 8 November 2024</p>", "en"),
        ("<p>Zuletzt aktualisiert am 08.11.2024</p>", "de"),
        ("<p>Mis à jour le 8 novembre 2024</p>", "fr"),
        ("<p>Dernière mise à jour : 8 novembre 2024</p>", "fr"),
        ("<p>2024年11月8日 更新</p>", "ja"),
        ('<p><time class="updated" datetime="2024-11-08T00:00:00Z">8 Nov 2024</time></p>', "en"),
        ('<p>Updated <time datetime="2024-11-08T00:00:00Z">8 Nov 2024</time></p>', "en"),
        ('<ul class=meta><li>Updated on <time datetime="2024-11-08">8 Nov</time></li></ul>', "en"),
    ],
)  # fmt: skip
def test_the_day_of_a_change_is_never_taken_for_that_of_publication(line: str, lang: str) -> None:
    assert told(read(line, lang=lang)) == (None, "2024-11-08 00:00")
    assert told(read("", line, lang=lang)) == (None, "2024-11-08 00:00")
    assert told(read(f"{PROSE}{line}", lang=lang))[0] is None


def test_a_story_that_is_dated_by_a_change_alone_is_one() -> None:
    brief = (
        "<p>The council met on Monday, and voted for the new bridge with nineteen votes to four, after three hours.</p>"
        * 2
    )
    markup = f"<html lang=en><title>{TITLE}</title><body><h1>{TITLE}</h1><p>{{}}8 Nov 2024</p>{brief}"
    kinds = {extract(markup.format(word), "https://news.example/council-bridge", site=unknown_site("news.example"), fetched_at=datetime(2025, 1, 1, tzinfo=UTC)).kind for word in ("Updated: ", "")}  # fmt: skip
    assert kinds == {"article"}


@pytest.mark.parametrize(
    "line",
    [
        "<p>Updated 8 Nov 2024; published 6 Nov 2024</p>",
        "<p>Published 6 Nov 2024 (updated 8 Nov 2024)</p>",
        '<p><time class=updated datetime="2024-11-08">8 Nov</time><time datetime="2024-11-06">6 Nov</time></p>',
        '<p>The council updated its plan for the new bridge, and its neighbours were glad of that.</p><p>6 Nov 2024</p><p>Updated: 8 Nov 2024</p>',
    ],
)  # fmt: skip
def test_both_days_of_a_line_are_told_apart(line: str) -> None:
    assert told(read(line)) == ("2024-11-06 00:00", "2024-11-08 00:00")


@pytest.mark.parametrize(
    ("line", "when"),
    [
        ('<time datetime="2024-11-06T21:30:00+09:00">2024年11月6日 21時30分</time>', "2024-11-06 12:30"),
        ('<p>By Anna Berg <time datetime="2024-11-06T23:30-05:00">Nov. 6</time></p>', "2024-11-07 04:30"),
        ('<p><time datetime="2024-11-06">6 November 2024, 10:30</time></p>', "2024-11-06 10:30"),
        ('<p><time datetime="2 hours">6 November 2024</time></p>', "2024-11-06 00:00"),
    ],
)  # fmt: skip
def test_a_time_beside_the_heading_is_read_as_it_is_coded(line: str, when: str) -> None:
    assert told(read(line))[0] == when
    assert told(read("", line))[0] == when


LISTED = '<ul><li><a href=/x>Latest story</a> <time datetime="2024-12-01">1 Dec</time></li></ul>'
IN_TEXT = '<p>The bridge was built by the town, and opened again on <time datetime="2024-12-01">1 December</time>.</p>'
EVENT = "<p>The concert in the old town hall of Ardmere, to which all are invited, is on 12 December 2024.</p>"
COUNTDOWN = '<div class=countdown>Until the election: <time datetime="2024-12-25">49 days</time></div>'


@pytest.mark.parametrize("elsewhere", [IN_TEXT, PROSE + LISTED, PROSE + IN_TEXT, PROSE + EVENT])
def test_a_day_in_the_text_or_in_a_list_is_not_the_storys(elsewhere: str) -> None:
    def page(head: str) -> Article:
        return read(f"{head}{elsewhere}</main>", heading=f"<main><h1>{TITLE}</h1>")

    assert told(page(""))[0] is None
    assert told(page("<p class=date>6 November 2024</p>"))[0] == "2024-11-06 00:00"


def test_a_time_somewhere_in_the_story_comes_behind_the_printed_day() -> None:
    for head, when in (("<p class=date>6 November 2024</p>", "2024-11-06 00:00"), ("", "2024-12-25 00:00")):
        article = read(f"{head}{PROSE}{COUNTDOWN}</main>", heading=f"<main><h1>{TITLE}</h1>")
        assert told(article)[0] == when


HERE = "https://news.example/council-bridge"


@pytest.mark.parametrize(
    ("told_elsewhere", "when"),
    [
        ('<meta property="article:published_time" content="2024-11-06T20:30:00-05:00">', "2024-11-07 01:30"),
        ('<meta property="article:published_time" content="2024-11-07T20:30:00-05:00">', "2024-11-06 00:00"),
        ("<p>Published 6 November 2024, 10:30</p>", "2024-11-06 10:30"),
        ("<p>Updated 6 November 2024, 10:30</p>", "2024-11-06 00:00"),
    ],
)  # fmt: skip
def test_of_one_day_the_time_is_taken_from_who_has_it(told_elsewhere: str, when: str) -> None:
    data = f'<script type="application/ld+json">{{"@type": "NewsArticle", "url": "{HERE}", "datePublished": "2024-11-06"}}</script>'
    assert told(read(told_elsewhere, data))[0] == when
