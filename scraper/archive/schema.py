"""The archive's schema, as migrations that are only ever added to: those that a file lacks are applied in one transaction."""

from __future__ import annotations

from scraper.archive import changes, tables
from scraper.archive.sqlite import Database, Migrations
from scraper.errors import NewerArchive, NotAnArchive
from scraper.urls import page_key

#: "news" in ASCII: marks the file as an archive (SQLite's application_id, sqlite.org/fileformat2.html).
APPLICATION_ID = 0x6E657773

migrations = Migrations("scraper")


@migrations(name="0001_archive")
def _archive(db: Database) -> None:
    for statement in tables.FIRST_TABLES.split(";\n\n"):
        db.execute(statement)


@migrations(name="0002_full_text")
def _full_text(db: Database) -> None:
    for statement in tables.FULL_TEXT.split(";\n\n"):
        db.execute(statement)
    db.execute("insert into articles_fts (articles_fts) values ('rebuild')")  # of articles that were there before


@migrations(name="0003_views")
def _views(db: Database) -> None:
    for statement in tables.VIEWS.split(";\n\n"):
        db.execute(statement)


@migrations(name="0004_missing_without_deleted")
def _missing(db: Database) -> None:
    """Deleted stories are kept: the archive does not lack them."""
    db.execute("drop view missing")
    db.execute(tables.MISSING)


@migrations(name="0005_bases")
def _bases(db: Database) -> None:
    """Pages are compressed against earlier ones of their site."""
    for statement in tables.BASES.split(";\n\n"):
        db.execute(statement)


@migrations(name="0006_changes")
def _changes(db: Database) -> None:
    """What changed between readings, and which edition of the program read a snapshot last."""
    for statement in tables.CHANGES.split(";\n\n"):
        db.execute(statement)
    for (article_id,) in db.execute(
        "select article_id from revisions group by article_id having count(*) > 1"
    ).fetchall():
        changes.note(db.conn, article_id)


@migrations(name="0007_near_duplicates")
def _near_duplicates(db: Database) -> None:
    """What bodies are compared by, and which articles have nearly the same one."""
    for statement in tables.NEAR_DUPLICATES.split(";\n\n"):
        db.execute(statement)


@migrations(name="0008_walks_and_hosts")
def _walks_and_hosts(db: Database) -> None:
    """How far back a site's listings were read to their ends, and which hosts asked to be left alone."""
    for statement in tables.WALKS_AND_HOSTS.split(";\n\n"):
        db.execute(statement)


@migrations(name="0009_visited_snapshots")
def _visited_snapshots(db: Database) -> None:
    """Which answer a visit was given."""
    for statement in tables.VISITED_SNAPSHOTS.split(";\n\n"):
        db.execute(statement)


@migrations(name="0010_merged")
def _merged(db: Database) -> None:
    """The ids of articles that turned out to be others' stories are found, and never given again."""
    db.execute("create index changes_merged on changes (cast(before as integer)) where field = 'merged'")


@migrations(name="0011_unchanged_listings")
def _unchanged_listings(db: Database) -> None:
    """What the server named a listing's last answer, and by whom its links were judged."""
    for column in ("etag", "last_modified", "judged_by"):
        db.execute(f"alter table listings add column {column} text")
    db.execute("create index listings_found_in on listings (found_in) where found_in is not null")


@migrations(name="0012_amp_below_a_slash")
def _amp_below_a_slash(db: Database) -> None:
    """Page keys as they are made today: of an AMP page below a slash, and of hosts with several prefixes.

    Where two pages would have one key the first that has it keeps it.
    """
    for table, column, url in (
        ("pages", "key", "url"), ("articles", "key", "url"), ("articles", "canonical_key", "coalesce(canonical_url, url)"),
        ("links", "key", "url"),
    ):  # fmt: skip
        rows = db.execute(
            f"select id, {url}, {column} from {table} where {url} like '%/amp/%' or {url} like '%//www.www.%' or {url} like '%//%amp.%'"
        )
        for number, address, key in rows.fetchall():
            if (today := page_key(address)) != key:
                db.execute(f"update or ignore {table} set {column} = ? where id = ?", [today, number])


def check(db: Database, about: str) -> None:
    """Raise NotAnArchive or NewerArchive for a file that this program must not touch."""
    is_empty = _is_empty(db)  # asked first: it may be filled now, by another process, and named with the same commit
    if not is_empty and db.execute("pragma application_id").fetchone()[0] != APPLICATION_ID:
        raise NotAnArchive("an SQLite file, but not an archive of this program", about=about)
    known = {migration.name for migration in migrations._migrations}
    unknown = [applied.name for applied in migrations.applied(db) if applied.name not in known]
    if unknown:
        raise NewerArchive(f"made by a later version of this program ({unknown[-1]}); upgrade it", about=about)


def is_old(db: Database) -> bool:
    """Whether a file that :func:`check` let pass lacks something of today's schema."""
    return bool(migrations.pending(db))


def prepare(db: Database) -> None:
    """Bring a file that :func:`check` let pass to today's schema: all of it or nothing, by one process alone."""
    if not migrations.pending(db):
        return
    db.execute("begin immediate")  # whoever waits here finds nothing pending when it comes in
    try:
        db.execute(f"pragma application_id = {APPLICATION_ID}")
        migrations.apply(db)
        db.execute("commit")
    except BaseException:
        db.rollback()
        raise


def _is_empty(db: Database) -> bool:
    return not db.execute("select count(*) from sqlite_master").fetchone()[0]
