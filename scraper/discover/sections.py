"""Section and home pages: the article links on them, the next page, the feeds they name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from scraper import urls
from scraper.records import Link
from scraper.sites import Site

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
# Paths that no news site gives to an article.
_NAVIGATION = re.compile(
    r"/(tag|tags|topic|topics|author|authors|category|categories|search|login|register|subscribe|account|"
    r"privacy|terms|about|contact|wp-admin|wp-json|feed|rss)(/|$)|\.(jpe?g|png|gif|webp|svg|css|js|pdf|mp[34]|zip|xml|ico)$",
    re.IGNORECASE,
)


class Section(msgspec.Struct, frozen=True):
    """What a section page names."""

    links: tuple[Link, ...]
    next: str | None
    feeds: tuple[str, ...]


def read(body: bytes, url: str, site: Site) -> Section:
    """The article links of an HTML page on ``site``, in the page's order, each once."""
    from selectolax.lexbor import LexborHTMLParser  # here and not above: the run itself reads no pages

    from scraper.extract.bounds import bounded

    tree = LexborHTMLParser(bounded(body)[0])
    base = _base(tree, url)
    links: dict[str, Link] = {}
    for anchor in tree.css("a[href]"):
        target = urls.normalise(anchor.attributes.get("href") or "", base, keep_tracking=True)
        if target and target not in links and site.covers(target) and is_article_link(target, site):
            text = " ".join(anchor.text().split()) or None
            links[target] = Link(url=target, source="section", found_in=url, title=text)
    follow = tree.css_first(site.discover.next)
    next_page = urls.normalise(follow.attributes.get("href") or "", base) if follow else None
    feeds = [
        found
        for link in tree.css('link[rel~="alternate"][type][href]')
        if (link.attributes.get("type") or "").lower() in _FEED_TYPES
        and (found := urls.normalise(link.attributes.get("href") or "", base))
        and site.covers(found)
    ]
    return Section(
        links=tuple(links.values()),
        next=next_page if next_page and next_page != url and site.covers(next_page) else None,
        feeds=tuple(dict.fromkeys(feeds)),
    )


def _base(tree: LexborHTMLParser, url: str) -> str:
    """The URL that the page's relative links start from."""
    element = tree.css_first("base[href]")
    return (urls.normalise(element.attributes.get("href") or "", url) if element else None) or url


def is_article_link(url: str, site: Site) -> bool:
    """Whether a link leads to an article: by the site's patterns, else by the look of its path."""
    if site.is_skipped(url):
        return False
    known = site.is_article_path(url)
    return looks_like_article(url) if known is None else known


def looks_like_article(url: str) -> bool:
    """A guess for sites without patterns: a slug of several words, or a number as long as an id or date."""
    path = urls.path_of(urls.without_amp(url))
    if _NAVIGATION.search(path):
        return False
    last = path.rstrip("/").rpartition("/")[2]
    return last.count("-") >= 3 or last.count("_") >= 3 or bool(re.search(r"\d{5,}|/\d{4}/\d{1,2}/", path))
