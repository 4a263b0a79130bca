"""Copies: articles whose bodies are the same, or nearly so, on whatever site; linked, and never deleted.

Only what has no fingerprint yet is looked at: articles that are new, or whose body changed since (a trigger takes their
fingerprint away).  So this can be stopped and repeated at any time.

Of articles with the same words all are linked to the first, and that one alone is compared with others: a text that a
thousand sites print makes a thousand links, and not half a million.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from scraper.archive.database import translated
from scraper.archive.fingerprints import SCHEME, Fingerprint, distance, fingerprint, resemblance, shingles_of, words_of
from scraper.blobs import Latest
from scraper.records import COMMON_TEXT_WARNING

if TYPE_CHECKING:
    from scraper.archive.store import Archive

#: Words that a body must have to be linked: shorter ones are alike by chance.
MIN_WORDS = 40
#: The part of all their shingles that near copies have in common; bench/duplicates.py shows what others would find.
MIN_RESEMBLANCE = 0.4
#: Bits in which the fingerprints of two bodies may differ if these are to be compared: those that so resemble
#: each other differ in 19, with a deviation of 4 (see :mod:`scraper.archive.fingerprints`).
MAX_DISTANCE = 26
#: Bodies that one is compared with, the nearest first; and those that are looked up for that.
_COMPARED, _LOOKED_UP = 20, 2000
#: Addresses of a site that give the same text under different titles before it counts as the site's own.
MIN_ADDRESSES = 3
#: Articles between two commits, and bodies that are kept at hand.
_AT_ONCE, _KEPT = 500, 1000


class Linked(msgspec.Struct):
    """What a look did: articles looked at, links made, and articles that were given or lost the warning of a common text."""

    articles: int = 0
    exact: int = 0
    near: int = 0
    warned: int = 0


def link(archive: Archive, watch: Callable[[int, int], None] | None = None) -> Linked:
    """Find the copies of all articles that have not been looked at; ``watch`` is told how many were, of how many.

    Takes the archive's lock; raises :class:`~scraper.errors.ArchiveBusy` and other ArchiveErrors.
    """
    with archive.lock(), translated(str(archive.path)):
        return _Look(archive).go(watch)


class _Look:
    """One look."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.connection: sqlite3.Connection = archive.database.conn
        self.done = Linked()
        self._shingles: Latest[frozenset[str]] = Latest(_KEPT)

    def go(self, watch: Callable[[int, int], None] | None) -> Linked:
        """All articles without a fingerprint of today's scheme; then what sites print everywhere."""
        with self.archive.transactions.write():
            self.connection.execute("delete from fingerprints where scheme != ?", [SCHEME])
        (total,) = self.connection.execute(f"select count(*) {_UNSEEN}").fetchone()
        query, last = (
            f"select articles.id, articles.body {_UNSEEN} and articles.id > ? order by articles.id limit {_AT_ONCE}",
            0,
        )
        while batch := self.connection.execute(query, [last]).fetchall():
            last = batch[-1][0]
            with self.archive.transactions.write():
                for article_id, body in batch:
                    self._look_at(article_id, body)
            if watch:
                watch(self.done.articles, total)
        with self.archive.transactions.write():
            self._warn()
        return self.done

    def _look_at(self, article_id: int, body: str) -> None:
        mark = fingerprint(body)
        first = self._same(mark) if mark.words >= MIN_WORDS else None
        self.connection.execute(
            "insert into fingerprints (article_id, scheme, words, hash, bits) values (?, ?, ?, ?, ?)",
            [article_id, SCHEME, mark.words, mark.hash, mark.bits],
        )
        self.done.articles += 1
        if first is not None:
            self._link(article_id, first, "exact", 0, 1.0)
        elif mark.words >= MIN_WORDS:
            self._compare(article_id, body, mark)
            self.connection.executemany(
                "insert or ignore into fingerprint_bands (article_id, hash) values (?, ?)",
                [(article_id, band) for band in mark.bands],
            )

    def _same(self, mark: Fingerprint) -> int | None:
        """The first article with the same words."""
        query = "select min(article_id) from fingerprints where hash = ?"
        found: int | None = self.connection.execute(query, [mark.hash]).fetchone()[0]
        return found

    def _compare(self, article_id: int, body: str, mark: Fingerprint) -> None:
        """Link an article to those that resemble it, of the nearest by fingerprint."""
        marks = ", ".join("?" * len(mark.bands))
        found = self.connection.execute(_NEIGHBOURS.format(marks), mark.bands).fetchall()
        near = sorted((distance(mark.bits, bits), other) for other, bits in found)
        own = frozenset(shingles_of(words_of(body)))
        for bits, other in near[:_COMPARED]:
            if bits > MAX_DISTANCE:
                break
            alike = resemblance(own, self._shingles.get(other, lambda other=other: self._read(other)))  # type: ignore[misc]
            if alike >= MIN_RESEMBLANCE:
                self._link(article_id, other, "near", bits, alike)
        self._shingles.get(article_id, lambda: own)

    def _read(self, article_id: int) -> frozenset[str]:
        (body,) = self.connection.execute("select body from articles where id = ?", [article_id]).fetchone()
        return frozenset(shingles_of(words_of(body)))

    def _link(self, one: int, other: int, kind: str, bits: int, alike: float) -> None:
        self.connection.execute(
            "insert or ignore into near_duplicates (article_id, other_id, kind, distance, resemblance) "
            "values (?, ?, ?, ?, ?)",
            [max(one, other), min(one, other), kind, bits, round(alike, 3)],
        )
        if kind == "exact":
            self.done.exact += 1
        else:
            self.done.near += 1

    def _warn(self) -> None:
        """Give articles whose text is the site's own a warning, and take it from those where it no longer holds."""
        said = {row["id"]: row["warnings"] for row in self.archive.rows(_WARNED, {"start": COMMON_TEXT_WARNING})}
        due = {
            row["id"]: (row["warnings"], f"{COMMON_TEXT_WARNING} {row['addresses']} addresses of the site")
            for row in self.archive.rows(_COMMON, {"least": MIN_ADDRESSES})
        }
        for number in said.keys() | due.keys():
            before, warning = due.get(number, (said.get(number, "[]"), None))
            others = [each for each in msgspec.json.decode(before) if not each.startswith(COMMON_TEXT_WARNING)]
            after = msgspec.json.encode([*others, *([warning] if warning else [])]).decode()
            if after != before:
                self.connection.execute("update articles set warnings = ? where id = ?", [after, number])
                self.done.warned += 1


class Copies(msgspec.Struct, frozen=True):
    """The copies in an archive: pairs of articles, and texts that a site gives under many addresses."""

    pairs: list[dict[str, Any]]  #: kind, distance, resemblance, words; id, url, site, title of either (``other_…``)
    common: list[dict[str, Any]]  #: site, addresses, words, title, body (its beginning), articles (ids)


def copies(archive: Archive, *, site: str | None = None, min_words: int = 0) -> Copies:
    """What has been found so far, the nearest first; ``site`` is the key of a site that one of the two must be of.

    ``min_words`` is about the longer of the two.  A text that stands under many addresses is told once, and makes no pairs.
    Raises UsageError for a site that is not there.
    """
    site = archive.site_key(site) if site is not None else None
    pairs = archive.rows(_PAIRS, {"site": site, "words": min_words, "start": COMMON_TEXT_WARNING})
    common = archive.rows(_COMMON_TEXTS, {"site": site, "words": min_words, "least": MIN_ADDRESSES})
    return Copies(list(pairs), [row | {"articles": msgspec.json.decode(row["articles"])} for row in common])


_UNSEEN = "from articles left join fingerprints on fingerprints.article_id = articles.id where fingerprints.article_id is null"
_NEIGHBOURS = f"""
select distinct fingerprints.article_id, bits from fingerprint_bands
join fingerprints on fingerprints.article_id = fingerprint_bands.article_id
where fingerprint_bands.hash in ({{}}) limit {_LOOKED_UP}"""
# Articles without a title count as having one of their own: error pages have none.
_GROUPS = """
common as (
    select articles.site_id, fingerprints.hash, count(*) as addresses from fingerprints
    join articles on articles.id = fingerprints.article_id
    where fingerprints.words > 0
        and fingerprints.hash in (select hash from fingerprints group by hash having count(*) >= :least)
    group by articles.site_id, fingerprints.hash
    having count(distinct coalesce(articles.title, articles.key)) >= :least)"""
_COMMON = f"""
with {_GROUPS}
select articles.id, articles.warnings, common.addresses from common
join fingerprints on fingerprints.hash = common.hash
join articles on articles.id = fingerprints.article_id and articles.site_id = common.site_id"""
_WARNS = "exists (select 1 from json_each({}.warnings) where json_each.value like :start || '%')"
_WARNED = f"select id, warnings from articles where {_WARNS.format('articles')}"
_COMMON_TEXTS = f"""
with {_GROUPS}
select sites.key as site, common.addresses, fingerprints.words, min(articles.title) as title,
    substr(articles.body, 1, 200) as body, json_group_array(articles.id) as articles
from common
join fingerprints on fingerprints.hash = common.hash
join articles on articles.id = fingerprints.article_id and articles.site_id = common.site_id
join sites on sites.id = common.site_id
where fingerprints.words >= :words and (:site is null or sites.key = :site)
group by common.site_id, common.hash order by common.addresses desc, site"""
_PAIRS = f"""
select near_duplicates.kind, distance, resemblance, max(mine.words, theirs.words) as words,
    one.id, one.url, sites.key as site, one.title,
    other.id as other_id, other.url as other_url, other_sites.key as other_site, other.title as other_title
from near_duplicates
join articles as one on one.id = near_duplicates.article_id
join articles as other on other.id = near_duplicates.other_id
join fingerprints as mine on mine.article_id = one.id
join fingerprints as theirs on theirs.article_id = other.id
join sites on sites.id = one.site_id
join sites as other_sites on other_sites.id = other.site_id
where max(mine.words, theirs.words) >= :words and (:site is null or :site in (sites.key, other_sites.key))
    and not {_WARNS.format("one")} and not {_WARNS.format("other")}
order by resemblance desc, one.id, other.id"""
