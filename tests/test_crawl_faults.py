"""Faults in the middle of a crawl: nothing is lost, and a person is called where one is needed."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from conftest import Crawl, Served
from crawling import an_article, asked, assert_true, assert_whole, at_once, count, ledger

from scraper import crawl
from scraper.archive import Archive
from scraper.crawl import update
from scraper.newsroom import SELECTORS
from scraper.run import Network
from scraper.sites import Sites

# -- faults


@pytest.mark.parametrize("kind", ["503", "429", "500", "drop", "cut", "slow"])
def test_a_passing_fault_loses_nothing(go: Crawl, archive: Archive, newsroom: Served, kind: str) -> None:
    newsroom.room.fault(an_article(newsroom).path, kind)
    if kind in ("500", "drop"):
        newsroom.room.fault("/sitemap.xml", kind)
    report = go()
    assert (report.exit_code, report.total("new"), report.total("failed")) == (0, 24, 0)
    assert_whole(archive, newsroom)


NO_STORY = {
    "challenge": ("refused", "wall"),
    "consent": ("refused", "wall"),
    "pdf": ("refused", "kind"),
    "403": ("refused", "blocked"),
    "empty": ("failed", "error"),
    "redirect-loop": ("failed", "error"),
    "404": ("gone", "gone"),
    "410": ("gone", "gone"),
}


@pytest.mark.parametrize(
    ("kind", "state", "reason"), [(kind, *known) for kind, known in NO_STORY.items()], ids=NO_STORY.keys()
)
def test_a_page_that_is_no_story_is_in_the_ledger_with_its_reason(
    go: Crawl, archive: Archive, newsroom: Served, kind: str, state: str, reason: str
) -> None:
    story = an_article(newsroom)
    newsroom.room.fault(story.path, kind, times=5)
    assert go().total("new") == 23
    row = ledger(archive, newsroom.room.url(story))
    assert (row["state"], row["reason"], row["article_id"]) == (state, reason, None)
    assert row["detail"]
    assert count(archive, "articles", "url = ?", row["url"]) == 0
    for text in ("privacy", "secure connection", "Just a moment"):
        assert archive.search(f'"{text}"') == []


@pytest.mark.parametrize("kind", ["challenge", "consent", "pdf", "403", "empty", "redirect-loop", "500"])
def test_a_known_story_outlives_whatever_its_page_says_later(
    go: Crawl, archive: Archive, newsroom: Served, kind: str
) -> None:
    story = an_article(newsroom)
    url = newsroom.room.url(story)
    go()
    story = newsroom.room.edit(story.id)
    newsroom.room.fault(story.path, kind, times=5)
    go(url, refetch=True, network=Network(delay=0.0, clock=newsroom.clock, sleep=at_once))
    assert ledger(archive, url)["state"] == "archived"
    newsroom.room._pending.clear()
    go(url, refetch=True)
    assert_true(archive, newsroom, story)


def test_a_site_that_blocks_us_is_left_alone_and_named(go: Crawl, archive: Archive, newsroom: Served) -> None:
    for story in newsroom.room.stories():
        newsroom.room.fault(story.path, "403", times=9)
    report = go()
    assert report.exit_code == 3
    assert "blocked" in (report.sites[0].needs or "")
    assert len(asked(newsroom, newsroom.room.stories())) <= 4
    assert count(archive, "articles") == 0


def test_a_site_where_everything_fails_is_put_aside_and_taken_up_again(
    go: Crawl, archive: Archive, newsroom: Served
) -> None:
    for story in newsroom.room.stories():
        newsroom.room.fault(story.path, "drop", times=3)

    report = go(network=Network(delay=0.0, clock=newsroom.clock, sleep=at_once))
    assert report.exit_code == 3
    assert "in a row failed" in (report.sites[0].needs or "")
    newsroom.room._pending.clear()
    newsroom.pass_time(hours=3)
    go()
    assert_whole(archive, newsroom)


# -- a person is needed


def test_a_redesign_that_no_layout_fits_is_reported(
    go: Crawl, archive: Archive, newsroom: Served, tmp_path: Path
) -> None:
    text = (SELECTORS / "newsroom.toml").read_text("utf-8")
    head, _, layouts = text.partition("# The second design")
    (tmp_path / "newsroom.toml").write_text(
        head + "# The first design" + layouts.partition("# The first design")[2], "utf-8"
    )
    sites = Sites.load(tmp_path)
    assert go(sites=sites, limit=5).exit_code == 0
    newsroom.room.redesign()
    newsroom.pass_time(hours=1)
    report = go(sites=sites)
    assert report.exit_code == 3
    assert "layout changed" in (report.sites[0].needs or "")
    assert count(archive, "articles") == len(newsroom.room.stories())


def test_a_redesign_that_a_layout_fits_changes_nothing(go: Crawl, archive: Archive, newsroom: Served) -> None:
    go()
    newsroom.pass_time(minutes=1)
    newsroom.room.redesign()
    report = go(refetch=True)
    assert (report.exit_code, report.total("changed")) == (0, 0)
    assert_whole(archive, newsroom)


# -- interrupted, and taken up again


def test_pages_left_by_an_earlier_run_are_counted_once(go: Crawl, archive: Archive, newsroom: Served) -> None:
    """They are fetched before the listing that names them is read again."""
    first = go(max_pages=5)
    assert first.total("waiting") == first.total("advertised") - 5 - sum(first.sites[0].refused.values())
    second = go()
    assert (second.total("known"), second.total("new")) == (5, len(newsroom.room.stories()) - 5)
    assert second.sites[0].unexplained == 0


def test_a_host_that_is_down_at_first_is_looked_at_again(archive: Archive) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"
        network = Network(delay=0.0, sleep=at_once)
        assert crawl([base], archive, sites=Sites(), network=network).exit_code == 3
        assert update(archive, sites=Sites(), network=network).exit_code == 3
