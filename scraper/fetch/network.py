"""Connections to the addresses that the guard has judged, and to no others.

A name that is judged first and looked up again by the HTTP library can lead to two addresses
(DNS rebinding).  Here it is looked up once a connection: what was judged is what is connected to,
while TLS goes on checking the name.
"""

from __future__ import annotations

import select
import ssl
from collections.abc import Iterable
from itertools import chain, zip_longest
from typing import Any

import httpcore
import httpx

from scraper.fetch.guard import NO_SUCH_HOST, Guard


def transport(guard: Guard, tls: ssl.SSLContext, limits: httpx.Limits) -> httpx.AsyncHTTPTransport:
    """A transport like httpx's own (HTTP/1.1 and 2), whose connections the guard watches."""
    made = httpx.AsyncHTTPTransport(verify=tls, http2=True, limits=limits)
    # httpx has no argument for this; the pool is the one that it makes, with our way to the network.
    made._pool = httpcore.AsyncConnectionPool(
        ssl_context=tls, max_connections=limits.max_connections,
        max_keepalive_connections=limits.max_keepalive_connections, keepalive_expiry=limits.keepalive_expiry,
        http1=True, http2=True, network_backend=GuardedNetwork(guard),
    )  # fmt: skip
    return made


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to a host by the addresses that ``guard`` allows, one after the other."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,  # noqa: ASYNC109
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:  # fmt: skip
        """Raises :class:`~scraper.errors.Forbidden`, or httpcore's ConnectError and ConnectTimeout."""
        addresses = _by_turns(await self._guard.addresses(host))
        failure: Exception = httpcore.ConnectError(NO_SUCH_HOST)
        # Each has its share of the time, so that one that swallows everything leaves some to the next.
        share = timeout / len(addresses) if timeout and addresses else timeout
        for address in addresses:
            try:
                return _Stream(await self._inner.connect_tcp(address, port, share, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Part of httpcore's interface."""
        await self._inner.sleep(seconds)


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that is asked cheaply whether its server has hung up.

    The pool asks that of every idle connection before each request, and the library below looks up
    all attributes of the socket each time.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._socket = inner.get_extra_info("socket")
        self._poll = select.poll() if hasattr(select, "poll") else None
        if self._poll is not None and self._socket is not None and self._socket.fileno() >= 0:
            self._poll.register(self._socket.fileno(), select.POLLIN)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Some bytes; none at the end."""
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send all bytes."""
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """The connection with TLS on top; the socket stays the same."""
        return _Stream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """What the library below knows; ``is_readable``: something came, or the end, while nothing was asked."""
        if info == "is_readable" and self._poll is not None and self._socket is not None:
            return self._socket.fileno() < 0 or bool(self._poll.poll(0))
        return self._inner.get_extra_info(info)


def _by_turns(addresses: list[str], most: int = 6) -> list[str]:
    """At most so many addresses, IPv6 and IPv4 in turn, beginning with the kind that comes first (RFC 8305 section 4)."""
    kinds = [[each for each in addresses if (":" in each) is six] for six in (True, False)]
    if addresses and ":" not in addresses[0]:
        kinds.reverse()
    return [each for each in chain.from_iterable(zip_longest(*kinds)) if each][:most]
