"""The command line in processes of its own: what it prints where, its exit codes, and what a kill leaves behind."""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import RunCli, Served, cli_environment

from scraper.archive import Archive
from scraper.newsroom import SELECTORS

COMMANDS = [
    "crawl",
    "update",
    "extract",
    "search",
    "show",
    "why",
    "export",
    "check",
    "duplicates",
    "import warc",
    "import html",
    "demo",
    "sites list",
    "sites show",
    "sites check",
    "sites new",
]
HEAVY = {
    "httpx",
    "fastwarc",
    "rensa",
    "selectolax",
    "trafilatura",
    "sqlite_utils",
    "rich",
    "feedparser",
    "msgspec",
    "lxml",
    "dateparser",
    "asyncio",
}
ROOM = ("--selectors", str(SELECTORS))


@pytest.fixture
def crawled(newsroom: Served, run_cli: RunCli) -> Served:
    """The newsroom, crawled into ``archive.db`` of the test's folder."""
    assert run_cli("crawl", newsroom.base, *ROOM).returncode == 0
    return newsroom


def one_line(result: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line that a failed command says."""
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


# -- help


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(run_cli: RunCli, command: str) -> None:
    result = run_cli(*command.split(), "--help")
    assert result.returncode == 0
    assert "Example" in result.stdout
    assert f"scraper {command}" in result.stdout
    assert result.stderr == ""


def test_help_names_every_command_and_every_exit_code(run_cli: RunCli) -> None:
    result = run_cli("--help")
    assert result.returncode == 0
    for word in {command.split()[0] for command in COMMANDS} | {"75", "130"}:
        assert word in result.stdout


def test_help_imports_nothing_heavy() -> None:
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "scraper", "--help"], capture_output=True, text=True, env=cli_environment()
    )  # fmt: skip
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in result.stderr.splitlines()}
    assert "typer" in imported
    assert not HEAVY & imported


def test_the_version_is_that_of_the_package(run_cli: RunCli) -> None:
    from scraper import __version__

    assert run_cli("--version").stdout == f"scraper {__version__}\n"


def test_without_a_command_help_is_shown(run_cli: RunCli) -> None:
    result = run_cli()
    assert result.returncode in (0, 2)
    assert "crawl" in result.stdout + result.stderr


# -- the happy paths


def test_a_crawl_without_a_terminal_is_one_summary_line(newsroom: Served, run_cli: RunCli) -> None:
    result = run_cli("crawl", newsroom.base, *ROOM)
    assert result.returncode == 0
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert line.startswith("0 known, 24 new")
    again = run_cli("crawl", newsroom.base, *ROOM)
    assert again.stderr.startswith("24 known, 0 new")


def test_quiet_is_silent(newsroom: Served, run_cli: RunCli) -> None:
    result = run_cli("crawl", newsroom.base, *ROOM, "--quiet")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_quiet_still_says_what_needs_a_person(newsroom: Served, run_cli: RunCli) -> None:
    result = run_cli("crawl", newsroom.base + "/nowhere", *ROOM, "--quiet")
    assert "404" in one_line(result, 3)


def test_the_report_of_a_crawl_as_json(newsroom: Served, run_cli: RunCli) -> None:
    result = run_cli("crawl", newsroom.base, *ROOM, "--json", "--limit", "3")
    report = json.loads(result.stdout)
    assert (report["outcome"], report["exit_code"], report["sites"][0]["new"]) == ("done", 0, 3)
    assert result.stderr == ""


def test_the_archive_can_be_named_by_option_and_by_environment(
    newsroom: Served, run_cli: RunCli, tmp_path: Path
) -> None:
    run_cli("crawl", newsroom.base, *ROOM, "--limit", "1", "--db", "one.db")
    run_cli("crawl", newsroom.base, *ROOM, "--limit", "1", env={"SCRAPER_DB": "two.db"})
    assert {path.name for path in tmp_path.glob("*.db")} == {"one.db", "two.db"}


def test_search_prints_hits_and_json(crawled: Served, run_cli: RunCli) -> None:
    story = next(story for story in crawled.room.stories() if story.language == "en")
    word = max(story.title.split(), key=len)
    text = run_cli("search", word)
    assert crawled.room.url(story) in text.stdout
    hits = json.loads(run_cli("search", word, "--json", "--limit", "50").stdout)
    assert crawled.room.url(story) in [hit["url"] for hit in hits]
    nothing = run_cli("search", "zzzzzz")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "nothing found\n")
    assert json.loads(run_cli("search", "zzzzzz", "--json").stdout) == []
    for odd in ("it's", '"', "(", "*"):
        assert run_cli("search", odd).returncode == 0


def test_show_prints_a_story_its_history_and_its_bytes(crawled: Served, run_cli: RunCli) -> None:
    story = next(story for story in crawled.room.stories() if story.kind == "article")
    truth, url = crawled.room.truth(story), crawled.room.url(story)
    shown = run_cli("show", url).stdout
    for text in (
        truth["title"],
        truth["url"],
        truth["body"].split("\n\n")[0],
        truth["authors"][0] if truth["authors"] else "",
    ):
        assert text in shown
    found = json.loads(run_cli("show", url, "--json").stdout)
    assert (found["title"], found["body"]) == (truth["title"], truth["body"])
    assert len(run_cli("show", url, "--history").stdout.splitlines()) == 1
    assert run_cli("show", url, "--raw").stdout.encode() == crawled.room.answer(story.path).body
    assert json.loads(run_cli("show", str(found["id"]), "--json").stdout)["url"] == url


def test_why_tells_what_became_of_a_url(crawled: Served, run_cli: RunCli) -> None:
    result = run_cli("why", crawled.room.url(crawled.room.stories()[0]))
    assert result.returncode == 0
    assert "archived" in result.stdout


def test_why_knows_listings_too(crawled: Served, run_cli: RunCli) -> None:
    result = run_cli("why", f"{crawled.base}/sitemap.xml")
    assert "sitemap" in result.stdout
    assert "read for its links" in result.stdout
    assert json.loads(run_cli("why", f"{crawled.base}/sitemap.xml", "--json").stdout)["state"] == "listing"


def test_why_knows_a_target_that_could_not_be_had(run_cli: RunCli) -> None:
    url = "http://127.0.0.1:9/news/a-story-of-the-day"
    run_cli("crawl", url)
    assert "connection refused" in run_cli("why", url).stdout


def test_export_writes_jsonl_and_csv(crawled: Served, run_cli: RunCli, tmp_path: Path) -> None:
    lines = run_cli("export", "jsonl").stdout.splitlines()
    stories = [json.loads(line) for line in lines]
    assert {story["url"] for story in stories} == {crawled.room.url(story) for story in crawled.room.stories()}
    table = list(csv.DictReader(io.StringIO(run_cli("export", "csv", "--language", "ar").stdout)))
    assert {row["language"] for row in table} == {"ar"}
    written = run_cli("export", "jsonl", "-o", "all.jsonl")
    assert (written.stdout, written.stderr) == ("", "24 articles written\n")
    assert (tmp_path / "all.jsonl").read_text("utf-8").splitlines() == lines


def test_export_into_a_pipe_that_closes_is_quiet(crawled: Served, tmp_path: Path) -> None:
    command = f"{sys.executable} -m scraper export jsonl | head -c 10"
    result = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=cli_environment(), cwd=tmp_path
    )
    assert "Traceback" not in result.stderr
    assert "Error" not in result.stderr


def test_extract_prints_one_record_and_stores_nothing(newsroom: Served, run_cli: RunCli, tmp_path: Path) -> None:
    story = next(story for story in newsroom.room.stories() if story.kind == "article")
    url, truth = newsroom.room.url(story), newsroom.room.truth(story)
    assert json.loads(run_cli("extract", url, *ROOM).stdout)["body"] == truth["body"]
    (tmp_path / "page.html").write_bytes(newsroom.room.answer(story.path).body)
    assert json.loads(run_cli("extract", "page.html", *ROOM).stdout)["title"] == truth["title"]
    page = newsroom.room.answer(story.path).body.decode()
    assert json.loads(run_cli("extract", "-", "--url", url, *ROOM, input=page).stdout)["url"] == url
    explained = run_cli("extract", url, "--explain", *ROOM).stdout
    assert "from site: h1.post-title" in explained
    assert json.loads(run_cli("extract", url, "--explain", "--json", *ROOM).stdout)["candidates"]
    assert not (tmp_path / "archive.db").exists()


def test_sites_are_listed_shown_checked_and_begun(newsroom: Served, run_cli: RunCli, tmp_path: Path) -> None:
    assert "newsroom" in run_cli("sites", "list", *ROOM).stdout
    keys = {site["key"] for site in json.loads(run_cli("sites", "list", "--json", *ROOM).stdout)}
    assert {"newsroom", "english.almayadeen.net"} <= keys
    assert 'name     = "The Newsroom"' in run_cli("sites", "show", "127.0.0.1", *ROOM).stdout
    checked = run_cli("sites", "check", "newsroom", *ROOM)
    assert checked.returncode == 0
    assert "newsroom" in checked.stdout
    story = next(story for story in newsroom.room.stories() if story.kind == "article")
    begun = run_cli("sites", "new", newsroom.room.url(story), "-o", "mine")
    assert begun.returncode == 0, begun.stderr
    assert run_cli("sites", "list", "--selectors", "mine").returncode == 0
    assert (tmp_path / "mine" / "127.0.0.1.toml").is_file()
    assert "there already" in one_line(run_cli("sites", "new", newsroom.room.url(story), "-o", "mine"), 2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_demo_crawls_and_says_what_to_type_next(run_cli: RunCli) -> None:
    port = free_port()
    result = run_cli("demo", "--articles", "8", "--port", port)
    assert result.returncode == 0, result.stderr
    assert "8 articles" in result.stdout
    assert "scraper search" in result.stdout
    later = run_cli("demo", "--articles", "8", "--port", port, "--day", "1")
    assert later.returncode == 0, later.stderr
    assert "new" in later.stderr


def test_the_demo_on_a_port_in_use_says_so(newsroom: Served, run_cli: RunCli) -> None:
    result = run_cli("demo", "--port", newsroom.base.rpartition(":")[2])
    assert "choose another --port" in one_line(result, 1)


def test_update_of_an_archive_without_sites_has_nothing_to_do(run_cli: RunCli, tmp_path: Path) -> None:
    Archive.open(tmp_path / "archive.db").close()
    result = run_cli("update")
    assert (result.returncode, result.stdout) == (0, "")
    assert "no sites to look after" in result.stderr


# -- bad input


def test_a_host_that_does_not_answer_needs_a_person(run_cli: RunCli) -> None:
    result = run_cli("crawl", f"http://127.0.0.1:{free_port()}", "-q")
    assert "refused" in one_line(result, 3)


@pytest.mark.parametrize(
    ("path", "fault", "why"),
    [
        ("/nowhere", None, "404"),
        ("/media/x.png", None, "image/png"),
        ("/es/", "empty", "nothing"),
        ("/es/", "403", "403"),
        ("/about", None, "nothing"),
    ],
    ids=["404", "no HTML", "empty", "forbidden", "no links"],
)
def test_a_start_url_with_nothing_behind_it_needs_a_person(
    newsroom: Served, run_cli: RunCli, path: str, fault: str | None, why: str
) -> None:
    if fault:
        newsroom.room.fault(path, fault, times=9)
    line = one_line(run_cli("crawl", newsroom.base + path, *ROOM, "-q"), 3)
    assert why in line


@pytest.mark.parametrize("target", ["newsrom", "no-such-file.txt", "ftp://news.example/", "http://["])
def test_a_word_that_is_no_target_is_a_usage_error(run_cli: RunCli, tmp_path: Path, target: str) -> None:
    assert target in one_line(run_cli("crawl", target), 2)


def test_a_file_without_urls_is_a_usage_error(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "urls.txt").write_text("# none\n")
    assert "no URLs" in one_line(run_cli("crawl", "urls.txt"), 2)
    (tmp_path / "urls.txt").write_text("https://news.example/a\nnonsense\n")
    assert "line 2" in one_line(run_cli("crawl", "urls.txt"), 2)
    (tmp_path / "urls.txt").write_bytes(b"\xff\xfe\x00")
    assert "urls.txt" in one_line(run_cli("crawl", "urls.txt"), 2)
    assert "standard input" in one_line(run_cli("crawl", "-", input=""), 2)


@pytest.mark.parametrize(
    "command",
    [
        ("crawl", "http://127.0.0.1:9"),
        ("update",),
        ("search", "x"),
        ("show", "1"),
        ("export", "csv"),
        ("why", "http://x.example/"),
    ],
)
def test_a_file_that_is_no_archive_is_named_and_left_alone(
    run_cli: RunCli, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "notes.txt").write_text("my notes")
    assert "notes.txt: not an archive" in one_line(run_cli(*command, "--db", "notes.txt"), 1)
    assert (tmp_path / "notes.txt").read_text() == "my notes"
    assert "no such folder" in one_line(run_cli(*command, "--db", "nowhere/a.db"), 1).lower() or command[0] != "crawl"
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    "command", [("update",), ("search", "x"), ("show", "1"), ("export", "csv"), ("why", "http://x.example/")]
)
def test_reading_makes_no_archive(run_cli: RunCli, tmp_path: Path, command: tuple[str, ...]) -> None:
    assert "no such archive" in one_line(run_cli(*command), 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("show", "99"), 1),
        (("show", "http://["), 1),
        (("why", "https://news.example/never"), 1),
        (("update", "nosite"), 2),
        (("export", "jsonl", "-o", "nowhere/a.jsonl"), 1),
        (("sites", "show", "news.example"), 2),
        (("sites", "check", "nosite"), 2),
        (("sites", "list", "--selectors", "nowhere"), 2),
        (("extract", "nowhere.html"), 2),
        (("extract", "ftp://news.example/"), 2),
    ],
)
def test_what_is_not_there_is_one_line_and_an_exit_code(
    run_cli: RunCli, tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    Archive.open(tmp_path / "archive.db").close()
    one_line(run_cli(*arguments), code)


@pytest.mark.parametrize(
    "arguments",
    [
        ("crawl",),
        ("crawl", "x.example", "--limit", "0"),
        ("crawl", "x.example", "--since", "soon"),
        ("export", "xlsx"),
        ("nonsense",),
        ("search",),
        ("crawl", "x.example", "--delay", "-1"),
    ],
)
def test_wrong_usage_exits_with_2_and_no_traceback(run_cli: RunCli, arguments: tuple[str, ...]) -> None:
    result = run_cli(*arguments)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert result.stderr


@pytest.mark.parametrize(
    ("fault", "why"),
    [("403", "403"), ("404", "404"), ("empty", "empty"), ("pdf", "application/pdf"), ("redirect-loop", "loop")],
)
def test_extract_of_a_page_that_is_none_is_one_line(newsroom: Served, run_cli: RunCli, fault: str, why: str) -> None:
    story = newsroom.room.stories()[0]
    newsroom.room.fault(story.path, fault, times=9)
    assert why in one_line(run_cli("extract", newsroom.room.url(story), *ROOM), 1)


def test_a_hostile_headline_cannot_play_with_the_terminal(run_cli: RunCli, tmp_path: Path) -> None:
    from scraper.cli.output import plain

    assert plain("a\x1b[2Jb\x07\u202ec\td\n") == "a[2Jbc\td\n"


# -- interruptions


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


def rows(folder: Path, query: str) -> list[Any]:
    connection = sqlite3.connect(folder / "archive.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
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
    """No file may grow past 512 KiB; the write that would fails as on a full disk, without a signal."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512 * 1024, 512 * 1024))


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
