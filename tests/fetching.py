"""A server and a clock made for tests of fetching: answers by URL, no waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from scraper.fetch import Fetcher
from scraper.records import Page
from scraper.sites import Site, unknown_site

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
