"""One run writes, anybody reads: nobody is told that the archive is locked, or sees half of an article; a second run waits."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from conftest import RunCli, Served, cli_environment

from scraper.archive import Archive
from scraper.archive.check import check
from scraper.errors import ArchiveBusy
from scraper.newsroom import SELECTORS
from scraper.newsroom.server import serve

ROOM = ("--selectors", str(SELECTORS), "--delay", "0")
STORIES = 60
READERS = ("sql", "program") * 4


@contextmanager
def reading(path: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    """A reader beside whatever is done inside; its standard input is closed at the end, and it ends."""
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("reading.py"), path, how],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=cli_environment(),
    )  # fmt: skip
    try:
        yield process
    finally:
        out, err = process.communicate("\n", timeout=60)
        assert (process.returncode, err) == (0, ""), err
        assert json.loads(out)["seen"] > 0
        assert json.loads(out)["rounds"] > 1


def test_eight_readers_see_whole_articles_while_a_crawl_writes(run_cli: RunCli, tmp_path: Path) -> None:
    served, path = Served(articles=STORIES), tmp_path / "archive.db"
    Archive.open(path).close()
    with serve(served.room) as base, ExitStack() as readers:
        for how in READERS:
            readers.enter_context(reading(path, how))
        first = run_cli("crawl", base, *ROOM, "--concurrency", "8", "-q")
        served.pass_time(days=1)
        second = run_cli("crawl", base, *ROOM, "--concurrency", "8", "-q", "--refetch")  # edits, moves, deletions
    assert (first.returncode, first.stderr) == (second.returncode, second.stderr) == (0, "")
    with Archive.open(path) as archive:
        assert next(archive.rows("select count(*) as n from articles"))["n"] > STORIES
        assert next(archive.rows("select count(*) as n from revisions"))["n"] > STORIES + 2
        assert check(archive).findings == []


# -- waiting


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another run has the archive."""
    with Archive.open(path) as archive, archive.lock():
        yield


def waiting(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A command that was started while another run has the archive, and has said that it waits."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scraper", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=cli_environment(), cwd=folder,
    )  # fmt: skip
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.startswith(f"archive.db.lock: waiting for another run: process {os.getpid()}, since 20"), line
    return process


@pytest.mark.parametrize(
    "command",
    [("crawl", "http://127.0.0.1:9/", "--delay", "0"), ("update",), ("repack",), ("import", "html", "page.html"),
     ("reextract",), ("duplicates",)],
    ids=lambda command: command[0],
)  # fmt: skip
def test_a_second_run_waits_for_the_first_and_goes_on(tmp_path: Path, command: tuple[str, ...]) -> None:
    page = '<html><title>Rain</title><link rel="canonical" href="https://news.example/rain"><h1>Rain over Ardmere</h1>'
    page += "".join(
        f"<p>It rained on day {n} in Ardmere, and the river Lenn stood higher than anybody in town could remember.</p>"
        for n in range(5)
    )
    (tmp_path / "page.html").write_text(page)
    with held(tmp_path / "archive.db"):
        process = waiting(tmp_path, *command, "--wait", "30")
        time.sleep(0.2)
        assert process.poll() is None
    _, err = process.communicate(timeout=30)
    assert process.returncode in {0, 3}, err  # nobody listens at the crawl's address
    assert "Traceback" not in err


def test_without_waiting_or_after_it_a_second_run_leaves_with_75(run_cli: RunCli, tmp_path: Path) -> None:
    with held(tmp_path / "archive.db"):
        for arguments in (("repack",), ("repack", "--wait", "0"), ("repack", "--wait", "0.3")):
            result = run_cli(*arguments)
            assert (result.returncode, result.stdout) == (75, "")
            last = result.stderr.splitlines()[-1]
            assert last.startswith(
                f"scraper: archive.db.lock: another run holds the archive: process {os.getpid()}, since"
            )
    for wrong in ("-1", "nan", "soon"):
        result = run_cli("repack", "--wait", wrong)
        assert result.returncode == 2
        assert "--wait" in result.stderr.splitlines()[-1]


def test_ctrl_c_ends_the_waiting_with_130(tmp_path: Path) -> None:
    with held(tmp_path / "archive.db"):
        process = waiting(tmp_path, "crawl", "news.example", "--wait", "inf")
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=10) == ("", "")
        assert process.returncode == 130


def test_whom_it_waits_for_is_told_again_when_it_is_another_one(tmp_path: Path) -> None:
    """The lock's file names its holder; a lock of which it does not is waited for all the same."""
    path, told = tmp_path / "archive.db", []

    def tell(text: str) -> None:
        told.append(text.partition("run")[2][:11])
        if len(told) == 1:
            lock.write('{"pid": 1, "since": "2026-03-02T06:00:00Z", "command": "scraper update"}')
            lock.flush()

    with (
        Archive.open(path, wait=0.5, waiting=tell) as archive,
        path.with_name("archive.db.lock").open("a") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (
            pytest.raises(ArchiveBusy, match="process 1, since 2026-03-02T06:00:00Z \\(scraper update\\)"),
            archive.lock(),
        ):
            pass
        fcntl.flock(lock, fcntl.LOCK_UN)
        with archive.lock():
            pass
    assert told == ["", ": process 1"]


# -- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or mount is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run([shutil.which("umount") or "umount", str(folder)], check=True)


def test_a_full_disk_ends_a_crawl_with_one_line_and_an_archive_that_is_whole(
    run_cli: RunCli, tmp_path: Path, small_disk: Path
) -> None:
    served, path = Served(articles=150), small_disk / "archive.db"
    with serve(served.room) as base:
        assert run_cli("crawl", base, *ROOM, "--limit", "5", "-q", "--db", path).returncode == 0
        result = run_cli("crawl", base, *ROOM, "-q", "--db", path)
        line = f"scraper: {path}: the disk is full; everything stored before is intact\n"
        assert (result.returncode, result.stdout, result.stderr) == (1, "", line)
        for name in small_disk.glob("archive.db*"):
            shutil.copy(name, tmp_path)
        with Archive.open(tmp_path / "archive.db") as archive:
            kept = next(archive.rows("select count(*) as n from articles"))["n"]
            assert kept >= 5
            assert check(archive).findings == []
        # With room again it goes on where it was.
        again = run_cli("crawl", base, *ROOM, "-q")
        assert (again.returncode, again.stderr) == (0, "")
    connection = sqlite3.connect(tmp_path / "archive.db")
    assert connection.execute("select count(*) from articles").fetchone() == (150,)
    connection.close()
