"""Which links to fetch, which to refuse and why, what comes next, when a page is due again.

The frontier's rows live in the archive's ledger, so a killed run loses none of them; this
module is the policy, and knows the ledger only by the methods it calls.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol, get_args

import msgspec

from scraper import urls
from scraper.records import ASKED, Entry, Judged, Kind, Link, Window
from scraper.seen import Seen
from scraper.sites import Site

#: Reasons that depend on the run's bounds or the site's file: judged anew whenever the link is advertised.
REJUDGED = frozenset({"pattern", "date", "off_site", "robots"})
#: Rank of links that the user named: before everything that was discovered.
TARGET_RANK = 2**40
#: How far pages that failed are put behind: behind the oldest of all others.
FAILED_RANK = 2 * TARGET_RANK
#: Rank of a page that waits for all others: lower than any that :func:`rank` gives, failed or not.
LAST_RANK = -4 * FAILED_RANK
#: How often a page is asked for again, at growing intervals, that was refused for a reason which may pass: it was blocked, an
#: error or no HTML; less often a few lines that may have become a story.
_AGAIN = {"blocked": 5, "wall": 5, "forbidden": 5, "error": 5, "media": 5, "other": 2, "too_large": 1}
#: How often a page that is no story is asked for where its sitemap says that it was modified since.
_TRIES_MODIFIED = 6


class Ledger(Protocol):
    """The part of the archive that keeps the frontier's rows."""

    def lookup(self, keys: Iterable[str]) -> dict[str, Entry]: ...
    def advertise(self, site_id: int, crawl_id: int, rows: Iterable[Judged], now: datetime) -> None: ...
    def mark_due(self, page_ids: Iterable[int], at: datetime) -> None: ...
    def note_named(self, page_ids: Iterable[int], crawl_id: int) -> None: ...
    def next_pending(self, site_id: int, crawl_id: int | None, most: int) -> list[Entry]: ...
    def next_due(self, site_id: int, before: datetime, most: int) -> list[Entry]: ...


class Admitted(msgspec.Struct):
    """What became of some advertised links."""

    total: int = 0  #: distinct pages, each once a run
    left: int = 0  #: of them, those that an earlier run left waiting
    new: int = 0  #: to be fetched for the first time
    known: int = 0  #: settled before
    gone: int = 0  #: were not there a while ago; tried again later
    failed: int = 0  #: could not be had a while ago; tried again later
    again: int = 0  #: of the known ones, those to be fetched again
    refused: dict[str, int] = {}

    def settled(self, page: Entry) -> None:
        """Count a page that has had its answer, which for one without a story may not be the last."""
        outcome = page.state if page.article_id is None and page.state in ("gone", "failed") else "known"
        setattr(self, outcome, getattr(self, outcome) + 1)

    def refuse(self, reason: str) -> None:
        """Count a page that is not to be fetched."""
        self.refused[reason] = self.refused.get(reason, 0) + 1


def judge(link: Link, site: Site, window: Window) -> str | None:
    """Why a link is not to be fetched; None if it is.  What the user named passes patterns and dates."""
    if link.source == "target":
        return None
    if not site.covers(link.url):
        return "off_site"
    if site.is_skipped(link.url) or site.is_article_path(link.url) is False:
        return "pattern"
    return "date" if window.excludes(link.published, link.modified) else None


def rank(link: Link) -> int:
    """Higher comes first: the user's own targets, then the most recent."""
    if link.source == "target":
        return TARGET_RANK
    moment = link.published or link.modified
    return int(moment.timestamp()) if moment else 0


class Frontier:
    """The frontier of one site in one run.

    ``whole_site``: pages left over from earlier runs are fetched too, not only those that this
    run's targets advertise.  ``refetch``: known stories are fetched again.  ``patient``: pages
    that failed wait for their time, as they do under cron.  ``is_anothers`` tells whether a page
    waits for another site of the same run; ``leave`` has it left to this one.
    """

    def __init__(
        self,
        ledger: Ledger,
        site: Site,
        site_id: int,
        crawl_id: int,
        window: Window,
        *,
        whole_site: bool,
        refetch: bool,
        patient: bool,
        is_anothers: Callable[[Entry], bool] = lambda page: False,
        leave: Callable[[Entry], object] = lambda page: None,
    ) -> None:
        self._is_anothers, self._leave_to_us = is_anothers, leave
        self._ledger, self._site, self._site_id, self._crawl_id = ledger, site, site_id, crawl_id
        self._window, self._whole_site, self._refetch = window, whole_site, refetch
        self._patient = patient
        self._seen = [Seen()]  # the pages of this run, by how many links from story to story lead there
        self._in_hand: set[int] = set()
        self._queue: deque[Entry] = deque()  # read ahead from the ledger

    def admit(self, links: Iterable[Link], now: datetime, depth: int = 0) -> Admitted:
        """Judge links and write them into the ledger, each page once a run; ``depth`` is how many links from story to story
        lead there."""
        fresh: dict[str, Link] = {}
        nearer: set[str] = set()  # than was known
        for link in links:
            key = urls.page_key(link.url)
            known_depth = self._depth_of(key)
            if known_depth is None:
                fresh.setdefault(key, link)
            elif known_depth > depth:
                nearer.add(key)
        known = self._ledger.lookup(fresh)
        beyond = self._beyond(fresh, known)
        known |= self._ledger.lookup(beyond)
        fresh |= {key: link for key, link in beyond.items() if key in known and known[key].reason in REJUDGED}
        self._seen.extend(Seen() for _ in range(len(self._seen), depth + 1))
        self._seen[depth].update([*fresh, *nearer])
        admitted, rows, again, named = Admitted(refused={}), [], [], []
        for key, link in fresh.items():
            page = known.get(key)
            if page is not None and page.site_id != self._site_id and not self._is_ours(page, link):
                # That is another site's page, and no word of ours in its row.
                if page.reason == "off_site" or not self._site.covers(link.url):
                    admitted.refuse("off_site")
                else:
                    admitted.settled(page)
                continue
            if page is not None and self._is_settled(page, link, now):
                if page.article_id is not None and self._wants_again(page, link, now):
                    again.append(page.id)
                if page.article_id is None and page.due_at is not None:
                    named.append(page.id)
                admitted.settled(page)
                continue
            reason = judge(link, self._site, self._window)
            if reason is None and page is not None and page.reason == "date" and page.fetched_at is not None:
                reason = "date" if self._window.excludes(page.advertised_at, None) else None
            has_failed = page is not None and (page.state == "failed" or page.due_at is not None)
            order = rank(link) - (FAILED_RANK if has_failed else 0)
            # A later page of an article comes after the first one, which says so.
            firsts = (key for first, _ in urls.numbered(link.url) for key in urls.spellings(first) if key in fresh)
            order = min([order, *(rank(fresh[first]) - 1 for first in firsts)])
            rows.append(Judged(link, key, "refused" if reason else "pending", reason, order))
            if reason is not None:
                admitted.refuse(reason)
            was_waiting = page is not None and page.state == "pending" and page.site_id == self._site_id
            admitted.left += was_waiting
            admitted.new += reason is None and not was_waiting
        admitted.total, admitted.again = len(fresh), len(again)
        self._queue.clear()  # what was just advertised may rank before it
        self._ledger.advertise(self._site_id, self._crawl_id, rows, now)
        self._ledger.mark_due(again, ASKED)
        self._ledger.note_named(named, self._crawl_id)
        return admitted

    def _beyond(self, links: dict[str, Link], known: dict[str, Entry]) -> dict[str, Link]:
        """Where advertised pages redirect to that have brought no story: what stands there may not fit an earlier run's bounds,
        and nobody else may name it."""
        led = [
            (links[key], page.detail)
            for key, page in known.items()
            if page.reason == "redirect" and page.article_id is None
        ]
        found = {urls.page_key(there): msgspec.structs.replace(link, url=there) for link, there in led if there}
        return {key: link for key, link in found.items() if key not in links and self._depth_of(key) is None}

    def next(self, due_before: datetime | None) -> Entry | None:
        """The next page to fetch: new ones, newest first; when there are none, known ones that are due.

        It is in hand until :meth:`done`, and not given again.
        """
        if not self._queue:
            most = len(self._in_hand) + _PREFETCH
            scope = None if self._whole_site else self._crawl_id
            self._queue.extend(self._free(self._ledger.next_pending(self._site_id, scope, most)))
            if not self._queue and due_before is not None:
                self._queue.extend(self._free(self._ledger.next_due(self._site_id, due_before, most)))
        if not self._queue:
            return None
        page = self._queue.popleft()
        self._in_hand.add(page.id)
        if page.state == "pending" and self._depth_of(key := urls.page_key(page.url)) is None:
            self._seen[0].update([key])  # left by an earlier run, and counted: a listing may still name it
        return page

    def depth_of(self, url: str) -> int:
        """How many links from story to story lead to a page, at least; 0 also for one that nobody named in this run."""
        return self._depth_of(urls.page_key(url)) or 0

    def _depth_of(self, key: str) -> int | None:
        return next((depth for depth, seen in enumerate(self._seen) if key in seen), None)

    def done(self, page: Entry) -> None:
        """The page has been settled."""
        self._in_hand.discard(page.id)

    def _free(self, pages: list[Entry]) -> list[Entry]:
        return [page for page in pages if page.id not in self._in_hand]

    def is_counted(self, page: Entry) -> bool:
        """Whether a page waits here, and is one of those that this run of the site has to account for."""
        is_meant = self._whole_site or page.crawl_id == self._crawl_id
        return page.state == "pending" and page.site_id == self._site_id and is_meant

    def is_in_hand(self, page: Entry) -> bool:
        """Whether a page was given, and is not settled yet."""
        return page.id in self._in_hand

    def leave(self, page: Entry) -> bool:
        """Leave a page to a visit that came upon it; whether it was counted here."""
        self._queue.clear()  # it may be in it
        return self.is_counted(page)

    def _is_ours(self, page: Entry, link: Link) -> bool:
        """Whether a page of another site is ours to take: it has no story yet, and the user names it; or it is on this site,
        and does not wait for that one in this very run, nor has failed in it."""
        if page.article_id is not None:
            return False
        if link.source == "target":
            self._leave_to_us(page)
            return True
        has_failed_now = page.state == "failed" and page.crawl_id == self._crawl_id
        return self._site.covers(link.url) and not has_failed_now and not self._is_anothers(page)

    def _is_settled(self, page: Entry, link: Link, now: datetime) -> bool:
        """Whether the page has had its answer, so that a new advertisement changes nothing."""
        if page.state == "failed":
            return self._patient and page.due_at is not None and page.due_at > now
        if page.state == "gone" and page.article_id is None:
            return not self._wants_again(page, link, now)
        if page.state == "refused" and page.article_id is None:
            is_over = page.due_at is not None and page.due_at <= now  # the time for which it was left alone
            # A flash of two lines may have become a story; a section is modified with each of its stories.
            is_kind = page.reason == "kind" and page.detail != "section" and page.attempts < _TRIES_MODIFIED
            is_over = is_over or (is_kind and _is_modified(page, link, now))
            # That it leads off the site was seen, and would be again.
            is_seen = page.reason == "off_site" and page.fetched_at is not None
            return (page.reason not in REJUDGED or is_seen) and not self._refetch and not is_over
        return page.state != "pending"

    def _wants_again(self, page: Entry, link: Link, now: datetime) -> bool:
        """Whether a settled page is to be fetched again: it changed since, or was gone and is still advertised."""
        changed = _is_modified(page, link, now)
        back = page.state == "gone" and page.due_at is not None and page.due_at <= now
        return self._refetch or changed or back


def _is_modified(page: Entry, link: Link, now: datetime) -> bool:
    """Whether a page was modified since it was fetched, as its listing says."""
    return link.modified is not None and page.fetched_at is not None and page.fetched_at < link.modified <= now


def due_after(published: datetime | None, now: datetime) -> datetime | None:
    """When a story is to be looked at again: often while it is young, never once it is old.

    News is edited mostly within its first day; after a month a page is taken as settled.
    """
    age = now - published if published else timedelta(days=2)
    for younger_than, wait in _REVISITS:
        if age < younger_than:
            return now + wait
    return None


#: Pages read from the ledger at a time.
_PREFETCH = 64

_REVISITS = (
    (timedelta(days=1), timedelta(hours=6)),
    (timedelta(days=7), timedelta(days=1)),
    (timedelta(days=30), timedelta(days=7)),
)


def passing_until(reason: str, detail: str | None, attempts: int, now: datetime) -> datetime | None:
    """When a page that was refused is tried again if it is still advertised then; None: not without being asked to.

    Of ``kind``, ``detail`` is what it is: a kind of :data:`~scraper.records.Kind`, or a media type.
    """
    why = reason if reason != "kind" else str(detail) if detail in get_args(Kind) else "media"
    return retry_at(attempts, now) if attempts < _AGAIN.get(why, 0) else None


def retry_at(attempts: int, now: datetime) -> datetime:
    """When a page that failed or was not there is tried again: after 1, 2, 4 … hours, a week at most."""
    return now + min(timedelta(hours=2 ** min(attempts, 8)), timedelta(days=7))
