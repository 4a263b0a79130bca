"""The shape of one language's vocabulary, and the arithmetic that picks words from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

SECTIONS = ("politics", "economy", "sports", "culture", "health")

_WORD = 0xFFFFFFFFFFFFFFFF


def mix(*parts: int) -> int:
    """Return a 64-bit hash of whole numbers, the same in every process (hash() is not for strings)."""
    state = 0x9E3779B97F4A7C15
    for part in parts:
        state = (state + part + 0x9E3779B97F4A7C15) & _WORD
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _WORD
        state ^= state >> 31
    return state


@dataclass(frozen=True)
class Lexicon:
    """One language: its words, sentence patterns and printed labels.

    In patterns, ``*x*`` is bold, ``_x_`` is emphasis and ``[x]`` is a link to another story.
    """

    language: str
    direction: str
    sections: dict[str, str]
    place_heads: tuple[str, ...]  # 16
    place_ends: tuple[str, ...]  # 16
    bodies: tuple[str, ...]  # 16 institutions
    verbs: tuple[str, ...]  # 16
    qualifiers: tuple[str, ...]  # 4
    nouns: dict[str, tuple[str, ...]]  # 8 a section, all different
    title: str
    closings: tuple[str, ...]
    given: tuple[str, ...]
    family: tuple[str, ...]
    sources: tuple[str, ...]
    agencies: tuple[str, ...]
    sentences: tuple[str, ...]
    quotes: tuple[str, ...]
    list_openings: tuple[str, ...]
    list_items: tuple[str, ...]
    subheadings: tuple[str, ...]
    captions: tuple[str, ...]
    alts: tuple[str, ...]
    tags: tuple[str, ...]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]  # as printed in dates
    long_months: tuple[str, ...]  # as used in sentences
    labels: dict[str, str]

    @property
    def prefix(self) -> str:
        """The start of every path in this language: nothing for English, "/ar" or "/es"."""
        return "" if self.language == "en" else f"/{self.language}"

    @cached_property
    def places(self) -> tuple[str, ...]:
        """All 256 invented place names."""
        return tuple(head + end for head in self.place_heads for end in self.place_ends)
