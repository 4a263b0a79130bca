"""Archives of every earlier schema open, are brought to today's, and keep all of their rows.

``PYTHONPATH=tests python -m tests.test_migrations`` writes the fixtures that are missing: what a small archive is under each schema.
"""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest
from conftest import RunCli
from sqlite_utils import Database

from scraper.archive import Archive, listings, schema
from scraper.archive.check import check
from scraper.errors import ArchiveError

FIXTURES = Path(__file__).parent / "fixtures" / "archives"
MIGRATIONS = [migration.name for migration in schema.migrations._migrations]
SHADOWS = ("articles_fts_data", "articles_fts_idx", "articles_fts_docsize", "articles_fts_config")


def restored(name: str, path: Path) -> dict[str, list[Any]]:
    """Make the archive of a fixture; its rows, by table."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript((FIXTURES / f"{name}.sql").read_text("utf-8"))
    rows = contents(connection)
    connection.close()
    return rows


def contents(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    """All rows of all tables, but for the marks of the migrations themselves."""
    tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table' order by name")]
    return {
        table: connection.execute(f"select * from {table} order by 1, 2").fetchall()
        for table in tables
        if table not in (*SHADOWS, "_sqlite_migrations", "articles_fts", "sqlite_sequence")
    }


def objects(connection: sqlite3.Connection) -> list[Any]:
    return connection.execute("select type, name, sql from sqlite_master order by type, name").fetchall()


def test_every_schema_has_its_archive() -> None:
    assert sorted(path.stem for path in FIXTURES.glob("*.sql")) == MIGRATIONS, (
        "PYTHONPATH=tests python -m tests.test_migrations"
    )


@pytest.mark.parametrize("name", MIGRATIONS)
def test_an_archive_of_an_earlier_schema_is_brought_to_todays_with_all_its_rows(tmp_path: Path, name: str) -> None:
    before = restored(name, tmp_path / "old.db")
    assert all(rows for table, rows in before.items() if table != "listings")
    with Archive.open(tmp_path / "old.db") as old, Archive.open(tmp_path / "new.db") as new:
        connection = old.database.conn
        after = contents(connection)
        # What is added later stands behind the columns that were there.
        assert {table: [row[: len(rows[0])] for row in after[table]] for table, rows in before.items() if rows} == {
            table: rows for table, rows in before.items() if rows
        }
        assert objects(connection) == objects(new.database.conn)
        assert [row["name"] for row in old.rows("select name from _sqlite_migrations order by id")] == MIGRATIONS
        assert [hit.title for hit in old.search("bridge")] == ["The bridge is open"]
        assert check(old).findings == []


@pytest.mark.parametrize("name", MIGRATIONS[: MIGRATIONS.index("0004_missing_without_deleted")])
def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path, name: str) -> None:
    before = restored(name, tmp_path / "old.db")
    connection = sqlite3.connect(tmp_path / "old.db", isolation_level=None)
    marks = connection.execute("select name from _sqlite_migrations").fetchall()
    # The fourth migration drops a view of this name: with a table in its place it fails, after those before it.
    connection.execute("drop view if exists missing")
    connection.execute("create table missing (id integer, url text)")
    there = objects(connection)
    with pytest.raises(ArchiveError) as caught:
        Archive.open(tmp_path / "old.db")
    assert str(caught.value).startswith(f"{tmp_path / 'old.db'}: ")
    assert "\n" not in str(caught.value)
    assert objects(connection) == there
    assert connection.execute("select name from _sqlite_migrations").fetchall() == marks
    assert {table: rows for table, rows in contents(connection).items() if table != "missing"} == before
    connection.close()


@pytest.mark.parametrize("name", MIGRATIONS[:-1])
def test_commands_that_only_read_bring_an_older_archive_to_todays_schema(
    tmp_path: Path, run_cli: RunCli, name: str
) -> None:
    restored(name, tmp_path / "archive.db")
    for command in (
        "show 1",
        "show 1 --raw",
        "why https://news.example/a",
        "reextract --dry-run",
        "export warc -o a.warc",
        "search bridge",
    ):
        done = run_cli(*command.split())
        assert (done.returncode, "no such column" in done.stderr) == (0, False), done.stderr


def test_an_older_archive_that_cannot_be_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(database: Database) -> None:
        database.execute("pragma query_only = on")
        database.execute("create table more (n)")

    restored(MIGRATIONS[0], tmp_path / "a.db")
    monkeypatch.setattr(schema, "prepare", refuse)
    with pytest.raises(
        ArchiveError, match="made by an earlier version, and cannot be brought up to date: cannot be written"
    ):
        Archive.open(tmp_path / "a.db", readonly=True)


def test_page_keys_of_earlier_editions_are_todays(tmp_path: Path) -> None:
    from desk import Desk

    with Archive.open(tmp_path / "a.db") as archive:
        desk = Desk(archive)
        desk.save("/story/amp/", title="A bridge")
        for statement in (
            "update pages set key = 'news.example/story'", "update articles set key = 'news.example/story'",
            "delete from _sqlite_migrations where name = '0012_amp_below_a_slash'",
        ):  # fmt: skip
            archive.database.execute(statement)
        archive.database.conn.commit()
    with Archive.open(tmp_path / "a.db") as archive:
        assert archive.ledger.entry("news.example/story/") is not None
        assert check(archive).findings == []


def test_a_newer_archive_is_refused_in_one_line(tmp_path: Path, run_cli: RunCli) -> None:
    restored(MIGRATIONS[-1], tmp_path / "archive.db")
    connection = sqlite3.connect(tmp_path / "archive.db")
    connection.execute("insert into _sqlite_migrations (migration_set, name) values ('scraper', '9999_future')")
    connection.commit()
    there = objects(connection)
    for command in (("search", "bridge"), ("update",), ("check", "--repair"), ("import", "html", "-")):
        result = run_cli(*command, input="<html>")
        assert (result.returncode, result.stdout) == (1, "")
        assert (
            result.stderr == "scraper: archive.db: made by a later version of this program (9999_future); upgrade it\n"
        )
    assert objects(connection) == there
    connection.close()


def dump(name: str) -> str:
    """An archive with a row of each kind, as SQL, under the schema that ends with this migration."""
    with tempfile.TemporaryDirectory() as folder:
        _sample(Path(folder) / "today.db")
        early = Database(Path(folder) / "early.db")
        early.execute(f"pragma application_id = {schema.APPLICATION_ID}")
        following = MIGRATIONS[MIGRATIONS.index(name) + 1 :]
        schema.migrations.apply(early, **({"stop_before": following[0]} if following else {}))
        early.execute("pragma foreign_keys = off")
        early.execute("attach ? as today", [str(Path(folder) / "today.db")])
        for table in contents(early.conn):
            columns = ", ".join(row[1] for row in early.execute(f"pragma table_info({table})"))
            early.execute(f"insert into {table} ({columns}) select {columns} from today.{table}")
        early.conn.commit()
        text = _as_sql(early.conn)
        early.close()
    return text


def _sample(path: Path) -> None:
    from desk import DAY, HOME, NOW, Desk

    from scraper.archive.duplicates import link
    from scraper.records import Image, Related

    with Archive.open(path) as archive:
        desk = Desk(archive)
        archive.add_seed(desk.site_id, HOME + "/", whole_site=True)
        listings.note(archive, desk.site_id, HOME + "/feed.xml", None, "feed", 2, None, NOW, headers={}, judged_by="")
        parts: dict[str, Any] = {
            "authors": ("Ann",), "tags": ("Water",), "images": (Image(url=HOME + "/i.jpg", alt="a bridge"),),
            "related": (Related(url=HOME + "/b", text="B", kind="related"),),
        }  # fmt: skip
        desk.save("/a", title="The bridge is closed", body="For repairs.", **parts)
        desk.save("/a", title="The bridge is open", body="Since today.", at=NOW + DAY, **parts)
        desk.save("/b", title="Rain", body="All week.")
        copy = " ".join(f"word{number}" for number in range(60))
        for twin in ("/c", "/d"):
            desk.save(twin, title="Sun", body=copy)
        link(archive)
        desk.save("/wall", kind="wall", raw=b"<html>wall")
        archive.note_left("slow.example", NOW + DAY)
        archive.end_crawl(desk.crawl_id, "[]", "done", NOW + DAY)


def _as_sql(connection: sqlite3.Connection) -> str:
    """Tables and rows first; what looks at them, or is made from them, after."""
    lines = [f"pragma application_id = {schema.APPLICATION_ID};"]
    made = connection.execute(
        "select type, name, sql from sqlite_master where sql is not null order by rowid"
    ).fetchall()
    for kind, name, sql in made:
        if kind != "table" or name in (*SHADOWS, "articles_fts", "sqlite_sequence"):
            continue
        lines.append(f"{sql};")
        columns = ", ".join(f"quote({row[1]})" for row in connection.execute(f"pragma table_info({name})"))
        for row in connection.execute(f"select {columns} from {name} order by 1, 2"):
            lines.append(f"insert into {name} values ({', '.join(map(str, row))});")
    for kind, name, sql in made:
        if name == "articles_fts":
            lines += [f"{sql};", "insert into articles_fts (articles_fts) values ('rebuild');"]
        elif kind != "table":
            lines.append(f"{sql};")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for migration in MIGRATIONS:
        if not (FIXTURES / f"{migration}.sql").exists():
            (FIXTURES / f"{migration}.sql").write_text(dump(migration), "utf-8")
