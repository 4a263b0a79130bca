"""What one site works with in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scraper.archive import Archive
from scraper.breaker import Breaker
from scraper.fetch import Fetcher
from scraper.records import Entry, Link
from scraper.report import SiteReport
from scraper.run import Bounds
from scraper.sites import Site
from scraper.workers import Workers


@dataclass
class SiteRun:
    """One site in one run: its rules, what the run keeps to, the tools that all sites share, and the counts."""

    site: Site
    site_id: int
    archive: Archive
    fetcher: Fetcher
    workers: Workers
    bounds: Bounds
    clock: Callable[[], datetime]
    report: SiteReport

    def __post_init__(self) -> None:
        self.breaker = Breaker(self.report)


class Pages(Protocol):
    """The pages that wait in a run, as a visit sees them."""

    def admit(self, links: Iterable[Link], depth: int = 0) -> object:
        """Take links into the frontier; ``depth`` is how many links from story to story lead there."""

    def depth_of(self, url: str) -> int:
        """How many links from story to story lead to a page, at least."""

    def leave(self, page: Entry) -> bool:
        """Leave a page to the visit that came upon it; whether it was counted here, so that its end is to be, but for one that
        is in hand, whose own visit does that."""

    def is_in_hand(self, page: Entry) -> bool:
        """Whether a page is being visited."""
