"""A page asked for under the addresses that it may have, one after the other."""

from __future__ import annotations

from collections.abc import Callable

from scraper import urls
from scraper.errors import Unreadable
from scraper.fetch import Fetcher
from scraper.records import Entry, Page
from scraper.sites import Site

_GONE = (404, 410)


async def ask(entry: Entry, site: Site, fetcher: Fetcher, knows: Callable[[str], bool]) -> Page:
    """The page; if it is not there, under the URL as advertised, with the parameters that we took for tracking, and of
    an AMP page the one that it stands for.

    A redirect to a URL that the caller ``knows`` is not followed.  Raises what :meth:`Fetcher.get` raises.
    """
    # Of one that is gone, or was no story, "not modified" would not say what is there now.
    is_known = entry.state == "archived"
    etag, last_modified = (entry.etag, entry.last_modified) if is_known else (None, None)
    page = await fetcher.get(entry.url, site, etag=etag, last_modified=last_modified, knows=knows)
    for other in (entry.advertised_url, urls.without_amp(entry.url)):
        if page.status in _GONE and other and other != entry.url:
            page = await fetcher.get(other, site)
    if page.status == 304 and not is_known:
        raise Unreadable("answered 304, as if it had been asked what changed", about=entry.url, status=304)
    return page
