"""One page from the frontier to the archive: fetch ─> extract ─> archive, or its reason in the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

import msgspec

from scraper import urls
from scraper.archive import Archive
from scraper.archive.parts import NOT_STORED, PART, Part, is_own_story
from scraper.asking import ask
from scraper.blobs import Blob
from scraper.breaker import Breaker
from scraper.errors import FetchError, NotAsked, TransientError, Unreadable
from scraper.fetch import Fetcher
from scraper.frontier import LAST_RANK, due_after, passing_until, retry_at
from scraper.parts import first_page, follow, refuse_other, stored_part
from scraper.records import ASKED, LAYOUT_WARNING, Article, Entry, Link, Page
from scraper.report import SiteReport
from scraper.run import Bounds
from scraper.sites import Site
from scraper.workers import Workers

#: What becomes of a visit to a later page of an article whose first page nobody has asked for yet.
PUT_OFF = "put off"
#: Pages that are kept at hand until their turn comes; others are fetched again.
_KEPT = 32


class Visitor:
    """Visits the pages of one site in one run, and counts what becomes of them in ``report``.

    ``admit`` takes links that a story names, where the run follows them, and their depth; ``depth_of`` tells that of a
    URL.  ``leave`` is told of pages that a visit comes upon: the frontier gives them no more; it says whether they were
    counted, so that their ends are to be, but for those that are in hand, whose own visits do that.
    """

    def __init__(
        self, site: Site, site_id: int, archive: Archive, fetcher: Fetcher, workers: Workers,
        bounds: Bounds, clock: Callable[[], datetime], report: SiteReport, admit: Callable[[Iterable[Link], int], object],
        depth_of: Callable[[str], int], leave: Callable[[Entry], bool], is_in_hand: Callable[[Entry], bool],
    ) -> None:  # fmt: skip
        self.site, self.site_id, self.archive = site, site_id, archive
        self.fetcher, self.workers, self.bounds, self.clock = fetcher, workers, bounds, clock
        self.report, self.admit, self._leave = report, admit, leave
        self._is_in_hand, self._depth_of = is_in_hand, depth_of
        #: Pages that were fetched to see what they are, by page key; not fetched again.
        self.fetched: dict[str, Page] = {}
        self._joining: dict[str, asyncio.Event] = {}  # by the keys of later pages of articles
        self._visiting: dict[str, asyncio.Event] = {}  # by the keys of pages in hand
        self._led_to: dict[str, asyncio.Event] = {}  # by the keys of pages that a redirect leads a visit in hand to
        self._followed: dict[int, bool] = {}  # known stories that redirect, and whether the page there is counted
        #: By row ids: pages that are read as what a redirect leads to, and when that is over.
        self._reached: dict[int, asyncio.Event] = {}
        self._held: set[str] = set()  # keys of pages whose visits wait for another one
        self._put_off: set[int] = set()  # later pages of articles, once a run
        self.breaker = Breaker(report)
        self._began = clock()

    async def has_read(self, url: str) -> bool:
        """Whether this run has read a page as a story, or just does."""
        await self._wait_for(url, "")
        known = self.archive.ledger.entry(urls.page_key(url))
        if known is None or known.article_id is None or known.fetched_at is None:
            return False
        return known.fetched_at >= self._began

    async def visit(self, entry: Entry) -> str:
        """Fetch a page, read it, archive it; the outcome in a word, which is also counted."""
        key = urls.page_key(entry.url)
        if (fetched := self._led_to.get(key)) is not None:
            await fetched.wait()
        await self._first_pages(entry.url)
        if (read := self._reached.get(entry.id)) is not None:
            await read.wait()
            if entry.due_at == ASKED:  # what it answered is of this run
                published = self.archive.published_of(entry.article_id) if entry.article_id else None
                self.archive.ledger.mark_due([entry.id], due_after(published, self.clock()))
            return "alias"  # read as what a redirect leads to, since the frontier gave it
        if await self._is_part(entry):
            self.archive.ledger.mark_due([entry.id], None)  # it is looked at with its article
            if entry.state == "pending":
                self.report.count("alias")
            return "alias"
        over = self._visiting[key] = asyncio.Event()
        try:
            outcome = await self._archive_page(entry)
            self.breaker.answered()
        except NotAsked as error:
            if urls.plain_host(urls.host_of(error.about)) == urls.plain_host(urls.host_of(entry.url)):
                self.breaker.failed(error)
                return PUT_OFF  # it waits, as it did
            outcome = self._fail(entry, error)
        except FetchError as error:
            outcome = self._fail(entry, error)
        finally:
            del self._visiting[key]
            over.set()
            self._led_to = {there: by for there, by in self._led_to.items() if by is not over}
        if outcome == PUT_OFF:
            return outcome
        if entry.state in ("failed", "gone", "refused") and entry.article_id is None:
            self.report.advertised += 1  # by an earlier run alone, or a listing that did not change
        if entry.article_id is not None and outcome in ("refused", "failed"):
            outcome = "missed"
        # A known story that is an alias now was not advertised; what a redirect led to was counted there.
        if outcome != "alias" or (entry.article_id is None and entry.id not in self._reached):
            self.report.count(outcome)
        if entry.article_id is not None:
            self._count_beside(outcome, self._followed.pop(entry.id, None))
        return outcome

    def _count_beside(self, outcome: str, is_counted: bool | None) -> None:
        """Count what a second look at a known story came upon: another story at its address, or what it redirects to, which
        may be counted already (None: it redirects nowhere)."""
        is_end = outcome in ("new", "moved")
        if is_counted and not is_end:
            self.report.count("alias")
        elif not is_counted and is_end:
            self.report.advertised += 1

    async def _archive_page(self, entry: Entry) -> str:
        """fetch ─> extract ─> archive."""
        page = self.fetched.pop(urls.page_key(entry.url), None) or await self._fetch(entry)
        if page.status in (404, 410) and self.site.covers(page.final_url):
            return self._gone(entry, page)
        self.breaker.is_there()
        if page.status == 304:
            return self._unchanged(entry, page)
        target = self._redirect_target(entry, page)
        if target is not None and self._is_there(target, entry):
            self.archive.alias_of(entry, target, page.fetched_at)
            return "alias"
        if refusal := self._refusal(entry, page):
            return refusal
        bodies = self.archive.bodies
        base = bodies.base_for(self.site_id, entry.id, page.fetched_at)
        article, blob, next_page = await self.workers.read(page, self.site, base, bodies.base)
        is_new = (
            entry.article_id is None and entry.found_by != "target"
        )  # known stories are looked at, whatever their dates
        if article.is_story and is_new and self.bounds.window.excludes(article.published, None):
            # Dated from now on, so that the next run with these bounds need not fetch it to know.
            self.archive.ledger.set_date(entry.id, article.published)
            return self._refuse(entry, "date", f"published {article.published:%Y-%m-%d}", page.status)
        if article.is_story and urls.page_key(page.final_url) != urls.page_key(entry.url):
            await self._wait_for(page.final_url, entry.url)
            target = self._redirect_target(entry, page)  # as it is by now
            if target is not None and (target.id in self._reached or self._is_there(target, entry)):
                self.archive.alias_of(entry, target, page.fetched_at)
                return "alias"
            entry = self._follow_redirect(entry, target, page)
        key = urls.page_key(page.url)
        if urls.page_key(page.final_url) == key:  # else it might wait for itself, or two for each other
            self.fetched[key] = page  # for the first page, which need not ask for it again
            await self._first_pages(entry.url)
            self.fetched.pop(key, None)
        if await self._is_part(entry):
            return "alias"
        if self._puts_off(entry, page, article):
            return PUT_OFF
        joined = asyncio.Event()
        try:
            article, parts = await follow(article, next_page, self.site, partial(self._part, joined))
            return "alias" if await self._is_part(entry) else self._store(entry, page, article, blob, parts)
        finally:
            joined.set()

    async def _part(self, joined: asyncio.Event, url: str, first: Article) -> Part | None:
        """The next page of an article: from the server, or as it was stored if it cannot be had now.

        A visit of its own, if anybody else named it, waits until the article is ``joined``.
        """
        if is_own_story(self.archive, url, first):
            return None
        self._joining[urls.page_key(url)] = joined
        try:
            page = self.fetched.pop(urls.page_key(url), None)
            if page is None:
                self.report.fetched += 1
                page = await self.fetcher.get(url, self.site)
                self.report.bytes += len(page.body)
            if not self.site.covers(page.final_url):
                raise Unreadable(f"leads off the site, to {page.final_url}", about=url)
            if page.status != 200 or not page.is_html:
                raise Unreadable(f"answered {page.status}" if page.status != 200 else "no HTML", about=url)
            known = self.archive.ledger.entry(urls.page_key(url))
            base = self.archive.bodies.base_for(self.site_id, known.id if known else 0, page.fetched_at)
            article, blob, next_page = await self.workers.read(page, self.site, base, self.archive.bodies.base)
            refuse_other(article)
        except FetchError as error:
            self.breaker.failed(error)
            if error.reason == "blocked":
                self.breaker.blocked(error.message)
            stored = await stored_part(self.archive, self.workers, self.site, url, self.clock())
            told = (error.message, *([stored.problem] if stored.problem not in (None, NOT_STORED) else []))
            return msgspec.structs.replace(stored, problem="; ".join(told))
        page = msgspec.structs.replace(page, body=b"")  # which is in the blob
        return Part(url, page.fetched_at, article, next_page, page, blob)

    async def _first_pages(self, url: str) -> None:
        """Wait for the visits in hand of what may be the first page of the same article: it says whether this is a later one."""
        for first, _ in urls.numbered(url):
            await self._wait_for(first, url)

    def _puts_off(self, entry: Entry, page: Page, article: Article) -> bool:
        """Whether a later page is to wait until the first one has been asked for, which it names and which joins it."""
        first = first_page(article)
        if first is None or not self._is_to_come(first):
            return False
        self.admit([Link(url=first, source="article", found_in=entry.url)], self._depth_of(entry.url))
        is_over = entry.state != "pending" or entry.id in self._put_off or page.url != page.final_url
        if is_over or not self._is_to_come(first):
            return False
        self._put_off.add(entry.id)
        if len(self.fetched) < _KEPT:
            self.fetched[urls.page_key(entry.url)] = page
        self.archive.ledger.set_rank(entry.id, LAST_RANK)
        return True

    def _is_to_come(self, url: str) -> bool:
        """Whether a page waits, or nobody has named it."""
        known = self.archive.ledger.entry(urls.page_key(url))
        return known is None or known.state == "pending"

    async def _is_part(self, entry: Entry) -> bool:
        """Whether a page is a later one of an article that has been joined, perhaps just now."""
        key = urls.page_key(entry.url)
        if key not in self._joining:
            return entry.reason == PART
        await self._joining[key].wait()
        known = self.archive.ledger.entry(key)
        return known is not None and known.reason == PART

    async def _fetch(self, entry: Entry) -> Page:
        """The page, whatever answered for it."""
        key = urls.page_key(entry.url)
        self.report.fetched += 1
        page = await ask(entry, self.site, self.fetcher, knows=lambda url: self._knows(url, key, entry))
        self.report.bytes += len(page.body)
        return page

    async def _knows(self, url: str, origin: str, entry: Entry) -> bool:
        """Whether the archive has what a redirect leads to from a page, whose key is ``origin``, once nobody else fetches it:
        then it need not be followed; if it is, its own visit waits for this one."""
        await self._wait_for(url, entry.url)
        key = urls.page_key(url)
        target = self.archive.ledger.entry(key) if key != origin else None
        if target is not None and self._is_there(target, entry):
            return True
        if key != origin:
            self._led_to[key] = self._visiting[origin]
        return False

    def _is_there(self, target: Entry, entry: Entry) -> bool:
        """Whether a page's story is at what it redirects to; not at an old address of that story, which is its address again."""
        is_back = target.state == "alias" and entry.state == "archived" and target.article_id == entry.article_id
        return target.state in ("archived", "alias") and not is_back and self.site.covers(target.url)

    async def _wait_for(self, other: str, url: str) -> None:
        """Let the visit of a URL wait for that of another one that is in hand, with a slash more or less at its end, unless
        that waits itself: so no circle can come about."""
        here = urls.page_key(url)
        for there in urls.spellings(other):
            over = self._visiting.get(there) if there not in self._held and there != here else None
            if over is not None:
                self._held.add(here)
                try:
                    await over.wait()
                finally:
                    self._held.discard(here)

    def _store(self, entry: Entry, page: Page, article: Article, blob: Blob, parts: list[Part]) -> str:
        reason = "wall" if article.kind == "wall" else "kind"
        due = (
            due_after(article.published, page.fetched_at)
            if article.is_story
            else self._due(entry, reason, article.kind)
        )
        for part in parts:
            known = self.archive.ledger.entry(urls.page_key(part.url))
            if known is not None and not self._is_in_hand(known) and self._leave(known):
                self.report.count("alias")
        stored = self.archive.save(entry, self.site_id, page, blob, article, self.site, due, parts)
        if stored is None:
            if article.kind != "wall":
                return self._refused("kind", entry)
            self.breaker.blocked("answers with a challenge or consent page")
            return self._refused("wall", entry)
        self.breaker.welcomed()
        self.report.unfit += LAYOUT_WARNING in article.warnings
        self._follow_links(page, article)
        # A page that two tasks reached at once (itself, and by a redirect; of two sites) is new to one of them only.
        is_read = stored.outcome in ("unchanged", "changed") and entry.article_id is None
        return "alias" if is_read else stored.outcome

    def _follow_links(self, page: Page, article: Article) -> None:
        """Admit the links between stories, as deep as the run goes."""
        depth = self._depth_of(page.url) + 1  # of what was asked for: a redirect makes the way no shorter
        if depth <= self.bounds.depth:
            links = [
                Link(url=link.url, source="article", found_in=article.url, title=link.text)
                for link in article.related
                if self.site.covers(link.url)
            ]
            self.admit(links, depth)

    # -- redirects -------------------------------------------------------------------

    def _redirect_target(self, entry: Entry, page: Page) -> Entry | None:
        """The ledger's entry of the page that we were sent to, if that is another one and known."""
        key = urls.page_key(page.final_url)
        return None if key == urls.page_key(entry.url) else self.archive.ledger.entry(key)

    def _follow_redirect(self, entry: Entry, target: Entry | None, page: Page) -> Entry:
        """Settle the page that sent us on as an alias; the entry of the page that it sent us to."""
        is_counted = target is not None and self._leave(target)
        if entry.article_id is not None:
            self._followed[entry.id] = is_counted
        elif not is_counted:
            self.report.advertised += 1  # nobody named it but the redirect
        if target is None or not is_counted:
            link = Link(url=page.final_url, source="redirect", found_in=entry.url)
            target = self.archive.ledger.expect(self.site_id, link, self.clock())
        self.archive.alias_of(entry, target, page.fetched_at)
        if entry.article_id is None:
            self.report.count("alias")
        self._reached[target.id] = self._visiting[urls.page_key(entry.url)]  # which ends with this visit
        return target

    # -- outcomes that are no story --------------------------------------------------

    def _unchanged(self, entry: Entry, page: Page) -> str:
        published = self.archive.published_of(entry.article_id) if entry.article_id else None
        self.archive.note_unchanged(entry, page.fetched_at, due_after(published, page.fetched_at))
        return "unchanged"

    def _gone(self, entry: Entry, page: Page) -> str:
        self.archive.note_gone(entry, page.status, page.fetched_at, retry_at(self._failures(entry), page.fetched_at))
        if entry.article_id is None:
            return "gone"
        self.breaker.gone(page.status)
        return "unchanged" if entry.state == "gone" else "deleted"

    def _refusal(self, entry: Entry, page: Page) -> str | None:
        """Why an answer cannot be a story, judged before it is read; None if it may be one."""
        if page.status != 200:
            raise Unreadable(f"answered {page.status}", about=entry.url, status=page.status)
        if not page.body.strip():
            raise Unreadable("an empty page", about=entry.url, status=page.status)
        if not page.is_html:
            return self._refuse(entry, "kind", page.content_type or "no HTML", page.status)
        if not self.site.covers(page.final_url):
            return self._refuse(entry, "off_site", page.final_url, page.status)
        return None

    def _refuse(self, entry: Entry, reason: str, detail: str, status: int | None) -> str:
        now, due = self.clock(), self._due(entry, reason, detail)
        self.archive.ledger.settle(
            entry.id, "refused", reason=reason, detail=detail, status=status, now=now, due_at=due
        )  # fmt: skip
        return self._refused(reason, entry)

    def _due(self, entry: Entry, reason: str, detail: str | None) -> datetime | None:
        """When a page that was refused is asked for again; a known story as if nothing had stood in its place."""
        if entry.article_id is not None:
            return due_after(self.archive.published_of(entry.article_id), self.clock())
        return passing_until(reason, detail, self._failures(entry), self.clock())

    def _failures(self, entry: Entry) -> int:
        return self.archive.ledger.failures(entry.id)

    def _refused(self, reason: str, entry: Entry) -> str:
        if entry.article_id is None:
            self.report.refuse(reason)
        return "refused"

    def _fail(self, entry: Entry, error: FetchError) -> str:
        """Write down why a page could not be had; leave the site if it does not want us or does not answer."""
        if not isinstance(error, (TransientError, Unreadable)):
            if error.reason == "blocked":
                self.breaker.blocked(error.message)
            return self._refuse(entry, error.reason, error.message, error.status)
        now, asked = self.clock(), error.retry_after or 0
        due = max(retry_at(self._failures(entry), now), now + timedelta(seconds=asked))
        self.archive.ledger.settle(
            entry.id, "failed", reason=error.reason, detail=error.message, status=error.status, now=now, due_at=due
        )
        if not isinstance(error, NotAsked):  # by another host, to which a redirect led
            self.breaker.failed(error)
        return "failed"
