"""Two articles that turn out to be one story become one, and nothing of either is lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from desk import DAY, HOME, NOW, Desk

from scraper.archive.check import check
from scraper.archive.duplicates import link
from scraper.records import Related
from scraper.reextract import reextract
from scraper.sites import Sites


def test_a_story_met_at_its_new_address_first_is_one_with_the_old_one_that_leads_there(desk: Desk) -> None:
    desk.save("/old", title="A bridge", body="As it was.", authors=("Ann", "Old Hand"), tags=("River",))
    desk.save("/c", related=(Related(url=HOME + "/new", text="The bridge", kind="inline"),))
    desk.save("/new", title="A bridge", body="As it is.", at=NOW + DAY, authors=("Ann",), tags=("Town",))
    old, _, new = (desk.archive.article(HOME + path)["id"] for path in ("/old", "/c", "/new"))
    desk.archive.alias_of(desk.entry("/old"), desk.entry("/new"), NOW + 2 * DAY)

    merged = desk.archive.article(HOME + "/old")
    assert (merged["id"], merged["url"], merged["body"]) == (old, HOME + "/new", "As it is.")
    assert (merged["authors"], merged["tags"]) == (["Ann"], ["Town"])
    assert [revision["url"] for revision in merged["revisions"]] == [HOME + "/old", HOME + "/new"]
    assert desk.archive.article(HOME + "/new")["id"] == desk.archive.article(new)["id"] == old
    assert desk.targets() == [old]
    assert {row["field"] for row in desk.archive.rows("select field from changes")} == {
        "authors",
        "tags",
        "body",
        "merged",
    }
    assert desk.count("authors") == desk.count("tags") == 1
    assert desk.archive.search("bridge")[0].url == HOME + "/new"
    assert len(desk.archive.search("bridge")) == 1
    assert check(desk.archive).findings == []
    desk.save("/d")
    assert desk.archive.article(HOME + "/d")["id"] > new, "an id is given once"


def test_what_a_page_says_is_its_canonical_address_may_have_an_article_already(desk: Desk) -> None:
    first = desk.save("/a", title="A bridge") and desk.archive.article(HOME + "/a")["id"]
    desk.save("/b", title="A bridge", body="The newest words.", at=NOW + DAY)
    assert desk.save("/a", title="A bridge", canonical_url=HOME + "/b", at=NOW + DAY) == "alias"
    merged = desk.archive.article(HOME + "/a")
    assert (merged["id"], merged["url"], merged["body"]) == (first, HOME + "/b", "The newest words.")
    assert desk.count("articles") == 1
    assert check(desk.archive).findings == []


def test_slugs_of_one_id_that_were_stored_before_anybody_saw_the_id_become_one(desk: Desk) -> None:
    for path in ("/a", "/b"):
        desk.save(path, title="A bridge")
    desk.save("/a", title="A bridge", publisher_id="7")
    assert desk.save("/b", title="A bridge", publisher_id="7", at=NOW + DAY) == "alias"
    assert desk.count("articles") == 1


def test_a_column_of_every_week_is_a_story_of_every_week(desk: Desk) -> None:
    for week in range(3):
        desk.save(
            f"/{week}", title="Letters", canonical_url=HOME + "/letters", published=NOW + 7 * week * DAY, body=f"{week}"
        )
    desk.save("/0/print", title="Letters", canonical_url=HOME + "/letters", published=NOW, body="0")
    assert desk.count("articles") == 3


def test_a_story_that_was_merged_keeps_its_publishers_id(desk: Desk) -> None:
    desk.save("/a", title="A bridge", publisher_id="7")
    desk.save("/b", title="A bridge", at=NOW + DAY)
    desk.save("/b", title="A bridge", publisher_id="7", at=NOW + 2 * DAY)
    assert desk.save("/c", title="The bridge", publisher_id="7", at=NOW + 3 * DAY) == "moved"
    assert desk.count("articles") == 1


def test_yesterdays_briefing_that_leads_to_todays_is_another_story(desk: Desk) -> None:
    desk.save("/monday", title="Briefing")
    desk.save("/tuesday", title="Briefing", published=NOW + timedelta(hours=23), at=NOW + DAY)
    desk.archive.alias_of(desk.entry("/monday"), desk.entry("/tuesday"), NOW + DAY)
    assert desk.count("articles") == 2


def test_a_story_that_was_gone_is_there_again_where_it_moved_to(desk: Desk) -> None:
    desk.save("/old", title="A bridge")
    desk.archive.note_gone(desk.entry("/old"), 404, NOW + DAY, NOW + 2 * DAY)
    desk.save("/new", title="A bridge", at=NOW + 2 * DAY)
    desk.archive.alias_of(desk.entry("/old"), desk.entry("/new"), NOW + 3 * DAY)
    assert desk.archive.article(1)["deleted_at"] is None
    assert [
        row["after"] for row in desk.archive.rows("select after from changes where field = 'deleted' order by id")
    ] == [
        "yes",
        "no",
    ]


def test_a_story_that_was_merged_keeps_its_new_address_when_it_is_read_anew(desk: Desk, tmp_path: Path) -> None:
    page = "<html lang=en><title>{0}</title><h1>{0}</h1><time datetime='2026-03-01T10:00:00Z'>then</time><article>{1}</article>"
    text = "".join(f"<p>The council met on Monday to speak about the new bridge, part {n}.</p>" for n in range(30))
    raw = page.format("A bridge", text).encode()
    fields = {"title": "A bridge", "language": "en"}
    desk.save("/a/the-bridge-old", raw=raw, **fields)
    desk.save("/a/the-bridge-new", raw=raw + b" ", at=NOW + DAY, **fields)
    desk.save(
        "/a/the-bridge-old", raw=raw.replace(b"part 3", b"part three"), body="Edited.", at=NOW + 2 * DAY, **fields
    )
    desk.archive.alias_of(desk.entry("/a/the-bridge-old"), desk.entry("/a/the-bridge-new"), NOW + 3 * DAY)
    assert desk.count("articles") == 1
    reextract(desk.archive, sites=Sites.load(tmp_path), clock=lambda: NOW + 4 * DAY)
    assert desk.archive.article(1)["url"] == HOME + "/a/the-bridge-new"
    assert reextract(desk.archive, sites=Sites.load(tmp_path), clock=lambda: NOW + 5 * DAY).total == 0
    assert check(desk.archive).findings == []


@pytest.mark.parametrize("title", ["Another story", None])
def test_other_stories_are_not_merged(desk: Desk, title: str | None) -> None:
    desk.save("/a", title=title)
    desk.save("/b", title=title and "A bridge")
    desk.save("/a", title=title, canonical_url=HOME + "/b", body="New words.")
    desk.archive.alias_of(desk.entry("/a"), desk.entry("/b"), NOW)
    assert desk.count("articles") == 2


def test_copies_of_an_article_that_is_merged_find_each_other_anew(desk: Desk) -> None:
    words = " ".join(f"word{number}" for number in range(60))
    desk.save("/old", title="A bridge")
    desk.save("/new", title="A bridge", body=words, at=NOW + DAY)
    desk.save("/copy", body=words)
    link(desk.archive)
    desk.archive.alias_of(desk.entry("/old"), desk.entry("/new"), NOW + DAY)
    assert desk.count("near_duplicates") == 0
    link(desk.archive)
    ids = {desk.archive.article(HOME + path)["id"] for path in ("/copy", "/old")}
    assert [set(row.values()) for row in desk.archive.rows("select article_id, other_id from near_duplicates")] == [ids]
