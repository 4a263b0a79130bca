"""Listings: sitemaps, feeds and section pages of every shape become links, and no walk is endless."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import pytest
from listings import HOME, NOW, SITE, WITH_PATTERNS, found, page, reading, urlset

from scraper.discover import ALWAYS, MAX_DEPTH, Listing, Reading, discover, read, sections, seeds
from scraper.records import Page
from scraper.sites import Discover, Site

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
    articles = [
        "/minister-visits-the-harbour",
        "/news/1234567",
        "/2026/03/02/storm",
        "/politics/a_long_name_of_it",
        "/its-own-amp-page/amp",
    ]
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
        async for each in discover([Listing(url) for url in start], get, read_here):
            readings.append(each)
            if len(asked) >= most:
                break
        return readings

    return asyncio.run(go()), asked


async def read_here(listing: Listing, page: Page) -> Reading:
    return read(listing, page, SITE)


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
        return [link.url async for each in discover([Listing(HOME + "parent")], get, read_here) for link in each.links]

    assert asyncio.run(go()) == [HOME + "1"]
    assert asked == [HOME + "parent", HOME + "child", HOME + "s.xml"]


def test_sitemaps_without_end_are_followed_only_so_deep() -> None:
    readings, asked = walk(lambda url: index(url + "x"), HOME + "a")
    assert len(asked) == MAX_DEPTH + 1
    assert readings[-1].error == f"{HOME}a{'x' * len(asked)}: not read, more than {MAX_DEPTH} levels deep"


def test_what_is_left_out_after_very_many_listings_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scraper.discover.MAX_LISTINGS", 3)
    pages = {HOME + "i": index(*(f"{HOME}{n}" for n in range(5)))} | {f"{HOME}{n}": urlset(f"/{n}") for n in range(5)}
    readings, asked = walk(pages.get, HOME + "i")
    assert len(asked) == 3
    assert readings[-1].error == f"{HOME}2: not read, nor what follows: 3 listings are enough"


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
            each.listing.url
            async for each in discover([Listing(HOME + "a")], get, read_here, deeper=lambda reading: False)
        ]

    assert asyncio.run(go()) == [HOME + "a"]


def test_a_listing_that_fails_is_a_reading_with_its_reason() -> None:
    readings, _ = walk({HOME + "i": index(HOME + "gone", HOME + "a"), HOME + "a": urlset("/1")}.get, HOME + "i")
    assert [each.error for each in readings] == [None, f"{HOME}gone: answered 404", None]
