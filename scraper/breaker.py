"""The circuit breaker of a site: when a run leaves it alone, because it fails, blocks us or has lost its stories."""

from __future__ import annotations

from scraper.errors import FetchError, TransientError, Unreadable
from scraper.fetch import MAX_RETRY_AFTER
from scraper.report import SiteReport
from scraper.workers import Misread

#: Blocked answers in a row after which a site is left alone.
MAX_BLOCKED = 3
#: Known stories in a row that are gone, after which a site is put aside: it is more likely to be out of order.
MAX_GONE = 20
#: Pages and listings that failed in a row, after which a site is put aside for this run.
MAX_FAILED = 5


class Breaker:
    """Counts what goes wrong in a row, and says in the site's ``report`` when the run is to leave the site."""

    def __init__(self, report: SiteReport) -> None:
        self._report = report
        self._blocked = 0
        self._failed = 0  # requests
        self._gone = 0  # known stories

    def answered(self) -> None:
        """The host answered: a failure from now on is the first in a row."""
        self._failed = 0

    def is_there(self) -> None:
        """A page is not gone."""
        self._gone = 0

    def welcomed(self) -> None:
        """A page was read, and was no challenge."""
        self._blocked = 0

    def failed(self, error: FetchError) -> None:
        """Put the site aside for this run if it asks for that, or has failed too often in a row."""
        if isinstance(error, Misread):
            self._report.bugs.append(error.about)  # ours, not the site's
            return
        if not isinstance(error, (TransientError, Unreadable)):
            return
        if isinstance(error, Unreadable) and error.status is not None and 300 <= error.status < 500:
            return  # a host that is there, and has no such page
        self._failed += 1
        if (asked := error.retry_after or 0) > MAX_RETRY_AFTER:
            self._report.paused = f"asked to come back in {asked:.0f} s"
        if self._failed >= MAX_FAILED:
            self._report.needs = f"{self._failed} requests in a row failed; the last: {error.message}"

    def blocked(self, message: str) -> None:
        """The site answered that it does not want us."""
        self._blocked += 1
        if self._blocked >= MAX_BLOCKED:
            self._report.needs = f"blocked: {message}"

    def gone(self, status: int) -> None:
        """A known story is no longer there."""
        self._gone += 1
        if self._gone >= MAX_GONE:
            self._report.needs = f"{self._gone} known stories in a row are gone (answered {status})"
