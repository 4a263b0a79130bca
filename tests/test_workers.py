"""Worker processes: what a page does to one harms no other page."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from scraper.errors import Unreadable
from scraper.records import Page
from scraper.sites import Site, load_file, unknown_site
from scraper.workers import Task, Workers

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
SITE = unknown_site("news.example")


def page(number: int, body: str = "") -> Page:
    text = (
        body or f"<h1>Story {number} of the day</h1><article><p>{'The river rose by two metres. ' * 20}</p></article>"
    )
    url = f"https://news.example/{number}"
    headers = {"content-type": "text/html; charset=utf-8"}
    return Page(url=url, final_url=url, status=200, headers=headers, body=text.encode(), fetched_at=NOW)


def children() -> list[int]:
    """The processes that this one has started and not yet waited for."""
    return [int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]


def test_pages_are_read_and_packed_in_any_order_of_asking() -> None:
    async def go() -> list[str | None]:
        async with Workers(2) as workers:
            found = await asyncio.gather(*(workers.read(page(n), SITE) for n in range(20)))
            assert all(blob.size == len(page(n).body) for n, (_, blob, _) in enumerate(found))
            return [article.title for article, *_ in found]

    assert asyncio.run(go()) == [f"Story {n} of the day" for n in range(20)]
    assert children() == []


def test_a_worker_that_dies_is_replaced_and_no_page_is_lost() -> None:
    async def go() -> list[object]:
        async with Workers(1) as workers:
            await workers.read(page(0), SITE)
            asks = [asyncio.create_task(workers.read(page(n), SITE)) for n in range(10)]
            await asyncio.sleep(0)  # they are sent
            await asyncio.sleep(0)
            for pid in children():
                os.kill(pid, signal.SIGKILL)
            return await asyncio.gather(*asks, return_exceptions=True)

    results = asyncio.run(go())
    failed = [result for result in results if isinstance(result, BaseException)]
    assert failed == []
    assert len(results) == 10


@pytest.fixture
def endless_site(tmp_path: Path) -> Site:
    """A site whose selector file never ends with a heading of many letters."""
    file = tmp_path / "news.example.toml"
    file.write_text("[[layout]]\nbody = 'article'\nsource = { css = 'h1', match = '^(a+)+$' }\n")
    return load_file(file)


ENDLESS = f"<h1>{'a' * 60}b</h1><article><p>text</p></article>"


def test_a_pattern_that_never_ends_fails_its_page_and_no_other(endless_site: Site) -> None:
    site, endless = endless_site, page(1, ENDLESS)

    async def go() -> list[object]:
        async with Workers(1, time_limit=1.0) as workers:
            asks = [workers.read(page(0), site), workers.read(endless, site), workers.read(page(2), site)]
            return await asyncio.gather(*asks, return_exceptions=True)

    first, second, third = asyncio.run(go())
    assert isinstance(second, Unreadable)
    assert "took more than 1 s" in second.message
    assert not isinstance(first, BaseException)
    assert not isinstance(third, BaseException)


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_a_page_of_any_size_comes_back(size: int) -> None:
    async def go() -> int:
        async with Workers(1) as workers:
            _, blob, _ = await workers.read(page(1, "x" * size or " "), SITE)
            return blob.size

    assert asyncio.run(go()) == max(size, 1)


def test_a_worker_whose_run_is_gone_ends_amid_such_a_page(endless_site: Site) -> None:
    encode = msgspec.msgpack.encode
    task = encode(Task(encode(endless_site), "https://news.example/1", "text/html", NOW, ENDLESS.encode()))
    program = "import sys; from scraper.workers import serve; serve(sys.stdin.buffer, sys.stdout.buffer, alarm=1)"
    left = subprocess.run(
        [sys.executable, "-c", program], input=len(task).to_bytes(4, "little") + task, capture_output=True, timeout=30
    )
    assert left.returncode == -signal.SIGALRM
    assert left.stdout == left.stderr == b""


def test_a_worker_that_waits_for_its_next_page_is_not_late() -> None:
    encode = msgspec.msgpack.encode
    task = encode(Task(encode(SITE), "https://news.example/1", "text/html", NOW, b"<p>Words."))
    program = "import sys; from scraper.workers import serve; serve(sys.stdin.buffer, sys.stdout.buffer, alarm=2)"
    worker = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(len(task).to_bytes(4, "little") + task)
        worker.stdin.flush()
        worker.stdout.read(int.from_bytes(worker.stdout.read(4), "little"))
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(3)
        worker.stdin.close()
    assert worker.returncode == 0


def test_a_page_that_kills_every_worker_is_given_up() -> None:
    async def killer() -> None:
        while True:
            for pid in children():
                os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.01)

    async def go() -> None:
        async with Workers(1) as workers:
            killing = asyncio.create_task(killer())
            try:
                await workers.read(page(1), SITE)
            finally:
                killing.cancel()

    with pytest.raises(Unreadable, match="killed the parser"):
        asyncio.run(go())


@pytest.mark.parametrize(
    "answer",
    [r"\004\000\000\000\301abc", r"\001\000\000\000\007", r"\377\377\377\377", r"\002\000\000\000\222\301"],
    ids=["no MessagePack", "no answer", "without an end", "cut short"],
)
def test_a_worker_that_talks_nonsense_fails_its_page_and_not_the_run(
    answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "worker"
    script.write_text(f"#!/bin/sh\nprintf '{answer}'\nexec cat > /dev/null\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))

    async def go() -> None:
        async with Workers(1) as workers:
            await workers.read(page(1), SITE)

    with pytest.raises(Unreadable, match="killed the parser"):
        asyncio.run(go())
    assert children() == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep to the limit")
def test_a_worker_may_not_take_the_memory_of_the_machine() -> None:
    code = "from scraper.workers import MEMORY_LIMIT, _bound_memory\n_bound_memory()\nbytearray(MEMORY_LIMIT)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "MemoryError" in done.stderr
