"""The time that a dated listing covers, read from its URL; and dated URLs made from a pattern.

Sites keep their archives by year, month or day: ``/sitemaps/all/sitemap-2024-8.xml``,
``/sitemap.xml?yyyy=2024&mm=08&dd=01``, ``/archive/2024/08/01``.  A run that is bounded by
dates need not fetch those outside.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from scraper.records import Window

_YEAR, _MONTH, _DAY = r"(?P<y>(?:19|20)\d{2})", r"(?P<m>0?[1-9]|1[0-2])", r"(?P<d>0?[1-9]|[12]\d|3[01])"
_SHAPES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"[?&](?:yyyy|year|y)={_YEAR}(?:&(?:mm|month|m)={_MONTH})?(?:&(?:dd|day|d)={_DAY})?(?:&|$)",
        rf"(?<!\d){_YEAR}[-_/.]{_MONTH}(?:[-_/.]{_DAY})?(?!\d)",
        r"(?<!\d)(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])?(?!\d)",
        rf"(?<![\d-])(?:sitemap|archive|articles?|posts?|news)[-_/]{_YEAR}(?![-_.]?\d)",
    )
)
#: What a pattern may hold, and the text that each becomes.
_FIELDS = {"{yyyy}": "{0:%Y}", "{mm}": "{0:%m}", "{m}": "{0.month}", "{dd}": "{0:%d}", "{d}": "{0.day}"}
#: Where a run has no first date, only the current period and the one before it are looked at.
_PERIODS_WITHOUT_SINCE = 2


_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")
#: Years that a number in an address may stand for.
_YEARS = range(1990, 2100)


class Period(msgspec.Struct, frozen=True):
    """From the first to the last second of a day, month or year, UTC."""

    start: datetime
    end: datetime


def period_of(url: str) -> Period | None:
    """The period that a listing's URL names, None where it names none.

    A day's margin on both sides allows for publishers that count in their own zone.
    """
    for shape in _SHAPES:
        if match := shape.search(url):
            parts = match.groupdict()
            year, month, day = int(parts["y"]), parts.get("m"), parts.get("d")
            try:
                first = date(year, int(month or 1), int(day or 1))
            except ValueError:
                continue
            after = _after(first, "day" if day else "month" if month else "year")
            margin = timedelta(days=1)
            return Period(_midnight(first) - margin, _midnight(after) + margin - timedelta(seconds=1))
    return None


def numbered(addresses: Iterable[str]) -> frozenset[str]:
    """Those of the listings of one index that are numbered through, where what looks like a year is a number too."""
    by_stem = defaultdict[str, list[tuple[int, str]]](list)
    for url in addresses:
        if number := _LAST_NUMBER.search(url):
            by_stem[url[: number.start()] + url[number.end() :]].append((int(number[0][:9]), url))
    counted = (group for group in by_stem.values() if any(number not in _YEARS for number, _ in group))
    return frozenset(url for group in counted for number, url in group if number in _YEARS)


def is_pattern(path: str) -> bool:
    """Whether a path of a selector file stands for many dated ones."""
    return any(field in path for field in _FIELDS)


def expand(pattern: str, window: Window, now: datetime) -> Iterator[str]:
    """The dated paths of a pattern within a window, the most recent first."""
    unit = "day" if "{d" in pattern else "month" if "{m" in pattern else "year"
    last = min(window.until or now, now).date()
    here = last if unit == "day" else last.replace(day=1) if unit == "month" else last.replace(month=1, day=1)
    count = 0
    while _midnight(_after(here, unit)) > window.since if window.since else count < _PERIODS_WITHOUT_SINCE:
        path = pattern
        for field, form in _FIELDS.items():
            path = path.replace(field, form.format(here))
        yield path
        count += 1
        here = _before(here, unit)


def _after(first: date, unit: str) -> date:
    if unit == "day":
        return first + timedelta(days=1)
    if unit == "month":
        return (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return first.replace(year=first.year + 1, month=1, day=1)


def _before(first: date, unit: str) -> date:
    if unit == "day":
        return first - timedelta(days=1)
    return (first - timedelta(days=1)).replace(day=1) if unit == "month" else first.replace(year=first.year - 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
