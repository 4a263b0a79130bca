"""robots.txt: which answer to it allows what, and that it is obeyed."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fetching import BASE, SITE, Server, Time, fetcher, get, get_all

from scraper.errors import Disallowed, Unreadable
from scraper.fetch import Robots
from scraper.fetch.client import TRIES
from scraper.urls import normalise


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_robots_txt_that_is_not_there_allows_everything(status: int) -> None:
    assert get(Server(Time(), {"/a": (200, b"x")}, robots=(status, b"User-agent: *\nDisallow: /"))).status == 200


@pytest.mark.parametrize("answer", [(500,), (503,), (429,), httpx.ConnectError("refused")])
def test_a_robots_txt_that_cannot_be_had_forbids_everything(answer: Any) -> None:
    server = Server(Time(), {"/a": (200, b"x")}, robots=answer)
    with pytest.raises(Unreadable, match=r"robots\.txt"):
        get(server)
    assert server.paths() == []
    assert len(server.requests) == TRIES


def test_robots_txt_is_tried_again_when_it_fails_once() -> None:
    assert get(Server(Time(), {"/a": (200, b"x")}, robots=[(503,), (404,)])).status == 200


def test_robots_txt_is_asked_once_an_origin() -> None:
    server = Server(Time(), {f"/{n}": (200, b"x") for n in range(5)})
    get_all(server, [f"{BASE}/{n}" for n in range(5)])
    assert [request.url.path for request in server.requests].count("/robots.txt") == 1


def test_robots_txt_holds_for_a_day() -> None:
    server = Server(Time(), {"/a": (200, b"x")})

    async def go() -> None:
        async with fetcher(server.time, server) as opened:
            for hour in range(60):
                server.time.seconds = 1000 + 3600 * hour
                await opened.get(f"{BASE}/a", SITE)

    asyncio.run(go())
    asked = [request.url.path for request in server.requests]
    assert [asked[:at].count("/a") for at, path in enumerate(asked) if path == "/robots.txt"] == [0, 25, 50]


def test_rules_that_cannot_be_had_again_hold_on() -> None:
    rules = (200, b"User-agent: *\nDisallow: /b")
    server = Server(Time(), {"/a": (200, b"x"), "/b": (200, b"x")}, robots=[rules, (503,)])

    async def go() -> None:
        async with fetcher(server.time, server) as opened:
            await opened.get(f"{BASE}/a", SITE)
            server.time.seconds += 100_000
            await opened.get(f"{BASE}/a", SITE)
            with pytest.raises(Disallowed):
                await opened.get(f"{BASE}/b", SITE)

    asyncio.run(go())


ROBOTS = b"""User-agent: *
Disallow: /private/
Allow: /private/open

User-agent: news-scraper
Disallow: /ours/
Disallow: /*.pdf$
Sitemap: https://news.example/s.xml
"""


def test_robots_txt_is_read_for_our_own_name() -> None:
    robots = Robots.of_answer(200, ROBOTS, agent="news-scraper")
    assert robots.allows(BASE + "/private/x")
    assert not robots.allows(BASE + "/ours/x")
    assert not robots.allows(BASE + "/x.pdf")
    assert robots.sitemaps == (BASE + "/s.xml",)
    others = Robots.of_answer(200, ROBOTS, agent="another")
    assert not others.allows(BASE + "/private/x")
    assert others.allows(BASE + "/private/open")


@pytest.mark.parametrize(
    ("named", "is_ours"),
    [
        ("news-scraper", True), ("News-Scraper/1.0", True), ("news-scraper # the archive", True), ("news-scraper (x)", True),
        ("*", True), ("news", False), ("n", False), ("news-scraper-images", False), ("another", False), ("", False),
    ],
)  # fmt: skip
def test_a_group_is_ours_by_its_whole_name(named: str, is_ours: bool) -> None:
    text = f"User-agent: other\nUser-Agent: {named}\nDisallow: /\nCrawl-delay: 7"
    robots = Robots.of_answer(200, text.encode(), agent="news-scraper")
    assert (robots.allows(BASE + "/x"), robots.crawl_delay) == (not is_ours, 7 if is_ours else None)


def test_a_robots_txt_with_a_byte_order_mark_is_read() -> None:
    assert not Robots.of_answer(200, b"\xef\xbb\xbfUser-agent: *\nDisallow: /", agent="news-scraper").allows(
        BASE + "/a"
    )


@pytest.mark.parametrize(
    "body", [b"", b"<html>not found</html>", b"\x00\xff\xfe" * 50, b"Disallow: /\n" * 3, b"User-agent: *\nDisallow:"]
)
def test_a_robots_txt_that_says_nothing_allows_everything(body: bytes) -> None:
    assert Robots.of_answer(200, body, agent="news-scraper").allows(BASE + "/a")


def test_what_robots_txt_forbids_is_not_asked_for() -> None:
    server = Server(Time(), {"/ours/x": (200, b"x")}, robots=(200, ROBOTS))
    with pytest.raises(Disallowed) as caught:
        get(server, BASE + "/ours/x")
    assert caught.value.reason == "robots"
    assert server.paths() == []


@pytest.mark.parametrize("path", ["/open/../private/x", "/./private/x", "/open/%2e%2E/private/x"])
def test_nor_is_it_reached_by_a_way_around(path: str) -> None:
    server = Server(Time(), {"/private/x": (200, b"x")}, robots=(200, b"User-agent: *\nDisallow: /private/"))
    with pytest.raises(Disallowed):
        get(server, normalise(BASE + path) or "")
    assert server.paths() == []


def test_nor_is_it_reached_by_a_redirect() -> None:
    server = Server(Time(), {"/a": (302, b"", {"location": "/ours/x"}), "/ours/x": (200, b"x")}, robots=(200, ROBOTS))
    with pytest.raises(Disallowed):
        get(server)
    assert server.paths() == ["/a"]


def test_a_redirect_to_another_host_asks_that_hosts_robots_txt() -> None:
    def robots(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, content=b"User-agent: *\nDisallow: /" if request.url.host == "other.example" else b""
        )

    server = Server(
        Time(), {"/a": (302, b"", {"location": "https://other.example/b"}), "/b": (200, b"x")}, robots=robots
    )
    with pytest.raises(Disallowed):
        get(server)
    assert server.paths() == ["/a"]


def test_robots_txt_itself_may_be_redirected() -> None:
    server = Server(
        Time(), {"/ours/x": (200, b"x"), "/r.txt": (200, ROBOTS)}, robots=(301, b"", {"location": "/r.txt"})
    )
    with pytest.raises(Disallowed):
        get(server, BASE + "/ours/x")


def hops(count: int) -> dict[str, Any]:
    """A robots.txt that forbids everything, behind so many redirects."""
    ways = {f"/r{n}": (302, b"", {"location": f"/r{n + 1}"}) for n in range(1, count)}
    return ways | {"/robots.txt": (301, b"", {"location": "/r1"}), f"/r{count}": (200, b"User-agent: *\nDisallow: /")}


def test_five_redirects_of_robots_txt_are_followed() -> None:
    """RFC 9309 section 2.3.1.2: at least five, also to other hosts; beyond, it counts as not there."""
    server = Server(Time(), {})
    server.answers = hops(5) | {"/a": (200, b"x")}
    with pytest.raises(Disallowed):
        get(server)
    assert server.paths() == ["/r1", "/r2", "/r3", "/r4", "/r5"]
    server = Server(Time(), {})
    server.answers = hops(6) | {"/a": (200, b"x")}
    assert get(server).status == 200


def test_a_robots_txt_that_redirects_in_a_circle_is_not_there_and_asked_for_no_more_than_six_times() -> None:
    server = Server(Time(), {"/a": (200, b"x")}, robots=(302, b"", {"location": "/robots.txt"}))
    assert get(server).status == 200
    assert [request.url.path for request in server.requests].count("/robots.txt") <= 6


def test_a_robots_txt_on_another_host_holds_for_the_host_that_sent_us_there() -> None:
    def elsewhere(request: httpx.Request) -> httpx.Response:
        if request.url.host == "news.example":
            return httpx.Response(301, headers={"location": "https://other.example/robots.txt"})
        return httpx.Response(200, content=ROBOTS)

    server = Server(Time(), {"/ours/x": (200, b"x"), "/a": (200, b"x")}, robots=elsewhere)
    with pytest.raises(Disallowed):
        get(server, BASE + "/ours/x")
    assert get(server).status == 200


def test_a_robots_txt_that_leads_to_a_private_address_is_not_followed_and_forbids_everything() -> None:
    server = Server(Time(), {"/a": (200, b"x")}, robots=(302, b"", {"location": "http://10.0.0.1/robots.txt"}))
    with pytest.raises(Unreadable, match="private address"):
        get(server, options={"named_hosts": ["news.example"]})
    assert {request.url.host for request in server.requests} == {"news.example"}


@pytest.mark.parametrize("status", [500, 503, 599])
def test_a_redirected_robots_txt_that_fails_forbids_everything(status: int) -> None:
    server = Server(Time(), {"/a": (200, b"x"), "/r": (status,)}, robots=(302, b"", {"location": "/r"}))
    with pytest.raises(Unreadable, match=r"robots\.txt"):
        get(server)
    assert "/a" not in server.paths()


@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_robots_txt_in_utf_16_is_read_as_that(encoding: str, mark: str) -> None:
    robots = Robots.of_answer(200, (mark + ROBOTS.decode()).encode(encoding), agent="news-scraper")
    assert not robots.allows(BASE + "/ours/x")
    assert robots.sitemaps == (BASE + "/s.xml",)
