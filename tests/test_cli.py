"""The command line in processes of its own: what it prints where, its exit codes, and what a kill leaves behind."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from commands import COMMANDS, HEAVY, ROOM, free_port, one_line
from conftest import RunCli, Served, cli_environment
from desk import DAY, HOME, NOW, Desk

from scraper.archive import Archive
from scraper.cli import NOT_READ
from scraper.cli.progress import conclude
from scraper.newsroom import SELECTORS
from scraper.report import Report, SiteReport

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


def test_the_archive_imports_nothing_that_it_does_not_use() -> None:
    program = "import sys, scraper.archive\nprint('numpy' in sys.modules)\nimport numpy\nprint(numpy.int8(7) + 1)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=cli_environment())
    assert (result.stdout.split(), result.stderr) == (["False", "8"], "")


def test_the_public_names_are_told_before_they_are_used() -> None:
    code = "import scraper, sys; print(set(scraper.__all__) <= set(dir(scraper)), 'scraper.archive' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=cli_environment())
    assert told.stdout.split() == ["True", "False"]


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


def test_quiet_still_says_which_listing_is_dead(capsys: pytest.CaptureFixture[str]) -> None:
    dead = SiteReport("news.example", listings=1, new=3, problems=["https://news.example/feed: answered 404"])
    conclude(Report(1, [dead, SiteReport("other.example", listings=1)]), quiet=True)
    [line] = capsys.readouterr().err.splitlines()
    assert line == "scraper: news.example: a listing could not be read: https://news.example/feed: answered 404"


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
    assert run_cli("search", word, "zzzzzz").stdout == ""  # as one query
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


def test_the_bytes_of_an_earlier_reading_are_there_too(tmp_path: Path, run_cli: RunCli) -> None:
    with Archive.open(tmp_path / "archive.db") as archive:
        desk = Desk(archive)
        desk.save("/a", title="One", raw=b"<html>as it was")
        desk.save("/a", title="Two", raw=b"<html>as it is", at=NOW + DAY)
        first, last = (row["id"] for row in archive.article(1)["revisions"])
    said = [run_cli("show", "1", "--raw", "--revision", str(number)).stdout for number in (first, last)]
    assert said == ["<html>as it was", "<html>as it is"]


def test_show_explains_where_each_field_comes_from(crawled: Served, run_cli: RunCli) -> None:
    story = next(story for story in crawled.room.stories() if story.kind == "article")
    rules = ("--selectors", str(SELECTORS))
    said = run_cli("show", crawled.room.url(story), "--explain", *rules).stdout
    assert f"title: {story.title}\n    from site: " in said
    told = json.loads(run_cli("show", crawled.room.url(story), "--explain", "--json", *rules).stdout)
    assert told["article"]["title"] == story.title
    assert "json-ld" in {said["source"] for said in told["candidates"]["title"]}


def test_the_history_of_a_story_that_moved_says_where_to(tmp_path: Path, run_cli: RunCli) -> None:
    with Archive.open(tmp_path / "archive.db") as archive:
        desk = Desk(archive)
        desk.save("/a-story-of-the-day", publisher_id="7", body="One.")
        desk.save("/the-story-of-the-day", publisher_id="7", body="Two.", at=NOW + DAY)
    lines = run_cli("show", f"{HOME}/a-story-of-the-day", "--history").stdout.splitlines()
    assert lines[-1] == f"    at {HOME}/the-story-of-the-day"
    assert len(lines) == 3


def test_of_several_tags_any_will_do(crawled: Served, run_cli: RunCli) -> None:
    def articles(*tags: str) -> set[str]:
        chosen = [word for tag in tags for word in ("--tag", tag)]
        return {json.loads(line)["url"] for line in run_cli("export", "jsonl", *chosen).stdout.splitlines()}

    first, second, *_ = sorted({tag for story in crawled.room.stories() for tag in crawled.room.truth(story)["tags"]})
    assert articles(first)
    assert articles(second) - articles(first)
    assert articles(first.upper(), second) == articles(first) | articles(second)


def test_why_takes_the_id_of_an_article(crawled: Served, run_cli: RunCli) -> None:
    found = json.loads(run_cli("show", "5", "--json").stdout)
    assert json.loads(run_cli("why", "5", "--json").stdout)["article"]["id"] == found["id"]
    assert run_cli("why", "5555").returncode == 1


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


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_an_export_is_compressed_where_its_files_ending_says_so(
    crawled: Served, run_cli: RunCli, tmp_path: Path, format: str
) -> None:
    assert run_cli("export", format, "-o", "out").returncode == 0
    assert run_cli("export", format, "-o", "out.gz").returncode == 0
    assert gzip.decompress((tmp_path / "out.gz").read_bytes()) == (tmp_path / "out").read_bytes()


def test_an_export_takes_no_archives_place_and_no_old_files_before_it_is_whole(
    crawled: Served, run_cli: RunCli, tmp_path: Path
) -> None:
    before = (tmp_path / "archive.db").read_bytes()
    (tmp_path / "link.db").symlink_to(tmp_path / "archive.db")
    for out in ("archive.db", "link.db", "archive.db.lock", "./archive.db"):
        (tmp_path / "archive.db.lock").touch()
        refused = run_cli("export", "jsonl", "-o", out)
        assert (refused.returncode, refused.stderr) == (2, f"scraper: {Path(out)}: that is the archive itself\n")
    assert (tmp_path / "archive.db").read_bytes() == before
    (tmp_path / "old.warc").write_text("precious")
    script = (
        "import sys; sys.argv[0] = 'scraper'; from scraper.archive import warc; from scraper.cli import main\n"
        "def fail(*_, **__): raise OSError(28, 'No space left on device')\n"
        "warc.write_warc = fail; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "export", "warc", "-o", "old.warc"], cwd=tmp_path, env=cli_environment(),
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "scraper: old.warc: cannot be written: No space left on device\n")
    assert (tmp_path / "old.warc").read_text() == "precious"
    assert not list(tmp_path.glob(".old.warc*"))
    assert run_cli("export", "jsonl", "-o", "/dev/null").returncode == 0


def test_an_export_through_a_link_leaves_the_link_and_the_rights(
    crawled: Served, run_cli: RunCli, tmp_path: Path
) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "latest.csv"
    real.touch()
    real.chmod(0o600)
    link.symlink_to(real)
    assert run_cli("export", "csv", "-o", "latest.csv").returncode == 0
    assert link.is_symlink()
    assert real.read_text().startswith("id,")
    assert real.stat().st_mode & 0o777 == 0o600
    (tmp_path / "out").symlink_to("/proc/self/fd/1")
    assert len(run_cli("export", "jsonl", "-o", "out").stdout.splitlines()) > 9
    assert (tmp_path / "out").is_symlink()


def test_a_closed_standard_output_is_no_fault(crawled: Served, tmp_path: Path) -> None:
    command = f"{sys.executable} -m scraper check --quick >&-"
    done = subprocess.run(command, shell=True, cwd=tmp_path, env=cli_environment(), capture_output=True, text=True)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device here")
@pytest.mark.parametrize("command", ["search ministry --json", "show 1 --raw", "export csv", "sites list"])
def test_a_full_disk_behind_standard_output_is_one_line(crawled: Served, tmp_path: Path, command: str) -> None:
    done = subprocess.run(
        f"{sys.executable} -m scraper {command} > /dev/full", shell=True, cwd=tmp_path, env=cli_environment(),
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("scraper: standard output: cannot be written")
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "export jsonl",
        "export csv",
        "export warc",
        "show 1 --raw",
        "search ministry",
        "sites list",
        "--help",
        "show --help",
    ],
)
def test_a_pipe_that_closes_is_quiet_and_no_failure(crawled: Served, tmp_path: Path, command: str) -> None:
    line = f"(sleep 0.1; exec {sys.executable} -m scraper {command}) | true; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=cli_environment(), cwd=tmp_path)
    assert (result.returncode, result.stderr.replace("24 articles written\n", "")) == (NOT_READ, "")


@pytest.mark.parametrize(("command", "code"), [("demo --articles 8 --port {port}", NOT_READ), ("crawl nonsense", 2)])
def test_messages_that_nobody_reads_are_no_fault(tmp_path: Path, command: str, code: int) -> None:
    command = command.format(port=free_port())
    line = f"(sleep 0.1; {sys.executable} -m scraper {command}; echo $? > code) 2>&1 >out | true; cat code"
    env = cli_environment()
    result = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=env, cwd=tmp_path)
    assert (result.stdout.strip(), result.stderr) == (str(code), "")


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


def test_the_demo_crawls_and_says_what_to_type_next(run_cli: RunCli) -> None:
    port = free_port()
    result = run_cli("demo", "--articles", "8", "--port", port)
    assert result.returncode == 0, result.stderr
    assert "8 articles" in result.stdout
    assert "scraper search" in result.stdout
    assert f"scraper demo --day 1 --articles 8 --port {port} " in result.stdout
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
