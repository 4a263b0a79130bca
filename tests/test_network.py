"""Connections: only to addresses that the guard has judged, at the moment of connecting."""

from __future__ import annotations

import asyncio
import http.server
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import trustme

from scraper.errors import FetchError, Forbidden, UsageError
from scraper.fetch import Fetcher
from scraper.fetch.network import _by_turns
from scraper.records import Page
from scraper.sites import unknown_site

PUBLIC = "93.184.216.34"
SITE = unknown_site("news.example")
Resolver = Callable[[str], Awaitable[list[str]]]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    connections = 0
    asked: list[tuple[str, str]]
    location = ""

    def get_request(self) -> object:  # type: ignore[override]
        self.connections += 1
        return super().get_request()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gives up in the handshake is what some of the tests are about."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.asked.append((self.headers["Host"], self.path))
        self.send_response(404 if self.path == "/robots.txt" else 302 if self.server.location else 200)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"secret")

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, which would look names up itself."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[_Server]:
    """A web server on this machine, where no page may send us."""
    with _Server(("127.0.0.1", 0), _Handler) as made:
        made.asked = []
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield made
        made.shutdown()


def resolver(*answers: list[str], names: dict[str, list[str]] | None = None) -> Resolver:
    """Gives the answers in turn, the last one for good; ``names`` are known by heart."""
    left = list(answers)

    async def resolve(host: str) -> list[str]:
        if names and host in names:
            return names[host]
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


def get(url: str, resolve: Resolver, *named: str) -> Page:
    async def go() -> Page:
        async with Fetcher(named_hosts=named, delay=0.0, resolve=resolve, timeout=3.0) as fetcher:
            return await fetcher.get(url, SITE)

    return asyncio.run(go())


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "10.0.0.7"])
def test_a_name_that_leads_elsewhere_once_it_was_judged_is_not_followed(server: _Server, address: str) -> None:
    with pytest.raises(Forbidden, match="private address"):
        get(f"http://rebound.example:{server.server_port}/", resolver([PUBLIC], [address]))
    assert server.connections == 0


def test_nor_is_it_by_a_redirect(server: _Server) -> None:
    server.location = f"http://rebound.example:{server.server_port}/inside"
    resolve = resolver([PUBLIC], ["127.0.0.1"], names={"news.example": ["127.0.0.1"]})
    with pytest.raises(Forbidden, match="private address"):
        get(f"http://news.example:{server.server_port}/start", resolve, "news.example")
    assert [path for _, path in server.asked] == ["/robots.txt", "/start"]


def test_one_private_address_among_public_ones_is_enough(server: _Server) -> None:
    with pytest.raises(Forbidden, match="private address"):
        get(f"http://rebound.example:{server.server_port}/", resolver([PUBLIC], ["127.0.0.1", PUBLIC]))
    assert server.connections == 0


def test_a_named_host_is_connected_to_wherever_it_leads(server: _Server) -> None:
    url = f"http://news.example:{server.server_port}/a"
    assert get(url, resolver(["127.0.0.1"]), "news.example").body == b"secret"
    assert server.asked[-1] == (f"news.example:{server.server_port}", "/a")


def test_an_address_that_refuses_is_followed_by_the_next(server: _Server) -> None:
    url = f"http://news.example:{server.server_port}/a"
    assert get(url, resolver(["127.0.0.9", "127.0.0.1"]), "news.example").status == 200


def test_a_name_that_does_not_resolve_is_no_such_host() -> None:
    with pytest.raises(FetchError, match="no such host"):
        get("http://nowhere.example/", resolver([]))


@pytest.mark.parametrize(("name", "trusted"), [("news.example", True), ("other.example", False)])
def test_the_certificate_is_checked_for_the_name_and_not_for_the_address(
    server: _Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, trusted: bool
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(tls)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    url = f"https://news.example:{server.server_port}/a"
    if trusted:
        assert get(url, resolver(["127.0.0.1"]), "news.example").body == b"secret"
    else:
        with pytest.raises(FetchError, match="certificate"):
            get(url, resolver(["127.0.0.1"]), "news.example")
        assert server.asked == []


def test_both_kinds_of_addresses_are_tried_in_turn() -> None:
    assert _by_turns(["::1", "::2", "::3", "1.1.1.1"]) == ["::1", "1.1.1.1", "::2", "::3"]
    assert _by_turns(["1.1.1.1", "1.1.1.2", "::1"]) == ["1.1.1.1", "::1", "1.1.1.2"]
    assert len(_by_turns([f"1.1.1.{n}" for n in range(50)])) <= 6
    assert _by_turns([]) == []


def test_a_url_is_asked_for_as_it_is_written(server: _Server) -> None:
    path = "/a%2Fb/%41%7e?q=%20+x&r=%C3%A9"
    get(f"http://news.example:{server.server_port}{path}", resolver(["127.0.0.1"]), "news.example")
    assert server.asked[-1][1] == path


def test_a_connection_that_ends_unanswered_is_not_silently_tried_again() -> None:
    """A second try at once would break the host's pace."""
    asked: list[bytes] = []
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    def serve(listener: socket.socket) -> None:
        while True:
            wire = listener.accept()[0]
            with wire:
                asked.append(wire.recv(9999).split(b" ")[1])
                if asked[-1] != b"/robots.txt":
                    return
                wire.sendall(answer)
                asked.append(wire.recv(9999).split(b" ")[1])  # the next request on the same connection: no answer

    asked_before_waiting: list[int] = []

    async def sleep(seconds: float) -> None:
        asked_before_waiting.append(len(asked))

    async def go(port: int) -> None:
        async with Fetcher(named_hosts=["127.0.0.1"], delay=0.0, sleep=sleep, timeout=3.0) as fetcher:
            await fetcher.get(f"http://127.0.0.1:{port}/a", SITE)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        with pytest.raises(FetchError):
            asyncio.run(go(listener.getsockname()[1]))
    assert asked[:2] == [b"/robots.txt", b"/a"]
    assert asked_before_waiting[0] == 2


@pytest.mark.parametrize(("exempt", "said"), [("", None), ("rebound.example", "private address")])
def test_hosts_that_are_exempt_from_the_proxy_are_judged_when_they_are_connected_to(
    server: _Server, monkeypatch: pytest.MonkeyPatch, exempt: str, said: str | None
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("no_proxy", exempt)
    url, resolve = f"http://rebound.example:{server.server_port}/", resolver([PUBLIC], ["127.0.0.1"])
    if said:
        with pytest.raises(Forbidden, match=said):
            get(url, resolve)
    else:
        assert get(url, resolve).body == b"secret"
        assert {path for _, path in server.asked} == {url, f"{url}robots.txt"}


@pytest.mark.parametrize("proxy", ["gopher://127.0.0.1:1", "http://[::1", "http://127.0.0.1:99999"])
def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(UsageError, match="HTTPS_PROXY cannot be used"):
        Fetcher()


def test_certificates_that_cannot_be_read_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for named in (tmp_path / "none.pem", Path(__file__)):
        monkeypatch.setenv("SSL_CERT_FILE", str(named))
        with pytest.raises(UsageError, match=f"SSL_CERT_FILE, {named}: cannot be read"):
            get("https://news.example/", resolver([PUBLIC]))


def test_a_proxy_that_is_down_is_named_and_not_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
    with pytest.raises(FetchError, match=f"the proxy of the environment, 127.0.0.1:{port}, cannot be reached"):
        get("https://news.example/", resolver([PUBLIC]))
