"""Listings written by hand, and what is read from them."""

from __future__ import annotations

from datetime import UTC, datetime

from scraper.discover import Listing, Reading, read
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
