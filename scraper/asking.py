"""A page asked for under the addresses that it may have, one after the other."""

from __future__ import annotations

from contextlib import suppress

from scraper import urls
from scraper.discover.sitemaps import MAX_BYTES
from scraper.entrance import other_name
from scraper.errors import FetchError, NotAsked, TransientError, Unreadable
from scraper.fetch import Fetcher, Knows
from scraper.records import Entry, Page
from scraper.sites import Site

#: What says that a page is not there, that it is, and what a host says that knows whether it is.
GONE = (404, 410)
_THERE, _ANSWERED = (200,), (200, *GONE)


async def ask(entry: Entry, site: Site, fetcher: Fetcher, knows: Knows) -> Page:
    """The page; if it is not there, under the URL as advertised, with the parameters that we took for tracking, and of
    an AMP page the one that it stands for; that one also if the AMP page cannot be had, and the host's other name where
    nothing answers under its own.

    A redirect to a URL that the caller ``knows`` is not followed.  Raises what :meth:`Fetcher.get` raises of the first.
    """
    # Of one that is gone, or was no story, "not modified" would not say what is there now.
    is_known = entry.state == "archived"
    etag, last_modified = (entry.etag, entry.last_modified) if is_known else (None, None)
    try:
        page = await fetcher.get(entry.url, site, etag=etag, last_modified=last_modified, knows=knows)
    except (TransientError, Unreadable) as error:
        return await _beside(entry.url, site, fetcher, error)
    for other in (entry.advertised_url, urls.without_amp(entry.url)):
        if page.status in GONE and other and other != entry.url:
            with suppress(FetchError):  # what is told is what was said of the first
                page = await fetcher.get(other, site)
    if page.status == 304 and not is_known:
        raise Unreadable("answered 304, as if it had been asked what changed", about=entry.url, status=304)
    return page


async def ask_listing(url: str, site: Site, fetcher: Fetcher, *, etag: str | None, last_modified: str | None) -> Page:
    """A listing, under the host's other name where nothing answers under its own; raises what :meth:`Fetcher.get` raises."""
    try:
        return await fetcher.get(url, site, limit=MAX_BYTES, etag=etag, last_modified=last_modified)
    except (TransientError, Unreadable):
        other = other_name(url, await fetcher.robots(url, site))
        if other is None:
            raise
    return await fetcher.get(other, site, limit=MAX_BYTES)


async def _beside(url: str, site: Site, fetcher: Fetcher, error: FetchError) -> Page:
    """The page under another of its addresses than ``url``, of which ``error`` was said; raises that if it is not there."""
    named = other_name(url, await fetcher.robots(url, site))
    other, answers = (urls.without_amp(named), _ANSWERED) if named else (urls.without_amp(url), _THERE)
    if other != url and not isinstance(error, NotAsked):
        with suppress(FetchError):  # what is told is what was said of the first
            page = await fetcher.get(other, site)
            if page.status in answers:
                return page
    raise error
