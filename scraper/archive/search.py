"""Finding stories: full text with snippets and filters, and one story with all that belongs to it."""

from __future__ import annotations

import itertools
import json
import re
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


#: Hits that are given at most, and characters on both sides of what was found where FTS5 makes no snippet.
_MOST, _BESIDE = 1_000_000, 60
_MOST_PARTS = 50
# Places of a word where ss or ß may stand.
_MOST_SHARP_S, _SHARP_S = 3, re.compile("ss|[ßẞ]", re.IGNORECASE)
_WORDS, _OPERATORS = re.compile(r'"[^"]*"|\S+'), frozenset({"AND", "OR", "NOT", "NEAR"})
_SPACELESS, _HANGUL = re.compile(f"[{languages.SPACELESS}]"), re.compile("[\uac00-\ud7a3]+")
# SQLite knows capitals of ASCII alone, and these scripts have none.
_HOLDS = "(instr(lower(articles.body), :{0}) or instr(lower(coalesce(articles.title, '')), :{0}) or instr(lower(coalesce(articles.summary, '')), :{0}))"
_COLUMNS = "articles.id, articles.url, sites.key as site, articles.title, articles.published, articles.section, articles.deleted_at"
_UNRANKED = (
    f"select {_COLUMNS}, articles.body, articles.summary from articles join sites on sites.id = articles.site_id"
)
_RANKED = f"""
    select {_COLUMNS}, snippet(articles_fts, -1, '{MARK[0]}', '{MARK[1]}', ' … ', 24) as snippet
    from articles_fts join articles on articles.id = articles_fts.rowid join sites on sites.id = articles.site_id"""
_NEWEST = "order by articles.published desc"


class _Part(msgspec.Struct, frozen=True):
    """A word that is looked for in the texts themselves, in lower case; or that is not to be there."""

    text: str
    is_unwanted: bool


class Hit(msgspec.Struct, frozen=True):
    """One story that a search found; ``snippet`` marks the words in brackets."""

    id: int
    url: str
    site: str
    title: str | None
    published: str | None
    section: str | None
    snippet: str
    deleted_at: str | None = None  #: when its page was gone


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
        "articles.language in (lower(:language), :code)": language,
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
    or newest first.  Raises UsageError for a query that FTS5 cannot read.

    A word of a script without spaces is looked for in the text itself, for the index has whole sentences of it; a Korean
    one as the beginning of words, behind which their particles stand.
    """
    if not query.strip():
        raise UsageError("empty query")
    parts, words = _parted(query)
    if len(parts) > _MOST_PARTS:
        raise UsageError(f"more than {_MOST_PARTS} words without spaces", about=query[:60])
    conditions, values = filters(**wanted)
    conditions += [f"{'not ' * part.is_unwanted}{_HOLDS.format(f'part{n}')}" for n, part in enumerate(parts)]
    values |= {f"part{n}": part.text for n, part in enumerate(parts)} | {"limit": min(limit, _MOST)}
    if words and all(word.startswith("-") for word in words.split()):  # FTS5 finds nothing that only lacks something
        conditions.append("articles.id not in (select rowid from articles_fts where articles_fts match :unwanted)")
        values["unwanted"] = " OR ".join(_spelt(f'"{word[1:]}"') for word in words.replace('"', "").split())
        words = ""
    sought = next((part.text for part in parts if not part.is_unwanted), None)
    if not words and sought is not None:
        rows = archive.rows(f"{_UNRANKED} where {' and '.join(conditions)} {_NEWEST} limit :limit", values)
        return [_hit(row, _around(row, sought)) for row in rows]
    order = _NEWEST if newest else "order by rank"
    statement = f"{_RANKED} where {' and '.join(['articles_fts match :query', *conditions])} {order} limit :limit"
    for attempt in _attempts(words):
        try:
            return [_hit(row, row["snippet"]) for row in archive.rows(statement, {"query": attempt, **values})]
        except ArchiveError as error:
            if not _is_about_query(error):
                raise
            # No FTS5 expression; then its words.
    raise UsageError("cannot be searched for", about=query)


def _parted(query: str) -> tuple[list[_Part], str]:
    """The words of a query that are looked for in the texts themselves, and the rest, for FTS5; each once."""
    words = list(dict.fromkeys(_WORDS.findall(query)))
    is_plain = _is_plain(words)
    spaceless = [word for word in words if is_plain and _SPACELESS.search(word)]
    if not any(not word.startswith("-") for word in spaceless):
        return [], query if not is_plain else _for_index(words)
    parts = [_Part(word.removeprefix("-").strip('"').rstrip("*").lower(), word.startswith("-")) for word in spaceless]
    return [part for part in parts if part.text], _for_index([word for word in words if word not in spaceless])


def _for_index(words: list[str]) -> str:
    return " ".join(f"{word}*" if _HANGUL.fullmatch(word) else word for word in words)


def _attempts(query: str) -> tuple[str, str]:
    """A query for FTS5: as an expression, and, should it be none, as its words."""
    words = _WORDS.findall(query)
    spelt = [_spelt(word) for word in words]
    if spelt == words or "+" in words or not _is_plain(words):
        return query, _as_words(query)
    return " AND ".join(spelt), _as_words(query)  # beside a bracket FTS5 has no unsaid AND (fts5.html, section 3.6)


def _is_plain(words: list[str]) -> bool:
    """Whether a query has none of FTS5's own signs."""
    return not any(word in _OPERATORS or set(word) & set("():^") for word in words)


def _spelt(word: str) -> str:
    """A word, or words in quotes, with ß and with ss: which of them is written depends on country, year and capitals."""
    parts = _SHARP_S.split(word)
    if not 1 < len(parts) <= _MOST_SHARP_S + 1:
        return word
    spellings = ["".join(pair) for pair in itertools.product(*([part + s for s in ("ss", "ß")] for part in parts[:-1]))]
    return f"({' OR '.join(spelling + parts[-1] for spelling in spellings)})"


def _hit(row: dict[str, Any], snippet: str) -> Hit:
    said = {name: row[name] for name in Hit.__struct_fields__ if name != "snippet"}
    return Hit(**said, snippet=" ".join(snippet.split()))


def _around(row: dict[str, Any], part: str) -> str:
    """A piece of the text with what was looked for, in the form of FTS5's snippets."""
    text = next(row[name] for name in ("body", "summary", "title") if part in (row[name] or "").lower())
    at, (opening, closing) = text.lower().index(part), MARK
    start, end = max(0, at - _BESIDE), at + len(part) + _BESIDE
    before, after = "… " if start else "", " …" if end < len(text) else ""
    return f"{before}{text[start:at]}{opening}{text[at : at + len(part)]}{closing}{text[at + len(part) : end]}{after}"


def _is_about_query(error: ArchiveError) -> bool:
    """Whether SQLite blames the query, and not the archive."""
    said = str(error.__cause__)
    return any(words in said for words in ("fts5: ", "unterminated string", "no such column", "unknown special query"))


def _as_words(query: str) -> str:
    """A query that is no FTS5 expression (an apostrophe, a hyphen) as words and phrases; -word excludes."""
    words = [word.replace('"', "").replace("\x00", "") for word in query.split()]
    wanted = [_spelt(f'"{word}"') for word in words if not word.startswith("-")]
    unwanted = [_spelt(f'"{word[1:]}"') for word in words if word.startswith("-")]
    return " NOT ".join([" AND ".join(wanted) or '""', *unwanted])


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
