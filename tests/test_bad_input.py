"""Bad input of the command line: one clear line and an exit code."""

from __future__ import annotations

import socket
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from commands import ROOM, free_port, one_line
from conftest import RunCli, Served

from scraper import crawl
from scraper.archive import Archive
from scraper.crawl import update
from scraper.errors import ArchiveError, UsageError
from scraper.languages import is_code
from scraper.records import utc_now
from scraper.sites import unknown_site


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


@pytest.mark.parametrize("command", [("crawl",), ("extract",), ("sites", "new")])
def test_a_page_without_its_scheme_is_said_to_need_one(run_cli: RunCli, command: tuple[str, ...]) -> None:
    line = one_line(run_cli(*command, "news.example/feed.xml"), 2)
    assert "such file" in line
    assert line.endswith("; a page is typed with its scheme: https://news.example/feed.xml")
    for name in ("feed.xml", "saved/feed.xml", "./a/b.html", "/tmp/nowhere.html"):
        assert "https" not in one_line(run_cli(*command, name), 2)


def test_a_folder_is_no_target(run_cli: RunCli, tmp_path: Path) -> None:
    assert "a folder" in one_line(run_cli("crawl", str(tmp_path)), 2)


def test_a_mistyped_host_says_how_to_be_rid_of_it(run_cli: RunCli, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        line = run_cli("crawl", host, "--delay", "0").stderr
    key = next(Archive.open(tmp_path / "archive.db").rows("select key from sites"))["key"]
    assert f"scraper forget {key}" in line


def test_an_archive_of_real_pages_is_not_for_the_made_up_newsroom(run_cli: RunCli, tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive.db") as archive:
        archive.add_site(unknown_site("news.example"), "https://news.example/", utc_now())
    assert "news.example" in one_line(run_cli("demo"), 2)


@pytest.mark.parametrize("option", ["--since", "--until"])
def test_an_option_that_is_no_date_is_named(run_cli: RunCli, option: str) -> None:
    assert option in run_cli("crawl", "x.example", option, "2024-13-01").stderr


def test_a_caller_that_is_wrong_is_not_told_that_the_archive_is(archive: Archive) -> None:
    with pytest.raises(UsageError, match="binding"):
        list(archive.rows("select * from pages where id = ?", [object()]))


@pytest.mark.parametrize("name", ["full_text", "readonly", "blocked"])
def test_a_column_that_is_not_there_is_no_full_disk_and_no_lock(archive: Archive, name: str) -> None:
    with pytest.raises(ArchiveError, match=f"no such column: {name}") as caught:
        list(archive.rows(f"select {name} from articles"))
    assert type(caught.value) is ArchiveError


def test_a_rule_of_the_tables_that_is_broken_is_no_damage(archive: Archive) -> None:
    archive.add_site(unknown_site("news.example"), "https://news.example/", utc_now())
    with pytest.raises(ArchiveError, match=r"do not allow that \(UNIQUE"), archive.transactions.write():
        archive.database.execute(
            "insert into sites (key, name, start_url, rules_hash, active, added_at) select key, '', '', '', 1, '' from sites"
        )


@pytest.mark.parametrize(
    "statement",
    [
        "delete from sites",
        "delete from sites returning id",
        "with old as (select 1) delete from sites returning id",
        " -- all\n update sites set name = 'x' returning id",
        "pragma user_version = 1",
        "vacuum",
        "select 1; delete from sites",
    ],
)
@pytest.mark.parametrize("inside", [nullcontext, Archive.one_moment])
def test_rows_are_for_reading(archive: Archive, statement: str, inside: Any) -> None:
    archive.add_site(unknown_site("news.example"), "https://news.example/", utc_now())
    version = next(archive.rows("pragma user_version"))
    with inside(archive), pytest.raises(UsageError, match=r"what reads alone|one statement at a time"):
        list(archive.rows(statement))
    assert [row["name"] for row in archive.rows("select name from sites")] == ["news.example"]
    assert next(archive.rows("pragma user_version")) == version
    assert [row["addr"] for row in archive.rows("explain delete from sites")]
    assert list(archive.rows("with one as (select 1 as n) select n from one")) == [{"n": 1}]
    archive.look_after("news.example", active=False)  # and it can be written to as before


@pytest.mark.parametrize("path", ["news.db", Path("news.db")])
def test_a_caller_that_gives_the_path_of_an_archive_is_told_to_open_it(path: Any) -> None:
    for call in (lambda: crawl(["news.example"], path), lambda: update(path)):
        with pytest.raises(UsageError, match=r"news\.db: an open archive is wanted: `with Archive\.open"):
            call()


def test_a_file_without_urls_is_a_usage_error(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "urls.txt").write_text("# none\n")
    assert "no URLs" in one_line(run_cli("crawl", "urls.txt"), 2)
    (tmp_path / "urls.txt").write_text("https://news.example/a\nnonsense\n")
    assert "line 2" in one_line(run_cli("crawl", "urls.txt"), 2)
    (tmp_path / "urls.txt").write_text(f"no{'n' * 5000}sense\n")
    assert len(one_line(run_cli("crawl", "urls.txt"), 2)) < 200
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
    ("command", "named"),
    [
        ("show 1 --raw --history", ("--history", "--raw")),
        ("show 1 --raw --json", ("--raw", "--json")),
        ("show 1 --explain --history", ("--history", "--explain")),
        ("show 1 --revision 1 --explain", ("--explain", "--revision")),
        ("show 1 --revision 1 --history", ("--history", "--revision")),
        ("extract https://news.example/a --url https://news.example/b", ("--url",)),
        ("sites new https://news.example/a --url https://news.example/b", ("--url",)),
        ("crawl news.example --dry-run --depth 1", ("--dry-run", "--depth")),
    ],
)
def test_an_option_that_another_rules_out_is_not_dropped_in_silence(
    run_cli: RunCli, command: str, named: tuple[str, ...]
) -> None:
    line = one_line(run_cli(*command.split()), 2)
    assert all(name in line for name in named)


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
        ("crawl", "x.example", "--delay", "inf"),
        ("search", "x", "--limit", "99999999999999999999"),
        ("show", "1", "--revision", "99999999999999999999"),
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


@pytest.mark.parametrize(
    "command",
    [("search", "x"), ("show", "1"), ("why", "https://a.example/"), ("export", "jsonl"), ("check",), ("update",)],
)
def test_an_empty_file_is_no_archive(run_cli: RunCli, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "archive.db").touch()
    line = one_line(run_cli(*command), 1)
    assert line == "scraper: archive.db: an empty file, no archive (the first crawl makes one)"


def test_a_damaged_archive_is_not_the_querys_fault(run_cli: RunCli, tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive.db") as archive:
        archive.database.execute("drop table articles_fts_data")
        archive.database.conn.commit()
    line = one_line(run_cli("search", "ministry"), 1)
    assert line.startswith("scraper: archive.db: ")


@pytest.mark.parametrize("command", [("search", "x"), ("export", "jsonl")])
def test_filters_that_fit_nothing_are_told(run_cli: RunCli, tmp_path: Path, command: tuple[str, ...]) -> None:
    with Archive.open(tmp_path / "archive.db"):
        pass
    assert one_line(run_cli(*command, "--site", "nowhere"), 2) == "scraper: nowhere: no such site in the archive"
    result = run_cli(*command, "--since", "2026-02-02", "--until", "2026-02-01")
    assert (result.returncode, "is after --until" in result.stderr) == (2, True)


@pytest.mark.parametrize("command", [("search", "x"), ("export", "jsonl")])
def test_a_language_is_meant_by_its_code(run_cli: RunCli, tmp_path: Path, command: tuple[str, ...]) -> None:
    Archive.open(tmp_path / "archive.db").close()
    line = one_line(run_cli(*command, "--language", "english"), 2)
    assert line == "scraper: --language: no language code: 'english' (write en, ar, …)"
    assert run_cli(*command, "--language", "zh_CN").returncode == 0


@pytest.mark.parametrize("name", ["en", "NB", "eng", "zh_CN", "pt-br", "english", "", "Français", "e", "e1"])
def test_a_code_of_a_language_has_two_or_three_letters(name: str) -> None:
    assert is_code(name) == (name in ("en", "NB", "eng", "zh_CN", "pt-br"))
