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
from scraper.discover import feeds, roots, sections, sitemaps
from scraper.discover.periods import expand, is_pattern, numbered, period_of
from scraper.records import Link, Page, Window
from scraper.seen import Seen
from scraper.sites import Site

#: How deep sitemap indexes may nest (the protocol allows one level; some sites have three).
MAX_DEPTH = 4
#: Listings that one run reads of one site; more are a trap, or a calendar without end.
MAX_LISTINGS = 50_000
#: What is said of a listing of which only the beginning came.
_CUT_OFF = "damaged or cut off; what could be read of it was taken"
#: The window of a run without dates.
ALWAYS = Window()


class Listing(msgspec.Struct, frozen=True):
    """A document that lists articles or other listings.  ``depth`` counts from the seed."""

    url: str
    found_in: str | None = None
    depth: int = 0
    page: int = 0  #: of a section: how many "next" links led here
    optional: bool = False  #: a guess of ours: that it is not there is no fault
    modified: datetime | None = None
    is_numbered: bool = False  #: what looks like a year in its address is a number


#: What a listing is called that has nothing new.
UNCHANGED = "unchanged"


class Reading(msgspec.Struct, frozen=True):
    """What one listing named: article links, and further listings."""

    listing: Listing
    what: str  #: sitemap, feed or section; or :data:`UNCHANGED`, then without its links
    links: tuple[Link, ...] = ()
    listings: tuple[Listing, ...] = ()
    error: str | None = None  #: why it could not be fetched or read, or not all of it


def seeds(site: Site, origin: str, robots_sitemaps: Iterable[str], window: Window, now: datetime) -> list[Listing]:
    """The listings to start from: the selector file's, and robots.txt's sitemaps unless the file names
    its own; without a file the home page, too.

    Dated patterns of the selector file become one listing for each period of the window.
    """
    own = site.discover
    paths = [*own.feeds, *own.sitemaps, *own.sections]
    advertised = [Listing(url) for path in robots_sitemaps if (url := urls.normalise(path, origin + "/"))]
    if paths:
        dated = (expand(path, window, now) if is_pattern(path) else [path] for path in paths)
        named = [Listing(url) for group in dated for path in group if (url := urls.normalise(path, origin + "/"))]
        return named if own.sitemaps else named + advertised
    guessed = Listing(f"{origin}/sitemap.xml", optional=True)
    return [*(advertised or [guessed]), Listing(f"{origin}/")]


def outside(listing: Listing, window: Window) -> bool:
    """Whether a listing's dates say that it holds nothing of the window: it was last modified
    before it, or its URL names a period outside."""
    if window.since is not None and listing.modified is not None and listing.modified < window.since:
        return True
    period = period_of(listing.url) if not listing.is_numbered else None
    return period is not None and window.misses(period.start, period.end)


async def discover(
    start: Iterable[Listing],
    get: Callable[[Listing], Awaitable[Page | Reading | str | None]],
    read: Callable[[Listing, Page], Awaitable[Reading]],
    *,
    window: Window = ALWAYS,
    deeper: Callable[[Reading], bool] = lambda reading: True,
) -> AsyncIterator[Reading]:
    """Read listing after listing, each URL once, breadth first; those outside the window are not fetched.

    ``get`` fetches a listing, gives the reason why it could not, its Reading if it is known without, or None for what turned
    out to be no listing; ``read`` is :func:`read`, wherever that runs.  A section's next pages are followed until one names no link that the pages
    before it had not, or ``deeper``, asked when the reading has been dealt with, says that it is enough.  What is left
    out for a bound of ours is told as a reading with an error.
    """
    queue: deque[Listing] = deque(start)
    seen: set[str] = set()  # page keys of listings
    named = Seen()  # links that sections have named
    while queue and len(seen) < MAX_LISTINGS:
        listing = queue.popleft()
        key = urls.page_key(listing.url)
        if key in seen or (listing.found_in and outside(listing, window)):
            continue
        seen.add(key)
        if listing.depth > MAX_DEPTH:
            yield Reading(listing, "listing", error=f"{listing.url}: not read, more than {MAX_DEPTH} levels deep")
            continue
        answer = await get(listing)
        if answer is None:
            continue
        if isinstance(answer, Reading):
            yield answer
            queue.extend(answer.listings)
            continue
        if isinstance(answer, str):
            yield Reading(listing, "listing", error=answer)
            continue
        reading = await read(listing, answer)
        if reading.what == "section":
            fresh = [link.url for link in reading.links if link.url not in named]
            named.update(fresh)
            if not fresh and listing.page:
                continue
        yield reading
        enough = not deeper(reading)
        queue.extend(below for below in reading.listings if not (below.page and enough))
    if queue:
        yield Reading(
            queue[0],
            "listing",
            error=f"{queue[0].url}: not read, nor what follows: {MAX_LISTINGS:,} listings are enough",
        )


def read(listing: Listing, page: Page, site: Site) -> Reading:
    """The links and listings that a fetched listing names, whatever kind it is."""
    try:
        unpacked, is_whole = sitemaps.unpack(page.body)
        reading = _read(listing, page, roots.as_utf8(unpacked), site)
    except ValueError as error:
        return Reading(listing, "listing", error=f"{listing.url}: {error}")
    if not is_whole and reading.error is None:
        return msgspec.structs.replace(reading, error=f"{listing.url}: {_CUT_OFF}")
    return reading


def _read(listing: Listing, page: Page, body: bytes, site: Site) -> Reading:
    if sitemaps.is_sitemap(body):
        found = sitemaps.read(body, page.final_url)
        error = None if found.is_whole else f"{listing.url}: {_CUT_OFF}"
        links = sitemaps.without_own_times(found.links, page.fetched_at)
        return Reading(listing, "sitemap", links, _children(found.sitemaps, listing), error)
    if feeds.is_feed(body):
        return Reading(listing, "feed", feeds.read(body, page.final_url, page.headers.get("content-type")))
    if page.content_type in ("text/html", "application/xhtml+xml", "") or b"<html" in body[:2048].lower():
        section = sections.read(body, page.final_url, site)
        below = [Listing(feed, listing.url, listing.depth + 1) for feed in section.feeds]
        if section.next:
            # The next page is no deeper than this one.
            below.append(Listing(section.next, listing.url, listing.depth, page=listing.page + 1))
        return Reading(listing, "section", section.links, tuple(below))
    return Reading(
        listing, "listing", error=f"{listing.url}: neither sitemap, feed nor page ({page.content_type or 'no type'})"
    )


def _children(found: Iterable[tuple[str, datetime | None]], parent: Listing) -> tuple[Listing, ...]:
    """Listings below ``parent``, the most recently modified first."""
    named = list(found)
    counted = numbered(url for url, _ in named)
    children = [
        Listing(url, parent.url, parent.depth + 1, modified=modified, is_numbered=url in counted)
        for url, modified in named
    ]
    return tuple(sorted(children, key=lambda child: child.modified.timestamp() if child.modified else 0, reverse=True))
