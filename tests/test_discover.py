"""Listings: sitemaps, feeds and section pages of every shape become links, and no walk is endless."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from scraper.discover import ALWAYS, MAX_DEPTH, Listing, Reading, discover, feeds, read, sections, seeds, sitemaps
from scraper.records import Page
from scraper.sites import Discover, Site, unknown_site

HOME = "https://news.example/"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
SITE = unknown_site("news.example")
WITH_PATTERNS = Site(
    key="news.example", name="News", hosts=("news.example",), discover=Discover(articles=["^/story/"], skip=["^/story/video"])
)  # fmt: skip
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def page(body: str | bytes, url: str = HOME, content_type: str = "text/html") -> Page:
    data = body.encode() if isinstance(body, str) else body
    return Page(
        url=url, final_url=url, status=200, headers={"content-type": content_type}, body=data, fetched_at=NOW
    )  # fmt: skip


def reading(body: str | bytes, url: str = HOME + "list", content_type: str = "text/html", site: Site = SITE) -> Reading:
    return read(Listing(url), page(body, url, content_type), site)


def found(body: str | bytes, content_type: str = "text/html", site: Site = SITE) -> list[str]:
    """The paths of the links in a listing."""
    return [
        link.url.removeprefix("https://news.example")
        for link in reading(body, content_type=content_type, site=site).links
    ]


def urlset(*paths: str, attributes: str = XMLNS) -> str:
    return (
        f"<urlset {attributes}>"
        + "".join(f"<url><loc>https://news.example{path}</loc></url>" for path in paths)
        + "</urlset>"
    )


# -- sitemaps


def test_a_urlset_names_pages_with_their_lastmod() -> None:
    body = f"<?xml version='1.0'?><urlset {XMLNS}><url><loc>{HOME}a</loc><lastmod>2026-03-01T23:30:00-02:00</lastmod></url></urlset>"
    [link] = reading(body).links
    assert (link.url, link.source, link.found_in) == (HOME + "a", "sitemap", HOME + "list")
    assert (link.modified, link.published) == (datetime(2026, 3, 2, 1, 30, tzinfo=UTC), None)


def test_an_index_names_sitemaps_newest_first() -> None:
    body = f"""<sitemapindex {XMLNS}><sitemap><loc>{HOME}1.xml</loc><lastmod>2026-01-01</lastmod></sitemap>
    <sitemap><loc>{HOME}2.xml</loc><lastmod>2026-02-01</lastmod></sitemap><sitemap><loc>{HOME}3.xml</loc></sitemap></sitemapindex>"""
    got = reading(body)
    assert (got.what, got.links, got.error) == ("sitemap", (), None)
    assert [listing.url for listing in got.listings] == [HOME + "2.xml", HOME + "1.xml", HOME + "3.xml"]
    assert {listing.depth for listing in got.listings} == {1}
    assert {listing.found_in for listing in got.listings} == {HOME + "list"}


def test_a_news_sitemap_gives_dates_and_titles() -> None:
    body = f"""<urlset {XMLNS} {NEWS} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url><loc>{HOME}a</loc>
    <image:image><image:loc>{HOME}a.jpg</image:loc><image:title>A picture</image:title></image:image>
    <news:news><news:publication><news:name>News</news:name></news:publication>
    <news:publication_date>2026-03-02T08:00:00+02:00</news:publication_date><news:title>Tom &amp; Jerry</news:title></news:news>
    </url></urlset>"""
    [link] = reading(body).links
    assert (link.url, link.title, link.published) == (HOME + "a", "Tom & Jerry", datetime(2026, 3, 2, 6, 0, tzinfo=UTC))


def test_an_image_before_the_loc_is_not_the_page() -> None:
    body = f"""<urlset {XMLNS} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url>
    <image:image><image:loc>{HOME}a.jpg</image:loc></image:image><loc>{HOME}a</loc></url></urlset>"""
    assert found(body) == ["/a"]


def test_lines_of_urls_are_a_sitemap() -> None:
    assert found(f"\ufeff{HOME}a\r\n\r\n{HOME}b\n") == ["/a", "/b"]
    assert reading(f"{HOME}a\n{HOME}b", content_type="text/plain").what == "sitemap"
    assert reading(f"{HOME}a and more words", content_type="text/plain").error is not None


@pytest.mark.parametrize("times", [1, 2])
def test_gzip_is_unpacked_however_often_it_was_packed(times: int) -> None:
    body = urlset("/a", "/b").encode()
    for _ in range(times):
        body = gzip.compress(body)
    assert found(body, content_type="application/octet-stream") == ["/a", "/b"]


def test_gzip_in_several_members_is_read_to_its_end() -> None:
    text = urlset(*(f"/{n}" for n in range(100))).encode()
    body = gzip.compress(text[:700]) + gzip.compress(text[700:])
    assert len(found(body)) == 100


def test_cut_off_gzip_gives_what_came_before() -> None:
    body = gzip.compress(urlset(*(f"/story-{n * 7919}" for n in range(2000))).encode())
    assert len(found(body[: len(body) // 2])) > 100


def test_gzip_that_is_none_is_an_error_in_one_line() -> None:
    got = reading(b"\x1f\x8b\x08 this is no gzip", content_type="application/gzip")
    assert got.error is not None
    assert "gzip" in got.error
    assert got.links == ()


def test_plain_xml_named_gz_is_read() -> None:
    got = read(Listing(HOME + "s.xml.gz"), page(urlset("/a"), HOME + "s.xml.gz", "application/x-gzip"), SITE)
    assert [link.url for link in got.links] == [HOME + "a"]


def test_a_gzip_bomb_is_refused_in_bounded_memory() -> None:
    bomb = gzip.compress(urlset("/a").encode() + b" " * (2 * sitemaps.MAX_BYTES), compresslevel=1)
    tracemalloc.start()
    try:
        got = reading(bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert got.error is not None
    assert "more than" in got.error
    assert peak < 2.5 * sitemaps.MAX_BYTES


SHAPES = {
    "declaration": '<?xml version="1.0" encoding="UTF-8"?>\n' + urlset("/a", "/b"),
    "blank line before the declaration": '\n\n<?xml version="1.0" encoding="UTF-8"?>\n' + urlset("/a", "/b"),
    "byte order mark": '\ufeff<?xml version="1.0"?>' + urlset("/a", "/b"),
    "no namespace": urlset("/a", "/b", attributes=""),
    "another namespace": urlset("/a", "/b", attributes='xmlns="http://www.google.com/schemas/sitemap/0.84"'),
    "prefix": f'<s:urlset xmlns:s="http://x"><s:url><s:loc>{HOME}a</s:loc></s:url><s:url><s:loc>{HOME}b</s:loc></s:url></s:urlset>',
    "undeclared prefix": f"<urlset><url><loc>{HOME}a</loc><xhtml:link href='x'/></url><url><loc>{HOME}b</loc></url></urlset>",
    "CDATA": f"<urlset><url><loc><![CDATA[{HOME}a]]></loc></url><url><loc>\n <![CDATA[{HOME}b]]>\n</loc></url></urlset>",
    "white space": f"<urlset><url><loc>\n  {HOME}a\n  </loc></url><url><loc>\t{HOME}b</loc></url></urlset>",
    "upper case": f"<URLSET><URL><LOC>{HOME}a</LOC></URL><URL><LOC>{HOME}b</LOC></URL></URLSET>",
    "empty loc": f"<urlset><url><loc></loc></url><url><loc>{HOME}a</loc></url><url/><url><loc> </loc></url><url><loc>{HOME}b</loc></url></urlset>",
    "no address": f"<urlset><url><loc>mailto:x@y.example</loc></url><url><loc>{HOME}a</loc></url><url><loc>{HOME}b</loc></url></urlset>",
    "relative": "<urlset><url><loc>/a</loc></url><url><loc>b</loc></url></urlset>",
    "cut off": f"<urlset><url><loc>{HOME}a</loc></url><url><loc>{HOME}b</loc></url><url><lo",
    "comments and instructions": f"<?xml-stylesheet href='x.xsl'?><!-- made by x --><urlset><!-- 1 --><url><loc>{HOME}a</loc></url>"
    f"<url><!-- y --><loc>{HOME}b</loc></url></urlset>",
    "bare ampersand": f"<urlset><url><loc>{HOME}a</loc><note>a & b</note></url><url><loc>{HOME}b</loc></url></urlset>",
}


@pytest.mark.parametrize("body", SHAPES.values(), ids=SHAPES.keys())
def test_sitemaps_are_read_in_the_shapes_that_sites_give_them(body: str) -> None:
    assert found(body, content_type="text/xml") == ["/a", "/b"]


@pytest.mark.parametrize("lastmod", ["yesterday", "2026-13-45", "0000-00-00", "", "2026-03-02T25:00", "12", "+2026"])
def test_a_lastmod_that_is_no_date_costs_only_the_date(lastmod: str) -> None:
    [link] = reading(f"<urlset><url><loc>{HOME}a</loc><lastmod>{lastmod}</lastmod></url></urlset>").links
    assert link.modified is None


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-03", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02T06:00Z", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ("2026-03-02T06:00:01.1234567+02:00", datetime(2026, 3, 2, 4, 0, 1, tzinfo=UTC)),
        (" 2026-03-02T06:00:00 ", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_w3c_dates_are_utc(text: str, when: datetime | None) -> None:
    assert sitemaps.parse_w3c(text) == when


def test_an_index_that_lists_itself_is_not_its_own_child() -> None:
    body = f"<sitemapindex><sitemap><loc>{HOME}list</loc></sitemap><sitemap><loc>{HOME}2.xml</loc></sitemap></sitemapindex>"
    assert [listing.url for listing in reading(body).listings] == [HOME + "2.xml"]


def test_a_news_sitemap_that_is_an_index_is_read_as_one() -> None:
    body = f"""<?xml version="1.0"?><sitemapindex {XMLNS} {NEWS}><sitemap><loc>{HOME}news-1.xml</loc></sitemap></sitemapindex>"""
    got = reading(body, HOME + "sitemap-news.xml", "application/xml")
    assert (got.links, [listing.url for listing in got.listings]) == ((), [HOME + "news-1.xml"])


@pytest.mark.parametrize("address", ["s.xml?page=1&type=news", "sitemap", "news.php?id=3", "s.xml.gz?x=.html"])
def test_the_name_of_a_sitemap_says_nothing(address: str) -> None:
    assert [link.url for link in reading(urlset("/a"), HOME + address).links] == [HOME + "a"]


@pytest.mark.parametrize("kind", ["general", "parameter", "in the lastmod"])
def test_an_entity_bomb_costs_neither_time_nor_memory(kind: str) -> None:
    sign = "% " if kind == "parameter" else ""
    levels = "".join(f"<!ENTITY {sign}e{n} '{f'&e{n - 1};' * 20}'>" for n in range(1, 20))
    place = ("", "&e19;") if kind == "in the lastmod" else ("&e19;", "")
    body = f"""<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY {sign}e0 '{"ha" * 50}'>{levels}]>
    <urlset><url><loc>{HOME}a{place[0]}</loc><lastmod>{place[1]}</lastmod></url><url><loc>{HOME}b</loc></url></urlset>"""
    tracemalloc.start()
    try:
        links = reading(body).links
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert HOME + "b" in [link.url for link in links]
    assert peak < 2_000_000


def test_entities_are_not_expanded() -> None:
    levels = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    body = f"<!DOCTYPE urlset [<!ENTITY e0 'ha'>{levels}<!ENTITY file SYSTEM 'file:///etc/passwd'>]>"
    body += f"<urlset><url><loc>{HOME}a&e11;</loc></url><url><loc>{HOME}b&file;</loc></url><url><loc>{HOME}c</loc></url></urlset>"
    links = reading(body).links
    assert HOME + "c" in [link.url for link in links]
    assert all(len(link.url) < 100 and "root" not in link.url for link in links)


def test_an_entity_that_nobody_declared_costs_no_other_page() -> None:
    body = f"<urlset><url><loc>{HOME}a</loc><t>&nbsp;</t></url><url><loc>{HOME}b</loc></url></urlset>"
    assert found(body) == ["/a", "/b"]


def test_tracking_parameters_are_kept_as_advertised() -> None:
    assert found(f"<urlset><url><loc>{HOME}a?utm_source=x&amp;id=1</loc></url></urlset>") == ["/a?utm_source=x&id=1"]


def test_what_is_no_listing_is_named_as_such() -> None:
    for body, kind in ((b"%PDF-1.4 ...", "application/pdf"), (b"", "image/png"), (b'{"a": 1}', "application/json")):
        got = reading(body, content_type=kind)
        assert got.error == f"neither sitemap, feed nor page ({kind})"
        assert got.links == ()


# -- feeds

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


# -- section pages


def anchors(*hrefs: str, more: str = "") -> str:
    return (
        f"<html><head>{more}</head><body>"
        + "".join(f'<p><a href="{href}">Words</a></p>' for href in hrefs)
        + "</body></html>"
    )


def test_the_sites_patterns_decide_which_links_are_articles() -> None:
    body = anchors(
        "/story/a", "/story/video-b", "/about", "/the-long-slug-of-a-page", "story/c", "https://news.example/story/a#x"
    )
    assert found(body, site=WITH_PATTERNS) == ["/story/a", "/story/c"]


def test_without_patterns_the_look_of_the_path_decides() -> None:
    articles = ["/minister-visits-the-harbour", "/news/1234567", "/2026/03/02/storm", "/politics/a_long_name_of_it"]
    others = [
        "/",
        "/about",
        "/tag/minister-visits-the-harbour",
        "/politics",
        "/author/a-b-c-d",
        "/a-b-c-d.jpg",
        "/search?q=a-b-c-d",
        "#top",
    ]
    assert found(anchors(*others, *articles)) == articles


def test_links_to_other_sites_and_schemes_are_left_out() -> None:
    body = anchors(
        "https://other.example/story/a",
        "mailto:x@news.example",
        "javascript:go()",
        "//www.news.example/story/b",
        "http://[",
    )
    assert [link.url for link in reading(body, site=WITH_PATTERNS).links] == ["https://www.news.example/story/b"]


def test_each_link_once_with_its_text_and_seen_from_the_base() -> None:
    body = '<base href="/story/"><body><a href="a">\n One <b>bold</b>\n word </a><a href="a">again</a><a href="b"></a>'
    section = sections.read(body.encode(), HOME, WITH_PATTERNS)
    assert [(link.url, link.title) for link in section.links] == [
        (HOME + "story/a", "One bold word"),
        (HOME + "story/b", None),
    ]


def test_the_next_page_is_a_listing_of_the_same_depth_and_a_feed_one_below() -> None:
    head = """<link rel="alternate" type="application/rss+xml" href="/feed.xml"><link rel="next" href="?page=2">
    <link rel="alternate" type="text/html" href="/m"><link rel="alternate" type="application/atom+xml" href="https://cdn.example/f">"""
    got = reading(anchors("/story/a", more=head), site=WITH_PATTERNS)
    assert {(listing.url, listing.depth) for listing in got.listings} == {
        (HOME + "feed.xml", 1),
        (HOME + "list?page=2", 0),
    }


def test_a_next_page_that_is_elsewhere_or_the_same_is_none() -> None:
    for href in ("https://other.example/?page=2", HOME + "list", "javascript:next()"):
        assert reading(anchors(more=f'<link rel="next" href="{href}">')).listings == ()


def test_the_site_says_where_its_next_page_is() -> None:
    site = Site(key="n", name="n", hosts=("news.example",), discover=Discover(next="a.more"))
    body = '<html><a rel="next" href="/no">x</a><a class="more" href="/page/2">more</a>'
    assert [listing.url for listing in reading(body, site=site).listings] == [HOME + "page/2"]


# -- seeds


def test_the_selector_files_listings_go_before_all_others() -> None:
    site = Site(
        key="n", name="n", hosts=("news.example",), discover=Discover(sitemaps=["/s.xml"], feeds=["f.xml"], sections=["https://news.example/x"])
    )  # fmt: skip
    assert [listing.url for listing in seeds(site, "https://news.example", [HOME + "robots.xml"], ALWAYS, NOW)] == [
        HOME + "f.xml",
        HOME + "s.xml",
        HOME + "x",
    ]


def test_a_selector_file_without_sitemaps_leaves_them_to_robots_txt() -> None:
    site = Site(key="n", name="n", hosts=("news.example",), discover=Discover(feeds=["/f.xml"]))
    found = [listing.url for listing in seeds(site, "https://news.example", [HOME + "robots.xml"], ALWAYS, NOW)]
    assert found == [HOME + "f.xml", HOME + "robots.xml"]


def test_without_a_selector_file_robots_and_the_home_page_are_asked() -> None:
    assert [
        listing.url for listing in seeds(SITE, "https://news.example", [HOME + "r.xml", "/rel.xml"], ALWAYS, NOW)
    ] == [
        HOME + "r.xml",
        HOME + "rel.xml",
        HOME,
    ]
    guessed = seeds(SITE, "https://news.example", [], ALWAYS, NOW)
    assert [(listing.url, listing.optional) for listing in guessed] == [(HOME + "sitemap.xml", True), (HOME, False)]


# -- the walk


def walk(pages: Callable[[str], str | None], *start: str, most: int = 500) -> tuple[list[Reading], list[str]]:
    """Readings and requests of a walk over made-up pages; stops after ``most`` requests."""
    asked: list[str] = []

    async def get(listing: Listing) -> Page | str:
        asked.append(listing.url)
        body = pages(listing.url)
        return page(body, listing.url) if body is not None else f"{listing.url}: answered 404"

    async def go() -> list[Reading]:
        readings = []
        async for each in discover([Listing(url) for url in start], SITE, get):
            readings.append(each)
            if len(asked) >= most:
                break
        return readings

    return asyncio.run(go()), asked


def index(*urls: str) -> str:
    return "<sitemapindex>" + "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls) + "</sitemapindex>"


def test_each_listing_is_asked_for_once() -> None:
    pages = {
        HOME + "i": index(HOME + "a", HOME + "b", HOME + "a", HOME + "i"),
        HOME + "a": urlset("/1"),
        HOME + "b": index(HOME + "a"),
    }
    readings, asked = walk(pages.get, HOME + "i", HOME + "a", "https://www.news.example/i#x")
    assert asked == [HOME + "i", HOME + "a", HOME + "b"]
    assert [link.url for each in readings for link in each.links] == [HOME + "1"]


def test_two_sitemaps_that_name_each_other_end() -> None:
    pages = {HOME + "a": index(HOME + "b"), HOME + "b": index(HOME + "a")}
    assert len(walk(pages.get, HOME + "a")[1]) == 2


def test_a_child_that_redirects_to_its_parent_ends() -> None:
    """What comes back under the child's name is the index, once more."""
    asked: list[str] = []

    async def get(listing: Listing) -> Page:
        asked.append(listing.url)
        body = index(HOME + "child", HOME + "s.xml") if listing.url != HOME + "s.xml" else urlset("/1")
        at_last = HOME + "parent" if listing.url == HOME + "child" else listing.url
        return msgspec.structs.replace(page(body, at_last), url=listing.url)

    async def go() -> list[str]:
        return [link.url async for each in discover([Listing(HOME + "parent")], SITE, get) for link in each.links]

    assert asyncio.run(go()) == [HOME + "1"]
    assert asked == [HOME + "parent", HOME + "child", HOME + "s.xml"]


def test_sitemaps_without_end_are_followed_only_so_deep() -> None:
    assert len(walk(lambda url: index(url + "x"), HOME + "a")[1]) == MAX_DEPTH + 1


def test_section_pages_without_end_come_to_an_end() -> None:
    """A calendar or a broken pager always has a next page; each is new, and holds nothing new."""

    def pager(url: str) -> str:
        number = int(url.rpartition("=")[2]) if "=" in url else 1
        return anchors("/2026/03/02/storm", more=f'<link rel="next" href="/list?page={number + 1}">')

    assert len(walk(pager, HOME + "list", most=3000)[1]) < 3000


def test_section_pages_are_followed_as_long_as_they_name_something_new() -> None:
    def pager(url: str) -> str:
        number = int(url.rpartition("=")[2]) if "=" in url else 1
        after = f'<link rel="next" href="/list?page={number + 1}">' if number < 30 else ""
        return anchors(f"/2026/03/02/storm-{number}", more=after)

    assert len(walk(pager, HOME + "list")[1]) == 30


def test_a_walk_goes_no_deeper_than_it_is_asked_to() -> None:
    pages = {
        HOME + "a": anchors("/2026/03/02/storm", more='<link rel="next" href="/b">'),
        HOME + "b": anchors("/2026/03/02/rain"),
    }

    async def get(listing: Listing) -> Page | str:
        return page(pages[listing.url], listing.url)

    async def go() -> list[str]:
        return [
            each.listing.url async for each in discover([Listing(HOME + "a")], SITE, get, deeper=lambda reading: False)
        ]

    assert asyncio.run(go()) == [HOME + "a"]


def test_a_listing_that_fails_is_a_reading_with_its_reason() -> None:
    readings, _ = walk({HOME + "i": index(HOME + "gone", HOME + "a"), HOME + "a": urlset("/1")}.get, HOME + "i")
    assert [each.error for each in readings] == [None, f"{HOME}gone: answered 404", None]
