"""The pace of a host: how close and how many its requests are."""

from __future__ import annotations

import asyncio
import itertools

import httpx
import pytest
from fetching import BASE, Server, Time, fetcher, get, get_all

from scraper.errors import TransientError
from scraper.fetch.pace import HostPace
from scraper.records import Page
from scraper.sites import Pace, Site


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
