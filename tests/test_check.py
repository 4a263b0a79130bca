"""Each kind of damage is made, found, and mended where nothing is lost by it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import zstandard
from conftest import RunCli
from desk import DAY, HOME, NOW, Desk

from scraper.archive import Archive, pack
from scraper.archive.check import NAMED, Health, check
from scraper.archive.integrity import RULES
from scraper.archive.rereading import Broken, Wanted, pages
from scraper.archive.warc import write_warc
from scraper.blobs import unpack_record
from scraper.errors import ArchiveBusy, ArchiveError
from scraper.records import Image, Related


@pytest.fixture
def desk(archive: Archive) -> Desk:
    """Two stories that link to each other, one with a second reading; a page that redirects; a wall."""
    desk = Desk(archive)
    links = (Related(url=HOME + "/b", text="B", kind="related"),)
    desk.save("/a", title="One", authors=("Ann", "Bo"), tags=("x",), related=links)
    desk.save("/a", title="Two", authors=("Ann",), tags=("y",), related=links, at=NOW + DAY)
    desk.save("/b", title="Other", authors=("Cy",), tags=("x",), images=(Image(url=HOME + "/b.jpg", alt="B"),))
    desk.archive.note_gone(desk.entry("/b"), 404, NOW + DAY, NOW + 2 * DAY)
    desk.archive.alias_of(desk.advertise("/old"), desk.entry("/a"), NOW)
    desk.save("/wall", kind="wall", raw=b"<html>wall")
    return desk


def damage(desk: Desk, *statements: str) -> None:
    """Change the file behind the program's back."""
    connection = sqlite3.connect(desk.archive.path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def found(health: Health) -> dict[str, int]:
    return {finding.what: finding.count for finding in health.findings}


ORPHAN = pack(b"<html>nobody's")

#: What is done to the file, what a check calls it, and whether it can be mended.
DAMAGES: list[tuple[tuple[str, ...], str, bool]] = [
    (("update blobs set data = x'0011' where id = 1",), "bodies", False),
    (("update blobs set data = (select data from blobs where id = 2) where id = 1",), "bodies", False),
    (("update blobs set codec = 'rot13' where id = 1",), "bodies", False),
    (("update revisions set record = x'0011' where id = 1",), "records", False),
    (("update revisions set title = 'Forged' where id = 1",), "records", False),
    (
        (f"insert into blobs (hash, size, codec, data) values ('{ORPHAN.hash}', {ORPHAN.size}, 'zstd', x'{ORPHAN.data.hex()}')",),
        "orphaned blobs", True,
    ),
    (("delete from blobs where id = 1",), "snapshots without bytes", False),
    (("update snapshots set hash = 'ff' where id = 1",), "snapshots against blobs", False),
    (("delete from revisions where article_id = 2",), "articles without revisions", False),
    (("delete from articles where id = 2",), "revisions without articles", True),
    (("update articles set title = 'Forged' where id = 1",), "articles against their history", True),
    (("delete from article_authors where article_id = 1",), "articles against their history", True),
    (("update pages set article_id = 99 where key = 'news.example/a'",), "pages to nowhere", True),
    (("update pages set article_id = null, alias_of = null where key = 'news.example/old'",), "aliases to nothing", True),
    (("update links set target_id = 99",), "links to nowhere", True),
    (("update links set target_id = null",), "links without their target", True),
    (("insert into authors (name) values ('Nobody')",), "unused authors", True),
    (("insert into tags (name) values ('nothing')",), "unused tags", True),
    (("update visits set crawl_id = 99",), "references", False),
    (("update blobs set base_id = 3 where id = 2",), "bases", False),
    (("update blobs set base_id = 1 where id = 4", "update blobs set data = x'0011' where id = 1"), "bodies", False),
    (("drop table articles_fts",), "schema", True),
    (("drop table near_duplicates",), "schema", True),
    (("drop table articles_fts_data",), "full text", True),
    (("drop table articles_fts_idx",), "full text", True),
    (("drop table articles_fts_config", "drop table articles_fts_docsize"), "full text", True),
    (("update articles set body = cast(x'426f6479ff' as text) where id = 1",), "text", True),
    (("update articles set body_html = cast(x'3c703eff' as text) where id = 2",), "text", True),
    (("update pages set url = cast(x'ff' as text) where id = 1",), "text", False),
    (("delete from links",), "articles against their history", True),
    (("delete from images",), "articles against their history", True),
    (("update articles set body_html = '<p>Forged' where id = 1",), "articles against their history", True),
    (("update articles set kind = 'video', word_count = 99 where id = 1",), "articles against their history", True),
    (("update articles set provenance = '{' where id = 1",), "articles against their history", True),
    (("update articles set key = 'news.example/forged' where id = 1",), "addresses", True),
    (("update snapshots set headers = '{' where id = 1",), "headers", False),
    (("delete from changes where revision_id is not null",), "changes", True),
    (("update changes set after = 'Forged' where field = 'title'",), "changes", True),
    (("drop trigger articles_fts_update", "drop index links_key", "drop view latest"), "schema", True),
    (
        ("insert into articles_fts (articles_fts, rowid, title, summary, body) values ('delete', 1, 'Two', null, 'Body of /a.')",),
        "full text", True,
    ),
]  # fmt: skip


def test_an_archive_that_is_whole_is_found_to_be(desk: Desk) -> None:
    health = check(desk.archive)
    assert (health.findings, health.notes, health.is_whole) == ([], [], True)
    assert (health.counts["articles"], health.blobs_read) == (2, desk.count("blobs"))
    assert check(desk.archive, quick=True).blobs_read == 0


@pytest.mark.parametrize(
    ("statements", "what", "repairable"), DAMAGES, ids=[f"{what} {n}" for n, (_, what, _) in enumerate(DAMAGES)]
)
def test_damage_is_found_and_mended_where_it_can_be(
    desk: Desk, statements: tuple[str, ...], what: str, repairable: bool
) -> None:
    before = contents(desk)
    damage(desk, *statements)
    findings = {finding.what: finding for finding in check(desk.archive).findings}
    assert what in findings
    assert findings[what].rows
    assert findings[what].repairable == repairable
    health = check(desk.archive, repair=True)
    assert {finding.what: finding.repaired for finding in health.findings}[what] == repairable
    if repairable:
        assert health.is_whole
        assert check(desk.archive).findings == []
        assert contents(desk) == before
    else:
        assert not health.is_whole


def contents(desk: Desk) -> list[list[dict[str, Any]]]:
    """What no repair may lose, and what it brings back."""
    queries = (
        "select id, url, title, body, page_id, first_seen_at, changed_at from articles order by id",
        "select hash, read_at from revisions order by id",
        "select url, hash from snapshots order by id",
        "select article_id, url, alt from images order by article_id, position",
        "select article_id, revision_id, field, before, after from changes order by article_id, revision_id, field",
        "select id, key, kind, word_count, body_html, provenance, deleted_at from articles order by id",
        "select article_id, kind, url, target_id from links order by article_id, position",
        "select article_id, name from article_authors join authors on authors.id = author_id order by 1, position",
        "select article_id, name from article_tags join tags on tags.id = tag_id order by 1, position",
        "select article_id from pages where state = 'archived' order by id",
        "select rowid from articles_fts where articles_fts match 'body' order by rowid",
    )
    return [list(desk.archive.rows(query)) for query in queries]


def test_damaged_headers_are_told_in_a_line(desk: Desk) -> None:
    damage(desk, "update snapshots set headers = '{' where id = (select snapshot_id from articles where id = 1)")
    told: list[str] = []
    write_warc(desk.archive, BytesIO(), now=NOW, damaged=told.append)
    [broken] = [each for each in pages(desk.archive, desk.site_id, "", Wanted(again=True)) if isinstance(each, Broken)]
    assert "headers" in broken.problem
    assert len(told) == 1
    assert "headers" in told[0]


def test_every_rule_has_its_damage() -> None:
    made = {what for _, what, _ in DAMAGES}
    assert {rule.what for rule in RULES} <= made


def test_an_index_that_lacks_rows_is_made_anew(desk: Desk) -> None:
    damage(
        desk, "pragma writable_schema = on",
        "update sqlite_master set sql = 'create index articles_published on articles (published, title)' where name = 'articles_published'",
        "pragma writable_schema = reset",
    )  # fmt: skip
    with Archive.open(desk.archive.path) as archive:
        health = check(archive)
        assert [(finding.what, finding.repairable) for finding in health.findings] == [("file", True)]
        assert check(archive, repair=True).is_whole


def test_a_file_with_a_broken_page_is_said_to_be_damaged(desk: Desk) -> None:
    desk.archive.database.execute("pragma wal_checkpoint(truncate)")
    size = next(desk.archive.rows("pragma page_size"))["page_size"]
    [root] = desk.archive.rows("select rootpage from sqlite_master where name = 'snapshots'")
    desk.archive.close()
    with desk.archive.path.open("r+b") as file:
        file.seek((root["rootpage"] - 1) * size)
        file.write(b"\x55" * size)
    with Archive.open(desk.archive.path) as archive:
        health = check(archive)
        assert (health.findings[0].what, health.findings[0].repairable, health.is_whole) == ("file", False, False)


def test_nothing_is_deleted_by_the_word_of_a_damaged_index(desk: Desk) -> None:
    desk.archive.database.execute("pragma wal_checkpoint(truncate)")
    size = next(desk.archive.rows("pragma page_size"))["page_size"]
    query = "select name, rootpage from sqlite_master where name in ('snapshots_blob', 'listings')"
    roots = {row["name"]: row["rootpage"] for row in desk.archive.rows(query)}
    bodies = desk.count("blobs")
    desk.archive.close()
    with desk.archive.path.open("r+b") as file:
        file.seek((roots["snapshots_blob"] - 1) * size)
        file.write(b"\x0a\0\0\0\0\x10\0\0")  # an index without entries
        file.seek((roots["listings"] - 1) * size + 5)
        file.write(b"\0\x40")  # any second fault
    with Archive.open(desk.archive.path) as archive:
        health = check(archive, repair=True)
        assert not health.is_whole
        assert any("nothing is mended" in note for note in health.notes)
        assert next(archive.rows("select count(*) as n from blobs"))["n"] == bodies


def test_the_body_of_a_snapshot_that_is_lost_is_kept(desk: Desk) -> None:
    bodies = desk.count("blobs")
    damage(desk, "delete from snapshots where id in (1, 2)")
    health = check(desk.archive, repair=True)
    assert {"orphaned blobs", "references"} <= set(found(health))
    assert not health.is_whole
    assert desk.count("blobs") == bodies


def test_a_record_that_says_something_else_is_damaged_and_mends_nothing(desk: Desk) -> None:
    [row] = desk.archive.rows("select record from revisions where id = 2")
    forged = unpack_record(row["record"]) | {"body": "Body of another."}
    packed = zstandard.ZstdCompressor().compress(json.dumps(forged).encode())
    damage(desk, f"update revisions set record = x'{packed.hex()}' where id = 2")
    assert found(check(desk.archive, repair=True)) == {"records": 1}
    assert desk.archive.article(1)["body"] == "Body of /a."


def test_a_flipped_bit_is_never_taken_for_what_was_stored(desk: Desk) -> None:
    for table, column, read in (
        ("blobs", "data", lambda: desk.archive.bodies.get(1)),
        ("revisions", "record", lambda: desk.archive.revision(1, 1)),
    ):
        [row] = desk.archive.rows(f"select {column} as data from {table} where id = 1")
        whole = read()
        for place in range(len(row["data"]) * 8):
            data = bytearray(row["data"])
            data[place // 8] ^= 1 << place % 8
            desk.archive.database.execute(f"update {table} set {column} = ? where id = 1", [bytes(data)])
            try:
                assert read() == whole
            except ArchiveError as error:
                assert "damaged" in error.message
        desk.archive.database.execute(f"update {table} set {column} = ? where id = 1", [row["data"]])
        assert read() == whole


def test_some_rows_are_named_and_all_are_counted(desk: Desk) -> None:
    damage(desk, *(f"insert into tags (name) values ('t{n}')" for n in range(9)))
    [finding] = check(desk.archive).findings
    assert (finding.count, len(finding.rows)) == (9, NAMED)


def test_only_a_repair_takes_the_lock(desk: Desk) -> None:
    with Archive.open(desk.archive.path) as other, other.lock():
        assert check(desk.archive).is_whole
        with pytest.raises(ArchiveBusy):
            check(desk.archive, repair=True)


def test_progress_is_told(desk: Desk) -> None:
    told: list[tuple[int, int]] = []
    watch: Callable[[int, int], None] = lambda done, total: told.append((done, total))  # noqa: E731
    check(desk.archive, watch=watch)
    assert told[-1] == (desk.count("blobs"), desk.count("blobs"))


def test_check_of_the_command_line(desk: Desk, run_cli: RunCli, tmp_path: Path) -> None:
    whole = run_cli("check")
    assert (whole.returncode, whole.stdout) == (0, "")
    assert whole.stderr.startswith("whole: ")
    damage(desk, "insert into tags (name) values ('nothing')")
    damaged = run_cli("check", "--quick", "-q")
    assert (damaged.returncode, damaged.stderr) == (1, "")
    assert damaged.stdout == "tags of no article: 1, can be mended with --repair\n    tag nothing\n"
    told = run_cli("check", "--json")
    assert (told.returncode, json.loads(told.stdout)["findings"][0]["what"]) == (1, "unused tags")
    mended = run_cli("check", "--repair")
    assert (mended.returncode, mended.stdout.splitlines()[0]) == (0, "tags of no article: 1, mended")
    missing = run_cli("check", "--db", "nowhere.db")
    assert (missing.returncode, len(missing.stderr.splitlines())) == (1, 1)


def test_a_check_of_a_file_that_cannot_be_read_says_so_to_its_end(desk: Desk, run_cli: RunCli) -> None:
    page = next(desk.archive.rows("select rootpage from sqlite_master where name = 'pages'"))["rootpage"]
    size = next(desk.archive.rows("pragma page_size"))["page_size"]
    desk.archive.database.execute("pragma wal_checkpoint(truncate)")
    with desk.archive.path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    result = run_cli("check")
    assert result.returncode == 1
    assert "faults that SQLite finds in the file: " in result.stdout
    assert result.stderr.splitlines()[-1] == "damaged: what is in it could not be counted"
