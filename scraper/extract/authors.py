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
# What stands behind a name: initials, an agency, a place in brackets; the reporter's title in Korean and Japanese.
_BRACKETS = re.compile(r"\s*[(（\[][^()（）\[\]]*[)）\]]\s*$")
_ROLE = re.compile(r"\s*(?:기자|특파원|선임기자|記者|編集委員)$")


#: Characters of a byline; what is longer is running text.
_LONGEST = 500


def people(names: Iterable[str], publishers: Iterable[str]) -> tuple[str, ...]:
    """The names that are neither the publisher's own nor the address of a site."""
    own = {_bare(name) for name in publishers}
    return tuple(name for name in names if _bare(name) not in own and not _HOST.fullmatch(name))


_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")


def _bare(name: str) -> str:
    """A name as it compares with a publisher's: letters and digits, caseless."""
    return re.sub(r"\W+", "", name.casefold())


def clean(raw: Iterable[str], *, parted: bool = True) -> tuple[str, ...]:
    """The names in some bylines: labels off, lists parted, each name once, in order.

    ``parted`` says whether one text may hold several names ("A, B and C").
    """
    names: dict[str, str] = {}
    for byline in raw:
        if len(byline) > _LONGEST:
            continue
        text = _BY.sub("", tidy(byline)).strip(" ,:;|-–—•")
        for part in _PARTS.split(text) if parted else [text]:
            name = tidy(_ROLE.sub("", _BRACKETS.sub("", _BY.sub("", part)))).strip(" ,:;|-–—•")
            if name and len(name) <= 80 and not _NOT_A_NAME.search(name):
                names.setdefault(name.casefold(), name)
    return tuple(names.values())
