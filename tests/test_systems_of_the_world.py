"""Pages as content systems of many countries and years build them, read without a selector file."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from scraper.extract import dates, extract, paragraphs
from scraper.extract.document import Document
from scraper.records import Article
from scraper.sites import unknown_site

URL = "https://news.example/politics/minimum-wage-to-rise"
TITLE = "Minimum wage to rise in spring"
OG = (
    '<meta property="og:type" content="article"><meta property="article:published_time" content="2024-03-05T10:00:00Z">'
)
SENTENCES = [f"The council of Ardmere met for the {n} time on Monday, and spoke about the wages of all its people." for n in ("first", "second", "third", "fourth", "fifth", "sixth")]  # fmt: skip
PROSE = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
CHINESE = [f"市议会周一第{n}次开会讨论新桥的建设问题，经过三个小时的辩论后投票通过了这项计划，市长表示工程将于明年春天开始。" for n in "一二三四五六"]  # fmt: skip


def page(body: str, *, head: str = OG, title: str = TITLE, url: str = URL, lang: str = "en") -> Article:
    markup = f"<html lang={lang}><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    return extract(markup, url, site=unknown_site("news.example"), fetched_at=datetime(2025, 1, 1, tzinfo=UTC))


def story(body: str, *, head: str = OG, lang: str = "en") -> Article:
    return page(f"<main><article><h1>{TITLE}</h1>{body}</article></main>", head=head, lang=lang)


# -- paragraphs


@pytest.mark.parametrize(
    "markup",
    [
        "<div class=news-detail>{}</div>", "<table><tr><td><font size=3>{}</font></td><td width=99>Other news</td></tr></table>",
        "<div class=a><p class=b>{}</p></div>", "<article><span class=photo><em class=img_desc>The council in session.</em></span>{}</article>",
    ],
)  # fmt: skip
def test_line_breaks_make_paragraphs(markup: str) -> None:
    article = page(f"<h1>{TITLE}</h1>{markup.format('<br><br>'.join(SENTENCES))}")
    assert article.body.split("\n\n") == SENTENCES


def test_line_breaks_without_end_are_parted_in_time() -> None:
    nested = "<b>" * 900 + "x<br><br>y<br><br>" * 2000
    document = Document(f"<body>{nested}{'<p>a<br><br>' * 20_000}".encode(), URL)
    started = time.perf_counter()
    paragraphs.part(document.tree)
    assert time.perf_counter() - started < 5


# -- scripts whose letters are words


def test_the_title_above_a_story_in_chinese_is_not_repeated() -> None:
    body = "".join(f"<p>{sentence}</p>" for sentence in CHINESE)
    article = page(f"<main><div class=h><h1>港口小城决定重建旧轮渡码头</h1><p>速报</p></div><div class=b>{body}</div></main>", title="港口小城决定重建旧轮渡码头", lang="zh")  # fmt: skip
    assert article.body.split("\n\n") == CHINESE


@pytest.mark.parametrize("behind", ["_码头_工程", "（盐港日报）"])
def test_what_stands_behind_a_title_in_chinese_is_none_of_it(behind: str) -> None:
    name = "港口小城决定重建旧轮渡码头"
    article = page(f"<h1>{name}</h1>{PROSE}", head=f'{OG}<meta property="og:title" content="{name}{behind}">', title=f"{name}{behind}")  # fmt: skip
    assert article.title == name


# -- blogs


def test_the_heading_of_a_blog_is_the_blogs_name() -> None:
    head = '<h1><a href="https://news.example/">The Quay Blog</a></h1>'
    assert page(f"{head}<h3>{TITLE}</h3><div>{PROSE}</div>", title=f"The Quay Blog: {TITLE}").title == TITLE


def test_a_story_ends_above_its_comments() -> None:
    below = f"<p>Posted by Ann Lee</p><h2>Comments</h2><p>{SENTENCES[0].replace('first', 'last')}</p>"
    assert page(f"<div class=content><h3>{TITLE}</h3>{PROSE}{below}</div>").body.split("\n\n") == SENTENCES


@pytest.mark.parametrize(
    "stamp",
    [
        '<abbr class=published title="2009-03-05T21:14:00-03:00">21:14</abbr>',
        '<span property="dc:date dc:created" content="2009-03-05T21:14:00-03:00">5/3</span>',
    ],
)
def test_dates_in_the_attributes_of_blogs(stamp: str) -> None:
    assert story(PROSE + stamp, head="").published == datetime(2009, 3, 6, 0, 14, tzinfo=UTC)


# -- names


@pytest.mark.parametrize(
    ("byline", "name"),
    [
        ("<span class=post-author>Postado por Lúcia Tavares</span>", "Lúcia Tavares"),
        ("<span class=article-author>Γράφει η Ελένη Μαρκάτου</span>", "Ελένη Μαρκάτου"),
        ("<span class=author>โดย มาลี สายชล</span>", "มาลี สายชล"),
        ("<span class=autor>Autor: Hanna Solecka</span>", "Hanna Solecka"),
        ("<span class=news-list-author>Wiebke Harms</span>", "Wiebke Harms"),
        ("<div class=submitted>Soumis par <span class=username>Maëlle Kerdonis</span> le 22/10/2013</div>", "Maëlle Kerdonis"),
        ("<div class=x><span>Автор: <a>Олена Гнатюк</a></span> <span>6-03-2024, 09:12</span></div>", "Олена Гнатюк"),
        ('<meta name="articleAuthor" content="Defne Karasu">', "Defne Karasu"),
        ('<meta name="author" content="By ANN LEE alee@news.example">', "ANN LEE"),
    ],
)  # fmt: skip
def test_bylines_of_many_systems(byline: str, name: str) -> None:
    assert story(byline + PROSE).authors == (name,)


@pytest.mark.parametrize(
    "line", ["Von New York bis nach Rom", "By then it was too late for all", "<i class=x_author>amw</i>"]
)
def test_a_line_below_the_title_is_no_byline(line: str) -> None:
    assert story(f"<div class=x>{line}</div>{PROSE}").authors == ()


# -- what stands around and in it


def test_what_only_subscribers_see_is_text() -> None:
    paid = "".join(f'<div class="subscriber-only">{part}</div>' for part in PROSE.split("\n"))
    last = '<div class="subscriber-only"><p>The vote is on Friday, and the result of it is going to be told at noon.</p></div>'
    assert story(PROSE + paid + last).body.endswith("told at noon.")


@pytest.mark.parametrize(
    "box",
    [
        '<div class="kg-cta-card"><p>Support our reporting by becoming a member of our letter today.</p></div>',
        '<dl class="spip_documents"><dt><img src="a.jpg"></dt><dt><b>The council in session.</b></dt></dl>',
        '<table><tr><td><img src="a.jpg"></td></tr><tr><td>The council in session.</td></tr></table>',
        '<div class="komentarze"><p>High time, said a reader who has lived there for all her life.</p></div>',
    ],
)  # fmt: skip
def test_boxes_in_a_story(box: str) -> None:
    assert story(PROSE.replace("</p><p>", f"</p>{box}<p>", 1)).body.split("\n\n") == SENTENCES


def test_a_remark_in_brackets_is_no_agency() -> None:
    assert story(f"{PROSE}<p>[The meeting is adjourned at 9.40 pm]</p>").body.endswith("pm]")


def test_a_heading_of_the_first_rank_inside_a_story() -> None:
    assert "The vote" in story(PROSE.replace("</p><p>", "</p><h1>The vote</h1><p>", 1)).body.split("\n\n")


def test_the_tags_in_a_storys_footer() -> None:
    items = "".join(
        f'<li class="term-{n}"><a href="/t{n}">{tag}</a></li>' for n, tag in enumerate(("Wages", "Ardmere"))
    )
    assert story(f"{PROSE}<footer><ul class=td-tags>{items}</ul></footer>").tags == ("Wages", "Ardmere")


# -- calendars


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("۱۶ اسفند ۱۴۰۲ - ۰۹:۵۵", "2024-03-06T09:55"), ("تاریخ انتشار: ۱ فروردین ۱۴۰۴", "2025-03-21T00:00"), ("1403/01/01", "2024-03-20T00:00"),
        ("6 มี.ค. 2567 08:11 น.", "2024-03-06T08:11"), ("令和6年3月6日", "2024-03-06T00:00"), ("民國113年3月6日", "2024-03-06T00:00"),
    ],
)  # fmt: skip
def test_dates_of_other_calendars(printed: str, day: str) -> None:
    found = dates.parse(printed)
    assert found is not None
    assert found.when == datetime.fromisoformat(f"{day}:00+00:00")


@pytest.mark.parametrize(
    ("line", "lang", "day"),
    [
        ("<span>14 มีนาคม 2567 เวลา 10:15 น.</span>", "th", "2024-03-14"),
        ("<span>Published: 14 मार्च 2024 10:15 AM</span>", "hi", "2024-03-14"),
    ],
)
def test_months_whose_names_have_marks_in_them(line: str, lang: str, day: str) -> None:
    assert f"{story(line + PROSE, head='', lang=lang).published:%Y-%m-%d}" == day


def test_a_date_of_the_pages_own_calendar_may_stand_anywhere() -> None:
    head = "<div>امروز ۵ آذر ۱۴۰۳</div><div class=item-nav><span>۲۴ اسفند ۱۴۰۲ - ۱۰:۱۵</span></div>"
    markup = f"{head}<article><h1>{TITLE}</h1>{PROSE}</article>"
    assert f"{page(markup, head='', lang='fa').published:%Y-%m-%d}" == "2024-03-14"
