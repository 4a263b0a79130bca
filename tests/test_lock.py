"""One writer at a time, and what its transactions leave behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import cli_environment
from desk import HOME, NOW, SITE, Desk

from scraper.archive import Archive, pack
from scraper.errors import ArchiveBusy, ArchiveError, ScraperError
from scraper.records import Article, Page


def test_a_second_run_is_told_who_holds_the_archive(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db") as one, Archive.open(tmp_path / "a.db") as two:
        with one.lock():
            with pytest.raises(ArchiveBusy, match="another run holds the archive") as caught, two.lock():
                pass
            assert caught.value.exit_code == 75
        with two.lock():
            pass


def test_an_archive_has_one_lock_by_whatever_link_it_is_named(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db") as one:
        (tmp_path / "link.db").symlink_to(tmp_path / "a.db")
        with Archive.open(tmp_path / "link.db") as two, one.lock(), pytest.raises(ArchiveBusy), two.lock():
            pass


def test_a_lock_that_is_removed_while_it_is_waited_for_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def remove(*_: object) -> None:
        (tmp_path / "a.db.lock").unlink()

    monkeypatch.setattr(fcntl, "flock", remove)
    with Archive.open(tmp_path / "a.db") as one, pytest.raises(ArchiveBusy, match="was removed"), one.lock():
        pass


@pytest.mark.parametrize(
    ("name", "said"), [("a.db", "removed or replaced"), ("a.db.lock", "another one may have written")]
)
def test_who_held_what_is_gone_is_told(tmp_path: Path, name: str, said: str) -> None:
    with Archive.open(tmp_path / "a.db") as one, pytest.raises(ArchiveError, match=said), one.lock():
        (tmp_path / name).unlink()


def test_an_archive_that_was_replaced_is_told_and_another_fault_is_not_hidden(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db") as one, Archive.open(tmp_path / "b.db"):
        with pytest.raises(ArchiveError, match="replaced"), one.lock():
            (tmp_path / "b.db").replace(tmp_path / "a.db")
        with pytest.raises(ZeroDivisionError), one.lock():
            (tmp_path / "a.db").unlink()
            raise ZeroDivisionError


def test_of_a_long_command_line_the_beginning_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/bin/scraper", "crawl", *(f"https://news{n}.example/" for n in range(99))])
    with (
        Archive.open(tmp_path / "a.db") as one, Archive.open(tmp_path / "a.db") as two,
        one.lock(), pytest.raises(ArchiveBusy) as caught, two.lock(),
    ):  # fmt: skip
        pass
    assert "(scraper crawl https://news0.example/ https://news1.example/" in str(caught.value)
    assert str(caught.value).endswith(" …)")
    assert "news9.example" not in str(caught.value)


HOLD = """
import sys, time
from scraper import Archive
with Archive.open(sys.argv[1]) as archive, archive.lock():
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the archive's lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True, env=cli_environment()
    ) as process:
        watchdog = threading.Timer(20, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            watchdog.cancel()
            process.kill()


def test_the_holder_is_named_by_its_process_and_a_killed_one_holds_nothing(tmp_path: Path) -> None:
    with holder(tmp_path / "a.db") as process, Archive.open(tmp_path / "a.db") as archive:
        with pytest.raises(ArchiveBusy, match=f"process {process.pid}"), archive.lock():
            pass
        process.kill()
        process.wait(10)
        with archive.lock():
            assert Desk(archive).save("/a") == "new"


def test_what_is_archived_can_be_read_while_another_run_writes(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db") as writer, writer.lock():
        Desk(writer).save("/a", title="Readable")
        with Archive.open(tmp_path / "a.db", readonly=True) as reader:
            assert len(reader.search("readable")) == 1


def test_what_fails_in_the_middle_leaves_nothing_behind(desk: Desk) -> None:
    entry = desk.advertise("/a")
    page = Page(url=HOME + "/a", final_url=HOME + "/a", status=200, headers={}, body=b"x", fetched_at=NOW)
    broken = Article(url=HOME + "/a", site="news.example", kind="article", title=object())  # type: ignore[arg-type]
    with pytest.raises(ScraperError):
        desk.archive.save(entry, desk.site_id, page, pack(b"x"), broken, SITE, None)
    assert (desk.count("snapshots"), desk.count("blobs"), desk.count("articles")) == (0, 0, 0)
    assert desk.entry("/a").state == "pending"


def test_a_commit_that_fails_is_said_and_loses_nothing_that_comes_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Archive.open(tmp_path / "archive.db") as archive:
        transactions = archive.transactions

        def full() -> None:
            raise ArchiveError("the disk is full")

        with pytest.raises(ArchiveError), transactions.grouped():
            archive.begin_crawl({}, NOW)
            monkeypatch.setattr(transactions, "commit", full)
        monkeypatch.undo()
        archive.begin_crawl({"targets": []}, NOW)
    with Archive.open(tmp_path / "archive.db", readonly=True) as archive:
        assert [row["arguments"] for row in archive.rows("select arguments from crawls")][-1] == '{"targets": []}'


def test_an_archive_of_an_earlier_schema_gets_what_it_lacks(tmp_path: Path) -> None:
    from sqlite_utils import Database

    from scraper.archive import schema

    path = tmp_path / "archive.db"
    early = Database(path)
    early.execute(f"pragma application_id = {schema.APPLICATION_ID}")
    schema.migrations.apply(early, stop_before="0004_missing_without_deleted")
    early.close()
    with Archive.open(path) as archive:
        [view] = archive.rows("select sql from sqlite_master where name = 'missing'")
        assert "article_id is null" in view["sql"]
