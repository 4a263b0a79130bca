"""Pages captured elsewhere: each at its own time, in whatever order they come."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from desk import DAY, HOME, NOW, SITE, Desk

from scraper.archive import Archive, captures, pack
from scraper.records import Article, Judged, Link, Page, iso
from scraper.sites import Site, unknown_site


@pytest.fixture
def desk(archive: Archive) -> Desk:
    return Desk(archive)


def bring(
    archive: Archive, path: str, at: datetime, *, raw: bytes = b"", site: Site = SITE, home: str = HOME, **fields: Any
) -> str:
    """Import one capture; what became of it."""
    url = home + path
    record = {"url": url, "site": site.key, "kind": "article", "title": path, "body": "Text.", "published": NOW}
    article = Article(**(record | fields))
    raw = raw or repr(fields).encode()
    page = Page(url=url, final_url=url, status=200, headers={"etag": iso(at) or ""}, body=raw, fetched_at=at)
    return captures.keep(archive, page, pack(raw), article, site, found_in="a.warc.gz", now=NOW + 900 * DAY)


def history(archive: Archive, article_id: int = 1) -> list[tuple[str, str]]:
    return [(row["title"], row["read_at"]) for row in archive.article(article_id)["revisions"]]


def test_a_capture_is_kept_at_its_own_time_with_the_file_that_had_it(desk: Desk) -> None:
    assert bring(desk.archive, "/a", NOW - DAY) == "new"
    found = desk.archive.why(HOME + "/a")
    assert found is not None
    assert (found["state"], found["found_by"], found["found_in"]) == ("archived", "import", "a.warc.gz")
    assert (found["found_at"], found["fetched_at"]) == (iso(NOW + 900 * DAY), iso(NOW - DAY))
    assert (found["attempts"], found["due_at"]) == (0, None)  # nobody asked for it, and nobody will by itself
    assert [(visit["at"], visit["outcome"], visit["status"]) for visit in found["visits"]] == [
        (iso(NOW - DAY), "archived", 200)
    ]
    assert found["snapshots"][0]["fetched_at"] == iso(NOW - DAY)
    assert desk.archive.article(1)["first_seen_at"] == iso(NOW - DAY)


def test_the_same_capture_again_is_known(desk: Desk) -> None:
    bring(desk.archive, "/a", NOW)
    before = list(desk.archive.rows("select count(*) from visits"))
    assert bring(desk.archive, "/a", NOW) == "known"
    assert list(desk.archive.rows("select count(*) from visits")) == before
    assert bring(desk.archive, "/a", NOW, raw=b"other bytes of the same second") == "unchanged"


def test_what_a_crawl_fetched_is_known_too(desk: Desk) -> None:
    desk.save("/a", raw=b"<html>crawled")
    assert bring(desk.archive, "/a", NOW, raw=b"<html>crawled") == "known"


def test_an_older_reading_goes_into_the_history_and_the_article_stays_the_newest(desk: Desk) -> None:
    desk.save("/a", title="Today", authors=("Ann",), tags=("x",), at=NOW)
    assert bring(desk.archive, "/a", NOW - DAY, title="Yesterday", authors=("Bo",)) == "earlier"
    found = desk.archive.article(1)
    assert (found["title"], found["authors"], found["tags"]) == ("Today", ["Ann"], ["x"])
    assert (found["changed_at"], found["first_seen_at"]) == (iso(NOW), iso(NOW - DAY))
    assert history(desk.archive) == [("Yesterday", iso(NOW - DAY)), ("Today", iso(NOW))]
    assert [hit.title for hit in desk.archive.search("title:yesterday")] == []
    entry = desk.entry("/a")
    assert (entry.state, entry.fetched_at) == ("archived", NOW)


def test_a_later_crawl_compares_with_the_newest_reading_not_with_the_last_row(desk: Desk) -> None:
    desk.save("/a", title="Today", at=NOW)
    bring(desk.archive, "/a", NOW - DAY, title="Yesterday")
    assert desk.save("/a", title="Today", raw=b"<html>again", at=NOW + DAY) == "unchanged"


def test_a_newer_capture_changes_the_article(desk: Desk) -> None:
    desk.save("/a", title="Crawled", at=NOW)
    assert bring(desk.archive, "/a", NOW + DAY, title="Captured") == "changed"
    assert desk.archive.article(1)["title"] == "Captured"
    assert desk.entry("/a").fetched_at == NOW + DAY
    assert desk.entry("/a").etag == iso(NOW + DAY)


READINGS = [("A", 1), ("A", 2), ("B", 3), ("A", 5), ("C", 7), ("C", 8)]
CHANGES = [("A", 1), ("B", 3), ("A", 5), ("C", 7)]


@pytest.mark.parametrize("same_bytes", [True, False])
def test_the_history_is_the_same_in_whatever_order_captures_come(tmp_path: Path, same_bytes: bool) -> None:
    for number, order in enumerate([*itertools.permutations(READINGS)][::23]):
        with Archive.open(tmp_path / f"{number}.db") as archive:
            archive.begin_crawl({}, NOW)
            with archive.transactions.grouped():
                _bring_all(archive, order, same_bytes)
            assert history(archive) == [(title, iso(NOW + day * DAY)) for title, day in CHANGES], order
            found = archive.article(1)
            assert (found["title"], found["changed_at"], found["first_seen_at"]) == (
                "C", iso(NOW + 7 * DAY), iso(NOW + DAY)
            ), order  # fmt: skip
        for file in tmp_path.iterdir():
            file.unlink()


def _bring_all(archive: Archive, order: Iterable[tuple[str, int]], same_bytes: bool) -> None:
    for title, day in order:
        raw = title.encode() if same_bytes else f"{title}{day}".encode()
        bring(archive, "/a", NOW + day * DAY, title=title, raw=raw)


def test_a_story_that_was_gone_later_stays_deleted(desk: Desk) -> None:
    desk.save("/a", title="One", at=NOW)
    desk.archive.note_gone(desk.entry("/a"), 410, NOW + 5 * DAY, NOW + 6 * DAY)
    assert bring(desk.archive, "/a", NOW + 2 * DAY, title="Two") == "changed"
    found = desk.archive.article(1)
    assert (found["title"], found["deleted_at"]) == ("Two", iso(NOW + 5 * DAY))
    assert desk.entry("/a").state == "gone"
    bring(desk.archive, "/a", NOW + 9 * DAY, title="Back")
    assert desk.archive.article(1)["deleted_at"] is None
    assert desk.entry("/a").state == "archived"


def test_a_page_that_was_refused_later_gets_its_story(desk: Desk) -> None:
    entry = desk.advertise("/a")
    desk.archive.ledger.settle(entry.id, "refused", now=NOW, reason="blocked", detail="answered 403", status=403)
    assert bring(desk.archive, "/a", NOW - DAY) == "new"
    found = desk.archive.why(HOME + "/a")
    assert found is not None
    assert (found["state"], found["reason"], found["found_by"]) == ("archived", "blocked", "sitemap")


def test_an_old_address_of_a_story_that_moved_does_not_take_it_back(desk: Desk) -> None:
    desk.save("/new", publisher_id="7", title="Moved", at=NOW)
    assert bring(desk.archive, "/old", NOW - DAY, publisher_id="7", title="First") == "earlier"
    found = desk.archive.article(1)
    assert (found["url"], found["title"], len(found["revisions"])) == (HOME + "/new", "Moved", 2)
    assert (desk.entry("/old").state, desk.entry("/old").article_id) == ("alias", 1)


def test_another_page_of_a_story_is_an_alias_at_any_time(desk: Desk) -> None:
    desk.save("/a", title="One", canonical_url=HOME + "/a", at=NOW)
    for day in (-1, 1):
        assert bring(desk.archive, f"/print/{day}", NOW + day * DAY, title="One", canonical_url=HOME + "/a") == "alias"
        assert desk.entry(f"/print/{day}").state == "alias"
    assert len(history(desk.archive)) == 1


def test_a_page_that_was_off_another_site_is_its_own_sites_when_it_is_imported(desk: Desk) -> None:
    key = "other.example/a"
    judged = Judged(Link(url=f"https://{key}", source="sitemap"), key, "refused", "off_site", 0)
    desk.archive.ledger.advertise(desk.site_id, desk.crawl_id, [judged], NOW)
    assert bring(desk.archive, "/a", NOW, site=unknown_site("other.example"), home="https://other.example") == "new"
    query = "select sites.key from articles join sites on sites.id = site_id"
    assert [row["key"] for row in desk.archive.rows(query)] == ["other.example"]


def test_an_address_that_names_its_canonical_one_is_an_alias_as_soon_as_titles_tell(tmp_path: Path) -> None:
    made = [("/a", 1, "Alpha"), ("/a?page=amp", 2, "Alpha"), ("/a", 3, "Beta")]
    for number, order in enumerate(itertools.permutations(made)):
        if order[-1] == made[0]:
            continue  # under another address, and another title: nothing tells that it is the same story
        with Archive.open(tmp_path / f"{number}.db") as archive:
            Desk(archive)
            for path, day, title in order:
                bring(
                    archive,
                    path,
                    NOW + day * DAY,
                    raw=title.encode() + path.encode(),
                    title=title,
                    canonical_url=HOME + "/a",
                )
            assert next(archive.rows("select count(*) as n from articles"))["n"] == 1, order


def test_a_304_after_an_import_is_of_the_last_answer(desk: Desk) -> None:
    desk.save("/a", title="Today", at=NOW)
    bring(desk.archive, "/a", NOW - DAY, title="Yesterday")
    desk.archive.note_unchanged(desk.entry("/a"), NOW + DAY, None)
    found = desk.archive.why(HOME + "/a")
    assert found is not None
    assert [row["seen_at"] for row in found["snapshots"]] == [iso(NOW - DAY), iso(NOW + DAY)]


def test_sites_that_come_in_this_way_are_not_looked_after_and_known_ones_stay_as_they_are(desk: Desk) -> None:
    other = unknown_site("other.example")
    bring(desk.archive, "/x", NOW, site=other, home="https://other.example")
    bring(desk.archive, "/x", NOW)
    sites = {row["key"]: (row["active"], row["start_url"]) for row in desk.archive.rows("select * from sites")}
    assert sites == {"news.example": (1, HOME + "/"), "other.example": (0, "https://other.example/")}


def test_a_page_of_the_ledger_stays_with_its_site(desk: Desk) -> None:
    desk.advertise("/a")
    bring(desk.archive, "/a", NOW, site=unknown_site("elsewhere.example"))
    assert desk.archive.article(1)["site"] == "news.example"
    assert [row["key"] for row in desk.archive.rows("select key from sites")] == ["news.example"]


def test_the_bytes_of_a_moment_are_found_for_a_revisit(desk: Desk) -> None:
    bring(desk.archive, "/a", NOW, raw=b"one")
    bring(desk.archive, "/a", NOW + 2 * DAY, raw=b"two")
    assert captures.body_at(desk.archive, HOME + "/a", NOW) == b"one"
    assert captures.body_at(desk.archive, HOME + "/a", NOW + DAY) is None
    assert captures.body_at(desk.archive, HOME + "/b", NOW) is None
