"""What time does to a crawled site: new, edited and deleted stories, and those that move."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from conftest import Crawl, Served
from crawling import an_article, asked, assert_sound, assert_true, assert_whole, count, ledger, rows

from scraper.archive import Archive
from scraper.newsroom import START
from scraper.sites import Sites


def test_a_day_later_the_archive_is_what_the_site_is(
    go: Crawl, look_again: Crawl, archive: Archive, newsroom: Served
) -> None:
    go()
    before = {story.id: story for story in newsroom.room.stories()}
    for _ in range(3):
        report = look_again(days=1)
        assert report.exit_code == 0
    go(revisit="all")
    after = {story.id: story for story in newsroom.room.stories()}
    gone = [newsroom.room.story(id) for id in before.keys() - after.keys()]
    moved = [after[id] for id in before.keys() & after.keys() if after[id].slug != before[id].slug]
    edited = [
        after[id]
        for id in before.keys() & after.keys()
        if after[id].revision > before[id].revision and after[id].moves == before[id].moves
    ]
    assert (len(after.keys() - before.keys()), len(gone), bool(moved), bool(edited)) == (18, 3, True, True)
    assert_whole(archive, newsroom, links=False)
    for story in gone:
        [found] = rows(archive, "select * from articles where publisher_id = ?", str(story.id))
        assert found["deleted_at"]
        assert found["body"] or found["kind"] == "video"
        assert ledger(archive, found["url"])["state"] == "gone"
    for story in edited:
        revisions = archive.article(newsroom.room.url(story))["revisions"]
        assert len(revisions) >= 2
        assert len({archive.raw(row["snapshot_id"]) for row in revisions}) == len(revisions)
    for story in moved:
        found = archive.article(newsroom.room.url(story))
        assert archive.article(newsroom.room.url(before[story.id]))["id"] == found["id"]
        assert found["first_seen_at"] == "2026-03-02T06:00:00Z"
    assert_sound(archive)


def test_an_update_with_nothing_due_asks_for_no_story(go: Crawl, look_again: Crawl, newsroom: Served) -> None:
    go()
    before = len(asked(newsroom, newsroom.room.stories()))
    report = look_again(minutes=1)
    assert (report.total("new"), report.total("changed"), report.total("unchanged")) == (0, 0, 0)
    assert len(asked(newsroom, newsroom.room.stories())) == before


def test_young_stories_are_looked_at_again_and_old_ones_left_alone(
    go: Crawl, look_again: Crawl, newsroom: Served
) -> None:
    go()
    newsroom.room.requests.clear()
    young = [story for story in newsroom.room.stories() if story.published > START - timedelta(days=1)]
    report = look_again(hours=7)
    assert set(asked(newsroom, young)) == {story.path for story in young}
    assert report.total("unchanged") >= len(young) - report.total("changed")
    assert (
        asked(newsroom, [story for story in newsroom.room.stories() if story.published < START - timedelta(days=8)])
        == []
    )


def test_an_edit_by_hand_is_a_revision(go: Crawl, archive: Archive, newsroom: Served) -> None:
    story = an_article(newsroom)
    go()
    newsroom.pass_time(minutes=1)
    newsroom.room.edit(story.id)
    assert go(refetch=True).total("changed") == 1
    assert_true(archive, newsroom, story)
    assert len(archive.article(newsroom.room.url(story))["revisions"]) == 2


def test_refetch_looks_at_everything_and_finds_it_the_same(go: Crawl, archive: Archive, newsroom: Served) -> None:
    go()
    newsroom.room.requests.clear()
    report = go(refetch=True)
    assert (report.total("new"), report.total("changed"), report.total("unchanged")) == (0, 0, 24)
    assert len(asked(newsroom, newsroom.room.stories())) == 24
    assert (count(archive, "snapshots"), count(archive, "revisions")) == (24, 24)


def test_a_story_found_by_a_redirect_is_one_and_known_by_both_addresses(
    go: Crawl, archive: Archive, newsroom: Served
) -> None:
    story = an_article(newsroom)
    newsroom.room.redirect(story.id, "somewhere-else-entirely")
    old, new = newsroom.room.url(story), newsroom.room.url(newsroom.room.story(story.id))
    assert go(old).total("new") == 1
    assert archive.article(new)["publisher_id"] == str(story.id)
    assert archive.article(old)["id"] == archive.article(new)["id"]
    assert ledger(archive, old)["state"] == "alias"


def test_a_story_that_moves_stays_one_also_without_a_publishers_id(
    go: Crawl, archive: Archive, newsroom: Served, tmp_path: Path
) -> None:
    story = an_article(newsroom)
    old = newsroom.room.url(story)
    (tmp_path / "urls.txt").write_text(old)
    go(str(tmp_path / "urls.txt"), sites=Sites())
    newsroom.pass_time(hours=1)
    newsroom.room.redirect(story.id, "somewhere-else-entirely")
    go(str(tmp_path / "urls.txt"), sites=Sites(), refetch=True)
    assert count(archive, "articles") == 1
    assert archive.article(newsroom.room.url(newsroom.room.story(story.id)))["id"] == archive.article(old)["id"]
