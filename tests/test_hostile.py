"""A server that does everything wrong, on raw sockets: what can be had is archived, the rest has its reason in
the ledger, memory is bounded, and the run ends."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard
from conftest import cli_environment

from scraper import crawl
from scraper.archive import Archive
from scraper.breaker import MAX_FAILED
from scraper.fetch.client import TRIES
from scraper.run import Network
from scraper.sites import Sites

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 without asking")

#: Writes one answer; told the path with its query.
Answer = Callable[[socket.socket, str], None]

TEXT = (
    "The council of the harbour town met on Monday to speak about the new bridge, and voted for it after three hours. "
)
PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bridge voted for</title>
<meta property="og:type" content="article"><meta property="article:published_time" content="2026-03-01T10:00:00Z">
</head><body><article><h1>Bridge voted for</h1>{"".join(f"<p>{n}. {TEXT}</p>" for n in range(12))}</article></body></html>""".encode()


def head(status: str = "200 OK", **headers: object) -> bytes:
    fields = {"Content-Type": "text/html; charset=utf-8", "Connection": "close"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode()


def well(wire: socket.socket, path: str = "") -> None:
    """The page as it should be; each path is a story of its own."""
    body = PAGE.replace(b"Bridge", b"Bridge " + path.strip("/").encode())
    wire.sendall(head(Content_Length=len(body)) + body)


class Host:
    """One loopback address: ``answer`` for every path that begins with /bad, for the first request only if
    it goes on with -once; pages that are well for all others."""

    def __init__(
        self, address: str, answer: Answer, *, robots: Answer | None = None, raw: Answer | None = None
    ) -> None:
        self.address, self.answer, self.robots, self.raw = address, answer, robots, raw
        self.requests: list[str] = []
        self._times: Counter[str] = Counter()
        self._listener = socket.create_server((address, 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def base(self) -> str:
        return f"http://{self.address}:{self.port}"

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                wire, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire: socket.socket) -> None:
        with wire, suppress(OSError):
            wire.settimeout(20)
            if self.raw:
                self.raw(wire, "")
                return
            asked = b""
            while b"\r\n\r\n" not in asked:
                data = wire.recv(65_536)
                if not data:
                    return
                asked += data
            path = asked.split(b" ", 2)[1].decode()
            self.requests.append(path)
            self._times[path] += 1
            if path == "/robots.txt":
                (self.robots or (lambda wire, path: wire.sendall(head("404 Not Found", Content_Length=0))))(wire, path)
            elif path.startswith("/bad") and (self._times[path] == 1 or "-once" not in path):
                self.answer(wire, path)
            else:
                well(wire, path)


# -- what it does wrong


def forever(piece: bytes, pause: float = 0.0) -> Answer:
    """Goes on until the client has had enough."""

    def answer(wire: socket.socket, path: str) -> None:
        if not piece.startswith(b"HTTP"):
            wire.sendall(head())
        until = time.monotonic() + 20
        while time.monotonic() < until:
            wire.sendall(piece)
            time.sleep(pause)

    return answer


def stalls(wire: socket.socket, path: str) -> None:
    wire.sendall(head(Content_Length=len(PAGE)) + PAGE[:500])
    wire.recv(1)  # until the client hangs up


def says_nothing(wire: socket.socket, path: str) -> None:
    while wire.recv(65_536):
        pass


def promises_more(wire: socket.socket, path: str) -> None:
    wire.sendall(head(Content_Length=len(PAGE) + 5000) + PAGE)


def promises_less(wire: socket.socket, path: str) -> None:
    _in_two(wire, head(Content_Length=90), PAGE, 90)


def promises_less_of_packed(wire: socket.socket, path: str) -> None:
    body = gzip.compress(PAGE)
    _in_two(wire, head(Content_Length=len(body) - 30, Content_Encoding="gzip"), body, len(body) - 30)


def _in_two(wire: socket.socket, start: bytes, body: bytes, promised: int) -> None:
    """What was promised, and the rest when the client has hung up: in one piece, it may see that it is too much."""
    wire.sendall(start + body[:promised])
    wire.recv(1)
    wire.sendall(body[promised:])


def resets(wire: socket.socket, path: str) -> None:
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def resets_midway(wire: socket.socket, path: str) -> None:
    wire.sendall(head(Content_Length=len(PAGE)) + PAGE[:500])
    time.sleep(0.05)
    resets(wire, path)


def heads_without_end(wire: socket.socket, path: str) -> None:
    wire.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in itertools.count():
        wire.sendall(f"X-Header-{number}: {'a' * 4000}\r\n".encode())


def chunked_garbage(wire: socket.socket, path: str) -> None:
    wire.sendall(head(Transfer_Encoding="chunked") + b"20\r\n" + PAGE[:32] + b"\r\nnot a number\r\n" + PAGE)


def garbage(wire: socket.socket, path: str) -> None:
    wire.sendall(bytes(range(256)) * 4)
    with suppress(OSError):
        wire.recv(65_536)


def redirects_on(wire: socket.socket, path: str) -> None:
    number = int(path.rpartition("=")[2]) if "=" in path else 0
    target = f"{path.partition('?')[0]}?n={number + 1}" if number < 30 else "/good"
    wire.sendall(head("302 Found", Location=target, Content_Length=0))


def redirects_to_itself(wire: socket.socket, path: str) -> None:
    other = path.removesuffix("x") if path.endswith("x") else path + "x"
    wire.sendall(head("301 Moved Permanently", Location=other, Content_Length=0))


def packed(body: bytes, encoding: str) -> Answer:
    """Sends a packed body, whole if the client takes it."""
    return lambda wire, path: wire.sendall(head(Content_Length=len(body), Content_Encoding=encoding) + body)


def _gzip_bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + block * 4000  # 4 GB


#: Fault, what becomes of a page that always fails so (state, reason, a word of the detail), and whether it is asked
#: for again, so that a page that fails once is archived.
FAULTS: dict[str, tuple[Answer, str, str, str, bool]] = {
    "stalls": (stalls, "failed", "error", "timed out", True),
    "drips": (forever(b"<", 0.05), "failed", "error", "timed out", True),
    "too long a length": (promises_more, "failed", "error", "closed", True),
    "too short a length": (promises_less, "refused", "kind", "", False),
    "too short a length, packed": (promises_less_of_packed, "failed", "error", "cut off", True),
    "a body without end": (forever(b"<p>And so on.</p>" * 4000), "refused", "too_large", "33,554,432", False),
    "a gzip bomb": (packed(_gzip_bomb(), "gzip"), "refused", "too_large", "33,554,432", False),
    "a zstd bomb": (packed(zstandard.compress(bytes(2**30), 1), "zstd"), "refused", "too_large", "33,554,432", False),
    "a brotli bomb": (packed(brotli.compress(bytes(2**28), quality=1), "br"), "refused", "too_large", "33,554,432", False),
    "30 redirects": (redirects_on, "failed", "error", "too many redirects", False),
    "a redirect loop": (redirects_to_itself, "failed", "error", "redirect loop", False),
    "a reset": (resets, "failed", "error", "", True),
    "a reset midway": (resets_midway, "failed", "error", "", True),
    "headers without end": (heads_without_end, "failed", "error", "", True),
    "interim answers without end": (forever(b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.001), "failed", "error", "timed out", True),
    "chunks that are none": (chunked_garbage, "failed", "error", "chunk", True),
    "no HTTP": (garbage, "failed", "error", "", True),
    "wrongly packed": (packed(PAGE, "gzip"), "failed", "error", "decompressed", True),
}  # fmt: skip


@pytest.fixture
def hosts() -> Iterator[Callable[..., Host]]:
    """Makes hosts at 127.0.0.2, 127.0.0.3, and so on."""
    made: list[Host] = []

    def make(answer: Answer = well, **more: Answer) -> Host:
        made.append(Host(f"127.0.0.{len(made) + 2}", answer, **more))
        return made[-1]

    yield make
    for host in made:
        host.close()


CRAWL = """
import asyncio, json, sys
from scraper import crawl
from scraper.archive import Archive
from scraper.run import Network
from scraper.sites import Sites

async def resolve(host):
    return []

with Archive.open(sys.argv[1]) as archive:
    network = Network(delay=0.0, timeout=0.6, total_timeout=2.5, resolve=resolve, sleep=lambda seconds: asyncio.sleep(seconds / 20))
    report = crawl([sys.argv[2]], archive, sites=Sites(), network=network)
[peak] = [int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")]  # ru_maxrss would include pytest's
print(json.dumps({"peak": peak, "seconds": report.seconds, "outcome": report.outcome}))
"""


def crawled_apart(folder: Path, urls: list[str]) -> dict[str, Any]:
    """A crawl of a file of URLs in a process of its own; its peak memory in KiB, its seconds, how it ended."""
    (folder / "urls.txt").write_text("\n".join(urls))
    done = subprocess.run(
        [sys.executable, "-c", CRAWL, "archive.db", "urls.txt"],
        capture_output=True, text=True, timeout=60, cwd=folder, env=cli_environment({"no_proxy": "*"}),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def ledger(folder: Path) -> dict[str, dict[str, Any]]:
    with Archive.open(folder / "archive.db", readonly=True) as archive:
        return {row["url"]: row for row in archive.rows("select * from pages")}


def test_a_hostile_net_costs_only_the_pages_that_cannot_be_had(hosts: Callable[..., Host], tmp_path: Path) -> None:
    made = {name: hosts(fault[0]) for name, fault in FAULTS.items()}
    garbled, silent = hosts(raw=garbage), hosts(robots=says_nothing)
    closed = hosts()
    closed.close()
    unreachable = {
        f"https://{garbled.address}:{garbled.port}/a": "robots.txt",
        f"{silent.base}/a": "timed out",
        f"{closed.base}/a": "refused",
        "http://nowhere.example/a": "no such host",
    }
    urls = [f"{host.base}{path}" for host in made.values() for path in ("/good-1", "/bad", "/bad-once", "/good-2")]
    run = crawled_apart(tmp_path, [*urls, *unreachable])

    assert run["outcome"] == "done"
    assert run["seconds"] < 30
    # Three bombs and an endless body at once, each let grow to the 32 MiB that a page may have.
    assert run["peak"] < 400 * 1024, run["peak"]
    pages = ledger(tmp_path)
    for name, (_, state, reason, word, again) in FAULTS.items():
        base = made[name].base
        for path in ("/good-1", "/good-2", *(["/bad-once"] if again else [])):
            assert (pages[base + path]["state"], name) == ("archived", name)
        found = pages[base + "/bad"]
        assert (found["state"], found["reason"], name) == (state, reason, name)
        assert found["detail"] or reason == "kind", name
        assert word in (found["detail"] or ""), name
        assert found["article_id"] is None
    for url, word in unreachable.items():
        assert (pages[url]["state"], pages[url]["reason"]) == ("failed", "error")
        assert word in pages[url]["detail"]
    with Archive.open(tmp_path / "archive.db", readonly=True) as archive:
        [row] = archive.rows("pragma integrity_check")
        assert row == {"integrity_check": "ok"}
        titles = [row["title"] for row in archive.rows("select title from articles")]
        assert len(titles) == sum(3 if again else 2 for *_, again in FAULTS.values())


def test_a_host_that_keeps_failing_is_put_aside_and_holds_up_no_other(
    hosts: Callable[..., Host], archive: Archive, tmp_path: Path
) -> None:
    bad, fine = hosts(resets), hosts()
    targets = [str(tmp_path / "urls.txt")]
    Path(targets[0]).write_text("\n".join(f"{bad.base}/bad-{n}\n{fine.base}/good-{n}" for n in range(12)))
    began = time.monotonic()
    network = Network(delay=0.0, timeout=1.0, sleep=lambda seconds: asyncio.sleep(seconds / 20))
    report = crawl(targets, archive, sites=Sites(), network=network)
    aside, done = report.sites
    assert "in a row failed" in (aside.needs or "")
    assert (done.needs, done.new, report.exit_code) == (None, 12, 3)
    # One more page may be in hand by then.
    assert MAX_FAILED * TRIES <= len(bad.requests) - 1 <= (MAX_FAILED + 1) * TRIES
    states = Counter(row["state"] for row in archive.rows("select state from pages where url like ?", [bad.base + "%"]))
    assert states["failed"] in (MAX_FAILED, MAX_FAILED + 1)
    assert states["failed"] + states["pending"] == 12
    assert time.monotonic() - began < 10

    bad.answer = well
    crawl(targets, archive, sites=Sites(), network=network)
    assert {row["state"] for row in archive.rows("select state from pages")} == {"archived"}
    assert len(fine.requests) == 12 + 1  # and robots.txt


def test_listings_that_all_fail_put_a_host_aside_too(hosts: Callable[..., Host], archive: Archive) -> None:
    """A sitemap index names hundreds, and the server has gone down behind it."""
    children = "".join(f"<sitemap><loc>/bad-{n}.xml</loc></sitemap>" for n in range(300)).encode()

    def index(wire: socket.socket, path: str) -> None:
        body = b"<sitemapindex>" + children + b"</sitemapindex>"
        (resets if ".xml" in path else lambda wire, path: wire.sendall(head(Content_Length=len(body)) + body))(
            wire, path
        )

    host = hosts(index)
    network = Network(delay=0.0, timeout=1.0, sleep=lambda seconds: asyncio.sleep(seconds / 20))
    report = crawl([host.base + "/bad"], archive, sites=Sites(), network=network)
    assert "in a row failed" in (report.sites[0].needs or "")
    assert len(host.requests) == 2 + MAX_FAILED * TRIES
