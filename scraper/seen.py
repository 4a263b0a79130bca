"""What a run has met so far, in little memory: a site's sitemaps and sections may name millions of pages."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable

#: Texts that are kept in a set, which is quicker and larger, before they are packed.
_AT_ONCE = 100_000


class Seen:
    """Texts, page keys or URLs, at 8 bytes each.

    Only their hashes are kept.  That two of 10 million are the same has a chance of 1 in 300,000, and costs a page one run.
    """

    def __init__(self) -> None:
        self._recent: set[int] = set()
        self._sorted: list[array[int]] = []

    def __contains__(self, text: str) -> bool:
        mark = hash(text)
        return mark in self._recent or any(
            (place := bisect_left(marks, mark)) < len(marks) and marks[place] == mark for marks in self._sorted
        )

    def update(self, texts: Iterable[str]) -> None:
        """Add some, of which it has none."""
        self._recent.update(map(hash, texts))
        if len(self._recent) >= _AT_ONCE:
            self._sorted.append(array("q", sorted(self._recent)))
            self._recent = set()
