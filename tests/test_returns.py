"""Pages that go back to earlier bytes, and answers whose readings were alike: each reading stands by the bytes that say it."""

from __future__ import annotations

import base64
import hashlib
import itertools
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from desk import DAY, HOME, NOW, Desk
from importing import imported, record, rows, story
from test_captures import bring
from webs import ONE, Webs, sitemap
from webs import story as page

from scraper.archive import Archive, captures
from scraper.archive.check import check
from scraper.archive.warc import write_warc
from scraper.imports import import_warc
from scraper.records import iso
from scraper.reextract import reextract
from scraper.sites import Sites

RULES = "name = 'One'\n[pace]\ndelay = 0.0\n[[layout]]\ntitle = 'h1'\nbody = '{}'\ndate = {{ css = 'time', attr = 'datetime' }}\n"
URL = f"{ONE}/a/a-story-of-0"


@pytest.fixture
def desk(archive: Archive) -> Desk:
    return Desk(archive)


def days(archive: Archive) -> list[tuple[int, str, bool]]:
    """The readings: the day after the first capture, the title, whether the snapshot says so."""
    query = "select read_at, title, snapshot_id from revisions order by read_at, id"
    return [
        ((datetime.fromisoformat(row["read_at"]) - NOW).days, row["title"], row["title"].encode() in archive.raw(row["snapshot_id"]))
        for row in archive.rows(query)
    ]  # fmt: skip


# -- bytes and readings


def test_a_reading_that_comes_back_stands_by_its_own_bytes_in_whatever_order_captures_come(tmp_path: Path) -> None:
    said = [(1, "Beta"), (2, "Alpha"), (3, "Beta"), (4, "Alpha")]
    for number, order in enumerate(itertools.permutations(said)):
        with Archive.open(tmp_path / f"{number}.db") as archive:
            Desk(archive)
            for day, title in order:
                bring(archive, "/a", NOW + day * DAY, raw=f"<html>{title}".encode(), title=title)
            assert days(archive) == [(day, title, True) for day, title in said], order
            assert set(rows(archive, "select cause from changes")) == {("page",)}, order
            newest = rows(archive, "select snapshot_id from revisions order by read_at desc, id desc limit 1")
            assert rows(archive, "select snapshot_id from articles") == newest, order


def test_a_snapshot_has_the_headers_of_its_first_answer(desk: Desk) -> None:
    for day in (8, 6, 7):
        bring(desk.archive, "/a", NOW + day * DAY, raw=b"<html>the same")
    [(at, headers)] = rows(desk.archive, "select fetched_at, headers from snapshots")
    assert at == iso(NOW + 6 * DAY)
    assert at in headers


def sha1(body: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()


def test_bytes_that_flap_are_found_by_the_visit_or_the_digest(desk: Desk) -> None:
    for day, body in ((1, b"A"), (2, b"B"), (3, b"A"), (4, b"B")):
        bring(desk.archive, "/a", NOW + day * DAY, raw=body)
    for day, body in ((1, b"A"), (2, b"B"), (3, b"A"), (4, b"B")):
        assert captures.body_at(desk.archive, HOME + "/a", NOW + day * DAY) == body
    between, digest = NOW + 2.5 * DAY, "sha1:NXOQI4GMZS7AW2WNQWQYZNPJLTHY3ASP"
    assert captures.body_at(desk.archive, HOME + "/a", between, sha1(b"A")) == b"A"
    assert captures.body_at(desk.archive, HOME + "/a", between, sha1(b"B")) == b"B"
    assert captures.body_at(desk.archive, HOME + "/a", between, digest) in (b"A", b"B")


def test_a_revisit_has_the_bytes_that_it_refers_to(archive: Archive) -> None:
    def at(day: int) -> str:
        return f"2024-11-{day:02}T09:30:00Z"

    bodies = {day: story("Alpha" if day % 2 else "Beta") for day in range(1, 5)}
    made = [record(body=body, date=at(day)) for day, body in bodies.items()]
    made.append(record(body=b"", kind="revisit", date=at(5), WARC_Refers_To_Date=at(3)))
    imported(archive, b"".join(made), "a.warc")
    said = rows(archive, "select title, read_at from revisions order by read_at")
    assert said == [("Alpha" if day % 2 else "Beta", at(day)) for day in range(1, 6)]


def test_a_round_trip_keeps_every_return(desk: Desk, tmp_path: Path) -> None:
    said = [(1, "Alpha"), (2, "Beta"), (3, "Alpha"), (4, "Beta"), (5, "Alpha")]
    for day, title in said:
        bring(desk.archive, "/a", NOW - (100 - day) * DAY, raw=story(title), title=title)
    out = BytesIO()
    write_warc(desk.archive, out, now=NOW)
    (tmp_path / "a.warc.gz").write_bytes(out.getvalue())
    with Archive.open(tmp_path / "new.db") as new:
        import_warc([str(tmp_path / "a.warc.gz")], new, sites=Sites(), now=NOW)
        query = "select read_at, title from revisions order by read_at"
        assert rows(new, query) == rows(desk.archive, query)
        assert len(rows(new, query)) == 5
        query = "select at, outcome from visits order by at"
        assert rows(new, query) == rows(desk.archive, query)


# -- validators


@pytest.mark.parametrize("between", ["story", "wall"])
def test_not_modified_is_said_of_the_answer_whose_validators_were_sent(archive: Archive, between: str) -> None:
    wall = b"<html><title>Just a moment...</title><p>Checking your browser before accessing one.example.</p></html>"
    webs = Webs(
        archive, {f"{ONE}/sitemap.xml": sitemap(URL), f"{ONE}/": b"<html>", URL: (200, page("Alpha"), {"etag": '"a"'})}
    )
    webs.crawl()
    for answer in (page("Beta") if between == "story" else wall, (200, page("Alpha"), {"etag": '"a"'})):
        webs.now += timedelta(hours=1)
        webs.pages[URL] = answer
        webs.crawl(refetch=True)
    assert [("if-none-match" in request.headers) for request in webs.requests if str(request.url) == URL] == [
        False,
        True,
        False,
    ]
    webs.now += timedelta(hours=1)
    webs.pages[URL] = (304, b"", {})
    webs.crawl(refetch=True)
    assert archive.article(URL)["title"] == "Alpha"
    [(snapshot, seen)] = rows(archive, "select id, seen_at from snapshots order by seen_at desc limit 1")
    assert (snapshot, seen) == (1, iso(webs.now))
    assert rows(archive, "select snapshot_id from visits order by at desc, id desc limit 1") == [(1,)]


# -- read anew


def blind_then_seeing(archive: Archive, folder: Path, *said: str) -> tuple[Webs, Sites, list[str]]:
    """A page that says one thing after the other, crawled with rules that see only what does not change; rules that see."""
    webs = Webs(archive, {f"{ONE}/sitemap.xml": sitemap(URL), f"{ONE}/": b"<html>"})
    teaser = "<p class=teaser>" + "It is about the bridge, and about the council. " * 5 + "</p>"
    (folder / "one.example.toml").write_text(RULES.format(".teaser"))
    blind, times = Sites.load(folder), []
    for text in said:
        webs.pages[URL] = page("Title").replace(b"<article>", f"{teaser}<article><p>{text} was said.</p>".encode())
        webs.crawl(sites=blind, refetch=True)
        times.append(iso(webs.now) or "")
        webs.now += DAY
    (folder / "one.example.toml").write_text(RULES.format("article"))
    return webs, Sites.load(folder), times


def first_words(archive: Archive) -> list[tuple[str, str]]:
    """When, and the first word of what, the story said by the rules of the last reading."""
    rules = rows(archive, "select rules_hash from revisions order by id desc limit 1")[0][0]
    query = "select id, read_at from revisions where rules_hash = ? order by read_at, id"
    return [(row["read_at"], archive.revision(1, row["id"])["body"].split()[0]) for row in archive.rows(query, [rules])]


@pytest.mark.parametrize("said", [("First", "Second", "Third"), ("First", "Second", "First"), ("First",)])
def test_answers_that_blind_rules_took_for_one_are_all_read_anew(
    archive: Archive, tmp_path: Path, said: tuple[str, ...]
) -> None:
    _, seeing, times = blind_then_seeing(archive, tmp_path, *said)
    assert len(rows(archive, "select 1 from revisions")) == 1
    report = reextract(archive, sites=seeing, jobs=1)
    assert (report.read, report.total, report.failed) == (1, 1, [])
    assert first_words(archive) == list(zip(times, said, strict=True))
    assert archive.article(URL)["body"].startswith(said[-1])
    again = reextract(archive, sites=seeing, jobs=1, again=True)
    assert (again.read, again.changed, again.lost) == (1, 0, 0)
    assert first_words(archive) == list(zip(times, said, strict=True))
    assert check(archive).findings == []


def test_in_an_archive_of_an_earlier_version_the_last_answer_is_read_too(archive: Archive, tmp_path: Path) -> None:
    _, seeing, times = blind_then_seeing(archive, tmp_path, "First", "Second", "First")
    archive.database.execute("update visits set snapshot_id = null")
    archive.database.conn.commit()
    reextract(archive, sites=seeing, jobs=1)
    assert first_words(archive) == list(zip(times, ("First", "Second", "First"), strict=True))


def test_a_run_that_is_stopped_between_two_answers_reads_them_again(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scraper.archive import rereading

    _, seeing, times = blind_then_seeing(archive, tmp_path, "First", "Second")
    keep, kept = rereading.keep, []

    def once(*arguments: Any) -> object:
        kept.append(arguments)
        if len(kept) == 2:
            raise KeyboardInterrupt
        return keep(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(rereading, "keep", once)
        with pytest.raises(KeyboardInterrupt):
            reextract(archive, sites=seeing, jobs=1)
    reextract(archive, sites=seeing, jobs=1)
    assert first_words(archive) == list(zip(times, ("First", "Second"), strict=True))


def test_a_wall_that_stood_there_for_a_time_is_no_lost_story(archive: Archive, tmp_path: Path) -> None:
    webs, seeing, _ = blind_then_seeing(archive, tmp_path, "First")
    webs.pages[URL] = (
        b"<html><title>Just a moment...</title><p>Checking your browser before accessing one.example.</p></html>"
    )
    webs.crawl(sites=seeing, refetch=True)
    report = reextract(archive, sites=seeing, jobs=1, again=True)
    assert (report.read, report.lost) == (1, 0)
    assert archive.article(URL)["body"].startswith("First")
