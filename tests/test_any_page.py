"""Whatever a page is, it is read, and what is read of it is fit to store."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.extract import dates, extract
from scraper.extract.decode import as_utf8, decode
from scraper.extract.document import count_words, tidy
from scraper.records import Article, to_json
from scraper.sites import Layout, Rule, Site, unknown_site

URL = "https://news.example/politics/a-story"
SEEN = datetime(2026, 3, 2, 12, tzinfo=UTC)
TAGS = (
    "p div span a b i em strong ul ol li table tr td th article section main aside h1 h2 h3 figure figcaption img "
    "blockquote pre br time nav header footer script style noscript template select option button form svg math title"
).split()
INLINE = ("b", "i", "em", "strong", "span", "a", "mark", "sub", "u")
RULES = Site(
    key="news.example", name="News", hosts=("news.example",),
    layouts=(Layout(None, {"body": (Rule(css="article, p, div"),), "title": (Rule(css="h1"),), "date": (Rule(css="time"),),
                           "drop": (Rule(css="aside"), Rule(heading="Related")), "related": (Rule(heading="Related"),)}),),
)  # fmt: skip
# Control characters that no text of ours may hold (XML 1.0, "Char"), tab and line break apart.
CONTROL = re.compile("[\x00-\x08\x0e-\x1b\ud800-\udfff]")

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
attributes = st.sampled_from(
    ["", ' class="author tags related"', ' hidden', ' href="/topic/x"', ' datetime="2031-01-01"', ' itemprop="author datePublished"',
     ' src="a.jpg" srcset="b 1x,, c 9w"', ' style="display:none"', ' itemscope', ' lang="ar"']
)  # fmt: skip
pieces = st.one_of(
    words,
    st.builds("<{}{}>".format, st.sampled_from(TAGS), attributes),
    st.builds("</{}>".format, st.sampled_from(TAGS)),
    st.builds('<meta property="{}" content="{}">'.format, st.sampled_from(["og:title", "article:published_time", "author", "og:url"]), words),
    st.builds('<script type="application/ld+json">{{"@type":"NewsArticle","{}":{}}}</script>'.format,
              st.sampled_from(["headline", "author", "datePublished", "articleBody", "liveBlogUpdate", "@graph", "wordCount"]),
              st.sampled_from(["null", "[]", "{}", '"2031-01-01"', '"\\ud83d"', "[[{}]]", "1e999", '{"name":{"name":[1,null]}}'])),
)  # fmt: skip
markup = st.lists(pieces, max_size=60).map("".join)


def fit(article: Article) -> None:
    """Assert what is true of every record."""
    assert to_json(article)
    texts = [article.title or "", article.summary or "", *article.authors, *article.tags]
    assert all(text == tidy(text) for text in texts)
    assert not any(CONTROL.search(text) for text in [*texts, article.body, article.body_html])
    assert all(paragraph.strip() for paragraph in article.body.split("\n\n")) or not article.body
    assert article.word_count == count_words(article.body)
    for moment in (article.published, article.modified):
        assert moment is None or dates.EARLIEST <= moment <= SEEN + dates.TOLERANCE
    assert not re.search(
        r"<(?!/?(?:p|h[2-6]|ul|li|blockquote|pre|table|tbody|tr|td|br|a|b|strong|em|i|sub|sup|code|q|cite|s|u)\b)",
        article.body_html,
    )
    assert not re.search(r"<[^>]*(?:\bon\w+=|javascript:|style=)", article.body_html)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=3000),
    st.sampled_from([None, "text/html; charset=utf-8", "text/html; charset=gb2312", "text/html; charset=\u00e4"]),
)
def test_any_bytes_are_read(body: bytes, content_type: str | None) -> None:
    fit(extract(body, URL, site=RULES, content_type=content_type, fetched_at=SEEN))
    fit(extract(body, URL, site=unknown_site("news.example"), content_type=content_type, fetched_at=SEEN))


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(), max_size=2000))
def test_any_text_is_read(html: str) -> None:
    fit(extract(html, URL, site=unknown_site("news.example"), fetched_at=SEEN))


@settings(max_examples=250, deadline=None)
@given(markup)
def test_any_markup_is_read_and_reads_the_same_again(html: str) -> None:
    for site in (RULES, unknown_site("news.example")):
        article = extract(html, URL, site=site, fetched_at=SEEN)
        fit(article)
        assert (
            extract(
                html.encode("utf-8", "ignore"), URL, site=site, content_type="text/html; charset=utf-8", fetched_at=SEEN
            )
            == article
        )


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["", *INLINE]), st.sampled_from(["", " "])), min_size=2, max_size=12))
def test_inline_elements_neither_glue_nor_part_words(parts: list[tuple[str, str]]) -> None:
    shown = "".join(f"w{n}{space}" for n, (_, space) in enumerate(parts))
    marked = "".join((f"<{tag}>w{n}</{tag}>" if tag else f"w{n}") + space for n, (tag, space) in enumerate(parts))
    page = f"<h1>A title</h1><article><p>{marked}</p></article>"
    assert extract(page, URL, site=RULES, fetched_at=SEEN).body.split("\n\n")[-1] in (tidy(shown), "")


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=300) | st.text(st.characters(exclude_categories=["Cs"]), max_size=100).map(str.encode),
    st.sampled_from([None, "text/html; charset=iso-2022-jp", "text/html; charset=latin-1"]),
)
def test_bytes_that_are_kept_are_what_the_text_would_be(body: bytes, content_type: str | None) -> None:
    assert as_utf8(body, content_type).decode("utf-8") == decode(body, content_type).encode("utf-8", "ignore").decode()
