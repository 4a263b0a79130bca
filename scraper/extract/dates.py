"""Printed and coded dates into UTC, and whether their zone was printed or assumed.

Tried in order: the rule's own format, ISO 8601, RFC 2822, a month's name in the languages most
met, and whatever dateparser can read.  A bare number is never a date; a date in the
future is refused by the caller, who knows what time it is.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import timezone as fixed_zone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

#: News on the web is not older than this; what says so is a default value or a misreading.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
#: Clocks of publishers run ahead by hours at most (a local time marked as UTC).
TOLERANCE = timedelta(hours=26)

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?",
    re.IGNORECASE,
)
_ZONE_PRINTED = re.compile(
    r"(?:\b(?:GMT|UTC|Z|[ECMP][SD]T|CES?T|BST|IST|JST|KST|MSK|SAST)\b|[+-]\d{2}:?\d{2})", re.IGNORECASE
)
_LABEL = re.compile(
    r"^\s*(?:published|posted|updated|last updated|last modified|modified|date|on|publicado|actualizado|publié|mis à jour|"
    r"veröffentlicht|aktualisiert|stand|pubblicato|نشر|آخر تحديث|تاريخ النشر)\s*(?:on|at|el|le|am|il)?\s*:?\s+",
    re.IGNORECASE,
)
_ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


Zone = Literal["printed", "assumed"]


class Moment(msgspec.Struct, frozen=True):
    """A date read: UTC, and whether its zone was printed with it or assumed."""

    when: datetime
    zone: Zone


def parse(raw: str, *, timezone: str = "UTC", language: str | None = None, format: str | None = None) -> Moment | None:
    """Read one date, or None.  ``timezone`` (IANA) is that of dates that carry no zone."""
    text = " ".join(raw.translate(_ARABIC_DIGITS).split())
    if not text or len(text) > 120:
        return None
    found = (
        _by_format(text, format)
        if format
        else _iso(text) or _rfc2822(text) or _spelled(text) or _named_month(text, language)
    )
    if found is None:
        return None
    printed = found.tzinfo is not None
    try:
        aware = found if printed else found.replace(tzinfo=ZoneInfo(timezone))
        when = aware.astimezone(UTC).replace(microsecond=0)
    except (OverflowError, ValueError):
        return None
    return Moment(when, "printed" if printed else "assumed") if when >= EARLIEST else None


def _by_format(text: str, format: str) -> datetime | None:
    try:
        return datetime.strptime(text, format)
    except ValueError:
        return None


def _iso(text: str) -> datetime | None:
    match = _ISO.fullmatch(text) or (_ISO.match(text) if "T" in text[:12] else None)
    if match is None:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        naive = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), min(int(second or 0), 59))
        return naive if zone is None else naive.replace(tzinfo=_offset(zone))
    except ValueError:
        return None


def _offset(zone: str) -> tzinfo:
    if zone.upper() in ("Z", "UTC", "GMT"):
        return UTC
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return fixed_zone(-offset if zone[0] == "-" else offset)


def _rfc2822(text: str) -> datetime | None:
    if not re.match(r"(?:[A-Za-z]{3},\s*)?\d{1,2} [A-Za-z]{3} \d{4} \d", text):
        return None
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None


def _months() -> dict[str, int]:
    """Month names, whole and as commonly cut, in the languages of most news that we meet."""
    names = (
        "january jan enero ene janeiro janvier januar jänner gennaio gen يناير كانون_الثاني ocak",
        "february feb febrero fevereiro fev février févr februar febbraio فبراير شباط şubat",
        "march mar marzo março mars märz mär maart مارس آذار mart",
        "april apr abril abr avril aprile أبريل ابريل نيسان nisan",
        "may mayo maio mai maggio mag mei مايو أيار ايار mayıs",
        "june jun junio junho juin juni giugno giu يونيو حزيران haziran",
        "july jul julio julho juillet juil juli luglio lug يوليو تموز temmuz",
        "august aug agosto ago août aout augustus أغسطس اغسطس آب ağustos",
        "september sep sept septiembre setembro set septembre settembre سبتمبر أيلول ايلول eylül",
        "october oct octubre outubro out octobre oktober okt ottobre ott أكتوبر اكتوبر تشرين_الأول ekim",
        "november nov noviembre novembro novembre نوفمبر تشرين_الثاني kasım",
        "december dec diciembre dic dezembro dez décembre déc dezember dicembre ديسمبر كانون_الأول aralık",
    )
    return {name.replace("_", " "): number for number, row in enumerate(names, 1) for name in row.split()}


_MONTHS = _months()
_NAME = r"(?P<month>كانون الثاني|تشرين الأول|تشرين الثاني|كانون الأول|[^\W\d_]+)\.?"
_DAY_FIRST = re.compile(
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|º)?,?\s+(?:de\s+|of\s+)?{_NAME},?\s+(?:de\s+|del\s+)?(?P<year>(?:19|20)\d{{2}})"
)
_MONTH_FIRST = re.compile(rf"{_NAME}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d{{2}})")
_TIME = re.compile(r"(?<!\d)(\d{1,2}):(\d{2})(?::(\d{2}))?(?!\d)\s*(?:([ap])\.?\s?m\b\.?)?", re.IGNORECASE)


def _spelled(text: str) -> datetime | None:
    """A day, a month's name and a year, perhaps a time, and nothing that names a zone."""
    match = _DAY_FIRST.search(text) or _MONTH_FIRST.search(text)
    month = _MONTHS.get(match["month"].casefold()) if match else None
    if match is None or month is None or _ZONE_PRINTED.search(text):
        return None
    clock = _TIME.search(text)
    hour, minute, second = (int(part or 0) for part in clock.groups()[:3]) if clock else (0, 0, 0)
    if clock and clock[4]:
        hour = hour % 12 + (12 if clock[4] in "pP" else 0)
    try:
        return datetime(int(match["year"]), month, int(match["day"]), hour, minute, second)
    except ValueError:
        return None


#: Languages that dateparser is asked in.  It has two hundred, and a text that is no date in any costs seconds in all.
_LANGUAGES = (
    "en de fr es pt it nl ar fa tr ru uk pl cs sk hu ro bg el sv da nb fi he hi bn ur id vi th zh ja ko".split()
)


@lru_cache(maxsize=4096)
def _named_month(text: str, language: str | None) -> datetime | None:
    """A date in words, by dateparser; slow, so it is asked only where a day and a year stand."""
    text = _LABEL.sub("", text)
    if not re.search(r"\b(?:19|20)\d{2}\b|年", text) or not re.search(r"\d{1,2}", text):
        return None
    import dateparser

    settings = {
        "PREFER_DAY_OF_MONTH": "first",
        "REQUIRE_PARTS": ["day", "month", "year"],
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    zoned = bool(_ZONE_PRINTED.search(text))
    if zoned:
        settings = {**settings, "RETURN_AS_TIMEZONE_AWARE": True}
    for languages in ([language], _LANGUAGES) if language else (_LANGUAGES,):
        try:
            found = dateparser.parse(text, languages=languages, settings=settings)
        except (ValueError, OverflowError, RecursionError):  # a language that it does not know, a year 99999
            continue
        if isinstance(found, datetime):
            return found
    return None
