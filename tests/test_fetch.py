"""Fetching: polite, bounded, and every failure has a name."""

from __future__ import annotations

import gzip
import itertools
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
from fetching import BASE, NOW, Server, Time, get, get_all

from scraper.errors import Blocked, Disallowed, Forbidden, TooLarge, TransientError, Unreadable
from scraper.fetch import user_agent
from scraper.fetch.client import MAX_REDIRECTS, TRIES, retry_after

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


def test_conditions_are_for_the_page_that_was_asked_for_alone() -> None:
    there = (302, b"", {"location": "https://www.news.example/a"})
    away = {"/a": [there, (302, b"", {"location": "/b"})], "/b": (200, b"x")}
    server = Server(Time(), away)
    assert get(server, etag='"1"').body == b"x"
    sent = {str(request.url): "if-none-match" in request.headers for request in server.requests}
    assert sent == {
        f"{BASE}/robots.txt": False, f"{BASE}/a": True, "https://www.news.example/robots.txt": False,
        "https://www.news.example/a": True, "https://www.news.example/b": False,
    }  # fmt: skip


def test_of_a_header_of_which_there_is_one_the_last_counts() -> None:
    twice = httpx.Headers(
        [("content-type", "text/html"), ("content-type", "text/html; charset=utf-8"), ("via", "a"), ("via", "b")]
    )
    page = get(Server(Time(), {"/a": lambda request: httpx.Response(200, headers=twice, content=b"x")}))
    assert (page.content_type, page.headers["via"]) == ("text/html", "a, b")


def test_a_block_may_say_for_how_long() -> None:
    server = Server(Time(), {"/a": (403, b"", {"retry-after": "60"}), "/b": (200, b"x")})
    get_all(server, [BASE + "/a", BASE + "/b"], concurrency=1)
    (_, ended), (began, _) = server.times[-2:]
    assert began - ended >= 60


def test_a_host_is_asked_at_one_pace_under_all_of_its_names() -> None:
    server = Server(Time(), {})
    get_all(server, [f"https://{name}news.example/a" for name in ("", "www.", "amp.")], delay=10.0)
    gaps = [later[0] - earlier[1] for earlier, later in itertools.pairwise(server.times)]
    assert len(gaps) == 5
    assert min(gaps) >= 10


def test_of_two_wishes_of_a_host_under_two_names_the_longer_holds() -> None:
    server = Server(Time(), {"/a": (200, b"x")})
    left = {"news.example": NOW + timedelta(days=3), "www.news.example": NOW + timedelta(hours=1)}
    with pytest.raises(TransientError) as told:
        get(server, options={"left": left})
    assert told.value.retry_after == 3 * 86_400


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
        ("Mon, 02 Mar 2026 06:01:00 -0000", 60.0), ("Mon Mar  2 06:01:00 2026", 60.0), ("Mon, 02 Mar 2026 06:01:00 +9999999999999999999", None),
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
