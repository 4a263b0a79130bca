"""Moments as whole seconds since 1970 (UTC), and the ways in which pages print them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from .lexicon import Lexicon

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""The moment at which the site's first `articles` stories have just been published."""

DAY = 86_400  # seconds
EPOCH = int(START.timestamp())

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_OFFSET = timezone(timedelta(hours=2))


def moment(seconds: int) -> datetime:
    """Return seconds since 1970 as an aware UTC datetime."""
    return datetime.fromtimestamp(seconds, UTC)


def http_date(when: datetime) -> str:
    """Return "Mon, 02 Mar 2026 06:00:00 GMT", whatever the locale."""
    return f"{_WEEKDAYS[when.weekday()]}, {when.day:02d} {_MONTHS[when.month - 1]} {when:%Y %H:%M:%S} GMT"


def utc(when: datetime) -> str:
    """Return "2026-03-02T06:00:00Z"."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def with_offset(when: datetime) -> str:
    """Return the same instant as told at +02:00: "2026-03-02T08:00:00+02:00"."""
    return when.astimezone(_OFFSET).isoformat(timespec="seconds")


def naive(when: datetime) -> str:
    """Return UTC without saying so: "2026-03-02T06:00:00.0000000"."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.0000000"


def printed(when: datetime, lexicon: Lexicon, clock: bool = True) -> str:
    """Return the date as a reader sees it, without a zone: "2 Mar 2026 06:00"."""
    day = f"{when.day} {lexicon.months[when.month - 1]} {when.year}"
    return f"{day} {when:%H:%M}" if clock else day
