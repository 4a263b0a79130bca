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
    assert feeds.read(body, HOME, {}) == ()
