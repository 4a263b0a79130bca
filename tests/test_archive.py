"""The archive: one SQLite file, in which every story stands once, with its history and the bytes it came from."""

from __future__ import annotations

from datetime import timedelta

import pytest
from desk import DAY, HOME, NOW, Desk

from scraper.archive.check import check
from scraper.errors import ArchiveError
from scraper.records import LAYOUT_WARNING, Image, Judged, Link, Related, iso
from scraper.sites import unknown_site

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


def test_a_story_that_moves_unchanged_has_its_new_address_and_bytes(desk: Desk) -> None:
    said = {"title": "The vote", "body": "It was close.", "canonical_url": HOME + "/a/1"}
    desk.save("/print/1", raw=b"<p>printed", **said)
    assert desk.save("/a/1", raw=b"<p>as it is", at=NOW + DAY, **said) == "moved"
    assert desk.save("/a/1", raw=b"<p>as it is", at=NOW + DAY, **said) == "unchanged"
    found = desk.archive.article(1)
    assert (found["url"], len(found["revisions"])) == (HOME + "/a/1", 2)
    assert desk.archive.raw(found["snapshot_id"]) == b"<p>as it is"
    assert desk.archive.article(HOME + "/print/1")["id"] == 1
    assert check(desk.archive).findings == []


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


def test_of_two_pages_of_a_story_that_are_fetched_at_once_the_one_stored_last_is_its_newest_reading(desk: Desk) -> None:
    desk.save("/a", publisher_id="7", body="As it was.", at=NOW + timedelta(seconds=2))
    assert desk.save("/b", publisher_id="7", body="As it is.", at=NOW) == "moved"
    assert check(desk.archive).findings == []
    assert desk.archive.article(f"{HOME}/b")["body"] == "As it is."


def test_a_redesign_is_no_word_of_the_newspapers(desk: Desk) -> None:
    desk.save("/a", title="A bridge")
    desk.save("/a", title="The bridge", at=NOW + DAY)
    desk.save("/a", title="The bridge - News", at=NOW + 2 * DAY, warnings=(LAYOUT_WARNING,))
    said = [(row["cause"], row["after"]) for row in desk.archive.rows("select cause, after from changes order by id")]
    assert said == [("page", "The bridge"), ("both", "The bridge - News")]
