"""Where requests may go: never to an address that a page, and no user, names inside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import httpx
import pytest
from fetching import BASE, Server, Time, get, get_all

from scraper.errors import FetchError, Forbidden, Unreadable
from scraper.fetch.client import retry_after
from scraper.fetch.guard import Guard, is_public


def checked(
    url: str, *, named: Iterable[str] = (), resolve: Callable[[str], Awaitable[Iterable[str]]] | None = None
) -> None:
    asyncio.run(Guard(named, resolve).check(url))


PRIVATE = [
    "localhost", "localhost.", "a.localhost", "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]",
    "[::ffff:a9fe:a9fe]", "2130706433", "0x7f.1", "127.1", "017700000001", "0xa9fea9fe",
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
    from scraper.fetch.client import LONGEST_RETRY_AFTER
    from scraper.records import utc_now

    for value in ("9" * 400, "999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"):
        assert retry_after(value, utc_now()) == LONGEST_RETRY_AFTER


@pytest.mark.parametrize("address", ["64:ff9b:1::7f00:1", "fec0::1", "::7f00:1", "::ffff:0:127.0.0.1"])
def test_addresses_that_may_lead_inside_are_not_public(address: str) -> None:
    from scraper.fetch.guard import is_public

    assert not is_public(address)
