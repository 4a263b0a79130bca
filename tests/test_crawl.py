"""The whole pipeline over the made-up news site: everything once, nothing lost, nobody bothered."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import Crawl, Served
from crawling import an_article, asked, assert_whole, at_once, count, rows

from scraper import crawl
from scraper.archive import Archive
from scraper.crawl import update
from scraper.errors import UsageError
from scraper.newsroom import START, Story
from scraper.records import Page
from scraper.report import Report
from scraper.run import Network
from scraper.sites import Site, Sites
from scraper.workers import Workers

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


class Desk(httpx.AsyncBaseTransport):
    """A site of one story, which can be gone, and which is not sent again to who has it."""

    def __init__(self) -> None:
        self.is_gone = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/2026/03/01/the-story-of-a-bridge" or self.is_gone:
            return httpx.Response(404)
        if request.headers.get("if-none-match") == '"1"':
            return httpx.Response(304)
        text = (
            "<title>A story</title><meta property='og:type' content='article'><article>" + "<p>Words of a story. " * 30
        )
        return httpx.Response(200, html=text, headers={"etag": '"1"'})


def test_a_story_that_was_gone_and_is_as_it_was_is_there_again(archive: Archive, tmp_path: Path) -> None:
    desk, now, listed = Desk(), START, tmp_path / "urls.txt"
    listed.write_text("https://news.example/2026/03/01/the-story-of-a-bridge")

    def look() -> list[tuple[str, str]]:
        network = Network(delay=0.0, transport=desk, clock=lambda: now)
        crawl([str(listed)], archive, refetch=True, network=network)
        return [
            (row["state"], row["deleted_at"] or "")
            for row in rows(archive, "select state, deleted_at from pages join articles on articles.id = article_id")
        ]

    assert look() == [("archived", "")]
    desk.is_gone, now = True, START + timedelta(days=1)
    assert look() == [("gone", "2026-03-03T06:00:00Z")]
    desk.is_gone, now = False, START + timedelta(days=2)
    assert look() == [("archived", "")]
    assert [row["after"] for row in rows(archive, "select after from changes where field = 'deleted' order by id")] == [
        "yes",
        "no",
    ]
    assert count(archive, "snapshots") == count(archive, "revisions") == 1


@pytest.mark.parametrize(
    "since",
    ["2026-02-20", date(2026, 2, 20), datetime.fromisoformat("2026-02-20T00:00"), datetime(2026, 2, 20, tzinfo=UTC)],
)
def test_dates_can_be_given_as_they_come_to_hand(go: Crawl, newsroom: Served, since: Any) -> None:
    report = go(since=since)
    wanted = [story for story in newsroom.room.stories() if story.published >= datetime(2026, 2, 20, tzinfo=UTC)]
    assert 0 < report.total("new") == len(wanted) < 24


@pytest.mark.parametrize(("since", "until"), [("soon", None), ("2026-02-20", "2026-02-19")])
def test_what_is_no_period_is_refused_before_the_run(
    go: Crawl, archive: Archive, since: str, until: str | None
) -> None:
    with pytest.raises(UsageError):
        go(since=since, until=until)
    assert count(archive, "crawls") == 0


def test_a_period_in_which_nothing_was_published_needs_nobody(go: Crawl) -> None:
    report = go(since="2099-01-01")
    assert (report.exit_code, report.total("new")) == (0, 0)


def test_an_update_keeps_to_the_dates_that_it_is_given(
    go: Crawl, archive: Archive, newsroom: Served, room_sites: Sites
) -> None:
    go(since=START - timedelta(days=2))
    before = count(archive, "articles")
    newsroom.pass_time(minutes=1)
    report = update(archive, sites=room_sites, since=START - timedelta(days=2), network=newsroom.network())
    assert (report.total("new"), count(archive, "articles")) == (0, before)
    assert update(archive, sites=room_sites, limit=1, network=newsroom.network()).total("new") == 1


def test_a_dry_run_keeps_to_its_bounds_and_says_that_it_is_dry(go: Crawl) -> None:
    assert go(dry=True, limit=3).summary() == "0 known, 3 to fetch, nothing fetched (dry run)"
    assert go(dry=True, since="2099-01-01").summary().endswith("0 to fetch, nothing fetched (dry run)")


class Shelves(httpx.AsyncBaseTransport):
    """A site of two sitemaps with a story each; the first story comes only after the second sitemap was asked for."""

    def __init__(self, *, patient: bool) -> None:
        self.asked: list[str] = []
        self.second = asyncio.Event()
        self.patient = patient

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path == "/robots.txt":
            return httpx.Response(200, text="Sitemap: /1.xml\nSitemap: /2.xml\n")
        if path.endswith(".xml"):
            if path == "/2.xml":
                self.second.set()
            where = f"<url><loc>https://news.example/story-{path[1]}</loc></url>"
            return httpx.Response(
                200, text=f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{where}</urlset>'
            )
        if self.patient:
            await asyncio.wait_for(self.second.wait(), 20)
        text = (
            f"<title>{path}</title><meta property='og:type' content='article'><article>" + "<p>Words of a story. " * 30
        )
        return httpx.Response(200, html=text)


@pytest.mark.parametrize(("limit", "stories"), [(None, 2), (1, 1)])
def test_the_next_listing_is_read_while_pages_of_the_last_are_in_hand(
    archive: Archive, limit: int | None, stories: int
) -> None:
    """But not where a page in hand may be the last one that is wanted."""
    shelves = Shelves(patient=limit is None)
    report = crawl(["news.example"], archive, limit=limit, network=Network(delay=0.0, concurrency=2, transport=shelves))
    assert (report.exit_code, report.total("new"), count(archive, "articles")) == (0, stories, stories)
    assert ("/2.xml" in shelves.asked) == (limit is None)


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
