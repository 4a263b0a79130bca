"""One damaged page or reading costs itself: runs over the archive tell it and go on."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from conftest import RunCli
from webs import NOW, ONE, Webs, stories, story

from scraper.archive import Archive
from scraper.archive.check import check
from scraper.archive.warc import write_warc
from scraper.reextract import reextract


@pytest.fixture
def webs(archive: Archive) -> Webs:
    """A site of four stories, crawled."""
    webs = Webs(archive, stories(ONE, 4))
    webs.crawl()
    return webs


def damage(webs: Webs, statement: str) -> None:
    webs.archive.database.execute(statement)
    webs.archive.database.conn.commit()


def test_a_damaged_reference_stops_no_crawl(webs: Webs) -> None:
    damage(webs, "update blobs set data = x'00' where id = (select reference_id from sites)")
    with Archive.open(webs.archive.path) as archive:  # which has nothing at hand
        before = check(archive).findings
        assert Webs(archive, stories(ONE, 9)).crawl().total("new") == 5
        assert check(archive).findings == before
        assert [finding.what for finding in before] == ["bodies"]


def test_a_damaged_page_is_told_and_the_others_are_read_anew(webs: Webs, run_cli: RunCli) -> None:
    damage(webs, "update blobs set data = x'00' where id = 4")
    report = reextract(webs.archive, jobs=1, again=True)
    assert (report.read, report.unchanged, len(report.failed)) == (4, 3, 1)
    assert "blob 4" in report.failed[0]
    said = run_cli("reextract", "--again", "--db", webs.archive.path)
    assert (said.returncode, "Traceback" in said.stderr) == (1, False)


def test_a_damaged_reading_is_passed_over_when_the_page_changes(webs: Webs) -> None:
    url = f"{ONE}/a/a-story-of-0"
    damage(webs, "update revisions set record = x'00' where article_id = 1")
    webs.now += timedelta(days=1)
    webs.pages |= {url: story("Another title"), f"{ONE}/a/a-story-of-1": story("Changed, too")}
    report = webs.crawl(refetch=True)
    assert (report.exit_code, report.total("changed")) == (0, 2)
    assert reextract(webs.archive, jobs=1, again=True).failed == []


def test_an_export_leaves_out_what_is_damaged_and_says_so(webs: Webs, run_cli: RunCli) -> None:
    damage(webs, "update blobs set data = x'00' where id = 4")
    damage(webs, "update revisions set record = x'00' where article_id = 1")
    told: list[str] = []
    assert write_warc(webs.archive, BytesIO(), now=NOW, damaged=told.append) == 3
    assert len(told) == 2
    said = run_cli("export", "warc", "-o", "out.warc.gz", "--db", webs.archive.path)
    assert said.returncode == 1
    assert "3 snapshots written" in said.stderr
    assert "blob 4" in said.stderr
