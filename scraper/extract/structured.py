"""Structured data: JSON-LD (schema.org), meta elements (OpenGraph, article:, Dublin Core …), microdata.

Each reader gives, for a field, what its source says; none of them decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborNode

from scraper import urls
from scraper.extract.document import Document, count_words, node_text, tidy
from scraper.extract.rules import Candidate

# schema.org types of stories, by the kind of record that they make.
STORY_TYPES = {
    "newsarticle": "article", "article": "article", "reportagenewsarticle": "article", "analysisnewsarticle": "article",
    "opinionnewsarticle": "article", "backgroundnewsarticle": "article", "reviewnewsarticle": "article",
    "askpublicnewsarticle": "article", "advertisercontentarticle": "article", "satiricalarticle": "article",
    "report": "article", "scholarlyarticle": "article", "techarticle": "article", "blogposting": "article",
    "socialmediaposting": "article", "review": "article", "liveblogposting": "live", "videoobject": "video",
    "imagegallery": "gallery", "mediagallery": "gallery",
}  # fmt: skip

#: What OpenGraph calls an article.
ARTICLE_TYPES = frozenset({"article", "news", "blog", "story"})
_META = {
    "title": ("og:title", "twitter:title", "dc.title", "dcterms.title", "parsely-title", "sailthru.title", "title", "headline"),
    "summary": ("og:description", "description", "twitter:description", "dc.description"),
    "authors": ("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "articleauthor", "byl"),
    "published": (
        "article:published_time", "article:published", "og:published_time", "datepublished", "parsely-pub-date",
        "sailthru.date", "publish-date", "publishdate", "publish_date", "pubdate", "dc.date.issued", "dcterms.created",
        "dc.date.created", "dc.date", "dcterms.date", "article.published", "cxenseparse:recs:publishtime", "date",
    ),
    "modified": ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "last-modified", "lastmod"),
    "section": ("article:section", "og:section", "parsely-section", "section", "dc.subject"),
    "tags": ("article:tag", "news_keywords", "keywords", "parsely-tags", "sailthru.tags"),
    "paywalled": ("article:content_tier",),
}  # fmt: skip

_JSON_LD = {
    "title": ("headline", "name"), "summary": ("description",), "published": ("datePublished", "uploadDate"),
    "modified": ("dateModified",), "section": ("articleSection",), "tags": ("keywords",), "language": ("inLanguage",),
}  # fmt: skip


#: What an object that is the page as such knows of the story; its name has the site's behind it, its author has put it there.
_OF_PAGES = frozenset({"published", "modified", "language"})


def types_of(node: dict[str, Any]) -> list[str]:
    """The node's schema.org types in lower case, without their prefix."""
    said = node.get("@type")
    several = said if isinstance(said, list) else [said]
    return [each.rpartition("/")[2].rpartition(":")[2].lower() for each in several if isinstance(each, str)]


def story_node(document: Document) -> dict[str, Any] | None:
    """The JSON-LD object that is about this page's story, not about a neighbour."""
    if document.story is None:
        document.story = (_story_node(document),)
    return document.story[0]


def _story_node(document: Document) -> dict[str, Any] | None:
    best, best_score = None, 0
    for node in document.json_ld:
        kinds = [STORY_TYPES[kind] for kind in types_of(node) if kind in STORY_TYPES]
        if not kinds:
            continue
        is_about = _is_about(node, document.url)
        if kinds[0] == "video" and not is_about and og_type(document) in ARTICLE_TYPES:
            continue  # of a clip beside the text
        score = 2 if kinds[0] != "video" else 1
        score += 4 * is_about + 2 * ("datePublished" in node) + ("headline" in node)
        if score > best_score:
            best, best_score = node, score
    return best or next((node for node in document.json_ld if _is_dated_page(node, document.url)), None)


def _is_dated_page(node: dict[str, Any], url: str) -> bool:
    """Whether an object is this page as such, and knows its date: all that some systems say of their stories."""
    return "webpage" in types_of(node) and "datePublished" in node and _is_about(node, url)


def og_type(document: Document) -> str:
    """What OpenGraph says that the page is, in lower case."""
    return (document.meta.get("og:type") or [""])[0].lower()


def _is_about(node: dict[str, Any], url: str) -> bool:
    main = node.get("mainEntityOfPage")
    said = [node.get("url"), node.get("@id"), main.get("@id") if isinstance(main, dict) else main]
    return any(isinstance(each, str) and urls.page_key(each) == urls.page_key(url) for each in said)


def json_ld_candidates(document: Document, field: str) -> Iterator[Candidate]:
    """What the page's JSON-LD says of a field: each value a list of texts."""
    node = story_node(document)
    if node is None or (field not in _OF_PAGES and "webpage" in types_of(node)):
        return
    if field == "authors":
        for key in ("author", "creator"):
            if names := _names(node.get(key), document):
                yield Candidate("json-ld", key, names)
    elif field == "paywalled":
        # Of a part of the page, where the page itself says nothing.
        part = node.get("hasPart")
        told = [each for each in [node, *(part if isinstance(part, list) else [part])] if isinstance(each, dict)]
        said = (str(each["isAccessibleForFree"]) for each in told if "isAccessibleForFree" in each)
        free = next(said, "").strip().lower().rpartition("/")[2]
        if free in ("true", "false"):
            yield Candidate("json-ld", "isAccessibleForFree", [str(free == "false").lower()])
    elif field == "body" and isinstance(node.get("articleBody"), str):
        yield Candidate("json-ld", "articleBody", [node["articleBody"]])
    for key in _JSON_LD.get(field, ()):
        if texts := _texts(node.get(key), split=field == "tags"):
            yield Candidate("json-ld", key, texts)


def word_counts(document: Document) -> Iterator[tuple[str, int]]:
    """How many words the story's JSON-LD says that it has, by its count or in its text."""
    node = story_node(document) or {}
    count = str(node.get("wordCount") or "")
    if count.isascii() and count.isdigit():
        yield "wordCount", int(count[:9])
    if isinstance(text := node.get("articleBody"), str):
        yield "articleBody", count_words(text)


#: What parts one keyword from the next, in Arabic and Chinese too.
SEPARATORS = re.compile("[,;،，、；]")
_SEMICOLON = re.compile(r"[;；](?:\s|$)")


def keywords(text: str) -> list[str]:
    """The keywords of a list; where semicolons part them, commas do not: a name may have the surname first."""
    semicolons, commas = len(_SEMICOLON.findall(text)), text.count(",")
    return _SEMICOLON.split(text) if semicolons and semicolons >= commas else SEPARATORS.split(text)


_MARKUP = re.compile(
    r"</?(?:a|b|i|u|em|strong|p|br|span|div|sub|sup|h[1-6]|ul|ol|li|small|mark)(?:\s+[\w-]+\s*=[^<>]*)?\s*/?>",
    re.IGNORECASE,
)


def _texts(value: Any, *, split: bool = False) -> list[str]:
    several = value if isinstance(value, list) else [value]
    found = [_unescape(each.get("name") if isinstance(each, dict) else each) for each in several]
    if split:
        found = [part for each in found for part in keywords(each)]
    return [tidy(each) for each in found if tidy(each)]


def _names(value: Any, document: Document) -> list[str]:
    """Names of people; an object's name may itself be an object or a list, or stand with the object of the same ``@id``
    elsewhere on the page (JSON-LD 1.1, "node identifiers")."""
    several = value if isinstance(value, list) else [value]
    names: list[str] = []
    for each in several:
        if isinstance(each, dict):
            names += _names(each.get("name") or document.names.get(str(each.get("@id"))), document)
        elif isinstance(each, str):
            names.append(_unescape(each))
    return [name for name in map(tidy, names) if name]


def _unescape(value: Any) -> str:
    import html

    text = str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
    text = html.unescape(text) if "&" in text else text
    return _MARKUP.sub(" ", text) if "<" in text and _MARKUP.search(text) else text


def meta_candidates(document: Document, field: str) -> Iterator[Candidate]:
    """What the page's meta elements say of a field."""
    for name in _META.get(field, ()):
        found = document.meta.get(name)
        if not found:
            continue
        if field == "tags":
            parts = [tidy(part) for text in found for part in keywords(text)]
            yield Candidate("meta", name, [part for part in parts if part])
        elif field == "paywalled":
            yield Candidate("meta", name, [str(found[0].lower() in ("locked", "metered", "paid")).lower()])
        else:
            yield Candidate("meta", name, found)


_MICRODATA = {
    "title": "headline",
    "published": "datePublished",
    "modified": "dateModified",
    "authors": "author",
    "section": "articleSection",
}


def microdata_candidates(document: Document, field: str) -> Iterator[Candidate]:
    """What the page's microdata says of a field (itemprop on visible elements)."""
    name = _MICRODATA.get(field)
    if name is None:
        return
    found = []
    nodes = [(node, _scope(node)) for node in document.properties.get(name, [])]
    # Of the item that holds the page's heading, else of the first.
    own = _scopes_of_heading(document) if nodes else set()
    scope = next((each for _, each in nodes if each in own), nodes[0][1] if nodes else None)
    for node, its_scope in nodes:
        if its_scope != scope:
            continue  # of another item: a comment, or a teaser of another story
        inner = node.css_first('[itemprop="name"]') or node
        value = inner.attributes.get("content") or inner.attributes.get("datetime") or node_text(inner)
        if value and len(value) < 400:
            found.append(tidy(value))
    if found:
        yield Candidate("microdata", name, found if field == "authors" else found[:1])


def _scopes_of_heading(document: Document) -> set[int]:
    """The items that the page's heading stands in."""
    found: set[int] = set()
    here = document.tree.css_first("h1")
    while here is not None:
        if "itemscope" in here.attributes:
            found.add(here.mem_id)
        here = here.parent
    return found


def _scope(node: LexborNode) -> int | None:
    """The identity of the item that a property belongs to (HTML standard, "microdata")."""
    here = node.parent
    while here is not None and "itemscope" not in here.attributes:
        here = here.parent
    return here.mem_id if here is not None else None
