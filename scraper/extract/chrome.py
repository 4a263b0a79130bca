"""What stands around a story in its own column, known by the words that publishers mark it with.

For pages without rules: related boxes, newsletter forms, captions, paywall notices, text for screen
readers.  A mark proves nothing alone, for some sites wrap the story itself in such a class; so what
holds much of the page's prose, or its heading, stays.
"""

from __future__ import annotations

import re
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.extract.document import PROSE, Document, ends_a_sentence, node_text, outermost, reaches, sums

#: Words in classes, by their first letters: so the search takes half the time.  Looked for once in each class of the page, which
#: costs less than a selector for each word.
_MARK = re.compile(
    r"a(?:uthor-bio|uthor-?box|dvert)|b(?:readcrumb|anner|aca-?juga|ildunterschrift|ildtext)|"
    r"co(?:pyright|mment|okie|mentari)|cta(?<![a-z]cta)(?![a-z])|caption|cutline|di(?:sclaimer|dascalia)|f(?:act-?box|urther-reading)|"
    r"i(?:nfobox|nline-story|mg[-_]?desc|mage[-_]?desc)|kom(?:mentar|entar)|l(?:ihatjg|eia-?(?:mais|tambem)|eggi-?anche|ees-?ook|ire-?aussi)|"
    r"most-read|newsletter|outbrain|p(?:romo|aywall|iano-|hoto[-_]?desc|ic[-_]?desc|icture[-_]?desc|ie-?(?:de-?)?foto|owi[aą]zan|ublicidad)|"
    r"re(?:gwall|lated|commend|ad-?more|ad-also|lacionad|klam)|s(?:ubscri(?!ber[-_]?(?:only|preview|content))|hare|ocial|ponsor|ign-?up)|"
    r"t(?:easer|aboola|rending)|verwandt"
)
# What systems call the text under a picture.
_CAPTION = re.compile(
    r"caption|cutline|(?:img|image|photo|pic|picture)[-_]?desc|bildunterschrift|bildtext|didascalia|pie-?(?:de-?)?foto"
)
#: What systems call the boxes that stand beside a story; a pattern.
BESIDE = "related|sidebar|rail|ticker|most-?read|teasers?|trending|recommended"
_ONWARD, _LINKS = re.compile(r"related|read-?more|read-also|recommend|further-reading|inline-story"), 50
_UNSEEN = re.compile(r"screen-?reader|sr-only|visually-?hidden")
_MARKED = (
    "dl, table, aside, nav, footer, figcaption, dialog, button, [role=complementary], [role=dialog], [aria-hidden=true]"
)
#: Pictures with their captions on old pages, and characters of one.
_FRAMES, _LINE = frozenset({"dl", "table"}), 200
#: The share of the page's prose that one marked element may hold and still be chrome.
_MOST = 0.2
#: Elements of each kind that are looked at; a page with more is no story's.
_NODES = 1000
_FRAME = frozenset({"html", "body", "main", "article", "h1", "p"})
_INLINE = frozenset("a abbr b button cite em font i mark small span strong sub sup u".split())
_SENTENCE, _SHORTEST = (
    30,
    10,
)  # characters around an inline element that make it a part of theirs, and in a whole sentence


def clear(document: Document) -> list[tuple[str, str]]:
    """Take the chrome out of the page's tree; the links (href, text) of boxes in the story that lead on to others."""
    tree, _ = document.tree, document.json_ld  # read from the scripts before they go
    for node in tree.css("script, style, template"):
        node.decompose()
    paragraphs = [(node, length) for node in tree.css("p") if (length := _prose(node))]
    prose, most = sums(paragraphs), _MOST * sum(length for _, length in paragraphs)
    story = sums((node, 1) for node in tree.css("h1, article, main"))
    marked, unseen = _by_class(tree)
    lengths: dict[int, int] = {}  # of paragraphs, by which several marks in one are judged
    found = tree.css(_MARKED)[:_NODES]  # in one search, which goes through the whole page
    boxes = [node for node in found if node.tag not in _FRAMES] + marked[:_NODES]
    small = (node for node in boxes if node.mem_id not in story and prose.get(node.mem_id, 0) <= most)
    doomed = [node for node in small if _is_chrome(node, lengths)]
    doomed += [node for node in found if node.tag in _FRAMES and _is_framed_picture(node)]
    doomed += [node for node in unseen[:_NODES] if is_label(node)]
    onward: list[tuple[str, str]] = []
    for node in outermost(doomed):
        if len(onward) < _LINKS and _leads_on(node):
            onward += [
                (anchor.attributes.get("href") or "", node_text(anchor)) for anchor in node.css("a[href]")[:_LINKS]
            ]
        node.decompose()
    return onward


def is_for_screen_readers(classes: str) -> bool:
    """Whether a class attribute marks what is not to be seen."""
    marks = _marks(classes)
    return marks is not None and marks[1]


def is_label(node: LexborNode) -> bool:
    """Whether an element has less text than a paragraph of prose."""
    return len(node.text()) <= PROSE


def _is_framed_picture(node: LexborNode) -> bool:
    """Whether a list or table is there for a picture and the line below it, as before there were figures."""
    rows = len(node.css("img"))
    return rows > 0 and len(node.css("td, dd, dt")) <= 2 * rows and len(node.text(strip=True)) <= _LINE * rows


def _leads_on(node: LexborNode) -> bool:
    """Whether a box is about other stories, and stands in this one's column."""
    here: LexborNode | None = node
    if _ONWARD.search((node.attributes.get("class") or "").lower()) is None:
        return False
    while here is not None and here.tag not in ("article", "main"):
        here = here.parent
    return here is not None


def _by_class(tree: LexborHTMLParser) -> tuple[list[LexborNode], list[LexborNode]]:
    """The elements with a class that marks chrome, and those with one that marks text for screen readers."""
    nodes = tree.css("[class]")
    classes = [node.attrs.get("class") for node in nodes]
    marks = {each: found for each in set(classes) if (found := _marks(each))}  # a page has few of them, time and again
    told = [(node, marks[each]) for node, each in zip(nodes, classes, strict=True) if each in marks]
    return [node for node, (is_marked, _) in told if is_marked], [node for node, (_, is_unseen) in told if is_unseen]


@lru_cache(maxsize=8192)  # the pages of a site have the same classes
def _marks(classes: str | None) -> tuple[bool, bool] | None:
    """Whether what stands in a class attribute marks chrome, and whether text for screen readers; None for neither."""
    lower = (classes or "").lower()
    marks = _MARK.search(lower) is not None, _UNSEEN.search(lower) is not None
    return marks if any(marks) else None


def _is_chrome(node: LexborNode, lengths: dict[int, int]) -> bool:
    """Whether a marked element is chrome: neither a part of the story's frame nor of a sentence."""
    tag = node.tag
    return tag not in _FRAME and not (tag in _INLINE and _is_in_a_sentence(node, lengths))


def _is_in_a_sentence(node: LexborNode, lengths: dict[int, int]) -> bool:
    """Whether an inline element is a part of a paragraph that says more."""
    classes = (node.attributes.get("class") or "").lower()
    if "caption" in classes or "copyright" in classes or _CAPTION.search(classes):
        return False
    here = node.parent
    while here is not None and here.tag in _INLINE:
        here = here.parent
    if here is None or here.tag not in ("p", "li"):
        return False
    if here.mem_id not in lengths:
        lengths[here.mem_id] = len(here.text())
    fewest = _SHORTEST if node.tag == "button" and ends_a_sentence(here.text()) else _SENTENCE
    return lengths[here.mem_id] - len(node.text()) >= fewest


def _prose(node: LexborNode) -> int:
    text = node.text()
    return len(text) if reaches(text, PROSE) else 0
