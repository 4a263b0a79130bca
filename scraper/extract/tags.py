"""The story's tags: out of keyword lists what is meant for readers, and the page's own list of topics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from selectolax.lexbor import LexborNode

from scraper import urls
from scraper.extract.document import Document, node_text
from scraper.extract.rules import Candidate

#: Tags that a story may have; longer lists are a site's index of topics.
MOST = 40
#: Links that are looked at, ways of marking them up, and characters of a class.
_LINKS, _SHAPES, _CLASS = 5000, 300, 200
#: Characters of one tag; what is longer is a headline.
_LONGEST = 60
#: Characters from which on a tag may be a headline.
_HEADLINE = 40
# What systems write into keyword lists for themselves: ids, places on the front page, labels with their field's name,
# hosts; and what is left of a character's name where the list was parted at its semicolon.
_MACHINE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{20,}|\d{4,}|https?://.*|@\S+|.*&(?:[a-z]{2,8}|#\d+)?|"
    r"(?:nlp |iab |sub)?(?:category|section|entity tokens?|keyword|type|author|channel|topic)s?\s*:.*",
    re.IGNORECASE,
)
_TOPICS = "/(?:tags?|topics?|themen?|temas?|schlagworte?|keywords?|tagged|hashtags?|etiquetas?|persone?n?|subjects?|dossiers?|argomenti|tagi|mots-cles|search/label)/"
_TOPIC = re.compile(_TOPICS)  # in lower case, which takes a third of the time
_TOPIC_PATH = re.compile(_TOPICS + "[^/]+/?$|/topics?/", re.IGNORECASE)
_TAG_CLASS = re.compile(
    r"(?:^|[\s_-])(?:article)?(?:tags?|topics?|keywords?|themen?|tagi|etiquetas?|etiketler|schlagworte?|mots-?cles)(?:$|[\s_-])|taglist|articletags?",
    re.IGNORECASE,
)
#: Classes of items have their numbers in them.
_UNNUMBERED = dict.fromkeys(map(ord, "0123456789"))
_CHROME = frozenset({"nav", "footer", "aside", "p", "h1", "h2", "h3", "h4", "figure"})


def clean(found: Iterable[str], document: Document) -> tuple[str, ...]:
    """The tags of a list that say something of the story; each once, compared without case."""
    host = urls.host_of(document.url)
    own = {name.casefold() for name in publishers(document)} | {host, urls.site_host(host)}
    kept: dict[str, str] = {}
    for tag in found:
        text = tag.strip(" #,;")
        if text and text.casefold() not in own and not _MACHINE.fullmatch(text) and not _is_title(text, document):
            kept.setdefault(text.casefold(), text)
    return tuple(kept.values())


def _is_title(tag: str, document: Document) -> bool:
    """Whether a tag is the story's title once more."""
    return len(tag) >= _HEADLINE and tag.casefold() in document.title_element.casefold()


def publishers(document: Document) -> set[str]:
    """What the site calls itself: in OpenGraph, and as publisher in JSON-LD."""
    names = set(document.meta.get("og:site_name", []))
    for node in document.json_ld:
        publisher = node.get("publisher")
        for each in publisher if isinstance(publisher, list) else [publisher]:
            name = each.get("name") if isinstance(each, dict) else each
            if isinstance(name, str) and name:
                names.add(name)
    return names


def listed(document: Document) -> Iterator[Candidate]:
    """The page's list of topics: links that stand in the same markup, lead to topics, and are no teasers."""
    groups: dict[tuple[str, ...], list[str]] = {}
    scores: dict[tuple[str, ...], int] = {}
    chrome: set[tuple[str, ...]] = set()
    outer: dict[int, tuple[str, ...]] = {}  # shapes by the element that holds the link
    tagged: dict[tuple[str, ...], bool] = {}  # shapes with the class of a tag
    for anchor in document.tree.css("a[href]")[:_LINKS]:
        by_path = _leads_to_topic(anchor.attributes.get("href") or "")
        shape = _shape(anchor, outer)
        if shape not in tagged:
            tagged[shape] = any(map(_has_tag_class, shape))
        by_class = tagged[shape]
        if not (by_path or by_class) or shape in chrome:
            continue
        if shape not in groups and (len(groups) + len(chrome) >= _SHAPES or _is_chrome(anchor)):
            chrome.add(shape)
            continue
        text = node_text(anchor)
        if text and len(text) <= _LONGEST:
            groups.setdefault(shape, []).append(text)
            scores[shape] = max(scores.get(shape, 0), 2 * by_class + by_path)
    lists = {shape: texts for shape, texts in groups.items() if len(texts) <= MOST}
    if lists:
        best = max(lists, key=lambda shape: (scores[shape], len(lists[shape])))
        yield Candidate("page", "topic links", lists[best])


@lru_cache(maxsize=8192)  # the pages of a site have the same classes
def _has_tag_class(look: str) -> bool:
    return _TAG_CLASS.search(look) is not None


def _leads_to_topic(href: str) -> bool:
    # Looked for in the whole address first: taking its path out costs ten times as much.
    return _TOPIC.search(href.lower()) is not None and _TOPIC_PATH.search(urls.path_of(href)) is not None


def _shape(anchor: LexborNode, outer: dict[int, tuple[str, ...]]) -> tuple[str, ...]:
    """The markup that a link stands in: tags and classes, outward.  ``outer`` remembers those of its parents."""
    parent = anchor.parent
    if parent is None:
        return (_look(anchor),)
    if parent.mem_id not in outer:
        shape: list[str] = []
        here: LexborNode | None = parent
        while here is not None and len(shape) < 3:
            shape.append(_look(here))
            here = here.parent
        outer[parent.mem_id] = tuple(shape)
    return (_look(anchor), *outer[parent.mem_id])


def _look(node: LexborNode) -> str:
    classes = node.attributes.get("class")
    return f"{node.tag} {_unnumbered(classes)}" if classes else f"{node.tag} "


@lru_cache(maxsize=8192)
def _unnumbered(classes: str) -> str:
    return classes[:_CLASS].translate(_UNNUMBERED)


def _is_chrome(anchor: LexborNode) -> bool:
    """Whether a link stands in a menu, in running text, or in the teaser of another story."""
    here, depth = anchor.parent, 0
    while here is not None and here.tag != "body":
        is_footer = here.tag == "footer" and _is_in_story(here)
        if not is_footer and (here.tag in _CHROME or (here.tag == "header" and here.css_first("h1") is None)):
            return True
        if depth < 2 and here.css_first("h2, h3, h4, img, time") is not None:
            return True
        here, depth = here.parent, depth + 1
    return False


def _is_in_story(node: LexborNode) -> bool:
    """Whether an element stands in the article that has the page's heading."""
    here = node.parent
    while here is not None and here.tag != "article":
        here = here.parent
    return here is not None and here.css_first("h1") is not None
