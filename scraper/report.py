"""What a run did: counts a site, and whether a site needs a person."""

from __future__ import annotations

import msgspec

from scraper.wording import counted, number_of

#: What is told of what was read by rules which are not there, and why a site is left alone for that.
READ_BY_OTHER = "read by a selector file that is not in use now; name its folder with --selectors"
LACKS_FILE = f"left alone: it was {READ_BY_OTHER}"


class SiteReport(msgspec.Struct):
    """The counts of one site in one run.

    Every page that is advertised (by a listing of this run, or left waiting by an earlier one)
    ends as exactly one of ``new``, ``known``, ``moved``, ``aliases``, ``refused``, ``failed``,
    ``gone`` and ``waiting``.  The other counts are of known stories that were looked at again.
    """

    site: str
    listings: int = 0  #: sitemaps, feeds and section pages read
    unread: int = 0  #: those of them that had nothing new, so that their links are in no other count
    advertised: int = 0
    new: int = 0  #: stories archived for the first time
    known: int = 0  #: settled before this run
    moved: int = 0  #: new addresses of known stories
    aliases: int = 0  #: pages that tell, or redirect to, a story of another page
    refused: dict[str, int] = {}  #: by reason
    failed: int = 0  #: could not be had, now or in an earlier run; tried again later
    gone: int = 0  #: not there, now or in an earlier run; tried again later
    waiting: int = 0  #: left for the next run (a bound was reached, or the site was put aside)
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0  #: gone from the site; kept here
    missed: int = 0  #: could not be looked at
    fetched: int = 0  #: pages asked for, listings apart
    bytes: int = 0
    unfit: int = 0  #: stories that the site's selector file did not fit
    bugs: list[str] = []  #: pages that this program could not read, for a fault of its own
    problems: list[str] = []  #: listings that could not be read
    would_fetch: list[str] = []  #: of a dry run: the pages, in the order of fetching
    needs: str | None = None  #: why a person should look
    paused: str | None = None  #: why the site was left for now, though no person is needed

    def count(self, outcome: str) -> None:
        """Count the outcome of a visit; refusals are counted by their reason instead."""
        name = {"alias": "aliases"}.get(outcome, outcome)
        if name != "refused":
            setattr(self, name, getattr(self, name) + 1)

    def refuse(self, reason: str, count: int = 1) -> None:
        """Count refusals."""
        self.refused[reason] = self.refused.get(reason, 0) + count

    @property
    def unexplained(self) -> int:
        """Advertised pages of which this report does not say what became of them: 0, always."""
        ends = self.new + self.known + self.moved + self.aliases + self.failed + self.gone + self.waiting
        return self.advertised - ends - sum(self.refused.values())


class Report(msgspec.Struct):
    """One run: its row in ``crawls``, its sites, how long it took in seconds, and how it ended."""

    crawl_id: int
    sites: list[SiteReport]
    seconds: float = 0.0
    outcome: str = "done"  #: done, interrupted
    dry: bool = False  #: nothing was fetched but listings

    @property
    def exit_code(self) -> int:
        """0 done, 1 a fault of this program, 3 a site needs a person, 130 interrupted (128 + SIGINT, as shells have it)."""
        if self.outcome == "interrupted":
            return 130
        if any(site.bugs for site in self.sites):
            return 1
        return 3 if any(site.needs for site in self.sites) else 0

    def total(self, name: str) -> int:
        """The sum of a count over the sites."""
        return sum(getattr(site, name) for site in self.sites)

    def summary(self) -> str:
        """One line, for cron and for the end of a run."""
        if self.dry:
            would_fetch = sum(len(site.would_fetch) for site in self.sites)
            ended = "" if self.outcome == "done" else f", {self.outcome}"
            return f"{self.total('known')} known, {would_fetch} to fetch, nothing fetched (dry run{ended})"
        refused = sum(sum(site.refused.values()) for site in self.sites)
        counts = {
            "changed": self.total("changed"), "unchanged": self.total("unchanged"), "moved": self.total("moved"), "deleted": self.total("deleted"),
            "missed": self.total("missed"), "aliases": self.total("aliases"),
            "refused": refused, "gone": self.total("gone"), "failed": self.total("failed"), "waiting": self.total("waiting"),
        }  # fmt: skip
        more = "".join(f", {counted(count, name)}" for name, count in counts.items() if count)
        unread = self.total("unread")
        more += f", {number_of(unread, 'listing')} with nothing new" if unread else ""
        ended = "" if self.outcome == "done" else f" ({self.outcome})"
        return f"{self.total('known')} known, {self.total('new')} new{more} in {self.seconds:.1f} s{ended}"


class Progress(msgspec.Struct, frozen=True):
    """Something happened: a listing was read, or a page came to an end."""

    site: str
    what: str  #: listing, or the outcome of a page: new, changed, refused, failed …
    url: str
    report: SiteReport
    waiting: int  #: pages of the site still to fetch
