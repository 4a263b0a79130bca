"""Articles and their revisions: which story a page tells, and what is new in this reading of it."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import datetime
from typing import Any, Literal

import msgspec

from scraper import urls
from scraper.archive import belongings, changes
from scraper.archive.merging import merge
from scraper.blobs import pack_record
from scraper.edition import edition
from scraper.records import COMMON_TEXT_WARNING, Article, from_iso, iso, to_json

Outcome = Literal["new", "changed", "unchanged", "moved", "alias"]
_SCALARS = (
    "url", "canonical_url", "publisher_id", "kind", "title", "summary", "source", "published", "published_raw",
    "published_zone", "modified", "section", "language", "body", "body_html", "word_count", "paywalled",
)  # fmt: skip


class Stored(msgspec.Struct, frozen=True):
    """What became of a reading: its article, and whether that is new, changed, unchanged, has
    ``moved`` to this page, or is another page's story (``alias``)."""

    outcome: Outcome
    article_id: int


class Origin(msgspec.Struct, frozen=True):
    """Where a reading came from: row ids of site, page and snapshot, the rules' hash, the time.

    ``permanent``: the page was reached by permanent redirects, from which its story is known too.
    """

    site_id: int
    page_id: int
    snapshot_id: int
    rules_hash: str
    now: datetime
    permanent: bool = False


def store(connection: sqlite3.Connection, article: Article, origin: Origin) -> Stored:
    """Write one reading, inside the caller's transaction."""
    stored = _store(connection, article, origin)
    lead_here(connection, stored.article_id, origin.page_id)
    return stored


def _store(connection: sqlite3.Connection, article: Article, origin: Origin) -> Stored:
    own_key, canonical_key = urls.page_key(article.url), urls.page_key(article.canonical_url or article.url)
    known = find(connection, article, origin, own_key, canonical_key)
    if known is None:
        return Stored("new", _insert(connection, article, origin, own_key, canonical_key))
    article_id, page_id, known_key = known
    if page_id == origin.page_id and (there := _told_elsewhere(connection, article, origin, known, canonical_key)):
        return Stored("alias", merge(connection, article_id, there, iso(origin.now)))
    moved = page_id != origin.page_id
    if moved and (
        own_key != canonical_key or known_key == canonical_key or _is_beside(connection, origin, known, own_key)
    ):
        return Stored("alias", article_id)
    if moved:
        # This page is what the story now calls its own address.
        connection.execute("update pages set state = 'alias', due_at = null where id = ?", [page_id])
        connection.execute(
            "update articles set page_id = ?, key = ? where id = ?", [origin.page_id, own_key, article_id]
        )
    # The newest reading of a story that moved may be of its old page: that says nothing of its address.
    address = canonical_key if moved or own_key == known_key else None
    changed = _update(connection, article, origin, article_id, address, moved=moved)
    return Stored("moved" if moved else "changed" if changed else "unchanged", article_id)


def _told_elsewhere(
    connection: sqlite3.Connection, article: Article, origin: Origin, known: tuple[int, int, str], canonical_key: str
) -> int | None:
    """Another article that a page which has one of its own now says to be the same story, by its canonical address or its
    publisher's id; not where the titles differ, or that page is gone or names another address itself."""
    query = f"""
        select articles.id from articles join pages on pages.id = articles.page_id
        where articles.id != :known and pages.state = 'archived' and articles.canonical_key = articles.key and {_MERGED}
        and (articles.key = :canonical or publisher_id = :publisher)"""
    values = {
        "known": known[0], "canonical": canonical_key, "site": origin.site_id, "publisher": article.publisher_id,
        "title": article.title, "published": iso(article.published), "body": article.body,
    }  # fmt: skip
    if article.title is None or (canonical_key == known[2] and article.publisher_id is None):
        return None
    found = connection.execute(query, values).fetchone()
    return int(found[0]) if found else None


def _is_beside(connection: sqlite3.Connection, origin: Origin, known: tuple[int, int, str], own_key: str) -> bool:
    """Whether a page told this story before, beside the story's own page, which is still there and does not name this one:
    else of several slugs of one id each would be the story's address in turn."""
    query = """
        select 1 from pages as here, pages as there, articles
        where here.id = ? and here.state = 'alias' and here.reason is null and here.article_id = articles.id
        and there.id = articles.page_id and there.state = 'archived' and articles.id = ? and articles.canonical_key != ?"""
    return connection.execute(query, [origin.page_id, known[0], own_key]).fetchone() is not None


# By a page that leads to it already.
_LED_HERE = "id = (select article_id from pages where id = :page) and (canonical_key = :key or title is :title)"
# By the title of a reading, newest or not, for readings may come in any order; and by its day, for some columns have the
# same title every week.
_TITLED = """exists (
    select 1 from revisions where article_id = articles.id and revisions.title is :title and (
        revisions.published is null or :published is null
        or abs(julianday(revisions.published) - julianday(:published)) < 1))"""

# So much the same that two articles are one: a daily column has its title again a day later.
_MERGED = f"""{_TITLED} and articles.site_id = :site and (
    articles.body = :body or abs(julianday(articles.published) - julianday(:published)) * 24 <= 1)"""

# By a page that gives this one as its canonical address, or one that redirects here.
_NAMED_BY = f"canonical_key in (select :key union all select key from pages where alias_of = :page) and {_TITLED}"


def find(
    connection: sqlite3.Connection, article: Article, origin: Origin, own_key: str, canonical_key: str
) -> tuple[int, int, str] | None:
    """The article that this reading is of: by page, by publisher's id, by canonical URL, or by a redirect.

    A canonical URL alone is believed only if titles and days agree, for some sites give every page
    the same one; a redirect if the titles do, or, if it is permanent, if the dates do: some sites send the
    addresses of all that they took down to one page.
    """
    query = "select id, page_id, key from articles where"
    said: dict[str, Any] = {"title": article.title, "published": iso(article.published)}
    attempts: list[tuple[str, list[Any] | dict[str, Any]]] = [
        ("page_id = ?", [origin.page_id]),
        ("site_id = ? and publisher_id = ?", [origin.site_id, article.publisher_id]),
        (
            f"id = (select article_id from pages where key = :key) and {_TITLED}",
            said | {"key": canonical_key},
        ),
        (f"canonical_key = :key and {_TITLED}", said | {"key": canonical_key}),
        (_NAMED_BY, said | {"page": origin.page_id, "key": own_key}),
        (_LED_HERE, said | {"page": origin.page_id, "key": canonical_key}),
        (
            "id in (select article_id from pages where alias_of = ?) and (title is ? or (? and published = ?)) order by id",
            [origin.page_id, article.title, origin.permanent, iso(article.published)],
        ),
    ]
    for condition, values in attempts:
        found: tuple[int, int, str] | None = connection.execute(f"{query} {condition}", values).fetchone()
        if found:
            return found
    return None


def _insert(connection: sqlite3.Connection, article: Article, origin: Origin, key: str, canonical_key: str) -> int:
    values = scalars(article) | {
        "id": _next_id(connection), "site_id": origin.site_id, "page_id": origin.page_id, "snapshot_id": origin.snapshot_id, "key": key,
        "canonical_key": canonical_key, "first_seen_at": iso(origin.now), "changed_at": iso(origin.now),
    }  # fmt: skip
    cursor = connection.execute(
        f"insert into articles ({', '.join(values)}) values ({', '.join(':' + name for name in values)})", values
    )
    article_id = int(cursor.lastrowid or 0)
    write_revision(connection, article, origin, article_id)
    belongings.write(connection, article, article_id)
    return article_id


def _next_id(connection: sqlite3.Connection) -> int:
    """An id that no article has or had."""
    query = """
        select max(coalesce((select max(id) from articles), 0), coalesce((
            select max(cast(before as integer)) from changes where field = 'merged'), 0)) + 1"""
    return int(connection.execute(query).fetchone()[0])


def follow(connection: sqlite3.Connection, page_id: int, target_id: int, now: datetime) -> int | None:
    """The article that a page which redirects leads to, if there is one already; the article that stood at the page, if it
    is the same story by its title, is merged with it."""
    row = connection.execute("select article_id from pages where id = ?", [target_id]).fetchone()
    there: int | None = row[0]
    query = "select id, site_id as site, title, published, body from articles where page_id = ? and title is not null"
    mine = connection.execute(query, [page_id]).fetchone()
    if mine is None or there is None or mine[0] == there:
        return there
    said = dict(zip(("site", "title", "published", "body"), mine[1:], strict=True)) | {"there": there}
    is_same = connection.execute(f"select 1 from articles where id = :there and {_MERGED}", said).fetchone()
    return merge(connection, mine[0], there, iso(now)) if is_same else there


def lead_here(connection: sqlite3.Connection, article_id: int, page_id: int) -> None:
    """Let this page, the pages that redirect to it and all links to any of them lead to the story."""
    connection.execute(
        "update pages set article_id = :article where id = :page or (alias_of = :page and article_id is null)",
        {"article": article_id, "page": page_id},
    )
    connection.execute(
        "update links set target_id = :article where target_id is null "
        "and key in (select key from pages where article_id = :article)",
        {"article": article_id},
    )


def _update(
    connection: sqlite3.Connection,
    article: Article,
    origin: Origin,
    article_id: int,
    canonical_key: str | None,
    *,
    moved: bool,
) -> bool:
    """Bring an article to a newer reading; whether anything was new in it.  One that has ``moved`` is read anew
    in any case: its address and the bytes behind it are other ones.  Without ``canonical_key`` it keeps its addresses.
    """
    last = connection.execute(
        "select hash, read_at from revisions where article_id = ? order by read_at desc, id desc limit 1", [article_id]
    ).fetchone()
    read_at = from_iso(last[1]) if last is not None else None
    if read_at is not None and read_at > origin.now:  # two of its pages were fetched at once: what is stored last holds
        origin = msgspec.structs.replace(origin, now=read_at)
    if last is not None and last[0] == reading_hash(article) and not moved:
        _note_return(connection, article_id, origin)
        return False
    _note_return(connection, article_id, origin)
    own = without_anothers_id(connection, article, origin, article_id)
    values = scalars(own) | {
        "snapshot_id": origin.snapshot_id, "canonical_key": canonical_key, "changed_at": iso(origin.now),
        "warnings": to_json((*own.warnings, *standing_warnings(connection, article, article_id))),
    }  # fmt: skip
    if canonical_key is None:
        del values["url"], values["canonical_key"]
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(f"update articles set {assignments} where id = :id", values | {"id": article_id})
    write_revision(connection, article, origin, article_id)
    changes.note(connection, article_id)
    belongings.replace(connection, article, article_id)
    return True


def _note_return(connection: sqlite3.Connection, article_id: int, origin: Origin) -> None:
    """A page that was gone is there again, if it was seen since: what was stored before may be read at any time."""
    back = connection.execute(
        "update articles set deleted_at = null where id = ? and deleted_at <= ?", [article_id, iso(origin.now)]
    )
    if back.rowcount:
        changes.note_presence(connection, article_id, iso(origin.now), deleted=False)


def without_anothers_id(connection: sqlite3.Connection, article: Article, origin: Origin, article_id: int) -> Article:
    """The reading without its publisher's id, if another story of the site has that already."""
    query = "select 1 from articles where site_id = ? and publisher_id = ? and id != ?"
    if connection.execute(query, [origin.site_id, article.publisher_id, article_id]).fetchone() is None:
        return article
    warning = f"publisher_id: {article.publisher_id} is another story's"
    return msgspec.structs.replace(article, publisher_id=None, warnings=(*article.warnings, warning))


def scalars(article: Article) -> dict[str, Any]:
    values = {name: getattr(article, name) for name in _SCALARS}
    values["published"], values["modified"] = iso(article.published), iso(article.modified)
    values["paywalled"] = None if article.paywalled is None else int(article.paywalled)
    return values | {"provenance": to_json(article.provenance), "warnings": to_json(article.warnings)}


def standing_warnings(connection: sqlite3.Connection, article: Article, article_id: int) -> list[str]:
    """The warnings that no reading gives, and that hold as long as the body is what they were given for."""
    row = connection.execute(
        "select warnings from articles where id = ? and body = ?", [article_id, article.body]
    ).fetchone()
    return [each for each in msgspec.json.decode(row[0] if row else "[]") if each.startswith(COMMON_TEXT_WARNING)]


def reading_hash(article: Article) -> str:
    """SHA-256 (hex) of what the story says, apart from how it was read."""
    content = msgspec.structs.replace(article, url="", body_html="", provenance={}, warnings=())
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()


def write_revision(connection: sqlite3.Connection, article: Article, origin: Origin, article_id: int) -> None:
    connection.execute(
        "insert into revisions (article_id, snapshot_id, read_at, version, rules_hash, hash, title, published, "
        "modified, word_count, record) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            article_id, origin.snapshot_id, iso(origin.now), edition(), origin.rules_hash, reading_hash(article),
            article.title, iso(article.published), iso(article.modified), article.word_count, pack_record(article),
        ],
    )  # fmt: skip
