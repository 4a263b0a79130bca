"""Two articles that turn out to be one story, which was met at a new address before the old one led there: made one.

Nothing that was stored goes: pages, readings and changes of both are the older article's from then on.  The other one's id
is no more, and is not given again; a row of ``changes`` has it.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from scraper.archive import belongings, changes

#: What is an article's by its page, and not by what it says.
_BY_PAGE = ("page_id", "key", "url", "canonical_key", "deleted_at")


def merge(connection: sqlite3.Connection, left: int, there: int, at: str | None) -> int:
    """Make one of two articles of a site, inside the caller's transaction: of the one whose page is ``left``, and of
    the one that is ``there`` now.  The id that stays, of the older one: it may be cited."""
    stays, goes = sorted((left, there))
    (newest,) = connection.execute(
        "select article_id from revisions where article_id in (?, ?) order by read_at desc, id desc limit 1",
        [left, there],
    ).fetchone()
    rows = {number: _row(connection, number) for number in (stays, goes)}
    page = {name: rows[there][name] for name in _BY_PAGE}
    seen = min(row["first_seen_at"] for row in rows.values())
    numbers = (rows[newest]["publisher_id"], *(row["publisher_id"] for row in rows.values()))
    values = rows[newest] | page | {
        "id": stays, "first_seen_at": seen, "changed_at": at,
        "publisher_id": next((number for number in numbers if number), None),
    }  # fmt: skip
    for table in ("revisions", "changes", "pages"):
        connection.execute(f"update {table} set article_id = ? where article_id = ?", [stays, goes])
    connection.execute("update links set target_id = ? where target_id = ?", [stays, goes])
    if newest == stays:
        belongings.drop(connection, goes)
    else:
        belongings.hand_over(connection, goes, stays)
    connection.execute(_UNLINK, {"id": goes})
    connection.execute("delete from articles where id = ?", [goes])
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(f"update articles set {assignments} where id = :id", values)
    changes.note(connection, stays)
    if page["deleted_at"] is None and any(row["deleted_at"] for row in rows.values()):
        changes.note_presence(connection, stays, at, deleted=False)
    changes.note_merged(connection, stays, goes, rows[goes]["url"], at)
    return stays


def _row(connection: sqlite3.Connection, article_id: int) -> dict[str, Any]:
    found = connection.execute("select * from articles where id = ?", [article_id])
    return dict(zip((column for column, *_ in found.description), found.fetchone(), strict=True))


# Copies that were linked to the one that goes have to find each other anew.
_UNLINK = """
delete from fingerprints where article_id = :id or article_id in (
    select article_id from near_duplicates where other_id = :id and kind = 'exact')"""
