"""Visits that come upon one another's pages: who waits for whom, and never in a circle."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from scraper import urls


class Meetings:
    """The visits of a site that are in hand.

    Two of them may concern one page: by a redirect, by a slash at its end, as a later page of an article.  The one that
    comes later waits until the other is over, and then sees in the ledger what became of the page.
    """

    def __init__(self) -> None:
        self._over: dict[str, asyncio.Event] = {}  # by the keys of pages in hand: when their visits are over
        self._held: set[str] = set()  # keys of pages whose visits wait for another one
        self._led_to: dict[str, asyncio.Event] = {}  # by the keys of pages that a redirect leads a visit in hand to
        #: By row ids: pages that are read as what a redirect leads to, and when that is over.
        self._reached: dict[int, asyncio.Event] = {}
        self._joining: dict[str, asyncio.Event] = {}  # by the keys of later pages of articles: when those are joined

    @contextmanager
    def visit(self, url: str) -> Iterator[None]:
        """While a page is visited."""
        key = urls.page_key(url)
        over = self._over[key] = asyncio.Event()
        try:
            yield
        finally:
            del self._over[key]
            over.set()
            self._led_to = {there: by for there, by in self._led_to.items() if by is not over}

    async def wait_for(self, other: str, url: str) -> None:
        """Let the visit of a URL wait for that of another one that is in hand, with a slash more or less at its end, unless
        that waits itself: so no circle can come about."""
        here = urls.page_key(url)
        for there in urls.spellings(other):
            over = self._over.get(there) if there not in self._held and there != here else None
            if over is not None:
                self._held.add(here)
                try:
                    await over.wait()
                finally:
                    self._held.discard(here)

    async def wait_for_first_page(self, url: str) -> None:
        """Wait for the visits of what may be the first page of the same article: it says whether this is a later one."""
        for first, _ in urls.numbered(url):
            await self.wait_for(first, url)

    # -- redirects -------------------------------------------------------------------

    def leads(self, url: str, there: str) -> None:
        """A page that is visited leads to another one, whose own visit is to wait."""
        self._led_to[urls.page_key(there)] = self._over[urls.page_key(url)]

    async def wait_until_led(self, url: str) -> None:
        """Wait for the visit that a redirect has led to this page."""
        if (over := self._led_to.get(urls.page_key(url))) is not None:
            await over.wait()

    def reach(self, url: str, page_id: int) -> None:
        """A page that is visited is read as the one that it leads to, with this row id."""
        self._reached[page_id] = self._over[urls.page_key(url)]

    def is_reached(self, page_id: int) -> bool:
        """Whether this run has read a page, or just does, as what another one leads to."""
        return page_id in self._reached

    async def wait_until_reached(self, page_id: int) -> bool:
        """Wait for the visit that reads a page as what another one leads to; whether there was one."""
        if self.is_reached(page_id):
            await self._reached[page_id].wait()
        return self.is_reached(page_id)

    # -- articles in several pages ---------------------------------------------------

    def join(self, url: str, joined: asyncio.Event) -> None:
        """A page is read as a later one of an article, which is ``joined`` in time."""
        self._joining[urls.page_key(url)] = joined

    async def wait_until_joined(self, url: str) -> bool:
        """Wait until the article is joined that a page may be a later one of; whether there is such an article."""
        joined = self._joining.get(urls.page_key(url))
        if joined is not None:
            await joined.wait()
        return joined is not None
