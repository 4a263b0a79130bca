"""Stories out of the archive, row by row, as JSON lines or CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from scraper.archive.search import filters

if TYPE_CHECKING:
    from scraper.archive.store import Archive

# The record of section order: identity, what it says, where from.
_COLUMNS = (
    "id", "url", "canonical_url", "site", "publisher_id", "kind", "title", "summary", "authors", "source", "published",
    "published_raw", "published_zone", "modified", "section", "tags", "language", "body", "body_html", "images", "related",
    "word_count", "paywalled", "provenance", "warnings", "snapshot_id", "first_seen_at", "changed_at", "deleted_at",
)  # fmt: skip
_LISTS = {
    "authors": "select json_group_array(name) from (select name from article_authors join authors on authors.id = author_id "
    "where article_id = articles.id order by position)",
    "tags": "select json_group_array(name) from (select name from article_tags join tags on tags.id = tag_id "
    "where article_id = articles.id order by position)",
    "images": "select json_group_array(json_object('url', url, 'alt', alt, 'caption', caption, 'credit', credit)) "
    "from (select * from images where article_id = articles.id order by position)",
    "related": "select json_group_array(json_object('url', url, 'text', text, 'kind', kind)) "
    "from (select * from links where article_id = articles.id order by position)",
}
_JSON = (*_LISTS, "provenance", "warnings")
# Spreadsheets run cells that start like formulas (OWASP, "CSV injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def stories(archive: Archive, **wanted: Any) -> Iterator[dict[str, Any]]:
    """Every story that passes the filters, in the order of publication, lists as lists."""
    conditions, values = filters(**wanted)
    columns = [f"({_LISTS[name]}) as {name}" if name in _LISTS else _plain(name) for name in _COLUMNS]
    query = f"select {', '.join(columns)} from articles join sites on sites.id = articles.site_id"
    query += f" where {' and '.join(conditions)}" if conditions else ""
    for row in archive.rows(f"{query} order by articles.published, articles.id", values):
        yield row | {name: json.loads(row[name]) for name in _JSON} | {"paywalled": _truth(row["paywalled"])}


def _plain(name: str) -> str:
    return "sites.key as site" if name == "site" else f"articles.{name}"


def _truth(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def write_jsonl(archive: Archive, out: IO[str], **wanted: Any) -> int:
    """One JSON object a line; how many."""
    count = 0
    for story in stories(archive, **wanted):
        out.write(json.dumps(story, ensure_ascii=False) + "\n")
        count += 1
    return count


def write_csv(archive: Archive, out: IO[str], **wanted: Any) -> int:
    """A header and one row a story (RFC 4180); names are joined by "; ", other lists are JSON.

    Texts that a spreadsheet would run as a formula get a leading apostrophe.
    """
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    count = 0
    for story in stories(archive, **wanted):
        writer.writerow([_cell(name, story[name]) for name in _COLUMNS])
        count += 1
    return count


def _cell(name: str, value: Any) -> Any:
    if name in ("authors", "tags"):
        value = "; ".join(value)
    elif isinstance(value, (list, dict)):
        value = json.dumps(value, ensure_ascii=False)
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULA) else value
