"""Unencrypted HTTP/1.1 by aiohttp, behind httpx's interface: its parser is C, and costs a third of httpx's own.

What has no TLS has no HTTP/2 either (RFC 9113 section 3.3: nobody speaks it unasked), so nothing is given up.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from scraper.fetch.guard import NO_SUCH_HOST, Guard

#: Bytes of one header line, and lines of one answer, that are read; some sites send long policies.
_HEADER_BYTES, _HEADER_LINES = 65_536, 512


class PlainTransport(httpx.AsyncBaseTransport):
    """A transport for ``http://`` whose connections go to addresses that ``guard`` has judged, looked up for each."""

    def __init__(self, guard: Guard, limits: httpx.Limits) -> None:
        connector = aiohttp.TCPConnector(
            resolver=_GuardedResolver(guard), use_dns_cache=False, limit=limits.max_connections or 0,
            keepalive_timeout=limits.keepalive_expiry,
        )  # fmt: skip
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False,
            max_line_size=_HEADER_BYTES, max_field_size=_HEADER_BYTES, max_headers=_HEADER_LINES,
        )  # fmt: skip
        # Whether and when a request is made again is the pace's to say, not the library's.
        self._session._retry_connection = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One request; raises httpx's exceptions, and :class:`~scraper.errors.Forbidden`."""
        said = request.extensions.get("timeout", {})
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=said.get("connect"), sock_read=said.get("read"))
        with _translated():
            answer = await self._session.request(
                request.method, URL(str(request.url), encoded=True), headers=request.headers.multi_items(),
                allow_redirects=False, timeout=timeout,
            )  # fmt: skip
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=_Body(answer), request=request)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _translated():
            async for chunk in self._answer.content.iter_any():
                yield chunk

    async def aclose(self) -> None:
        self._answer.close()  # the connection too, if the body was not read to its end


class _GuardedResolver(AbstractResolver):
    """Where a host's connections may go: the addresses that the guard lets pass at this moment."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_UNSPEC) -> list[ResolveResult]:
        """Raises :class:`~scraper.errors.Forbidden`, or OSError for a name without an address."""
        addresses = await self._guard.addresses(host)
        if not addresses:
            raise OSError(NO_SUCH_HOST)
        return [
            ResolveResult(
                hostname=host, host=address, port=port, proto=0, flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET,
            )
            for address in addresses
        ]  # fmt: skip

    async def close(self) -> None:
        """Part of aiohttp's interface."""


@contextmanager
def _translated() -> Iterator[None]:
    """aiohttp's exceptions as httpx's."""
    try:
        yield
    except TimeoutError as error:
        raise httpx.TimeoutException("timed out") from error
    except aiohttp.ClientConnectorDNSError as error:
        raise httpx.ConnectError(NO_SUCH_HOST) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx.ConnectError("All connection attempts failed") from error
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError) as error:
        raise httpx.RemoteProtocolError("the connection was closed before the answer was whole") from error
    except aiohttp.ClientResponseError as error:
        raise httpx.RemoteProtocolError(f"no valid HTTP: {error.message.splitlines()[0].rstrip(': ')}") from error
    except aiohttp.InvalidURL as error:
        raise httpx.UnsupportedProtocol(str(error)) from error
    except (aiohttp.ClientError, OSError) as error:
        raise httpx.NetworkError(str(error) or type(error).__name__) from error
