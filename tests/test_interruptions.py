"""Runs that are stopped, killed, or two at once: nothing stored is lost."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import ROOM, one_line, rows
from conftest import RunCli, Served, cli_environment

from scraper.archive import Archive


def started(newsroom: Served, folder: Path, *more: str) -> subprocess.Popen[str]:
    """A slow crawl of the newsroom."""
    return subprocess.Popen(
        [sys.executable, "-m", "scraper", "crawl", newsroom.base, *ROOM, "--delay", "0.1", *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=cli_environment(), cwd=folder,
    )  # fmt: skip


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not come to this"
        time.sleep(0.02)


def asked(newsroom: Served) -> int:
    paths = {story.path for story in newsroom.room.stories()}
    return len([path for path in newsroom.paths() if path in paths])


def assert_complete(folder: Path, newsroom: Served) -> None:
    assert rows(folder, "pragma integrity_check") == [("ok",)]
    assert rows(folder, "pragma foreign_key_check") == []
    assert rows(folder, "select count(*), count(distinct publisher_id), count(distinct url) from articles") == [
        (24, 24, 24)
    ]
    assert rows(folder, "select count(*) from pages where state != 'archived'") == [(0,)]
    with Archive.open(folder / "archive.db", readonly=True) as archive:
        for story in newsroom.room.stories():
            assert archive.article(newsroom.room.url(story))["title"] == story.title


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_crawl_keeps_what_it_has_and_the_next_one_completes_it(
    newsroom: Served, run_cli: RunCli, tmp_path: Path, number: signal.Signals
) -> None:
    with started(newsroom, tmp_path) as process:
        wait_for(lambda: asked(newsroom) >= 6)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1
    assert "interrupted" in err
    kept = rows(tmp_path, "select count(*) from articles")[0][0]
    assert asked(newsroom) - 2 <= kept <= asked(newsroom)
    assert rows(tmp_path, "select outcome from crawls") == [("interrupted",)]
    assert run_cli("crawl", newsroom.base, *ROOM).returncode == 0
    assert_complete(tmp_path, newsroom)
    assert asked(newsroom) <= 24 + 2


def test_a_killed_crawl_is_completed_by_the_next_one(newsroom: Served, run_cli: RunCli, tmp_path: Path) -> None:
    for goal in (4, 12):
        with started(newsroom, tmp_path) as process:
            wait_for(lambda goal=goal: asked(newsroom) >= goal)  # type: ignore[misc]
            process.kill()
            process.wait(20)
        assert rows(tmp_path, "pragma integrity_check") == [("ok",)]
    result = run_cli("crawl", newsroom.base, *ROOM)
    assert result.returncode == 0, result.stderr
    assert_complete(tmp_path, newsroom)


def test_a_killed_crawl_leaves_no_process_behind(newsroom: Served, tmp_path: Path) -> None:
    with started(newsroom, tmp_path) as process:
        wait_for(lambda: asked(newsroom) >= 3)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        workers = [int(child) for child in children.read_text().split()] if children.exists() else []
        process.kill()
        process.wait(20)
    wait_for(lambda: not any(Path(f"/proc/{worker}").exists() and "Z" not in _state(worker) for worker in workers))


def _state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_a_second_crawl_at_the_same_time_is_told_who_is_at_it(
    newsroom: Served, run_cli: RunCli, tmp_path: Path
) -> None:
    with started(newsroom, tmp_path) as process:
        wait_for(lambda: asked(newsroom) >= 2)
        process.send_signal(signal.SIGSTOP)  # it holds the archive, however long the commands beside it take
        line = one_line(run_cli("crawl", newsroom.base, *ROOM), 75)
        assert f"process {process.pid}" in line
        assert "crawl" in line
        assert "process" in one_line(run_cli("update"), 75)
        assert run_cli("search", "ministry").returncode == 0
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=20)
    assert process.returncode == 0
    assert_complete(tmp_path, newsroom)


def test_two_first_crawls_at_once_make_one_archive(newsroom: Served, tmp_path: Path) -> None:
    processes = [started(newsroom, tmp_path, "--limit", "3") for _ in range(4)]
    results = [(process.communicate(timeout=30)[1], process.returncode) for process in processes]
    assert {code for _, code in results} <= {0, 75}, results
    assert 0 in {code for _, code in results}
    assert rows(tmp_path, "pragma integrity_check") == [("ok",)]


def _small_files() -> None:
    """No file may grow past 352 KiB; the write that would fails as on a full disk, without a signal.

    The archive of two stories has room in it, the log of the other 22 has not, in however few commits.
    """
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (352 * 1024, 352 * 1024))


def test_a_full_disk_is_one_clear_line_and_costs_nothing_stored(
    newsroom: Served, run_cli: RunCli, tmp_path: Path
) -> None:
    assert run_cli("crawl", newsroom.base, *ROOM, "--limit", "2").returncode == 0
    result = subprocess.run(
        [sys.executable, "-m", "scraper", "crawl", newsroom.base, *ROOM], capture_output=True, text=True, timeout=60,
        env=cli_environment(), cwd=tmp_path, preexec_fn=_small_files,
    )  # fmt: skip
    line = one_line(result, 1)
    assert "archive.db" in line
    assert "disk" in line
    assert rows(tmp_path, "pragma integrity_check") == [("ok",)]
    assert rows(tmp_path, "select count(*) from articles")[0][0] >= 2
    assert run_cli("crawl", newsroom.base, *ROOM).returncode == 0
    assert_complete(tmp_path, newsroom)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write here")
def test_an_archive_that_may_only_be_read_can_be_searched(crawled: Served, tmp_path: Path) -> None:
    """Archives are handed to analysts on shares that they cannot write to."""
    script = (
        "import os, sys\nfrom scraper.archive import Archive\n"
        "with Archive.open(sys.argv[2], readonly=True) as archive:\n    list(archive.rows('select 1'))\n"  # imports all it needs
        "os.setgroups([])\nos.setuid(65534)\n"
        "with Archive.open(sys.argv[1], readonly=True) as archive:\n    print(len(list(archive.rows('select id from articles'))))"
    )
    with tempfile.TemporaryDirectory() as share:
        Path(share).chmod(0o755)
        shutil.copy(tmp_path / "archive.db", share)
        result = subprocess.run(
            [sys.executable, "-c", script, f"{share}/archive.db", str(tmp_path / "archive.db")], capture_output=True, text=True, env=cli_environment()
        )  # fmt: skip
    assert (result.stdout, result.stderr) == ("24\n", "")
