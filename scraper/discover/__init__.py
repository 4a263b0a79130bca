"""Where a site lists its articles: sitemaps, feeds and section pages, read into links.

:func:`discover` walks the listings one by one, through a ``get`` that is passed in;
:func:`read` tells what a listing is by looking at its bytes, for servers name the wrong
type often.  The readers themselves are pure: bytes in, links out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime

import msgspec

from scraper import urls
from scraper.discover import feeds, sections, sitemaps
from scraper.records import Link, Page
from scraper.sites import Site

#: How deep sitemap indexes may nest (the protocol allows one level; some sites have three).
MAX_DEPTH = 4


class Listing(msgspec.Struct, frozen=True):
    """A document that lists articles or other listings.  ``depth`` counts from the seed."""

    url: str
    found_in: str | None = None
    depth: int = 0
    optional: bool = False  #: a guess of ours: that it is not there is no fault
    modified: datetime | None = None


class Reading(msgspec.Struct, frozen=True):
    """What one listing named: article links, and further listings."""

    listing: Listing
    what: str  #: sitemap, feed or section
    links: tuple[Link, ...] = ()
    listings: tuple[Listing, ...] = ()
    error: str | None = None  #: why it could not be fetched or read


def seeds(site: Site, origin: str, robots_sitemaps: Iterable[str]) -> list[Listing]:
    """The listings to start from: the selector file's, else robots.txt's sitemaps and the home page."""
    own = site.discover
    if named := [*own.feeds, *own.sitemaps, *own.sections]:
        return [Listing(url) for path in named if (url := urls.normalise(path, origin + "/"))]
    advertised = [Listing(url) for path in robots_sitemaps if (url := urls.normalise(path, origin + "/"))]
    guessed = Listing(f"{origin}/sitemap.xml", optional=True)
    return [*(advertised or [guessed]), Listing(f"{origin}/")]


async def discover(
    start: Iterable[Listing],
    site: Site,
    get: Callable[[Listing], Awaitable[Page | str]],
    *,
    max_depth: int = MAX_DEPTH,
    wanted: Callable[[Listing], bool] = lambda listing: True,
) -> AsyncIterator[Reading]:
    """Read listing after listing, each URL once, breadth first.

    ``get`` fetches a listing, or gives the reason why it could not.  ``wanted`` may leave out
    listings whose dates say that they hold nothing of interest.
    """
    queue, seen = deque(start), set()
    while queue:
        listing = queue.popleft()
        key = urls.page_key(listing.url)
        if key in seen or listing.depth > max_depth or not wanted(listing):
            continue
        seen.add(key)
        answer = await get(listing)
        if isinstance(answer, str):
            yield Reading(listing, "listing", error=answer)
            continue
        reading = read(listing, answer, site)
        queue.extend(reading.listings)
        yield reading


def read(listing: Listing, page: Page, site: Site) -> Reading:
    """The links and listings that a fetched listing names, whatever kind it is."""
    try:
        body = sitemaps.unpack(page.body)
    except ValueError as error:
        return Reading(listing, "sitemap", error=str(error))
    if sitemaps.is_sitemap(body):
        found = sitemaps.read(body, page.final_url)
        return Reading(listing, "sitemap", found.links, _children(found.sitemaps, listing))
    if feeds.is_feed(body):
        return Reading(listing, "feed", feeds.read(body, page.final_url, page.headers))
    if page.content_type in ("text/html", "application/xhtml+xml", "") or b"<html" in body[:2048].lower():
        section = sections.read(body, page.final_url, site)
        # A home page's feeds and a section's next page belong to the same level of depth.
        more = [*((feed, None) for feed in section.feeds), *([(section.next, None)] if section.next else [])]
        return Reading(listing, "section", section.links, _children(more, listing, deeper=0))
    return Reading(listing, "listing", error=f"neither sitemap, feed nor page ({page.content_type or 'no type'})")


def _children(found: Iterable[tuple[str, datetime | None]], parent: Listing, deeper: int = 1) -> tuple[Listing, ...]:
    """Listings below ``parent``, the most recently modified first."""
    children = [Listing(url, parent.url, parent.depth + deeper, modified=modified) for url, modified in found]
    return tuple(sorted(children, key=lambda child: child.modified.timestamp() if child.modified else 0, reverse=True))
