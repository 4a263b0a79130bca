"""The site as a whole: it answers requests, and can be changed by hand."""

from __future__ import annotations

import re
import threading
import time
from binascii import crc32
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from . import article, headline, listing
from .archive import FIRST_ID, Archive, Event, Story, Wanted
from .chrome import RAIL, Setting
from .dates import START, http_date, moment
from .faults import KINDS, SOCKET_KINDS, Answer, Faults, faulty, plain_page
from .lexicon import SECTIONS, Lexicon, mix
from .prose import compose

_HTML = "text/html; charset=utf-8"
_XML = "application/xml; charset=utf-8"
_RSS = "application/rss+xml; charset=utf-8"

_HOME = re.compile(r"(?:/(ar|es))?/?")
_SECTION = re.compile(r"(?:/(ar|es))?/(?:news/([a-z]+)|videos)")
_FEED = re.compile(r"(?:/(ar|es))?/feed\.xml")
_MONTH = re.compile(r"/sitemaps/sitemap-(20[0-9]{2})-(1[0-2]|[1-9])(?:-[0-9]+)?\.xml")
_STATIC = re.compile(r"/(?:private/.*|privacy|about|contact)")

# One transparent pixel: enough for whoever fetches pictures.
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
_GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


@dataclass(frozen=True, slots=True)
class _Page:
    """A page that need not be made when the reader already has it."""

    make: Callable[[], bytes]
    tag: str
    modified: datetime
    content_type: str = _HTML


class Newsroom:
    """A made-up news site, the same for the same seed, clock and hand-made events.

    `articles` stories are published in the 30 days before START, then `per_day` each day. `clock` gives
    the site's present time (aware). `crawl_delay` is in seconds, `pad` in bytes a page.
    """

    def __init__(
        self,
        seed: int = 7,
        articles: int = 60,
        per_day: int = 6,
        clock: Callable[[], datetime] = lambda: START,
        base: str = "http://127.0.0.1:8790",
        redesign_at: datetime | None = None,
        crawl_delay: float | None = None,
        faults: Faults | None = None,
        pad: int = 0,
    ) -> None:
        self.clock = clock
        self.base = base.rstrip("/")
        self.redesign_at = redesign_at
        self.crawl_delay = crawl_delay
        self.faults = faults
        self.pad = pad
        self.requests: list[tuple[float, str, str]] = []  # monotonic seconds, path, user agent
        self._archive = Archive(seed, articles, per_day)
        self._pending: dict[str, list[str]] = {}  # faults asked for by hand
        self._tried: set[str] = set()  # paths whose first answer has failed
        self._lock = threading.Lock()

    # -- what there is

    def stories(self) -> tuple[Story, ...]:
        """Return all stories public now, newest first."""
        t = self._now()
        return tuple(self._archive.at(number, t) for number in self._archive.newest(t))

    def story(self, id: int) -> Story:
        """Return a story as it stands now, even a deleted one; KeyError before it is published."""
        return self._archive.at(self._number(id), self._now())

    def url(self, story: Story) -> str:
        """Return the story's absolute address."""
        return self.base + story.path

    def truth(self, story: Story) -> dict[str, Any]:
        """Return what a perfect scraper reads from the story's page now."""
        now = self.story(story.id)
        return article.truth(self.base, now, compose(self._archive, now))

    @property
    def design(self) -> int:
        """The template that all pages are shown in now: 1 or 2."""
        return 2 if self.redesign_at and self.clock() >= self.redesign_at else 1

    # -- what can be done by hand, at the present time

    def publish(self, section: str | None = None, language: str | None = None) -> Story:
        """Publish one more story, beside the schedule (in politics and English unless told otherwise)."""
        section, language = section or SECTIONS[0], language or "en"
        if section not in SECTIONS or language not in headline.LEXICONS:
            raise ValueError(f"no section {section!r} in language {language!r}")
        t = self._now()
        return self._archive.at(self._archive.publish(t, language, section), t)

    def edit(self, id: int) -> Story:
        """Rewrite a paragraph of the story and add another; one edit in three rewords the title."""
        return self._change(id, "edit")

    def delete(self, id: int, status: int = 410) -> Story:
        """Delete the story: its address answers 410, or 404, from now on."""
        if status not in {404, 410}:
            raise ValueError(f"a deleted story answers 404 or 410, not {status}")
        return self._change(id, "delete", str(status))

    def redirect(self, id: int, new_slug: str | None = None) -> Story:
        """Move the story to a new slug; the old address answers 301."""
        number = self._number(id)
        slug = headline.slugify(new_slug or "") or self._archive.next_slug(number)
        return self._change(id, "redirect", slug)

    def redesign(self) -> None:
        """Show every page, old stories too, in the second template from now on."""
        self.redesign_at = self.clock()

    def fault(self, path: str, kind: str, times: int = 1) -> None:
        """Make the next `times` answers for that path fail in that way."""
        if kind not in KINDS:
            raise ValueError(f"no fault {kind!r}: it must be one of {', '.join(KINDS)}")
        with self._lock:
            self._pending.setdefault(unquote(path.removeprefix(self.base)), []).extend([kind] * times)

    def _change(self, id: int, kind: str, value: str = "") -> Story:
        number, t = self._number(id), self._now()
        self._archive.add(number, Event(t, kind, value))
        return self._archive.at(number, t)

    def _number(self, id: int) -> int:
        number = id - FIRST_ID
        if not self._archive.exists(number, self._now()):
            raise KeyError(id)
        return number

    def _now(self) -> int:
        return int(self.clock().timestamp())

    # -- what it answers

    def answer(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to a GET request for a path with its query."""
        asked = {key.lower(): value for key, value in (headers or {}).items()}
        self.requests.append((time.monotonic(), path, asked.get("user-agent", "")))
        kind = self._next_fault(unquote(path))
        found = self._find(path, self._now())
        if kind is None and isinstance(found, tuple):
            kind = self._first_fault(urlsplit(path).path)
        if kind is not None and kind not in SOCKET_KINDS:
            return faulty(kind, Answer(200))
        page = found[0] if isinstance(found, tuple) else found
        proper = page if isinstance(page, Answer) else _conditional(page, asked)
        return proper if kind is None else faulty(kind, proper)

    def _next_fault(self, path: str) -> str | None:
        with self._lock:
            waiting = self._pending.get(path)
            return waiting.pop(0) if waiting else None

    def _first_fault(self, path: str) -> str | None:
        faults = self.faults
        if faults is None:
            return None
        roll = mix(faults.seed, crc32(path.encode()))
        if roll % 1_000_000 >= faults.rate * 1_000_000:
            return None
        with self._lock:
            if path in self._tried:
                return None
            self._tried.add(path)
        return faults.kinds[(roll >> 32) % len(faults.kinds)]

    def _find(self, path: str, t: int) -> Answer | _Page | tuple[_Page, Story]:
        """Return what stands at a path: a ready answer, a page, or the page of a story."""
        parts = urlsplit(path)
        found = self._archive.find(parts.path, t)
        if found is not None:
            story, moved = found
            if story.gone:
                return plain_page(story.gone)
            if moved:
                return Answer(301, {"Location": story.path, "Content-Type": _HTML})
            return self._story_page(story, t), story
        return self._list_page(parts.path, parts.query, t) or self._other(parts.path) or plain_page(404)

    def _story_page(self, story: Story, t: int) -> _Page:
        modified, design = story.changed, self.design
        if design == 2 and self.redesign_at and self.redesign_at > modified:
            modified = self.redesign_at
        # The tag is weak: the rails move on with the day while the story stays the same.
        tag = f'W/"{story.id}-{story.revision}-{story.moves}-{design}"'
        return _Page(lambda: self._render(story, t), tag, modified)

    def _render(self, story: Story, t: int) -> bytes:
        return article.render(self._setting(story.lexicon, t), story, compose(self._archive, story))

    def _setting(self, lexicon: Lexicon, t: int) -> Setting:
        latest = listing.take(self._archive, t, 2 * RAIL + 1, Wanted(lexicon.language))
        return Setting(lexicon, self.base, self.design, self.pad, latest)

    def _list_page(self, path: str, query: str, t: int) -> _Page | None:
        make, kind = self._html_list(path, query, t), _HTML
        if make is None:
            make, kind = self._xml_list(path, t), _RSS if _FEED.fullmatch(path) else _XML
        if make is None:
            return None
        latest, count = self._archive.version(t)
        tag = f'W/"{crc32(f"{path}?{query}".encode()):x}-{latest}-{count}-{self.design}"'
        return _Page(make, tag, moment(latest), kind)

    def _html_list(self, path: str, query: str, t: int) -> Callable[[], bytes] | None:
        if match := _HOME.fullmatch(path):
            return partial(self._home, headline.LEXICONS[match[1] or "en"], t)
        if not (match := _SECTION.fullmatch(path)) or (match[2] and match[2] not in SECTIONS):
            return None
        asked = parse_qs(query).get("page", ["1"])[0]
        number = int(asked) if asked.isdecimal() and len(asked) < 8 else 0
        lexicon, section = headline.LEXICONS[match[1] or "en"], match[2]
        wanted = Wanted(lexicon.language, section, None if section else "video")
        skip = (number - 1) * listing.PER_PAGE
        stories = listing.take(self._archive, t, listing.PER_PAGE + 1, wanted, skip=skip) if number else []
        if not stories and number != 1:
            return None
        name = lexicon.sections[section] if section else lexicon.labels["videos"]
        return lambda: listing.section(self._setting(lexicon, t), path, name, number, stories)

    def _home(self, lexicon: Lexicon, t: int) -> bytes:
        stories = listing.take(self._archive, t, listing.ON_HOME, Wanted(lexicon.language))
        return listing.home(self._setting(lexicon, t), stories)

    def _xml_list(self, path: str, t: int) -> Callable[[], bytes] | None:
        archive, base = self._archive, self.base
        if path == "/sitemap.xml":
            return partial(listing.sitemap_index, archive, base, t)
        if path == "/sitemap-news.xml":
            return partial(listing.news_sitemap, archive, base, t)
        if match := _FEED.fullmatch(path):
            lexicon = headline.LEXICONS[match[1] or "en"]
            return partial(listing.feed, archive, base, lexicon, t)
        if match := _MONTH.fullmatch(path):
            for chunk in listing.chunks(archive, int(match[1]), int(match[2]), t):
                if path == f"/sitemaps/{chunk.name}":
                    return partial(listing.sitemap, archive, base, t, chunk)
        return None

    def _other(self, path: str) -> Answer | None:
        if path == "/robots.txt":
            text = listing.robots(self.base, self.crawl_delay)
            return Answer(200, {"Content-Type": "text/plain; charset=utf-8"}, text)
        if path in ("/loop/a", "/loop/b"):
            return Answer(302, {"Location": "/loop/b" if path == "/loop/a" else "/loop/a"})
        if path.startswith(("/media/", "/static/")):
            gif = path.endswith(".gif")
            return Answer(200, {"Content-Type": "image/gif" if gif else "image/png"}, _GIF if gif else _PNG)
        if _STATIC.fullmatch(path):
            name = path.strip("/").title()
            text = f"<!DOCTYPE html>\n<title>{name}</title><h1>{name}</h1>\n".encode()
            return Answer(200, {"Content-Type": _HTML}, text)
        return None


def _conditional(page: _Page, asked: Mapping[str, str]) -> Answer:
    """Return the page, or 304 when the reader's copy is still good (RFC 9110, 13.2.2)."""
    headers = {"ETag": page.tag, "Last-Modified": http_date(page.modified)}
    if "if-none-match" in asked:
        known = {tag.strip().removeprefix("W/") for tag in asked["if-none-match"].split(",")}
        fresh = "*" in known or page.tag.removeprefix("W/") in known
    else:
        fresh = asked.get("if-modified-since") == headers["Last-Modified"]
    if fresh:
        return Answer(304, headers)
    return Answer(200, {"Content-Type": page.content_type, **headers}, page.make())
