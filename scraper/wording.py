"""What is counted, and what is wrong with a file, in words for a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import msgspec

# What a decoder calls the kinds of values, and how those are written whose form is not plain.
_KINDS = {
    "str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
    "object": "keys with values", "date": "a date", "datetime": "a time", "null": "nothing",
}  # fmt: skip
_FORMS = {"a date": "YYYY-MM-DD", "a time": "YYYY-MM-DDTHH:MM:SSZ"}
# Counts that are called by a noun, in its other form.
_NOUNS = {"aliases": "alias"}
_EXPECTED = re.compile(r"Expected `(.+)`, got `(.+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_MALFORMED = re.compile(r"Invalid RFC3339 encoded (date|datetime)")


def number_of(count: int, one: str, many: str | None = None) -> str:
    """A number and what it is of, in the form that goes with it: ``1 page``, ``2 pages``; ``many`` where that is not
    ``one`` with an s."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def counted(count: int, name: str) -> str:
    """A count by its name in the reports: ``1 alias``, ``2 aliases``, ``1 changed``."""
    return number_of(count, _NOUNS.get(name, name), name)


def size_of(count: int) -> str:
    """A number of bytes, in kB or MB (powers of ten)."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def in_plain_words(error: msgspec.ValidationError) -> tuple[str, str]:
    """What msgspec says of a file that is not as it should be, and of which key (empty: of the whole)."""
    message, _, place = str(error).partition(" - at ")
    key = place.strip("`").removeprefix("$").lstrip(".").removesuffix("[...]")
    if unknown := _UNKNOWN.fullmatch(message):
        return "unknown key", f"{key}.{unknown[1]}".lstrip(".")
    if malformed := _MALFORMED.fullmatch(message):
        return f"expected {_kinds(malformed[1], forms=True)}", key
    if expected := _EXPECTED.fullmatch(message):
        return f"expected {_kinds(expected[1], forms=True)}, found {_kinds(expected[2], forms=False)}", key
    return message[:1].lower() + message[1:], key


def _kinds(said: str, *, forms: bool) -> str:
    """Kinds of values in words, with their ``forms`` if these are asked for; that a value may be missing goes without saying."""
    names = [name for name in said.split(" | ") if name != "null"] or ["null"]
    kinds = [_KINDS.get(name, name) for name in names]
    return " or ".join(f"{kind} ({_FORMS[kind]})" if forms and kind in _FORMS else kind for kind in kinds)
