"""Printing: tables for people, JSON for programs, and text that cannot play tricks on a terminal."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

# Control characters (C0, DEL, C1) but for tab and line feed, and the Unicode overrides that
# reorder what is read: what a hostile headline could do to a terminal.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(text: object) -> str:
    """Text that is safe on a terminal."""
    return _CONTROL.sub("", str(text))


def say(text: str) -> None:
    """A line for the person, on standard error."""
    print(plain(text), file=sys.stderr)


def put(text: str) -> None:
    """A line of data, on standard output."""
    print(plain(text) if sys.stdout.isatty() else text)


def put_json(data: Any) -> None:
    """Data as JSON, readable."""
    print(json.dumps(data, ensure_ascii=False, indent=2))


def put_table(rows: Iterable[Sequence[object]], header: Sequence[str]) -> None:
    """Columns as wide as their widest cell, parted by two spaces."""
    table = [[str(cell) for cell in header], *([plain(cell) for cell in row] for row in rows)]
    widths = [max(len(row[n]) for row in table) for n in range(len(header))]
    for row in table:
        put("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
