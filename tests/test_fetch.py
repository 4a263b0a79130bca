"""Fetching: polite, bounded, and every failure has a name."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from scraper.errors import Blocked, Disallowed, FetchError, Forbidden, TooLarge, TransientError, Unreadable
from scraper.fetch import Fetcher, Robots, user_agent
from scraper.fetch.client import MAX_REDIRECTS, TRIES, retry_after
from scraper.fetch.guard import Guard, is_public
from scraper.fetch.pace import HostPace
from scraper.records import Page
from scraper.sites import Pace, Site, unknown_site

SITE = unknown_site("news.example")
BASE = "https://news.example"
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)

Handler = Callable[[httpx.Request], httpx.Response]


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.seconds

    def utc(self) -> datetime:
        return NOW + timedelta(seconds=min(self.seconds - 1000, 1e9))

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


class Server(httpx.AsyncBaseTransport):
    """Answers by path, in turn if there are several answers; notes when each request began and ended."""

    def __init__(
        self,
        time: Time,
        answers: dict[str, Any],
        *,
        robots: Any = (404,),
        takes: float = 0.0,
        handler: Handler | None = None,
    ) -> None:
        self.time, self.takes, self.handler = time, takes, handler
        self.answers = {"/robots.txt": robots} | answers
        self.requests: list[httpx.Request] = []
        self.times: list[tuple[float, float]] = []
        self.open = self.most_open = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        began = self.time.now()
        self.requests.append(request)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            for _ in range(3):
                await asyncio.sleep(0)
            self.time.seconds += self.takes
            answer = self.answers.get(request.url.path, (404,))
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if isinstance(answer, Exception):
                raise answer
            if callable(answer):
                return answer(request)  # type: ignore[no-any-return]
            status, body, headers = (*answer, b"", {})[:3] if len(answer) < 3 else answer
            return httpx.Response(status, headers=headers or {}, content=body)
        finally:
            self.open -= 1
            self.times.append((began, self.time.now()))

    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests if request.url.path != "/robots.txt"]


def fetcher(time: Time, server: Server, **more: Any) -> Fetcher:
    options: dict[str, Any] = {"delay": 0.0} | more
    return Fetcher(clock=time.utc, now=time.now, sleep=time.sleep, transport=server, **options)


def get(
    server: Server, url: str = BASE + "/a", *, site: Site = SITE, options: dict[str, Any] | None = None, **asked: Any
) -> Page:
    async def go() -> Page:
        async with fetcher(server.time, server, **(options or {})) as opened:
            return await opened.get(url, site, **asked)

    return asyncio.run(go())


def get_all(server: Server, urls: Iterable[str], *, site: Site = SITE, **options: Any) -> list[Any]:
    async def go() -> list[Any]:
        async with fetcher(server.time, server, **options) as opened:
            return await asyncio.gather(*(opened.get(url, site) for url in urls), return_exceptions=True)

    return asyncio.run(go())


# -- an answer


def test_an_answer_becomes_a_page() -> None:
    server = Server(Time(), {"/a": (200, b"<html>hi", {"Content-Type": "Text/HTML; charset=utf-8", "ETag": '"1"'})})
    page = get(server)
    assert (page.url, page.final_url, page.status, page.body) == (BASE + "/a", BASE + "/a", 200, b"<html>hi")
    assert (page.content_type, page.headers["etag"]) == ("text/html", '"1"')
    assert page.fetched_at == NOW
    assert not page.permanent


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_not_there_is_an_answer(status: int) -> None:
    server = Server(Time(), {"/a": (status,)})
    assert get(server).status == status
    assert server.paths() == ["/a"]


def test_compressed_bodies_are_unpacked() -> None:
    body = b"<html>" + b"words " * 500
    server = Server(Time(), {"/a": (200, gzip.compress(body), {"content-encoding": "gzip"})})
    assert get(server).body == body


def test_conditions_are_sent_and_304_is_an_answer() -> None:
    server = Server(Time(), {"/a": (304, b"", {"etag": '"1"'})})
    page = get(server, etag='W/"1"', last_modified="Mon, 02 Mar 2026 06:00:00 GMT")
    assert page.status == 304
    sent = server.requests[-1].headers
    assert sent["if-none-match"] == 'W/"1"'
    assert sent["if-modified-since"] == "Mon, 02 Mar 2026 06:00:00 GMT"


def test_without_conditions_none_are_sent() -> None:
    server = Server(Time(), {"/a": (200, b"x")})
    get(server)
    assert not {"if-none-match", "if-modified-since"} & set(server.requests[-1].headers)


def test_an_etag_that_is_not_ascii_does_not_end_the_run() -> None:
    """Servers send what they like; their own tag comes back with the next request."""
    server = Server(Time(), {"/a": (200, b"x", [(b"etag", '"caf\u00e9"'.encode())])})
    etag = get(server).headers["etag"]
    assert get(Server(Time(), {"/a": (304,)}), etag=etag).status == 304


def test_the_user_agent_names_the_project_and_whom_to_write_to() -> None:
    server = Server(Time(), {"/a": (200, b"x")})
    get(server, options={"contact": "desk@archive.example"})
    for request in server.requests:
        assert request.headers["user-agent"].startswith("news-scraper/")
        assert "desk@archive.example" in request.headers["user-agent"]
    assert "\n" not in user_agent("a\r\nX-Evil: 1")
    assert user_agent("Jürgen").isascii()


# -- pace


@pytest.mark.parametrize("takes", [0.0, 0.3, 5.0])
def test_requests_to_a_host_are_one_at_a_time_and_never_closer_than_the_delay(takes: float) -> None:
    server = Server(Time(), {f"/{n}": (200, b"x") for n in range(8)}, takes=takes)
    pages = get_all(server, [f"{BASE}/{n}" for n in range(8)], delay=2.0)
    assert all(isinstance(page, Page) for page in pages)
    assert server.most_open == 1
    assert len(server.times) == 9
    gaps = [after[0] - before[1] for before, after in zip(server.times, server.times[1:], strict=False)]
    assert min(gaps) >= 2.0 - 1e-9


def test_the_sites_own_pace_holds_where_the_user_says_nothing() -> None:
    site = Site(key="n", name="n", hosts=("news.example",), pace=Pace(delay=7.0))
    server = Server(Time(), {"/a": (200, b"x")})
    get(server, site=site, options={"delay": None})
    assert server.times[1][0] - server.times[0][1] >= 7.0


def test_a_crawl_delay_slows_down_and_never_speeds_up() -> None:
    for asked, least in ((10, 10.0), (1, 3.0)):
        server = Server(
            Time(),
            {f"/{n}": (200, b"x") for n in range(3)},
            robots=(200, f"User-agent: *\nCrawl-delay: {asked}\n".encode()),
        )
        get_all(server, [f"{BASE}/{n}" for n in range(3)], delay=3.0)
        gaps = [after[0] - before[1] for before, after in zip(server.times[1:], server.times[2:], strict=False)]
        assert gaps == [least, least]


@pytest.mark.parametrize("asked", ["inf", "1e300", "nan", "-5", "soon"])
def test_a_crawl_delay_that_makes_no_sense_does_not_stop_the_clock(asked: str) -> None:
    server = Server(
        Time(),
        {f"/{n}": (200, b"x") for n in range(3)},
        robots=(200, f"User-agent: *\nCrawl-delay: {asked}\n".encode()),
    )
    pages = get_all(server, [f"{BASE}/{n}" for n in range(3)], delay=1.0)
    assert [page.status for page in pages] == [200, 200, 200]
    assert server.time.seconds - 1000 < 24 * 3600


def test_concurrency_lets_requests_overlap_but_start_apart() -> None:
    site = Site(key="n", name="n", hosts=("news.example",), pace=Pace(delay=0.0, concurrency=3))
    server = Server(Time(), {f"/{n}": (200, b"x") for n in range(9)})
    get_all(server, [f"{BASE}/{n}" for n in range(9)], site=site)
    assert 2 <= server.most_open <= 3
    server = Server(Time(), {f"/{n}": (200, b"x") for n in range(4)})
    get_all(server, [f"{BASE}/{n}" for n in range(4)], delay=1.5, concurrency=3)
    starts = [began for began, _ in server.times]
    assert all(after - before >= 1.5 for before, after in itertools.pairwise(starts))


def test_hosts_do_not_wait_for_each_other() -> None:
    server = Server(Time(), {"/a": (200, b"x")})
    get_all(server, ["https://one.example/a", "https://two.example/a"], delay=60.0)
    assert [request.url.host for request in server.requests[:2]] == ["one.example", "two.example"]


def test_a_host_that_a_redirect_leads_to_keeps_its_own_pace() -> None:
    """However fast the site may be asked that sends us there; and whichever of the two comes first."""
    fast = Site(key="n", name="n", hosts=("news.example",), pace=Pace(delay=0.0, concurrency=3))
    slow = Site(key="s", name="s", hosts=("slow.example",), pace=Pace(delay=7.0))
    there = {f"/{n}": (302, b"", {"location": f"https://slow.example/s{n}"}) for n in range(4)}
    server = Server(Time(), there | {f"/s{n}": (200, b"x") for n in range(8)})

    async def go() -> None:
        async with fetcher(server.time, server, delay=None) as opened:
            await asyncio.gather(*(opened.get(f"{BASE}/{n}", fast) for n in range(4)))
            for n in range(4, 8):
                await opened.get(f"https://slow.example/s{n}", slow)

    asyncio.run(go())
    seen = zip(server.requests, server.times, strict=True)
    times = [times for request, times in seen if request.url.host == "slow.example"]
    gaps = [after[0] - before[1] for before, after in itertools.pairwise(times)]
    assert len(gaps) == 8
    assert min(gaps[:4]) >= 1.0
    assert min(gaps[-3:]) >= 7.0


def test_hold_stops_everything_to_a_host() -> None:
    time = Time()
    pace = HostPace(1.0, 1, time.now, time.sleep)

    async def go() -> float:
        pace.hold(30.0)
        pace.hold(5.0)  # a shorter word does not shorten a longer one
        async with pace.turn():
            return time.now()

    assert asyncio.run(go()) == 1030.0


def test_a_request_that_fails_gives_its_turn_back() -> None:
    server = Server(Time(), {"/a": httpx.ReadError("broken pipe"), "/b": (200, b"x")})
    failed, page = get_all(server, [BASE + "/a", BASE + "/b"])
    assert isinstance(failed, TransientError)
    assert page.status == 200


# -- robots


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


# -- retries


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 524])
def test_a_failure_that_may_pass_is_tried_again(status: int) -> None:
    server = Server(Time(), {"/a": [(status,), (200, b"x")]})
    assert get(server).status == 200
    assert server.paths() == ["/a", "/a"]


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("cut"),
        httpx.ReadError("reset"),
    ],
)
def test_a_broken_connection_is_tried_again(error: httpx.TransportError) -> None:
    server = Server(Time(), {"/a": [error, (200, b"x")]})
    assert get(server).status == 200


def test_a_body_that_cannot_be_unpacked_is_tried_again() -> None:
    packed = httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Chunks([b"no gzip"]))
    server = Server(Time(), {"/a": [lambda request: packed, (200, b"x")]})
    assert get(server).body == b"x"


def test_it_is_tried_so_often_and_no_more_with_longer_waits() -> None:
    server = Server(Time(), {"/a": (503,)})
    with pytest.raises(TransientError, match="answered 503") as caught:
        get(server)
    assert (caught.value.status, caught.value.about) == (503, BASE + "/a")
    assert server.paths() == ["/a"] * TRIES
    waits = [wait for wait in server.time.slept if wait]
    assert waits == sorted(waits)
    assert waits


@pytest.mark.parametrize("status", [200, 204, 400, 404, 405, 410, 418])
def test_an_answer_that_will_not_change_is_taken_at_once(status: int) -> None:
    server = Server(Time(), {"/a": (status, b"x")})
    assert get(server).status == status
    assert server.paths() == ["/a"]


@pytest.mark.parametrize("status", [401, 403, 451])
def test_a_site_that_does_not_want_us_is_not_asked_again(status: int) -> None:
    server = Server(Time(), {"/a": (status,)})
    with pytest.raises(Blocked) as caught:
        get(server)
    assert (caught.value.reason, caught.value.status) == ("blocked", status)
    assert server.paths() == ["/a"]


@pytest.mark.parametrize("value", ["30", " 30 ", format_datetime(NOW + timedelta(seconds=30), usegmt=True)])
def test_retry_after_is_waited_for_as_seconds_and_as_date(value: str) -> None:
    server = Server(Time(), {"/a": [(429, b"", {"retry-after": value}), (200, b"x")]})
    assert get(server).status == 200
    assert 29.0 <= server.times[2][0] - server.times[1][1] <= 31.0


def test_retry_after_holds_every_request_to_the_host() -> None:
    server = Server(Time(), {"/a": [(503, b"", {"retry-after": "40"}), (200, b"x")], "/b": (200, b"x")})
    get_all(server, [BASE + "/a", BASE + "/b"])
    assert server.times[2][0] - server.times[1][1] >= 40.0


def test_a_retry_after_of_hours_is_not_waited_for() -> None:
    server = Server(Time(), {"/a": (503, b"", {"retry-after": "7200"})})
    with pytest.raises(TransientError) as caught:
        get(server)
    assert caught.value.retry_after == 7200.0
    assert server.paths() == ["/a"]
    assert server.time.seconds == 1000.0


def test_a_host_that_asked_for_hours_is_asked_nothing_more() -> None:
    """Not even for the pages that were waiting for their turn."""
    server = Server(Time(), {"/a": (503, b"", {"retry-after": "7200"}), "/b": (200, b"x")})
    for error in get_all(server, [BASE + "/a", BASE + "/b", BASE + "/b"], delay=1.0):
        assert isinstance(error, TransientError)
        assert error.retry_after is not None
        assert error.retry_after > 7000
    assert server.paths() == ["/a"]
    assert server.time.seconds < 1010


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None), ("", None), ("soon", None), ("0", 0.0), ("120", 120.0), ("-1", None), ("1.5", None), ("\u00b2", None),
        ("Mon, 02 Mar 2026 06:01:00 GMT", 60.0), ("Mon, 02 Mar 2026 05:00:00 GMT", 0.0), ("Mon, 99 Mar 2026 05:00:00 GMT", None),
        ("Mon, 02 Mar 2026 06:01:00 -0000", None), ("Mon, 02 Mar 2026 06:01:00 +9999999999999999999", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_or_ignored(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


# -- redirects


def test_redirects_are_followed_and_the_final_address_is_known() -> None:
    server = Server(
        Time(),
        {
            "/a": (301, b"", {"location": "b?x=1"}),
            "/b": (308, b"", {"location": "https://news.example/c"}),
            "/c": (200, b"x"),
        },
    )
    page = get(server)
    assert (page.url, page.final_url, page.permanent) == (BASE + "/a", BASE + "/c", True)


def test_one_passing_redirect_makes_the_way_a_passing_one() -> None:
    server = Server(
        Time(), {"/a": (301, b"", {"location": "/b"}), "/b": (302, b"", {"location": "/c"}), "/c": (200, b"x")}
    )
    assert not get(server).permanent


def test_a_redirect_loop_is_unreadable() -> None:
    server = Server(Time(), {"/a": (302, b"", {"location": "/b"}), "/b": (302, b"", {"location": "/a"})})
    with pytest.raises(Unreadable, match="redirect loop"):
        get(server)
    assert server.paths() == ["/a", "/b"]


def test_redirects_without_end_come_to_one() -> None:
    server = Server(Time(), {f"/{n}": (302, b"", {"location": f"/{n + 1}"}) for n in range(50)})
    with pytest.raises(Unreadable, match="too many redirects"):
        get(server, BASE + "/0")
    assert len(server.paths()) <= MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "location", ["", "file:///etc/passwd", "ftp://news.example/x", "javascript:alert(1)", "http://[", "gopher://x/"]
)
def test_a_redirect_to_nowhere_is_refused(location: str) -> None:
    server = Server(Time(), {"/a": (302, b"", {"location": location} if location else {})})
    with pytest.raises((Unreadable, Forbidden)):
        get(server)
    assert server.paths() == ["/a"]


# -- bounds


class Chunks(httpx.AsyncByteStream):
    """A body that is sent piece by piece; counts what was taken."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces, self.taken = pieces, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.taken += len(piece)
            yield piece


def test_a_body_past_the_limit_is_refused_before_it_ends() -> None:
    body = Chunks(b"x" * 10_000 for _ in range(100_000))
    server = Server(Time(), {"/a": lambda request: httpx.Response(200, stream=body)})
    with pytest.raises(TooLarge, match="100,000") as caught:
        get(server, options={"max_bytes": 100_000})
    assert caught.value.reason == "too_large"
    assert body.taken <= 120_000
    assert server.paths() == ["/a"]


def test_a_limit_of_the_call_goes_before_that_of_the_fetcher() -> None:
    assert len(get(Server(Time(), {"/a": (200, b"x" * 500)}), options={"max_bytes": 100}, limit=1000).body) == 500


def test_a_body_of_just_the_limit_is_taken() -> None:
    assert len(get(Server(Time(), {"/a": (200, b"x" * 100)}), options={"max_bytes": 100}).body) == 100


def test_a_gzip_bomb_is_refused_in_bounded_memory() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(300)) + packer.flush()
    pieces = [bomb[start : start + 65_536] for start in range(0, len(bomb), 65_536)]
    server = Server(
        Time(), {"/a": lambda request: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Chunks(pieces))}
    )
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            get(server, options={"max_bytes": 10_000_000})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 150_000_000


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_robots_txt_without_end_is_read_as_far_as_the_limit(encoding: str) -> None:
    """RFC 9309 section 2.5; and what it says up to there holds."""

    def endless(request: httpx.Request) -> httpx.Response:
        lines = itertools.chain([b"User-agent: *\nDisallow: /private\n"], (b"# words\n" * 1000 for _ in range(10_000)))
        packer = zlib.compressobj(wbits=31)
        packed = (packer.compress(line) + packer.flush(zlib.Z_FULL_FLUSH) for line in lines)
        return httpx.Response(200, headers={"content-encoding": encoding}, stream=Chunks(packed if encoding else lines))

    server = Server(Time(), {"/a": (200, b"x"), "/private": (200, b"x")}, robots=endless)
    assert get(server).status == 200
    with pytest.raises(Disallowed):
        get(server, BASE + "/private")


# -- the guard


def checked(
    url: str, *, named: Iterable[str] = (), resolve: Callable[[str], Awaitable[Iterable[str]]] | None = None
) -> None:
    asyncio.run(Guard(named, resolve).check(url))


PRIVATE = [
    "localhost", "localhost.", "a.localhost", "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]",
    "[::ffff:a9fe:a9fe]",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_a_page_cannot_send_us_to_a_private_address(host: str) -> None:
    server = Server(Time(), {"/a": (302, b"", {"location": f"http://{host}/x"}), "/x": (200, b"secret")})
    with pytest.raises(Forbidden) as caught:
        get(server, options={"named_hosts": ["news.example"]})
    assert caught.value.reason == "forbidden"
    assert server.paths() == ["/a"]
    assert {request.url.host for request in server.requests} == {"news.example"}


@pytest.mark.parametrize("host", PRIVATE)
def test_nor_can_it_be_asked_for_by_a_link(host: str) -> None:
    server = Server(Time(), {"/x": (200, b"secret")})
    with pytest.raises((Forbidden, Unreadable)):
        get(server, f"http://{host}:8080/x")
    assert server.requests == []


@pytest.mark.parametrize(
    ("host", "name"),
    [("localhost", "localhost"), ("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("10.0.0.1", "10.0.0.1")],
)
def test_an_address_that_the_user_named_is_theirs_to_name(host: str, name: str) -> None:
    assert (
        get(Server(Time(), {"/x": (200, b"x")}), f"http://{host}:8080/x", options={"named_hosts": [name]}).status == 200
    )


@pytest.mark.parametrize("address", ["93.184.216.34", "[2606:2800:220:1:248:1893:25c8:1946]"])
def test_public_addresses_pass(address: str) -> None:
    checked(f"http://{address}/")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://news.example/", "gopher://news.example/", "javascript:1", ""]
)
def test_only_web_addresses_pass(url: str) -> None:
    with pytest.raises(Forbidden):
        checked(url, named=["news.example"])


def test_a_name_is_judged_by_all_of_its_addresses() -> None:
    async def resolve(host: str) -> list[str]:
        return {
            "good.example": ["93.184.216.34"],
            "two.example": ["93.184.216.34", "10.0.0.7"],
            "2130706433": ["127.0.0.1"],
        }.get(host, [])

    checked("http://good.example/", resolve=resolve)
    checked("http://unknown.example/", resolve=resolve)
    for url in ("http://two.example/", "http://2130706433/"):
        with pytest.raises(Forbidden, match="private address"):
            checked(url, resolve=resolve)


def test_an_address_with_a_zone_is_judged() -> None:
    assert not is_public("fe80::1%eth0")


def test_every_failure_is_a_fetch_error_about_its_url() -> None:
    server = Server(
        Time(), {"/a": (403,), "/b": (500,), "/c": (302, b"", {"location": "/c"}), "/d": httpx.ReadError("x")}
    )
    for path, error in zip("abcd", get_all(server, [f"{BASE}/{path}" for path in "abcd"]), strict=True):
        assert isinstance(error, FetchError)
        assert f"/{path}" in error.about
        assert "\n" not in str(error)


def test_a_retry_after_beyond_reason_is_a_month() -> None:
    from scraper.fetch.client import LONGEST_RETRY_AFTER, retry_after
    from scraper.records import utc_now

    for value in ("9" * 400, "999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"):
        assert retry_after(value, utc_now()) == LONGEST_RETRY_AFTER


@pytest.mark.parametrize("address", ["64:ff9b:1::7f00:1", "fec0::1", "::7f00:1", "::ffff:0:127.0.0.1"])
def test_addresses_that_may_lead_inside_are_not_public(address: str) -> None:
    from scraper.fetch.guard import is_public

    assert not is_public(address)
