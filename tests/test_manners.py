"""Manners as the servers see them: fifty hosts at once, each with its own pace, robots.txt and bad moments."""

from __future__ import annotations

import asyncio
import itertools
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from typing import Any

import pytest

from scraper import crawl
from scraper.archive import Archive
from scraper.run import Network
from scraper.sites import Discover, Pace, Site, Sites

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 without asking")

HOSTS = 50
STORIES = 3
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
TEXT = (
    "The council of the harbour town met on Monday to speak about the new bridge, and voted for it after three hours. "
)


@dataclass
class Request:
    """One request as its server saw it; monotonic seconds, ``not_before`` by the wall clock (Unix time)."""

    path: str
    arrived: float
    wall: float
    answered: float = 0.0
    asked_to_wait: float = 0.0
    not_before: float = 0.0


@dataclass
class Host:
    """A made-up site: ``delay`` is its own file's, ``crawl_delay`` its robots.txt's, both in seconds; ``trouble``
    what some of its stories answer at first; ``takes`` the seconds that it thinks about each request."""

    address: str
    delay: float
    crawl_delay: float | None
    concurrency: int
    trouble: str | None
    takes: float
    requests: list[Request] = field(default_factory=list)
    open: int = 0
    most_open: int = 0

    def answer(self, request: Request, next_host: str) -> tuple[str, dict[str, str], str]:
        """Status, headers and body."""
        path, times = request.path, sum(1 for earlier in self.requests if earlier.path == request.path)
        if path == "/robots.txt":
            delay = "" if self.crawl_delay is None else f"Crawl-delay: {self.crawl_delay}\n"
            return "200 OK", {}, f"User-agent: *\n{delay}Disallow: /private\nDisallow: /*?print=\n"
        if path == "/sitemap.xml":
            paths = [
                *(f"/story-{n}" for n in range(STORIES)),
                "/private/a",
                "/story-0?print=1",
                "/to-private",
                "/to-next",
            ]
            return (
                "200 OK",
                {"Content-Type": "text/xml"},
                f"<urlset>{''.join(f'<url><loc>{p}</loc></url>' for p in paths)}</urlset>",
            )
        if path == "/to-private":
            return "302 Found", {"Location": "/private/b"}, ""
        if path == "/to-next":
            return "302 Found", {"Location": f"{next_host}/story-1"}, ""
        if path == "/story-1" and times == 1 and self.trouble:
            status, _, kind = self.trouble.partition(" ")
            if kind == "date":
                request.not_before = int(request.wall) + 2.0
                return f"{status} Later", {"Retry-After": formatdate(request.not_before, usegmt=True)}, ""
            request.asked_to_wait = 1.0
            return f"{status} Later", {"Retry-After": "1"}, ""
        title = f"Bridge {path.strip('/')} at {self.address}"
        body = f"<html lang=en><title>{title}</title><article><h1>{title}</h1>"
        body += "".join(f"<p>In the {nth} year {TEXT[0].lower()}{TEXT[1:]}</p>" for nth in ORDINALS)
        return "200 OK", {"Content-Type": "text/html"}, body


class Net:
    """All hosts, served on one port by a thread of its own."""

    def __init__(self) -> None:
        self.hosts = [
            Host(
                address=f"127.0.0.{number + 2}",
                delay=(0.1, 0.15, 0.3)[number % 3],
                crawl_delay=(None, 0.25, 0.05, None)[number % 4],
                concurrency=3 if number % 10 == 9 else 1,
                trouble=(None, "503 seconds", "429 seconds", "503 date", "429 date")[number % 5],
                takes=0.6 if number % 10 == 9 else 0.02,
            )
            for number in range(HOSTS)
        ]
        self.port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def base(self, host: Host) -> str:
        return f"http://{host.address}:{self.port}"

    def close(self) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        servers = []
        for number, host in enumerate(self.hosts):
            serve = partial(self._serve, host, self.hosts[(number + 1) % HOSTS])
            servers.append(await asyncio.start_server(serve, host.address, self.port))
            self.port = servers[0].sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        for server in servers:
            server.close()

    async def _serve(self, host: Host, after: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                asked = await reader.readuntil(b"\r\n\r\n")
                request = Request(asked.split(b" ", 2)[1].decode(), time.monotonic(), time.time())
                host.requests.append(request)
                host.open += 1
                host.most_open = max(host.most_open, host.open)
                status, headers, body = host.answer(request, self.base(after))
                await asyncio.sleep(host.takes)
                fields = headers | {"Content-Length": str(len(body.encode()))}
                lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items()), "", body]
                host.open -= 1
                # Before the last byte leaves: stamped later, the client could have it before we look at the clock.
                request.answered = time.monotonic()
                writer.write("\r\n".join(lines).encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Net, Any, list[dict[str, Any]]]]:
    """The net after one crawl of all hosts; its report, and the ledger."""
    net = Net()
    sites = Sites(
        [
            Site(
                key=host.address, name=host.address, hosts=(host.address,), discover=Discover(sitemaps=["/sitemap.xml"]),
                pace=Pace(delay=host.delay, concurrency=host.concurrency),
            )
            for host in net.hosts
        ]
    )  # fmt: skip
    with Archive.open(tmp_path_factory.mktemp("manners") / "archive.db") as archive:
        report = crawl([net.base(host) for host in net.hosts], archive, sites=sites, network=Network())
        rows = list(archive.rows("select * from pages"))
    net.close()
    yield net, report, rows


Crawled = tuple[Net, Any, list[dict[str, Any]]]


def test_every_story_is_archived_and_the_rest_has_its_reason(crawled: Crawled) -> None:
    net, report, rows = crawled
    pages = {row["url"]: (row["state"], row["reason"]) for row in rows}
    assert (report.outcome, report.exit_code) == ("done", 0), [site for site in report.sites if site.needs]
    for host in net.hosts:
        base = net.base(host)
        assert {pages[f"{base}/story-{n}"] for n in range(STORIES)} == {("archived", None)}
        for path in ("/private/a", "/story-0?print=1", "/to-private"):
            assert pages[base + path] == ("refused", "robots")
        assert pages[base + "/to-next"] == ("refused", "off_site")


def test_all_hosts_are_asked_side_by_side(crawled: Crawled) -> None:
    net = crawled[0]
    assert max(host.requests[0].arrived for host in net.hosts) < min(host.requests[-1].arrived for host in net.hosts)


def test_what_robots_txt_forbids_is_never_asked_for(crawled: Crawled) -> None:
    paths = {request.path for host in crawled[0].hosts for request in host.requests}
    assert not [path for path in paths if path.startswith("/private") or "print" in path]


def test_robots_txt_is_asked_for_first_and_once(crawled: Crawled) -> None:
    for host in crawled[0].hosts:
        paths = [request.path for request in host.requests]
        assert paths[0] == "/robots.txt"
        assert paths.count("/robots.txt") == 1


def test_no_request_comes_sooner_than_the_longest_delay_after_the_one_before(crawled: Crawled) -> None:
    """Own delay and Crawl-delay, from the end of an answer to the arrival of the next request; no tolerance."""
    for host in crawled[0].hosts:
        if host.concurrency == 1:
            least = max(host.delay, host.crawl_delay or 0.0)
            gaps = [after.arrived - before.answered for before, after in itertools.pairwise(host.requests)]
            assert len(gaps) >= STORIES + 3
            assert min(gaps) >= least, host


def test_a_retry_after_is_waited_for_by_the_whole_host(crawled: Crawled) -> None:
    waited = 0
    for host in crawled[0].hosts:
        for before, after in itertools.pairwise(host.requests):
            if host.concurrency == 1:
                assert after.arrived - before.answered >= before.asked_to_wait, host
                assert after.wall >= before.not_before, host
                waited += bool(before.asked_to_wait or before.not_before)
    assert waited >= HOSTS // 2


def test_no_more_requests_at_once_than_the_file_says(crawled: Crawled) -> None:
    hosts = crawled[0].hosts
    assert all(host.most_open <= host.concurrency for host in hosts)
    assert max(host.most_open for host in hosts) == 3
