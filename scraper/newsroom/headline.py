"""Titles and slugs as a reversible code of the story's number.

A site of a million stories keeps no index: a slug's first words are the digits of a number, so a path
is resolved by reading them back.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from urllib.parse import quote

from .lexicon import SECTIONS, Lexicon, mix
from .words_ar import ARABIC
from .words_en import ENGLISH
from .words_es import SPANISH

LEXICONS = {lexicon.language: lexicon for lexicon in (ENGLISH, ARABIC, SPANISH)}

CAPACITY = 1 << 21
"""How many different titles there are in a language: 256 places x 16 bodies x 16 verbs x 32 objects."""

SLUG_LENGTH = 60

_STEP = 1_296_011  # odd, so that multiplying by it is a permutation of the numbers below CAPACITY
_UNSTEP = pow(_STEP, -1, CAPACITY)
_NOT_WORD = re.compile(r"[^\w]+|_+")
_WORDS = {
    # where the telling words stand in the slug: place, body, verb, qualifier, noun
    "en": (0, 1, 2, 3, 4),
    "ar": (1, 0, 2, 4, 3),
    "es": (2, 0, 3, 5, 4),
}


def _digits(seed: int, number: int) -> tuple[int, int, int, int, int]:
    code = (number * _STEP + mix(seed)) % CAPACITY
    return code & 255, code >> 8 & 15, code >> 12 & 15, code >> 16 & 3, code >> 18


def title_words(seed: int, number: int, lexicon: Lexicon, section: str) -> dict[str, str]:
    """Return the words that a story's title and text share: place, body, verb, qualifier, noun."""
    place, body, verb, qualifier, noun = _digits(seed, number)
    return {
        "place": lexicon.places[place],
        "body": lexicon.bodies[body],
        "verb": lexicon.verbs[verb],
        "qualifier": lexicon.qualifiers[qualifier],
        "noun": lexicon.nouns[section][noun],
    }


def title(seed: int, number: int, lexicon: Lexicon, section: str, changes: int = 0) -> str:
    """Return the title after `changes` rewordings; only its end is ever reworded."""
    roll = mix(seed, number, 1)
    closing = lexicon.closings[(roll + changes) % len(lexicon.closings)]
    other = lexicon.places[roll >> 32 & 255]
    words = title_words(seed, number, lexicon, section)
    return lexicon.title.format(**words, closing=closing.format(other=other))


def slugify(text: str) -> str:
    """Return the text as a slug, cut at 60 characters even in mid-word, as many sites do."""
    if not text.isascii():
        # Latin accents fall away; Arabic letters stay (a hamza is part of its letter, so recompose).
        plain = "".join(c for c in unicodedata.normalize("NFD", text) if not "\u0300" <= c <= "\u036f")
        text = unicodedata.normalize("NFC", plain.replace("’", "").replace("'", ""))
    return _NOT_WORD.sub("-", text.lower()).strip("-")[:SLUG_LENGTH].rstrip("-")


def quoted(slug: str) -> str:
    """Return the slug as it stands in a path: percent-encoded when it is not ASCII."""
    return slug if slug.isascii() else quote(slug)


def stem(seed: int, number: int, lexicon: Lexicon, section: str) -> str:
    """Return the part of the slug that no other story of the language shares."""
    words = title_words(seed, number, lexicon, section)
    return slugify(lexicon.title.format(**words, closing=""))


@cache
def _tables(language: str) -> tuple[dict[str, int], ...]:
    lexicon = LEXICONS[language]
    columns: list[dict[str, int]] = [
        {slugify(word): index for index, word in enumerate(words)}
        for words in (lexicon.places, lexicon.bodies, lexicon.verbs, lexicon.qualifiers)
    ]
    columns.append({slugify(word): i for s in SECTIONS for i, word in enumerate(lexicon.nouns[s])})
    return tuple(columns)


def number_of(seed: int, language: str, slug: str) -> int | None:
    """Return the number whose title starts as this slug does, or None. The caller checks the rest."""
    parts = slug.split("-")
    code = 0
    for position, table, shift in zip(_WORDS[language], _tables(language), (0, 8, 12, 16, 18), strict=True):
        digit = table.get(parts[position]) if position < len(parts) else None
        if digit is None:
            return None
        code |= digit << shift
    return (code - mix(seed)) * _UNSTEP % CAPACITY
