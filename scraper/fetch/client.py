"""One URL to one :class:`~scraper.records.Page`: politely, within bounds, with every failure named."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.request import getproxies, proxy_bypass

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential

from scraper import __version__, urls
from scraper.errors import Blocked, Disallowed, FetchError, Forbidden, TooLarge, TransientError, Unreadable
from scraper.fetch import decoding, network
from scraper.fetch.guard import Guard, Resolve
from scraper.fetch.network import NO_SUCH_HOST
from scraper.fetch.pace import HostPace, LeftAlone
from scraper.fetch.robots import MAX_BYTES as ROBOTS_MAX_BYTES
from scraper.fetch.robots import Robots
from scraper.records import Page, utc_now
from scraper.sites import DEFAULT_DELAY, Site

#: What we call ourselves in robots.txt files.
AGENT = "news-scraper"

MAX_BYTES = 32 * 1024 * 1024  #: of one body after decompression; sitemaps may have 50 MB, news pages never
MAX_REDIRECTS = 10
TRIES = 3
PHASE_TIMEOUT = 20.0  #: seconds to connect, to send, and between two reads
TOTAL_TIMEOUT = 120.0  #: seconds for one answer, however steadily it drips
LONGEST_RETRY_AFTER = 30 * 86_400.0  #: seconds; what asks for more means "never", or nothing
MAX_RETRY_AFTER = 120.0  #: seconds that a run waits on a server's word; asked for more, it leaves

_EVERYTHING = frozenset({"all"})
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_BLOCKED = frozenset({401, 403, 407, 451})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


class Fetcher:
    """Fetches pages of many hosts, each at its own pace.

    ``named_hosts`` are those that the user named; ``clock`` gives UTC, ``now`` monotonic seconds;
    ``contact`` (an e-mail address or URL) tells sites whom to write to; ``transport`` replaces the
    network and ``resolve`` the system's look-up of names (tests); ``delay`` and ``concurrency``
    override every site's own; ``timeout`` (a phase) and ``total_timeout`` (an answer) are seconds.
    """

    def __init__(
        self,
        *,
        named_hosts: Iterable[str] = (),
        delay: float | None = None,
        concurrency: int | None = None,
        max_bytes: int = MAX_BYTES,
        contact: str | None = None,
        clock: Callable[[], datetime] = utc_now,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve | None = None,
        timeout: float | None = None,
        total_timeout: float | None = None,
    ) -> None:
        self._delay, self._concurrency, self._max_bytes = delay, concurrency, max_bytes
        self._user_agent, self._transport = user_agent(contact), transport
        self._clock, self._now, self._sleep = clock, now, sleep
        self._timeout, self._total_timeout = timeout or PHASE_TIMEOUT, total_timeout or TOTAL_TIMEOUT
        self._tls = httpx.create_ssl_context() if transport is None else None
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._paces: dict[str, HostPace] = {}
        self._robots: dict[str, asyncio.Task[Robots]] = {}
        self._proxied = frozenset(getproxies()) if transport is None else _EVERYTHING
        self._guard = Guard(named_hosts, resolve or _resolve, self._is_direct)

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._robots.values():
            task.cancel()
        await asyncio.gather(*self._robots.values(), return_exceptions=True)
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    async def get(
        self,
        url: str,
        site: Site,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        limit: int | None = None,
    ) -> Page:
        """Fetch a URL: robots.txt asked, redirects followed, transient failures tried again.

        ``etag`` and ``last_modified`` make the request conditional (a 304 is a Page too, as is a
        404 or 410).  ``limit`` bounds the body in bytes.  Raises a :class:`FetchError`.
        """
        conditions = {"if-none-match": etag, "if-modified-since": last_modified}
        # A tag beyond ASCII cannot be sent back as it came: the request is made without it.
        headers = {name: value for name, value in conditions.items() if value and value.isascii()}
        return await self._with_retries(lambda: self._follow(url, site, headers, limit or self._max_bytes))

    def concurrency(self, site: Site) -> int:
        """How many requests to a host of the site may run at once."""
        return self._concurrency or site.pace.concurrency

    async def robots(self, url: str, site: Site) -> Robots:
        """The rules of the URL's origin; fetched once."""
        origin = urls.origin_of(url)
        if origin not in self._robots:
            self._robots[origin] = asyncio.create_task(self._fetch_robots(origin, site))
        return await asyncio.shield(self._robots[origin])

    async def _with_retries(self, once: Callable[[], Awaitable[Page]]) -> Page:
        """tenacity retries what is transient; a Retry-After is waited for by the host's pace."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(
                lambda error: isinstance(error, TransientError) and (error.retry_after or 0) <= MAX_RETRY_AFTER
            ),
            stop=stop_after_attempt(TRIES),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        ):
            with attempt:
                page = await once()
        return page

    async def _follow(self, url: str, site: Site, headers: dict[str, str], limit: int) -> Page:
        """One answer after redirects; every hop is checked, allowed and paced by itself."""
        here, seen, permanent = url, {url}, True
        while True:
            await self._guard.check(here)
            robots = await self.robots(here, site)
            if robots.unreachable:
                raise (Forbidden if robots.forbidden else Unreadable)(robots.unreachable, about=here)
            if not robots.allows(here):
                raise Disallowed("disallowed by robots.txt", about=here)
            page = await self._request(here, site, headers, limit)
            target = urls.normalise(page.headers.get("location", ""), here) if page.status in _REDIRECTS else None
            if page.status not in _REDIRECTS:
                self._judge(page)
                return Page(
                    url=url, final_url=here, status=page.status, headers=page.headers, body=page.body,
                    fetched_at=page.fetched_at, permanent=permanent and here != url,
                )  # fmt: skip
            if target is None:
                raise Unreadable(f"redirect ({page.status}) to nowhere", about=here, status=page.status)
            if target in seen or len(seen) > MAX_REDIRECTS:
                raise Unreadable("redirect loop" if target in seen else "too many redirects", about=url)
            permanent = permanent and page.status in _PERMANENT
            seen.add(target)
            here = target

    def _judge(self, page: Page) -> None:
        """Raise for answers that are not the page."""
        if page.status in _BLOCKED:
            raise Blocked(f"the site answered {page.status}", about=page.url, status=page.status)
        if page.status in _TRANSIENT or page.status >= 500:
            wait = retry_after(page.headers.get("retry-after"), self._clock())
            if wait:
                self._pace_of(page.url, None).leave(wait)
            raise TransientError(
                f"the server answered {page.status}", about=page.url, status=page.status, retry_after=wait
            )

    async def _request(
        self, url: str, site: Site | None, headers: dict[str, str], limit: int, *, cut: bool = False
    ) -> Page:
        """One request and its whole answer (or its beginning: ``cut``), no redirect followed."""
        await self._guard.check(url)
        try:
            async with (
                self._pace_of(url, site).turn(),
                asyncio.timeout(self._total_timeout),
                self._client(url).stream("GET", url, headers=headers) as answer,
            ):
                body = await _read(answer, limit, cut=cut)
        except LeftAlone as error:
            said = f"the server asked to be left alone for {error.seconds:.0f} s more"
            raise TransientError(said, about=url, retry_after=error.seconds) from error
        except decoding.Overlong as error:
            raise TooLarge(f"more than {limit:,} bytes", about=url) from error
        except decoding.Undecodable as error:
            raise TransientError(str(error), about=url) from error
        except (httpx.TimeoutException, TimeoutError) as error:
            raise TransientError("timed out", about=url) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise Unreadable(f"not a URL that can be fetched ({error})", about=url) from error
        except httpx.TransportError as error:
            raise TransientError(_plain(error), about=url) from error
        return Page(
            url=url, final_url=url, status=answer.status_code, body=body, fetched_at=self._clock(),
            headers={name.lower(): value for name, value in answer.headers.items()},
        )  # fmt: skip

    async def _fetch_robots(self, origin: str, site: Site) -> Robots:
        url = f"{origin}/robots.txt"

        async def once() -> Page:
            here = url
            for _ in range(6):  # RFC 9309 section 2.3.1.2: at least five redirects
                page = await self._request(here, site, {}, ROBOTS_MAX_BYTES, cut=True)
                target = urls.normalise(page.headers.get("location", ""), here)
                if page.status not in _REDIRECTS or target is None:
                    break
                here = target
            if page.status in _TRANSIENT or page.status >= 500:
                self._judge(page)
            return page

        try:
            page = await self._with_retries(once)
        except FetchError as error:
            here = isinstance(error, Forbidden) and error.about == urls.host_of(origin)  # not where it redirects to
            return Robots(
                "", agent=AGENT, unreachable=f"no robots.txt to be had ({error.message})", forbidden=here,
                unknown_host=error.message == NO_SUCH_HOST,
            )  # fmt: skip
        robots = Robots.of_answer(page.status, page.body, agent=AGENT)
        if robots.crawl_delay is not None:
            pace = self._pace_of(origin, site)
            pace.slow_down(robots.crawl_delay)
            pace.hold(robots.crawl_delay)  # robots.txt itself was a request
        return robots

    def _pace_of(self, url: str, site: Site | None) -> HostPace:
        """The host's pace: its own site's, also where another site's redirect led there first."""
        host = urls.host_of(url)
        own = site.pace if site and urls.same_site(url, site.hosts) else None
        delay = self._delay if self._delay is not None else own.delay if own else DEFAULT_DELAY
        if host not in self._paces:
            concurrency = self._concurrency or (own.concurrency if own else 1)
            self._paces[host] = HostPace(delay, concurrency, self._now, self._sleep, MAX_RETRY_AFTER)
        elif own:
            self._paces[host].slow_down(delay)
        return self._paces[host]

    def _client(self, url: str) -> httpx.AsyncClient:
        """The origin's own client: a pool shared by all hosts is searched whole at each request."""
        origin = urls.origin_of(url)
        if origin not in self._clients:
            limits = httpx.Limits(max_connections=8, max_keepalive_connections=8)
            self._clients[origin] = httpx.AsyncClient(
                http2=True,
                verify=self._tls if self._tls is not None else True,
                transport=self._transport or self._guarded(url, limits),
                headers={
                    "user-agent": self._user_agent,
                    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
                },
                timeout=httpx.Timeout(self._timeout),
                limits=limits,
                # A server of one's own on this machine is never behind the proxy of the environment.
                mounts=None if self._transport else {"all://127.0.0.1": None, "all://localhost": None},
            )
        return self._clients[origin]

    def _is_direct(self, url: str) -> bool:
        """Whether a URL is asked for where it leads, and not of a proxy of the environment (or a test)."""
        return not self._proxied.intersection([url.partition(":")[0], "all"]) or bool(proxy_bypass(urls.host_of(url)))

    def _guarded(self, url: str, limits: httpx.Limits) -> httpx.AsyncBaseTransport | None:
        """A transport that connects to judged addresses only; None where a proxy does the connecting."""
        if self._tls is None or not self._is_direct(url):
            return None
        if url.startswith("https:"):
            return network.transport(self._guard, self._tls, limits)
        from scraper.fetch.plain import PlainTransport

        return PlainTransport(self._guard, limits)


def user_agent(contact: str | None) -> str:
    """What we call ourselves to servers: the project, its version, and whom to write to."""
    said = "".join(char for char in contact or "" if char.isprintable() and char.isascii()) or "not given"
    return f"{AGENT}/{__version__} (archives news for research; contact: {said})"


async def _read(answer: httpx.Response, limit: int, *, cut: bool) -> bytes:
    """The body, decoded here and not by httpx, which unpacks without bounds."""
    assert isinstance(answer.stream, httpx.AsyncByteStream)
    return await decoding.read(answer.stream, answer.headers.get("content-encoding", ""), limit, cut=cut)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, as number or date (RFC 9110 section 10.2.3)."""
    if not value:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_RETRY_AFTER)
    try:
        return min(max(0.0, (parsedate_to_datetime(value) - now).total_seconds()), LONGEST_RETRY_AFTER)
    except (ValueError, TypeError, OverflowError):
        return None


_backoff = wait_exponential(multiplier=0.5, max=10)


def _wait(state: RetryCallState) -> float:
    """Seconds before the next try; a Retry-After is already held by the host's pace."""
    error = state.outcome.exception() if state.outcome else None
    return 0.0 if isinstance(error, TransientError) and error.retry_after else float(_backoff(state))


def _plain(error: httpx.TransportError) -> str:
    """A transport failure in words that name the cause."""
    text = str(error) or type(error).__name__
    if "getaddrinfo" in text or "Name or service" in text or "name resolution" in text:
        return NO_SUCH_HOST
    return "connection refused or unreachable" if "All connection attempts failed" in text else text


async def _resolve(host: str) -> list[str]:
    """The host's addresses; none if the name does not resolve (the request will say so)."""
    loop = asyncio.get_running_loop()
    try:
        return [str(info[4][0]) for info in await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):  # UnicodeError: a label that is empty or too long for a name
        return []
