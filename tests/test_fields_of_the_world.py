"""What pages of many languages and content systems print: kinds, dates, names, tags, titles, images, letters."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scraper.extract import authors, dates, extract
from scraper.records import Article, utc_now
from scraper.sites import unknown_site

URL = "https://news.example/politics/minimum-wage-to-rise"
OG = (
    '<meta property="og:type" content="article"><meta property="article:published_time" content="2024-03-05T10:00:00Z">'
)
PROSE = "".join(f"<p>The council of Ardmere met for the {n} time on Monday, and spoke about the wages of all its people.</p>" for n in range(6))  # fmt: skip
CHINESE = "市议会周一开会讨论新桥的建设问题，经过三个小时的辩论后投票通过了这项计划，市长表示工程将于明年春天开始，预计需要两年时间才能完成。"
THAI = "สภาเมืองประชุมเมื่อวันจันทร์เพื่อหารือเรื่องสะพานใหม่และลงมติเห็นชอบหลังจากการอภิปรายนานสามชั่วโมงโดยนายกเทศมนตรีกล่าวว่างานจะเริ่มในฤดูใบไม้ผลิปีหน้า"


def read(
    body: str, head: str = "", *, title: str = "Minimum wage to rise", url: str = URL, lang: str = "en"
) -> Article:
    markup = f"<html lang={lang}><head><title>{title}</title>{head}</head><body><main><article><h1>{title}</h1>{body}</article></main></body></html>"
    return extract(markup, url, site=unknown_site("news.example"), fetched_at=datetime(2025, 1, 1, tzinfo=UTC))


# -- kinds


@pytest.mark.parametrize(("lang", "sentence"), [("zh", CHINESE), ("ja", CHINESE.replace("的", "の")), ("th", THAI)])
@pytest.mark.parametrize("below", ["", '<div class="g-recaptcha"></div>'])
def test_a_story_without_spaces_is_as_long_as_it_is(lang: str, sentence: str, below: str) -> None:
    article = read("".join(f"<p>{number}{sentence}</p>" for number in range(6)) + below, OG, lang=lang)
    assert article.kind == "article"
    assert article.body.count(sentence) == 6
    assert article.word_count > 100


BRIEF = "<p>The council met on Monday, and voted for the new bridge with nineteen votes to four, after a debate of three hours.</p>"


@pytest.mark.parametrize(
    "title",
    [
        "Zustimmung zum Haushalt im Bundesrat", "Le consentement entre dans le code pénal", "500 migrants rescued off Crete",
        "410 houses destroyed by fire", "400-page report shows what went wrong",
        "403 – the bus line that nobody takes", "429 page dossier", "Nothing found in search for missing plane", "503 days of war", "404 sheep on the loose",
    ],
)  # fmt: skip
def test_a_story_is_none_of_what_its_title_speaks_of(title: str) -> None:
    assert read(BRIEF, OG, title=title).kind == "article"


@pytest.mark.parametrize(
    "beside",
    ['<div class="g-recaptcha"></div>', "<div id=cookie>We value your privacy</div>", "<form class=h-captcha></form>"],
)
def test_a_brief_with_a_form_beside_it_is_no_wall(beside: str) -> None:
    article = read(BRIEF + beside, OG)
    assert article.kind == "article"
    assert "nineteen votes" in article.body


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("404", "error"), ("404 Not Found", "error"), ("Error 503 - Service Unavailable", "error"), ("403 Forbidden", "error"),
        ("502 Bad Gateway", "error"), ("Nothing Found – News", "error"), ("Too Many Requests", "error"),
        ("Страница не найдена", "error"), ("Sayfa bulunamadı", "error"), ("ページが見つかりません", "error"), ("Page non trouvée", "error"),
        ("Access to this page has been denied.", "wall"), ("Un momento…", "wall"), ("Zustimmung | News", "wall"),
        ("Before you continue to News", "wall"),
    ],
)  # fmt: skip
def test_errors_and_walls_are_known_by_their_whole_title(title: str, kind: str) -> None:
    assert (
        read(
            "<p>We could not show you this, dear reader. Please go back to where you came from.</p>" * 4, title=title
        ).kind
        == kind
    )


def test_a_page_that_lists_others_is_a_section_and_one_with_a_query_is_none() -> None:
    lists = '<script type="application/ld+json">{"@type": "CollectionPage", "name": "Politics"}</script>'
    teasers = "".join(
        f"<article><h2><a href=/{n}>A story</a></h2><p>{'A teaser of it. ' * 5}</p></article>" for n in range(6)
    )
    assert read(teasers, lists).kind == "section"
    assert read(PROSE, OG, url="https://news.example/?p=123").kind == "article"


def test_a_clip_beside_the_text_is_not_the_story() -> None:
    clip = '<script type="application/ld+json">{"@type": "VideoObject", "uploadDate": "2020-01-01", "name": "A clip", "description": "Of it."}</script>'
    article = read(PROSE, OG + clip)
    assert (article.kind, article.published) == ("article", datetime(2024, 3, 5, 10, tzinfo=UTC))
    assert article.summary is None
    assert read("<p>Watch.</p>", clip).kind == "video"


# -- dates


@pytest.mark.parametrize(
    ("text", "language", "when", "zone"),
    [
        ("5 mars 2024 à 10h30", "fr", "2024-03-05 10:30", "assumed"),
        ("5. März 2024, 14.30 Uhr", "de", "2024-03-05 14:30", "assumed"),
        ("5 marzo 2024 - 14.30", "it", "2024-03-05 14:30", "assumed"),
        ("5 مارس 2024 3:45 م", "ar", "2024-03-05 15:45", "assumed"),
        ("5 أيار/مايو 2024", "ar", "2024-05-05 00:00", "assumed"),
        ("6 نوفمبر/تشرين الثاني 2024", "ar", "2024-11-06 00:00", "assumed"),
        ("7 أكتوبر/تشرين الأول 2023", "ar", "2023-10-07 00:00", "assumed"),
        ("6 كانون الثاني / يناير 2024 10:30", "ar", "2024-01-06 10:30", "assumed"),
        ("Thu 7 Nov 2024 00.30 GMT", "en", "2024-11-07 00:30", "printed"),
        ("7 Nov 2024 10:30 MEZ", "de", "2024-11-07 09:30", "printed"),
        ("7. Juli 2024, 10:30 MESZ", "de", "2024-07-07 08:30", "printed"),
        ("05/03/2024 10h30", "pt", "2024-03-05 10:30", "assumed"),
        ("05-03-2024 10:30", "es", "2024-03-05 10:30", "assumed"),
        ("March 5, 2024 10:30 a.m. ET", "en", "2024-03-05 15:30", "printed"),
        ("2024-03-05T10:30:00 EST", None, "2024-03-05 15:30", "printed"),
        ("5 March 2024 10:30 AEDT", "en", "2024-03-04 23:30", "printed"),
        ("5 Mar 2024 14:30 GMT+2", "en", "2024-03-05 12:30", "printed"),
        ("5 марта 2024 в 10:30 МСК", "ru", "2024-03-05 07:30", "printed"),
        ("2024년 3월 5일 10:30", "ko", "2024-03-05 10:30", "assumed"),
        ("०५ मार्च २०२४", "hi", "2024-03-05 00:00", "assumed"),
        ("৫ মার্চ ২০২৪", "bn", "2024-03-05 00:00", "assumed"),
        ("05.03.2024 10:00 GMT", None, "2024-03-05 10:00", "printed"),
        ("05.03.2024 10:00 +0300", None, "2024-03-05 07:00", "printed"),
        ("2024-03-05 10:00 PM", None, "2024-03-05 22:00", "assumed"),
        ("2024年3月5日 午後3:20", "ja", "2024-03-05 15:20", "assumed"),
        ("2024年3月5日 15時20分", "ja", "2024-03-05 15:20", "assumed"),
        ("2024년 3월 5일 오후 3:20", "ko", "2024-03-05 15:20", "assumed"),
        ("5 mars 2024 à 10:30 et mis à jour", "fr", "2024-03-05 10:30", "assumed"),
        ("5 March 2024 | 5.30 min read", "en", "2024-03-05 00:00", "assumed"),
        ("Version 2.10 5 March 2024", "en", "2024-03-05 00:00", "assumed"),
        ("5 March 2024 10:00 GMT+99", "en", "2024-03-05 10:00", "assumed"),
    ],
)  # fmt: skip
def test_dates_are_read_as_the_world_prints_them(text: str, language: str | None, when: str, zone: str) -> None:
    found = dates.parse(text, language=language)
    assert found is not None
    assert (f"{found.when:%Y-%m-%d %H:%M}", found.zone) == (when, zone)


@pytest.mark.parametrize(
    ("text", "language"),
    [("03/05/2024 3 min", None), ("2024-03-05 il y a 3 heures", "fr"), ("3 hours ago", "en"), ("yesterday 10:30", "en"), ("hace 2 días", "es")],
)  # fmt: skip
def test_no_date_is_reckoned_by_the_clock_of_this_machine(text: str, language: str | None) -> None:
    found = dates.parse(text, language=language)
    assert found is None or abs(found.when - utc_now()).days > 100


@pytest.mark.parametrize("text", ["2024-03-05 10:00 UTC+24", "5 ² 2024", "March ² 5 2024", "5 March 2024 10:00 +99:99"])
def test_what_is_nearly_a_date_raises_nothing(text: str) -> None:
    dates.parse(text)


# -- names and tags


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("山田太郎、鈴木花子", ("山田太郎", "鈴木花子")),
        ("محمد أحمد، علي حسن", ("محمد أحمد", "علي حسن")),
        ("محمد أحمد و علي حسن", ("محمد أحمد", "علي حسن")),
        ("Иван Петров и Анна Смирнова", ("Иван Петров", "Анна Смирнова")),
        ("Jane Doe, Senior Political Correspondent", ("Jane Doe",)),
        ("By Jane Doe, Monday, November 18, 2019", ("Jane Doe",)),
        ("作者：王小明", ("王小明",)),
        ("Автор: Иван Петров", ("Иван Петров",)),
        ("Scritto da Ada Neri", ("Ada Neri",)),
        ("Analysis by John Roe", ("John Roe",)),
        ("Ein Kommentar von Anna Schmidt", ("Anna Schmidt",)),
        ("Robert Kennedy, Jr.", ("Robert Kennedy, Jr.",)),
        ("Marcel·lí Antúnez", ("Marcel·lí Antúnez",)),
        ("Ann Lee · Bo Roe", ("Ann Lee", "Bo Roe")),
        ("Jane Doe·John Roe", ("Jane Doe", "John Roe")),
        ("Published on 6 November 2024 by Ann Lee", ("Ann Lee",)),
        ("Published on 6 November 2024", ()),
        ("Publié le 6 novembre 2024 à 10h30 Par Anne Legrand (avec Reuters)", ("Anne Legrand",)),
        ("Submitted by Ann Lee on Wed, 11/06/2024 - 10:30", ("Ann Lee",)),
        ("Ann Lee, Political Editor, and Bo Fox in Brussels", ("Ann Lee", "Bo Fox")),
        ("Par Anne Legrand avec AFP", ("Anne Legrand",)),
        ("Ann Lee with Bo Fox", ("Ann Lee", "Bo Fox")),
        ("Ann Lee, AFP", ("Ann Lee", "AFP")),
        ("Von Anna Berg und Bo Fuchs, Berlin", ("Anna Berg", "Bo Fuchs")),
        ("Anna Berg, Plantu", ("Anna Berg", "Plantu")),
        ("أحمد علي وسارة حسن", ("أحمد علي", "سارة حسن")),
        ("محمد أحمد وليد حسن", ("محمد أحمد وليد حسن",)),
        ("Lee, Ann", ("Ann Lee",)),
        ("Lee, Ann M.; Fox, Bo", ("Ann M. Lee", "Bo Fox")),
        ("Reuters, Berlin", ("Reuters", "Berlin")),
    ],
)  # fmt: skip
def test_bylines_are_parted_as_the_world_parts_them(byline: str, names: tuple[str, ...]) -> None:
    assert authors.clean([byline]) == names


@pytest.mark.parametrize(
    ("keywords", "tags"),
    [("经济，股市，银行", ("经济", "股市", "银行")), ("اقتصاد، سوق، بنك", ("اقتصاد", "سوق", "بنك")), ("wages; unions", ("wages", "unions"))],
)  # fmt: skip
def test_keywords_are_parted_as_the_world_parts_them(keywords: str, tags: tuple[str, ...]) -> None:
    assert read(PROSE, f'<meta name="keywords" content="{keywords}">').tags == tags


def test_a_category_is_no_tag() -> None:
    links = '<a rel="category tag" href="/c">Uncategorized</a><a rel="tag" href="/t">Wages</a>'
    assert read(PROSE + links).tags == ("Wages",)


# -- titles, texts, images, letters


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("<span class=kicker>Politics</span><span>Minimum wage to rise</span>", "Politics Minimum wage to rise"),
        ("“<em>Foo</em>”, bar<br>H<sub>2</sub>O un<b>believ</b>able", "“Foo”, bar H2O unbelievable"),
        ("Minimum wage<svg><title>Share icon</title></svg><style>.a{}</style>", "Minimum wage"),
        ("<span>M</span><span>inimum wage</span>", "Minimum wage"),
    ],
)
def test_no_words_of_a_title_are_glued_or_torn_apart(heading: str, title: str) -> None:
    article = extract(f"<html lang=en><body><article><h1>{heading}</h1>{PROSE}", URL, site=unknown_site("news.example"))
    assert article.title == title


def test_what_is_escaped_twice_and_what_is_marked_up_is_text() -> None:
    head = (
        '<meta property="og:title" content="Wage &amp;amp; pensions rise"><meta property="og:description" content="The &amp;quot;yes&amp;quot;">'
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Wage &amp; <em>pensions</em> rise"}</script>'
    )
    article = extract(
        f"<html lang=en><head>{head}</head><body><article>{PROSE}", URL, site=unknown_site("news.example")
    )
    assert article.title is not None
    assert " ".join(article.title.split()) == "Wage & pensions rise"
    assert article.summary == 'The "yes"'


def test_addresses_and_what_only_looks_like_markup_stay_as_they_are() -> None:
    address = "https://news.example/i.jpg?w=1200&section=2&timestamp=7&region=eu"
    data = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Why a<b and Vec<T> won"}</script>'
    article = extract(
        f'<html lang=en><head><meta property="og:image" content="{address}">{data}</head><body><article>{PROSE}',
        URL,
        site=unknown_site("news.example"),
    )
    assert [image.url for image in article.images] == [address]
    assert article.title == "Why a<b and Vec<T> won"


@pytest.mark.parametrize("said", ["false", '"False"', '"http://schema.org/False"'])
def test_a_part_that_is_not_free_is_a_paywall(said: str) -> None:
    part = f'{{"@type": "NewsArticle", "hasPart": {{"@type": "WebPageElement", "isAccessibleForFree": {said}}}}}'
    assert read(PROSE, f'<script type="application/ld+json">{part}</script>').paywalled is True


@pytest.mark.parametrize(
    ("image", "url"),
    [
        ("src=/photo-681x1024.jpg", "/photo-681x1024.jpg"),
        ("src=/transparent-government.jpg", "/transparent-government.jpg"),
        ("src=/pixel/1x1.gif srcset='/a.jpg 300w,/b.jpg 900w'", "/b.jpg"),
        ("srcset='/a,b.jpg 300w, /c.jpg 1.5x'", "/a,b.jpg"),
        ("src=/spacer.gif data-src=/a.jpg data-url=/page", "/a.jpg"),
    ],
)
def test_images_are_those_that_a_browser_would_show(image: str, url: str) -> None:
    [found] = read(f"{PROSE}<figure><img {image}></figure>").images
    assert found.url == f"https://news.example{url}"


def test_a_caption_is_that_of_the_innermost_figure_and_a_place_is_no_credit() -> None:
    figures = "".join(f"<figure><img src=/{n}.jpg><figcaption>Mayor {n} (left)</figcaption></figure>" for n in "ab")
    found = read(f"{PROSE}<figure>{figures}</figure>").images
    assert [(image.caption, image.credit) for image in found] == [("Mayor a (left)", None), ("Mayor b (left)", None)]


RUSSIAN = "Правительство повысит минимальную зарплату с января. " * 12


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r"])
def test_a_page_that_calls_another_encoding_utf_8_is_guessed(encoding: str) -> None:
    page = f'<html><meta charset="utf-8"><h1>Зарплата</h1><article><p>{RUSSIAN}</p></article>'.encode(encoding)
    assert RUSSIAN.strip() in extract(page, URL, site=unknown_site("news.example")).body


@pytest.mark.parametrize("label", ["iso_8859-1", "ISO8859_1", "latin_1"])
def test_labels_of_one_encoding_mean_the_same(label: str) -> None:
    page = f"<html><meta charset={label}><h1>Café</h1><article>{PROSE}<p>“Déjà vu” – 5 €, she said to all of them.</p>".encode(
        "cp1252"
    )
    assert "“Déjà vu” – 5 €" in extract(page, URL, site=unknown_site("news.example")).body


@pytest.mark.parametrize("url", ["http://[bad/x", "", "http://host:99999/x", "file:///x"])
def test_an_address_that_is_none_is_no_exception(url: str) -> None:
    article = extract(f"<article><h1>Wages</h1>{PROSE}<a href=/x>x</a>", url, site=unknown_site("news.example"))
    assert article.title == "Wages"
