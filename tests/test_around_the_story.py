"""What stands around a story, beside it and in its sentences: which of it is text, and whose date and name it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from scraper.extract import extract
from scraper.records import Article
from scraper.sites import Layout, Rule, Site, unknown_site

URL = "https://news.example/politics/minimum-wage-to-rise"
TYPE = '<meta property="og:type" content="article">'
DATED = f'{TYPE}<meta property="article:published_time" content="2024-03-05T10:00:00Z">'
SENTENCES = [f"The council of Ardmere met for the {n} time on Monday, and spoke about the wages of all its people." for n in ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")]  # fmt: skip
PROSE = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
RULES = Site(
    key="news.example", name="", hosts=("news.example",),
    layouts=(Layout(None, {"title": (Rule(css="h1"),), "body": (Rule(css="article"),)}),),
)  # fmt: skip


def read(body: str, head: str = DATED, *, site: Site | None = None, around: str = "") -> Article:
    markup = (
        f"<html lang=en><head><title>Minimum wage to rise</title>{head}</head><body>{around}<main><article>"
        f"<h1>Minimum wage to rise</h1>{body}</article></main></body></html>"
    )
    return extract(markup, URL, site=site or unknown_site("news.example"), fetched_at=datetime(2025, 1, 1, tzinfo=UTC))


# -- the end and the middle


@pytest.mark.parametrize(
    "last",
    [
        "“We shot down all nine drones,” the governor wrote on Telegram.",
        "The army confirmed the number of the dead on WhatsApp.",
        "Netflix raised the price of its subscription by two dollars.",
        "Assange is a journalist who published secrets, his lawyers argue.",
        "The judge ruled that the songs were under copyright until 2040.",
        "The commission will take feedback until the end of May.",
        "Watch how prices move in the spring, said the analyst Mary Poe.",
    ],
)
def test_the_last_sentence_of_a_story_is_no_plea(last: str) -> None:
    assert read(f'{PROSE}<p>{last}</p><meta name="author" content="Ann Lee">', DATED + '<meta name="author" content="Ann Lee">').body.endswith(last)  # fmt: skip


@pytest.mark.parametrize(
    "last",
    [
        "Join our Telegram channel for the latest news of the day.", "Send us your feedback on this article.",
        "Copyright 2024 The News. All of it.", "Follow us on Telegram and elsewhere.", "Ann Lee is a reporter in our office in Ardmere.",
        "Watch: The mayor speaks about the bridge.", "Sign up for the morning newsletter.",
    ],
)  # fmt: skip
def test_a_plea_below_a_story_is_none_of_it(last: str) -> None:
    assert read(f"{PROSE}<p>{last}</p>", DATED + '<meta name="author" content="Ann Lee">').body.endswith(SENTENCES[-1])


@pytest.mark.parametrize(
    "sentence",
    [
        "Croatia is already a member of the euro zone, and of the union of its neighbours, as the minister said.",
        "Unbekannte haben personenbezogene Daten von zwei Millionen Kunden gestohlen, sagte die Polizei am Montag.",
        "They called the office, and heard a voice that said: please try again later, for all lines are busy now.",
    ],
)
def test_no_sentence_is_a_notice_for_a_word_in_it(sentence: str) -> None:
    assert sentence in read(f"<p>{SENTENCES[0]}</p><p>{sentence}</p>{PROSE}").body


@pytest.mark.parametrize(
    "items",
    [
        "<ul><li>Adults: 12.10 euros</li><li>Apprentices: 9 euros</li></ul>",
        "<table><tr><td>Adults</td><td>12.10 euros</td></tr></table>",
    ],
)
def test_a_list_that_the_last_line_announces_is_of_the_story(items: str) -> None:
    assert (
        "12.10 euros"
        in read(f"{PROSE}<p>The rates of the council of Ardmere from next year on are these:</p>{items}").body
    )


def test_a_heading_that_holds_an_authors_name_by_chance_stays() -> None:
    assert (
        "Analysis of the vote"
        in read(
            f"<p>{SENTENCES[0]}</p><p>{SENTENCES[1]}</p><h2>Analysis of the vote</h2>{PROSE}",
            DATED + '<meta name="author" content="Ana">',
        ).body
    )


# -- in a sentence


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ('The <a class="promo-link">minister of finance</a> said so at length on Monday.', "The minister of finance said so"),
        ('He said that the <span class="teaser">whole plan</span> would be dropped very soon.', "the whole plan would"),
        ('<span class=dropcap aria-hidden=true>T</span>he council spoke for three hours on Monday.', "The council spoke"),
        ('The <button class=glossary>inflation</button> rate rose to seven percent on Monday.', "The inflation rate"),
        ("He said <button>click</button> here.", "He said click here."),
        ('It says <math alttext="E=mc²"><mi>E</mi><mo>=</mo><mi>m</mi></math> over the door of the council hall on the quay.', "It says E=mc² over the door"),
        ("It says <math><mi>E</mi><mo>=</mo><mi>m</mi></math> over the door of the council hall on the quay.", "It says E=m over the door"),
        ('It says <span class=f><span class=t><math><mi>E</mi></math></span><span aria-hidden=true>E</span></span> over the door of the council hall.', "It says E over the door"),
        ('The <a href=/z>plan<span class=visually-hidden> (opens in new tab)</span></a> hung in the council hall for all to see.', "The plan hung"),
        ('<span class=screen-reader-text>Quote</span>The plan hung in the council hall for all to see that day.', "\n\nThe plan hung"),
        ("It costs <nobr>5,000 euros</nobr> now, and will cost more in the coming year.", "costs 5,000 euros now"),
        ("In <ruby>東京<rt>とうきょう</rt></ruby> the council spoke for three hours on Monday.", "In 東京 the council"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("site", [None, RULES])
def test_words_of_a_sentence_stay_in_it(markup: str, text: str, site: Site | None) -> None:
    lead = "The members of the council came together again this week, to hear what the mayor had to say."
    assert text in read(f"<p>{lead}</p><p>{markup}</p>{PROSE}", site=site).body


def test_much_text_in_a_box_that_is_said_to_be_for_screen_readers_is_text() -> None:
    assert read(f"<div class=sr-only>{PROSE}</div>", site=RULES).body.endswith("\n\n".join(SENTENCES))
    started = time.process_time()
    read("<span class=sr-only>a word or two " * 5000 + PROSE, site=RULES)
    assert time.process_time() - started < 10


@pytest.mark.parametrize("site", [None, RULES])
def test_a_table_or_a_quote_in_a_figure_is_text_and_a_caption_is_none(site: Site | None) -> None:
    table = "<figure class=wp-block-table><table><tr><td>Adults</td><td>12.10 euros</td></tr></table><figcaption>The new rates</figcaption></figure>"
    quote = "<figure class=wp-block-pullquote><blockquote><p>Nobody asked the ferry men, who have rowed here for years.</p></blockquote></figure>"
    body = read(f"<p>{SENTENCES[0]}</p>{table}<p>{SENTENCES[1]}</p>{quote}{PROSE}", site=site).body
    assert "Nobody asked the ferry men" in body
    assert "The new rates" not in body
    assert ("Adults | 12.10 euros" in body) or site is None


def test_a_quote_that_was_pulled_out_of_the_text_is_there_once() -> None:
    pulled = SENTENCES[3]
    assert read(f"{PROSE[:300]}<blockquote>“{pulled}”</blockquote>{PROSE}").body.count(pulled) == 1


def test_lines_of_code_and_of_poems_stay_lines() -> None:
    assert (
        "Roses are red\nViolets are blue"
        in read(f"{PROSE}<pre>Roses are red<br>Violets are blue</pre>", site=RULES).body
    )


@pytest.mark.parametrize("line_break", ["<br><br>", "<br /> <br />\n", "<BR><BR><BR>"])
@pytest.mark.parametrize("box", ["<div class=post-body>{}</div>", "<p>{}</p>", "<table><tr><td>{}</td></tr></table>"])
def test_line_breaks_part_paragraphs(line_break: str, box: str) -> None:
    markup = f"<html lang=en><head><title>Minimum wage to rise</title>{DATED}</head><body><h1>Minimum wage to rise</h1>{box.format(line_break.join(SENTENCES))}"
    assert extract(markup, URL, site=unknown_site("news.example")).body.split("\n\n") == SENTENCES
    by_rules = read(box.format(line_break.join(SENTENCES)), site=RULES).body.split("\n\n")
    assert [line for line in by_rules if line != "Minimum wage to rise"] == SENTENCES


def test_the_links_of_a_box_in_the_story_are_kept_as_related() -> None:
    box = '<div class="related-stories"><h4>More</h4><ul><li><a href="/ferry">The ferry is sold</a></li></ul></div>'
    rail = '<div class="related-stories"><a href="/elsewhere">Another page of the site</a></div>'
    article = read(f"<p>{SENTENCES[0]}</p>{box}{PROSE}", around=rail)
    assert [(link.url, link.text, link.kind) for link in article.related] == [
        ("https://news.example/ferry", "The ferry is sold", "related")
    ]
    assert "ferry" not in article.body


# -- whose date, whose name


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (PROSE, f'{TYPE}<meta property="article:modified_time" content="2024-09-09T10:00:00Z">'),
        (PROSE, '<script type="application/ld+json">{"@type": "NewsArticle", "dateModified": "2024-09-09"}</script>'),
        (f"{PROSE}<footer>© 2019 The News</footer>", TYPE),
        (f"{PROSE}<aside>12 March 2024 <a href=/x>Another story</a></aside>", TYPE),
        (f'{PROSE}<time class="updated" datetime="2024-05-09">9 May</time>', TYPE),
        (f'{PROSE}<ol class="comments"><li><article class="comment-body"><time datetime="2024-08-08">8 August</time>Me too.</article></ol>', TYPE),
    ],
    ids=["modified", "modified in JSON-LD", "a footer's year", "a rail's day", "updated", "a comment's"],
)  # fmt: skip
def test_a_day_that_is_not_the_storys_is_not_taken_for_it(body: str, head: str) -> None:
    assert read(body, head).published is None


def test_of_several_times_the_one_of_publication_is_taken() -> None:
    times = '<time class="updated" datetime="2024-05-09">9 May</time><time class="published" datetime="2024-05-01">1 May</time>'
    ticker = '<div class="ticker"><article><time datetime="2024-06-06">now</time></article></div>'
    found = read(times + PROSE, TYPE, around=ticker).published
    assert found is not None
    assert found.date().isoformat() == "2024-05-01"


@pytest.mark.parametrize(
    "head",
    [
        '<time class="entry-date published updated" datetime="2024-03-05T10:00:00Z">5 March</time><a rel=author>Jane Doe</a>',
        '<div class="elementor-widget elementor-widget-post-info"><a rel=author>Jane Doe</a><time datetime="2024-03-05">5 March</time></div>',
        '<p class="entry-meta comments-open"><a rel=author>Jane Doe</a><time datetime="2024-03-05">5 March</time></p>',
        '<aside class="article-meta"><a rel=author>Jane Doe</a><time datetime="2024-03-05">5 March</time></aside>',
        '<a rel=author>Jane Doe</a><footer class="entry-footer">Posted on March 5, 2024</footer>',
    ],
)
def test_boxes_of_content_systems_speak_for_the_story(head: str) -> None:
    article = read(head + PROSE, TYPE)
    assert article.published is not None
    assert (article.published.date().isoformat(), article.authors) == ("2024-03-05", ("Jane Doe",))


def test_the_item_that_holds_the_heading_speaks_for_the_page() -> None:
    rail = (
        '<div itemscope itemtype="https://schema.org/NewsArticle"><meta itemprop="datePublished" content="2020-01-01">'
        '<span itemprop="author">Other Man</span></div>'
    )
    own = '<meta itemprop="datePublished" content="2024-05-01"><span itemprop="author">Jane Doe</span>'
    markup = f'<html lang=en><title>Minimum wage</title><body>{rail}<article itemscope itemtype="https://schema.org/NewsArticle"><h1>Minimum wage</h1>{own}{PROSE}</article>'
    article = extract(markup, URL, site=unknown_site("news.example"))
    assert article.published is not None
    assert (article.published.year, article.authors) == (2024, ("Jane Doe",))


@pytest.mark.parametrize(
    "beside",
    [
        '<div class="comment"><span class="author">TrollKing</span>Nonsense!</div>',
        '<aside class="related"><span class="byline">By Other Man</span></aside>',
        '<div class="sidebar"><a rel="author">Other Man</a></div>',
    ],
)
def test_names_beside_a_story_are_not_its_authors(beside: str) -> None:
    assert read(PROSE + beside).authors == ()


def test_a_page_without_an_image_of_its_own_has_the_one_that_it_names() -> None:
    named = '<meta property="og:image" content="/big.jpg"><meta property="og:image:alt" content="The bridge">'
    [image] = read(PROSE, DATED + named).images
    assert (image.url, image.alt) == ("https://news.example/big.jpg", "The bridge")
    [image] = read(f"{PROSE}<figure><img src=/own.jpg></figure>", DATED + named).images
    assert image.url == "https://news.example/own.jpg"
