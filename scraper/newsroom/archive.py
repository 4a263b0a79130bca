"""Which stories there are at a moment, where they stand and what has happened to them.

Everything is computed from the story's number: there is no list of stories, so that an archive of a
million costs nothing to open.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from . import headline
from .dates import DAY, EPOCH, moment
from .lexicon import SECTIONS, Lexicon, mix

FIRST_ID = 1_700_000
"""The id of story number 0."""

_BACK = 30 * DAY  # the first stories are spread over this time before the start
_LANGUAGES = ("en", "en", "en", "en", "ar", "es")
_BLOCK = len(_LANGUAGES) * len(SECTIONS)
_VIDEO_EVERY = 15


@dataclass(frozen=True, slots=True)
class Story:
    """A story as it stands at one moment. Times are aware and in UTC."""

    id: int
    number: int
    kind: str  # "article" or "video"
    language: str  # "en", "ar" or "es"
    section: str  # the key, as in paths: "politics"
    title: str
    slug: str
    path: str  # percent-encoded
    published: datetime
    modified: datetime | None
    revision: int  # how often it was edited
    moves: int  # how often it was redirected
    gone: int | None  # 404 or 410 once deleted

    @property
    def lexicon(self) -> Lexicon:
        """The words of the story's language."""
        return headline.LEXICONS[self.language]

    @property
    def changed(self) -> datetime:
        """When the story last changed, or was published."""
        return self.modified or self.published


@dataclass(frozen=True, order=True, slots=True)
class Event:
    """Something that happens to one story at `at` (seconds): "edit", "delete" or "redirect"."""

    at: int
    kind: str
    value: str = ""  # the status of a deletion, the slug of a redirect


@dataclass(frozen=True, slots=True)
class _Cell:
    language: str
    section: str
    kind: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which stories a list shows; None stands for any."""

    language: str | None = None
    section: str | None = None
    kind: str | None = None

    def fits(self, language: str, section: str, kind: str) -> bool:
        """Tell whether a story of that language, section and kind belongs to the list."""
        return self.language in (None, language) and self.section in (None, section) and self.kind in (None, kind)


ANY = Wanted()


class Archive:
    """All stories of one site, scheduled and hand-made, past and future."""

    def __init__(self, seed: int, articles: int, per_day: int) -> None:
        if articles < 0 or per_day < 0 or articles > headline.CAPACITY // 2:
            raise ValueError(f"articles must be 0 to {headline.CAPACITY // 2}, and per_day not negative")
        self.seed = seed
        self.articles = articles
        self.per_day = per_day
        cells = [(language, section) for language in _LANGUAGES for section in SECTIONS]
        # A fixed block of 30 gives each language and section its exact share, in an order of the seed.
        self._pattern = [cells[place] for place in sorted(range(_BLOCK), key=lambda place: mix(seed, place))]
        self._events: dict[int, list[Event]] = {}
        self._moved: dict[tuple[str, str], int] = {}
        self._settled: set[int] = set()  # stories that the schedule deletes or redirects
        self._days = 0  # scheduled days already worked out
        self._hand: dict[int, tuple[int, _Cell]] = {}
        self._lock = threading.RLock()

    # -- what was published when

    def published(self, number: int) -> int:
        """Return the publication time of a story, in seconds, always a whole minute."""
        if number in self._hand:
            return self._hand[number][0]
        jitter = mix(self.seed, number, 2) % 1000
        if number < self.articles:
            seconds = EPOCH - _BACK + (number * 1000 + jitter) * _BACK // (self.articles * 1000)
        else:
            day, slot = divmod(number - self.articles, self.per_day)
            seconds = EPOCH + day * DAY + (slot * 1000 + jitter) * DAY // (self.per_day * 1000)
            seconds += 60  # nothing is published in the very minute of the start
            seconds = min(seconds, EPOCH + (day + 1) * DAY)
        return seconds - seconds % 60

    def scheduled(self, t: int) -> int:
        """Return how many scheduled stories are published at time t: they are the numbers below that."""
        if t < EPOCH:
            return bisect_right(range(self.articles), t, key=self.published)
        if not self.per_day:
            return self.articles
        full = (t - EPOCH) // DAY * self.per_day
        today = range(self.articles + full, self.articles + full + self.per_day)
        return today.start + bisect_right(today, t, key=self.published)

    def cell(self, number: int) -> tuple[str, str, str]:
        """Return the language, section and kind of a story."""
        if number in self._hand:
            cell = self._hand[number][1]
            return cell.language, cell.section, cell.kind
        language, section = self._pattern[number % _BLOCK]
        video = (number + number // _BLOCK * 7 + self.seed) % _VIDEO_EVERY == 0
        return language, section, "video" if video else "article"

    def newest(self, t: int, wanted: Wanted = ANY) -> Iterator[int]:
        """Yield the numbers of the public stories at time t that are wanted, newest first."""
        self._prepare(t)
        hand = sorted((at, number) for number, (at, _) in list(self._hand.items()) if at <= t)
        for number in range(self.scheduled(t) - 1, -1, -1):
            while hand and hand[-1][0] >= self.published(number):
                yield from self._shown(hand.pop()[1], t, wanted)
            if wanted is ANY or wanted.fits(*self.cell(number)):
                yield from self._shown(number, t, ANY)
        while hand:
            yield from self._shown(hand.pop()[1], t, wanted)

    def _shown(self, number: int, t: int, wanted: Wanted) -> tuple[int, ...]:
        return (number,) if wanted.fits(*self.cell(number)) and not self._gone(number, t) else ()

    def between(self, start: int, end: int, t: int) -> tuple[range, list[int]]:
        """Return the numbers, scheduled and hand-made, published in [start, end) by time t.

        Deleted stories are among them: a number keeps its place in the month's files.
        """
        numbers = range(self.scheduled(t))
        low = bisect_left(numbers, start, key=self.published)
        high = bisect_left(numbers, end, key=self.published)
        hand = sorted(n for n, (at, _) in list(self._hand.items()) if start <= at < end and at <= t)
        return range(low, high), hand

    def exists(self, number: int, t: int) -> bool:
        """Tell whether the story has been published by time t (it may have been deleted since)."""
        if number in self._hand:
            return self._hand[number][0] <= t
        return 0 <= number < self.scheduled(t)

    # -- how a story stands

    def at(self, number: int, t: int) -> Story:
        """Return the story as it stands at time t (at or after its publication)."""
        self._prepare(t)
        language, section, kind = self.cell(number)
        lexicon = headline.LEXICONS[language]
        revision = changes = moves = 0
        modified: int | None = None
        gone: int | None = None
        slug = ""
        for event in self._events.get(number, ()):
            if event.at > t or gone:
                break
            if event.kind == "delete":
                gone = int(event.value)
                continue
            modified = event.at
            if event.kind == "redirect":
                slug, moves = event.value, moves + 1
            else:
                revision += 1
                changes += (number + revision) % 3 == 0  # one edit in three rewords the title
        title = headline.title(self.seed, number, lexicon, section, changes)
        slug = slug or (self.first_slug(number) if changes else headline.slugify(title))
        return Story(
            id=FIRST_ID + number,
            number=number,
            kind=kind,
            language=language,
            section=section,
            title=title,
            slug=slug,
            path=self.folder(number) + headline.quoted(slug),
            published=moment(self.published(number)),
            modified=None if modified is None else moment(modified),
            revision=revision,
            moves=moves,
            gone=gone,
        )

    def first_slug(self, number: int) -> str:
        """Return the slug under which the story was first published."""
        language, section, _ = self.cell(number)
        lexicon = headline.LEXICONS[language]
        return headline.slugify(headline.title(self.seed, number, lexicon, section))

    def folder(self, number: int) -> str:
        """Return the story's path without its slug: "/es/news/politics/"."""
        language, section, kind = self.cell(number)
        prefix = headline.LEXICONS[language].prefix
        return f"{prefix}/videos/" if kind == "video" else f"{prefix}/news/{section}/"

    def find(self, path: str, t: int) -> tuple[Story, bool] | None:
        """Return the story at a path (plain or percent-encoded) and whether it has left that path."""
        self._prepare(t)
        plain = unquote(path)
        folder, _, slug = plain.rpartition("/")
        language = plain[1:3] if plain[3:4] == "/" else "en"
        if not slug or language not in headline.LEXICONS:
            return None
        number = self._moved.get((language, slug))
        if number is None:
            number = headline.number_of(self.seed, language, slug)
        if number is None or not self.exists(number, t) or self.folder(number) != folder + "/":
            return None
        if slug != self.first_slug(number) and not any(
            event.kind == "redirect" and event.value == slug and event.at <= t for event in self._events.get(number, ())
        ):
            return None
        story = self.at(number, t)
        return story, slug != story.slug

    def _gone(self, number: int, t: int) -> bool:
        return any(event.kind == "delete" and event.at <= t for event in self._events.get(number, ()))

    @property
    def first(self) -> int:
        """The time, in seconds, before which nothing is published."""
        return EPOCH - _BACK

    def version(self, t: int) -> tuple[int, int]:
        """Return when anything on the site last changed by time t, and a count of all changes till then."""
        self._prepare(t)
        with self._lock:
            past = [event.at for events in self._events.values() for event in events if event.at <= t]
            hand = [at for at, _ in self._hand.values() if at <= t]
        count = self.scheduled(t)
        latest = self.published(count - 1) if count else self.first
        return max([latest, *past, *hand]), count + len(past) + len(hand)

    def last_change_of(self, numbers: Sequence[int], t: int) -> int:
        """Return when any of these stories was last published, edited, moved or deleted by time t."""
        self._prepare(t)
        with self._lock:
            touched = [(number, event.at) for number, events in self._events.items() for event in events]
        # Numbers follow time, but for the hand-made ones at the end, so the last few hold the newest.
        latest = [self.published(number) for number in numbers[-1 - len(self._hand) :]]
        return max([*latest, *(at for number, at in touched if at <= t and number in numbers)])

    def neighbours(self, number: int, count: int) -> list[int]:
        """Return stories that this one links to: older ones where there are any, in its own language."""
        pool = max(self.articles, number) if number not in self._hand else self.articles
        start = number if number not in self._hand else mix(self.seed, number) % max(1, pool)
        language = self.cell(number)[0]
        found: list[int] = []
        for step in range(1, min(pool, 4 * _BLOCK)):
            other = (start - step) % pool
            if other != number and self.cell(other)[0] == language:
                found.append(other)
                if len(found) == count:
                    break
        return found

    # -- what happens

    def publish(self, t: int, language: str, section: str, kind: str = "article") -> int:
        """Publish a story by hand at time t; return its number."""
        with self._lock:
            number = headline.CAPACITY - 1 - len(self._hand)
            self._hand[number] = (t - t % 60, _Cell(language, section, kind))
        return number

    def add(self, number: int, event: Event) -> None:
        """Record something that happens to a story."""
        with self._lock:
            if event.kind == "redirect":
                self._moved[self.cell(number)[0], event.value] = number
            insort(self._events.setdefault(number, []), event)

    def next_slug(self, number: int) -> str:
        """Return the slug that a redirect gives a story when none is named."""
        language, section, _ = self.cell(number)
        stem = headline.stem(self.seed, number, headline.LEXICONS[language], section)
        taken = {event.value for event in self._events.get(number, ())}
        turn = 2
        while f"{stem}-{turn}" in taken:
            turn += 1
        return f"{stem}-{turn}"

    def _prepare(self, t: int) -> None:
        """Work out the scheduled events of every day that has begun by time t."""
        if EPOCH + self._days * DAY > t:
            return
        with self._lock:
            while EPOCH + self._days * DAY <= t:
                self._schedule(self._days)
                self._days += 1

    def _schedule(self, day: int) -> None:
        pool = self.articles + day * self.per_day
        kinds = ("delete", "redirect", "edit", "edit")[: 3 + mix(self.seed, day, 3) % 2]
        chosen: set[int] = set()
        for place, kind in enumerate(kinds):
            number = self._pick(day, place, pool, chosen)
            if number is None:
                continue
            chosen.add(number)
            roll = mix(self.seed, day, place, 5)
            at = EPOCH + day * DAY + (1 + roll % (DAY // 60)) * 60
            if kind == "delete":
                self.add(number, Event(at, kind, "410" if roll >> 20 & 1 else "404"))
            elif kind == "redirect":
                self.add(number, Event(at, kind, self.next_slug(number)))
            else:
                self.add(number, Event(at, kind))
            if kind != "edit":
                self._settled.add(number)

    def _pick(self, day: int, place: int, pool: int, chosen: set[int]) -> int | None:
        for attempt in range(200 if pool else 0):
            number = mix(self.seed, day, place, attempt, 4) % pool
            if number not in chosen and number not in self._settled:
                return number
        return None  # the site is too small, and everything on it has already moved or gone
