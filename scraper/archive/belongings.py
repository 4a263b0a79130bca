"""The rows that belong to an article: its authors, tags, links and images."""

from __future__ import annotations

import sqlite3

from scraper import urls
from scraper.records import Article

_NAMES = ("author", "tag")
_TABLES = ("article_authors", "article_tags", "links", "images")

#: Row ids of names that an article had, by what they are.
Names = dict[str, list[tuple[int]]]


def write(connection: sqlite3.Connection, article: Article, article_id: int) -> None:
    """Write what belongs to an article that has nothing yet."""
    for table, names in (("author", article.authors), ("tag", article.tags)):
        connection.executemany(f"insert or ignore into {table}s (name) values (?)", [(name,) for name in names])
        connection.executemany(
            f"insert or ignore into article_{table}s select ?, id, ? from {table}s where name = ?",
            [(article_id, position, name) for position, name in enumerate(names)],
        )
    connection.executemany(
        "insert into links (article_id, position, kind, url, key, text, target_id) "
        "values (?, ?, ?, ?, ?, ?, (select article_id from pages where key = ?))",
        [
            (article_id, position, link.kind, link.url, (key := urls.page_key(link.url)), link.text, key)
            for position, link in enumerate(article.related)
        ],
    )
    connection.executemany(
        "insert into images (article_id, position, url, alt, caption, credit) values (?, ?, ?, ?, ?, ?)",
        [(article_id, n, image.url, image.alt, image.caption, image.credit) for n, image in enumerate(article.images)],
    )


def replace(connection: sqlite3.Connection, article: Article, article_id: int) -> None:
    """Write what belongs to an article anew; names that no article has any more go."""
    had = _drop(connection, article_id)
    write(connection, article, article_id)
    _drop_unused(connection, had)


def hand_over(connection: sqlite3.Connection, giver: int, taker: int) -> None:
    """Give what belongs to one article to another, in place of what that had."""
    had = _drop(connection, taker)
    for table in _TABLES:
        connection.execute(f"update {table} set article_id = ? where article_id = ?", [taker, giver])
    _drop_unused(connection, had)


def drop(connection: sqlite3.Connection, article_id: int) -> None:
    """Delete what belongs to an article."""
    _drop_unused(connection, _drop(connection, article_id))


def _drop(connection: sqlite3.Connection, article_id: int) -> Names:
    had = {
        name: connection.execute(
            f"delete from article_{name}s where article_id = ? returning {name}_id", [article_id]
        ).fetchall()
        for name in _NAMES
    }
    for table in ("links", "images"):
        connection.execute(f"delete from {table} where article_id = ?", [article_id])
    return had


def _drop_unused(connection: sqlite3.Connection, had: Names) -> None:
    for name, ids in had.items():
        connection.executemany(
            f"delete from {name}s where id = ? and not exists (select 1 from article_{name}s where {name}_id = {name}s.id)",
            ids,
        )
