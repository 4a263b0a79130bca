"""A host that is named with ``www.`` or without, and answers under the other name alone."""

from __future__ import annotations

import httpx
import pytest
from conftest import RunCli, Served
from crawling import at_once
from webs import Answer, Webs, sitemap, stories

from scraper import crawl
from scraper.archive import Archive
from scraper.run import Network

PLAIN, WWW = "https://one.example", "https://www.one.example"


class HalfThere(Webs):
    """Webs some of whose hosts do not answer, with the words of the system for it."""

    def __init__(self, archive: Archive, pages: dict[str, Answer], **silent: str) -> None:
        super().__init__(archive, pages)
        self.silent = {host.replace("_", "."): said for host, said in silent.items()}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if said := self.silent.get(request.url.host):
            self.asked[str(request.url)] += 1
            raise httpx.ConnectError(said)
        return await super().handle_async_request(request)

    def hosts(self) -> set[str]:
        return {httpx.URL(url).host for url in self.asked}


NOWHERE, REFUSED = "[Errno -2] Name or service not known", "All connection attempts failed"


@pytest.mark.parametrize("said", [NOWHERE, REFUSED, "certificate verify failed"])
@pytest.mark.parametrize(("named", "there"), [(PLAIN, WWW), (WWW, PLAIN)])
def test_the_other_name_is_asked_where_nothing_answers(
    archive: Archive, run_cli: RunCli, named: str, there: str, said: str
) -> None:
    webs = HalfThere(archive, stories(there, 3))
    webs.silent[httpx.URL(named).host] = said
    report = webs.crawl(httpx.URL(named).host)
    assert (report.exit_code, report.total("new"), report.sites[0].problems) == (0, 3, [])
    assert [row["url"] for row in archive.rows("select url from seeds")] == [f"{there}/"]
    told = run_cli("why", f"{named}/", "--db", archive.path).stdout
    assert f"nothing answers there; {there}/ is read in its place" in told
    assert "read for its links" in run_cli("why", there, "--db", archive.path).stdout
    assert run_cli("why", "one.example", "--db", archive.path).returncode == 0
    assert webs.update().exit_code == 0
    assert webs.hosts() == {httpx.URL(there).host}


def test_an_answer_is_one_whatever_it_says(archive: Archive) -> None:
    webs = HalfThere(archive, stories(WWW, 2) | {f"{PLAIN}/robots.txt": (503, b"", {})})
    assert "the server answered 503" in str(webs.crawl(PLAIN).sites[0].needs)
    assert webs.hosts() == {"one.example"}


def test_both_names_are_told_of_where_neither_answers(archive: Archive) -> None:
    webs = HalfThere(archive, {}, one_example=NOWHERE, www_one_example=REFUSED)
    report = webs.crawl(PLAIN)
    assert report.exit_code == 3
    assert report.sites[0].needs == f"{PLAIN}/: no robots.txt to be had (no such host), nor from www.one.example"


@pytest.mark.parametrize("amp", ["", "/amp"])
def test_pages_that_are_named_under_the_silent_name_are_had_under_the_other(archive: Archive, amp: str) -> None:
    webs = HalfThere(archive, stories(WWW, 2), one_example=NOWHERE)
    webs.pages[f"{WWW}/sitemap.xml"] = sitemap(*(f"{PLAIN}/a/a-story-of-{n}{amp}" for n in range(2)))
    for report in (webs.crawl("one.example"), webs.crawl("one.example", refetch=True)):
        assert (report.exit_code, report.sites[0].unexplained, report.total("failed")) == (0, 0, 0)
    assert [webs.asked[f"{PLAIN}{path}"] for path in ("/robots.txt", "/a/a-story-of-0")] == [3, 0]
    assert webs.asked[f"{WWW}/a/a-story-of-0"] == 1
    assert {row["url"] for row in archive.rows("select url from snapshots")} == {
        f"{WWW}/a/a-story-of-{n}" for n in range(2)
    }


def test_the_other_name_is_meant_by_the_user_too(archive: Archive, newsroom: Served) -> None:
    """Also where it leads to an address of the user's own network."""

    async def resolve(host: str) -> list[str]:
        return ["127.0.0.1"] if host == "www.one.example" else []

    port = httpx.URL(newsroom.base).port
    crawl([f"http://one.example:{port}/"], archive, network=Network(delay=0.0, resolve=resolve, sleep=at_once))
    assert "/robots.txt" in newsroom.paths()


def test_listings_that_are_named_under_the_silent_name_are_read_under_the_other(archive: Archive) -> None:
    webs = HalfThere(archive, stories(WWW, 2), one_example=NOWHERE)
    webs.pages[f"{WWW}/map.xml"] = webs.pages.pop(f"{WWW}/sitemap.xml")
    webs.pages[f"{WWW}/robots.txt"] = f"User-agent: *\nAllow: /\nSitemap: {PLAIN}/map.xml".encode()
    report = webs.crawl("one.example")
    assert (report.exit_code, report.total("new")) == (0, 2)


def test_pages_that_are_gone_under_the_living_name_are_gone(archive: Archive) -> None:
    webs = HalfThere(archive, stories(WWW, 3), one_example=NOWHERE)
    webs.pages[f"{WWW}/sitemap.xml"] = sitemap(
        *(f"{PLAIN}/b/a-story-of-{n}" for n in range(7)), *(f"{WWW}/a/a-story-of-{n}" for n in range(3))
    )
    report = webs.crawl("one.example")
    assert (report.exit_code, report.total("gone"), report.total("new")) == (0, 7, 3)
