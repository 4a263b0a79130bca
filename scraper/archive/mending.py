"""Articles made anew from their history: the newest revision has the whole record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from scraper import urls
from scraper.archive import belongings, changes, stories
from scraper.archive.stories import Origin
from scraper.blobs import unpack_record
from scraper.edition import edition
from scraper.errors import ArchiveError
from scraper.records import Article, from_iso

if TYPE_CHECKING:
    from scraper.archive.store import Archive

_NEWEST = """
select revisions.*, snapshots.page_id, pages.site_id from revisions
join snapshots on snapshots.id = revisions.snapshot_id join pages on pages.id = snapshots.page_id
where revisions.article_id = ? order by read_at desc, revisions.id desc limit 1"""
_ARTICLES = """
select articles.*,
    (select json_group_array(name) from article_authors join authors on authors.id = author_id where article_id = articles.id) as authors,
    (select json_group_array(name) from article_tags join tags on tags.id = tag_id where article_id = articles.id) as tags,
    newest.record, newest.title as newest_title, newest.word_count as newest_words, newest.version, newest.rules_hash, newest.hash,
    snapshots.reader
from articles left join revisions as newest on newest.id = (
    select id from revisions where article_id = articles.id order by read_at desc, id desc limit 1)
left join snapshots on snapshots.id = newest.snapshot_id"""
#: Columns that are what the newest reading says, whoever read it last.
_SAID = (
    "title", "summary", "body", "published", "published_raw", "published_zone", "modified", "section", "language", "kind",
    "source", "canonical_url", "word_count", "paywalled",
)  # fmt: skip
_LINK, _IMAGE = ("kind", "url", "text"), ("url", "alt", "caption", "credit")


def damaged_records(archive: Archive) -> Iterator[tuple[int, int]]:
    """The readings whose record cannot be unpacked, or is another one's than its row: their ids, and those of their articles."""
    for row in archive.rows("select id, article_id, title, word_count, version, hash, record from revisions"):
        if not _is_whole(row):
            yield row["id"], row["article_id"]


def _is_whole(row: dict[str, Any]) -> bool:
    """Whether a reading says what its row says; to the letter, where this program would write it so today."""
    record = _record(row["record"])
    if record is None or (record.get("title"), record.get("word_count")) != (row["title"], row["word_count"]):
        return False
    if row["version"] != edition():
        return True  # its records may have had other fields, and so another hash
    article = _article(row["record"])
    return article is not None and stories.reading_hash(article) == row["hash"]


def lost_articles(archive: Archive) -> list[int]:
    """The ids of articles of which there is a history and no row."""
    query = "select distinct article_id from revisions where article_id not in (select id from articles)"
    return [row["article_id"] for row in archive.rows(query)]


def stale_articles(archive: Archive) -> list[int]:
    """The ids of articles that do not say what their newest reading says."""
    return [row["id"] for row in archive.rows(_ARTICLES) if _is_comparable(row) and not _says(archive, row)]


def _is_comparable(row: dict[str, Any]) -> bool:
    """Whether an article has a newest reading that is whole; else it is told of elsewhere."""
    return row["record"] is not None and _is_whole(
        row | {"title": row["newest_title"], "word_count": row["newest_words"]}
    )


def _says(archive: Archive, row: dict[str, Any]) -> bool:
    """Whether an article is its newest reading, as far as its record has that."""
    record = unpack_record(row["record"])
    said = {name: record[name] for name in _SAID if name in record}
    if f"{row['version']} {row['rules_hash']}".strip() == row["reader"]:  # else another reader changed only these
        said |= {name: record[name] for name in ("body_html", "provenance") if name in record}
        row = row | {"provenance": _json(row["provenance"])}
    lists = all(set(json.loads(row[name])) == set(record.get(name, ())) for name in ("authors", "tags"))
    return lists and all(row[name] == value for name, value in said.items()) and _has_beside(archive, row["id"], record)


def _has_beside(archive: Archive, article_id: int, record: dict[str, Any]) -> bool:
    """Whether the links and images of an article are those of its record."""
    for table, field, columns in (("links", "related", _LINK), ("images", "images", _IMAGE)):
        rows = archive.rows(
            f"select {', '.join(columns)} from {table} where article_id = ? order by position", [article_id]
        )
        there = [tuple(row.values()) for row in rows]
        if field in record and there != [tuple(each.get(name) for name in columns) for each in record[field]]:
            return False
    return True


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def stale_changes(archive: Archive) -> set[int]:
    """The ids of articles whose changes are not those between their readings."""
    query = "select article_id from revisions group by article_id having count(*) > 1"
    connection = archive.database.conn
    return {row["article_id"] for row in archive.rows(query) if not changes.are_whole(connection, row["article_id"])}


def _record(data: bytes | None) -> dict[str, Any] | None:
    try:
        return unpack_record(data) if data is not None else None
    except ArchiveError:
        return None


def rebuild(archive: Archive, articles: Iterable[int]) -> None:
    """Write articles anew from their newest readings."""
    connection = archive.database.conn
    for number, _, article, values in _newest(archive, articles):
        values.pop("url")  # the address is that of the page that stands for it, which may have changed since
        assignments = ", ".join(f"{name} = :{name}" for name in values if name != "id")
        connection.execute(f"update articles set {assignments} where id = :id", values)
        belongings.replace(connection, article, number)


def restore(archive: Archive, articles: Iterable[int]) -> None:
    """Write rows for articles that have none, from their newest readings, where their address is not another one's."""
    connection = archive.database.conn
    for number, row, article, values in _newest(archive, articles):
        first = next(archive.rows("select min(read_at) as at from revisions where article_id = ?", [number]))["at"]
        values |= {
            "site_id": row["site_id"], "page_id": row["page_id"], "key": urls.page_key(article.url),
            "canonical_key": urls.page_key(article.canonical_url or article.url), "first_seen_at": first,
            "changed_at": row["read_at"], "deleted_at": changes.deleted_at(archive.database.conn, number),
        }  # fmt: skip
        marks = ", ".join(f":{name}" for name in values)
        connection.execute(f"insert or ignore into articles ({', '.join(values)}) values ({marks})", values)
        if connection.execute("select 1 from articles where id = ?", [number]).fetchone():
            belongings.replace(connection, article, number)


def _newest(archive: Archive, articles: Iterable[int]) -> Iterator[tuple[int, dict[str, Any], Article, dict[str, Any]]]:
    """Articles that have a newest reading which is whole: id, its row, what it says, and that as columns."""
    for number in articles:
        row = next(archive.rows(_NEWEST, [number]), None)
        article = _article(row["record"]) if row and _is_whole(row) else None
        if row is not None and article is not None:
            own = stories.without_anothers_id(archive.database.conn, article, _origin(row), number)
            yield number, row, article, stories.scalars(own) | {"snapshot_id": row["snapshot_id"], "id": number}


def _article(data: bytes) -> Article | None:
    record = _record(data)
    try:
        return msgspec.convert(record, Article) if record is not None else None
    except msgspec.ValidationError:
        return None


def _origin(row: dict[str, Any]) -> Origin:
    now = from_iso(row["read_at"])
    assert now is not None
    return Origin(row["site_id"], row["page_id"], row["snapshot_id"], row["rules_hash"], now)
