"""The title of a page without rules: what most of its own words for it agree on.

JSON-LD, OpenGraph, the title element and the headings each have it, each in its own dress: with
the site's name behind it, a kicker before it, other quotation marks.  Alone none is right on
more than four pages of five; together they are on seven of eight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from selectolax.lexbor import LexborNode

from scraper import urls
from scraper.extract import structured, tags
from scraper.extract.document import Document, node_text
from scraper.extract.rules import Candidate

#: What a source's word counts.  Of what most sources say alike, the first of them that says so is quoted.
_WEIGHTS = {"headline": 1.5, "h1": 1.5, "og:title": 1.0, "twitter:title": 0.5, "title": 0.5}
_ORDER = ("headline", "h1", "og:title", "twitter:title", "title")
#: Where there is no JSON-LD, OpenGraph is the publisher's own word.
_OG_ALONE = 2.0
_PARTER = re.compile(r"\s*[|•·»–—ㅣ：_-]\s*|\s*[（(](?=[^（）()]{2,40}[)）]$)")
_SITE_SUFFIX = re.compile(r"\s+(?:[|•·»–—ㅣ]|-)\s+[^|•·»–—ㅣ]{2,60}$")
_BAR_SUFFIX = re.compile(r"\s+\|\s+[^|]{2,40}$")
_PREFIX = re.compile(r"([^:|•·»–—-]{2,60}?)\s*(?::|[|•·»–—]|\s-)\s+")
_QUOTES = str.maketrans("’‘“”„«»–—", '\'\'"""""--')
#: Characters of a title; what is longer is an element that was never closed.
_LONGEST = 500
#: Characters of a title before which no suffix begins.
_SHORTEST = 8


def agreed(document: Document) -> Iterator[Candidate]:
    """The title that has the most votes, then the others in the order of their votes."""
    said = _said(document)
    others = (text for name in ("headline", "dc.title") for text in document.meta.get(name, []))
    wholes = {_fold(text) for text in (*(text for name, text in said if name != "title"), *others)}
    own = _own_names(document)
    votes: dict[str, dict[str, str]] = {}
    for name, text in said:
        short = _without_suffix(text, name, wholes, own)
        votes.setdefault(_fold(short), {}).setdefault(name, short)
    weights = _WEIGHTS if any(name == "headline" for name, _ in said) else _WEIGHTS | {"og:title": _OG_ALONE}
    order = _ORDER if weights is _WEIGHTS else ("og:title", *_ORDER)
    for texts in sorted(votes.values(), key=lambda each: -sum(weights[name] for name in each)):
        name = next(name for name in order if name in texts)
        yield Candidate(_SOURCES[name], name, [texts[name]])


_SOURCES = {"headline": "json-ld", "h1": "page", "og:title": "meta", "twitter:title": "meta", "title": "page"}


def _said(document: Document) -> list[tuple[str, str]]:
    headline = next(
        (each for each in structured.json_ld_candidates(document, "title") if each.rule == "headline"), None
    )
    said = [("headline", headline.value[0])] if headline else []
    said += [(name, document.meta[name][0]) for name in ("og:title", "twitter:title") if name in document.meta]
    said += [("title", document.title_element)] if document.title_element else []
    said += [("h1", text) for node in document.headings if (text := node_text(node)) and not _is_home(node, document)]
    return [(name, text) for name, text in said if len(text) <= _LONGEST]


def _is_home(heading: LexborNode, document: Document) -> bool:
    """Whether a heading is the site's name, as on old blogs: linked to its home, and no more than that link."""
    anchor = heading.css_first("a[href]")
    if anchor is None or node_text(anchor) != node_text(heading):
        return False
    url = document.link(anchor.attributes.get("href"))
    return url is not None and urls.path_of(url) == "/" and "?" not in url and urls.path_of(document.url) != "/"


def _own_names(document: Document) -> set[str]:
    """What the site calls itself, and its host with and without its end, as they compare."""
    host = urls.site_host(urls.host_of(document.url))
    homes = (node_text(node) for node in document.headings if _is_home(node, document))
    return {_fold(name) for name in (*tags.publishers(document), *homes, host, host.partition(".")[0])}


def _without_suffix(text: str, name: str, wholes: set[str], own: set[str]) -> str:
    """The title without the site's name behind it: where another source has just what is left, where it is the name that
    the site gives itself, else by its look."""
    for parter in _PARTER.finditer(text):
        before, after = text[: parter.start()].strip(), text[parter.end() :]
        is_whole = _fold(before) in wholes and _fold(before) != _fold(text)
        if parter.start() > _SHORTEST and (is_whole or (parter[0] != "-" and _fold(after) in own)):
            return before
    if (prefix := _PREFIX.match(text)) and _fold(prefix[1]) in own and len(text) - prefix.end() > _SHORTEST:
        return text[prefix.end() :]
    pattern = _SITE_SUFFIX if name == "title" else _BAR_SUFFIX if name != "h1" else None
    return pattern.sub("", text) if pattern else text


@lru_cache(maxsize=256)  # a page says its title in several places, and each is compared with all
def _fold(text: str) -> str:
    """A title as it compares: caseless, quotation marks and dashes plain, one way to space punctuation."""
    plain = " ".join(text.translate(_QUOTES).casefold().split())
    return re.sub(r"\s*([:;,.!?])\s*", r"\1 ", plain).strip()
