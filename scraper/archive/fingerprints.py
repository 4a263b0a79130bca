"""What bodies are compared by: the hash of their words, and a fingerprint that is close where they are close.  Pure.

The shingles of a body (its runs of :data:`SHINGLE` words) are reduced to :data:`HASHES` minimal hashes by rensa.  Two bodies
whose resemblance is J (the part of all their shingles that both have; Broder 1997, "On the resemblance and containment
of documents") agree in about that part of the hashes.  One bit of each is the fingerprint: it differs in about
64 × (1 - J) / 2 bits (b-bit minwise hashing; Li and König 2010).  Whole hashes, :data:`BAND` at a time, are the bands: bodies
that have one in common are worth comparing (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", 3.4).

The simhash of Charikar (2002) is as small, but looked up by bands (Manku et al. 2007) it finds pairs of a few bits alone;
bench/duplicates.py has both side by side.
"""

from __future__ import annotations

import hashlib
import re
import struct
import unicodedata

import msgspec
from rensa import RMinHash

from scraper.languages import SPACELESS

#: Words in a shingle.
SHINGLE = 3
#: Minimal hashes of a body, and how many of them make a band.
HASHES, BAND = 64, 3
#: Fingerprints that were made otherwise cannot be compared with those of today.
SCHEME = 10 * int(RMinHash.ALGORITHM_VERSION) + 1
_SEED = 1
# In scripts that put no space between words each character is one.
_WORD = re.compile(rf"[{SPACELESS}]|[^\W_{SPACELESS}]+")
# Accents, Arabic vowel marks, the tatweel and the marks of kana, which one printing of a text has and another leaves out.
_MARKS = re.compile("[\u0300-\u036f\u0640\u064b-\u065f\u0670\u3099\u309a]")


class Fingerprint(msgspec.Struct, frozen=True):
    """What is known of a body.  Integers are signed and of 64 bits, as SQLite has them."""

    words: int  #: their number
    hash: str  #: SHA-256 of the words, hexadecimal
    bits: int
    bands: tuple[int, ...]


def words_of(body: str) -> list[str]:
    """The words of a body without case, accents, marks and punctuation: what two printings of a text have in common."""
    if not body.isascii():
        body = _MARKS.sub("", unicodedata.normalize("NFKD", body))
    return _WORD.findall(body.casefold())


def shingles_of(words: list[str]) -> list[str]:
    """The runs of :data:`SHINGLE` words; all words as one where there are fewer."""
    return [" ".join(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1))]


def fingerprint(body: str) -> Fingerprint:
    """Take the fingerprint of a body; some tenths of a millisecond for 600 words."""
    words = words_of(body)
    sketch = RMinHash(num_perm=HASHES, seed=_SEED)
    sketch.update(shingles_of(words))
    hashes: list[int] = sketch.digest()
    bits = sum((hash & 1) << place for place, hash in enumerate(hashes))
    bands = (struct.pack(f"<{BAND}I", *hashes[at : at + BAND]) for at in range(0, HASHES - BAND + 1, BAND))
    return Fingerprint(
        len(words),
        hashlib.sha256(" ".join(words).encode()).hexdigest(),
        bits - (1 << 64) if bits >> 63 else bits,
        tuple(int.from_bytes(hashlib.blake2b(band, digest_size=8).digest(), "little", signed=True) for band in bands),
    )


def distance(one: int, other: int) -> int:
    """The bits in which two fingerprints differ (0 to 64)."""
    return ((one ^ other) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()


def resemblance(one: frozenset[str], other: frozenset[str]) -> float:
    """The part of all shingles of two bodies that both have (0 to 1)."""
    return len(one & other) / len(one | other)
