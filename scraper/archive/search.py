"""Finding stories: full text with snippets and filters, and one story with all that belongs to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from scraper import languages, urls
from scraper.blobs import unpack_record
from scraper.errors import ArchiveError, UsageError

if TYPE_CHECKING:
    from scraper.archive.store import Archive

#: Around the words that matched, in a snippet.
MARK = ("[", "]")


class Hit(msgspec.Struct, frozen=True):
    """One story that a search found; ``snippet`` marks the words in brackets."""

    id: int
    url: str
    site: str
    title: str | None
    published: str | None
    section: str | None
    snippet: str


def filters(
    *, site: str | None = None, tag: str | Sequence[str] | None = None, author: str | None = None, section: str | None = None,
    language: str | None = None, since: str | None = None, until: str | None = None,
) -> tuple[list[str], dict[str, Any]]:  # fmt: skip
    """Conditions on ``articles`` (joined with ``sites``) and their values; dates as ISO 8601 UTC text.

    Of several tags any one will do; names are compared without case.
    """
    tags = json.dumps([tag] if isinstance(tag, str) else list(tag)) if tag else None
    conditions = {
        "sites.key = :site": site,
        "articles.section = :section collate nocase": section,
        "articles.language in (:language, :code)": language,
        "articles.published >= :since": since,
        "articles.published <= :until": until,
        "articles.id in (select article_id from article_tags join tags on tags.id = tag_id "
        "where tags.name collate nocase in (select value from json_each(:tags)))": tags,
        "articles.id in (select article_id from article_authors join authors on authors.id = author_id "
        "where authors.name = :author collate nocase)": author,
    }
    names = {
        "site": site,
        "section": section,
        "language": language,  # as an older reading may have it
        "code": languages.meant(language) if language else None,
        "since": since,
        "until": until,
        "tags": tags,
        "author": author,
    }
    return [text for text, value in conditions.items() if value is not None], {
        k: v for k, v in names.items() if v is not None
    }


def search(archive: Archive, query: str, *, limit: int = 20, newest: bool = False, **wanted: Any) -> list[Hit]:
    """Stories that hold all words of ``query`` (FTS5 syntax: "a phrase", OR, NOT, prefix*), best first
    or newest first.  Raises UsageError for a query that FTS5 cannot read."""
    conditions, values = filters(**wanted)
    where = " and ".join(["articles_fts match :query", *conditions])
    order = "articles.published desc" if newest else "rank"
    statement = f"""
        select articles.id, articles.url, sites.key as site, articles.title, articles.published, articles.section,
               snippet(articles_fts, -1, '{MARK[0]}', '{MARK[1]}', ' … ', 24) as snippet
        from articles_fts
        join articles on articles.id = articles_fts.rowid
        join sites on sites.id = articles.site_id
        where {where} order by {order} limit :limit"""
    if not query.strip():
        raise UsageError("empty query")
    for attempt in (query, _as_words(query)):
        try:
            found = archive.rows(statement, {"query": attempt, "limit": limit, **values})
            return [Hit(**{**row, "snippet": " ".join(row["snippet"].split())}) for row in found]
        except ArchiveError as error:
            if not _is_about_query(error):
                raise
            # No FTS5 expression; then its words.
    raise UsageError("cannot be searched for", about=query)


def _is_about_query(error: ArchiveError) -> bool:
    """Whether SQLite blames the query, and not the archive."""
    said = str(error.__cause__)
    return any(words in said for words in ("fts5: ", "unterminated string", "no such column", "unknown special query"))


def _as_words(query: str) -> str:
    """A query that is no FTS5 expression (an apostrophe, a hyphen) as words and phrases; -word excludes."""
    words = [word.replace('"', "").replace("\x00", "") for word in query.split()]
    wanted = [f'"{word}"' for word in words if not word.startswith("-")]
    unwanted = [f'"{word[1:]}"' for word in words if word.startswith("-")]
    return " NOT ".join([" ".join(wanted) or '""', *unwanted])


def article(archive: Archive, url_or_id: str | int) -> dict[str, Any]:
    """One story as a dict: scalars, then authors, tags, links, images, revisions."""
    found = _find(archive, str(url_or_id))
    if found is None:
        raise ArchiveError("not in the archive", about=str(url_or_id))
    number = found["id"]
    found["provenance"], found["warnings"] = json.loads(found["provenance"]), json.loads(found["warnings"])
    found["authors"] = _names(archive, "author", number)
    found["tags"] = _names(archive, "tag", number)
    found["links"] = list(
        archive.rows("select kind, url, text, target_id from links where article_id = ? order by position", [number])
    )
    found["images"] = list(
        archive.rows("select url, alt, caption, credit from images where article_id = ? order by position", [number])
    )
    found["revisions"] = list(
        archive.rows(
            "select revisions.id, read_at, title, published, modified, word_count, snapshot_id, snapshots.url "
            "from revisions left join snapshots on snapshots.id = snapshot_id where article_id = ? order by read_at, revisions.id",
            [number],
        )
    )
    return found


#: The article that has an id, or had it until it turned out to be another's story.
BY_ID = """articles.id in (
    select :id union all select article_id from changes where field = 'merged' and cast(before as integer) = :id)"""


def as_id(text: str) -> int | None:
    """The row id that a text is; None for any other."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # SQLite's integers end there


def _find(archive: Archive, wanted: str) -> dict[str, Any] | None:
    columns = "select articles.*, sites.key as site from articles join sites on sites.id = articles.site_id where"
    if (number := as_id(wanted)) is not None:
        return next(archive.rows(f"{columns} {BY_ID}", {"id": number}), None)
    by_key = "articles.key = :key or articles.id = (select article_id from pages where key = :key)"
    return next(
        (
            row
            for key in urls.spellings(wanted)
            for row in archive.rows(f"{columns} {by_key} order by articles.key != :key", {"key": key})
        ),
        None,
    )


def _names(archive: Archive, table: str, article_id: int) -> list[str]:
    query = f"select name from article_{table}s join {table}s on {table}s.id = {table}_id where article_id = ? order by position"
    return [row["name"] for row in archive.rows(query, [article_id])]


def revision(archive: Archive, article_id: int, revision_id: int) -> dict[str, Any]:
    """The whole record of one reading of a story; raises ArchiveError where there is none."""
    query = "select record from revisions where id = ? and article_id = ?"
    found = next(archive.rows(query, [revision_id, article_id]), None)
    if found is None:
        raise ArchiveError(f"article {article_id} has no revision {revision_id}", about=str(archive.path))
    return unpack_record(found["record"])
