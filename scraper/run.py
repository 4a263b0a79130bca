"""What a run keeps to, and how it reaches the network."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec

from scraper.errors import UsageError
from scraper.records import Moment, Window, utc, utc_now

Revisit = Literal["none", "due", "all"]


class Bounds(msgspec.Struct, frozen=True):
    """What a run keeps to."""

    window: Window = Window()
    limit: int | None = None  #: new stories a site
    max_pages: int | None = None  #: pages fetched a site
    depth: int = 0  #: how many links to follow from story to story
    refetch: bool = False  #: fetch known pages that are advertised again
    dry: bool = False  #: read the listings, fetch no page, store nothing
    revisit: Revisit = "none"  #: which known stories to look at again, advertised or not


def window_of(since: Moment | None, until: Moment | None) -> Window:
    """The dates of publication that a run keeps to; raises UsageError for what is none, or a period that ends before it begins."""
    try:
        window = Window(utc(since), utc(until, end=True))
    except ValueError as error:
        raise UsageError(f"not a date ({error})") from error
    if window.since and window.until and window.since > window.until:
        raise UsageError("since is after until")
    return window


class Network(msgspec.Struct, frozen=True):
    """How to fetch: overrides of the sites' own pace, and what tests pass in."""

    delay: float | None = None  #: seconds
    concurrency: int | None = None
    contact: str | None = None  #: an e-mail address or URL, for the user agent
    clock: Callable[[], datetime] = utc_now
    now: Callable[[], float] = time.monotonic  #: seconds, by which hosts are paced
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    transport: Any = None  #: an httpx.AsyncBaseTransport
    resolve: Callable[[str], Awaitable[Iterable[str]]] | None = None  #: the IP addresses of a host name
    timeout: float | None = None  #: seconds to connect, to send, and between two reads
    total_timeout: float | None = None  #: seconds for one answer
