"""One scenario played: its runs over its web, in this process and without waiting, and what must hold after each."""

from __future__ import annotations

import importlib
import os
import random
import re
import shutil
import signal
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from msgspec.structs import asdict
from scenario_making import Run, Scenario
from scenario_web import Answer, Fault, Listing, Redirect, Story, Web

from scraper import workers
from scraper.archive import Archive
from scraper.archive.check import check
from scraper.blobs import Packer
from scraper.discover.sections import looks_like_article
from scraper.records import ASKED, Page, iso
from scraper.report import Report
from scraper.run import Network
from scraper.sites import Site, Sites
from scraper.urls import host_of, page_key, same_site, without_amp

#: Seconds after which a run hangs.
PATIENCE = 20
_RULES = """name = 'X'
[pace]
delay = 0.0
concurrency = {}
[[layout]]
id = {{ css = "meta[name=number]", attr = "content" }}
title = "h1"
body = "article"
date = {{ css = "time", attr = "datetime" }}
"""
_SAID = re.compile(r"^(Story \d+) page (\d+) edition (\d+)", re.MULTILINE)
_crawling = importlib.import_module("scraper.crawl")  # the package's attribute of that name is the function


class Defect(NamedTuple):
    """What must not be: its kind, and where it was seen."""

    kind: str
    where: str


class Hangs(BaseException):
    """A run that does not end; nothing in the program catches it."""


class Inline(workers.Workers):
    """Reads pages in this process: a worker's start costs as much as ten runs here.  Answers come in any order."""

    def __init__(self, web: Web) -> None:
        super().__init__(1)
        self.web = web

    def prepare(self) -> None:
        """There is nothing to start."""

    async def _ask(
        self, page: Page, site: Site, base_id: int | None = None, body_of: Callable[[int], bytes] | None = None, **more: Any
    ) -> workers.Result:  # fmt: skip
        await self.web.wait(0, 0, 1, 5, 30)
        base = body_of(base_id) if base_id is not None and body_of is not None else None
        task = workers.Task(
            workers._encode(site), page.final_url, page.headers.get("content-type"), page.fetched_at, page.body, base_id, base, **more
        )  # fmt: skip
        return workers._decode_result(workers._encode(workers._work(task, Packer(keep=workers.BASES))))


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Raises :class:`Hangs` amid what takes longer."""

    def give_up(*_: object) -> None:
        raise Hangs

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


@cache
def template() -> bytes:
    """An archive without anything in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "archive.db")
        Archive.open(path).close()
        return path.read_bytes()


@cache
def sites_of(files: tuple[tuple[str, int], ...]) -> Sites:
    """Selector files by their names, and how many requests at once they allow."""
    with tempfile.TemporaryDirectory() as folder:
        for key, concurrency in files:
            Path(folder, f"{key}.toml").write_text(_RULES.format(concurrency))
        return Sites.load(folder)


def play(scenario: Scenario, tell: Callable[[str], None] | None = None) -> list[Defect]:
    """The defects of a scenario; ``tell`` is told everything that happens."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    folder = Path(tempfile.mkdtemp(dir=memory, prefix="scenario"))
    played = Play(scenario, folder, tell)
    try:
        played.go()
    except Hangs:
        played.say("hang", "")
    except Exception:  # noqa: BLE001 - whatever it is, it is what we look for
        played.say("crash", traceback.format_exc())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return played.defects


class Play:
    """A scenario, its web and its archive."""

    def __init__(self, scenario: Scenario, folder: Path, tell: Callable[[str], None] | None) -> None:
        self.scenario, self.folder, self.tell = scenario, folder, tell
        self.defects: list[Defect] = []
        self.web = Web(random.Random(scenario.seed))
        self.path = folder / "archive.db"
        self.path.write_bytes(template())

    def say(self, kind: str, where: str) -> None:
        self.defects.append(Defect(kind, where))

    def go(self) -> None:
        """All runs, then some in which nothing changes any more, and one that looks at everything again."""
        for number, run in enumerate(self.scenario.runs):
            self.change(run.changes)
            self.run(run, f"run {number}")
            self.web.started += timedelta(hours=run.hours)
        self.change({url: None for url in self.web.pages if url.endswith("/robots.txt")})
        asking = [url for url, answer in self.web.pages.items() if isinstance(answer, Fault) and answer.retry_after]
        self.change(dict.fromkeys(asking, Fault(500)))  # else each run may end at them
        homes = tuple(sorted(url[:-1] for url in self.web.pages if url.count("/") == 3 and url.endswith("/")))
        calm = Run("crawl", homes)
        for number in range(3):
            self.web.started += timedelta(days=8)
            self.run(calm, f"calm {number}")
        self.web.started += timedelta(minutes=1)
        self.run(calm, "last")
        for url in self.web.told:
            self.say("never settles", url)
        self.web.started += timedelta(days=8)
        self.run(Run("crawl", homes, {"refetch": True, "revisit": "all"}), "again")
        self.look_for_stories()
        with Archive.open(self.path, readonly=True) as archive:
            self.look_at_articles(archive)

    def change(self, changes: dict[str, Answer | None]) -> None:
        for url, answer in changes.items():
            if answer is None:
                self.web.pages.pop(url, None)
            else:
                self.web.pages[url] = answer

    # -- a run

    def run(self, run: Run, label: str) -> None:
        """One run and what must hold after it."""
        if run.ending == "killed" and os.fork() == 0:
            self._go_and_die(run)
        if run.ending == "killed":
            if os.waitstatus_to_exitcode(os.wait()[1]) not in (0, 9):
                self.say("crash", f"{label}, in the process to be killed")
            self.web.started += timedelta(minutes=10)  # that process has waited longer than this one knows
            return
        with Archive.open(self.path) as archive:
            before = {row["url"]: row for row in archive.rows("select * from pages")}
            report = self.crawl(archive, run)
            self.told_of(label, run, report, archive)
            self.look_at_counts(report, label)
            self.look_at_requests(run, label, before)
            if findings := check(archive).findings:
                self.say("check", f"{label}: {findings}")

    def _go_and_die(self, run: Run) -> None:
        """What the process does that is killed amid a run: it commits now and then, as time would have it."""
        code = 1
        try:
            with Archive.open(self.path) as archive:
                self.crawl(archive, run, beside=archive.transactions.commit)
            code = 0
        except BaseException:  # noqa: BLE001 - told, and by the exit code
            traceback.print_exc()
        finally:
            os._exit(code)

    def crawl(self, archive: Archive, run: Run, beside: Callable[[], None] = lambda: None) -> Report:
        web = self.web
        web.begin(ends_at=run.ends_at, ending=run.ending)
        targets, bounds = list(run.targets), dict(run.bounds)
        if run.how == "list":
            listed = self.folder / "urls.txt"
            listed.write_text("\n".join(targets))
            targets = [str(listed)]

        async def sleep(seconds: float) -> None:
            beside()
            await web.sleep(seconds)

        network = Network(
            transport=web, clock=web.clock, now=lambda: web.seconds, sleep=sleep, delay=0.0 if not run.ending else 1.0,
            concurrency=self.scenario.concurrency,
        )  # fmt: skip
        files = {key: count for key, count in self.scenario.files.items() if key not in run.without}
        known: dict[str, Any] = {"sites": sites_of(tuple(files.items())), "network": network}
        # To pass workers in would be a parameter for this bench alone.
        with mock.patch.object(_crawling, "Workers", lambda: Inline(web)), within(PATIENCE):
            if run.how == "update":
                return _crawling.update(archive, **known, **bounds)  # type: ignore[no-any-return]
            return _crawling.crawl(targets, archive, **known, **bounds)  # type: ignore[no-any-return]

    def told_of(self, label: str, run: Run, report: Report, archive: Archive) -> None:
        """Tell all of a run: for whoever looks at one scenario."""
        if self.tell is None:
            return
        self.tell(f"-- {label}: {run.how} {' '.join(run.targets)} {run.bounds or ''} {run.ending or ''}")
        for url, status in self.web.log:
            self.tell(f"    {status} {url}")
        for site in report.sites:
            counts = {name: value for name, value in asdict(site).items() if value and name != "bytes"}
            self.tell(f"  {counts}, {site.unexplained} unexplained")
        query = "select id, url, state, reason, detail, article_id, alias_of, site_id, due_at from pages"
        for table in (query, "select id, url, title, canonical_key, page_id, deleted_at from articles"):
            for row in archive.rows(table):
                self.tell(f"    {' '.join(map(str, row.values()))}")

    # -- what must hold after a run

    def look_at_counts(self, report: Report, label: str) -> None:
        for site in report.sites:
            if site.unexplained:
                self.say("counts", f"{label}, {site.site}: {site.unexplained} unexplained")
            if site.bugs:
                self.say("bug", f"{label}: {site.bugs}")
            if any(value < 0 for value in asdict(site).values() if isinstance(value, int)):
                self.say("counts", f"{label}, {site.site}: less than nothing")

    def look_at_requests(self, run: Run, label: str, before: dict[str, Any]) -> None:
        """No page is fetched twice in a run, nor again from run to run unless the run, a date or a redirect asks for it."""
        as_listings = {self.name_of(target) for target in run.targets} - {
            None
        }  # whose addresses do not tell what they are
        looks_again = run.how == "update" or run.bounds.keys() & {"refetch", "revisit"}
        for url, count in self.web.told.items():
            if self.is_of_several(url) or self.name_of(url) in as_listings:
                continue
            page = self.web.pages.get(url)
            asked_for = self.web.led[url] + (url in run.targets)
            # Its own visit and that of its article may be under way at the same time.
            asked_for += isinstance(page, Story) and page.page > 1 and count == 2
            if count > 1 + asked_for:
                self.say("fetched twice", f"{label}: {url}, {count} times")
            known = before.get(url)
            has_story = known is not None and known["state"] in ("archived", "alias") and known["article_id"]
            asked_for += known is not None and known["due_at"] == iso(ASKED)  # a run before this did not come to it
            if has_story and not looks_again and not asked_for and not self.is_dated(url) and not self.joins_anew(url):
                self.say("fetched again", f"{label}: {url}")

    def name_of(self, url: str) -> str | None:
        page = self.web.pages.get(url)
        return page.name if isinstance(page, Story) else None

    def is_of_several(self, url: str) -> bool:
        """Whether a page is a later one of several articles, or of a story whose first page is not there."""
        page = self.web.pages.get(url)
        stories = [answer for answer in self.web.pages.values() if isinstance(answer, Story)]
        if not isinstance(page, Story) or page.page == 1:
            return False
        firsts = [story for story in stories if (story.name, story.page) == (page.name, 1)]
        return not firsts or page.name in self.scenario.told_apart

    def joins_anew(self, url: str) -> bool:
        """Whether a later page was fetched with its first one."""
        page, told = self.web.pages.get(url), [self.web.pages.get(each) for each in self.web.told]
        stories = [answer for answer in told if isinstance(answer, Story)]
        return isinstance(page, Story) and page.page > 1 and any((s.name, s.page) == (page.name, 1) for s in stories)

    def is_dated(self, url: str) -> bool:
        """Whether a listing gives a page a date: it may have changed since."""
        listings = [answer for answer in self.web.pages.values() if isinstance(answer, Listing)]
        return any(named.url == url and named.day for listing in listings for named in listing.named)

    # -- what must hold in the end

    def look_for_stories(self) -> None:
        """What is advertised, and is there, has an article."""
        with Archive.open(self.path, readonly=True) as archive:
            titles = {row["title"] for row in archive.rows("select title from articles")}
            states = {row["key"]: row for row in archive.rows("select key, state, reason, article_id from pages")}
        for url in self.listed():
            story, state = self.story_at(url), states.get(page_key(url))
            if story is None or self.has_broken_twin(url):
                continue
            if story.name not in titles:
                self.say("lost", f"{url}: {story.name}")
            elif state is None or state["article_id"] is None:
                self.say("lost", f"{url}: {state}")

    def has_broken_twin(self, url: str) -> bool:
        """Whether the page has one row with an AMP page, and one of the two answers with a fault."""
        plain = without_amp(url)
        page, twin = self.web.pages.get(plain), self.web.pages.get(f"{plain}/amp")
        has_twin = url != plain or (isinstance(page, Story) and page.amp)
        return bool(has_twin) and not (isinstance(page, Story) and isinstance(twin, Story))

    def listed(self) -> set[str]:
        """The pages that listings of their own sites named in the last run."""
        return {
            named.url
            for url, answer in self.web.pages.items()
            if isinstance(answer, Listing) and answer.form != "index" and self.web.asked[url]
            for named in answer.named
            if same_site(named.url, (host_of(url),)) and (answer.form != "section" or looks_like_article(named.url))
        }

    def story_at(self, url: str) -> Story | None:
        """What an address tells, on its own host."""
        for _ in range(9):
            answer = self.web.pages.get(url)
            if isinstance(answer, Story):
                return answer
            if not isinstance(answer, Redirect) or answer.to.split("/")[2] != url.split("/")[2]:
                return None
            url = answer.to
        return None

    def look_at_articles(self, archive: Archive) -> None:
        """Each story is one article; each article says what stands at its address now, once and in order."""
        articles = list(archive.rows("select url, title, body, deleted_at from articles"))
        for title, count in Counter(article["title"] for article in articles).items():
            if count > 1 and title not in self.scenario.told_apart:
                self.say("doubled", f"{title}: {[article['url'] for article in articles if article['title'] == title]}")
        for article in articles:
            said = [(name, int(page), int(edition)) for name, page, edition in _SAID.findall(article["body"])]
            pages = list(dict.fromkeys(said))
            if len(said) != 6 * len(pages):
                self.say("text twice", f"{article['url']}: {Counter(said)}")
            there = self.web.pages.get(article["url"])
            if not isinstance(there, Story) or not self.web.asked[article["url"]]:
                continue
            if pages[:1] != [(there.name, there.page, there.edition)] or article["title"] != there.name:
                self.say(
                    "stale",
                    f"{article['url']}: {article['title']} {pages[:1]}, there {there.name} {there.page} {there.edition}",
                )
            if article["deleted_at"]:
                self.say("deleted", f"{article['url']} is there")
