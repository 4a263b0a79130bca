"""What a person sees while a run goes on: a bar a site on a terminal, nothing in a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scraper.cli.output import plain, say

if TYPE_CHECKING:
    from scraper.report import Progress, Report


@contextmanager
def shown(quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A watcher for a run: draws bars if standard error is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich import progress as bar
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=12),  # all of it fits into 80 columns
        MofNCompleteColumn(),
        TextColumn("{task.fields[counts]}", markup=False),
        TimeElapsedColumn(),
    )
    with bar.Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def watch(progress: Progress) -> None:
            report = progress.report
            if progress.site not in tasks:
                tasks[progress.site] = bars.add_task(plain(progress.site), total=None, counts="")
            told = {
                "new": report.new, "known": report.known, "refused": sum(report.refused.values()), "failed": report.failed,
            }  # fmt: skip
            counts = "  ".join(f"{count} {name}" for name, count in told.items() if count)
            done = report.fetched
            bars.update(tasks[progress.site], completed=done, total=done + progress.waiting or None, counts=counts)

        yield watch


@contextmanager
def counted(what: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A watcher that is told how many are done of how many: draws one bar if standard error is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def conclude(report: Report, quiet: bool) -> None:
    """One summary line; a line for each site that needs a person, or of which a listing could not be read (also when quiet)."""
    for site in report.sites:
        if site.needs:
            say(f"scraper: {site.site}: {site.needs}")
        if site.paused and not quiet:
            say(f"{site.site}: {site.paused}")
        for url in site.bugs:
            say(
                f"scraper: {url}: could not be read for a fault of this program; `scraper why` shows it, please report it"
            )
        if site.listings and site.problems:
            count = len(site.problems)
            say(
                f"scraper: {site.site}: a listing could not be read: {site.problems[0]}"
                if count == 1
                else f"scraper: {site.site}: {count} listings could not be read, among them {site.problems[0]}"
            )
    if not quiet:
        say(report.summary() if report.sites else "no sites to look after (a crawl of a host or feed adds one)")
