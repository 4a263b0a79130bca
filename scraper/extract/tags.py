"""The story's tags: out of keyword lists what is meant for readers, and the page's own list of topics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from selectolax.lexbor import LexborNode

from scraper import urls
from scraper.extract.document import Document, node_text, size, words
from scraper.extract.rules import Candidate

#: Tags that a story may have; longer lists are a site's index of topics.
MOST = 40
#: Links that are looked at, ways of marking them up, and characters of a class.
_LINKS, _SHAPES, _CLASS = 5000, 300, 200
#: Tags of a list that may be of any words.
_FEW = 2
#: Keywords of which a share is found in their story, if they are its own, and characters of one; its paragraphs that are looked at,
#: and keywords that are more than any story's.
_MANY, _SHARE, _STORY, _PARAGRAPHS, _TOO_MANY = 5, 0.25, 400, 400, 400
#: What is told to those who send letters, and measure readers.
_MAILED = frozenset({"sailthru.tags", "parsely-tags"})
#: Characters of one tag; what is longer is a headline.
_LONGEST = 60
#: Characters of the teaser of another story.
_TEASER = 600
#: Characters from which on a tag may be a headline.
_HEADLINE = 40
# What systems write into keyword lists for themselves: ids, places on the front page, labels with their field's name,
# hosts; and what is left of a character's name where the list was parted at its semicolon.
_MACHINE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{20,}|\d{4,}|https?://.*|@\S+|.*&(?:[a-z]{2,8}|#\d+)?|"
    r"(?:nlp |iab |sub)?(?:category|section|entity tokens?|keyword|type|author|channel|topic)s?\s*:.*",
    re.IGNORECASE,
)
# What sites call all that they have, caseless: a list of nothing else says nothing of the story.
_EVERYTHING = frozenset(
    (
        "news|breaking news|latest news|latest|news today|today news|today's news|top news|top stories|top story|headlines|news headlines|"
        "live news|online news|daily news|current affairs|breaking|nachrichten|news aktuell|aktuelle nachrichten|schlagzeilen|noticias|"
        "últimas noticias|noticias de hoy|notícias|últimas notícias|actualités|actualité|info|infos|notizie|ultime notizie|ultim'ora|nieuws|"
        "laatste nieuws|wiadomości|aktualności|новости|последние новости|новини|haber|haberler|son dakika|son dakika haberleri|berita|"
        "berita terkini|berita hari ini|أخبار|اخبار|آخر الأخبار|اخبار عاجلة|عاجل|ニュース|新闻|新聞|뉴스|समाचार|tin tức|nyheter|nyheder|zprávy|hírek|știri"
    ).split("|")
)
_TOPICS = (
    "/(?:tags?|topics?|themen?|temas?|schlagworte?|keywords?|tagged|hashtags?|etiquetas?|persone?n?|subjects?|dossiers?|argomenti|tagi|mots-cles|"
    "etiket(?:ler)?|etiketter|stikord|avainsanat|search/label)/"
)
_TOPIC = re.compile(_TOPICS + "|[?&]tags=")  # in lower case, which takes a third of the time
_TOPIC_PATH = re.compile(_TOPICS + "[^/]+/?$|/topics?/", re.IGNORECASE)
_TAG_CLASS = re.compile(
    r"(?:^|[\s_-])(?:article)?(?:tags?|topics?|keywords?|themen?|tagi|etiquetas?|etiket(?:ler)?|etiketter|schlag(?:worte?|wörter)|mots-?cles|tagiot|"
    r"palabras-?clave|palavras-?chave|parole-?chiave|trefwoorden|stikord|stitky|cimke[ks]?|klicova-?slova|avainsanat|hashtags?)(?:$|[\s_-])|"
    r"taglist|articletags?|basetags|newstags|posttags",
    re.IGNORECASE,
)
# What is printed before a list of tags.
_LABEL = re.compile(
    r"(?<!\w)(?:tags?|topics?|keywords?|filed under|labels?|etiquetas?|palabras clave|palavras-chave|marcadores|mots[ -]cl[ée]s|étiquettes|schlag(?:worte?|wörter)|"
    r"stichworte?|themen|temas|argomenti|parole chiave|trefwoorden|tagi|słowa kluczowe|štítky|címkék|etichete|etiketler|etiket|ετικέτες|теги|метки|тэги|"
    r"ключевые слова|мітки|тагове|ознаки|الوسوم|وسوم|الكلمات (?:الدلالية|المفتاحية|الدليلية)|كلمات مفتاحية|برچسب[\u200c ]?ها|کلیدواژه[\u200c ]?ها|תגיות|תגים|标签|標籤|关键词|關鍵字|"
    r"タグ|キーワード|태그|แท็ก|टैग्स?|từ khóa|chủ đề|tag terkait)\s*[:：]\s*$",
    re.IGNORECASE,
)
_LABELS = 40  # characters before a link in which one stands
#: Classes of items have their numbers and places in them.
_UNNUMBERED = dict.fromkeys(map(ord, "0123456789"))
_PLACE = re.compile(r"\b(?:even|odd|first|last)\b")
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
    return tuple(kept.values()) if not kept.keys() <= _EVERYTHING else ()


def fullest(
    told: Iterable[Candidate], printed: Iterator[Candidate], sections: set[str], document: Document
) -> Iterator[Candidate]:
    """The lists of all sources, first the first one, unless others know better: where no other source confirms a list, it may
    be cut short, or meant for other readers.

    ``told`` are those of the metadata; those ``printed`` on the page are looked for only where no more than the section is
    told.  What a machine has made of the story's words comes last.
    """
    lists = _folded(told, document)
    made = [each for each in lists if _is_made(*each, document)]
    lists = [each for each in lists if each not in made]
    if lists and _is_the_sites(*lists[0], document):
        del lists[0]
    if lists and lists[0][1] <= sections:
        lists += _folded(printed, document)
    if lists:
        yield _best(lists, sections)
    yield from printed
    yield from (each for each, _ in (*lists, *made))


def _best(lists: list[tuple[Candidate, set[str]]], sections: set[str]) -> Candidate:
    """The first list; where no other confirms it, the fullest that holds it and more than the section's name, else one that
    two others agree on."""
    best, first = lists[0]
    if any(tags == first for _, tags in lists[1:]):
        return best
    fuller = [each for each in lists if each[1] >= first and each[0].rule not in _MAILED]
    fullest, held = max(fuller, key=lambda each: len(each[1] - sections), default=lists[0])
    if held != first:
        return fullest
    agreed = (
        each
        for n, (each, tags) in enumerate(lists)
        if not tags - sections <= first and (tags in [other for _, other in lists[n + 1 :]])
    )
    return next(agreed, best)


def _folded(found: Iterable[Candidate], document: Document) -> list[tuple[Candidate, set[str]]]:
    lists = [(each, {tag.casefold() for tag in clean(each.value, document)}) for each in found]
    return [each for each in lists if each[1]]


def _is_made(found: Candidate, tags: set[str], document: Document) -> bool:
    """Whether a list has nothing but single words: of the page's title or address, or keywords as search engines like them."""
    if len(tags) <= _FEW or any(" " in tag for tag in tags):
        return False
    is_plain = (
        found.rule == "keywords"
        and found.source == "meta"
        and all(tag.isalpha() and tag.islower() for tag in found.value)
    )
    return is_plain or tags <= words(f"{document.title_element} {urls.path_of(document.url)}")


def _is_the_sites(found: Candidate, tags: set[str], document: Document) -> bool:
    """Whether keywords are those of all pages of their site: hardly one is in the story."""
    if found.rule != "keywords" or found.source != "meta" or len(tags) < _MANY:
        return False
    if len(tags) > _TOO_MANY:
        return True
    paragraphs = (node.text() for node in document.tree.css("p")[:_PARAGRAPHS])
    text = " ".join((document.title_element, *paragraphs)).casefold()
    return sum(tag in text for tag in tags) < _SHARE * len(tags) and len(text) >= _STORY


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
    labelled: set[int] = set()  # elements with a label of tags in them, before their links
    for anchor in document.tree.css("a[href]")[:_LINKS]:
        by_path = _leads_to_topic(anchor.attributes.get("href") or "")
        shape = _shape(anchor, outer)
        if shape not in tagged:
            tagged[shape] = any(map(_has_tag_class, shape))
        by_class = tagged[shape] or _is_labelled(anchor, labelled)
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


def _is_labelled(anchor: LexborNode, labelled: set[int]) -> bool:
    """Whether a word for tags stands before a link, or before one that it stands beside.  ``labelled`` remembers where."""
    parent, before = anchor.parent, anchor.prev
    if parent is None or parent.mem_id in labelled:
        return parent is not None
    if before is not None and before.is_text_node and not before.text().strip():
        before = before.prev
    if before is None or before.tag == "a":
        return False
    said = before.text()[-_LABELS:]
    if not said.rstrip().endswith((":", "：")):
        return False
    if _LABEL.search(said) is not None:
        labelled.add(parent.mem_id)
    return parent.mem_id in labelled


@lru_cache(maxsize=8192)  # the pages of a site have the same classes
def _has_tag_class(look: str) -> bool:
    return _TAG_CLASS.search(look) is not None


def _leads_to_topic(href: str) -> bool:
    # Looked for in the whole address first: taking its path out costs ten times as much.
    found = _TOPIC.search(href.lower())
    return found is not None and (found[0].endswith("=") or _TOPIC_PATH.search(urls.path_of(href)) is not None)


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
    return _PLACE.sub("", classes[:_CLASS].translate(_UNNUMBERED))


def _is_chrome(anchor: LexborNode) -> bool:
    """Whether a link stands in a menu, in running text, or in the teaser of another story."""
    here, depth = anchor.parent, 0
    while here is not None and here.tag != "body":
        is_footer = here.tag == "footer" and _is_in_story(here)
        if not is_footer and (here.tag in _CHROME or (here.tag == "header" and here.css_first("h1") is None)):
            return True
        if depth < 2 and here.css_first("h2, h3, h4, img, time") is not None and _is_teaser(here):
            return True
        here, depth = here.parent, depth + 1
    return False


def _is_teaser(box: LexborNode) -> bool:
    """Whether a box with a heading or a picture is small, and has not the story's own heading in it."""
    return size(box.text()) <= _TEASER and box.css_first("h1") is None


def _is_in_story(node: LexborNode) -> bool:
    """Whether an element stands in the article that has the page's heading."""
    here = node.parent
    while here is not None and here.tag != "article":
        here = here.parent
    return here is not None and here.css_first("h1") is not None
