"""Printed and coded dates into UTC, and whether their zone was printed or assumed.

Tried in order: the rule's own format, ISO 8601, RFC 2822, a month's name in the languages most
met, and whatever dateparser can read.  A bare number is never a date; a date in the
future is refused by the caller, who knows what time it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from datetime import timezone as fixed_zone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from scraper.extract import calendars

#: News on the web is not older than this; what says so is a default value or a misreading.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
#: Clocks of publishers run ahead by hours at most (a local time marked as UTC).
TOLERANCE = timedelta(hours=26)

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*"
    r"(Z|[+-]\d{2}:?\d{2}|[+-]\d{2}|[A-ZМСК]{2,5})?)?",
    re.IGNORECASE,
)
# Zones by the letters that newsrooms print: hours east of Greenwich, or where the clock changes.
_ZONES: dict[str, float | str] = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "BST": 1, "WEST": 1, "WAT": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "CAT": 2, "SAST": 2, "EET": 2, "EEST": 3,
    "EAT": 3, "MSK": 3, "МСК": 3, "TRT": 3, "GST": 4, "PKT": 5, "IST": 5.5, "NPT": 5.75, "WIB": 7, "ICT": 7, "WITA": 8, "HKT": 8,
    "SGT": 8, "PHT": 8, "AWST": 8, "WIT": 9, "JST": 9, "KST": 9, "ACST": 9.5, "AEST": 10, "ACDT": 10.5, "AEDT": 11, "NZST": 12,
    "NZDT": 13, "BRT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles",
}  # fmt: skip
# Behind a time of day only: the end of 05-03-2024 is no zone.
_HALF = r"\s*(?:(?P<half>[ap])\.?\s?m\b\.?|(?P<arabic>[مص])\b)?"
_CLOCK = r"(?<![\d.])(?P<hour>\d{1,2})[:h](?P<minute>\d{2})(?::(?P<second>\d{2}))?(?!\.?\d)" + _HALF
# Hours and minutes with a point between them, where something says that they are those.
_DOTTED = (
    r"(?:(?:\b(?:um|at|à|ore|alle|klo?)|[-–,])\.?\s*(?=\d{1,2}\.\d{2}(?!\.?\d))|(?<![\d.])(?=\d{1,2}\.\d{2}\s*(?:Uhr|[ap]\.?m\b|(?:GMT|UTC|BST|CES?T|MES?Z|E[SD]T)\b)))"
    r"(?P<hour>\d{1,2})\.(?P<minute>\d{2})(?P<second>(?!))?(?!\.?\d)" + _HALF
)
_ZONE = r"\s*\(?(?P<zone>[+-]\d{2}:?\d{2}|(?:(?:GMT|UTC)\s?[+-]\d{1,2}(?::?\d{2})?)|[A-ZМСК]{1,5})?\b"
_TIMES = (re.compile(_CLOCK + _ZONE, re.IGNORECASE), re.compile(_DOTTED + _ZONE, re.IGNORECASE))
_LABEL = re.compile(
    r"^\s*(?:published|posted|updated|last updated|last modified|modified|date|on|publicado|actualizado|publié|mis à jour|"
    r"veröffentlicht|aktualisiert|stand|pubblicato|نشر|آخر تحديث|تاريخ النشر)\s*(?:on|at|el|le|am|il)?\s*:?\s+",
    re.IGNORECASE,
)
_NO_ZONE = re.compile(r":\d\d(?:\.\d+)?\s*[+-](?:\d{5,}|[2-9]\d:?\d{2}\b)")
#: Digits of other scripts, by code point, as plain ones.  Where they begin (Unicode, general category Nd): Arabic, Persian, Indic ones, Thai, Burmese, wide ones.
DIGITS = {
    start + digit: str(digit)
    for start in (0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0x1040, 0xFF10)
    for digit in range(10)
}


Zone = Literal["printed", "assumed"]


class Moment(msgspec.Struct, frozen=True):
    """A date read: UTC, whether its zone was printed with it or assumed, the day as printed, and whether no more is said."""

    when: datetime
    zone: Zone
    day: date
    is_day: bool


def parse(raw: str, *, timezone: str = "UTC", language: str | None = None, format: str | None = None) -> Moment | None:
    """Read one date, or None.

    ``timezone`` (IANA) is that of dates that carry no zone; ``language`` a tag such as ``en-GB`` (BCP 47): its region
    tells the order of the numbers in 05/03/2024.
    """
    text = " ".join((raw if raw.isascii() else raw.translate(DIGITS)).split())
    if not text or len(text) > 120 or _NO_ZONE.search(text):
        return None
    if not raw.isascii() or text.startswith(("13", "14")):
        text = calendars.translated(text)
    found = (
        _by_format(text, format)
        if format
        else _iso(text) or _spelled(text) or _rfc2822(text) or _named_month(text, language)
    )
    if found is None:
        return None
    printed = found.tzinfo is not None
    try:
        aware = found if printed else found.replace(tzinfo=ZoneInfo(timezone))
        when = aware.astimezone(UTC).replace(microsecond=0)
    except (OverflowError, ValueError):
        return None
    if when < EARLIEST:
        return None
    return Moment(when, "printed" if printed else "assumed", found.date(), found.time() == time.min)


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
        if zone is None:
            return naive
        offset = _offset(zone)
        return naive.replace(tzinfo=offset) if offset is not None else None
    except ValueError:
        return None


def _offset(said: str) -> tzinfo | None:
    """A zone as it is printed, None for letters that are none."""
    zone = said.upper()
    if not said.isupper() and said[:1].isalpha() and zone[:3] not in ("Z", "GMT", "UTC"):
        return None  # a word of the language: French "et", say
    known = _ZONES.get(zone)
    if isinstance(known, str):
        return ZoneInfo(known)
    if known is not None:
        return fixed_zone(timedelta(hours=known)) if known else UTC
    if zone[:3] in ("GMT", "UTC"):
        zone = zone[3:].strip()
    if zone[:1] not in ("+", "-"):
        return None
    hours, _, minutes = zone[1:].partition(":")
    if not minutes and len(hours) > 2:
        hours, minutes = hours[:-2], hours[-2:]
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset >= timedelta(hours=16) or int(minutes or 0) >= 60:
        return None
    return fixed_zone(-offset if zone[0] == "-" else offset)


def _rfc2822(text: str) -> datetime | None:
    if not re.match(r"(?:[A-Za-z]{3},\s*)?\d{1,2} [A-Za-z]{3} \d{4} \d", text):
        return None
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None


#: Months by their names, whole and as commonly cut, caseless, in the languages of most news that we meet.
MONTHS = calendars.numbered(
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
#: A pattern of these names, the longest first.
MONTH_NAMES = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_NAME_OF_TWO_WORDS = "كانون الثاني|تشرين الأول|تشرين الثاني|كانون الأول"
_NAME = rf"(?P<month>{_NAME_OF_TWO_WORDS}|[^\W\d_]+)\.?"
_DAY_FIRST = re.compile(
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|º)?,?\s+(?:de\s+|of\s+)?{_NAME},?\s+(?:de\s+|del\s+)?(?P<year>(?:19|20)\d{{2}})"
)
_MONTH_FIRST = re.compile(rf"{_NAME}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d{{2}})")
# A month under two names, as Arabic papers print it.
_TWO_NAMES = re.compile(rf"({_NAME_OF_TWO_WORDS}|[^\W\d_]+)\s?/\s?({_NAME_OF_TWO_WORDS}|[^\W\d_]+)")
_EAST_ASIAN = re.compile(r"(?P<year>(?:19|20)\d{2})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日일]")


_EAST_ASIAN_CLOCK = re.compile(
    r"(?:(?P<early>午前|上午|오전)|(?P<late>午後|下午|오후|晚上))?\s*(?P<hour>\d{1,2})\s*(?:[:時时點点시]\s*(?P<minute>\d{1,2}))"
)


def _clock(text: str) -> re.Match[str] | None:
    """The time of day in a text."""
    return next((found for pattern in _TIMES if (found := pattern.search(text))), None)


def to_clock(text: str) -> str:
    """A text up to its time of day and the zone behind it, all of it where it has none."""
    clock = _clock(text)
    if clock is None:
        return text
    is_zone = clock["zone"] and (_offset(clock["zone"]) is not None or clock["zone"] == "Uhr")
    return text[: clock.end() if is_zone or not clock["zone"] else clock.start("zone")].strip()


def _spelled(text: str) -> datetime | None:
    """A day, a month's name and a year, perhaps a time and its zone."""
    text = _TWO_NAMES.sub(lambda two: two[1] if two[1].casefold() in MONTHS else two[0], text)
    match = _EAST_ASIAN.search(text) or _DAY_FIRST.search(text) or _MONTH_FIRST.search(text)
    if match is None:
        return None
    rest = f"{text[: match.start()]} | {text[match.end() :]}"
    month = int(match["month"]) if match["month"].isdecimal() else MONTHS.get(match["month"].casefold())
    if month is None:
        return None
    clock = _clock(rest)
    hour, minute, second = (int(clock[part] or 0) for part in ("hour", "minute", "second")) if clock else (0, 0, 0)
    if clock and (half := clock["half"] or clock["arabic"]):
        hour = hour % 12 + (12 if half in "pPم" else 0)
    if match.re is _EAST_ASIAN and (clock := _EAST_ASIAN_CLOCK.search(rest)):
        hour, minute = int(clock["hour"]), int(clock["minute"] or 0)
        hour = hour % 12 + 12 * (clock["late"] is not None) if clock["late"] or clock["early"] else hour
        clock = None
    zone = _offset(clock["zone"]) if clock and clock["zone"] else None
    try:
        return datetime(int(match["year"]), month, int(match["day"]), hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


#: Languages that dateparser is asked in.  It has two hundred, and a text that is no date in any costs seconds in all.
_LANGUAGES = (
    "en de fr es pt it nl ar fa tr ru uk pl cs sk hu ro bg el sv da nb fi he hi bn ur id vi th zh ja ko".split()
)


#: Where dateparser has another code for a language than :mod:`scraper.languages`.
_ITS_CODES = {"no": "nb", "tl": "fil"}


@lru_cache(maxsize=4096)
def _named_month(text: str, language: str | None) -> datetime | None:
    """A date in words, by dateparser; slow, so it is asked only where a day and a year stand."""
    text = re.sub(r"\b(\d{1,2})h(\d{2})\b", r"\1:\2", _LABEL.sub("", text))
    if not re.search(r"(?<!\d)(?:19|20)\d{2}(?!\d)", text) or not re.search(r"\d{1,2}", text):
        return None
    import dateparser

    settings = {
        "PREFER_DAY_OF_MONTH": "first",
        "REQUIRE_PARTS": ["day", "month", "year"],
        "RETURN_AS_TIMEZONE_AWARE": False,
        "PARSERS": ["absolute-time"],  # "3 hours ago" would be so by our clock
    }
    if re.search(r"\b\d{1,2}\.\d{1,2}\.\d{4}\b", text):
        settings["DATE_ORDER"] = "DMY"  # with points between them, everywhere
    # A zone is taken off and put on again: dateparser would reckon with that of this machine where it knows none.
    clock = _clock(text)
    zone = _offset(clock["zone"]) if clock and clock["zone"] else None
    if clock and zone is not None:
        text = f"{text[: clock.start('zone')]}{text[clock.end('zone') :]}".replace("()", "")
    for asked in _asked(language):
        try:
            found = dateparser.parse(text, settings=settings, **asked)
        except (ValueError, OverflowError, RecursionError):  # a language that it does not know, a year 99999
            continue
        if isinstance(found, datetime):
            return found.replace(tzinfo=zone)
    return None


def _asked(language: str | None) -> Iterator[dict[str, list[str]]]:
    """In which languages dateparser is asked for a date, one attempt after the other."""
    if language and "-" in language:
        yield {"locales": [language]}
    if language:
        primary = language.partition("-")[0]
        yield {"languages": [_ITS_CODES.get(primary, primary)]}
    yield {"languages": _LANGUAGES}
