"""The pipeline: sites ─> discover ─> frontier ─> fetch ─> extract ─> archive.

:func:`crawl` is a whole run; :class:`SiteCrawl` is the line above for one site.  Every site
is a task of its own, so a slow one holds up no other; pages are read and compressed by worker
processes, and the archive is written by this process alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any

import msgspec

from scraper import loop, urls
from scraper import targets as parsing
from scraper.archive import COMMIT_EVERY, Archive
from scraper.errors import UsageError
from scraper.fetch import Fetcher
from scraper.records import Moment
from scraper.report import LACKS_FILE, Progress, Report, SiteReport
from scraper.run import Bounds, Network, Revisit, window_of
from scraper.site_crawl import SiteCrawl
from scraper.site_run import SiteRun
from scraper.sites import Sites
from scraper.targets import SitePlan, Target
from scraper.workers import Workers

__all__ = ["Bounds", "Network", "Report", "crawl", "update"]

#: Sites that are crawled at the same time.
SITES_AT_ONCE = 50


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
    _expect_open(archive)
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
    by a list of pages, only those pages.  One that was read by a selector file that is not in use now is left alone, and
    needs a person: else its stories would be read by guessing from now on, and nobody would know.  ``only`` names sites (also ones that are not looked
    after by default); else all active ones.  The bounds are those of :func:`crawl`, of which none is
    remembered from run to run.  Raises what :func:`crawl` raises.
    """
    _expect_open(archive)
    bounds = Bounds(window_of(since, until), limit, max_pages, revisit="due")
    sites = sites or Sites.load()
    plans = [_plan_of(row, sites) for row in archive.seeded_sites(only)]
    with archive.lock():
        return loop.run(lambda: _run(plans, archive, bounds, network or Network(), watch or (lambda progress: None)))


def _expect_open(archive: object) -> None:
    """Who gives the path of an archive is told how to open it; raises UsageError."""
    if not isinstance(archive, Archive):
        raise UsageError("an open archive is wanted: `with Archive.open(path) as archive:`", about=str(archive))


def _plan_of(row: dict[str, Any], sites: Sites) -> SitePlan:
    """The plan of a site of the archive."""
    site = sites.of_archive(row["key"], row["start_url"])
    targets = tuple(Target(url, bool(whole)) for url, whole in row["seeds"])
    needs = f"{LACKS_FILE}, or crawl it anew to do without" if site.lacks_file(row["rules_hash"]) else None
    return SitePlan(site, row["start_url"], targets, needs)


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
    named = {
        urls.host_of(name)
        for url in [*targets, *(plan.start_url for plan in plans)]
        for name in (url, urls.other_name(url))  # it is one site, whichever of its names was typed
        if name
    }
    named.update(host for plan in plans if plan.site.path for host in plan.site.hosts)
    arguments = {"targets": targets[:1000], "bounds": msgspec.to_builtins(bounds)}
    report = Report(
        archive.begin_crawl(arguments, network.clock()), [SiteReport(plan.site.key, needs=plan.needs) for plan in plans]
    )
    report.outcome, report.dry = "failed", bounds.dry
    gate, at_work = asyncio.Semaphore(SITES_AT_ONCE), dict[int, SiteCrawl]()
    try:
        async with (
            Workers() as workers,
            Fetcher(
                named_hosts=named, delay=network.delay, concurrency=network.concurrency, contact=network.contact,
                clock=network.clock, now=network.now, sleep=network.sleep, transport=network.transport,
                resolve=network.resolve, timeout=network.timeout, total_timeout=network.total_timeout,
                left=archive.hosts_left(network.clock()), note_left=archive.note_left,
            ) as fetcher,
        ):  # fmt: skip
            tasks = []
            for plan, counts in zip(plans, report.sites, strict=True):
                if plan.needs is None:
                    site_id = archive.add_site(plan.site, plan.start_url, network.clock())
                    run = SiteRun(plan.site, site_id, archive, fetcher, workers, bounds, network.clock, counts)
                    tasks.append(SiteCrawl(plan, run, watch, report.crawl_id, at_work).go(gate))
            if not bounds.dry:
                workers.prepare()
            with nullcontext() if bounds.dry else archive.transactions.grouped():
                over = await loop.until_done(tasks, beside=loop.every(COMMIT_EVERY, archive.transactions.commit))
            report.outcome = "done" if over else "interrupted"
    finally:
        report.seconds = time.monotonic() - started
        archive.end_crawl(report.crawl_id, msgspec.json.encode(report.sites).decode(), report.outcome, network.clock())
    return report
