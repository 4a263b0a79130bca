"""The story of one URL: who advertised it, what came of each visit, what is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scraper import urls
from scraper.archive.search import BY_ID, as_id

if TYPE_CHECKING:
    from scraper.archive.store import Archive


def why(archive: Archive, url: str) -> dict[str, Any] | None:
    """All that the ledger knows of a URL in any spelling, or of an article's id; None if nobody ever advertised it.

    Keys: the columns of ``pages``; ``site``; ``found``, the chain of listings from the one that
    named the page up to the seed; ``visits``, oldest first; ``snapshots``; ``article`` or None.
    Of a listing (sitemap, feed, section) or a target that could not be had: the columns of
    ``listings``, ``site``, ``found``, and ``state``, which is ``listing``.
    """
    query = "select pages.*, sites.key as site from pages join sites on sites.id = pages.site_id where"
    if (number := as_id(url)) is not None:
        own = f"pages.id = (select page_id from articles where {BY_ID})"
        return _story_of(archive, next(archive.rows(f"{query} {own}", {"id": number}), None))
    by_key = f"{query} pages.key = ?"
    page = next((row for key in urls.spellings(url) for row in archive.rows(by_key, [key])), None)
    return _story_of(archive, page) or _listing(archive, url)


def _story_of(archive: Archive, page: dict[str, Any] | None) -> dict[str, Any] | None:
    """A row of ``pages`` with all that happened to it."""
    if page is None:
        return None
    number = page["id"]
    visits = "select at, outcome, reason, status, detail, crawl_id from visits where page_id = ? order by at, id"
    snapshots = (
        "select id, fetched_at, seen_at, status, size, hash from snapshots where page_id = ? order by fetched_at, id"
    )
    article = "select id, title, published, url, deleted_at from articles where id = ?"
    return page | {
        "found": _chain(archive, page["found_in"]),
        "visits": list(archive.rows(visits, [number])),
        "snapshots": list(archive.rows(snapshots, [number])),
        "article": next(archive.rows(article, [page["article_id"]]), None),
    }


def _listing(archive: Archive, url: str) -> dict[str, Any] | None:
    """A URL that was read for its links, or was to be."""
    query = "select listings.*, sites.key as site from listings join sites on sites.id = listings.site_id where url = ?"
    starts = [f"{scheme}://{www}" for scheme in ("https", "http") for www in ("", "www.")]
    names = [start + key for key in urls.spellings(url) for start in starts]
    found = (next(archive.rows(query, [name]), None) for name in (url, urls.normalise(url), *names) if name)
    row = next(filter(None, found), None)
    return row and row | {"state": "listing", "found": _chain(archive, row["found_in"])}


def _chain(archive: Archive, url: str | None) -> list[dict[str, Any]]:
    """The listing, the listing that named it, and so on."""
    chain: list[dict[str, Any]] = []
    while url is not None and all(url != link["url"] for link in chain):
        listing = next(archive.rows("select url, what, read_at, found_in from listings where url = ?", [url]), None)
        chain.append(listing or {"url": url, "what": "page", "read_at": None, "found_in": None})
        url = chain[-1]["found_in"]
    return chain
