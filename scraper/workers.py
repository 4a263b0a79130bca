"""Reading pages in processes of their own: on all cores, and apart from the archive.

A page is hostile input to parsers written in C, and to regular expressions of selector files.
So the process that holds the archive never reads one: it sends the bytes to a worker, and if
the worker dies or takes too long, one page has failed and another worker takes its place.

The protocol is length-prefixed MessagePack over the worker's standard input and output.  Plain
subprocesses, for the pools of ``multiprocessing`` import the caller's script anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import signal
import struct
import sys
from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO

import msgspec

from scraper.blobs import Base, Blob, Latest, Packer
from scraper.discover import Listing, Reading
from scraper.errors import ArchiveError, Unreadable
from scraper.records import Article, Page
from scraper.sites import Site

#: Seconds that reading one page may take; ordinary ones take some thousandths.
TIME_LIMIT = 60.0
#: Seconds beyond the limit after which a worker ends itself: the run, which ends it earlier, may have been killed.
GRACE = 30
#: Bytes of address space that a worker may take; a page of the largest size that is fetched takes a quarter of it.
MEMORY_LIMIT = 4 << 30
#: Bytes that a worker's answer may have; the largest page and its text take a tenth.
LARGEST_ANSWER = 256 << 20
#: Bases that a worker keeps at hand, a megabyte each.
BASES = 32
_LENGTH = struct.Struct("<I")


class Task(msgspec.Struct, frozen=True, array_like=True):
    """A page to read: its site's rules as MessagePack, final URL, Content-Type, time, bytes; the blob
    to pack it against, with that one's bytes if the worker has not had them of late."""

    site: bytes
    url: str
    content_type: str | None
    fetched_at: datetime
    body: bytes
    base_id: int | None = None
    base: bytes | None = None
    is_stored: bool = False  #: the bytes need no packing
    listing: Listing | None = None  #: what is read is this


class Result(msgspec.Struct, frozen=True, array_like=True):
    """What a worker made of it: the article, the packed bytes and where the article goes on, or what a listing names,
    or what went wrong."""

    article: Article | None = None
    blob: Blob | None = None
    error: str | None = None
    next_page: str | None = None
    reading: Reading | None = None  #: of a listing


_encode = msgspec.msgpack.Encoder().encode
_decode_task = msgspec.msgpack.Decoder(Task).decode
_decode_result = msgspec.msgpack.Decoder(Result).decode


class Workers:
    """A few worker processes, started as they are needed.  A context manager.

    ``time_limit`` is the seconds that reading one page may take.
    """

    def __init__(self, count: int | None = None, *, time_limit: float = TIME_LIMIT) -> None:
        self._count = count or os.cpu_count() or 1
        self._time_limit = time_limit
        self._all: list[_Worker] = []
        self._sites: dict[str, bytes] = {}

    async def __aenter__(self) -> Workers:
        return self

    def prepare(self) -> None:
        """Start a worker, which takes a tenth of a second, before there is anything to read."""
        if not self._all:
            self._all.append(_Worker(self._time_limit))

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(worker.end() for worker in self._all))

    async def read(
        self, page: Page, site: Site, base_id: int | None = None, body_of: Callable[[int], bytes] | None = None
    ) -> tuple[Article, Blob, str | None]:
        """Extract one page, and compress it against the blob ``base_id``, whose body ``body_of`` gives; with the URL of
        the article's next page, if it has one.

        Raises :class:`Unreadable` if that kills the worker or takes too long.
        """
        result = await self._ask(page, site, base_id, body_of)
        assert result.article is not None
        assert result.blob is not None
        return result.article, result.blob, result.next_page

    async def reread(self, page: Page, site: Site) -> tuple[Article, str | None]:
        """Extract a page that is stored already, with the URL of the article's next page; raises :class:`Unreadable` as :meth:`read` does."""
        result = await self._ask(page, site, is_stored=True)
        assert result.article is not None
        return result.article, result.next_page

    async def read_listing(self, listing: Listing, page: Page, site: Site) -> Reading:
        """What a listing names (:func:`scraper.discover.read`); raises :class:`Unreadable` as :meth:`read` does."""
        result = await self._ask(page, site, is_stored=True, listing=listing)
        assert result.reading is not None
        return result.reading

    async def _ask(
        self, page: Page, site: Site, base_id: int | None = None, body_of: Callable[[int], bytes] | None = None,
        *, is_stored: bool = False, listing: Listing | None = None,
    ) -> Result:  # fmt: skip
        """What a worker makes of a page; the bytes of the base go along only if that worker has not had them."""
        if site.key not in self._sites:
            self._sites[site.key] = _encode(site)
        content_type = page.headers.get("content-type")
        for attempt in (1, 2):
            worker = self._choose()
            base = None
            if base_id is not None and body_of is not None and not worker.has(base_id):
                try:
                    base = body_of(base_id)
                except ArchiveError:  # `check` tells of it; what is new does not depend on it
                    worker.lacks(base_id)
                    base_id = None
            task = Task(
                self._sites[site.key], page.final_url, content_type, page.fetched_at, page.body, base_id, base, is_stored,
                listing,
            )  # fmt: skip
            try:
                result = await worker.ask(_encode(task))
                break
            except _Died as died:
                # Several pages may have waited for a worker that died, and it may have died idle: each is
                # given a second one, but for the page that one has spent all its time on.
                if died.timed_out or attempt == 2:
                    raise Unreadable(died.reason, about=page.final_url) from died
        if result.error is not None:
            raise Misread(f"a fault of this program: {result.error}", about=page.final_url)
        return result

    def _choose(self) -> _Worker:
        """The worker with the least to do; a new one while there may be more and all are busy."""
        self._all = [worker for worker in self._all if worker.alive]
        free = min(self._all, key=lambda worker: worker.waiting, default=None)
        if free is None or (free.waiting and len(self._all) < self._count):
            free = _Worker(self._time_limit)
            self._all.append(free)
        return free


class Misread(Unreadable):
    """Reading a page raised what it must not: a fault of ours, which costs that page and no other."""

    reason = "bug"


class _Died(Exception):
    """The worker ended before it answered; ``timed_out``: it was reading this very page, for too long."""

    def __init__(self, reason: str, *, timed_out: bool) -> None:
        super().__init__(reason)
        self.reason, self.timed_out = reason, timed_out


class _Worker:
    """One process.  Tasks queue in its input, so that it never waits for the next; answers come in order."""

    def __init__(self, time_limit: float) -> None:
        self.alive = True
        self._time_limit = time_limit
        self._unsent: deque[bytes] = deque()
        self._answers: deque[asyncio.Future[Result]] = deque()
        self._asked = asyncio.Event()
        self._bases: Latest[None] = Latest(BASES)  # what the process keeps: both follow the order of the tasks
        self._process = asyncio.create_task(self._start())
        self._reader: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Tasks not yet answered."""
        return len(self._answers)

    def has(self, base_id: int) -> bool:
        """Whether the process has a base; it is taken to be sent now if not."""
        known = base_id in self._bases
        self._bases.get(base_id, lambda: None)
        return known

    def lacks(self, base_id: int) -> None:
        """Take back that the process has a base: it could not be sent."""
        self._bases.drop(base_id)

    async def ask(self, task: bytes) -> Result:
        """Send a task (MessagePack) and wait for its answer; raises :class:`_Died`."""
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        self._unsent.append(task)
        self._asked.set()
        process = await asyncio.shield(self._process)
        if self._reader is None:
            self._reader = asyncio.create_task(self._read_answers(process))
        while process.stdin is not None and self.alive and self._unsent:
            # Also those of callers that still wait for the process to start: answers come in the order of asking.
            task = self._unsent.popleft()
            process.stdin.writelines((_LENGTH.pack(len(task)), task))
        return await answer

    async def end(self) -> None:
        """Kill the process; whoever waits for it is told."""
        process = await self._process
        if process.returncode is None:
            process.kill()
        await process.wait()
        if self._reader is not None:
            self._asked.set()
            await self._reader

    async def _read_answers(self, process: asyncio.subprocess.Process) -> None:
        """Hand out the answers, until the process ends or takes too long over one."""
        assert process.stdout is not None
        timed_out = False
        try:
            while await self._asked.wait():
                async with asyncio.timeout(self._time_limit):
                    result = await _answer_of(process.stdout)
                answer = self._answers.popleft()
                if not answer.cancelled():
                    answer.set_result(result)
                if not self._answers:
                    self._asked.clear()
        except TimeoutError:
            timed_out = True
            process.kill()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except msgspec.DecodeError:  # a page that got the better of a parser may have it say anything
            process.kill()
        self.alive = False
        reason = f"reading it took more than {self._time_limit:g} s" if timed_out else "reading it killed the parser"
        for position, answer in enumerate(self._answers):
            if not answer.done():
                answer.set_exception(_Died(reason, timed_out=timed_out and position == 0))
        self._answers.clear()

    async def _start(self) -> asyncio.subprocess.Process:
        # glibc gives memory back to the system after each page and asks for it again for the next,
        # which costs as much as parsing; below these sizes it keeps it.
        tuning = {
            "MALLOC_TRIM_THRESHOLD_": "268435456", "MALLOC_TOP_PAD_": "67108864", "MALLOC_MMAP_THRESHOLD_": "268435456",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }  # fmt: skip
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "scraper.workers", str(math.ceil(self._time_limit) + GRACE), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            env=os.environ | tuning, limit=1 << 20,
            start_new_session=True,  # Ctrl-C is for the run, which ends its workers itself
        )  # fmt: skip


async def _answer_of(source: asyncio.StreamReader) -> Result:
    """The next answer; raises asyncio.IncompleteReadError at the end, msgspec.DecodeError if it is none."""
    (size,) = _LENGTH.unpack(await source.readexactly(_LENGTH.size))
    if size > LARGEST_ANSWER:
        raise msgspec.DecodeError(f"an answer of {size} bytes")
    return _decode_result(await source.readexactly(size))


@lru_cache(maxsize=256)
def _site(data: bytes) -> Site:
    return msgspec.msgpack.decode(data, type=Site)


def _widen(pipe: BinaryIO) -> None:
    """Let a whole page fit into the pipe (Linux), so that its sender need not wait for us."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, 1 << 20)


def _bound_memory() -> None:
    """Let a page made to eat memory end this process before it ends the machine (Unix)."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = MEMORY_LIMIT if hard == resource.RLIM_INFINITY else min(hard, MEMORY_LIMIT)
        if soft == resource.RLIM_INFINITY or soft > most:
            resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _set_alarm(seconds: int) -> None:
    """Let the system end this process by then, also amid a regular expression that never ends (Unix); 0 takes it back."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _work(task: Task, packer: Packer) -> Result:
    from scraper import discover
    from scraper.extract import read

    if task.listing is not None:
        headers = {"content-type": task.content_type} if task.content_type else {}
        page = Page(
            url=task.url, final_url=task.url, status=200, headers=headers, body=task.body, fetched_at=task.fetched_at
        )  # fmt: skip
        return Result(reading=discover.read(task.listing, page, _site(task.site)))
    # Packed first, whatever comes of the rest: the run and this process count bases in the same order.
    base = None if task.base_id is None else Base(task.base_id, task.base or b"")
    blob = None if task.is_stored else packer.pack(task.body, base)
    article, next_page = read(
        task.body, task.url, site=_site(task.site), content_type=task.content_type, fetched_at=task.fetched_at
    )
    return Result(article, blob, next_page=next_page)


def serve(source: BinaryIO, sink: BinaryIO, *, alarm: int) -> None:
    """Answer tasks until the input ends: what a worker process does; it ends itself after ``alarm`` seconds of one page.

    Raises BrokenPipeError if nobody is left to take an answer, MemoryError over a page that asks for too much.
    """
    _widen(source)
    packer = Packer(keep=BASES)
    while len(head := source.read(_LENGTH.size)) == _LENGTH.size:  # less where the run was killed while it wrote
        _set_alarm(alarm)
        try:
            result = _work(_decode_task(source.read(*_LENGTH.unpack(head))), packer)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug, told to the run, which raises it
            import traceback

            result = Result(error="".join(traceback.format_exception(error)[-2:]))
        _set_alarm(0)
        data = _encode(result)
        sink.write(_LENGTH.pack(len(data)) + data)
        sink.flush()


if __name__ == "__main__":
    _bound_memory()
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer, alarm=int(sys.argv[1]))
    except (BrokenPipeError, MemoryError):
        # The run was killed, or the page too much for us: no word to the user's terminal, and no flush that fails again.
        os._exit(1)
