"""kill -9 at twenty points of a crawl, and fifty amid writes: nothing is lost, had twice, or fetched again once stored."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from commands import rows
from conftest import RunCli, Served, cli_environment

from scraper.archive import Archive
from scraper.newsroom import SELECTORS
from scraper.newsroom.server import serve

STORIES, KILLS, SEED = 90, 20, 9


@pytest.fixture
def room() -> Iterator[Served]:
    """A newsroom with so many stories that twenty kills do not see the end of it."""
    served = Served(articles=STORIES)
    with serve(served.room) as served.base:
        yield served


class Watched:
    """The newsroom's log, as far as it is about stories."""

    def __init__(self, room: Served) -> None:
        self._room = room
        self._paths = {story.path for story in room.room.stories()}

    def requests(self) -> Counter[str]:
        """How often each story was asked for so far."""
        return Counter(path for path in self._room.paths() if path in self._paths)

    def wait_for(self, count: int, process: subprocess.Popen[bytes]) -> None:
        """Wait until so many requests were for stories, or the process has ended."""
        limit = time.monotonic() + 20
        while self.requests().total() < count and process.poll() is None:
            assert time.monotonic() < limit
            time.sleep(0.004)


def kill_in_midst(room: Served, watched: Watched, folder: Path, chance: random.Random) -> None:
    """Start a crawl and kill it: most often some stories later, or while it still starts or reads the listings."""
    goal, before = chance.choice([0, 1, 2, 3, 4, 5, 6, 8]), watched.requests().total()
    errors = (folder / "errors.txt").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "scraper", "crawl", room.base, "--selectors", str(SELECTORS), "--delay", "0.04", "-q"],
        env=cli_environment(), cwd=folder, stderr=errors,
    )  # fmt: skip
    if goal:
        watched.wait_for(before + goal, process)
        time.sleep(chance.choice([0.0, 0.02, 0.1]) * chance.random())
    else:
        time.sleep(chance.uniform(0.1, 0.8))
    process.kill()
    process.wait(20)
    errors.close()


def test_twenty_kills_lose_nothing_and_fetch_nothing_stored_again(
    room: Served, run_cli: RunCli, tmp_path: Path
) -> None:
    chance, watched = random.Random(SEED), Watched(room)
    stored: dict[str, int] = {}  # how often a story had been asked for when it was first seen in the archive
    amid = 0  # kills before the last story was stored
    for _ in range(KILLS):
        kill_in_midst(room, watched, tmp_path, chance)
        if not (tmp_path / "archive.db").exists() or not rows(
            tmp_path, "select 1 from sqlite_master where name = 'pages'"
        ):
            continue
        assert rows(tmp_path, "pragma integrity_check") == [("ok",)]
        assert rows(tmp_path, "pragma foreign_key_check") == []
        asked = watched.requests()
        for (url,) in rows(tmp_path, "select url from pages where article_id is not null"):
            stored.setdefault(urlsplit(url).path, asked[urlsplit(url).path])
        amid += 0 < len(stored) < STORIES
    assert (tmp_path / "errors.txt").read_text() == ""  # the workers that it leaves behind end without a word
    assert amid >= KILLS // 2

    last = run_cli("crawl", room.base, "--selectors", SELECTORS, "--delay", "0")
    assert last.returncode == 0, last.stderr
    asked, stories = watched.requests(), room.room.stories()
    assert {path: asked[path] for path in stored} == stored
    # What was in hand at a kill, or had come in the twentieth of a second before it, is fetched once more.
    assert asked.total() <= STORIES + 6 * KILLS
    assert rows(tmp_path, "pragma integrity_check") == [("ok",)]
    assert rows(tmp_path, "pragma foreign_key_check") == []
    assert rows(tmp_path, "select count(*), count(distinct publisher_id), count(distinct url) from articles") == [
        (STORIES,) * 3
    ]
    assert rows(tmp_path, "select count(*), count(distinct article_id) from revisions") == [(STORIES,) * 2]
    assert rows(tmp_path, "select count(*), count(distinct page_id) from snapshots") == [(STORIES,) * 2]
    assert rows(tmp_path, "select distinct state from pages") == [("archived",)]
    assert rows(tmp_path, "select outcome from crawls order by id desc limit 1") == [("done",)]
    with Archive.open(tmp_path / "archive.db", readonly=True) as archive:
        for story in stories:
            truth = room.room.truth(story)
            assert archive.article(truth["url"])["body"] == truth["body"]


def test_fifty_kills_amid_writes_lose_nothing_that_was_committed(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, Path(__file__).with_name("killing.py"), tmp_path / "archive.db", "50", str(SEED)],
        capture_output=True, text=True, timeout=100, env=cli_environment(),
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert found["wrong"] == []
    assert found["committed"] > 100
