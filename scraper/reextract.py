"""Every stored page read anew by today's rules: snapshots ─> extract ─> archive, without network, on all cores.

Pages are stored in the order of their reading.  Each says afterwards who has read it last, so a run that was stopped
goes on where it was, and one with nothing new to say changes nothing.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from scraper import loop, urls
from scraper.archive import COMMIT_EVERY, Archive, rereading
from scraper.archive.parts import Part, is_own_story
from scraper.archive.rereading import Broken, Stored, Wanted
from scraper.errors import FetchError
from scraper.parts import follow, from_archive
from scraper.records import Article, iso, utc_now
from scraper.sites import Site, Sites
from scraper.wording import number_of
from scraper.workers import TIME_LIMIT, Workers

#: Pages that wait for each worker.
WAITING = 8
#: A reading that is under way: the article with its later pages.
_Read = asyncio.Task[tuple[Article, list[Part]]]
#: Fields that a difference is counted for, apart from ``site`` and what says how a page was read.
FIELDS = tuple(
    name for name in Article.__struct_fields__ if name not in {"url", "site", "body_html", "provenance", "warnings"}
)


class Example(msgspec.Struct, frozen=True):
    """One field of one page that today's rules read differently."""

    url: str
    field: str
    before: Any
    after: Any


class Rereading(msgspec.Struct):
    """What a run did, or (``dry``) would do.  ``outcome``: done, interrupted or failed."""

    dry: bool = False
    outcome: str = "failed"
    seconds: float = 0.0
    total: int = 0  #: pages to read
    read: int = 0
    unchanged: int = 0
    changed: int = 0  #: stories that say something new
    new: int = 0  #: stories that were none
    lost: int = 0  #: stories in which today's rules see none; they are kept as they are
    none: int = 0  #: pages that are no story, then as now
    left: list[str] = []  #: sites that were read by a selector file which is not in use now
    failed: list[str] = []  #: URLs of pages that could not be read
    fields: dict[str, int] = {}  #: differences by field
    examples: list[Example] = []

    def summary(self) -> str:
        """One line."""
        counts = {
            "changed": self.changed,
            "new": self.new,
            "no story any more": self.lost,
            "unreadable": len(self.failed),
        }
        said = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing changed"
        dry = " (dry run: nothing stored)" if self.dry else ""
        over = "" if self.outcome == "done" else f", {self.outcome}"
        return f"{number_of(self.read, 'page')} read anew in {self.seconds:.1f} s: {said}{dry}{over}"


def reextract(
    archive: Archive, *, sites: Sites | None = None, site: str | None = None, since: datetime | None = None,
    again: bool = False, without_file: bool = False, dry: bool = False, examples: int = 3, jobs: int | None = None, time_limit: float = TIME_LIMIT,
    watch: Callable[[Rereading], None] | None = None, clock: Callable[[], datetime] = utc_now,
) -> Rereading:  # fmt: skip
    """Read stored pages by today's rules and bring the archive to what they say.

    ``site`` is one site's key; ``since`` bounds the date of publication; ``again`` reads also those that today's edition
    and rules have read; ``without_file`` reads also sites whose selector file is not in use any more, which else are left alone;
    ``dry`` stores nothing and says what would change, with at most ``examples`` a field;
    ``jobs`` is the number of processes, ``time_limit`` the seconds that reading one page may take.  Takes the archive's
    lock, unless ``dry``.  Raises UsageError and ArchiveError; Ctrl-C ends the run early with all that was read stored.
    """
    wanted, report = Wanted(iso(since), again), Rereading(dry=dry)
    run = _Run(archive, sites or Sites.load(), wanted, report, examples, clock, watch or (lambda report: None))
    chosen = rereading.sites(archive, site)
    if not without_file:
        report.left = [row["key"] for row in chosen if run.site(row).lacks_file(row["rules_hash"])]
        chosen = [row for row in chosen if row["key"] not in report.left]
    if dry:
        return run.go(chosen, jobs, time_limit)
    with archive.lock(), archive.transactions.grouped():
        for row in chosen:
            rereading.note_rules(archive, row["id"], run.site(row).rules_hash)
        return run.go(chosen, jobs, time_limit)


class _Run:
    """One run.  Pages wait in a queue for their reading, and leave it in order."""

    def __init__(
        self, archive: Archive, sites: Sites, wanted: Wanted, report: Rereading, examples: int,
        clock: Callable[[], datetime], watch: Callable[[Rereading], None],
    ) -> None:  # fmt: skip
        self.archive, self.sites, self.wanted, self.report = archive, sites, wanted, report
        self.clock, self.watch, self._examples = clock, watch, examples
        self._joined: set[str] = set()  # the keys of later pages of articles
        #: Whether any answer of the page at hand reads differently; None: none is a story.
        self._differs: bool | None = None

    def site(self, row: dict[str, Any]) -> Site:
        """A site, a row of :func:`~scraper.archive.rereading.sites`, by today's rules."""
        return self.sites.of_archive(row["key"], row["start_url"])

    def go(self, chosen: list[dict[str, Any]], jobs: int | None, time_limit: float) -> Rereading:
        """All pages of some sites (rows of :func:`~scraper.archive.rereading.sites`)."""
        started = time.monotonic()
        over = loop.run(lambda: self._run(chosen, jobs or os.cpu_count() or 1, time_limit))
        self.report.outcome = "done" if over else "interrupted"
        self.report.seconds = time.monotonic() - started
        return self.report

    async def _run(self, chosen: list[dict[str, Any]], jobs: int, time_limit: float) -> bool:
        async with Workers(jobs, time_limit=time_limit) as workers:
            commits = loop.every(COMMIT_EVERY, self.archive.transactions.commit)
            return await loop.until_done([self._all(chosen, workers, jobs * WAITING)], beside=commits)

    async def _all(self, chosen: list[dict[str, Any]], workers: Workers, most: int) -> None:
        plan = [(row["id"], self.site(row)) for row in chosen]
        self.report.total = sum(
            rereading.count(self.archive, number, self.archive.reader(site), self.wanted) for number, site in plan
        )
        queue: deque[tuple[Stored, Site, _Read]] = deque()
        try:
            for stored, site in self._pages(plan):
                if isinstance(stored, Broken):
                    self._count_failure(stored.url, stored.problem)
                    continue
                queue.append((stored, site, asyncio.create_task(self._reread(stored, site, workers))))
                if len(queue) > most:
                    await self._settle_next(queue, workers)
            while queue:
                await self._settle_next(queue, workers)
        finally:
            for *_, task in queue:
                task.cancel()
            await asyncio.gather(*(task for *_, task in queue), return_exceptions=True)

    async def _reread(self, stored: Stored, site: Site, workers: Workers) -> tuple[Article, list[Part]]:
        """A page with all later ones of its article that are stored, and those."""
        article, next_page = await workers.reread(stored.page, site)
        get = from_archive(self.archive, workers, site, self.clock())
        return await follow(article, next_page, site, get)

    def _pages(self, plan: list[tuple[int, Site]]) -> Iterator[tuple[Stored | Broken, Site]]:
        for number, site in plan:
            for stored in rereading.pages(self.archive, number, self.archive.reader(site), self.wanted):
                yield stored, site

    async def _settle_next(self, queue: deque[tuple[Stored, Site, _Read]], workers: Workers) -> None:
        """Wait for the reading of the page that has waited the longest; count it, and store it unless the run is dry."""
        stored, site, task = queue[0]
        self.report.read += stored.is_last
        try:
            article, parts = await task
            if any(is_own_story(self.archive, part.url, article) for part in parts):  # since a moment ago
                article, parts = await self._reread(stored, site, workers)
        except FetchError as error:
            self.report.failed.append(f"{stored.page.url}: {error.message}")
        else:
            self._settle(stored, site, article, parts)
        if stored.is_last:
            self.report.changed += self._differs is True
            self.report.unchanged += self._differs is False
            self._differs = None
        queue.popleft()
        self.watch(self.report)

    def _count_failure(self, url: str, problem: str) -> None:
        self.report.read += 1
        self.report.failed.append(f"{url}: {problem}")
        self.watch(self.report)

    def _settle(self, stored: Stored, site: Site, article: Article, parts: list[Part]) -> None:
        if stored.record is None and urls.page_key(stored.page.url) in self._joined:
            self.report.none += 1  # a later page of an article that was settled before it
            return
        self._joined |= {urls.page_key(part.url) for part in parts if part.article is not None}
        self._count(stored, article)
        if not self.report.dry:
            reader, now = self.archive.reader(site), iso(self.clock()) or ""
            rereading.keep(self.archive, stored, article, parts, site.rules_hash, reader, now)

    def _count(self, stored: Stored, article: Article) -> None:
        report = self.report
        if stored.record is None:
            report.new += article.is_story
            report.none += not article.is_story
            return
        if not article.is_story:
            if not stored.is_first:
                return  # something stood in the story's place for a time
            report.lost += 1
            self._note(Example(stored.page.url, "kind", stored.record.get("kind"), article.kind))
            return
        record = rereading.as_record(article)
        differing = [name for name in FIELDS if record.get(name) != stored.record.get(name)]
        for name in differing:
            self._note(Example(stored.page.url, name, stored.record.get(name), record.get(name)))
        self._differs = bool(differing or self._differs)

    def _note(self, example: Example) -> None:
        count = self.report.fields.get(example.field, 0)
        self.report.fields[example.field] = count + 1
        if count < self._examples:
            self.report.examples.append(example)
