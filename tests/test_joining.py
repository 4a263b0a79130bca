"""An article in several pages is one article: crawled, read anew, looked at again, and where a page is lacking."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import RunCli

from scraper.archive import Archive
from scraper.archive.check import check
from scraper.crawl import crawl, update
from scraper.imports import import_html
from scraper.parts import MOST
from scraper.reextract import reextract
from scraper.report import Report
from scraper.run import Network
from scraper.sites import Sites

BASE = "https://news.example"
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
RULES = "name = 'News'\n[pace]\ndelay = 0.0\n[[layout]]\ntitle = 'h1'\nbody = 'article'\ndate = { css = 'time', attr = 'datetime' }\n"
STORY = "/a/the-bridge"


def story(number: int, following: str | None = None, *, title: str = "The bridge", said: str = "") -> bytes:
    body = "".join(
        f"<p>{number}-{part}. The council met on Monday to speak about the new bridge{said}.</p>" for part in range(6)
    )
    link = f'<nav><a rel="next" href="{following}">more</a></nav>' if following else ""
    return (
        f"<html lang=en><title>{title}</title><h1>{title}</h1><time datetime='2026-03-01T10:00:00Z'>then</time>"
        f"<article>{body}<figure><img src='/{number}.jpg' width=900></figure></article>{link}"
    ).encode()


def three() -> dict[str, bytes]:
    return {
        STORY: story(1, f"{STORY}?page=2"),
        f"{STORY}?page=2": story(2, f"{STORY}?page=3"),
        f"{STORY}?page=3": story(3),
    }


class Web(httpx.AsyncBaseTransport):
    """Pages by path and query; what was asked for."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        self.pages, self.status = pages, 404
        self.asked: Counter[str] = Counter()
        self.moved: dict[str, str] = {}  # where a path redirects to
        self.slow: str | None = None  # the path that is answered when all others have been read

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        self.asked[path] += 1
        found = self.pages.get(path)
        if path in self.moved:
            return httpx.Response(301, headers={"location": self.moved[path]})
        if path == self.slow:
            await asyncio.sleep(0.5)
        headers = {"content-type": "text/html", "etag": f'"{hash(found)}"'}
        if found and request.headers.get("if-none-match") == headers["etag"]:
            return httpx.Response(304, headers=headers)
        return httpx.Response(200 if found else self.status, headers=headers, content=found or b"")


class Paper:
    """A site, and an archive that it is crawled into."""

    def __init__(self, archive: Archive, folder: Path) -> None:
        self.archive, self.folder, self.now = archive, folder, NOW
        self.web = Web(three())
        (folder / "news.example.toml").write_text(RULES)
        self.sites = Sites.load(folder)

    def network(self) -> Network:
        return Network(transport=self.web, clock=lambda: self.now, concurrency=3)

    def crawl(self, *paths: str, **options: Any) -> Report:
        listed = self.folder / "urls.txt"
        listed.write_text("\n".join(BASE + path for path in paths or [STORY]))
        return crawl([str(listed)], self.archive, sites=self.sites, network=self.network(), **options)

    def article(self) -> dict[str, Any]:
        return self.archive.article(BASE + STORY)

    def numbers(self) -> list[str]:
        """The pages whose text the article has, in its order, a letter a page."""
        return list(dict.fromkeys(paragraph[0] for paragraph in self.article()["body"].split("\n\n")))

    def count(self, table: str) -> int:
        return int(next(self.archive.rows(f"select count(*) as n from {table}"))["n"])

    def why(self, path: str) -> dict[str, Any]:
        found = self.archive.why(BASE + path)
        assert found is not None
        return found


@pytest.fixture
def paper(archive: Archive, tmp_path: Path) -> Paper:
    return Paper(archive, tmp_path)


def test_three_pages_are_one_article_and_each_keeps_its_bytes(paper: Paper) -> None:
    report = paper.crawl()
    assert (report.total("new"), report.total("fetched")) == (1, 3)
    article = paper.article()
    assert paper.numbers() == ["1", "2", "3"]
    assert article["word_count"] == len(article["body"].split())
    assert article["body_html"].count("<p>") == 18
    assert [image["url"] for image in article["images"]] == [f"{BASE}/{n}.jpg" for n in (1, 2, 3)]
    assert article["provenance"]["body"]["rule"].endswith(", 3 pages")
    assert article["warnings"] == []
    assert (paper.count("articles"), paper.count("snapshots"), paper.count("revisions")) == (1, 3, 1)
    later = paper.why(f"{STORY}?page=3")
    assert (later["state"], later["reason"], later["detail"]) == ("alias", "part", f"page 3 of {BASE}{STORY}")
    assert later["article"]["url"] == BASE + STORY
    assert paper.archive.raw(later["snapshots"][0]["id"]) == paper.web.pages[f"{STORY}?page=3"]
    assert [hit.url for hit in paper.archive.search('"3-5 The council"')] == [BASE + STORY]
    assert check(paper.archive).findings == []


def test_the_command_says_what_a_page_is_part_of(paper: Paper, run_cli: RunCli) -> None:
    paper.crawl()
    said = run_cli("why", f"{BASE}{STORY}?page=2", "--db", paper.archive.path).stdout
    assert f"page 2 of {BASE}{STORY}" in said
    assert "The bridge" in said


def test_a_later_page_that_is_read_first_waits_for_the_first_one(paper: Paper) -> None:
    paper.web.slow = STORY
    paper.crawl(*reversed(paper.web.pages))
    assert (paper.count("articles"), paper.numbers()) == (1, ["1", "2", "3"])


def test_pages_that_are_advertised_themselves_become_no_articles(paper: Paper) -> None:
    paper.crawl(*paper.web.pages)
    assert (paper.count("articles"), paper.numbers()) == (1, ["1", "2", "3"])
    assert max(paper.web.asked.values()) <= 2
    again = paper.crawl(*paper.web.pages, refetch=True)
    assert (again.total("new"), again.total("changed"), again.total("unchanged")) == (0, 0, 1)
    assert paper.count("articles") == 1


def test_a_page_that_was_an_article_before_stays_one(paper: Paper) -> None:
    paper.crawl(f"{STORY}?page=2")
    paper.crawl()
    assert paper.count("articles") == 2
    assert (paper.numbers(), paper.article()["warnings"]) == (
        ["1"],
        ["body: page 2 of the article is archived as one of its own"],
    )


def test_a_page_that_was_read_alone_and_names_the_first_one_is_joined(paper: Paper) -> None:
    second = paper.web.pages[f"{STORY}?page=2"].replace(
        b"<title>", f'<link rel="canonical" href="{STORY}"><title>'.encode()
    )
    paper.web.pages[f"{STORY}?page=2"] = second
    paper.crawl(f"{STORY}?page=2")
    paper.crawl()
    assert (paper.count("articles"), paper.numbers(), paper.article()["warnings"]) == (1, ["1", "2", "3"], [])
    assert check(paper.archive).findings == []


def test_looked_at_again_it_is_unchanged_until_a_later_page_changes(paper: Paper) -> None:
    paper.crawl()
    paper.now += timedelta(days=1)
    report = update(paper.archive, only=["news.example"], sites=paper.sites, network=paper.network())
    assert (report.total("unchanged"), report.total("fetched")) == (1, 3)
    paper.web.pages[f"{STORY}?page=2"] = story(2, f"{STORY}?page=3", said=" and the ferry")
    assert paper.crawl(refetch=True).total("changed") == 1
    assert paper.article()["body"].count("and the ferry") == 6
    assert paper.numbers() == ["1", "2", "3"]
    assert paper.crawl(refetch=True).total("unchanged") == 1
    assert (paper.count("articles"), paper.count("snapshots"), paper.count("revisions")) == (1, 4, 2)


def test_a_page_that_cannot_be_had_is_named(paper: Paper) -> None:
    lost = paper.web.pages.pop(f"{STORY}?page=3")
    paper.crawl()
    assert paper.numbers() == ["1", "2"]
    assert paper.article()["warnings"] == ["body: page 3 of the article could not be had (answered 404)"]
    assert "page 3 of" in paper.why(f"{STORY}?page=3")["detail"]
    paper.web.pages[f"{STORY}?page=3"] = lost
    assert paper.crawl(refetch=True).total("changed") == 1
    assert (paper.numbers(), paper.article()["warnings"]) == (["1", "2", "3"], [])


def test_a_page_that_was_had_once_is_not_lost_again(paper: Paper) -> None:
    paper.crawl()
    del paper.web.pages[f"{STORY}?page=2"]
    assert paper.crawl(refetch=True).total("unchanged") == 1
    assert paper.numbers() == ["1", "2", "3"]


def test_a_wall_in_the_place_of_a_later_page_is_none(paper: Paper) -> None:
    paper.crawl()
    wall = b"<html><title>Just a moment...</title><p>Checking your browser before accessing news.example.</p></html>"
    paper.web.pages[f"{STORY}?page=3"] = wall
    assert paper.crawl(refetch=True).total("unchanged") == 1
    assert (paper.numbers(), paper.count("snapshots")) == (["1", "2", "3"], 3)


def test_robots_txt_holds_for_later_pages(paper: Paper) -> None:
    paper.web.pages["/robots.txt"] = b"User-agent: *\nDisallow: /*page=2"
    paper.crawl()
    assert paper.numbers() == ["1"]
    assert f"{STORY}?page=2" not in paper.web.asked
    assert "page 2 of the article could not be had" in paper.article()["warnings"][0]


def test_pages_without_end_and_in_a_circle_end(paper: Paper) -> None:
    paper.web.pages = {STORY: story(1, f"{STORY}?page=2")}
    paper.web.pages |= {f"{STORY}?page={n}": story(n, f"{STORY}?page={n + 1}") for n in range(2, 90)}
    paper.crawl()
    assert paper.count("snapshots") == MOST
    assert paper.article()["warnings"] == [f"body: the article has more than {MOST} pages"]


@pytest.mark.parametrize("second", [story(1, f"{STORY}?page=3"), story(2, title="Ferry sold"), story(1)])
def test_the_same_page_again_or_another_story_is_no_later_page(paper: Paper, second: bytes) -> None:
    paper.web.pages = {STORY: story(1, f"{STORY}?page=2"), f"{STORY}?page=2": second}
    paper.crawl()
    assert paper.numbers() == ["1"]
    assert (paper.count("articles"), paper.article()["warnings"]) == (1, [])


def test_read_anew_it_is_the_same(paper: Paper) -> None:
    paper.crawl()
    before = paper.article()
    report = reextract(paper.archive, sites=paper.sites, jobs=1, again=True)
    assert (report.read, report.changed, report.unchanged) == (1, 0, 1)
    assert paper.article() == before
    (paper.folder / "news.example.toml").write_text(
        RULES.replace("body = 'article'", "body = 'article'\ndrop = ['p:first-child']")
    )
    report = reextract(paper.archive, sites=Sites.load(paper.folder), jobs=1)
    assert (report.changed, paper.numbers()) == (1, ["1", "2", "3"])
    assert len(paper.article()["body"].split("\n\n")) == 15


def test_a_run_that_is_stopped_in_the_middle_goes_on(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("scraper.archive.parts.keep", stop)
        with pytest.raises(KeyboardInterrupt):
            paper.crawl()
    assert paper.count("articles") == paper.count("snapshots") == 0
    assert paper.crawl().total("new") == 1
    assert paper.numbers() == ["1", "2", "3"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("there", [f"{STORY}?page=1", f"{STORY}/1", f"{STORY}-2"])
def test_a_redirect_to_a_numbered_address_waits_for_nothing(paper: Paper, there: str) -> None:
    paper.web.moved[STORY] = there
    paper.web.pages[there] = story(1)
    assert paper.crawl(STORY).total("new") == 1


@pytest.mark.timeout(60)
def test_two_redirects_that_cross_wait_for_nothing(paper: Paper) -> None:
    paper.web.moved = {"/a/bridge-one": "/a/bridge-two-2", "/a/bridge-two": "/a/bridge-one-2"}
    paper.web.pages |= {"/a/bridge-one-2": story(1), "/a/bridge-two-2": story(2, title="Another bridge")}
    assert paper.crawl(*paper.web.moved).total("new") == 2


def test_a_later_page_that_leads_to_another_site_is_not_had(paper: Paper) -> None:
    paper.web.moved[f"{STORY}?page=2"] = "https://other.example/x"
    paper.web.pages["/x"] = story(9)
    paper.crawl()
    assert paper.numbers() == ["1"]
    assert "leads off the site" in paper.article()["warnings"][0]


@pytest.mark.parametrize(
    "second",
    [story(2).replace(b"2026-03-01", b"2026-02-20"), story(2, title="The bridgehead that fell")],
    ids=["of another day", "of another title"],
)
def test_an_article_with_the_next_number_is_no_later_page(paper: Paper, second: bytes) -> None:
    paper.web.pages = {STORY: story(1, f"{STORY}-2"), f"{STORY}-2": second}
    paper.crawl(*paper.web.pages)
    assert (paper.count("articles"), paper.numbers()) == (2, ["1"])


def test_an_article_of_several_pages_keeps_no_validators_of_the_day_when_it_had_one(paper: Paper) -> None:
    pages, paper.web.pages = paper.web.pages, {STORY: story(1)}
    paper.crawl()
    for number, now in enumerate((pages, {STORY: story(1)}), 1):
        paper.web.pages, paper.now = now, NOW + timedelta(days=number)
        paper.crawl(refetch=True)
    assert paper.numbers() == ["1"]


def test_a_stored_page_that_is_damaged_costs_itself(paper: Paper) -> None:
    paper.crawl()
    later = paper.why(f"{STORY}?page=2")["snapshots"][0]["id"]
    paper.archive.database.execute(
        "update blobs set data = x'00' where id = (select blob_id from snapshots where id = ?)", [later]
    )
    paper.archive.database.conn.commit()
    del paper.web.pages[f"{STORY}?page=2"]
    paper.now += timedelta(days=1)
    assert paper.crawl(refetch=True).total("changed") == 1
    assert paper.numbers() == ["1"]
    assert "damaged" in paper.article()["warnings"][0]


def test_links_to_a_later_page_lead_to_the_article(paper: Paper) -> None:
    paper.web.pages["/a/other"] = story(7, title="Another").replace(
        b"<article>", f"<article><p>As told <a href='{STORY}?page=2'>before</a>, at length.</p>".encode()
    )
    paper.crawl("/a/other")
    paper.crawl()
    assert check(paper.archive).findings == []
    [link] = paper.archive.article(f"{BASE}/a/other")["links"]
    assert link["target_id"] == paper.article()["id"]


def test_an_imported_later_page_stays_one(paper: Paper, tmp_path: Path) -> None:
    paper.crawl()
    before = paper.article()
    (tmp_path / "2.html").write_bytes(paper.web.pages[f"{STORY}?page=2"].replace(b"Monday", b"Friday"))
    import_html(
        [str(tmp_path / "2.html")],
        paper.archive,
        url=f"{BASE}{STORY}?page=2",
        sites=paper.sites,
    )
    assert (paper.count("articles"), paper.count("snapshots"), paper.article()) == (1, 4, before)
    assert (paper.why(f"{STORY}?page=2")["state"], paper.why(f"{STORY}?page=2")["reason"]) == ("alias", "part")
    assert check(paper.archive).findings == []
