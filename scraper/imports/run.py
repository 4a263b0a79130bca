"""The whole import: files ─> captures ─> extract ─> archive, the pages read by worker processes on all cores.

Captures are stored in the order in which they stand in their file.  What is in the archive already is
recognised before it is read, so an import that was stopped goes through what it had at the speed of the disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import IO

import msgspec

from scraper import loop
from scraper.archive import COMMIT_EVERY, Archive, captures
from scraper.blobs import Blob
from scraper.errors import FetchError
from scraper.imports import answers, saved
from scraper.imports.files import Capture, Reason, Refused, Source, sources
from scraper.imports.report import FileReport, Filters, Progress, Report
from scraper.imports.warc import NotWarc
from scraper.records import Article, Page, iso, utc_now
from scraper.sites import Site, Sites
from scraper.workers import Misread, Workers

#: Captures taken from a file at a time, and bytes of pages that may wait to be read or stored.
BATCH, IN_HAND = 16, 64 * 1024 * 1024
#: Pages that wait for each worker.
WAITING = 4
#: Endings of WARC files in a folder.
WARC_ENDINGS = (".warc", ".warc.gz", ".warc.zst")


Watch = Callable[[Progress], None]


def import_warc(
    paths: Iterable[str], archive: Archive, *, sites: Sites | None = None, filters: Filters | None = None,
    watch: Watch | None = None, now: datetime | None = None,
) -> Report:  # fmt: skip
    """Bring the stories of WARC files, folders of them or ``-`` (standard input) into the archive.

    The run takes the archive's lock.  Raises UsageError for paths that are not there, and ArchiveError; what is wrong
    inside of a file is in the report.  Ctrl-C ends it early with all that was read stored.
    """
    found = sources(paths, WARC_ENDINGS)
    run = _Import(archive, sites or Sites.load(), filters or Filters(), watch, now or utc_now())

    def read(source: Source, file: IO[bytes]) -> Iterator[Capture | Refused]:
        return answers.captures(file, source.name, run.now, run.is_wanted)

    return run.go("warc", found, read)


def import_html(
    paths: Iterable[str], archive: Archive, *, url: str | None = None, sites: Sites | None = None,
    filters: Filters | None = None, watch: Watch | None = None, now: datetime | None = None,
) -> Report:  # fmt: skip
    """Bring saved pages, folders of them or ``-`` into the archive; ``url`` is the address of the one page that is named.

    Raises what :func:`import_warc` raises.
    """
    found = sources(paths, saved.ENDINGS)
    run = _Import(archive, sites or Sites.load(), filters or Filters(), watch, now or utc_now())

    def read(source: Source, file: IO[bytes]) -> Iterator[Capture | Refused]:
        return saved.captures(source, file, url, run.now, run.is_wanted)

    return run.go("html", found, read)


Read = Callable[[Source, IO[bytes]], Iterator[Capture | Refused]]


class _Import:
    """One import."""

    def __init__(self, archive: Archive, sites: Sites, filters: Filters, watch: Watch | None, now: datetime) -> None:
        self.archive, self.sites, self.filters, self.now = archive, sites, filters, now
        self.watch = watch or (lambda progress: None)

    def is_wanted(self, url: str, at: datetime) -> bool:
        """Whether a capture passes what the filters can say before it is read: none can be of a story yet to come."""
        since = self.filters.window.since
        if since is not None and at < since:
            return False
        return not self.filters.sites or self.sites.match(url).key in self.filters.sites

    def go(self, what: str, found: list[Source], read: Read) -> Report:
        """All files; the report and the row in ``crawls`` are complete however the run ends."""
        started = time.monotonic()
        with self.archive.lock():
            arguments = {"import": what, "files": [source.name for source in found[:1000]]}
            report = Report(self.archive.begin_crawl(arguments, self.now), [], outcome="failed")
            try:
                with self.archive.transactions.grouped():
                    is_over = loop.run(lambda: self._run(found, read, report, is_html=what == "html"))
                report.outcome = "done" if is_over else "interrupted"
            finally:
                report.seconds = time.monotonic() - started
                counts = msgspec.json.encode(report.files).decode()
                self.archive.end_crawl(report.crawl_id, counts, report.outcome, utc_now())
        return report

    async def _run(self, found: list[Source], read: Read, report: Report, *, is_html: bool) -> bool:
        async with Workers(os.cpu_count()) as workers:

            async def all_files() -> None:
                for source in found:
                    report.files.append(FileReport(source.name))
                    await _File(self, workers, source, report.files[-1]).go(read)
                    if source.path and is_html:
                        report.note_left_out(source.path)

            commits = loop.every(COMMIT_EVERY, self.archive.transactions.commit)
            return await loop.until_done([all_files()], beside=commits)


class _File:
    """One file of an import.  What was taken from it waits in a queue, and leaves it in order."""

    def __init__(self, run: _Import, workers: Workers, source: Source, report: FileReport) -> None:
        self.run, self.workers, self.source, self.report = run, workers, source, report
        self._queue: deque[tuple[Page, Site, asyncio.Task[tuple[Article, Blob, str | None]]]] = deque()
        self._bytes = 0
        self._most = WAITING * (os.cpu_count() or 1)

    async def go(self, read: Read) -> None:
        """Every capture of the file, to the archive or to the counts."""
        try:
            with self.source.open() as file:
                found, size = read(self.source, file), self.source.size
                while batch := await asyncio.to_thread(lambda: list(itertools.islice(found, BATCH))):
                    for item in batch:
                        await self._take(item)
                    self.run.watch(Progress(self.report, file.tell(), size))
            while self._queue:
                await self._store_next()
            if self.report.captures and self.report.refused.get("damaged") == self.report.captures:
                self.report.failed = f"{self.source.name}: nothing in it is whole"
        except OSError as error:
            self.report.failed = f"{self.source.name}: cannot be read: {error.strerror or error}"
        except saved.BadSidecar as error:
            self.report.refuse(Refused("beside", self.source.name))
            self.report.failed = f"{error}; {self.source.name} is left out"
        except NotWarc as error:
            self.report.failed = str(error)
        finally:
            await self._give_up()
        self.run.watch(Progress(self.report, size or 0, size))

    async def _take(self, item: Capture | Refused) -> None:
        if isinstance(item, Refused):
            self.report.refuse(item)
            return
        page = await self._with_its_bytes(item)
        if page is None:
            self.report.refuse(Refused("revisit", item.page.url))
            return
        if self._is_known(page):
            self.report.count("known")
            return
        site = self.run.sites.match(page.final_url)
        archive = self.run.archive
        base = captures.base_for(archive, site, page.final_url, page.fetched_at)
        self._queue.append((page, site, asyncio.create_task(self.workers.read(page, site, base, archive.bodies.base))))
        self._bytes += len(page.body)
        while len(self._queue) > self._most or self._bytes > IN_HAND:
            await self._store_next()

    async def _with_its_bytes(self, capture: Capture) -> Page | None:
        """The page of a capture; that of a revisit has the bytes of the capture that it refers to."""
        same = capture.same_as
        if same is None:
            return capture.page
        while self._queue:  # it may be among those that wait
            await self._store_next()
        look = captures.body_at if capture.is_dated else captures.body_before
        body = look(self.run.archive, same.final_url, same.fetched_at, capture.digest)
        return None if body is None else msgspec.structs.replace(capture.page, body=body)

    def _is_known(self, page: Page) -> bool:
        hash = hashlib.sha256(page.body).hexdigest()
        return captures.is_known(self.run.archive, page.final_url, page.fetched_at, hash)

    async def _store_next(self) -> None:
        """Wait for the reading of the oldest page in the queue, and store it if it is a story that is wanted."""
        page, site, task = self._queue.popleft()
        self._bytes -= len(page.body)
        try:
            (
                article,
                blob,
                _,
            ) = await task  # later pages are joined by `reextract`: of this moment the archive may have none
        except FetchError as error:
            reason: Reason = "bug" if isinstance(error, Misread) else "unreadable"
            self.report.refuse(Refused(reason, page.final_url, error.message))
            return
        if refused := self._refusal(article):
            self.report.refuse(refused)
            return
        archive, name = self.run.archive, self.source.name
        self.report.count(captures.keep(archive, page, blob, article, site, found_in=name, now=self.run.now))

    def _refusal(self, article: Article) -> Refused | None:
        kind = article.kind
        if kind in {"section", "wall", "error", "other"}:
            return Refused(kind, article.url)
        if self.run.filters.window.excludes(article.published, None):
            return Refused("outside", article.url, f"published {iso(article.published)}")
        return None

    async def _give_up(self) -> None:
        """Whatever still waits is not stored."""
        for *_, task in self._queue:
            task.cancel()
        await asyncio.gather(*(task for *_, task in self._queue), return_exceptions=True)
