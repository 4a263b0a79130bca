"""Where the page's own sources disagree with what was read: warnings on the record, never corrections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

from scraper import urls
from scraper.extract import dates, structured
from scraper.extract.document import Document, words
from scraper.records import Article

#: A body with less than this share of the words that the publisher counts is cut short, or with the inverse
#: has more than the story in it.
WORDS_SHARE = 0.6
#: A count of fewer words is no story's.
_FEWEST_WORDS = 50
#: Between the date in a URL, of an unknown zone, and the date of publication.
URL_DATE_OFF = timedelta(days=2)
#: The share of words that the title and OpenGraph's have in common.
TITLE_SHARE = 0.3
_URL_DATE = re.compile(r"/((?:19|20)\d{2})[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/_.-]|$)")


def doubts(document: Document, article: Article) -> Iterator[str]:
    """A sentence for each field of a story that another source contradicts."""
    yield from _title(document, article)
    yield from _date(document, article)
    yield from _body(document, article)


def _title(document: Document, article: Article) -> Iterator[str]:
    said = next(iter(document.meta.get("og:title", [])), None)
    mine, theirs = words(article.title or ""), words(said or "")
    if len(mine) > 2 and len(theirs) > 2 and len(mine & theirs) < TITLE_SHARE * min(len(mine), len(theirs)):
        yield f"title: og:title says {said!r}"


def _date(document: Document, article: Article) -> Iterator[str]:
    match = _URL_DATE.search(urls.path_of(document.url))
    found = dates.parse("-".join(match.groups())) if match else None
    if match and found and article.published and abs(article.published - found.when) > URL_DATE_OFF:
        yield f"published: the URL says {found.when:%Y-%m-%d}"
    told = chain(
        structured.json_ld_candidates(document, "published"), structured.meta_candidates(document, "published")
    )
    for candidate in told:
        other = dates.parse(candidate.value[0], timezone="UTC")
        if article.published and other and abs(article.published - other.when) > URL_DATE_OFF:
            yield f"published: {candidate.source} {candidate.rule} says {other.when:%Y-%m-%d}"
            return


def _body(document: Document, article: Article) -> Iterator[str]:
    if article.kind != "article" or not article.body:
        return
    for rule, count in structured.word_counts(document):
        if count >= _FEWEST_WORDS and not WORDS_SHARE <= article.word_count / count <= 1 / WORDS_SHARE:
            yield f"body: {article.word_count} words, {rule} has {count}"
