"""What is read of pages whose metadata are taken away: what stands on the page alone must do, as on old and odd sites.

    .venv/bin/python bench/bare.py --corpus ../shared/corpus/dev

``--corpus`` names a folder with ``manifest.jsonl`` (with gold) and captured pages (other people's, not part of this
repository).  Each page is read without a selector file three times: as it is; without its scripts, meta elements
and microdata; and without dates in attributes and in its address, too.  htmldate, which does nothing but look for
dates, reads the same bytes; of a date with a zone its own day and that in UTC will do.  Prints a Markdown table: on how many pages each field is the gold's.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from extract import captured

from scraper.extract import extract
from scraper.extract.decode import decode
from scraper.sites import unknown_site
from scraper.urls import host_of

_METADATA = re.compile(
    r"<script\b.*?</script\s*>|<meta\b(?![^<>]*charset)[^<>]*>|\s(?:itemprop|itemtype|itemscope)\b(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'))?",
    re.IGNORECASE | re.DOTALL,
)
_STAMPS = re.compile(r"\s(?:datetime|content)\s*=\s*(?:\"[^\"]*\"|'[^']*')", re.IGNORECASE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)  # what htmldate and trafilatura discard
    found = {name: Counter[str]() for name in MADE}
    for row, body in captured(given.corpus):
        if row["gold"].get("date"):
            for name, made in MADE.items():
                found[name].update(right(*made(decode(body), row["url"]), row["gold"]))
    print("| page | pages | title | date | date, htmldate | pages with authors | authors |")
    print("|---|---|---|---|---|---|---|")
    for name, count in found.items():
        cells = [count[field] for field in ("pages", "title", "date", "htmldate", "with authors", "authors")]
        print(f"| {name} | {' | '.join(map(str, cells))} |")
    return 0


def bare(page: str, url: str) -> tuple[str, str]:
    """The page without what speaks to programs alone."""
    return _METADATA.sub("", page), url


def timeless(page: str, url: str) -> tuple[str, str]:
    """The same without dates that nobody sees."""
    return _STAMPS.sub("", bare(page, url)[0]), f"https://{host_of(url)}/a-story-of-the-day"


MADE: dict[str, Callable[[str, str], tuple[str, str]]] = {
    "as it is": lambda page, url: (page, url),
    "without metadata": bare,
    "and without dates in attributes and address": timeless,
}


def right(page: str, url: str, gold: dict[str, Any]) -> Counter[str]:
    """Which fields are the gold's."""
    article = extract(page, url, site=unknown_site(host_of(url)))
    told, names = datetime.fromisoformat(gold["date"]), gold.get("authors") or []
    days = {f"{told:%Y-%m-%d}", f"{told.astimezone(UTC):%Y-%m-%d}" if told.tzinfo else ""}
    return Counter(
        {
            "pages": 1,
            "title": (article.title or "").casefold().split() == gold["title"].casefold().split(),
            "date": article.published is not None and f"{article.published:%Y-%m-%d}" in days,
            "htmldate": searched(page, url) in days,
            "with authors": bool(names),
            "authors": bool(names) and {*map(str.casefold, names)} == {*map(str.casefold, article.authors)},
        }
    )


def searched(page: str, url: str) -> str | None:
    """What htmldate says, searching thoroughly for the original date."""
    from htmldate import find_date

    try:
        return find_date(page, url=url, original_date=True, extensive_search=True)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


if __name__ == "__main__":
    sys.exit(main())
