"""One page, parsed once: its tree, its meta elements, the JSON in its scripts."""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Container, Iterable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper import languages, urls

# What no text may hold (XML 1.0, "Char"): control characters, and what a headline cut in mid-emoji leaves.
_UNFIT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
#: HTML white space (not NBSP, which authors mean) other than one space between words.
_SPACES = "\n\t\r\f\u2028\u2029"
#: What is cut off both ends of a text.
EDGES = " \t\n\r\f\u00a0\u200b\u200c\ufeff\u2028\u2029"


def tidy(text: str | None) -> str:
    """Text as printed, with HTML white space folded and the edges cut clean."""
    if not text:
        return ""
    if text.isascii():  # the same, and quicker
        if not text.isprintable():
            return " ".join(fit(text).split())
        return " ".join(text.split()) if "  " in text else text.strip(" ")
    return folded(fit(text)).strip(EDGES)


def fit(text: str) -> str:
    """A text without the characters that none may hold."""
    return text if text.isprintable() else _UNFIT.sub("", text)  # the search takes ten times as long


def folded(text: str) -> str:
    """A text with each run of HTML white space as one space; most have little to fold, which is soon seen."""
    for space in _SPACES:
        if space in text:
            text = text.replace(space, " ")
    while "  " in text:  # each time half of what is too many
        text = text.replace("  ", " ")
    return text


def node_text(node: LexborNode) -> str:
    """An element's text, tidy; words in neighbouring blocks are kept apart."""
    child = node.first_child
    # Nearly all that is read is plain text, and a search costs ten times as much as to see that.
    if child is None or (child.next is None and child.is_text_node) or node.css_first(_TO_WALK) is None:
        return tidy(node.text())
    return tidy("".join(_spaced(node)))


_BLOCKS = frozenset("address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li "
                    "main nav ol p pre section table td th tr ul".split())  # fmt: skip
_UNREAD = frozenset("script style template noscript svg".split())
#: What makes the text of an element more than its texts in a row.
_TO_WALK = ", ".join(("span + span", *sorted({"br", "p", "div", "li", "td", "h2", "h3"} | _UNREAD)))


def _spaced(root: LexborNode) -> Iterator[str]:
    """The texts inside an element, blocks kept apart, and what is no text left out."""
    inside: list[tuple[LexborNode, LexborNode | None]] = []
    here: LexborNode | None = root.first_child
    while here is not None or inside:
        if here is None:
            left, here = inside.pop()
            if left.tag in _BLOCKS:
                yield " "
            continue
        node, here = here, here.next
        if node.is_text_node:
            yield node.text_content or ""
        elif node.is_element_node and node.tag not in _UNREAD:
            if node.tag in _BLOCKS or _is_apart(node):
                yield " "
            inside.append((node, here))
            here = node.first_child


def _is_apart(node: LexborNode) -> bool:
    """Whether a span right behind another one begins something new, as a headline does behind its kicker."""
    before = node.prev
    if node.tag != "span" or before is None or before.tag != "span":
        return False
    left, right = (before.text() or "").strip(), (node.text() or "").strip()
    return len(left) > 1 and left[-1].isalnum() and right[:1].isupper()


_UNSPACED = re.compile(f"[{languages.SPACELESS}]")
#: How many of them make a word: two in Chinese and Japanese, some more in Thai.
_LETTERS = 2


def count_words(text: str) -> int:
    """How many words a text has, also where its script has no spaces."""
    spaced = len(text.split())
    return spaced if text.isascii() else spaced + len(_UNSPACED.findall(text)) // _LETTERS


# Letters that say as much as two or three of other scripts: kana, Han, Hangul.
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


def size(text: str) -> int:
    """How long a text is, in characters of scripts with letters for sounds: what tells prose from labels."""
    length = len(text)
    # In UTF-8 such letters take three bytes, and others two at most but for those of India and Thailand.
    return length if text.isascii() or len(text.encode()) < 2 * length else length + len(_DENSE.findall(text))


def reaches(text: str, length: int) -> bool:
    """Whether a text is at least so long by its :func:`size`; of most it is seen at once."""
    return len(text) >= length or (2 * len(text) >= length and size(text) >= length)


#: Characters of a paragraph of prose; labels, captions and headlines have fewer.
PROSE = 80
# What a sentence ends with, and what may stand behind that.
_SENTENCE_END = re.compile(r"[.!?…:;\"”“»’')\]。！？؟।]\s*$")


def ends_a_sentence(text: str) -> bool:
    """Whether a text ends as sentences do."""
    return _SENTENCE_END.search(text[-20:]) is not None


def is_prose(text: str) -> bool:
    """Whether a text is a paragraph of prose: long enough, and ended as sentences are."""
    return reaches(text, PROSE) and ends_a_sentence(text)


def letters(text: str) -> str:
    """A text without white space and punctuation, caseless, to compare it with the same elsewhere."""
    return re.sub(r"\W+", "", text.casefold())


def key(text: str) -> str:
    """A text as it compares: its words, caseless."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def words(text: str) -> frozenset[str]:
    """The words of a text, caseless, to compare it with another."""
    return frozenset(re.findall(r"\w+", text.casefold()))


def outermost(nodes: Iterable[LexborNode]) -> list[LexborNode]:
    """The nodes that are not inside another of them, each once."""
    found = {node.mem_id: node for node in nodes}
    return [node for node in found.values() if not is_inside_any(node, found)]


def is_inside_any(node: LexborNode, others: Container[int]) -> bool:
    """Whether a node is below one of others, which are named by their ``mem_id``."""
    here = node.parent
    while here is not None:  # and not by `outward`, for this is asked of hundreds of nodes
        if here.mem_id in others:
            return True
        here = here.parent
    return False


def sums(weighed: Iterable[tuple[LexborNode, int]]) -> dict[int, int]:
    """What the elements around some nodes hold of their weights, by ``mem_id``: of elements that hold the same, the inner one
    stands first.  Goes through each element once, however many nodes are in it."""
    held: dict[int, int] = {}
    chains: list[list[int]] = []  # from inner to outer; the last of each is in a chain before, or the root
    for node, weight in weighed:
        chain: list[int] = []
        here = node.parent
        while here is not None:
            chain.append(here.mem_id)
            if here.mem_id in held:
                break
            held[here.mem_id] = 0
            here = here.parent
        if chain:
            held[chain[0]] += weight
        if len(chain) > 1:
            chains.append(chain)
    for chain in reversed(chains):
        for inner, outer in pairwise(chain):
            held[outer] += held[inner]
    return held


def outward(node: LexborNode) -> Iterator[LexborNode]:
    """The elements around a node, from the nearest."""
    here = node.parent
    while here is not None:
        yield here
        here = here.parent


_ESCAPED = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z]\w*);")
#: Without which an element says nothing.
_NEEDED = {"base": "href", "link": "href", "meta": "content", "script": "type"}
_LIVE = "[itemtype$=LiveBlogPosting]"
_DATA = f'base[href], link[rel~="canonical" i][href], meta[content], script[type*="ld+json" i], {_LIVE}'


class Document:
    """A parsed page.  ``source`` is its markup in UTF-8, ``url`` its address."""

    def __init__(self, source: bytes, url: str) -> None:
        # Lexbor's tree stops at NUL, browsers drop it.
        self.source = source.replace(b"\x00", b"") if b"\x00" in source else source
        self.tree = LexborHTMLParser(self.source)
        self.url = url
        self.body_nodes: dict[str, list[LexborNode]] = {}  # by selector: choosing the layout, and reading the body
        self.heading_blocks: dict[tuple[str, ...], list[LexborNode]] = {}  # by heading: "drop" and "related" share one
        self.story: tuple[dict[str, Any] | None] | None = None  # the JSON-LD of the story, once looked for
        self.heading: tuple[LexborNode | None] | None = None  # the element with its title, once looked for
        self._scripts: dict[str, Any] = {}  # JSON by the selector that found it: many fields share one
        self._parsed: dict[int, Any] = {}  # JSON by the script that holds it: many selectors find one

    @cached_property
    def _data(self) -> dict[str, list[LexborNode]]:
        """The elements that speak to programs, by tag: gathered together, for a search goes through the whole page."""
        found: dict[str, list[LexborNode]] = {"base": [], "link": [], "meta": [], "script": [], "live": []}
        for element in self.tree.css(_DATA):
            attributes = element.attributes
            if (attributes.get("itemtype") or "").endswith("LiveBlogPosting"):
                found["live"].append(element)
            if attributes.get(_NEEDED.get(element.tag or "", "")) is not None:
                found[element.tag or ""].append(element)
        return found

    @property
    def is_live_item(self) -> bool:
        """Whether an element is a live blog by its microdata."""
        return bool(self._data["live"])

    @cached_property
    def base(self) -> str:
        """The URL that relative links start from."""
        href = self._data["base"][0].attributes.get("href") if self._data["base"] else None
        return (urls.normalise(href, self.url) if href else None) or self.url

    @property
    def canonical(self) -> str | None:
        """What the page gives as its canonical URL, as it stands there."""
        return self._data["link"][0].attributes.get("href") if self._data["link"] else None

    def link(self, href: str | None) -> str | None:
        """An absolute, normalised URL for what stands in an attribute."""
        return urls.normalise(href, self.base) if href else None

    @cached_property
    def meta(self) -> dict[str, list[str]]:
        """Contents of the meta elements by lower-case name or property; those with an ``itemprop`` are some item's."""
        found: dict[str, list[str]] = {}
        for element in self._data["meta"]:
            attributes = element.attributes
            content = tidy(attributes.get("content"))
            if "&" in content and not content.startswith(("http", "/")):
                content = tidy(_ESCAPED.sub(lambda each: html.unescape(each[0]), content))  # escaped twice
            name = attributes.get("property") or attributes.get("name")
            if name and content:
                found.setdefault(name.strip().lower(), []).append(content)
        return found

    @cached_property
    def properties(self) -> dict[str, list[LexborNode]]:
        """The elements with microdata, by the names in their ``itemprop``."""
        found: dict[str, list[LexborNode]] = {}
        for element in self.tree.css("[itemprop]"):
            for name in dict.fromkeys((element.attributes.get("itemprop") or "").split()):
                found.setdefault(name, []).append(element)
        return found

    @cached_property
    def language(self) -> str | None:
        """The primary subtag of :attr:`locale`."""
        return self.locale.partition("-")[0] if self.locale else None

    @cached_property
    def locale(self) -> str | None:
        """The language and region (``en-GB``) of ``html[lang]``, or of what the meta elements say."""
        root = self.tree.root
        said = [root.attributes.get("lang"), root.attributes.get("xml:lang")] if root is not None else []
        said += [*self.meta.get("og:locale", []), *self.meta.get("language", [])]
        for value in said:
            match = re.match(r"([a-zA-Z]{2,3})(?:[-_]([a-zA-Z]{2})(?![a-zA-Z]))?(?:$|[-_])", (value or "").strip())
            if match:
                return "-".join(filter(None, (languages.meant(match[1]), (match[2] or "").upper())))
        return None

    @cached_property
    def folded_text(self) -> str:
        """All text of the body, caseless, words one space apart, for a quick look whether some are there at all."""
        body = self.tree.body
        return " ".join(body.text().casefold().split()) if body is not None else ""

    @cached_property
    def headings(self) -> list[LexborNode]:
        """The first headings of the first rank; a page has one or two."""
        return self.tree.css("h1")[:3]

    @cached_property
    def title_element(self) -> str:
        """The text of ``<title>``."""
        element = self.tree.css_first("head title") or self.tree.css_first("title")
        return node_text(element) if element else ""

    @cached_property
    def json_ld(self) -> list[dict[str, Any]]:
        """Every JSON-LD object of the page, ``@graph`` and lists unrolled."""
        objects: list[dict[str, Any]] = []
        for script in self._data["script"]:
            _unroll(self._json_in(script), objects)
        return objects

    @cached_property
    def names(self) -> dict[str, str]:
        """What the JSON-LD objects are called, by their ``@id``."""
        named = ((node.get("@id"), node.get("name")) for node in self.json_ld)
        return {key: name for key, name in named if isinstance(key, str) and isinstance(name, str)}

    def script_json(self, selector: str) -> Any:
        """The JSON inside the first script element that matches, None if there is none."""
        if selector not in self._scripts:
            first = self.tree.css_first(selector)  # seldom far down the page
            said = self._json_in(first) if first is not None else None
            if first is not None and said is None:
                parsed = (self._json_in(script) for script in self.tree.css(selector))
                said = next((each for each in parsed if each is not None), None)
            self._scripts[selector] = said
        return self._scripts[selector]

    def _json_in(self, script: LexborNode) -> Any:
        if script.mem_id not in self._parsed:
            self._parsed[script.mem_id] = parse_json(script.text())
        return self._parsed[script.mem_id]


def parse_json(text: str | None) -> Any:
    """JSON as publishers write it: in CDATA or comments, HTML-escaped, with control characters
    or a trailing semicolon or comma.  None where nothing helps."""
    text = (text or "").strip()
    if not text:
        return None
    try:
        return msgspec.json.decode(text)  # twice as quick, and stricter than those that write it
    except (ValueError, RecursionError):
        pass
    for attempt in _attempts(text):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


_COMMENT = re.compile(r"^\s*(?://\s*)?(?:<!\[CDATA\[|<!--)|(?://\s*)?(?:\]\]>|-->)\s*$")
_SPARE_COMMA = re.compile(r",(\s*[\]}])")


def _attempts(text: str) -> Iterator[str]:
    """The text of a script as it stands, then mended in one way after the other."""
    yield text
    if text := _COMMENT.sub("", text).strip():
        yield from (text, text.rstrip("; \n"), html.unescape(text), _SPARE_COMMA.sub(r"\1", text))


def _unroll(parsed: Any, into: list[dict[str, Any]]) -> None:
    """Add the objects of a JSON-LD document to ``into``."""
    waiting = deque([parsed])
    while waiting and len(into) < 500:
        value = waiting.popleft()
        inside = value if isinstance(value, list) else []
        if isinstance(value, dict):
            into.append(value)
            inside = [value.get(key) for key in ("@graph", "mainEntity", "mainEntityOfPage")]
        waiting.extendleft(each for each in reversed(inside) if isinstance(each, (list, dict)))
