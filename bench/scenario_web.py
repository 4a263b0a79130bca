"""A little made-up web: what each address answers, as data that can be written down, and a transport that answers so."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Literal

import httpx
import msgspec

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
#: Requests of one run from which on it is taken to have no end.
MOST_REQUESTS = 1500


class Story(msgspec.Struct, frozen=True, tag=True):
    """A page of a story; ``name`` is what all pages of the story have as their title."""

    name: str
    day: str = "2026-03-01"
    page: int = 1
    edition: int = 0
    canonical: str | None = None
    amp: str | None = None
    next: str | None = None
    first: str | None = None  #: a link to the story's first page
    links: tuple[str, ...] = ()
    number: str | None = None  #: the publisher's id
    has_etag: bool = False


class Redirect(msgspec.Struct, frozen=True, tag=True):
    """An address that sends on to another one."""

    to: str
    status: int = 301


class Fault(msgspec.Struct, frozen=True, tag=True):
    """An answer that is no page."""

    status: int
    retry_after: int | None = None


class Text(msgspec.Struct, frozen=True, tag=True):
    """A body as it stands: a robots.txt, a challenge, nothing at all."""

    body: str


class Named(msgspec.Struct, frozen=True):
    """A page as a listing names it, with a date or without."""

    url: str
    day: str | None = None


class Listing(msgspec.Struct, frozen=True, tag=True):
    """A sitemap, an index of sitemaps, a feed or a section page; ``next`` is a section's next page."""

    form: Literal["sitemap", "news", "index", "feed", "section"]
    named: tuple[Named, ...] = ()
    next: str | None = None


Answer = Story | Redirect | Fault | Text | Listing
WALL = Text("<html><title>Just a moment...</title><p>Checking your browser before accessing one.example.</p></html>")
EMPTY = Text("")


def render(answer: Answer | None) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers."""
    match answer:
        case Story():
            body = _story(answer)
            return 200, body, {"etag": f'"{hashlib.md5(body.encode()).hexdigest()}"'} if answer.has_etag else {}
        case Redirect():
            return answer.status, "", {"location": answer.to}
        case Fault():
            return answer.status, "no", {"retry-after": str(answer.retry_after)} if answer.retry_after else {}
        case Text():
            return 200, answer.body, {}
        case Listing():
            return 200, _LISTINGS[answer.form](answer), {}
        case None:
            return 404, "", {}


def _story(story: Story) -> str:
    said = f"{story.name} page {story.page} edition {story.edition}"
    text = "".join(f"<p>{said}: the council met on Monday to speak of the new bridge, part {n}.</p>" for n in range(6))
    links = "".join(f'<p>Read <a href="{url}">that story</a> too.</p>' for url in story.links)
    head = "".join(
        f'<link rel="{relation}" href="{url}">'
        for relation, url in (("canonical", story.canonical), ("amphtml", story.amp))
        if url
    )
    number = f'<meta name="number" content="{story.number}">' if story.number else ""
    pager = f'<a rel="prev" href="{story.first}">1</a>' if story.first else ""
    pager += f'<a rel="next" href="{story.next}">more</a>' if story.next else ""
    return (
        f"<html lang=en><head><title>{story.name}</title>{head}{number}</head><h1>{story.name}</h1>"
        f"<time datetime='{story.day}T10:00:00Z'>then</time><article>{text}{links}</article><nav>{pager}</nav>"
    )


def _sitemap(listing: Listing) -> str:
    stamps = {named: f"<lastmod>{named.day}</lastmod>" if named.day else "" for named in listing.named}
    return f"<urlset>{''.join(f'<url><loc>{named.url}</loc>{stamps[named]}</url>' for named in listing.named)}</urlset>"


def _news(listing: Listing) -> str:
    told = (
        f"<url><loc>{named.url}</loc><news:news><news:publication><news:name>N</news:name><news:language>en</news:language>"
        f"</news:publication><news:publication_date>{named.day or '2026-03-01'}</news:publication_date><news:title>T"
        "</news:title></news:news></url>"
        for named in listing.named
    )
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f"<urlset {spaces}>{''.join(told)}</urlset>"


def _index(listing: Listing) -> str:
    return f"<sitemapindex>{''.join(f'<sitemap><loc>{named.url}</loc></sitemap>' for named in listing.named)}</sitemapindex>"


def _feed(listing: Listing) -> str:
    items = ""
    for named in listing.named:
        day = datetime.fromisoformat(named.day) if named.day else None
        stamp = f"<pubDate>{day:%a, %d %b %Y} 10:00:00 GMT</pubDate>" if day else ""
        items += f"<item><title>A story</title><link>{named.url}</link>{stamp}</item>"
    return f'<rss version="2.0"><channel>{items}</channel></rss>'


def _section(listing: Listing) -> str:
    following = f'<link rel="next" href="{listing.next}">' if listing.next else ""
    links = "".join(f'<a href="{named.url}">A story</a>' for named in listing.named)
    return f"<html><head><title>Home</title>{following}</head>{links}"


_LISTINGS = {"sitemap": _sitemap, "news": _news, "index": _index, "feed": _feed, "section": _section}


class Web(httpx.AsyncBaseTransport):
    """Answers by address, 404 for all others; notes what was asked for in the run.

    Answers come after some turns of the event loop, as ``dice`` have it, so that visits overlap in many ways.
    """

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.pages = dice, dict[str, Answer]()
        self.started, self.seconds = NOW, 0.0
        self.begin()

    def begin(self, *, ends_at: int = 0, ending: Literal["killed", "interrupted"] | None = None) -> None:
        """Forget what was asked for; at request number ``ends_at`` of this run the process is to end."""
        self.asked = Counter[str]()
        self.told = Counter[str]()  # addresses that told a story
        self.led = Counter[str]()  # addresses that a redirect led to
        self.log: list[tuple[str, int]] = []
        self._ends_at, self._ending = ends_at, ending

    def clock(self) -> datetime:
        return self.started + timedelta(seconds=int(self.seconds))

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)

    async def wait(self, *turns: int) -> None:
        """Let others go first."""
        for _ in range(self.dice.choice(turns)):
            await asyncio.sleep(0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        self.asked[url] += 1
        if self.asked.total() == self._ends_at:
            self._end()
        if self.asked.total() > MOST_REQUESTS:
            raise RuntimeError("the run does not end")
        await self.wait(0, 0, 0, 1, 3, 10)
        answer = self.pages.get(url)
        status, body, headers = render(answer)
        if "etag" in headers and request.headers.get("if-none-match") == headers["etag"]:
            status, body = 304, ""
        if isinstance(answer, Story):
            self.told[url] += 1
        if isinstance(answer, Redirect):
            self.led[answer.to] += 1
        self.log.append((url, status))
        kind = {"xml": "text/xml", "txt": "text/plain"}.get(url.rpartition(".")[2], "text/html")
        return httpx.Response(status, headers={"content-type": kind} | headers, content=body.encode())

    def _end(self) -> None:
        if self._ending == "killed":
            os._exit(9)
        os.kill(os.getpid(), signal.SIGINT)
