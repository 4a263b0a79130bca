"""One URL to one :class:`~scraper.records.Page`: politely, within bounds, with every failure named."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from types import MappingProxyType
from urllib.request import proxy_bypass

import httpx
import msgspec
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential

from scraper import __version__, urls
from scraper.errors import Blocked, Disallowed, FetchError, Forbidden, NotAsked, TooLarge, TransientError, Unreadable
from scraper.fetch import decoding, environment, refresh
from scraper.fetch.guard import NO_SUCH_HOST, Guard, Resolve
from scraper.fetch.pace import HostPace, LeftAlone
from scraper.fetch.robots import MAX_BYTES as ROBOTS_MAX_BYTES
from scraper.fetch.robots import Robots
from scraper.records import Page, headers_of, utc_now
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
ROBOTS_AGE = timedelta(days=1)  #: for which a robots.txt holds

#: What is sent with every request, beside the name: all that :mod:`scraper.fetch.decoding` can undo is welcome.
_HEADERS = {
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
    "accept-encoding": "gzip, deflate, br, zstd",
}
#: Connections to one origin.
_LIMITS = httpx.Limits(max_connections=8, max_keepalive_connections=8)
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_BLOCKED = frozenset({401, 403, 407, 451})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})

#: Tells of a URL whether a redirect to it need not be followed.
Knows = Callable[[str], Awaitable[bool]]


class Fetcher:
    """Fetches pages of many hosts, each at its own pace.

    ``named_hosts`` are those that the user named; ``clock`` gives UTC, ``now`` monotonic seconds;
    ``contact`` (an e-mail address or URL) tells sites whom to write to; ``transport`` replaces the
    network and ``resolve`` the system's look-up of names (tests); ``delay`` and ``concurrency``
    override every site's own; ``timeout`` (a phase) and ``total_timeout`` (an answer) are seconds.
    ``left`` are hosts that earlier asked to be left alone until a time, ``note_left`` is told of those that do now.
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
        left: Mapping[str, datetime] = MappingProxyType({}),
        note_left: Callable[[str, datetime], None] = lambda host, until: None,
    ) -> None:
        self._delay, self._concurrency, self._max_bytes = delay, concurrency, max_bytes
        self._headers = _HEADERS | {"user-agent": user_agent(contact)}
        self._given = transport
        self._clock, self._now, self._sleep = clock, now, sleep
        self._timeouts = httpx.Timeout(timeout or PHASE_TIMEOUT).as_dict()
        self._total_timeout = total_timeout or TOTAL_TIMEOUT
        self._transports: dict[str, httpx.AsyncBaseTransport] = {}
        self._paces: dict[str, HostPace] = {}
        self._left = {urls.plain_host(host): until for host, until in sorted(left.items(), key=lambda each: each[1])}
        self._note_left = note_left
        self._robots: dict[str, asyncio.Task[Robots]] = {}
        self._robots_at: dict[str, datetime] = {}  # when it was asked for
        self._proxies = environment.proxies() if transport is None else {}
        self._guard = Guard(named_hosts, resolve or _resolve, self._is_direct)

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._robots.values():
            task.cancel()
        await asyncio.gather(*self._robots.values(), return_exceptions=True)
        for transport in self._transports.values():
            await transport.aclose()
        self._transports.clear()

    async def get(
        self,
        url: str,
        site: Site,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        limit: int | None = None,
        knows: Knows | None = None,
    ) -> Page:
        """Fetch a URL: robots.txt asked, redirects followed, transient failures tried again.

        ``etag`` and ``last_modified`` make the request conditional (a 304 is a Page too, as is a
        404 or 410).  ``limit`` bounds the body in bytes.  A redirect to a URL that the caller ``knows`` is not
        followed: the Page is the redirect, with where it leads as its final URL.  Raises a :class:`FetchError`.
        """
        conditions = {"if-none-match": etag, "if-modified-since": last_modified}
        # A tag beyond ASCII cannot be sent back as it came: the request is made without it.
        headers = {name: value for name, value in conditions.items() if value and value.isascii()}
        return await self._with_retries(lambda: self._follow(url, site, headers, limit or self._max_bytes, knows))

    def concurrency(self, site: Site) -> int:
        """How many requests to a host of the site may run at once."""
        return self._concurrency or site.pace.concurrency

    async def robots(self, url: str, site: Site) -> Robots:
        """The rules of the URL's origin; fetched once, and again after a day (RFC 9309 section 2.4)."""
        origin, now = urls.origin_of(url), self._clock()
        if origin not in self._robots or now - self._robots_at[origin] > ROBOTS_AGE:
            self._robots[origin] = asyncio.create_task(self._fetch_robots(origin, site, self._robots.get(origin)))
            self._robots_at[origin] = now
        return await asyncio.shield(self._robots[origin])

    async def _with_retries(self, once: Callable[[], Awaitable[Page]]) -> Page:
        """tenacity retries what is transient; a Retry-After is waited for by the host's pace."""
        # Nearly all answers are good ones, for which a retrier would cost as much as parsing the URL.
        try:
            return await once()
        except TransientError as error:
            first = error
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
                if attempt.retry_state.attempt_number == 1:
                    raise first
                page = await once()
        return page

    async def _follow(self, url: str, site: Site, headers: dict[str, str], limit: int, knows: Knows | None) -> Page:
        """One answer after redirects, those of HTTP and of pages that only send on; every hop is checked, allowed and paced by itself."""
        here, seen, permanent, key = url, {url}, True, urls.page_key(url)
        while True:
            await self._guard.check(here)
            robots = await self.robots(here, site)
            if robots.left:
                raise NotAsked(str(robots.unreachable), about=here, retry_after=robots.left)
            if robots.unreachable:
                raise (Forbidden if robots.forbidden else Unreadable)(robots.unreachable, about=here)
            if not robots.allows(here):
                raise Disallowed("disallowed by robots.txt", about=here)
            # What the server said of the page that was asked for holds for no other.
            page = await self._request(here, site, headers if urls.page_key(here) == key else {}, limit)
            is_redirect = page.status in _REDIRECTS
            target = (
                urls.normalise(page.headers.get("location", ""), here) if is_redirect else refresh.target_of(page, site)
            )
            if target is None and is_redirect:
                raise Unreadable(f"redirect ({page.status}) to nowhere", about=here, status=page.status)
            if target is None:
                self._judge(page)
                return msgspec.structs.replace(page, url=url, permanent=permanent and here != url)
            if target in seen or len(seen) > MAX_REDIRECTS:
                said = "redirect loop" if target in seen else "too many redirects"
                raise Unreadable(said, about=url, status=page.status)
            permanent = permanent and page.status in _PERMANENT
            if knows is not None and await knows(target):
                return msgspec.structs.replace(page, url=url, final_url=target, permanent=permanent)
            seen.add(target)
            here = target

    def _judge(self, page: Page) -> None:
        """Raise for answers that are not the page."""
        if page.status not in _BLOCKED and page.status not in _TRANSIENT and page.status < 500:
            return
        wait = retry_after(page.headers.get("retry-after"), self._clock())
        if wait:
            self._pace_of(page.url, None).leave(wait)
            if wait > MAX_RETRY_AFTER:  # longer than this run may last
                self._note_left(urls.host_of(page.url), self._clock() + timedelta(seconds=wait))
        if page.status in _BLOCKED:
            raise Blocked(f"the site answered {page.status}", about=page.url, status=page.status)
        raise TransientError(f"the server answered {page.status}", about=page.url, status=page.status, retry_after=wait)

    async def _request(
        self, url: str, site: Site | None, headers: dict[str, str], limit: int, *, cut: bool = False
    ) -> Page:
        """One request and its whole answer (or its beginning: ``cut``), no redirect followed."""
        await self._guard.check(url)
        try:
            async with (
                self._pace_of(url, site).turn(),
                asyncio.timeout(self._total_timeout),
                self._answer(url, headers) as answer,
            ):
                said = _headers_of(answer)
                body = await _read(answer, said.get("content-encoding", ""), limit, cut=cut)
        except LeftAlone as error:
            asked = f"the server asked to be left alone for {error.seconds:.0f} s more"
            raise NotAsked(asked, about=url, retry_after=error.seconds) from error
        except decoding.Overlong as error:
            raise TooLarge(f"more than {limit:,} bytes", about=url) from error
        except decoding.Undecodable as error:
            raise TransientError(str(error), about=url) from error
        except (httpx.TimeoutException, TimeoutError) as error:
            raise TransientError("timed out", about=url) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError) as error:
            raise Unreadable(f"not a URL that can be fetched ({error})", about=url) from error
        except httpx.TransportError as error:
            raise TransientError(self._plain(error, url), about=url) from error
        return Page(
            url=url, final_url=url, status=answer.status_code, headers=said, body=body, fetched_at=self._clock()
        )

    @asynccontextmanager
    async def _answer(self, url: str, headers: dict[str, str]) -> AsyncIterator[httpx.Response]:
        """The answer to one request, its body still to be read.

        The transport is asked itself: of what httpx's client adds, cookies are not wanted (each page is asked for
        as by a newcomer, so no meter runs down), and redirects are followed here.
        """
        request = httpx.Request("GET", url, headers=self._headers | headers, extensions={"timeout": self._timeouts})
        answer = await self._transport_to(url).handle_async_request(request)
        try:
            yield answer
        finally:
            await answer.aclose()

    async def _fetch_robots(self, origin: str, site: Site, earlier: asyncio.Task[Robots] | None) -> Robots:
        """The rules of an origin; the ``earlier`` ones hold on where they cannot be had (RFC 9309 section 2.4)."""
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
            if earlier is not None and not (known := await earlier).unreachable:
                return known
            return Robots.of_failure(error, origin, agent=AGENT, patience=MAX_RETRY_AFTER)
        robots = Robots.of_answer(page.status, page.body, agent=AGENT)
        if robots.crawl_delay is not None:
            pace = self._pace_of(origin, site)
            pace.slow_down(robots.crawl_delay)
            pace.hold(robots.crawl_delay)  # robots.txt itself was a request
        return robots

    def _pace_of(self, url: str, site: Site | None) -> HostPace:
        """The host's pace: its own site's, also where another site's redirect led there first."""
        host = urls.plain_host(urls.host_of(url))  # it is one server, whichever of its names is asked
        own = site.pace if site and urls.same_site(url, site.hosts) else None
        delay = self._delay if self._delay is not None else own.delay if own else DEFAULT_DELAY
        if host not in self._paces:
            concurrency = self._concurrency or (own.concurrency if own else 1)
            self._paces[host] = HostPace(delay, concurrency, self._now, self._sleep, MAX_RETRY_AFTER)
            if host in self._left:
                self._paces[host].leave(max(0.0, (self._left[host] - self._clock()).total_seconds()))
        elif own:
            self._paces[host].slow_down(delay)
        return self._paces[host]

    def _transport_to(self, url: str) -> httpx.AsyncBaseTransport:
        """The origin's own connections: a pool shared by all hosts is searched whole at each request."""
        origin = urls.origin_of(url)
        if origin not in self._transports:
            self._transports[origin] = self._given or self._connect(url)
        return self._transports[origin]

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return environment.tls()

    def _connect(self, url: str) -> httpx.AsyncBaseTransport:
        """A transport that connects to judged addresses only, or to the proxy of the environment."""
        if not self._is_direct(url):
            return httpx.AsyncHTTPTransport(verify=self._tls, http2=True, limits=_LIMITS, proxy=self._proxy_to(url))
        if url.startswith("https:"):
            from scraper.fetch import network

            return network.transport(self._guard, self._tls, _LIMITS)
        from scraper.fetch.plain import PlainTransport

        return PlainTransport(self._guard, _LIMITS)

    def _is_direct(self, url: str) -> bool:
        """Whether a URL is asked for where it leads, and not of a proxy of the environment (or a test)."""
        if self._given is not None:
            return False
        host = urls.host_of(url)
        # A server of one's own on this machine is never behind the proxy of the environment.
        is_here = host in ("127.0.0.1", "localhost")
        return is_here or self._proxy_to(url) is None or bool(proxy_bypass(host))

    def _proxy_to(self, url: str) -> httpx.Proxy | None:
        return self._proxies.get(url.partition(":")[0]) or self._proxies.get("all")

    def _plain(self, error: httpx.TransportError, url: str) -> str:
        """A transport failure in words that name the cause."""
        text = str(error) or type(error).__name__
        is_nowhere = any(words in text for words in ("getaddrinfo", "Name or service", "name resolution"))
        if not is_nowhere and "All connection attempts failed" not in text:
            return text
        if not self._is_direct(url) and (proxy := self._proxy_to(url)) is not None:
            return f"the proxy of the environment, {proxy.url.netloc.decode()}, cannot be reached"
        return NO_SUCH_HOST if is_nowhere else "connection refused or unreachable"


def user_agent(contact: str | None) -> str:
    """What we call ourselves to servers: the project, its version, and whom to write to."""
    said = "".join(char for char in contact or "" if char.isprintable() and char.isascii()) or "not given"
    return f"{AGENT}/{__version__} (archives news for research; contact: {said})"


def _headers_of(answer: httpx.Response) -> dict[str, str]:
    """The headers of an answer, whose values are UTF-8 or, as the protocol has it, Latin-1."""
    return headers_of((name.decode("latin-1"), _text(value)) for name, value in answer.headers.raw)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def _read(answer: httpx.Response, encoding: str, limit: int, *, cut: bool) -> bytes:
    """The body, decoded here and not by httpx, which unpacks without bounds."""
    assert isinstance(answer.stream, httpx.AsyncByteStream)
    return await decoding.read(answer.stream, encoding, limit, cut=cut)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, as number or date (RFC 9110 section 10.2.3)."""
    if not value:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_RETRY_AFTER)
    try:
        at = parsedate_to_datetime(value)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at  # asctime's form has no zone (section 5.6.7)
        return min(max(0.0, (at - now).total_seconds()), LONGEST_RETRY_AFTER)
    except (ValueError, TypeError, OverflowError):
        return None


_backoff = wait_exponential(multiplier=0.5, max=10)


def _wait(state: RetryCallState) -> float:
    """Seconds before the next try; a Retry-After is already held by the host's pace."""
    error = state.outcome.exception() if state.outcome else None
    return 0.0 if isinstance(error, TransientError) and error.retry_after else float(_backoff(state))


async def _resolve(host: str) -> list[str]:
    """The host's addresses; none if the name does not resolve (the request will say so)."""
    loop = asyncio.get_running_loop()
    try:
        return [str(info[4][0]) for info in await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):  # UnicodeError: a label that is empty or too long for a name
        return []
