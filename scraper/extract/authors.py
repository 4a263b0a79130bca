"""Names of people, out of bylines and metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scraper.extract.document import tidy

_BY = re.compile(
    r"^(?:written by|story by|report(?:ed)? by|by|por|par|von|di|da|door|av|af|texte? (?:de|von)|escrito por|بقلم|كتب|كتبت|الكاتب)\b[\s:،]*",
    re.IGNORECASE,
)
_PARTS = re.compile(r"\s*(?:,|;|\||•|·| and | & | y | und | et | e | en | og | och )\s*")
_NOT_A_NAME = re.compile(
    r"https?://|@|^\W*$|^\d|\b(?:19|20)\d{2}\b|^(?:staff|admin|editor|null|none|undefined)$", re.IGNORECASE
)


def clean(raw: Iterable[str], *, parted: bool = True) -> tuple[str, ...]:
    """The names in some bylines: labels off, lists parted, each name once, in order.

    ``parted`` says whether one text may hold several names ("A, B and C").
    """
    names: dict[str, str] = {}
    for byline in raw:
        text = _BY.sub("", tidy(byline)).strip(" ,:;|-–—•")
        for part in _PARTS.split(text) if parted else [text]:
            name = tidy(_BY.sub("", part)).strip(" ,:;|-–—•")
            if name and len(name) <= 80 and not _NOT_A_NAME.search(name):
                names.setdefault(name.casefold(), name)
    return tuple(names.values())
