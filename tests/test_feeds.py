"""RSS, Atom and JSON feeds."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from listings import HOME, found, reading

from scraper.discover import feeds

RSS = f"""<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><link>{HOME}</link>
<item><title>Tom &amp;amp; Jerry</title><link>{HOME}a?utm_source=rss</link><pubDate>Mon, 02 Mar 2026 08:00:00 +0200</pubDate></item>
<item><title>Two</title><link>/b</link><pubDate>not a date</pubDate></item>
<item><title>No link</title></item></channel></rss>"""
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry><title>One</title>
<link rel="alternate" href="{HOME}a"/><published>2026-03-02T08:00:00+02:00</published><updated>2026-03-02T09:00:00+02:00</updated>
</entry></feed>"""
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "News",
        "items": [
            {"id": "1", "url": HOME + "a", "title": "One", "date_published": "2026-03-02T08:00:00+02:00", "date_modified": "2026-03-03"},
            {"id": "2", "title": "no url"}, "nonsense", None, {"url": "mailto:x"}, {"url": None},
        ],
    }
)  # fmt: skip
SIX = datetime(2026, 3, 2, 6, tzinfo=UTC)


def test_rss_gives_links_titles_and_dates_in_utc() -> None:
    got = reading(RSS, content_type="text/html")
    assert got.what == "feed"
    first, second = got.links
    assert (first.url, first.source, first.published) == (HOME + "a?utm_source=rss", "feed", SIX)
    assert first.title == "Tom & Jerry"
    assert (second.url, second.published) == (HOME + "b", None)


def test_atom_gives_published_and_modified() -> None:
    [link] = reading(ATOM).links
    assert (link.url, link.title, link.published) == (HOME + "a", "One", SIX)
    assert link.modified == datetime(2026, 3, 2, 7, tzinfo=UTC)


def test_a_json_feed_is_a_feed() -> None:
    [link] = reading(JSON_FEED, content_type="application/feed+json").links
    assert (link.url, link.title, link.published) == (HOME + "a", "One", SIX)
    assert link.modified == datetime(2026, 3, 3, tzinfo=UTC)


def test_an_entry_without_a_link_is_no_page() -> None:
    body = '<rss version="2.0"><channel><item><title>x</title></item><item><guid isPermaLink="false">4711</guid></item></channel></rss>'
    assert found(body) == []


@pytest.mark.parametrize(
    "body",
    [
        '<rss version="2.0"><channel><item><link>https://news.example/a</link></item>',
        '\n\n<?xml version="1.0"?><rss version="2.0"><channel><item><link>https://news.example/a</link></item></channel></rss>',
        '<rss version="2.0"><channel><item><link><![CDATA[https://news.example/a]]></link><pubDate/></item></channel></rss>',
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><item>'
        "<link>https://news.example/a</link></item></rdf:RDF>",
        '<?xml version="1.0" encoding="windows-1252"?><rss version="2.0"><channel><item><title>caf\u00e9</title>'
        "<link>https://news.example/a</link></item></channel></rss>",
    ],
    ids=["cut off", "blank lines", "CDATA", "RSS 1.0", "wrong encoding named"],
)
def test_feeds_are_read_in_the_shapes_that_sites_give_them(body: str) -> None:
    assert found(body, content_type="application/rss+xml") == ["/a"]


@pytest.mark.parametrize(
    "body",
    [b'{"version": "https://jsonfeed.org/version/1", "items": {}}', b'{"version": "https://jsonfeed.org/version/1", '],
)
def test_a_broken_json_feed_has_no_entries(body: bytes) -> None:
    assert feeds.read(body, HOME, None) == ()


def an_rss(title: str) -> str:
    return f'<rss version="2.0"><channel><item><title>{title}</title><link>{HOME}a</link></item></channel></rss>'


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Good &#xD83D;&#xDE00; news", "Good \U0001f600 news"),
        ("Good &#55357;&#56832; news", "Good \U0001f600 news"),
        ("Good &#xD83D; news", "Good news"),
        ("Good &#1114112; news", "Good news"),
        ("Tea &#38;amp; cake &#x1F370;", "Tea & cake \U0001f370"),
    ],
)
def test_references_that_are_no_characters_cost_no_feed(written: str, title: str) -> None:
    [link] = reading(an_rss(written), content_type="application/rss+xml").links
    assert " ".join((link.title or "").split()) == title


@pytest.mark.parametrize("charset", ["undefined", "nosuch", "base64", "idna", "punycode", "unicode_escape", ""])
def test_a_charset_that_is_none_costs_no_feed(charset: str) -> None:
    assert found(an_rss("A"), content_type=f"application/rss+xml; charset={charset}") == ["/a"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("content_type", ["application/rss+xml", "text/xml; charset=UTF-16"])
def test_a_feed_in_utf_16_or_said_to_be_is_read(encoding: str, content_type: str) -> None:
    text = '<?xml version="1.0" encoding="utf-16"?>' + an_rss("Caf\u00e9")
    [link] = reading(text.encode(encoding), content_type=content_type).links
    assert link.title == "Caf\u00e9"


def test_a_feed_about_pages_is_one() -> None:
    assert found(an_rss("<![CDATA[How <html> began]]>"), content_type="application/rss+xml") == ["/a"]


@pytest.mark.parametrize(
    "feed",
    [
        '{"version": "https:\\/\\/jsonfeed.org\\/version\\/1.1", "items": [{"url": "/a"}]}',
        '{"description": "' + "long " * 200 + '", "version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/a"}]}',
        '{"items": [{"url": "/a"}], "version": "https://jsonfeed.org/version/1"}',
        '\ufeff {"version": "https://jsonfeed.org/version/1", "items": [{"url": "/a", "title": "smile \\ud83d"}]}',
    ],
    ids=["escaped slashes", "a long description first", "version last", "half a character"],
)  # fmt: skip
def test_json_feeds_are_read_in_the_shapes_that_sites_give_them(feed: str) -> None:
    assert found(feed, content_type="application/json") == ["/a"]


def test_a_json_feed_without_end_is_no_listing() -> None:
    deep = '{"version": "https://jsonfeed.org/version/1", "items": ' + "[" * 50_000
    assert reading(deep, content_type="application/json").links == ()
