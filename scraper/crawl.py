"""The pipeline: sites ─> discover ─> frontier ─> fetch ─> extract ─> archive.

:func:`crawl` is a whole run; :class:`_SiteCrawl` is the line above for one site.  Every site
is a task of its own, so a slow one holds up no other; pages are read and compressed by worker
processes, and the archive is written by this process alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import datetime
from typing import Any

import msgspec

from scraper import loop, urls
from scraper import targets as parsing
from scraper.archive import COMMIT_EVERY, Archive
from scraper.discover import Listing, Reading, discover, seeds
from scraper.discover.sections import looks_like_article
from scraper.discover.sitemaps import MAX_BYTES as SITEMAP_MAX_BYTES
from scraper.errors import FetchError, Unreadable
from scraper.fetch import Fetcher
from scraper.frontier import Admitted, Frontier
from scraper.records import ASKED, Entry, Link, Moment, Page, Window
from scraper.report import Progress, Report, SiteReport
from scraper.run import Bounds, Network, Revisit, window_of
from scraper.sites import Sites
from scraper.targets import SitePlan, Target
from scraper.visit import Visitor, is_html
from scraper.workers import Workers

__all__ = ["Bounds", "Network", "Report", "crawl", "update"]

#: Sites that are crawled at the same time.
SITES_AT_ONCE = 50
#: Stories that a selector file must misread, and the share of all, before the layout counts as changed.
UNFIT, UNFIT_SHARE = 3, 0.5


def crawl(
    targets: Iterable[str],
    archive: Archive,
    *,
    sites: Sites | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    limit: int | None = None,
    max_pages: int | None = None,
    depth: int = 0,
    refetch: bool = False,
    dry: bool = False,
    revisit: Revisit = "none",
    network: Network | None = None,
    watch: Callable[[Progress], None] | None = None,
) -> Report:
    """Archive what ``targets`` (hosts, URLs, selector files' names, files of URLs) advertise.

    ``since`` and ``until`` bound the dates of publication (a day, or a time, in UTC unless it says otherwise; the
    last day is meant whole), ``limit`` the new stories and
    ``max_pages`` the pages fetched, a site each; ``depth`` follows links between stories;
    ``refetch`` and ``revisit`` look at known stories again; ``dry`` reads the listings only, says
    in the report which pages would be fetched, and stores nothing.  ``watch`` is told what happens.

    The run takes the archive's lock.  Raises :class:`~scraper.errors.TargetError`,
    :class:`~scraper.errors.ArchiveBusy` or another ArchiveError; what a site does wrong is in
    the report and the ledger instead.  Ctrl-C ends the run early with all that was fetched stored.
    """
    sites = sites or Sites.load()
    targets = [targets] if isinstance(targets, str) else targets
    bounds = Bounds(window_of(since, until), limit, max_pages, depth, refetch, dry, revisit)
    plans = parsing.by_site(parsing.parse(targets, sites), sites)
    with archive.lock(), archive.taken_back() if dry else nullcontext():
        for plan in plans:
            archive.look_after(plan.site.key, active=True)  # it may have been imported, or forgotten
        return loop.run(lambda: _run(plans, archive, bounds, network or Network(), watch or (lambda progress: None)))


def update(
    archive: Archive,
    *,
    only: Iterable[str] = (),
    sites: Sites | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    limit: int | None = None,
    max_pages: int | None = None,
    network: Network | None = None,
    watch: Callable[[Progress], None] | None = None,
) -> Report:
    """Bring the archive's sites up to date: new stories first, then known ones that are due.

    Each site is looked at where earlier runs were told to look (its seeds); of one that was given
    by a list of pages, only those pages.  ``only`` names sites (also ones that are not looked
    after by default); else all active ones.  The bounds are those of :func:`crawl`, of which none is
    remembered from run to run.  Raises what :func:`crawl` raises.
    """
    bounds = Bounds(window_of(since, until), limit, max_pages, revisit="due")
    sites = sites or Sites.load()
    plans = [_plan_of(row, sites) for row in archive.seeded_sites(only)]
    with archive.lock():
        return loop.run(lambda: _run(plans, archive, bounds, network or Network(), watch or (lambda progress: None)))


def _plan_of(row: dict[str, Any], sites: Sites) -> SitePlan:
    """The plan of a site of the archive."""
    site = sites.of_archive(row["key"], row["start_url"])
    return SitePlan(site, row["start_url"], tuple(Target(url, bool(whole)) for url, whole in row["seeds"]))


async def _run(
    plans: list[SitePlan],
    archive: Archive,
    bounds: Bounds,
    network: Network,
    watch: Callable[[Progress], None],
) -> Report:
    """Every site a task; the report and the row in ``crawls`` are complete however the run ends."""
    started = time.monotonic()
    targets = [target.url for plan in plans for target in plan.targets]
    named = {urls.host_of(url) for url in [*targets, *(plan.start_url for plan in plans)]}
    named.update(host for plan in plans if plan.site.path for host in plan.site.hosts)
    arguments = {"targets": targets[:1000], "bounds": msgspec.to_builtins(bounds)}
    report = Report(archive.begin_crawl(arguments, network.clock()), [SiteReport(plan.site.key) for plan in plans])
    report.outcome, report.dry = "failed", bounds.dry
    gate = asyncio.Semaphore(SITES_AT_ONCE)
    try:
        async with (
            Workers() as workers,
            Fetcher(
                named_hosts=named, delay=network.delay, concurrency=network.concurrency, contact=network.contact,
                clock=network.clock, sleep=network.sleep, transport=network.transport, resolve=network.resolve,
                timeout=network.timeout, total_timeout=network.total_timeout,
            ) as fetcher,
        ):  # fmt: skip
            tasks = [
                _SiteCrawl(plan, archive, bounds, fetcher, workers, network.clock, watch, report.crawl_id, counts).go(
                    gate
                )
                for plan, counts in zip(plans, report.sites, strict=True)
            ]
            if not bounds.dry:
                workers.prepare()
            with nullcontext() if bounds.dry else archive.transactions.grouped():
                over = await loop.until_done(tasks, beside=loop.every(COMMIT_EVERY, archive.transactions.commit))
            report.outcome = "done" if over else "interrupted"
    finally:
        report.seconds = time.monotonic() - started
        archive.end_crawl(report.crawl_id, msgspec.json.encode(report.sites).decode(), report.outcome, network.clock())
    return report


class _SiteCrawl:
    """One site in one run."""

    def __init__(
        self, plan: SitePlan, archive: Archive, bounds: Bounds, fetcher: Fetcher,
        workers: Workers, clock: Callable[[], datetime], watch: Callable[[Progress], None],
        crawl_id: int, report: SiteReport,
    ) -> None:  # fmt: skip
        self.plan, self.site, self.archive, self.bounds, self.fetcher = plan, plan.site, archive, bounds, fetcher
        self.workers, self.clock, self.watch, self.report = workers, clock, watch, report
        site = plan.site
        self.site_id = archive.add_site(site, plan.start_url, clock())
        self.crawl_id = crawl_id
        self._in_hand = 0  # pages being fetched or read
        self._visits: set[asyncio.Task[None]] = set()
        self._waiting = 0  # pages still to fetch, for the progress bar
        self._admitted = Admitted()  # of the last listing
        self._walked = archive.was_walked(self.site_id)
        self.frontier = Frontier(
            archive.ledger, site, self.site_id, crawl_id, bounds.window, whole_site=plan.whole_site,
            refetch=bounds.refetch, patient=bounds.revisit == "due",
        )  # fmt: skip
        self.visitor = Visitor(site, self.site_id, archive, fetcher, workers, bounds, clock, report, self._admit)

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
                await self._fetch_pages(known_too=True)
            finally:
                for visit in self._visits:
                    visit.cancel()
                await asyncio.gather(*self._visits, return_exceptions=True)
                self.report.waiting = self._open_pages()  # also where the run is interrupted
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
        self._waiting -= entry.state == "pending"
        self._tell(outcome, entry.url)

    # -- discover --------------------------------------------------------------------

    async def _start(self) -> list[Listing]:
        """Sort the targets: stories into the frontier, listings to read; a host stands for all its listings."""
        listings: list[Listing] = []
        for target in self.plan.targets:
            if target.whole_site:
                robots = await self.fetcher.robots(target.url, self.site)
                if self.site.path or not robots.unknown_host:
                    self.archive.add_seed(self.site_id, target.url, whole_site=True)
                if robots.unreachable:
                    self.report.needs = f"{target.url}: {robots.unreachable}"
                    return []
                listings += seeds(
                    self.site, urls.origin_of(target.url), robots.sitemaps, self.bounds.window, self.clock()
                )
            elif target.listed or self.site.is_article_path(target.url):
                self._admit([Link(url=target.url, source="target")])
            else:
                listings.append(Listing(target.url))
        return listings

    async def _listing(self, listing: Listing) -> Page | str | None:
        """Fetch a listing; a reason where that fails; None for a target that turns out to be a story."""
        try:
            page = await self.fetcher.get(listing.url, self.site, limit=SITEMAP_MAX_BYTES)
        except FetchError as error:
            self.visitor.count_failure(error)
            if self._is_target(listing.url) and not (await self.fetcher.robots(listing.url, self.site)).unknown_host:
                self.archive.add_seed(self.site_id, listing.url, whole_site=False)  # for the next update to try
            return str(error)
        self.visitor.count_answer()
        if page.status != 200:
            return f"{listing.url}: answered {page.status}"
        if (
            self._is_target(listing.url)
            and is_html(page)
            and (looks_like_article(page.final_url) or not self.site.layouts)
        ):
            try:
                article, *_ = await self.workers.read(page, self.site)
            except FetchError as error:
                self.visitor.count_failure(error)
                return str(error)
            if article.is_story and (looks_like_article(page.final_url) or article.published):
                self.visitor.fetched[urls.page_key(listing.url)] = page
                self._admit([Link(url=listing.url, source="target")])
                return None
        return page

    async def _read(self, listing: Listing, page: Page) -> Reading:
        """What a listing names: read by a worker, for it is as hostile as a page."""
        try:
            return await self.workers.read_listing(listing, page, self.site)
        except Unreadable as error:
            self.visitor.count_failure(error)
            return Reading(listing, "listing", error=str(error))

    def _is_target(self, url: str) -> bool:
        return any(target.url == url and not target.whole_site for target in self.plan.targets)

    def _note(self, reading: Reading) -> None:
        """Write down a listing and put its links into the frontier."""
        listing = reading.listing
        self.archive.note_listing(
            self.site_id, listing.url, listing.found_in, reading.what, len(reading.links), reading.error, self.clock()
        )
        if reading.error is not None:
            if not reading.listing.optional:
                self.report.problems.append(reading.error)
            if not reading.links and not reading.listings:
                return
        self.report.listings += 1
        self._admitted = self._admit(reading.links)
        if self._is_target(reading.listing.url):
            self.archive.add_seed(self.site_id, reading.listing.url, whole_site=False)
        self._tell("listing", reading.listing.url)

    def _is_worth_more(self, reading: Reading) -> bool:
        """Whether a section's next page is worth a request: under ``update``, once all pages have
        been walked, only as long as a page named something new."""
        return not (self._walked and self.bounds.revisit == "due") or self._admitted.new + self._admitted.again > 0

    def _note_walk(self) -> None:
        """All listings were read to their ends; the next update need not go so deep again."""
        if (
            self.plan.whole_site
            and self.report.listings
            and not self.report.problems
            and self.bounds.window == Window()
        ):
            self.archive.note_walk(self.site_id, self.clock())

    def _admit(self, links: Iterable[Link]) -> Admitted:
        admitted = self.frontier.admit(links, self.clock())
        # What earlier runs left waiting was counted at the start, if the whole site is meant.
        self.report.advertised += admitted.total - (admitted.left if self.plan.whole_site else 0)
        self.report.known += admitted.known
        self._waiting += admitted.new
        for reason, count in admitted.refused.items():
            self.report.refuse(reason, count)
        return admitted

    # -- frontier --------------------------------------------------------------------

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
            waiting = self.archive.ledger.pending_urls(self.site_id, self._scope)
            report.would_fetch = waiting[: min(bounds, default=None)]
        self.archive.forget_empty_site(self.site_id)
        report.needs = report.needs or self._complaint()

    def _complaint(self) -> str | None:
        """What is wrong with the site, if anything is."""
        report = self.report
        stories = report.new + report.changed + report.unchanged
        if report.unfit >= UNFIT and report.unfit > UNFIT_SHARE * stories:
            return f"layout changed: the selector file fits {stories - report.unfit} of {stories} stories"
        if self.plan.whole_site and report.problems and not report.listings:
            return report.problems[0]
        if not self.plan.targets or stories + report.known + report.moved + report.aliases + report.waiting:
            return None
        if report.advertised and "date" in report.refused and set(report.refused) <= {"date", "pattern", "off_site"}:
            return None  # nothing was published in these dates
        found = (
            f"none of {report.advertised} advertised pages could be archived" if report.advertised else "nothing found"
        )
        return f"{found}: {report.problems[0]}" if report.problems else found

    def _open_pages(self) -> int:
        return self.archive.ledger.open_pages(self.site_id, self._scope)

    @property
    def _scope(self) -> int | None:
        """The run whose pages are meant: this one, or (None) all, where the whole site is."""
        return None if self.plan.whole_site else self.crawl_id

    def _tell(self, what: str, url: str) -> None:
        self.watch(Progress(self.site.key, what, url, self.report, self._waiting))
