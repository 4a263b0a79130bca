"""What changed in a story from one reading to the next, and who changed it: the page, or our own rules.

The rows of ``changes`` are made from ``revisions``, all of a story's anew when it has one more, for an import
can put one between two others.  Deletions are of the page itself and stay.
"""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import msgspec

from scraper.blobs import unpack_record
from scraper.errors import ArchiveError
from scraper.records import LAYOUT_WARNING

#: Fields of a record whose changes are noted, in the order of the rows.
FIELDS = ("title", "summary", "published", "authors", "source", "section", "tags", "body")
#: Fields that are lists, and noted as JSON.
_LISTS = frozenset({"authors", "tags"})
_COLUMNS = "article_id, revision_id, since_id, at, cause, field, before, after"


class Reading(msgspec.Struct, frozen=True):
    """A row of ``revisions`` with its record unpacked."""

    id: int
    snapshot_id: int
    read_at: str
    version: str
    rules_hash: str
    record: dict[str, Any]


class Change(msgspec.Struct, frozen=True):
    """One field that differs between two readings; of a body, ``before`` is empty and ``after`` a unified diff."""

    field: str
    before: str | None
    after: str | None


def note(connection: sqlite3.Connection, article_id: int) -> None:
    """Write the changes of a story anew, inside the caller's transaction."""
    connection.execute("delete from changes where article_id = ? and revision_id is not null", [article_id])
    connection.executemany(
        f"insert into changes ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?)", _rows(connection, article_id)
    )


def note_all(connection: sqlite3.Connection, articles: Iterable[int]) -> None:
    """:func:`note`, of some stories."""
    for article_id in articles:
        note(connection, article_id)


def are_whole(connection: sqlite3.Connection, article_id: int) -> bool:
    """Whether the changes of a story are those between its readings; their causes aside, of which earlier editions judged
    otherwise."""
    query = f"select {_COLUMNS} from changes where article_id = ? and revision_id is not null order by id"
    stored = [row[:4] + row[5:] for row in connection.execute(query, [article_id])]
    return stored == [row[:4] + row[5:] for row in _rows(connection, article_id)]


def _rows(connection: sqlite3.Connection, article_id: int) -> Iterator[tuple[Any, ...]]:
    for earlier, later in pairwise(_readings(connection, article_id)):
        how = cause(earlier, later)
        for each in between(earlier.record, later.record):
            yield article_id, later.id, earlier.id, later.read_at, how, each.field, each.before, each.after


def note_presence(connection: sqlite3.Connection, article_id: int, at: str | None, *, deleted: bool) -> None:
    """Write that a story's page was gone, or was there again."""
    connection.execute(
        "insert into changes (article_id, at, cause, field, before, after) values (?, ?, 'page', 'deleted', ?, ?)",
        [article_id, at, *(("no", "yes") if deleted else ("yes", "no"))],
    )


def deleted_at(connection: sqlite3.Connection, article_id: int) -> str | None:
    """When a story's page was gone, if it was not there again since."""
    query = "select at, after from changes where article_id = ? and field = 'deleted' order by at desc, id desc limit 1"
    at, after = connection.execute(query, [article_id]).fetchone() or (None, "no")
    return at if after == "yes" else None


def note_merged(connection: sqlite3.Connection, article_id: int, gone_id: int, url: str, at: str | None) -> None:
    """Write that another article turned out to be this story: its id, which is no more, and its address."""
    connection.execute(
        "insert into changes (article_id, at, cause, field, before, after) values (?, ?, 'page', 'merged', ?, ?)",
        [article_id, at, str(gone_id), url],
    )


def cause(earlier: Reading, later: Reading) -> str:
    """``rules``: the same bytes were read anew; ``page``: other bytes were read by the same rules; else ``both``, or either.

    A page that the site's layouts no longer fit was read by other rules.
    """
    if earlier.snapshot_id == later.snapshot_id:
        return "rules"
    return "page" if _rules(earlier) == _rules(later) else "both"


def _rules(reading: Reading) -> tuple[str, str, bool]:
    return reading.version, reading.rules_hash, LAYOUT_WARNING in reading.record.get("warnings", ())


def between(earlier: dict[str, Any], later: dict[str, Any]) -> Iterator[Change]:
    """The fields that differ between two records (as JSON has them)."""
    for field in FIELDS:
        before, after = earlier.get(field), later.get(field)
        if before == after:
            continue
        if field == "body":
            yield Change(field, None, diff(before or "", after or ""))
        elif field in _LISTS:
            yield Change(field, _json(before), _json(after))
        else:
            yield Change(field, before, after)


def diff(before: str, after: str) -> str:
    """A unified diff of two texts, a paragraph a line; ``-`` is what was, ``+`` what is."""
    lines = difflib.unified_diff(before.split("\n\n"), after.split("\n\n"), n=0, lineterm="")
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def _json(value: Any) -> str:
    return msgspec.json.encode(value or []).decode()


def _readings(connection: sqlite3.Connection, article_id: int) -> list[Reading]:
    rows = connection.execute(
        "select id, snapshot_id, read_at, version, rules_hash, record from revisions where article_id = ? order by read_at, id",
        [article_id],
    )
    found = []
    for number, snapshot_id, read_at, version, rules_hash, record in rows:
        with suppress(ArchiveError):  # a damaged reading is passed over: `check` tells of it
            found.append(Reading(number, snapshot_id, read_at, version, rules_hash, unpack_record(record)))
    return found
