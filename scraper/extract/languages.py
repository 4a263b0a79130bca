"""The language of a story: as the page says it, made sense of; else by its text."""

from __future__ import annotations

# What publishers write for a language and is the code of a country, or no longer a code
# (ISO 639-1; IANA language subtag registry, "Deprecated").
_MEANT = {
    "kr": "ko", "jp": "ja", "cn": "zh", "tw": "zh", "ua": "uk", "gr": "el", "cz": "cs", "dk": "da", "iw": "he",
    "in": "id", "ji": "yi", "al": "sq", "ge": "ka", "rs": "sr",
}  # fmt: skip
#: Characters without which a text is not asked for its language.
_SHORTEST = 60
#: Characters that are enough to know it.
_ENOUGH = 2000


def meant(code: str) -> str:
    """The language subtag that a publisher means by a code, in lower case."""
    return _MEANT.get(code.lower(), code.lower())


def of_text(text: str) -> str | None:
    """The language that a text is written in (ISO 639-1), None for one too short to tell."""
    if len(text) < _SHORTEST:
        return None
    import py3langid

    return str(py3langid.classify(text[:_ENOUGH])[0])
