"""The made-up news site on a socket, and the faults that it can have."""

from __future__ import annotations

import gzip
import http.client
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from rooms import an_article

from scraper.newsroom import Faults, Newsroom
from scraper.newsroom.faults import KINDS
from scraper.newsroom.server import serve

# -- faults


def test_every_fault_asked_for_strikes_once() -> None:
    room = Newsroom()
    path = room.stories()[0].path
    proper = room.answer(path)
    for kind in KINDS:
        room.fault(room.base + path, kind)
        answer = room.answer(path)
        assert answer.fault == kind
        assert room.answer(path) == proper
        if kind.isdigit():
            assert answer.status == int(kind)
    room.fault(path, "503", times=2)
    assert [room.answer(path).status for _ in range(3)] == [503, 503, 200]
    with pytest.raises(ValueError, match="no fault 'gremlin'"):
        room.fault(path, "gremlin")


def test_a_loop_of_redirects_has_no_end() -> None:
    room = Newsroom()
    room.fault("/news/politics/x", "redirect-loop")
    path = "/news/politics/x"
    for _ in range(30):
        answer = room.answer(path)
        assert answer.status == 302
        path = answer.headers["Location"]


def test_a_share_of_first_tries_fails() -> None:
    room = Newsroom(articles=300, faults=Faults(seed=3, rate=0.2))
    stories = room.stories()
    first = [room.answer(s.path).fault for s in stories]
    assert 40 < sum(fault is not None for fault in first) < 80
    assert set(first) == {None, "503", "429", "drop", "cut", "slow"}
    assert not any(room.answer(s.path).fault for s in stories)
    assert room.answer("/").fault is None
    with pytest.raises(ValueError, match="rate"):
        Faults(rate=2)


# -- on a socket


@contextmanager
def connected(base: str) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=5)
    try:
        yield connection
    finally:
        connection.close()


def get(base: str, path: str, **headers: str) -> tuple[int, bytes, http.client.HTTPMessage]:
    with connected(base) as connection:
        connection.request("GET", path, headers={key.replace("_", "-"): value for key, value in headers.items()})
        with connection.getresponse() as response:
            return response.status, response.read(), response.headers


def test_server_speaks_http() -> None:
    room = Newsroom()
    with serve(room) as base:
        assert room.base == base
        story = an_article(room, "ar")
        expected = room.answer(story.path)
        with connected(base) as connection:
            for _ in range(2):  # twice on one connection
                connection.request("GET", story.path, headers={"User-Agent": "reader/1"})
                response = connection.getresponse()
                assert (response.status, response.read()) == (200, expected.body)
        _, packed, headers = get(base, story.path, Accept_Encoding="gzip, br")
        assert headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed) == expected.body
        assert get(base, story.path, If_None_Match=expected.headers["ETag"])[:2] == (304, b"")
        assert get(base, "/nowhere")[0] == 404
    assert [(path, agent) for _, path, agent in room.requests[1:3]] == [(story.path, "reader/1")] * 2


def test_server_acts_out_faults() -> None:
    room = Newsroom()
    with serve(room, slow=0.01, endless=1_000_000) as base:
        path = an_article(room).path
        room.fault(path, "drop")
        with pytest.raises(http.client.RemoteDisconnected):
            get(base, path)
        for encoding in ("identity", "gzip"):
            room.fault(path, "cut")
            with pytest.raises(http.client.IncompleteRead):
                get(base, path, Accept_Encoding=encoding)
        room.fault(path, "endless")
        assert len(get(base, path)[1]) >= 1_000_000
        room.fault(path, "slow")
        assert get(base, path)[0] == 200


def test_a_port_in_use_is_one_line() -> None:
    with serve(Newsroom(articles=1)) as base:
        port = base.rpartition(":")[2]
        command = [sys.executable, "-m", "scraper.newsroom", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith(f"127.0.0.1:{port}: cannot listen (")


def test_importing_the_site_is_light() -> None:
    code = (
        "import sys; import scraper; before = set(sys.modules); import scraper.newsroom;"
        "print(sorted({'http.server', 'asyncio', 'socket', 'email', 'selectolax', 'httpx', 'lxml'}"
        " & (set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
