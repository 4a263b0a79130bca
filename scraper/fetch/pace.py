"""When the next request to a host may start.

A host is asked by at most ``concurrency`` requests at once, and each starts no sooner than
``delay`` seconds after the one before it ended (with one at a time) or started (with more).
``hold`` lets a server's Retry-After stop everything to that host.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class HostPace:
    """The pace of one host.  ``now`` is a monotonic clock in seconds."""

    def __init__(
        self,
        delay: float,
        concurrency: int,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.delay = delay
        self._now = now
        self._sleep = sleep
        self._slots = asyncio.Semaphore(concurrency)
        self._gate = asyncio.Lock()
        self._free_at = now()
        self._concurrency = concurrency

    def slow_down(self, delay: float) -> None:
        """Wait at least ``delay`` seconds between requests from now on (a Crawl-delay)."""
        self.delay = max(self.delay, delay)

    def hold(self, seconds: float) -> None:
        """Start no request in the next ``seconds`` (a Retry-After)."""
        self._free_at = max(self._free_at, self._now() + seconds)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for our turn; the body of the ``with`` is the request."""
        async with self._slots:
            async with self._gate:
                while (wait := self._free_at - self._now()) > 0:
                    await self._sleep(wait)
                self.hold(self.delay)
            try:
                yield
            finally:
                if self._concurrency == 1:
                    self.hold(self.delay)
