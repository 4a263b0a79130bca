"""What belongs together in an archive, as rules between its tables: a query for each that finds what breaks it, and what mends that."""

from __future__ import annotations

import msgspec


class Rule(msgspec.Struct, frozen=True):
    """A query that finds damaged rows, as one column of words, and what mends them (SQL statements)."""

    what: str
    text: str
    query: str
    repair: tuple[str, ...] = ()


_UNREFERENCED_BLOBS = """blobs where id not in (
    with recursive needed (id) as (
        select blob_id from snapshots not indexed union select reference_id from sites where reference_id is not null
        union select base_id from needed join blobs using (id) where base_id is not null)
    select id from needed)"""
# A snapshot that is lost leaves its body, which alone can tell what it was.
_LOST_SNAPSHOTS = """(
    select 1 from revisions where snapshot_id not in (select id from snapshots)
    union all select 1 from articles where snapshot_id not in (select id from snapshots)
    union all select 1 from visits where snapshot_id not in (select id from snapshots))"""
_DEAD_TARGET = "target_id is not null and not exists (select 1 from articles where articles.id = target_id)"
_TARGET = "(select pages.article_id from pages where pages.key = links.key)"
_LEADS_NOWHERE = "article_id is not null and not exists (select 1 from articles where articles.id = pages.article_id)"
_UNUSED_AUTHOR = "authors where not exists (select 1 from article_authors where author_id = authors.id)"
_UNUSED_TAG = "tags where not exists (select 1 from article_tags where tag_id = tags.id)"

RULES = (
    Rule(
        "orphaned blobs", "bodies that no snapshot needs, by itself or for another", f"select 'blob ' || id from {_UNREFERENCED_BLOBS}",
        (f"delete from {_UNREFERENCED_BLOBS} and not exists {_LOST_SNAPSHOTS}",),
    ),
    Rule(
        "snapshots without bytes", "snapshots whose body is missing",
        "select 'snapshot ' || id || ' of ' || url from snapshots where not exists (select 1 from blobs where blobs.id = blob_id)",
    ),
    Rule(
        "snapshots against blobs", "snapshots whose hash or size is not that of their body",
        "select 'snapshot ' || snapshots.id || ' of ' || url from snapshots join blobs on blobs.id = blob_id "
        "where snapshots.hash != blobs.hash or snapshots.size != blobs.size",
    ),
    Rule(
        "headers", "snapshots whose headers are damaged",
        "select 'snapshot ' || id || ' of ' || url from snapshots where not json_valid(headers)",
    ),
    Rule(
        "addresses", "articles whose address is not that of their page",
        "select 'article ' || articles.id || ' at ' || articles.url from articles join pages on pages.id = page_id "
        "where articles.key != pages.key",
        ("update or ignore articles set key = (select key from pages where id = page_id) "
         "where key != (select key from pages where id = page_id)",),
    ),
    Rule(
        "articles without revisions", "articles without a reading in their history",
        "select 'article ' || id || ' at ' || url from articles where not exists (select 1 from revisions where article_id = articles.id)",
    ),
    Rule(
        "pages to nowhere", "pages whose article is missing",
        f"select 'page ' || id || ' at ' || url from pages where {_LEADS_NOWHERE}",
        (
            "update pages set article_id = (select id from articles where page_id = pages.id "
            f"or key = pages.key limit 1) where {_LEADS_NOWHERE}",
            "update pages set state = 'pending', reason = null, detail = null where article_id is null "
            "and state = 'archived'",
        ),
    ),
    Rule(
        "aliases to nothing", "pages that stand for another page's article and name none",
        "select 'page ' || id || ' at ' || url from pages where state = 'alias' and article_id is null "
        "and not exists (select 1 from pages as target where target.id = pages.alias_of)",
        (
            "update pages set state = 'pending', reason = null, detail = null where state = 'alias' and article_id is null "
            "and not exists (select 1 from pages as target where target.id = pages.alias_of)",
        ),
    ),
    Rule(
        "links to nowhere", "links whose target is missing",
        f"select 'link ' || id || ' of article ' || article_id || ' to ' || url from links where {_DEAD_TARGET}",
        (f"update links set target_id = {_TARGET} where {_DEAD_TARGET}",),
    ),
    Rule(
        "links without their target", "links to archived pages that do not know it",
        "select 'link ' || links.id || ' of article ' || links.article_id || ' to ' || links.url from links "
        "join pages on pages.key = links.key join articles on articles.id = pages.article_id where target_id is null",
        (f"update links set target_id = {_TARGET} where target_id is null",),
    ),
    Rule("unused authors", "authors of no article", f"select 'author ' || name from {_UNUSED_AUTHOR}", (f"delete from {_UNUSED_AUTHOR}",)),
    Rule("unused tags", "tags of no article", f"select 'tag ' || name from {_UNUSED_TAG}", (f"delete from {_UNUSED_TAG}",)),
)  # fmt: skip
