"""Stored pages read anew by today's rules: what changes, what is told, and what is never lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from conftest import RunCli, cli_environment

from scraper import crawl
from scraper.archive import Archive
from scraper.archive.check import check
from scraper.archive.duplicates import link
from scraper.crawl import update
from scraper.errors import UsageError
from scraper.records import utc_now
from scraper.reextract import Rereading, reextract
from scraper.run import Network
from scraper.sites import Sites, unknown_site

BASE = "https://news.example"
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
LATER = datetime(2026, 4, 1, tzinfo=UTC)
FIRST = "name = 'News'\n[pace]\ndelay = 0.0\n[[layout]]\ntitle = 'h2'\nbody = 'article'\ndate = { css = 'time', attr = 'datetime' }\n"
SECOND = FIRST.replace("'h2'", "'h1'").replace("body = 'article'", "body = 'article'\ndrop = ['.ad']\ntags = '.tag'")
TEXT = "The council met on Monday to speak about the new bridge, and voted for it after three hours of talk. "


def story(number: int, said: str = "") -> bytes:
    body = "".join(f"<p>{part}. {TEXT}</p>" for part in range(6))
    return (
        f"<html lang=en><title>Story {number}</title><h1>Story {number}{said}</h1><h2>Kicker {number}</h2>"
        f"<time datetime='2026-03-01T0{number % 10}:00:00Z'>today</time>"
        f"<article>{body}<p class=ad>Buy now.</p><p>The end.</p></article><a class=tag>Bridges</a>"
    ).encode()


class Web(httpx.AsyncBaseTransport):
    def __init__(self, pages: dict[str, bytes]) -> None:
        self.pages, self.asked = pages, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        found = self.pages.get(request.url.path)
        return httpx.Response(200 if found else 404, headers={"content-type": "text/html"}, content=found or b"")


class Paper:
    """A site in an archive, and rules that can be changed."""

    def __init__(self, archive: Archive, folder: Path) -> None:
        self.archive, self.folder = archive, folder
        self.web = Web({f"/a/{number}": story(number) for number in range(8)} | {"/a/none": b"<html><p>Nothing here."})
        self.crawl(FIRST)

    def rules(self, rules: str) -> Sites:
        (self.folder / "news.example.toml").write_text(rules)
        return Sites.load(self.folder)

    def crawl(self, rules: str, now: datetime = NOW, **options: Any) -> None:
        listed = self.folder / "urls.txt"
        listed.write_text("\n".join(BASE + path for path in self.web.pages))
        network = Network(transport=self.web, clock=lambda: now)
        crawl([str(listed)], self.archive, sites=self.rules(rules), network=network, **options)

    def reextract(self, rules: str = SECOND, **options: Any) -> Rereading:
        return reextract(self.archive, sites=self.rules(rules), jobs=1, clock=lambda: LATER, **options)

    def state(self) -> list[Any]:
        """All that a run may change."""
        queries = (
            "select * from articles order by id", "select * from revisions order by id", "select * from changes order by id",
            "select id, state, reason, detail, article_id from pages order by id", "select id, reader from snapshots order by id",
        )  # fmt: skip
        return [list(self.archive.rows(query)) for query in queries]

    def count(self, query: str) -> int:
        return int(next(self.archive.rows(f"select count(*) as n from {query}"))["n"])


@pytest.fixture
def paper(archive: Archive, tmp_path: Path) -> Paper:
    return Paper(archive, tmp_path)


def test_todays_rules_make_every_record_anew_without_network(paper: Paper) -> None:
    asked = paper.web.asked
    report = paper.reextract()
    assert (report.outcome, report.total, report.read, report.changed, report.none) == ("done", 9, 9, 8, 1)
    assert paper.web.asked == asked
    article = paper.archive.article(f"{BASE}/a/3")
    assert (article["title"], article["tags"]) == ("Story 3", ["Bridges"])
    assert "Buy now" not in article["body"]
    assert article["body"].endswith("The end.")
    assert article["changed_at"] == "2026-04-01T00:00:00Z"
    assert [hit.title for hit in paper.archive.search("story 3", limit=1)]
    first, second = article["revisions"]
    assert first["snapshot_id"] == second["snapshot_id"]
    assert first["read_at"] == second["read_at"] == "2026-03-02T06:00:00Z"
    assert (first["title"], second["title"]) == ("Kicker 3", "Story 3")
    assert check(paper.archive).findings == []


def test_it_is_idempotent(paper: Paper) -> None:
    paper.reextract()
    before = paper.state()
    assert paper.reextract().read == 0
    report = paper.reextract(again=True)
    assert (report.read, report.changed, report.unchanged) == (9, 0, 8)
    assert paper.state() == before


def test_what_duplicates_says_of_a_text_stays_as_long_as_the_text_is_the_same(paper: Paper) -> None:
    def warned() -> int:
        return paper.count("articles where warnings like '%the same under 8 addresses%'")

    paper.reextract()
    assert link(paper.archive).warned == warned() == 8
    paper.reextract(again=True)
    assert warned() == 8
    paper.reextract(SECOND.replace("'.tag'", "'.topic'"))
    assert warned() == 8
    paper.reextract(FIRST)  # a longer body, which nobody has compared
    assert warned() == 0


def test_a_dry_run_tells_the_differences_and_stores_nothing(paper: Paper) -> None:
    before = paper.state()
    report = paper.reextract(dry=True, examples=2)
    assert report.fields == {"title": 8, "body": 8, "tags": 8, "word_count": 8}
    assert [(each.before, each.after) for each in report.examples if each.field == "title"] == [
        ("Kicker 0", "Story 0"), ("Kicker 1", "Story 1"),
    ]  # fmt: skip
    assert paper.state() == before
    with Archive.open(paper.archive.path, readonly=True) as archive:
        assert reextract(archive, sites=paper.rules(SECOND), jobs=1, dry=True).changed == 8


def test_a_change_of_the_rules_is_told_apart_from_a_change_of_the_page(paper: Paper) -> None:
    paper.reextract()
    paper.web.pages["/a/1"] = story(1, " and more")
    paper.crawl(SECOND, refetch=True)
    paper.web.pages["/a/1"] = story(1, " and yet more")
    paper.crawl(FIRST, refetch=True)
    article_id = paper.archive.article(f"{BASE}/a/1")["id"]
    rows = paper.archive.rows(
        "select cause, field, before, after from changes where article_id = ? order by id", [article_id]
    )
    found = [(row["cause"], row["field"], row["before"], row["after"]) for row in rows]
    assert ("rules", "title", "Kicker 1", "Story 1") in found
    assert ("rules", "tags", "[]", '["Bridges"]') in found
    assert ("rules", "body", None, "-Buy now.") in found
    assert ("page", "title", "Story 1", "Story 1 and more") in found
    assert ("both", "title", "Story 1 and more", "Kicker 1") in found


def test_a_page_that_went_back_to_what_it_was_is_read_anew_in_its_last_place(paper: Paper) -> None:
    first = paper.web.pages["/a/1"]
    for day, page in ((3, story(1, " and more")), (4, first)):
        paper.web.pages["/a/1"] = page
        (paper.folder / "urls.txt").write_text(f"{BASE}/a/1")
        network = Network(transport=paper.web, clock=lambda day=day: NOW.replace(day=day))  # type: ignore[misc]
        crawl([str(paper.folder / "urls.txt")], paper.archive, sites=paper.rules(SECOND), network=network, refetch=True)
    paper.reextract(FIRST)
    article = paper.archive.article(f"{BASE}/a/1")
    assert (article["title"], article["revisions"][-1]["title"]) == ("Kicker 1", "Kicker 1")
    assert article["revisions"][-1]["read_at"] == "2026-03-04T06:00:00Z"
    assert check(paper.archive).findings == []
    before = paper.state()
    assert paper.reextract(FIRST, again=True).changed == 0
    assert paper.state() == before


def test_deletions_are_changes_and_a_reading_of_old_bytes_takes_none_back(paper: Paper) -> None:
    gone = paper.web.pages.pop("/a/1")
    paper.web.pages["/a/x"] = story(9)
    listed = paper.folder / "urls.txt"
    listed.write_text(f"{BASE}/a/1")
    network = Network(transport=paper.web, clock=lambda: LATER)
    crawl([str(listed)], paper.archive, sites=paper.rules(FIRST), network=network, refetch=True)
    paper.reextract()
    article = paper.archive.article(f"{BASE}/a/1")
    assert (article["deleted_at"], article["title"]) == ("2026-04-01T00:00:00Z", "Story 1")
    paper.web.pages["/a/1"] = gone
    network = Network(transport=paper.web, clock=lambda: LATER.replace(day=2))
    crawl([str(listed)], paper.archive, sites=paper.rules(SECOND), network=network, refetch=True)
    assert paper.archive.article(f"{BASE}/a/1")["deleted_at"] is None
    query = "select before, after, at from changes where field = 'deleted' order by id"
    assert [tuple(row.values()) for row in paper.archive.rows(query)] == [
        ("no", "yes", "2026-04-01T00:00:00Z"), ("yes", "no", "2026-04-02T00:00:00Z"),
    ]  # fmt: skip


def test_what_was_a_story_stays_one_and_what_was_none_can_become_one(paper: Paper) -> None:
    paper.web.pages["/a/late"] = (
        b"<html><title>Late</title><h1>Late</h1><div class=text><p>" + TEXT.encode() * 9 + b"</div>"
    )
    blind = FIRST.replace("body = 'article'", "body = '.nowhere'\nkind = { css = 'title', match = '(section)?' }")
    late = FIRST.replace("body = 'article'", "body = ['article', '.text']").replace("'h2'", "['h2', 'h1']")
    paper.crawl(FIRST)
    before = {row["url"]: row["title"] for row in paper.archive.rows("select url, title from articles")}
    report = paper.reextract(late)
    assert report.new + report.none == 1 + (f"{BASE}/a/late" not in before)
    assert paper.archive.article(f"{BASE}/a/late")["title"] == "Late"
    paper.reextract(blind)
    after = {row["url"]: row["title"] for row in paper.archive.rows("select url, title from articles")}
    assert set(before) <= set(after)
    assert check(paper.archive).findings == []


def test_sites_and_dates_bound_it(paper: Paper) -> None:
    assert (
        paper.reextract(since=datetime(2026, 3, 1, 5, tzinfo=UTC)).read == 4
    )  # three dated so, and the page without a story
    assert paper.reextract(site="news.example").read == 5
    with pytest.raises(UsageError, match="no such site"):
        paper.reextract(site="nosuch.example")


def test_a_page_that_cannot_be_read_is_named_and_tried_again(paper: Paper) -> None:
    endless = SECOND + "source = { css = 'h1', match = '^(a+)+$' }\n"
    paper.web.pages = {"/a/endless": story(1).replace(b"<h1>Story 1", b"<h1>" + b"a" * 60 + b"b")}
    paper.crawl(FIRST)
    report = paper.reextract(endless, time_limit=2.0)
    assert [line.split(": ")[0] for line in report.failed] == [f"{BASE}/a/endless"]
    assert report.read == 10
    assert paper.reextract(endless.replace("^(a+)+$", "a")).read == 10


def test_the_command_says_counts_then_examples(paper: Paper, run_cli: RunCli, tmp_path: Path) -> None:
    paper.rules(SECOND)
    paper.archive.close()
    at = ("--db", str(paper.archive.path), "--selectors", str(tmp_path))
    dry = run_cli("reextract", *at, "--dry-run", "--examples", "1")
    assert dry.returncode == 0, dry.stderr
    assert dry.stdout.splitlines()[0].split() == ["8", "title"]
    assert f"title of {BASE}/a/0\n  - Kicker 0\n  + Story 0" in dry.stdout
    assert "dry run" in dry.stderr
    # Long texts are shown from where they part.
    bodies = (
        run_cli("reextract", *at, "--dry-run", "--examples", "99")
        .stdout.partition(f"body of {BASE}/a/0\n")[2]
        .splitlines()
    )
    assert bodies[0].startswith("  - …")
    assert bodies[0].endswith("Buy now. The end.")
    assert bodies[1].endswith("The end.")
    assert "Buy" not in bodies[1]
    done = run_cli("reextract", *at, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changed"] == 8
    assert "0 pages read anew" in run_cli("reextract", *at).stderr
    assert run_cli("reextract", *at, "--site", "nosuch.example").returncode == 2


def test_a_story_counts_once_however_many_of_its_answers_are_read(paper: Paper) -> None:
    paper.web.pages["/a/0"] = story(0, " of the day")  # where the first rules are blind
    paper.crawl(FIRST, NOW + timedelta(days=1), refetch=True)
    report = paper.reextract()
    assert paper.count("snapshots where page_id = (select page_id from articles where url like '%/a/0')") == 2
    assert (report.read, report.changed, report.unchanged) == (9, 8, 0)
    assert [row["title"] for row in paper.archive.article(f"{BASE}/a/0")["revisions"]][-1] == "Story 0 of the day"


@pytest.mark.parametrize("command", ["reextract", "update"])
def test_a_site_whose_rules_are_missing_is_left_alone(paper: Paper, run_cli: RunCli, tmp_path: Path, command: str) -> None:  # fmt: skip
    """Else it is read without them, and nobody knows why all its records changed."""
    paper.archive.look_after("news.example", active=command == "update")
    before = list(paper.archive.rows("select * from articles order by id"))
    for _ in range(2):
        result = run_cli(command, "--db", paper.archive.path, "--quiet", cwd=tmp_path)
        assert "scraper: news.example: left alone: it was read by a selector file that is not in use" in result.stderr
        assert result.returncode == 3
    assert list(paper.archive.rows("select * from articles order by id")) == before
    result = run_cli(command, "--db", paper.archive.path, env={"SCRAPER_SELECTORS": str(paper.folder)}, cwd=tmp_path)
    assert "selector file" not in result.stderr


def test_an_explanation_by_other_rules_than_those_of_the_reading_says_so(
    paper: Paper, run_cli: RunCli, tmp_path: Path
) -> None:
    """Else it explains another reader's result, and nobody knows."""
    command = ("show", f"{BASE}/a/0", "--explain", "--db", paper.archive.path)
    said = run_cli(*command, cwd=tmp_path).stderr
    assert (
        said
        == f"scraper: {BASE}/a/0: read by a selector file that is not in use now; name its folder with --selectors\n"
    )
    assert not run_cli(*command, "--selectors", paper.folder, cwd=tmp_path).stderr


@pytest.mark.parametrize("command", ["reextract", "update"])
def test_a_file_that_has_no_layout_is_in_use_all_the_same(paper: Paper, command: str) -> None:
    paper.crawl("[pace]\ndelay = 0.5\n", NOW + timedelta(days=1), refetch=True)
    report = (
        paper.reextract("[pace]\ndelay = 0.5\n")
        if command == "reextract"
        else update(
            paper.archive, sites=Sites.load(paper.folder), network=Network(transport=paper.web, clock=lambda: LATER)
        )
    )
    assert "left alone" not in str(report)
    assert not getattr(report, "left", [])


def test_a_site_can_be_read_without_the_rules_that_it_had(paper: Paper, run_cli: RunCli, tmp_path: Path) -> None:
    at = ("--db", paper.archive.path)
    dry = run_cli("reextract", *at, "--without-file", "--dry-run", cwd=tmp_path)
    assert (dry.returncode, "pages read anew" in dry.stderr) == (0, True)
    assert run_cli("reextract", *at, "--dry-run", cwd=tmp_path).returncode == 3
    assert run_cli("reextract", *at, "--without-file", cwd=tmp_path).returncode == 0
    assert "0 pages read anew" in run_cli("reextract", *at, cwd=tmp_path).stderr  # and is so from now on


def test_a_dry_run_shows_its_differences_also_when_quiet(paper: Paper, run_cli: RunCli, tmp_path: Path) -> None:
    paper.rules(SECOND)
    command = ("reextract", "--db", paper.archive.path, "--selectors", paper.folder, "--quiet")
    result = run_cli(*command, "--dry-run", cwd=tmp_path)
    assert (result.returncode, result.stderr, "title" in result.stdout) == (0, "", True)
    assert run_cli(*command, cwd=tmp_path).stdout == ""


def test_an_import_does_not_forget_by_which_rules_a_site_is_read(paper: Paper) -> None:
    key, start_url, rules_hash = next(iter(paper.archive.rows("select key, start_url, rules_hash from sites"))).values()
    assert rules_hash
    guessed = msgspec.structs.replace(unknown_site("news.example"), key=key)
    paper.archive.add_site(guessed, start_url, utc_now(), active=False)
    assert [row["rules_hash"] for row in paper.archive.rows("select rules_hash from sites")] == [rules_hash]
    paper.archive.add_site(guessed, start_url, utc_now())  # a crawl that was asked for
    assert [row["rules_hash"] for row in paper.archive.rows("select rules_hash from sites")] == [""]


def test_a_batch_of_pages_costs_the_same_however_many_there_are(paper: Paper) -> None:
    from scraper.archive import rereading

    query = f"explain query plan {rereading._SELECT} {rereading._FROM} order by pages.id limit 100"
    values = rereading._values(1, "", rereading.Wanted(), 0)
    plan = [(row["parent"], row["detail"]) for row in paper.archive.rows(query, values)]
    assert (0, "SEARCH pages USING INDEX pages_site (site_id=? AND rowid>?)") in plan
    assert not any("ORDER BY" in line for parent, line in plan if not parent), plan


def test_a_run_that_is_killed_goes_on_where_it_was(paper: Paper, tmp_path: Path) -> None:
    paper.web.pages = {f"/b/{number}": story(number) for number in range(150)}
    paper.crawl(FIRST)
    paper.rules(SECOND)
    command = [
        sys.executable,
        "-m",
        "scraper",
        "reextract",
        "--db",
        str(paper.archive.path),
        "--selectors",
        str(tmp_path),
    ]
    process = subprocess.Popen(
        [*command, "--jobs", "1"], env=cli_environment(), stderr=subprocess.PIPE, start_new_session=True
    )
    while paper.count("snapshots where reader = (select reader from snapshots order by id desc limit 1)") == 159:
        if process.poll() is not None or paper.count("revisions") > 160:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    report = paper.reextract()
    assert report.outcome == "done"
    assert paper.count("articles where title like 'Story%'") == 158
    assert paper.count("revisions") == 2 * 158
    assert check(paper.archive).findings == []
