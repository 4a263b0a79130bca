"""The whole pipeline over the made-up news site: everything once, nothing lost, nobody bothered."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import Served

from scraper import crawl
from scraper.archive import Archive
from scraper.crawl import update
from scraper.errors import TargetError
from scraper.newsroom import SELECTORS, START, Story
from scraper.records import Page
from scraper.report import Report
from scraper.run import Network
from scraper.sites import Site, Sites
from scraper.targets import Target, parse
from scraper.workers import Workers

Crawl = Callable[..., Report]


@pytest.fixture
def go(newsroom: Served, archive: Archive, room_sites: Sites) -> Crawl:
    """Crawls the newsroom, at its own time and without waiting; its host is the default target."""

    def go(*targets: str, sites: Sites | None = None, network: Network | None = None, **bounds: Any) -> Report:
        return crawl(
            targets or [newsroom.base], archive, sites=room_sites if sites is None else sites, network=network or newsroom.network(), **bounds
        )  # fmt: skip

    return go


@pytest.fixture
def look_again(newsroom: Served, archive: Archive, room_sites: Sites) -> Crawl:
    """What cron runs, some time later."""

    def look_again(**later: float) -> Report:
        newsroom.pass_time(**later)
        return update(archive, sites=room_sites, network=newsroom.network())

    return look_again


async def at_once(seconds: float) -> None:
    """A sleep that does not wait."""
    await asyncio.sleep(0)


def rows(archive: Archive, query: str, *values: Any) -> list[dict[str, Any]]:
    return list(archive.rows(query, list(values)))


def count(archive: Archive, table: str, where: str = "1", *values: Any) -> int:
    return int(rows(archive, f"select count(*) as n from {table} where {where}", *values)[0]["n"])


def asked(newsroom: Served, stories: tuple[Story, ...] | list[Story]) -> list[str]:
    """The requests so far that were for these stories."""
    paths = {story.path for story in stories}
    return [path for path in newsroom.paths() if path in paths]


def an_article(newsroom: Served, place: int = 0) -> Story:
    return [story for story in newsroom.room.stories() if story.kind == "article"][place]


def ledger(archive: Archive, url: str) -> dict[str, Any]:
    [row] = rows(archive, "select * from pages where url = ?", url)
    return row


def assert_sound(archive: Archive) -> None:
    assert rows(archive, "pragma integrity_check") == [{"integrity_check": "ok"}]
    assert rows(archive, "pragma foreign_key_check") == []
    assert rows(archive, "select publisher_id from articles group by publisher_id having count(*) > 1") == []


def assert_whole(archive: Archive, newsroom: Served, *, links: bool = True) -> None:
    """Every story of the newsroom is archived once, and reads as its authors wrote it.

    ``links`` is off once time has passed: the newsroom then links to other stories under the old validators.
    """
    stories = newsroom.room.stories()
    assert count(archive, "articles", "deleted_at is null") == len(stories)
    assert_sound(archive)
    for story in stories:
        assert_true(archive, newsroom, story, links=links)


def assert_true(archive: Archive, newsroom: Served, story: Story, *, links: bool = True) -> None:
    truth, found = newsroom.room.truth(story), archive.article(newsroom.room.url(story))
    for field in (
        "url",
        "kind",
        "title",
        "summary",
        "body",
        "authors",
        "source",
        "published",
        "section",
        "tags",
        "language",
    ):
        assert found[field] == truth[field], (field, truth["url"])
    assert not links or {(link["kind"], link["url"], link["text"]) for link in found["links"]} == {
        (link["kind"], link["url"], link["text"]) for link in truth["related"]
    }
    if truth["image"]:
        assert truth["image"] in found["images"]


# -- the first crawl and the second


def test_the_whole_site_is_archived_once_and_reads_as_written(go: Crawl, archive: Archive, newsroom: Served) -> None:
    report = go()
    stories = newsroom.room.stories()
    assert (report.exit_code, report.outcome, report.total("new")) == (0, "done", 24)
    assert (report.total("failed"), report.total("known"), report.total("waiting")) == (0, 0, 0)
    assert_whole(archive, newsroom)
    assert sorted(asked(newsroom, stories)) == sorted(story.path for story in stories)
    assert {
        row["source"]
        for row in rows(archive, "select json_extract(provenance, '$.title.source') as source from articles")
    } == {"site"}


def test_a_second_crawl_knows_everything_and_fetches_no_story_again(
    go: Crawl, archive: Archive, newsroom: Served
) -> None:
    go()
    before = len(asked(newsroom, newsroom.room.stories()))
    report = go()
    assert report.summary().startswith("24 known, 0 new")
    assert report.exit_code == 0
    assert len(asked(newsroom, newsroom.room.stories())) == before
    assert (count(archive, "articles"), count(archive, "revisions"), count(archive, "crawls")) == (24, 24, 2)


def test_what_robots_txt_forbids_is_never_asked_for(go: Crawl, newsroom: Served) -> None:
    go(depth=2)
    go(newsroom.base + "/", sites=Sites())
    assert newsroom.paths()[0] == "/robots.txt"
    assert not [path for path in newsroom.paths() if path.startswith("/private")]


def test_the_counts_of_a_run_add_up_and_are_kept(go: Crawl, archive: Archive, newsroom: Served) -> None:
    newsroom.room.fault(an_article(newsroom, 0).path, "404")
    newsroom.room.fault(an_article(newsroom, 1).path, "challenge")
    newsroom.room.fault(an_article(newsroom, 2).path, "500", times=9)
    for bounds in ({"limit": 5}, {}, {}):
        report = go(**bounds, network=Network(delay=0.0, clock=newsroom.clock, sleep=at_once)).sites[0]
        parts = (
            report.new
            + report.known
            + report.aliases
            + sum(report.refused.values())
            + report.failed
            + report.gone
            + report.waiting
        )
        assert parts == report.advertised
    [first, *_] = rows(archive, "select * from crawls order by id")
    assert (first["outcome"], first["ended_at"]) == ("done", "2026-03-02T06:00:00Z")
    assert '"new":5' in first["counts"].replace(" ", "")


def test_known_and_open_pages_of_another_run_are_not_mixed_up(go: Crawl, archive: Archive, newsroom: Served) -> None:
    one, two = newsroom.room.url(an_article(newsroom, 0)), newsroom.room.url(an_article(newsroom, 1))
    assert go(one).total("new") == 1
    assert go(two).total("new") == 1
    assert count(archive, "articles") == 2


def page_of(newsroom: Served, story: Story) -> Page:
    answer, url = newsroom.room.answer(story.path), newsroom.room.url(story)
    return Page(
        url=url,
        final_url=url,
        status=200,
        headers={"content-type": "text/html"},
        body=answer.body,
        fetched_at=newsroom.now,
    )


def test_an_answer_of_a_worker_goes_to_the_page_that_it_is_of(newsroom: Served, room_sites: Sites) -> None:
    """A page that is sent at the moment at which the worker is up must not overtake those that wait for it."""
    site, stories = room_sites.match("127.0.0.1"), newsroom.room.stories()

    async def go() -> list[str | None]:
        async with Workers(1) as workers:
            first = asyncio.create_task(workers.read(page_of(newsroom, stories[0]), site))
            await asyncio.sleep(0)
            while not workers._all[0]._process.done():  # noqa: ASYNC110
                await asyncio.sleep(0)
            second = await workers.read(page_of(newsroom, stories[1]), site)
            return [(await first)[0].title, second[0].title]

    assert asyncio.run(go()) == [stories[0].title, stories[1].title]


# -- a day later


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


# -- bounds


def test_a_limit_leaves_the_rest_for_the_next_run(go: Crawl, archive: Archive, newsroom: Served) -> None:
    first = go(limit=10)
    assert (first.total("new"), first.exit_code, count(archive, "articles")) == (10, 0, 10)
    second = go()
    assert (second.total("new"), second.total("known")) == (14, 10)
    assert_whole(archive, newsroom)
    assert len(asked(newsroom, newsroom.room.stories())) == 24


def test_max_pages_bounds_what_is_asked_for(go: Crawl, newsroom: Served) -> None:
    newsroom.room.fault(newsroom.room.stories()[0].path, "404")
    report = go(max_pages=7)
    assert (report.total("fetched"), len(asked(newsroom, newsroom.room.stories()))) == (7, 7)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_bounds_hold_with_several_requests_at_once(
    go: Crawl, archive: Archive, newsroom: Served, concurrency: int
) -> None:
    network = Network(delay=0.0, concurrency=concurrency, clock=newsroom.clock)
    assert go(limit=6, network=network).total("new") == 6
    assert go(max_pages=5, network=network).total("fetched") == 5
    assert count(archive, "articles") == 11
    go(network=network)
    assert_whole(archive, newsroom)


def test_since_and_until_bound_the_dates_of_publication(go: Crawl, archive: Archive, newsroom: Served) -> None:
    since, until = START - timedelta(days=20), START - timedelta(days=8)
    inside = {newsroom.room.url(story) for story in newsroom.room.stories() if since <= story.published <= until}
    assert go(since=since, until=until).exit_code == 0
    assert {row["url"] for row in rows(archive, "select url from articles")} == inside
    assert 0 < len(inside) < 24
    assert go().total("new") == 24 - len(inside)
    assert_whole(archive, newsroom)


def test_depth_follows_links_between_stories(go: Crawl, archive: Archive, newsroom: Served) -> None:
    story = an_article(newsroom)
    start, links = newsroom.room.url(story), {link["url"] for link in newsroom.room.truth(story)["related"]}
    go(start, depth=1)
    assert {row["url"] for row in rows(archive, "select url from articles")} == {start} | links
    targets = rows(
        archive, "select target_id from links join articles on articles.id = article_id where articles.url = ?", start
    )
    assert targets
    assert all(row["target_id"] for row in targets)


def test_a_dry_run_says_what_it_would_fetch_and_stores_nothing(go: Crawl, archive: Archive, newsroom: Served) -> None:
    report = go(dry=True)
    assert (report.exit_code, count(archive, "articles"), count(archive, "pages"), count(archive, "crawls")) == (
        0,
        0,
        0,
        0,
    )
    assert asked(newsroom, newsroom.room.stories()) == []
    assert go().total("new") == 24


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


# -- targets


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_host_that_does_not_answer_needs_a_person(go: Crawl, archive: Archive) -> None:
    report = go(f"http://127.0.0.1:{closed_port()}", network=Network(delay=0.0, sleep=at_once))
    assert report.exit_code == 3
    assert "refused" in (report.sites[0].needs or "")
    assert count(archive, "articles") == 0


@pytest.mark.parametrize("path", ["/nowhere", "/news/gossip"])
def test_a_start_url_that_is_not_there_needs_a_person(go: Crawl, newsroom: Served, path: str) -> None:
    report = go(newsroom.base + path)
    assert report.exit_code == 3
    assert "404" in (report.sites[0].needs or "")
    assert path in (report.sites[0].needs or "")


def test_a_feed_as_target_gives_its_stories(go: Crawl, archive: Archive, newsroom: Served) -> None:
    go(newsroom.base + "/es/feed.xml")
    spanish = {newsroom.room.url(story) for story in newsroom.room.stories() if story.language == "es"}
    assert {row["url"] for row in rows(archive, "select url from articles")} == spanish
    assert {row["found_in"] for row in rows(archive, "select found_in from pages")} == {newsroom.base + "/es/feed.xml"}


def test_a_sitemap_as_target_gives_its_stories(go: Crawl, archive: Archive, newsroom: Served) -> None:
    go(newsroom.base + "/sitemap.xml")
    assert_whole(archive, newsroom)
    assert "/feed.xml" not in newsroom.paths()


def test_a_section_as_target_gives_its_stories_from_all_its_pages(
    go: Crawl, archive: Archive, newsroom: Served
) -> None:
    for _ in range(14):
        newsroom.room.publish("health")
    go(newsroom.base + "/news/health")
    wanted = {
        newsroom.room.url(s)
        for s in newsroom.room.stories()
        if (s.language, s.section, s.kind) == ("en", "health", "article")
    }
    assert len(wanted) > 10
    assert wanted <= {row["url"] for row in rows(archive, "select url from articles")}


@pytest.mark.parametrize("known_site", [True, False])
def test_one_story_as_target_gives_that_story_alone(
    go: Crawl, archive: Archive, newsroom: Served, known_site: bool
) -> None:
    story = an_article(newsroom)
    report = go(newsroom.room.url(story), sites=None if known_site else Sites())
    assert (report.exit_code, report.total("new")) == (0, 1)
    assert [row["url"] for row in rows(archive, "select url from articles")] == [newsroom.room.url(story)]
    assert asked(newsroom, newsroom.room.stories()) == [story.path]


def test_a_file_of_urls_gives_those_stories(go: Crawl, archive: Archive, newsroom: Served, tmp_path: Path) -> None:
    wanted = [newsroom.room.url(story) for story in newsroom.room.stories()[:3]]
    listed = tmp_path / "urls.txt"
    listed.write_text("# mine\n\n" + "\n".join([*wanted, wanted[0] + "?utm_source=x"]) + "\n")
    assert go(str(listed)).total("new") == 3
    assert {row["url"] for row in rows(archive, "select url from articles")} == set(wanted)


def test_a_selector_files_name_is_a_target(room_sites: Sites) -> None:
    assert parse(["newsroom"], room_sites) == [Target("http://127.0.0.1/", whole_site=True)]


@pytest.mark.parametrize(
    "text", ["newsrom", "no-such-file.txt", "ftp://news.example/", "https://", "http://[", "", "news example"]
)
def test_what_is_no_target_is_said_before_anything_is_fetched(archive: Archive, room_sites: Sites, text: str) -> None:
    with pytest.raises(TargetError) as caught:
        crawl([text], archive, sites=room_sites)
    assert "\n" not in str(caught.value)
    assert count(archive, "crawls") == 0


def test_a_host_without_a_selector_file_is_archived_too(go: Crawl, archive: Archive, newsroom: Served) -> None:
    report = go(sites=Sites())
    articles = [story for story in newsroom.room.stories() if story.kind == "article"]
    assert report.exit_code == 0
    assert report.total("new") >= len(articles)
    for story in articles:
        truth, found = newsroom.room.truth(story), archive.article(newsroom.room.url(story))
        assert (found["title"], found["published"]) == (truth["title"], truth["published"])
        assert found["body"]


class NoSitemaps(httpx.AsyncBaseTransport):
    """The newsroom without its sitemaps, and without a word of them in robots.txt."""

    def __init__(self, newsroom: Served) -> None:
        self.newsroom = newsroom

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        if "sitemap" in path:
            return httpx.Response(404)
        answer = self.newsroom.room.answer(path, dict(request.headers))
        body = b"" if path == "/robots.txt" else answer.body
        return httpx.Response(answer.status, headers=answer.headers, content=body)


def test_a_host_without_a_sitemap_is_read_from_its_pages(go: Crawl, archive: Archive, newsroom: Served) -> None:
    network = Network(delay=0.0, clock=newsroom.clock, transport=NoSitemaps(newsroom))
    report = go(sites=Sites(), network=network)
    assert report.exit_code == 0
    assert "sitemap" not in " ".join(report.sites[0].problems)
    assert count(archive, "articles") >= 10


class Answers(httpx.AsyncBaseTransport):
    """A site of a few made-up pages."""

    def __init__(self, pages: dict[str, httpx.Response | bytes]) -> None:
        self.pages = pages

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        found = self.pages.get(request.url.path, httpx.Response(404))
        return (
            found
            if isinstance(found, httpx.Response)
            else httpx.Response(200, headers={"content-type": "text/html"}, content=found)
        )


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (httpx.Response(200, headers={"content-type": "image/png"}, content=b"\x89PNG"), "image/png"),
        (b"", "nothing found"),
        (b"<html><p>Words.</p>", "nothing found"),
        (httpx.Response(403), "403"),
        (httpx.Response(302, headers={"location": "http://10.0.0.1/"}), "private address"),
    ],
    ids=["picture", "empty", "no links", "forbidden", "private"],
)
def test_a_start_page_with_nothing_on_it_needs_a_person(go: Crawl, page: httpx.Response | bytes, why: str) -> None:
    network = Network(delay=0.0, sleep=at_once, transport=Answers({"/start": page}))
    report = go("https://news.example/start", sites=Sites(), network=network)
    assert report.exit_code == 3
    assert why in (report.sites[0].needs or "")
    assert "\n" not in (report.sites[0].needs or "")


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


# -- manners


def test_requests_are_one_at_a_time_and_a_delay_apart(go: Crawl, newsroom: Served) -> None:
    go(limit=6, network=newsroom.network(delay=0.05))
    times = [at for at, _, _ in newsroom.room.requests]
    assert len(times) > 6
    assert min(after - before for before, after in itertools.pairwise(times)) >= 0.045


def test_a_crawl_delay_is_kept(go: Crawl, newsroom: Served) -> None:
    newsroom.room.crawl_delay = 0.3
    go(max_pages=2)
    times = [at for at, path, _ in newsroom.room.requests if path != "/robots.txt"][:3]
    assert min(after - before for before, after in itertools.pairwise(times)) >= 0.29


def test_the_user_agent_names_the_project_at_every_request(go: Crawl, newsroom: Served) -> None:
    go(limit=2)
    assert all(agent.startswith("news-scraper/") for _, _, agent in newsroom.room.requests)


def test_sites_are_crawled_side_by_side(archive: Archive, newsroom: Served) -> None:
    other = newsroom.base.replace("127.0.0.1", "localhost")
    sites = Sites([Site(key="a", name="a", hosts=("127.0.0.1",)), Site(key="b", name="b", hosts=("localhost",))])
    report = crawl([newsroom.base, other], archive, sites=sites, network=newsroom.network(), limit=3)
    assert [(site.site, site.new) for site in report.sites] == [("a", 3), ("b", 3)]


def test_a_crawl_can_be_run_where_an_event_loop_runs_already(
    archive: Archive, newsroom: Served, room_sites: Sites
) -> None:
    async def notebook() -> Report:
        return crawl([newsroom.base], archive, sites=room_sites, network=newsroom.network(), limit=2)

    assert asyncio.run(notebook()).total("new") == 2


def test_whoever_watches_is_told_of_every_page(go: Crawl) -> None:
    told: list[tuple[str, str]] = []
    go(watch=lambda progress: told.append((progress.what, progress.url)))
    assert len([what for what, _ in told if what == "new"]) == 24
    assert len({url for what, url in told if what == "new"}) == 24
    assert any(what == "listing" for what, _ in told)


def test_times_in_the_archive_are_utc(go: Crawl, archive: Archive) -> None:
    go(limit=3)
    for row in rows(archive, "select published, first_seen_at from articles"):
        assert row["published"].endswith("Z")
        assert row["first_seen_at"] == "2026-03-02T06:00:00Z"
        assert datetime.fromisoformat(row["published"]) <= datetime(2026, 3, 2, 6, tzinfo=UTC)


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
