"""Random scenarios: a little web, how it changes, and the runs over it; the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Literal

import msgspec
from msgspec.structs import replace
from scenario_web import EMPTY, WALL, Answer, Fault, Listing, Named, Redirect, Story, Text

APEX, WWW, SUB, OTHER = (
    "https://one.example",
    "https://www.one.example",
    "https://en.one.example",
    "https://other.example",
)
_HOSTS = [[APEX], [APEX], [APEX, SUB], [APEX, SUB], [APEX, WWW], [APEX, OTHER], [APEX, SUB, OTHER]]
_DAYS = ["2026-03-01", "2026-03-01", "2026-02-20", "2026-01-10"]
_FEATURES = (
    "parts",
    "addresses",
    "circles",
    "redirects",
    "amp",
    "slashes",
    "ids",
    "faults",
    "links",
    "etags",
    "www",
    "endings",
    "robots",
)
_FAULTS: list[Answer] = [
    *(Fault(status) for status in (500, 404, 410, 403, 429)), Fault(503, 30), Fault(429, 30), Fault(503, 7200), EMPTY, WALL,
]  # fmt: skip
_ROBOTS: list[Answer | None] = [
    Text("User-agent: *\nDisallow: /a/"), Text("User-agent: *\nDisallow: /"), Text("User-agent: *\nAllow: /"),
    Text("User-agent: *\nCrawl-delay: 3"), None, Fault(503), Fault(503, 7200),
]  # fmt: skip
#: Where the number of a story's later page stands in its address.
_PAGE_FORMS = ["{}?page={}", "{}/{}", "{}/{}/", "{}/page/{}"]


class Run(msgspec.Struct, frozen=True):
    """How the web changes, the run over it, and the hours until the next one."""

    how: Literal["crawl", "list", "update"]  #: ``list`` gives the targets as a file of addresses
    targets: tuple[str, ...] = ()
    bounds: dict[str, Any] = {}
    changes: dict[str, Answer | None] = {}
    hours: int = 0
    without: tuple[str, ...] = ()  #: selector files that are not in use
    ends_at: int = 0
    ending: Literal["killed", "interrupted"] | None = None


class Scenario(msgspec.Struct, frozen=True):
    """Runs over a web.  ``files`` are the sites with a selector file, and their requests at a time.

    ``told_apart`` are stories that stand at addresses which do not say that they are one: these may be articles each.
    """

    seed: int
    files: dict[str, int]
    concurrency: int
    runs: tuple[Run, ...]
    told_apart: tuple[str, ...] = ()


def make(seed: int) -> Scenario:
    """The scenario of a seed."""
    return _Maker(random.Random(seed)).scenario(seed)


class _Maker:
    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.hosts = dice.choice(_HOSTS)
        self.features = {feature for feature in _FEATURES if dice.random() < 0.35}
        self.web: dict[str, Answer] = {}
        self.advertised: list[str] = []  # addresses of stories that listings may name
        self.told_apart: set[str] = set()
        self.stories = 0

    def scenario(self, seed: int) -> Scenario:
        dice = self.dice
        files = {"one.example": dice.choice([1, 1, 3])} if dice.random() < 0.8 else {}
        if SUB in self.hosts and dice.random() < 0.8:
            files["en.one.example"] = dice.choice([1, 2])
        if OTHER in self.hosts:
            files["other.example"] = 1
        for _ in range(dice.randint(1, 7)):
            self.add_story()
        if "links" in self.features:
            self.link()
        for host in self.hosts:
            self.web |= self.listings(host)
        self.first = dict(self.web)
        runs = [self.run(number, files) for number in range(dice.randint(2, 5))]
        return Scenario(seed, files, dice.choice([1, 1, 3]), tuple(runs), tuple(sorted(self.told_apart)))

    def is_so(self, chance: float) -> bool:
        return self.dice.random() < chance

    # -- stories

    def add_story(self) -> None:
        """A story at one or several addresses, of a shape that the scenario has."""
        shapes: dict[str, Callable[[Story, str], None]] = {
            "parts": self.parts, "circles": self.circle, "addresses": self.addresses, "redirects": self.redirects,
            "amp": self.amp, "ids": self.ids, "www": self.www,
        }  # fmt: skip
        pages = self.dice.choice([self.plain, *(shape for name, shape in shapes.items() if name in self.features)])
        pages(*self.new_story("great"))

    def new_story(self, word: str) -> tuple[Story, str]:
        """The first page of a story, and its address."""
        self.stories += 1
        name = f"Story {self.stories}"
        story = Story(name, self.dice.choice(_DAYS), has_etag="etags" in self.features and self.is_so(0.6))
        return story, f"{self.dice.choice(self.hosts)}/a/story-of-the-{word}-{self.stories}"

    def plain(self, story: Story, base: str) -> None:
        self.web[base] = story
        self.advertised.append(base)
        if "slashes" in self.features and self.is_so(0.4):
            self.web[f"{base}/"] = Redirect(base) if self.is_so(0.6) else replace(story, canonical=base)
            self.advertise_some([f"{base}/"], 0.5)

    def parts(self, story: Story, base: str) -> None:
        """A story in several pages, of which some are advertised, and some say which is the first."""
        form = self.dice.choice(_PAGE_FORMS)
        first = base + ("/" if form.startswith("{}/") and self.is_so(0.4) else "")
        count = self.dice.randint(2, 4)
        addresses = [first, *(form.format(base, number) for number in range(2, count + 1))]
        says_first = self.dice.choice(["canonical", "first", "both", "some"])
        for number, url in enumerate(addresses, 1):
            page = replace(story, page=number, next=addresses[number] if number < count else None)
            if number > 1 and (says_first in ("canonical", "both") or (says_first == "some" and self.is_so(0.3))):
                page = replace(page, canonical=first)
            if number > 1 and says_first in ("first", "both"):
                page = replace(page, first=first)
            if "slashes" in self.features and page.next and "?" not in page.next and self.is_so(0.5):
                page = replace(page, next=page.next[:-1] if page.next.endswith("/") else f"{page.next}/")
            self.web[url] = page
            self.advertise_some([url], 1 if number == 1 and self.is_so(0.9) else 0.4)
        if says_first == "some":
            self.told_apart.add(story.name)
        if "slashes" in self.features:
            for url in addresses:
                self.twin(url)

    def twin(self, url: str) -> None:
        """The same with a slash more or less."""
        if "?" in url:
            return
        other = url[:-1] if url.endswith("/") else f"{url}/"
        page = self.web[url]
        self.web[other] = page if self.is_so(0.5) else Redirect(url)
        self.advertise_some([other], 0.4)
        if self.web[other] is page and isinstance(page, Story):
            self.told_apart.add(page.name)

    def circle(self, story: Story, base: str) -> None:
        """Addresses each of which names another one as canonical."""
        addresses = [f"{base}-slug-{letter}" for letter in "abc"[: self.dice.choice([2, 3])]]
        for url, canonical in zip(addresses, [*addresses[1:], addresses[0]], strict=True):
            self.web[url] = replace(story, canonical=canonical)
        self.advertised += addresses if self.is_so(0.7) else addresses[:1]

    def addresses(self, story: Story, base: str) -> None:
        """Several addresses that name one as canonical, which is not always there."""
        slug = base.rpartition("/")[2]
        others = [f"{self.other_host(base, 0.3)}/b{number}/{slug}" for number in range(self.dice.randint(1, 3))]
        self.web |= {url: replace(story, canonical=base) for url in (base, *others)}
        if self.is_so(0.2):
            del self.web[base]
        self.advertised += [url for url in (base, *others) if self.is_so(0.7)] or [base]
        if len({_host(url) for url in (base, *others)}) > 1:
            self.told_apart.add(story.name)  # a page is not believed about another site

    def redirects(self, story: Story, base: str) -> None:
        """Addresses that redirect to the story or to one another."""
        slug, last = base.rpartition("/")[2], base
        self.web[base] = story
        for number in range(self.dice.randint(1, 3)):
            url = self.dice.choice([f"{self.other_host(base, 0.25)}/r{number}/{slug}", f"{base}/"])
            if url not in self.web:
                self.web[url] = Redirect(self.dice.choice([last, base]), self.dice.choice([301, 302]))
                self.advertise_some([url], 0.7)
                last = url
        if self.is_so(0.15):
            self.web[base] = Redirect(self.dice.choice([last, *self.web]))
        self.advertise_some([base], 0.6)

    def amp(self, story: Story, base: str) -> None:
        self.web |= {base: replace(story, amp=f"{base}/amp"), f"{base}/amp": replace(story, canonical=base)}
        self.advertised += self.dice.choice([[base], [f"{base}/amp"], [base, f"{base}/amp"]])

    def www(self, story: Story, base: str) -> None:
        """A story on the same path with and without www, one of which may redirect."""
        pair = [base.replace(WWW, APEX), base.replace(APEX, WWW)]
        self.dice.shuffle(pair)
        self.web |= {pair[0]: story, pair[1]: Redirect(pair[0]) if self.is_so(0.6) else story}
        self.advertise_some(pair, 0.7)

    def ids(self, story: Story, base: str) -> None:
        """Slugs of one id: the site answers by the number alone."""
        number = str(7000 + self.stories)
        slugs = [f"{base}-{word}-{number}" for word in ("first", "second", "third")[: self.dice.randint(2, 3)]]
        canonical = slugs[-1] if self.is_so(0.5) else None
        self.web |= {url: replace(story, number=number, canonical=canonical) for url in slugs}
        self.advertise_some(slugs, 0.7)
        if canonical is None:
            self.told_apart.add(story.name)  # but for a selector file that knows the id

    def advertise_some(self, addresses: list[str], chance: float) -> None:
        self.advertised += [url for url in addresses if self.is_so(chance)]

    def other_host(self, base: str, chance: float) -> str:
        return self.dice.choice(self.hosts) if self.is_so(chance) else _host(base)

    def link(self) -> None:
        """Stories link to other pages."""
        for url, answer in self.web.items():
            if isinstance(answer, Story) and self.is_so(0.4):
                self.web[url] = replace(answer, links=(self.dice.choice(list(self.web)),))

    # -- listings

    def listings(self, host: str) -> dict[str, Answer]:
        """What lists the stories of a host, and some of others."""
        named = [self.named(url) for url in self.advertised if url.startswith(f"{host}/") or self.is_so(0.3)]
        self.dice.shuffle(named)
        half = len(named) // 2
        home, sitemap = Listing("section"), f"{host}/sitemap.xml"
        found: dict[str, Answer] = {}
        match self.dice.choice(["sitemap", "sitemap", "news", "cut", "index", "section"]):
            case "index":
                found[sitemap] = Listing("index", (Named(f"{host}/s1.xml"), Named(f"{host}/s2.xml")))
                found[f"{host}/s1.xml"] = Listing("sitemap", tuple(named[: half + 1]))
                found[f"{host}/s2.xml"] = Listing("news", tuple(named[half:]))
            case "section":
                home = Listing("section", tuple(named[:half]), f"{host}/?page=2")
                after = self.dice.choice([None, f"{host}/?page=2", f"{host}/"])
                found[f"{host}/?page=2"] = Listing("section", tuple(named[half:]), after)
            case "cut":
                found[sitemap] = Listing("sitemap", tuple(named[: len(named) * 2 // 3]))
            case form:
                found[sitemap] = Listing("news" if form == "news" else "sitemap", tuple(named))
        if self.is_so(0.3):
            found[f"{host}/feed.xml"] = Listing("feed", tuple(each for each in named if self.is_so(0.6)))
        return found | {f"{host}/": home}

    def named(self, url: str) -> Named:
        return Named(url, self.dice.choice([None, *_DAYS[1:]]) if self.is_so(0.3) else None)

    # -- runs

    def run(self, number: int, files: dict[str, int]) -> Run:
        """The next run, and how the web changes before it."""
        changes: dict[str, Answer | None] = self.changes(number) if number else {}
        if "robots" in self.features and self.is_so(0.3):
            changes[f"{self.dice.choice(self.hosts)}/robots.txt"] = self.dice.choice(_ROBOTS)
        self.web = {url: answer for url, answer in (self.web | changes).items() if answer is not None}
        how, targets = self.targets(is_first=not number)
        ending = self.dice.choice(["killed", "interrupted"]) if "endings" in self.features and self.is_so(0.4) else None
        return Run(
            how, tuple(targets), self.bounds(number, how), changes if number else self.web | changes,
            self.dice.choice([1, 1, 3, 30, 200]), tuple(name for name in files if self.is_so(0.06)),
            self.dice.randint(2, 14) if ending else 0, ending,  # type: ignore[arg-type]
        )  # fmt: skip

    def changes(self, number: int) -> dict[str, Answer | None]:
        """Edits, faults, stories that are new, move, go or come back, other listings."""
        changes: dict[str, Answer | None] = {}
        for url, answer in self.web.items():
            if isinstance(answer, Story) and self.is_so(0.12):
                changes[url] = replace(answer, edition=number)
            elif isinstance(answer, Story) and "redirects" in self.features and self.is_so(0.06):
                changes |= self.moved(url, answer)
            elif isinstance(answer, Story) and "faults" in self.features and self.is_so(0.2):
                changes[url] = self.dice.choice([*_FAULTS, None])
            elif isinstance(answer, Fault | Text) and url in self.first and self.is_so(0.5):
                changes[url] = self.first[url]
        if self.is_so(0.3):
            story, base = self.new_story("new")
            changes[base] = story
            self.advertised.append(base)
        if self.is_so(0.4):
            for host in self.hosts:
                changes |= self.listings(host)
        return changes

    def moved(self, url: str, story: Story) -> dict[str, Answer | None]:
        """A story that is elsewhere now, or that gave way to another one."""
        there = url.replace("/a/", "/moved/")
        status = self.dice.choice([301, 302])
        if there == url or there in self.web or self.is_so(0.4):
            target = self.dice.choice(list(self.web))
            return {url: Redirect(target, status)} if target != url else {}
        if story.canonical or story.amp:
            self.told_apart.add(story.name)  # it still names its old addresses
        self.advertise_some([there], 0.5)
        return {url: Redirect(there, status), there: story}

    def targets(self, *, is_first: bool) -> tuple[Literal["crawl", "list", "update"], list[str]]:
        kind = self.dice.choice(["sites", "sites", "sites", "some", "list", *([] if is_first else ["update"])])
        if kind == "update":
            return "update", []
        if kind == "sites":
            hosts = [host for host in self.hosts if self.is_so(0.75)] or self.hosts[:1]
            return "crawl", self.dice.sample(hosts, len(hosts))
        pool = [
            *self.advertised,
            *self.hosts,
            *([url for url in self.web if url.endswith(".xml")] if kind == "some" else []),
        ]
        chosen = [self.dice.choice(pool) for _ in range(self.dice.randint(1, 3))]
        return ("list" if kind == "list" else "crawl"), chosen

    def bounds(self, number: int, how: str) -> dict[str, Any]:
        bounds: dict[str, Any] = {}
        if self.is_so(0.25):
            bounds["limit"] = self.dice.randint(1, 3)
        if self.is_so(0.15):
            bounds["max_pages"] = self.dice.randint(1, 4)
        if self.is_so(0.2):
            bounds |= self.dice.choice([{"since": "2026-02-01"}, {"since": "2026-02-28"}, {"until": "2026-02-25"}])
        if how != "update" and self.is_so(0.15):
            bounds["depth"] = self.dice.randint(1, 2)
        if how != "update" and number and self.is_so(0.3):
            bounds |= self.dice.choice([{"refetch": True}, {"refetch": True}, {"revisit": "all"}])
        return bounds


def _host(url: str) -> str:
    return "/".join(url.split("/")[:3])
