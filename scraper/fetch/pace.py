"""When the next request to a host may start.

A host is asked by at most ``concurrency`` requests at once, and each starts no sooner than
``delay`` seconds after the one before it ended (with one at a time) or started (with more).
``leave`` lets a server's Retry-After stop everything to that host.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class LeftAlone(Exception):
    """The host asked to be left alone for longer than a run waits: ``seconds`` from now."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class HostPace:
    """The pace of one host.

    ``now`` is a monotonic clock in seconds, ``patience`` the seconds that a turn waits on the server's word.
    """

    def __init__(
        self,
        delay: float,
        concurrency: int,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        patience: float = math.inf,
    ) -> None:
        self.delay = delay
        self._now = now
        self._sleep = sleep
        self._slots = asyncio.Semaphore(concurrency)
        self._gate = asyncio.Lock()
        self._free_at = now()
        self._concurrency = concurrency
        self._patience = patience
        self._left_until = now()

    def slow_down(self, delay: float) -> None:
        """Wait at least ``delay`` seconds between requests from now on (a Crawl-delay)."""
        self.delay = max(self.delay, delay)

    def hold(self, seconds: float) -> None:
        """Start no request in the next ``seconds``."""
        self._free_at = max(self._free_at, self._now() + seconds)

    def leave(self, seconds: float) -> None:
        """Start no request in the next ``seconds``, on the server's word (a Retry-After).

        Turns are waited for if that is within the patience, and refused if it is longer.
        """
        self.hold(seconds)
        self._left_until = max(self._left_until, self._now() + seconds)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for our turn; the body of the ``with`` is the request.  Raises :class:`LeftAlone`."""
        async with self._slots:
            async with self._gate:
                while (wait := self._free_at - self._now()) > 0:
                    if (left := self._left_until - self._now()) > self._patience:
                        raise LeftAlone(left)
                    await self._sleep(wait)
                self.hold(self.delay)
            try:
                yield
            finally:
                if self._concurrency == 1:
                    self.hold(self.delay)
