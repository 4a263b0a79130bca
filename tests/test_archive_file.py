"""The file of an archive: made, opened, refused."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from desk import HOME, NOW, SITE, Desk

from scraper.archive import Archive, schema
from scraper.archive.sqlite import Database
from scraper.errors import ArchiveError, NewerArchive, NotAnArchive


def test_a_new_archive_is_made_and_opens_again_with_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Archive.open(path) as archive:
        Desk(archive).save("/a", title="Kept")
    for options in ({}, {"create": False}, {"readonly": True}):
        with Archive.open(path, **options) as archive:  # type: ignore[arg-type]
            assert archive.article(HOME + "/a")["title"] == "Kept"
            assert next(archive.rows("pragma integrity_check")) == {"integrity_check": "ok"}


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"

    def schema() -> list[dict[str, Any]]:
        with Archive.open(path) as archive:
            return list(archive.rows("select name, sql from sqlite_master order by name"))

    assert schema() == schema()


def test_the_file_says_what_it_is_and_keeps_its_keys(archive: Archive) -> None:
    assert next(archive.rows("pragma application_id"))["application_id"] == 0x6E657773
    assert next(archive.rows("pragma journal_mode"))["journal_mode"] == "wal"
    assert next(archive.rows("pragma foreign_keys"))["foreign_keys"] == 1
    assert not list(archive.rows("pragma foreign_key_check"))


@pytest.mark.parametrize("readonly", [False, True])
def test_a_text_file_is_no_archive_and_stays_as_it_is(tmp_path: Path, readonly: bool) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes")
    with pytest.raises(NotAnArchive, match=r"notes\.txt: not an archive"):
        Archive.open(path, readonly=readonly)
    assert path.read_text() == "my notes"


@pytest.mark.parametrize("readonly", [False, True])
def test_another_programs_database_is_no_archive_and_stays_as_it_is(tmp_path: Path, readonly: bool) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("create table pages (id integer)")
    connection.commit()
    connection.close()
    with pytest.raises(NotAnArchive):
        Archive.open(path, readonly=readonly)
    connection = sqlite3.connect(path)
    assert connection.execute("select name from sqlite_master").fetchall() == [("pages",)]
    assert connection.execute("pragma journal_mode").fetchall() == [("delete",)]
    connection.close()


def test_an_archive_that_another_process_makes_at_this_moment_is_one(tmp_path: Path) -> None:
    """Two first crawls at once: the file is there, and empty, when the second one looks."""
    path = tmp_path / "a.db"
    sqlite3.connect(path).close()
    looks = []

    class Meanwhile(Database):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            looks.append(arguments)
            if len(looks) > 1:
                return super().execute(*arguments)
            found = json.dumps([row[0] for row in super().execute(*arguments)])
            Archive.open(path).close()
            return super().execute("select value from json_each(?)", [found])

    schema.check(Meanwhile(sqlite3.connect(path, isolation_level=None), recursive_triggers=False), "a.db")
    assert len(looks) > 1


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"SQLite format 3\x00" + b"\x07" * 5000)
    with pytest.raises(ArchiveError, match=r"a\.db"):
        Archive.open(path)


def test_an_empty_file_becomes_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.touch()
    with Archive.open(path) as archive:
        assert Desk(archive).save("/a") == "new"


def test_an_archive_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    Archive.open(path).close()
    connection = sqlite3.connect(path)
    table = "_sqlite_migrations"
    columns = [row[1] for row in connection.execute(f"pragma table_info({table})")]
    values = {"migration_set": "scraper", "name": "9999_future", "applied_at": "2030-01-01"}
    named = [name for name in columns if name in values]
    connection.execute(
        f"insert into {table} ({', '.join(named)}) values ({', '.join('?' * len(named))})",
        [values[name] for name in named],
    )
    connection.commit()
    connection.close()
    for readonly in (False, True):
        with pytest.raises(NewerArchive, match="9999_future"):
            Archive.open(path, readonly=readonly)


def test_a_folder_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="a folder"):
        Archive.open(tmp_path)


@pytest.mark.parametrize("options", [{"create": False}, {"readonly": True}])
def test_a_missing_archive_is_not_made_by_reading(tmp_path: Path, options: dict[str, bool]) -> None:
    with pytest.raises(ArchiveError, match="no such archive"):
        Archive.open(tmp_path / "a.db", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="no such folder"):
        Archive.open(tmp_path / "nowhere" / "a.db")


def test_what_cannot_be_written_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    Archive.open(path).close()
    with Archive.open(path, readonly=True) as archive, pytest.raises(ArchiveError, match="cannot be written") as caught:
        archive.add_site(SITE, HOME, NOW)
    assert str(path) in str(caught.value)


def test_odd_names_of_files_are_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "a b%20?mode=ro#x é.db"
    with Archive.open(path) as archive:
        assert Desk(archive).save("/a") == "new"
    assert path.is_file()
