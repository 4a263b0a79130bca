"""What becomes of a page that is no story or could not be had: in the ledger, in the counts, and for the site."""

from __future__ import annotations

from datetime import datetime, timedelta

from scraper.errors import FetchError, NotAsked, TransientError, Unreadable
from scraper.frontier import due_after, passing_until, retry_at
from scraper.records import Article, Entry, Page
from scraper.site_run import SiteRun


class Endings:
    """Writes down how visits end that bring no story.  Each method gives the outcome in a word."""

    def __init__(self, run: SiteRun) -> None:
        self._run = run
        self._ledger = run.archive.ledger

    def unchanged(self, entry: Entry, page: Page) -> str:
        """A 304: the story is as it was."""
        self._run.archive.note_unchanged(entry, page.fetched_at, self.next_look(entry, page.fetched_at))
        return "unchanged"

    def gone(self, entry: Entry, page: Page) -> str:
        """A 404 or 410."""
        due = retry_at(self._ledger.failures(entry.id), page.fetched_at)
        self._run.archive.note_gone(entry, page.status, page.fetched_at, due)
        if entry.article_id is None:
            return "gone"
        self._run.breaker.gone(page.status)
        return "unchanged" if entry.state == "gone" else "deleted"

    def refused(self, entry: Entry, reason: str, detail: str, status: int | None) -> str:
        """A page that is not taken, and why."""
        self._ledger.settle(
            entry.id, "refused", reason=reason, detail=detail, status=status, now=self._run.clock(),
            due_at=self.due(entry, reason, detail),
        )  # fmt: skip
        return self._count(reason, entry)

    def no_story(self, entry: Entry, article: Article) -> str:
        """A page that was read and kept, and is no story: a section, a wall, an error."""
        if article.refusal == "wall":
            self._run.breaker.blocked("answers with a challenge or consent page")
        return self._count(article.refusal, entry)

    def failed(self, entry: Entry, error: FetchError) -> str:
        """A page that could not be had; the site is left if it does not want us or does not answer."""
        if not isinstance(error, (TransientError, Unreadable)):
            if error.reason == "blocked":
                self._run.breaker.blocked(error.message)
            return self.refused(entry, error.reason, error.message, error.status)
        now, asked = self._run.clock(), error.retry_after or 0
        due = max(retry_at(self._ledger.failures(entry.id), now), now + timedelta(seconds=asked))
        self._ledger.settle(
            entry.id, "failed", reason=error.reason, detail=error.message, status=error.status, now=now, due_at=due
        )
        if not isinstance(error, NotAsked):  # by another host, to which a redirect led
            self._run.breaker.failed(error)
        return "failed"

    def due(self, entry: Entry, reason: str, detail: str | None) -> datetime | None:
        """When a page that was refused is asked for again; a known story as if nothing had stood in its place."""
        now = self._run.clock()
        if entry.article_id is not None:
            return self.next_look(entry, now)
        return passing_until(reason, detail, self._ledger.failures(entry.id), now)

    def next_look(self, entry: Entry, now: datetime) -> datetime | None:
        """When a known story is looked at again."""
        return due_after(self._run.archive.published_of(entry.article_id) if entry.article_id else None, now)

    def _count(self, reason: str, entry: Entry) -> str:
        if entry.article_id is None:
            self._run.report.refuse(reason)
        return "refused"
