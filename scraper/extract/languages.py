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
#: Characters of a text whose language can be judged.
_JUDGED = 400
#: Of the commonest English words, a thousand characters of English hold seldom fewer than ten, of others hardly one.
_ENGLISH, _LITTLE, _MUCH = (" the ", " of ", " and ", " to ", " that ", " with "), 3, 10


def meant(code: str) -> str:
    """The language subtag that a publisher means by a code, in lower case."""
    return _MEANT.get(code.lower(), code.lower())


def is_doubtful(language: str, text: str) -> bool:
    """Whether a text is so much, or so little, English that it can hardly be in the language that its page says.

    Themes of many blogs say English whatever is written in them.  A cheap look, at one word of fifteen.
    """
    sample = text[: 2 * _ENOUGH].lower()
    if len(sample) < _JUDGED:
        return False
    found = sum(sample.count(word) for word in _ENGLISH) * 1000 / len(sample)
    return found < _LITTLE if language == "en" else found > _MUCH


def of_text(text: str) -> str | None:
    """The language that a text is written in (ISO 639-1), None for one too short to tell."""
    if len(text) < _SHORTEST:
        return None
    import py3langid

    return str(py3langid.classify(text[:_ENOUGH])[0])
