"""Many addresses, one story: slugs, canonical addresses in circles, AMP twins, redirects that never arrive."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from scraper import crawl
from scraper.archive import Archive
from scraper.report import Report
from scraper.run import Network
from scraper.sites import Sites

BASE = "https://news.example"
TEXT = (
    "The council of the harbour town met on Monday to speak about the new bridge, and voted for it after three hours. "
)
RULES = """
name   = "News"
hosts  = ["news.example"]
[pace]
delay  = 0.0
[[layout]]
id     = { css = "article", attr = "data-id" }
title  = "h1"
body   = "article"
"""


class Site(httpx.AsyncBaseTransport):
    """Pages by path, a string for a redirect there; counts what is asked for."""

    def __init__(self, pages: dict[str, bytes | str]) -> None:
        self.pages = pages
        self.asked: Counter[str] = Counter()
        self.redirect = 302

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        self.asked[path] += 1
        found = self.pages.get(path)
        if found is None:
            return httpx.Response(404)
        if isinstance(found, str):
            return httpx.Response(self.redirect, headers={"location": found})
        return httpx.Response(200, headers={"content-type": "text/html"}, content=found)


def story(
    title: str = "Bridge voted for", *, id: str = "", canonical: str = "", amp: str = "", date: str = ""
) -> bytes:
    dated = f'<meta property="article:published_time" content="{date}">' * bool(date)
    links = f'<link rel="canonical" href="{canonical}">' * bool(
        canonical
    ) + f'<link rel="amphtml" href="{amp}">' * bool(amp)
    attribute = f' data-id="{id}"' if id else ""
    body = "".join(f"<p>{n}. {title}. {TEXT}</p>" for n in range(9))
    return f"<html lang=en><head><title>{title}</title>{links}{dated}</head><article{attribute}><h1>{title}</h1>{body}</article></html>".encode()


class Desk:
    """Crawls lists of paths into one archive."""

    def __init__(self, archive: Archive, folder: Path) -> None:
        (folder / "news.example.toml").write_text(RULES)
        self.archive, self.folder, self.sites = archive, folder, Sites.load(folder)

    def crawl(self, site: Site, *paths: str, **bounds: Any) -> Report:
        listed = self.folder / "urls.txt"
        listed.write_text("\n".join(BASE + path for path in paths or site.pages))
        return crawl([str(listed)], self.archive, sites=self.sites, network=Network(transport=site), **bounds)

    def articles(self) -> list[str]:
        return [row["url"].removeprefix(BASE) for row in self.archive.rows("select url from articles order by id")]

    def pages(self) -> dict[str, tuple[str, str | None]]:
        rows = self.archive.rows("select url, state, detail from pages")
        return {row["url"].removeprefix(BASE): (row["state"], row["detail"]) for row in rows}


@pytest.fixture
def desk(archive: Archive, tmp_path: Path) -> Desk:
    return Desk(archive, tmp_path)


def test_many_slugs_of_one_articles_id_are_one_article(desk: Desk) -> None:
    """A server that looks at the number alone answers under any slug."""
    site = Site({f"/a/{slug}-4711": story(id="4711") for slug in ("bridge", "bridge-voted-for", "x", "")})
    site.pages["/a/another-4712"] = story("Ferry sold", id="4712")
    assert desk.crawl(site).total("new") == 2
    assert len(desk.articles()) == 2
    for path in site.pages:
        assert desk.archive.article(BASE + path)["publisher_id"] == path[-4:]
    desk.crawl(site, refetch=True)
    assert len(desk.articles()) == 2


def test_many_addresses_with_one_canonical_one_are_one_article(desk: Desk) -> None:
    site = Site({path: story(canonical="/a/bridge") for path in ("/a/bridge", "/print/bridge", "/a/bridge?page=all")})
    desk.crawl(site)
    assert desk.articles() == ["/a/bridge"]


@pytest.mark.parametrize("length", [2, 3])
def test_canonical_addresses_in_a_circle_end_and_stay_what_they_are(desk: Desk, length: int) -> None:
    site = Site({f"/a/{n}": story(canonical=f"/a/{(n + 1) % length}") for n in range(length)})
    desk.crawl(site)
    articles = desk.articles()
    assert len(articles) == 1
    for _ in range(3):
        report = desk.crawl(site, refetch=True)
        assert report.total("new") == report.total("moved") == 0
        assert desk.articles() == articles
    assert max(site.asked.values()) <= 4


def test_a_canonical_address_that_is_the_amp_twin_is_the_page_itself(desk: Desk) -> None:
    site = Site(
        {
            "/a/bridge": story(canonical="/a/bridge/amp", amp="/a/bridge/amp"),
            "/a/bridge/amp": story(canonical="/a/bridge"),
        }
    )
    desk.crawl(site)
    assert len(desk.articles()) == 1
    assert sum(site.asked[path] for path in site.pages) == 1


@pytest.mark.parametrize("canonical", ["https://elsewhere.example/a/bridge", "https://news.example/", "http://[", ""])
def test_a_canonical_address_that_cannot_be_one_changes_nothing(desk: Desk, canonical: str) -> None:
    site = Site({f"/a/{n}": story(f"Story {n}", canonical=canonical) for n in range(3)})
    assert desk.crawl(site).total("new") == 3
    assert sorted(desk.articles()) == ["/a/0", "/a/1", "/a/2"]


def test_spellings_of_one_address_are_asked_for_once(desk: Desk) -> None:
    site = Site({"/a/bridge": story()})
    spellings = ["", "#top", "?utm_source=x", "?fbclid=1&utm_medium=y", "/amp", "?amp=1"]
    desk.crawl(site, *(f"/a/bridge{spelling}" for spelling in spellings))
    assert site.asked["/a/bridge"] == 1
    assert sum(site.asked.values()) == 2  # and robots.txt
    assert desk.articles() == ["/a/bridge"]


def test_a_trailing_slash_and_a_kept_parameter_make_another_page(desk: Desk) -> None:
    site = Site(
        {path: story(f"Story {path}") for path in ("/a/x", "/a/x/", "/a/x?id=1%2F2%26", "/a/x?id=2", "/a/x%2Fy")}
    )
    assert desk.crawl(site).total("new") == 5
    assert {path: site.asked[path] for path in site.pages} == dict.fromkeys(site.pages, 1)


def test_redirects_in_a_circle_and_onto_each_other_end(desk: Desk) -> None:
    site = Site(
        {
            "/self": "/self",
            "/one": "/two",
            "/two": "/three",
            "/three": "/one",
            "/slash": "/slash/",
            "/slash/": "/slash",
            "/tracked": "/tracked?utm_source=x",
            "/fine": "/a/bridge",
            "/a/bridge": story(),
        }
    )
    for path in ("/self", "/one", "/two", "/three", "/slash", "/slash/", "/tracked", "/fine"):
        desk.crawl(site, path)  # one by one, for five failures in a row would put the host aside
    pages = desk.pages()
    for path in ("/self", "/one", "/two", "/three", "/slash", "/slash/", "/tracked"):
        assert pages[path] == ("failed", "redirect loop")
    assert pages["/fine"][0] == "alias"
    assert desk.articles() == ["/a/bridge"]
    assert sum(site.asked.values()) < 8 * 4 + 1


@pytest.mark.parametrize(
    ("title", "date", "same"), [("New title", "2026-03-01", True), ("We moved", "2026-03-09", False)]
)
def test_a_permanent_redirect_leads_to_the_same_story_if_the_dates_agree(
    desk: Desk, title: str, date: str, same: bool
) -> None:
    """Some sites send the addresses of all that they took down to one page."""
    site = Site({"/a/old": story(date="2026-03-01")})
    site.redirect = 301
    desk.crawl(site)
    site.pages = {"/a/old": "/a/new", "/a/new": story(title, date=date)}
    desk.crawl(site, "/a/old", refetch=True)
    assert desk.articles() == (["/a/new"] if same else ["/a/old", "/a/new"])
