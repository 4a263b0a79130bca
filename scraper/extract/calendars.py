"""Dates of calendars other than ours, as papers print them: Iran's, Thailand's, Japan's eras, Taiwan's."""

from __future__ import annotations

import re
from datetime import date


def numbered(*months: str) -> dict[str, int]:
    """The number of each month by its names, which stand in a line each, a ``_`` for the space in one."""
    return {name.replace("_", " "): number for number, row in enumerate(months, 1) for name in row.split()}


_PERSIAN = numbered(
    "فروردین حمل", "اردیبهشت ثور", "خرداد جوزا", "تیر سرطان", "مرداد امرداد اسد", "شهریور سنبله", "مهر میزان",
    "آبان عقرب", "آذر قوس", "دی جدی", "بهمن دلو", "اسفند حوت",
)  # fmt: skip
_THAI = numbered(
    "มกราคม ม.ค.", "กุมภาพันธ์ ก.พ.", "มีนาคม มี.ค.", "เมษายน เม.ย.", "พฤษภาคม พ.ค.", "มิถุนายน มิ.ย.", "กรกฎาคม ก.ค.",
    "สิงหาคม ส.ค.", "กันยายน ก.ย.", "ตุลาคม ต.ค.", "พฤศจิกายน พ.ย.", "ธันวาคม ธ.ค.",
)  # fmt: skip
_PERSIAN_DAY = re.compile(
    rf"(?P<day>\d{{1,2}})\s+(?P<month>{'|'.join(_PERSIAN)})\s*(?:ماه)?\s*،?\s*(?P<year>1[34]\d{{2}})"
)
_PERSIAN_NUMBERS = re.compile(
    r"(?<!\d)(?P<year>1[34]\d{2})(?P<part>[/-])(?P<month>\d{1,2})(?P=part)(?P<day>\d{1,2})(?!\d)"
)
_THAI_DAY = re.compile(
    rf"(?P<day>\d{{1,2}})\s*(?P<month>{'|'.join(map(re.escape, _THAI))})\s*(?:พ\.ศ\.)?\s*(?P<year>(?:25|20)\d{{2}})"
)
_ERA_DAY = re.compile(
    r"(?P<era>令和|平成|民國|中華民國)\s*(?P<year>元|\d{1,3})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日"
)
#: Where papers print nothing else.
LANGUAGES = frozenset({"fa", "th"})
#: Years before the first of an era, and of the Buddhist calendar.
_ERAS, _BUDDHIST = {"令和": 2018, "平成": 1988, "民國": 1911, "中華民國": 1911}, 543
#: The years of a cycle of 33 that have a day more.
_LEAPS = (1, 5, 9, 13, 17, 22, 26, 30)
#: Days of a year before each of Iran's months: six of 31 days, then of 30.
_DAYS_BEFORE = [31 * month if month <= 6 else 186 + 30 * (month - 6) for month in range(12)]


def translated(text: str) -> str:
    """The text, with the first date of such a calendar as ``YYYY年M月D日``, which :mod:`dates` reads anywhere."""
    for pattern, day_of in ((_PERSIAN_DAY, _iran), (_PERSIAN_NUMBERS, _iran), (_THAI_DAY, _thailand), (_ERA_DAY, _era)):
        if match := pattern.search(text):
            found = day_of(match)
            if found is None:
                return text
            return f"{text[: match.start()]}{found.year}年{found.month}月{found.day}日{text[match.end() :]}"
    return text


def _iran(match: re.Match[str]) -> date | None:
    """The day of a date of the Solar Hijri calendar; its leap years come in cycles of 33, right until 2124."""
    year, day = int(match["year"]), int(match["day"])
    month = int(match["month"]) if match["month"].isdecimal() else _PERSIAN[match["month"]]
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return date.fromordinal(_EPOCH + _days_before(year) + _DAYS_BEFORE[month - 1] + day)


def _days_before(year: int) -> int:
    return 365 * year + len(_LEAPS) * (year // 33) + sum(leap < year % 33 for leap in _LEAPS)


#: The day before the first of the year 0, by which the first of 1403 is 20 March 2024.
_EPOCH = date(2024, 3, 20).toordinal() - 1 - _days_before(1403)


def _thailand(match: re.Match[str]) -> date | None:
    year = int(match["year"])
    return _day(year - _BUDDHIST if year > 2400 else year, _THAI[match["month"]], match["day"])


def _era(match: re.Match[str]) -> date | None:
    year = 1 if match["year"] == "元" else int(match["year"])
    return _day(_ERAS[match["era"]] + year, int(match["month"]), match["day"])


def _day(year: int, month: int, day: str) -> date | None:
    try:
        return date(year, month, int(day))
    except ValueError:
        return None
