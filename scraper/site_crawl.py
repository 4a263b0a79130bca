"""One site in one run: discover ─> frontier ─> visits, and what is to be said of it at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta

from scraper import urls
from scraper.archive import listings
from scraper.asking import ask_listing
from scraper.depth import Depth
from scraper.discover import UNCHANGED, Listing, Reading, discover, seeds
from scraper.discover.sections import looks_like_article
from scraper.edition import edition
from scraper.entrance import entrance, nor_from
from scraper.errors import FetchError, Unreadable
from scraper.frontier import Admitted, Frontier
from scraper.records import ASKED, Entry, Link, Page, iso
from scraper.report import Progress
from scraper.site_run import SiteRun
from scraper.targets import SitePlan
from scraper.verdict import complaint, hint
from scraper.visit import PUT_OFF, Visitor

#: How long a server's word that a listing did not change is taken for it.
_TRUSTED = timedelta(days=1)


class SiteCrawl:
    """One site in one run."""

    def __init__(
        self,
        plan: SitePlan,
        run: SiteRun,
        watch: Callable[[Progress], None],
        crawl_id: int,
        at_work: dict[int, SiteCrawl],
    ) -> None:
        self.plan, self.run, self.watch, self.crawl_id = plan, run, watch, crawl_id
        self.site, self.site_id, self.archive, self.bounds = run.site, run.site_id, run.archive, run.bounds
        self.fetcher, self.workers, self.clock, self.report = run.fetcher, run.workers, run.clock, run.report
        archive, site, bounds = run.archive, run.site, run.bounds
        self._at_work = at_work
        at_work[self.site_id] = self
        self._in_hand = 0  # pages being fetched or read
        self._visits: set[asyncio.Task[None]] = set()
        self._waiting = 0  # pages still to fetch, for the progress bar
        self._admitted = Admitted()  # of the last listing
        #: Whether listings were read to their ends before, for all that this run is about; and since when what was published.
        self._walked_at, self._walked_since = archive.walked(self.site_id)
        self._walked = self._walked_at is not None and (
            self._walked_since is None
            or (bounds.window.since is not None and self._walked_since <= bounds.window.since)
        )
        self._is_new = False  # a listing named something new
        self._headers: dict[str, dict[str, str]] = {}  # of listings that are being read
        self._judged_by = " ".join(
            [edition(), site.rules_hash, *(str(iso(at)) for at in (bounds.window.since, bounds.window.until))]
        )
        self._named = 0  # links and listings that the listings of this run named
        self._listings: set[str] = set()  # that were read, by the URLs that their links give as their source
        only_new = self._walked and bounds.revisit == "due"
        self._depth = Depth(archive.ledger, bounds.window.since, only_new=only_new)
        self.frontier = Frontier(
            archive.ledger, site, self.site_id, crawl_id, bounds.window, whole_site=plan.whole_site,
            refetch=bounds.refetch, patient=bounds.revisit == "due", is_anothers=self._is_anothers,
            leave=self.leave,
        )  # fmt: skip
        self.visitor = Visitor(run, self)

    async def go(self, gate: asyncio.Semaphore) -> None:
        """The whole pipeline for one site."""
        self.report.advertised = self.report.waiting = self._waiting = self._open_pages()
        async with gate:
            if self.bounds.revisit == "all":
                self.archive.ledger.mark_all_due(self.site_id, ASKED)
            try:
                start, window, get = await self._start(), self.bounds.window, self._listing
                async for reading in discover(start, get, self._read, window=window, deeper=self._is_worth_more):
                    self._note(reading)
                    await self._fetch_pages(known_too=False, ahead=self._reads_ahead)
                    if self._is_over():
                        break
                else:
                    self._note_walk()
                self._take_up()
                await self._fetch_pages(known_too=True)
            finally:
                for visit in self._visits:
                    visit.cancel()
                await asyncio.gather(*self._visits, return_exceptions=True)
                self.report.waiting = self._open_pages()  # also where the run is interrupted
                self._at_work.pop(self.site_id)
            self._conclude()

    async def _fetch_pages(self, *, known_too: bool, ahead: bool = False) -> None:
        """Visit what the frontier gives next until it has no more: new pages, at the end known ones that are due.

        ``ahead``: without waiting for those in hand, so that the next listing is read meanwhile.
        """
        due = self.clock() if self.bounds.revisit == "due" else ASKED
        while not self.bounds.dry:
            while (
                self._room() > len(self._visits)
                and not self._is_left()
                and (entry := self.frontier.next(due if known_too else None))
            ):
                self._visits.add(asyncio.create_task(self._visit(entry)))
            if not self._visits or (ahead and self._room() > len(self._visits)):
                return
            done, self._visits = await asyncio.wait(self._visits, return_when=asyncio.FIRST_COMPLETED)
            for visit in done:
                visit.result()  # raises what it raised

    @property
    def _reads_ahead(self) -> bool:
        """Whether the next listing is asked for before all pages of the last are there: they may reach a bound."""
        return self.bounds.limit is None and self.bounds.max_pages is None and not self._is_left()

    async def _visit(self, entry: Entry) -> None:
        self._in_hand += 1
        try:
            outcome = await self.visitor.visit(entry)
        finally:
            self._in_hand -= 1
            self.frontier.done(entry)
        if outcome == PUT_OFF:
            return
        self._waiting -= entry.state == "pending"
        self._tell(outcome, entry.url)

    # -- discover --------------------------------------------------------------------

    async def _start(self) -> list[Listing]:
        """Sort the targets: stories into the frontier, listings to read; a host stands for all its listings."""
        listings: list[Listing] = []
        silent: list[str] = []
        for target in self.plan.targets:
            if target.whole_site:
                url, robots = await entrance(target.url, self.site, self.fetcher)
                if self.site.path or not robots.unknown_host:
                    self.archive.add_seed(self.site_id, url, whole_site=True)
                if robots.left:
                    self.report.paused = f"asked to come back in {robots.left:.0f} s"
                    return []
                if url != target.url:
                    self._note_silent(target.url, url)
                if robots.unreachable:
                    silent.append(f"{url}: {robots.unreachable}{nor_from(url, robots)}")
                    continue
                listings += seeds(self.site, urls.origin_of(url), robots.sitemaps, self.bounds.window, self.clock())
            elif target.listed or self.site.is_article_path(target.url):
                self.admit([Link(url=target.url, source="target")])
            else:
                listings.append(Listing(target.url))
        if silent and len(silent) == len(self.plan.targets):
            self.report.needs = silent[0]
        else:
            self.report.problems += silent
        return listings

    def _note_silent(self, url: str, other: str) -> None:
        """Write down that nothing answers under the name that was given, and where something does."""
        listings.note(
            self.archive, self.site_id, url, None, "listing", 0, f"nothing answers there; {other} is read in its place", self.clock(),
            headers={}, judged_by=self._judged_by,
        )  # fmt: skip

    def _known(self, listing: Listing) -> listings.Known | None:
        """What is known of a listing that this run may leave unread if it did not change: under ``update``, if it was read
        within a day, by the same rules and for the same dates, and so were all that it leads to: a run has come to their
        ends since.  (Some servers say for ever that nothing changed.)"""
        if self.bounds.revisit != "due" or not self._walked or self._walked_at is None:
            return None
        known = listings.known(self.archive, listing.url)
        if known is None or known.read_at > self._walked_at or known.judged_by != self._judged_by:
            return None
        return known if self.clock() - known.read_at < _TRUSTED else None

    def _unchanged(self, listing: Listing) -> Reading:
        """A listing that has nothing new; what it names may have."""
        below = (Listing(url, listing.url, listing.depth + 1) for url in listings.below(self.archive, listing.url))
        return Reading(listing, UNCHANGED, listings=tuple(below))

    async def _listing(self, listing: Listing) -> Page | Reading | str | None:
        """Fetch a listing; a reason where that fails; None for a target that turns out to be a story."""
        if self._is_target(listing.url) and await self.visitor.has_read(listing.url):
            return None
        known = self._known(listing)
        if known is not None and listing.modified is not None and listing.modified < known.read_at:
            return self._unchanged(listing)
        conditions = (known.etag, known.last_modified) if known is not None else (None, None)
        try:
            page = await ask_listing(
                listing.url, self.site, self.fetcher, etag=conditions[0], last_modified=conditions[1]
            )
        except FetchError as error:
            self.run.breaker.failed(error)
            if self._is_target(listing.url) and not (await self.fetcher.robots(listing.url, self.site)).unknown_host:
                self.archive.add_seed(self.site_id, listing.url, whole_site=False)  # for the next update to try
            return str(error)
        self.run.breaker.answered()
        self._headers[listing.url] = page.headers
        if page.status == 304 and known is not None:
            return self._unchanged(listing)
        if page.status != 200:
            return f"{listing.url}: answered {page.status}"
        if (
            self._is_target(listing.url)
            and page.is_html
            and (looks_like_article(page.final_url) or not self.site.layouts)
        ):
            try:
                article, *_ = await self.workers.read(page, self.site)
            except FetchError as error:
                self.run.breaker.failed(error)
                return str(error)
            if article.is_story and (looks_like_article(page.final_url) or article.published):
                self.visitor.fetched[urls.page_key(listing.url)] = page
                self.report.fetched += 1
                self.report.bytes += len(page.body)
                self.admit([Link(url=listing.url, source="target")])
                return None
        return page

    async def _read(self, listing: Listing, page: Page) -> Reading:
        """What a listing names: read by a worker, for it is as hostile as a page."""
        try:
            return await self.workers.read_listing(listing, page, self.site)
        except Unreadable as error:
            self.run.breaker.failed(error)
            return Reading(listing, "listing", error=str(error))

    def _is_target(self, url: str) -> bool:
        return any(target.url == url and not target.whole_site for target in self.plan.targets)

    def _note(self, reading: Reading) -> None:
        """Write down a listing and put its links into the frontier."""
        listing = reading.listing
        headers = self._headers.pop(listing.url, {})
        if reading.what == UNCHANGED:
            self.report.unread += 1
            self.report.listings += 1
            self._listings.add(listing.url)
            self._admitted = Admitted()
            self.archive.ledger.ask_again(self.site_id, listing.url, self.clock())
            return
        listings.note(
            self.archive, self.site_id, listing.url, listing.found_in, reading.what, len(reading.links), reading.error,
            self.clock(), headers=headers, judged_by=self._judged_by,
        )  # fmt: skip
        if reading.error is not None:
            if not reading.listing.optional:
                self.report.problems.append(reading.error)
            if not reading.links and not reading.listings:
                return
        self.report.listings += 1
        self._named += len(reading.links) + len(reading.listings)
        self._listings |= {listing.url, *(link.found_in for link in reading.links[:1] if link.found_in)}
        self._admitted = self.admit(reading.links)
        if self._admitted.new and self.plan.whole_site and not self._is_new and self.bounds.window.until is None:
            self._is_new = True
            self.archive.note_walk(self.site_id, None, None)  # until this run has come to the ends, too
        if self._is_target(reading.listing.url):
            self.archive.add_seed(self.site_id, reading.listing.url, whole_site=False)
        self._tell("listing", reading.listing.url)

    def _is_worth_more(self, reading: Reading) -> bool:
        """Whether a section's next page is worth a request."""
        return self._depth.is_worth_more(reading, self._admitted)

    def _take_up(self) -> None:
        """Count in what earlier runs left waiting, and the listings of this run once named; of a whole site that is done."""
        if not self.plan.whole_site:
            taken = self.archive.ledger.take_up(self.site_id, self._listings, self.bounds.window)
            self.report.advertised += taken
            self._waiting += taken

    def _note_walk(self) -> None:
        """All listings were read to their ends; the next update need not go so deep again."""
        if (
            self.plan.whole_site
            and self.report.listings
            and not self.report.problems
            and self.bounds.window.until is None
        ):
            since = self._walked_since if self._walked else self.bounds.window.since
            self.archive.note_walk(self.site_id, since, self.clock())

    def admit(self, links: Iterable[Link], depth: int = 0) -> Admitted:
        """Put links into the frontier, and count what is known of them already."""
        admitted = self.frontier.admit(links, self.clock(), depth)
        # What earlier runs left waiting was counted at the start, if the whole site is meant.
        self.report.advertised += admitted.total - (admitted.left if self.plan.whole_site else 0)
        self.report.known += admitted.known
        self.report.gone += admitted.gone
        self.report.failed += admitted.failed
        self._waiting += admitted.new
        for reason, count in admitted.refused.items():
            self.report.refuse(reason, count)
        return admitted

    # -- frontier --------------------------------------------------------------------

    def _is_anothers(self, page: Entry) -> bool:
        """Whether a page waits for another site of this run."""
        other = self._at_work.get(page.site_id)
        return other is not None and other.frontier.is_counted(page)

    def leave(self, page: Entry) -> bool:
        """Leave a page that may wait, here or for another site of this run, to the visit that came upon it; whether it was
        counted here.  That it was there is made good there, unless it is in hand, and counts itself."""
        site = self._at_work.get(page.site_id)
        if site is None or not site.frontier.leave(page):
            return False
        if site is not self and not site.frontier.is_in_hand(page):
            site.report.known += 1
            site._waiting -= 1
        return site is self

    def depth_of(self, url: str) -> int:
        """How many links from story to story lead to a page, at least."""
        return self.frontier.depth_of(url)

    def is_in_hand(self, page: Entry) -> bool:
        """Whether a page is being visited."""
        return self.frontier.is_in_hand(page)

    def _room(self) -> int:
        """How many pages may be in hand: so many that one can be read while the next is fetched
        (the pace of the host keeps to its own count), and none past a bound."""
        room = 2 * self.fetcher.concurrency(self.site)
        if self.bounds.limit is not None:
            room = min(room, self.bounds.limit - self.report.new)
        if self.bounds.max_pages is not None:
            room = min(room, self.bounds.max_pages - self.report.fetched + self._in_hand)
        return room

    def _is_left(self) -> bool:
        """Whether the site is to be left alone in this run."""
        return bool(self.report.needs or self.report.paused)

    def _is_over(self) -> bool:
        """Whether the site is done with for this run: a bound is reached, or it is left alone."""
        return self._room() <= 0 or self._is_left()

    # -- the end ---------------------------------------------------------------------

    def _conclude(self) -> None:
        """Count what is left, and say whether a person should look."""
        report = self.report
        if self.bounds.dry:
            bounds = [bound for bound in (self.bounds.limit, self.bounds.max_pages) if bound is not None]
            ledger = self.archive.ledger
            waiting = ledger.pending_urls(self.site_id, self._scope) + ledger.asked_urls(self.site_id)
            report.would_fetch = waiting[: min(bounds, default=None)]
        if self.plan.whole_site:  # else `why` has something to say of the page that was named
            self.archive.forget_empty_site(self.site_id)
        report.needs = report.needs or complaint(
            self.run, self.plan, has_named=self._named > 0, is_over=self._is_over()
        )
        if report.needs and not report.listings:
            report.needs += hint(self.run)

    def _open_pages(self) -> int:
        return self.archive.ledger.open_pages(self.site_id, self._scope)

    @property
    def _scope(self) -> int | None:
        """The run whose pages are meant: this one, or (None) all, where the whole site is."""
        return None if self.plan.whole_site else self.crawl_id

    def _tell(self, what: str, url: str) -> None:
        self.watch(Progress(self.site.key, what, url, self.report, self._waiting))
