"""How deep a section is read: its next pages are requests, too."""

from __future__ import annotations

from datetime import datetime

import msgspec

from scraper import urls
from scraper.archive.ledger import Ledger
from scraper.discover import Reading
from scraper.frontier import Admitted


class _SectionPage(msgspec.Struct, frozen=True):
    """A page of a section, and whether one before it had something of the run's dates."""

    reading: Reading
    had_newer: bool


class Depth:
    """The depth of the sections of one site in one run: where all their pages have been walked before, only as long as a page
    named something new (``only_new``); where dates bound the run, until pages are older than ``since``."""

    def __init__(self, ledger: Ledger, since: datetime | None, *, only_new: bool) -> None:
        self._ledger, self._since, self._only_new = ledger, since, only_new
        self._sections: dict[str, _SectionPage] = {}  # by address, where dates bound the run

    def is_worth_more(self, reading: Reading, admitted: Admitted) -> bool:
        """Whether a section's next page is worth a request, after what was ``admitted`` from this one."""
        if self._only_new and not admitted.new + admitted.again:
            return False
        return not self._has_gone_past(reading)

    def _has_gone_past(self, reading: Reading) -> bool:
        """Whether the two pages before a section's last one had only what is older than the run's first day, and the section
        begins with the newest.  (Of the last one, stories may still be on their way, which alone tell their dates.)"""
        since = self._since
        if since is None or reading.what != "section":
            return False
        before = self._sections.get(reading.listing.found_in or "")
        earlier = self._sections.pop(before.reading.listing.found_in or "", None) if before else None
        is_past, had_newer = False, before is not None and before.had_newer
        if before is not None and earlier is not None:
            newest, last = self._newest(earlier.reading), self._newest(before.reading)
            had_newer = had_newer or self._has_stories(earlier.reading)
            is_older = newest is not None and last is not None and max(newest, last) < since
            is_past = is_older and newest is not None and last is not None and (had_newer or last < newest)
        self._sections[reading.listing.url] = _SectionPage(reading, had_newer)
        return is_past

    def _has_stories(self, reading: Reading) -> bool:
        """Whether any page that a listing names has a story in the archive: those that are older have none."""
        known = self._ledger.lookup({urls.page_key(link.url) for link in reading.links})
        return any(page.article_id is not None for page in known.values())

    def _newest(self, reading: Reading) -> datetime | None:
        """The newest date of what a page of a section names; None where any of it is wanted, or may be."""
        keys = {urls.page_key(link.url) for link in reading.links}
        known = self._ledger.lookup(keys)
        told = [page.advertised_at for page in known.values() if (page.state, page.reason) == ("refused", "date")]
        moments = [moment for moment in told if moment is not None]
        return max(moments) if moments and len(moments) == len(keys) else None
