"""One page from the frontier to the archive: fetch ─> extract ─> archive, or its reason in the ledger."""

from __future__ import annotations

import asyncio
from functools import partial

import msgspec

from scraper import urls
from scraper.archive.parts import NOT_STORED, PART, Part, is_own_story
from scraper.asking import GONE, ask
from scraper.blobs import Blob
from scraper.endings import Endings
from scraper.errors import FetchError, NotAsked, Unreadable
from scraper.frontier import LAST_RANK, due_after
from scraper.meetings import Meetings
from scraper.parts import first_page, follow, refuse_other, stored_part
from scraper.records import ASKED, LAYOUT_WARNING, Article, Entry, Link, Page
from scraper.site_run import Pages, SiteRun

#: What becomes of a visit to a later page of an article whose first page nobody has asked for yet.
PUT_OFF = "put off"
#: Pages that are kept at hand until their turn comes; others are fetched again.
_KEPT = 32


class Visitor:
    """Visits the pages of one site in one run, and counts what becomes of them in the run's report."""

    def __init__(self, run: SiteRun, pages: Pages) -> None:
        self.site, self.site_id, self.archive = run.site, run.site_id, run.archive
        self.fetcher, self.workers, self.bounds, self.clock = run.fetcher, run.workers, run.bounds, run.clock
        self.report, self.breaker = run.report, run.breaker
        self._pages, self._endings, self._meetings = pages, Endings(run), Meetings()
        #: Pages that were fetched to see what they are, by page key; not fetched again.
        self.fetched: dict[str, Page] = {}
        self._followed: dict[int, bool] = {}  # known stories that redirect, and whether the page there is counted
        self._put_off: set[int] = set()  # later pages of articles, once a run
        self._began = run.clock()

    async def has_read(self, url: str) -> bool:
        """Whether this run has read a page as a story, or just does."""
        await self._meetings.wait_for(url, "")
        known = self.archive.ledger.entry(urls.page_key(url))
        if known is None or known.article_id is None or known.fetched_at is None:
            return False
        return known.fetched_at >= self._began

    async def visit(self, entry: Entry) -> str:
        """Fetch a page, read it, archive it; the outcome in a word, which is also counted."""
        await self._meetings.wait_until_led(entry.url)
        await self._meetings.wait_for_first_page(entry.url)
        if await self._meetings.wait_until_reached(entry.id):
            if entry.due_at == ASKED:  # what it answered is of this run
                self.archive.ledger.mark_due([entry.id], self._endings.next_look(entry, self.clock()))
            return "alias"  # read as what a redirect leads to, since the frontier gave it
        if await self._is_part(entry):
            self.archive.ledger.mark_due([entry.id], None)  # it is looked at with its article
            if entry.state == "pending":
                self.report.count("alias")
            return "alias"
        try:
            with self._meetings.visit(entry.url):
                outcome = await self._archive_page(entry)
            self.breaker.answered()
        except NotAsked as error:
            if urls.plain_host(urls.host_of(error.about)) == urls.plain_host(urls.host_of(entry.url)):
                self.breaker.failed(error)
                return PUT_OFF  # it waits, as it did
            outcome = self._endings.failed(entry, error)
        except FetchError as error:
            outcome = self._endings.failed(entry, error)
        if outcome == PUT_OFF:
            return outcome
        if entry.state in ("failed", "gone", "refused") and entry.article_id is None:
            self.report.advertised += 1  # by an earlier run alone, or a listing that did not change
        if entry.article_id is not None and outcome in ("refused", "failed"):
            outcome = "missed"
        # A known story that is an alias now was not advertised; what a redirect led to was counted there.
        if outcome != "alias" or (entry.article_id is None and not self._meetings.is_reached(entry.id)):
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
        if page.status in GONE and self.site.covers(page.final_url):
            return self._endings.gone(entry, page)
        self.breaker.is_there()
        if page.status == 304:
            return self._endings.unchanged(entry, page)
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
            return self._endings.refused(entry, "date", f"published {article.published:%Y-%m-%d}", page.status)
        if article.is_story and urls.page_key(page.final_url) != urls.page_key(entry.url):
            await self._meetings.wait_for(page.final_url, entry.url)
            target = self._redirect_target(entry, page)  # as it is by now
            if target is not None and (self._meetings.is_reached(target.id) or self._is_there(target, entry)):
                self.archive.alias_of(entry, target, page.fetched_at)
                return "alias"
            entry = self._follow_redirect(entry, target, page)
        key = urls.page_key(page.url)
        if urls.page_key(page.final_url) == key:  # else it might wait for itself, or two for each other
            self.fetched[key] = page  # for the first page, which need not ask for it again
            await self._meetings.wait_for_first_page(entry.url)
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
        self._meetings.join(url, joined)
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

    def _puts_off(self, entry: Entry, page: Page, article: Article) -> bool:
        """Whether a later page is to wait until the first one has been asked for, which it names and which joins it."""
        first = first_page(article)
        if first is None or not self._is_to_come(first):
            return False
        self._pages.admit([Link(url=first, source="article", found_in=entry.url)], self._pages.depth_of(entry.url))
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
        if not await self._meetings.wait_until_joined(entry.url):
            return entry.reason == PART
        known = self.archive.ledger.entry(urls.page_key(entry.url))
        return known is not None and known.reason == PART

    async def _fetch(self, entry: Entry) -> Page:
        """The page, whatever answered for it."""
        self.report.fetched += 1
        page = await ask(entry, self.site, self.fetcher, knows=partial(self._knows, entry))
        self.report.bytes += len(page.body)
        return page

    async def _knows(self, entry: Entry, url: str) -> bool:
        """Whether the archive has what a page redirects to, once nobody else fetches that: then it need not be followed; if
        it is, its own visit waits for this one."""
        await self._meetings.wait_for(url, entry.url)
        key = urls.page_key(url)
        if key == urls.page_key(entry.url):
            return False
        target = self.archive.ledger.entry(key)
        if target is not None and self._is_there(target, entry):
            return True
        self._meetings.leads(entry.url, url)
        return False

    def _is_there(self, target: Entry, entry: Entry) -> bool:
        """Whether a page's story is at what it redirects to; not at an old address of that story, which is its address again."""
        is_back = target.state == "alias" and entry.state == "archived" and target.article_id == entry.article_id
        return target.state in ("archived", "alias") and not is_back and self.site.covers(target.url)

    def _store(self, entry: Entry, page: Page, article: Article, blob: Blob, parts: list[Part]) -> str:
        due = (
            due_after(article.published, page.fetched_at)
            if article.is_story
            else self._endings.due(entry, article.refusal, article.kind)
        )
        for part in parts:
            known = self.archive.ledger.entry(urls.page_key(part.url))
            if known is not None and not self._pages.is_in_hand(known) and self._pages.leave(known):
                self.report.count("alias")
        stored = self.archive.save(entry, self.site_id, page, blob, article, self.site, due, parts)
        if stored is None:
            return self._endings.no_story(entry, article)
        self.breaker.welcomed()
        self.report.unfit += LAYOUT_WARNING in article.warnings
        self._follow_links(page, article)
        # A page that two tasks reached at once (itself, and by a redirect; of two sites) is new to one of them only.
        is_read = stored.outcome in ("unchanged", "changed") and entry.article_id is None
        return "alias" if is_read else stored.outcome

    def _follow_links(self, page: Page, article: Article) -> None:
        """Admit the links between stories, as deep as the run goes."""
        depth = self._pages.depth_of(page.url) + 1  # of what was asked for: a redirect makes the way no shorter
        if depth <= self.bounds.depth:
            links = [
                Link(url=link.url, source="article", found_in=article.url, title=link.text)
                for link in article.related
                if self.site.covers(link.url)
            ]
            self._pages.admit(links, depth)

    # -- redirects -------------------------------------------------------------------

    def _redirect_target(self, entry: Entry, page: Page) -> Entry | None:
        """The ledger's entry of the page that we were sent to, if that is another one and known."""
        key = urls.page_key(page.final_url)
        return None if key == urls.page_key(entry.url) else self.archive.ledger.entry(key)

    def _follow_redirect(self, entry: Entry, target: Entry | None, page: Page) -> Entry:
        """Settle the page that sent us on as an alias; the entry of the page that it sent us to."""
        is_counted = target is not None and self._pages.leave(target)
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
        self._meetings.reach(entry.url, target.id)
        return target

    def _refusal(self, entry: Entry, page: Page) -> str | None:
        """Why an answer cannot be a story, judged before it is read; None if it may be one."""
        if page.status != 200:
            raise Unreadable(f"answered {page.status}", about=entry.url, status=page.status)
        if not page.body.strip():
            raise Unreadable("an empty page", about=entry.url, status=page.status)
        if not page.is_html:
            return self._endings.refused(entry, "kind", page.content_type or "no HTML", page.status)
        if not self.site.covers(page.final_url):
            return self._endings.refused(entry, "off_site", page.final_url, page.status)
        return None
