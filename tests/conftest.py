"""What several test modules share: an empty archive, the made-up news site on a real socket, the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from desk import Desk
from hypothesis import settings

from scraper import crawl
from scraper.archive import Archive
from scraper.crawl import update
from scraper.newsroom import SELECTORS, START, Newsroom
from scraper.newsroom.server import serve
from scraper.report import Report
from scraper.run import Network
from scraper.sites import Sites

Crawl = Callable[..., Report]
REPOSITORY = Path(__file__).parent.parent

# The same examples on every machine and at every run: a test that fails, fails for everyone.
settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.load_profile("same")


class Served:
    """The newsroom on a socket: its base address, and its clock, which is moved by hand."""

    def __init__(self, articles: int = 24) -> None:
        self.now = START
        self.room = Newsroom(articles=articles, clock=self.clock)
        self.base = ""

    def clock(self) -> datetime:
        """The site's present time, which is also the crawler's."""
        return self.now

    def pass_time(self, **amount: float) -> None:
        """Move the clock on: ``pass_time(days=1)``."""
        self.now += timedelta(**amount)

    def network(self, **more: float) -> Network:
        """How a test reaches the site: at its time, and without waiting."""
        return Network(**({"delay": 0.0} | more), clock=self.clock)  # type: ignore[arg-type]

    def paths(self) -> list[str]:
        """What was asked for so far, in order."""
        return [path for _, path, _ in self.room.requests]


class RunCli(Protocol):
    """Runs ``scraper`` with some arguments, in a process of its own."""

    def __call__(
        self, *args: object, env: Mapping[str, str] | None = None, cwd: Path | None = None, input: str | None = None
    ) -> subprocess.CompletedProcess[str]: ...


def cli_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment in which the command runs: this checkout, and nothing of the user's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SCRAPER_")}
    return kept | {"PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "", "PYTHONUTF8": "1"} | dict(more or {})


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty archive in a file."""
    with Archive.open(tmp_path / "archive.db") as opened:
        yield opened


@pytest.fixture
def newsroom() -> Iterator[Served]:
    """The made-up news site with 24 stories, served on this machine."""
    served = Served()
    with serve(served.room, port=0, slow=0.2) as base:
        served.base = base
        yield served


@pytest.fixture(scope="session")
def room_sites() -> Sites:
    """The selector files in use, with the one that fits the newsroom."""
    return Sites.load(SELECTORS)


@pytest.fixture
def run_cli(tmp_path: Path) -> RunCli:
    """The command line, run in the test's own folder."""

    def run(
        *args: object, env: Mapping[str, str] | None = None, cwd: Path | None = None, input: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "scraper", *map(str, args)],
            capture_output=True, text=True, encoding="utf-8", timeout=60,
            env=cli_environment(env), cwd=cwd or tmp_path, input=input,
        )  # fmt: skip

    return run


@pytest.fixture
def crawled(newsroom: Served, run_cli: RunCli) -> Served:
    """The newsroom, crawled into ``archive.db`` of the test's folder."""
    assert run_cli("crawl", newsroom.base, "--selectors", str(SELECTORS)).returncode == 0
    return newsroom


@pytest.fixture
def desk(archive: Archive) -> Desk:
    return Desk(archive)


@pytest.fixture
def go(newsroom: Served, archive: Archive, room_sites: Sites) -> Crawl:
    """Crawls the newsroom, at its own time and without waiting; its host is the default target."""

    def go(*targets: str, sites: Sites | None = None, network: Network | None = None, **bounds: Any) -> Report:
        return crawl(
            targets or [newsroom.base], archive, sites=room_sites if sites is None else sites, network=network or newsroom.network(), **bounds
        )  # fmt: skip

    return go


@pytest.fixture
def look_again(newsroom: Served, archive: Archive, room_sites: Sites) -> Crawl:
    """What cron runs, some time later."""

    def look_again(**later: float) -> Report:
        newsroom.pass_time(**later)
        return update(archive, sites=room_sites, network=newsroom.network())

    return look_again
