"""The title of a page without rules: what most of its own words for it agree on.

JSON-LD, OpenGraph, the title element and the headings each have it, each in its own dress: with
the site's name behind it, a kicker before it, other quotation marks.  Alone none is right on
more than four pages of five; together they are on seven of eight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from scraper import urls
from scraper.extract import heading, structured, tags
from scraper.extract.document import Document, letters, node_text, size, words
from scraper.extract.rules import Candidate

#: What a source's word counts.  Of what most sources say alike, the first of them that says so is quoted.
_WEIGHTS = {"headline": 1.5, "h1": 1.5, "og:title": 1.0, "twitter:title": 0.5, "title": 0.5}
_ORDER = ("headline", "h1", "og:title", "twitter:title", "title")
#: Where there is no JSON-LD, OpenGraph is the publisher's own word.
_OG_ALONE = 2.0
_PARTER = re.compile(r"\s*(?:[|•·»›⋆~–—ㅣ｜：_-]|::|«)\s*|\s*[（(](?=[^（）()]{2,40}[)）]$)")
_SITE_SUFFIX = re.compile(r"\s+(?:[|•·»›⋆~–—ㅣ｜]|::|--?|«)\s+[^|•·»›⋆~–—ㅣ｜«]{2,60}$")
_BAR_SUFFIX = re.compile(r"\s+\|\s+[^|]{2,40}$")
_PREFIX = re.compile(r"([^:|•·»–—-]{2,60}?)\s*(?::|[|•·»–—]|\s-)\s+")
_QUOTES = str.maketrans("’‘“”„«»–—", '\'\'"""""--')
_WORDS = re.compile(r"\w+")
#: Characters of a title; what is longer is an element that was never closed.
_LONGEST = 500
#: Words of an address by which a title is known.
_TOLD = 2
#: Characters of a title before which no suffix begins, and behind a kicker.
_SHORTEST, _KICKED = 8, 15


def agreed(document: Document) -> Iterator[Candidate]:
    """The title that has the most votes, then the others in the order of their votes."""
    own = _own_names(document)
    said = _said(document, own)
    others = (text for name in ("headline", "dc.title") for text in document.meta.get(name, []))
    wholes = {_fold(text) for text in (*(text for name, text in said if name != "title"), *others)}
    shared = _shared(said)
    slug = words(urls.path_of(document.url))
    votes: dict[str, dict[str, str]] = {}
    for name, text in said:
        short = _as_in_address(text, _bare(text, name, wholes, shared, own), slug)
        votes.setdefault(letters(short), {}).setdefault(name, short)
    weights = _WEIGHTS if any(name == "headline" for name, _ in said) else _WEIGHTS | {"og:title": _OG_ALONE}
    order = _ORDER if weights is _WEIGHTS else ("og:title", *_ORDER)
    for texts in sorted(votes.values(), key=lambda each: -sum(weights[name] for name in each)):
        name = next(name for name in order if name in texts and not (name == "h1" and _is_glued(texts)))
        yield Candidate(_SOURCES[name], name, [texts[name]])


def _is_glued(texts: dict[str, str]) -> bool:
    """Whether words of the heading run into one another that other sources of the same letters have apart."""
    return len(_WORDS.findall(texts["h1"])) < max(len(_WORDS.findall(text)) for text in texts.values())


_SOURCES = {"headline": "json-ld", "h1": "page", "og:title": "meta", "twitter:title": "meta", "title": "page"}


def _said(document: Document, own: set[str]) -> list[tuple[str, str]]:
    headline = next(
        (each for each in structured.json_ld_candidates(document, "title") if each.rule == "headline"), None
    )
    said = [("headline", headline.value[0])] if headline else []
    said += [(name, document.meta[name][0]) for name in ("og:title", "twitter:title") if name in document.meta]
    said += [("title", document.title_element)] if document.title_element else []
    said += [("h1", text) for text in _headings(document, own)]
    if all(name == "title" for name, _ in said) and (found := heading.find(document)) is not None:
        said.append(("h1", node_text(found)))
    return [(name, text) for name, text in said if len(text) <= _LONGEST]


def _headings(document: Document, own: set[str]) -> list[str]:
    """What the headings of the first rank say, but for the site's name; of several, those that the title element has."""
    title = letters(document.title_element)
    found = [
        text
        for node in document.headings
        if (text := node_text(node)) and not heading.is_home(node, document) and not _is_own(text, own)
    ]
    # The site's name is short, and stands behind the title.
    found = [
        text
        for text in found
        if not title.endswith(letters(text)) or 2 * len(letters(text)) >= len(title) or size(text) > _KICKED
    ]
    inside = [text for text in found if letters(text) in title] if len(found) > 1 else []
    return [max(inside, key=len)] if inside else found


def _shared(said: list[tuple[str, str]]) -> set[str]:
    """What two sources have in common behind kickers that have no word in common."""
    kickers: dict[str, frozenset[str]] = {}
    shared = set()
    for _, text in said:
        if (prefix := _PREFIX.match(text)) is not None and len(text) - prefix.end() > _KICKED:
            rest, kicker = _fold(text[prefix.end() :]), words(prefix[1])
            if not kicker & kickers.setdefault(rest, kicker):
                shared.add(rest)
    return shared


def _own_names(document: Document) -> set[str]:
    """What the site calls itself, and its host with and without its end, in letters."""
    host = urls.site_host(urls.host_of(document.url))
    homes = (node_text(node) for node in document.headings if heading.is_home(node, document))
    return {letters(name) for name in (*tags.publishers(document), *homes, host, host.partition(".")[0])}


def _is_own(text: str, own: set[str]) -> bool:
    """Whether a text is one of the site's names."""
    name = letters(text)
    return name in own or name.removeprefix("the") in own


def _bare(text: str, name: str, wholes: set[str], shared: set[str], own: set[str]) -> str:
    """The title without the site's name behind it or before it, and without a kicker: where another source has just what is
    left, where it is the name that the site gives itself, else by its look."""
    for parter in _PARTER.finditer(text):
        before, after = text[: parter.start()].strip(), text[parter.end() :]
        is_whole = _fold(before) in wholes and _fold(before) != _fold(text)
        if parter.start() > _SHORTEST and (is_whole or (parter[0] != "-" and _is_own(after, own))):
            return before
    if (prefix := _PREFIX.match(text)) is not None and len(text) - prefix.end() > _SHORTEST:
        rest = text[prefix.end() :]
        is_whole = name in ("title", "h1") and _fold(rest) in wholes
        if is_whole or _fold(rest) in shared or _is_own(prefix[1], own):
            return rest
    if name == "h1" or ("«" in text and "»" in text):
        return text
    return _plain_suffix(text, _SITE_SUFFIX if name == "title" else _BAR_SUFFIX)


def _as_in_address(text: str, short: str, slug: frozenset[str]) -> str:
    """What is left of a title; what was cut off behind that, where its words are those of the address, and the others are not."""
    parter = _PARTER.match(text, len(short)) if short != text and text.startswith(short) else None
    rest = text[parter.end() :] if parter is not None else ""
    is_title = len(words(rest) & slug) >= _TOLD and not words(short) & slug
    return rest if is_title else short


def _plain_suffix(text: str, pattern: re.Pattern[str]) -> str:
    """A title without what stands behind its last parter; and behind the one before, where that is a bar as well."""
    short = pattern.sub("", text)
    return _BAR_SUFFIX.sub("", short) if short != text and "|" in text[len(short) :] else short


@lru_cache(maxsize=256)  # a page says its title in several places, and each is compared with all
def _fold(text: str) -> str:
    """A title as it compares: caseless, quotation marks and dashes plain, one way to space punctuation."""
    plain = " ".join(text.translate(_QUOTES).casefold().split())
    return re.sub(r"\s*([:;,.!?])\s*", r"\1 ", plain).strip()
