"""What a crawl can be pointed at: hosts, stories, listings, files."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from commands import free_port
from conftest import Crawl, RunCli, Served
from crawling import an_article, asked, assert_whole, at_once, count, rows

from scraper import crawl
from scraper.archive import Archive, listings
from scraper.archive.check import check
from scraper.errors import TargetError
from scraper.newsroom import START
from scraper.records import Link
from scraper.run import Network
from scraper.sites import Sites, unknown_site
from scraper.targets import Target, parse


def test_a_note_behind_a_url_is_no_part_of_it(tmp_path: Path) -> None:
    file = tmp_path / "urls.txt"
    file.write_text(
        "# of today\nhttps://news.example/a # the first\nhttps://news.example/b\t2024-11-07\nhttps://news.example/c#d\n"
    )
    wanted = [f"https://news.example/{name}" for name in "abc"]
    assert [target.url for target in parse([str(file)], Sites([]))] == wanted


def test_a_host_that_does_not_answer_needs_a_person(go: Crawl, archive: Archive) -> None:
    report = go(f"http://127.0.0.1:{free_port()}", network=Network(delay=0.0, sleep=at_once))
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


def test_a_file_of_urls_may_have_a_byte_order_mark(room_sites: Sites, tmp_path: Path) -> None:
    (tmp_path / "urls.txt").write_text("\ufeffhttps://news.example/a\r\n", "utf-8")
    assert [target.url for target in parse([str(tmp_path / "urls.txt")], room_sites)] == ["https://news.example/a"]


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


# -- sites that are looked after no more


def test_a_mistyped_site_is_taken_out_whole_and_one_with_pages_is_passed_over(
    go: Crawl, look_again: Crawl, archive: Archive, newsroom: Served, run_cli: RunCli
) -> None:
    go()
    mistyped = archive.add_site(unknown_site("news.exmaple"), "https://news.exmaple/", START)
    archive.add_seed(mistyped, "https://news.exmaple/", whole_site=True)
    listings.note(
        archive, mistyped, "https://news.exmaple/", None, "section", 0, "answered 404", START, headers={}, judged_by=""
    )  # fmt: skip
    entry = archive.ledger.expect(mistyped, Link(url="https://news.exmaple/a", source="section"), START)
    archive.ledger.settle(entry.id, "failed", reason="error", now=START)
    rest = [
        rows(archive, f"select * from {table} where id != {entry.id}") for table in ("articles", "pages", "snapshots")
    ]
    result = run_cli("forget", "news.exmaple", "newsroom")
    assert result.returncode == 0
    assert result.stderr.splitlines() == [
        "news.exmaple: gone, nothing was stored of it", f"newsroom: passed over from now on; what is stored of it stays ({len(rest[2])} pages)",
    ]  # fmt: skip
    assert [row["key"] for row in rows(archive, "select key from sites")] == ["newsroom"]
    assert check(archive).is_whole
    assert look_again().sites == []
    assert [rows(archive, f"select * from {table}") for table in ("articles", "pages", "snapshots")] == rest
    go()  # named again: it is looked after again
    assert [site.site for site in look_again().sites] == ["newsroom"]


def test_what_is_not_there_cannot_be_forgotten(go: Crawl, archive: Archive, run_cli: RunCli) -> None:
    go()
    result = run_cli("forget", "newsroom", "nowhere.example")
    assert (result.returncode, result.stderr) == (2, "scraper: nowhere.example: no such site in the archive\n")
    assert rows(archive, "select active from sites") == [{"active": 1}]


def test_a_site_that_was_imported_is_looked_after_once_it_is_crawled(
    go: Crawl, look_again: Crawl, archive: Archive
) -> None:
    go()
    archive.look_after("newsroom", active=False)  # as an import leaves it
    assert look_again().sites == []
    go()
    assert [site.site for site in look_again().sites] == ["newsroom"]


@pytest.mark.parametrize("name", ["newsroom", "http://127.0.0.1:{port}/politics", "127.0.0.1"])
def test_a_site_is_named_as_the_archive_does_or_by_host_or_url(
    go: Crawl, archive: Archive, newsroom: Served, run_cli: RunCli, name: str
) -> None:
    go()
    name = name.format(port=newsroom.base.rpartition(":")[2].strip("/"))
    for command in (["search", "ministry", "--site"], ["export", "jsonl", "--site"], ["forget"]):
        done = run_cli(*command, name, "--db", archive.path)
        assert (done.returncode, done.stdout == "") == (0, command == ["forget"]), done.stderr
    wrong = run_cli("search", "ministry", "--site", "nosuch.example", "--db", archive.path)
    assert (wrong.returncode, wrong.stderr) == (2, "scraper: nosuch.example: no such site in the archive\n")
