"""The archive: one SQLite file, in which every story stands once, with its history and the bytes it came from."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import cli_environment
from desk import DAY, HOME, NOW, SITE, Desk

from scraper.archive import Archive, export, pack
from scraper.errors import ArchiveBusy, ArchiveError, NewerArchive, NotAnArchive, UsageError
from scraper.records import Article, Image, Judged, Link, Page, Related, iso
from scraper.sites import unknown_site


@pytest.fixture
def desk(archive: Archive) -> Desk:
    return Desk(archive)


# -- the file


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


# -- the ledger


def test_a_page_is_pending_until_it_is_settled(desk: Desk) -> None:
    entry = desk.advertise("/a")
    assert (entry.state, entry.attempts, entry.fetched_at) == ("pending", 0, None)
    assert desk.archive.ledger.open_pages(desk.site_id, None) == 1
    desk.archive.ledger.settle(entry.id, "failed", now=NOW, reason="error", detail="timed out", due_at=NOW + DAY)
    entry = desk.entry("/a")
    assert (entry.state, entry.reason, entry.attempts, entry.fetched_at) == ("failed", "error", 1, NOW)
    assert desk.archive.ledger.open_pages(desk.site_id, None) == 0


def test_pages_are_fetched_by_rank_and_then_in_the_order_of_advertising(desk: Desk) -> None:
    for path, rank in (("/old", 1), ("/new", 9), ("/also", 1)):
        desk.advertise(path, rank=rank)
    urls_in_order = [entry.url for entry in desk.archive.ledger.next_pending(desk.site_id, None, 10)]
    assert urls_in_order == [HOME + "/new", HOME + "/old", HOME + "/also"]
    assert len(desk.archive.ledger.next_pending(desk.site_id, None, 2)) == 2


def test_only_what_is_due_comes_back_the_longest_due_first(desk: Desk) -> None:
    for days, path in enumerate(("/a", "/b", "/c")):
        desk.archive.ledger.settle(desk.advertise(path).id, "failed", now=NOW, due_at=NOW + days * DAY)
    due = desk.archive.ledger.next_due(desk.site_id, NOW + DAY, 10)
    assert [entry.url for entry in due] == [HOME + "/a", HOME + "/b"]


def test_a_page_advertised_again_is_one_row_and_keeps_its_better_rank(desk: Desk) -> None:
    first = desk.advertise("/a?utm_source=x", rank=5, title="One")
    again = desk.advertise("/a", rank=3)
    assert first.id == again.id
    assert (first.url, first.advertised_url) == (HOME + "/a", HOME + "/a?utm_source=x")
    [row] = desk.archive.rows("select rank, advertised_title from pages")
    assert row == {"rank": 5, "advertised_title": "One"}


def test_more_keys_than_one_statement_takes_are_looked_up(desk: Desk) -> None:
    links = [
        Judged(Link(url=f"{HOME}/{n}", source="feed"), f"news.example/{n}", "pending", None, 0) for n in range(1201)
    ]
    desk.archive.ledger.advertise(desk.site_id, desk.crawl_id, links, NOW)
    assert len(desk.archive.ledger.lookup([f"news.example/{n}" for n in range(1300)])) == 1201


def test_a_story_that_we_have_stays_archived_whatever_a_later_look_finds(desk: Desk) -> None:
    desk.save("/a", title="Story")
    assert desk.save("/a", at=NOW + DAY, kind="wall", raw=b"<html>Just a moment") is None
    assert desk.entry("/a").state == "archived"
    assert desk.archive.article(HOME + "/a")["title"] == "Story"


def test_a_wall_in_place_of_a_known_story_does_not_end_the_looks_at_it(desk: Desk) -> None:
    desk.save("/a")
    desk.save("/a", at=NOW + DAY, kind="wall", raw=b"<html>Just a moment")
    assert desk.archive.ledger.next_due(desk.site_id, NOW + 365 * DAY, 10)


# -- readings


def test_a_first_reading_is_new_and_all_of_it_is_kept(desk: Desk) -> None:
    outcome = desk.save(
        "/a", title="T", summary="S", authors=("A", "B"), tags=("x", "y"), section="World", language="en", source="Agency",
        published_raw="2 Mar", published_zone="assumed", modified=NOW, body="One.\n\nTwo.", body_html="<p>One.</p>", word_count=2, paywalled=False,
        images=(Image(url=HOME + "/i.jpg", alt="alt", caption="cap", credit="who"),), warnings=("w",),
        related=(Related(url=HOME + "/b", text="B", kind="related"), Related(url=HOME + "/c", text="C", kind="inline")),
    )  # fmt: skip
    assert outcome == "new"
    found = desk.archive.article(1)
    wanted = {
        "title": "T", "summary": "S", "authors": ["A", "B"], "tags": ["x", "y"], "section": "World", "language": "en", "source": "Agency",
        "published": iso(NOW), "published_raw": "2 Mar", "published_zone": "assumed", "modified": iso(NOW), "body": "One.\n\nTwo.",
        "word_count": 2, "paywalled": 0, "warnings": ["w"], "site": "news.example", "deleted_at": None, "first_seen_at": iso(NOW),
    }  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted
    assert [(image["url"], image["caption"], image["credit"]) for image in found["images"]] == [
        (HOME + "/i.jpg", "cap", "who")
    ]
    assert [(link["kind"], link["url"]) for link in found["links"]] == [
        ("related", HOME + "/b"),
        ("inline", HOME + "/c"),
    ]
    assert desk.entry("/a").state == "archived"


def test_the_same_reading_again_is_no_revision(desk: Desk) -> None:
    desk.save("/a", raw=b"1", title="Same")
    assert desk.save("/a", raw=b"2", title="Same", at=NOW + DAY) == "unchanged"
    assert (desk.count("articles"), desk.count("revisions"), desk.count("snapshots")) == (1, 1, 2)


def test_a_changed_reading_is_a_revision_with_its_own_bytes(desk: Desk) -> None:
    bodies = [b"<html>one \xff\x00", b"<html>two" * 10_000, b"<html>three"]
    outcomes = [desk.save("/a", raw=body, title=f"T{n}", at=NOW + n * DAY) for n, body in enumerate(bodies)]
    assert outcomes == ["new", "changed", "changed"]
    found = desk.archive.article(1)
    assert (found["title"], found["changed_at"], found["first_seen_at"]) == ("T2", iso(NOW + 2 * DAY), iso(NOW))
    assert [row["title"] for row in found["revisions"]] == ["T0", "T1", "T2"]
    assert [desk.archive.raw(row["snapshot_id"]) for row in found["revisions"]] == bodies
    assert [desk.archive.revision(1, row["id"])["title"] for row in found["revisions"]] == ["T0", "T1", "T2"]


def test_a_story_that_goes_back_to_what_it_said_is_a_revision_once(desk: Desk) -> None:
    for n, title in enumerate(("A", "B", "A")):
        desk.save("/a", raw=title.encode(), title=title, at=NOW + n * DAY)
    assert desk.save("/a", raw=b"A", title="A", at=NOW + 3 * DAY) == "unchanged"
    assert [row["title"] for row in desk.archive.article(1)["revisions"]] == ["A", "B", "A"]


def test_the_same_bytes_are_kept_once(desk: Desk) -> None:
    for path in ("/a", "/b"):
        desk.save(path, raw=b"<html>same")
    desk.save("/a", raw=b"<html>same", at=NOW + DAY)
    assert (desk.count("blobs"), desk.count("snapshots")) == (1, 2)
    assert desk.count("snapshots", "seen_at = ?", iso(NOW + DAY)) == 1


def test_a_later_reading_replaces_authors_tags_links_and_images(desk: Desk) -> None:
    desk.save("/a", authors=("A", "B"), tags=("x",), images=(Image(url=HOME + "/1.jpg"),))
    desk.save("/a", authors=("B",), tags=("y", "z"), at=NOW + DAY)
    found = desk.archive.article(1)
    assert (found["authors"], found["tags"], found["images"]) == (["B"], ["y", "z"], [])


def test_validators_are_kept_for_the_next_visit(desk: Desk) -> None:
    desk.save("/a", headers={"etag": '"1"', "last-modified": "Mon"})
    entry = desk.entry("/a")
    assert (entry.etag, entry.last_modified) == ('"1"', "Mon")


def test_a_page_that_is_no_story_keeps_its_bytes_and_no_article(desk: Desk) -> None:
    assert desk.save("/a", kind="wall", raw=b"<html>wall") is None
    entry = desk.entry("/a")
    assert (entry.state, entry.reason, entry.article_id) == ("refused", "wall", None)
    assert (desk.count("articles"), desk.count("snapshots")) == (0, 1)


def test_damaged_bytes_are_named(desk: Desk) -> None:
    desk.save("/a")
    desk.archive.database.execute("update blobs set data = x'00112233'")
    with pytest.raises(ArchiveError, match="damaged"):
        desk.archive.raw(1)
    with pytest.raises(ArchiveError, match="no snapshot 99"):
        desk.archive.raw(99)


# -- one story, several pages


def test_the_publishers_id_makes_one_article_of_two_pages(desk: Desk) -> None:
    assert desk.save("/a", publisher_id="7", canonical_url=HOME + "/a") == "new"
    assert desk.save("/b", publisher_id="7", canonical_url=HOME + "/a") == "alias"
    assert (desk.count("articles"), desk.entry("/b").state, desk.entry("/b").article_id) == (1, "alias", 1)
    assert desk.archive.article(HOME + "/b")["id"] == 1


def test_a_story_that_moves_takes_its_history_along(desk: Desk) -> None:
    desk.save("/old", publisher_id="7", title="One")
    desk.save("/new", publisher_id="7", title="Two", at=NOW + DAY)
    found = desk.archive.article(HOME + "/new")
    assert (desk.count("articles"), found["id"], found["url"], found["title"]) == (1, 1, HOME + "/new", "Two")
    assert desk.archive.article(HOME + "/old")["id"] == 1
    assert len(found["revisions"]) == 2
    assert desk.entry("/old").state == "alias"


def test_the_same_id_on_another_site_is_another_story(desk: Desk) -> None:
    desk.save("/a", publisher_id="7")
    other = desk.archive.add_site(unknown_site("other.example"), "https://other.example/", NOW)
    desk.site_id = other
    assert desk.save("/b", publisher_id="7") == "new"
    assert desk.count("articles") == 2


def test_a_canonical_address_with_the_same_title_is_an_alias(desk: Desk) -> None:
    assert desk.save("/a", title="One", canonical_url=HOME + "/a") == "new"
    assert desk.save("/print/a", title="One", canonical_url=HOME + "/a") == "alias"
    assert desk.count("articles") == 1


def test_a_canonical_address_that_all_pages_share_makes_no_one_story_of_them(desk: Desk) -> None:
    for path in ("/a", "/b", "/c"):
        assert desk.save(path, title=f"Story {path}", canonical_url=HOME + "/news") == "new"
    assert desk.count("articles") == 3
    assert {desk.archive.article(HOME + path)["title"] for path in ("/a", "/b", "/c")} == {
        "Story /a",
        "Story /b",
        "Story /c",
    }


def test_nor_does_the_page_at_that_address_end_the_run(desk: Desk) -> None:
    desk.save("/a", title="One", canonical_url=HOME + "/news")
    assert desk.save("/news", title="Another", canonical_url=HOME + "/news") == "new"
    assert desk.count("articles") == 2
    assert desk.archive.article(HOME + "/a")["title"] == "One"
    assert desk.archive.article(HOME + "/news")["title"] == "Another"


def test_an_id_that_turns_up_on_a_known_page_later_does_not_end_the_run(desk: Desk) -> None:
    desk.save("/a", title="One", canonical_url=HOME + "/a")
    desk.save("/b", title="Two", publisher_id="7", canonical_url=HOME + "/b")
    assert desk.save("/a", title="One", publisher_id="7", canonical_url=HOME + "/a", at=NOW + DAY) is not None
    assert list(desk.archive.rows("pragma foreign_key_check")) == []


def test_a_deleted_story_is_kept_and_marked_and_may_come_back(desk: Desk) -> None:
    desk.save("/a", title="Kept")
    desk.archive.note_gone(desk.entry("/a"), 410, NOW + DAY, NOW + 2 * DAY)
    found = desk.archive.article(1)
    assert (found["title"], found["body"], found["deleted_at"]) == ("Kept", "Body of /a.", iso(NOW + DAY))
    assert (desk.entry("/a").state, desk.entry("/a").reason) == ("gone", "gone")
    assert len(desk.archive.search("kept")) == 1
    desk.archive.note_gone(desk.entry("/a"), 410, NOW + 2 * DAY, NOW + 3 * DAY)
    assert desk.archive.article(1)["deleted_at"] == iso(NOW + DAY)
    desk.save("/a", title="Kept", at=NOW + 3 * DAY)
    assert desk.archive.article(1)["deleted_at"] is None
    assert desk.entry("/a").state == "archived"


def test_a_page_that_is_not_modified_is_seen_again(desk: Desk) -> None:
    desk.save("/a")
    desk.archive.note_unchanged(desk.entry("/a"), NOW + DAY, NOW + 2 * DAY)
    assert (desk.entry("/a").state, desk.entry("/a").attempts) == ("archived", 2)
    assert desk.count("snapshots", "seen_at = ?", iso(NOW + DAY)) == 1
    assert desk.count("revisions") == 1


# -- links


@pytest.mark.parametrize("order", [("/a", "/b"), ("/b", "/a")], ids=["link first", "target first"])
def test_a_link_knows_its_target_whichever_came_first(desk: Desk, order: tuple[str, str]) -> None:
    for path in order:
        desk.save(
            path, related=(Related(url=HOME + "/b?utm_source=x", text="B", kind="related"),) if path == "/a" else ()
        )
    target = desk.archive.article(HOME + "/b")["id"]
    assert desk.targets() == [target]


@pytest.mark.parametrize("alias_first", [True, False])
def test_a_link_to_another_spelling_of_a_story_knows_it_too(desk: Desk, alias_first: bool) -> None:
    def save_target() -> None:
        desk.save("/b", publisher_id="7", canonical_url=HOME + "/b")
        desk.save("/old-b", publisher_id="7", canonical_url=HOME + "/b")

    if alias_first:
        save_target()
    desk.save("/a", related=(Related(url=HOME + "/old-b", text="B", kind="inline"),))
    if not alias_first:
        save_target()
    assert desk.targets() == [desk.archive.article(HOME + "/b")["id"]]


def test_a_link_to_a_redirected_page_knows_its_target(desk: Desk) -> None:
    desk.save("/a", related=(Related(url=HOME + "/old", text="B", kind="inline"),))
    old, new = desk.advertise("/old"), desk.advertise("/new")
    desk.archive.alias_of(old, new, NOW)
    desk.save("/new", canonical_url=HOME + "/new")
    assert desk.targets() == [desk.archive.article(HOME + "/new")["id"]]


def test_the_page_that_sent_us_on_leads_to_the_story(desk: Desk) -> None:
    old, new = desk.advertise("/old"), desk.advertise("/new")
    desk.archive.alias_of(old, new, NOW)
    desk.save("/new", title="Moved")
    assert desk.archive.article(HOME + "/old")["title"] == "Moved"


# -- search


@pytest.fixture
def library(desk: Desk) -> Desk:
    desk.save(
        "/a", title="Élection à Málaga", body="The water board met on Tuesday.", authors=("Oda Ferrin",), tags=("Mali",), section="World",
        language="en", published=NOW - 10 * DAY,
    )  # fmt: skip
    desk.save(
        "/b",
        title="Second",
        body="The board drank water. It's a peace talk.",
        authors=("Ilse Varga",),
        section="Sport",
        language="es",
        published=NOW,
    )
    desk.save("/c", title="Third", body="وصلت العاصفة إلى الساحل", language="ar", published=NOW - DAY)
    return desk


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("water board", {1, 2}),
        ('"water board"', {1}),
        ("election malaga", {1}),
        ("ÉLECTION", {1}),
        ("wat*", {1, 2}),
        ("tuesday OR talk", {1, 2}),
        ("water NOT tuesday", {2}),
        ("it's", {2}),
        ("العاصفة", {3}),
        ("title:second", {2}),
        ("nothing", set()),
        ("water-board", {1}),
    ],
)
def test_search_finds_words_phrases_and_folded_accents(library: Desk, query: str, found: set[int]) -> None:
    assert {hit.id for hit in library.archive.search(query)} == found


@pytest.mark.parametrize(
    "query",
    [
        "'",
        '"',
        '"water',
        "water'",
        "(",
        "AND",
        "OR OR",
        "NOT",
        "*",
        "^",
        "a:b:c",
        "nocolumn:x",
        "-",
        "--",
        "{x}",
        "x^2",
        "NEAR(",
        "%",
        ";",
        "\\",
        ",",
        "\x00",
        "🙂",
        "a b c d +",
    ],
)
def test_no_query_is_an_accident(library: Desk, query: str) -> None:
    try:
        assert isinstance(library.archive.search(query), list)
    except UsageError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("query", ["", "   "])
def test_an_empty_query_is_said_to_be_one(library: Desk, query: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        library.archive.search(query)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"tag": "mali"}, {1}), ({"author": "ilse varga"}, {2}), ({"section": "sport"}, {2}), ({"language": "es"}, {2}), ({"site": "news.example"}, {1, 2}),
        ({"site": "other.example"}, set()), ({"since": iso(NOW - DAY)}, {2}), ({"until": iso(NOW - DAY)}, {1}), ({"tag": "mali", "language": "es"}, set()),
        ({"tag": "'; drop table articles; --"}, set()),
    ],
)  # fmt: skip
def test_search_is_narrowed_by_filters(library: Desk, filters: dict[str, str], found: set[int]) -> None:
    assert {hit.id for hit in library.archive.search("water", **filters)} == found


def test_a_hit_shows_the_words_and_newest_goes_first_if_asked(library: Desk) -> None:
    [hit] = library.archive.search('"water board"')
    assert "[water board]" in hit.snippet or "[water] [board]" in hit.snippet
    assert [hit.id for hit in library.archive.search("water", newest=True)] == [2, 1]
    assert len(library.archive.search("water", limit=1)) == 1


def test_search_knows_what_a_story_says_now(library: Desk) -> None:
    library.save("/a", title="Rewritten", body="Another text.", at=NOW + DAY)
    assert library.archive.search("tuesday") == []
    assert [hit.id for hit in library.archive.search("rewritten")] == [1]
    library.archive.database.execute("insert into articles_fts (articles_fts, rank) values ('integrity-check', 1)")


@pytest.mark.parametrize(
    "wanted", ["nowhere", "http://[", "99", "9" * 30, "\u00b2", "-1", "", "https://news.example/none"]
)
def test_a_story_that_is_not_there_is_named(library: Desk, wanted: str) -> None:
    with pytest.raises(ArchiveError, match="not in the archive"):
        library.archive.article(wanted)


@pytest.mark.parametrize("wanted", ["1", 1, HOME + "/a", "http://www.news.example/a?utm_source=x#y"])
def test_a_story_is_found_by_id_and_any_spelling(library: Desk, wanted: str | int) -> None:
    assert library.archive.article(wanted)["id"] == 1


# -- export


def test_jsonl_has_every_story_oldest_first_with_lists(library: Desk) -> None:
    out = io.StringIO()
    assert export.write_jsonl(library.archive, out) == 3
    stories = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [story["id"] for story in stories] == [1, 3, 2]
    assert (stories[0]["authors"], stories[0]["tags"], stories[0]["related"], stories[0]["site"]) == (
        ["Oda Ferrin"],
        ["Mali"],
        [],
        "news.example",
    )
    assert stories[1]["body"] == "وصلت العاصفة إلى الساحل"
    assert "\\u" not in out.getvalue()


def test_a_line_of_jsonl_is_one_line_whatever_the_text(desk: Desk) -> None:
    desk.save("/a", body="One.\n\nTwo\u2028three\u0085four", title='"quoted"')
    out = io.StringIO()
    export.write_jsonl(desk.archive, out)
    assert out.getvalue().count("\n") == 1
    assert json.loads(out.getvalue())["body"] == "One.\n\nTwo\u2028three\u0085four"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1"])
def test_csv_cells_are_no_formulas(desk: Desk, text: str) -> None:
    desk.save("/a", title=text, authors=(text, "B"), summary="plain - text")
    out = io.StringIO(newline="")
    assert export.write_csv(desk.archive, out) == 1
    [row] = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    assert (row["title"], row["authors"], row["summary"]) == ("'" + text, f"'{text}; B", "plain - text")


def test_csv_keeps_lines_quotes_and_lists(desk: Desk) -> None:
    related = (Related(url=HOME + "/b", text='B "b"', kind="inline"),)
    desk.save("/a", body='One, "two".\n\nThree.', tags=("x", "y"), related=related, published=None)
    out = io.StringIO(newline="")
    export.write_csv(desk.archive, out)
    [row] = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    assert (row["body"], row["tags"], row["published"]) == ('One, "two".\n\nThree.', "x; y", "")
    assert json.loads(row["related"]) == [msgspec.to_builtins(related[0])]


def test_an_export_is_narrowed_by_filters(library: Desk) -> None:
    out = io.StringIO()
    assert export.write_jsonl(library.archive, out, language="es") == 1
    assert export.write_csv(library.archive, io.StringIO(), since=iso(NOW - DAY)) == 2


# -- the lock


def test_a_second_run_is_told_who_holds_the_archive(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db") as one, Archive.open(tmp_path / "a.db") as two:
        with one.lock():
            with pytest.raises(ArchiveBusy, match="another run holds the archive") as caught, two.lock():
                pass
            assert caught.value.exit_code == 75
        with two.lock():
            pass


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
    with pytest.raises((ArchiveError, TypeError, sqlite3.Error)):
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
