"""One page, parsed once: its tree, its meta elements, the JSON in its scripts."""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Container, Iterable
from functools import cached_property
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper import urls
from scraper.extract import languages

#: HTML white space (not NBSP, which authors mean): runs of it are one space.
_HALF_PAIR = re.compile("[\ud800-\udfff]")  # what a headline cut in mid-emoji leaves; no encoding can hold it
SPACE = re.compile(r"[ \t\n\r\f\u2028\u2029]+")
#: What is cut off both ends of a text.
EDGES = " \t\n\r\f\u00a0\u200b\u200c\ufeff\u2028\u2029"


def tidy(text: str | None) -> str:
    """Text as printed, with HTML white space folded and the edges cut clean."""
    if not text:
        return ""
    if text.isascii():
        return " ".join(text.split())  # the same, and quicker
    text = _HALF_PAIR.sub("", text)
    return SPACE.sub(" ", text).strip(EDGES)


def node_text(node: LexborNode) -> str:
    """An element's text, tidy; words in neighbouring blocks are kept apart."""
    return tidy(node.text(separator=" ") if node.css_first("br, p, div, li") else node.text())


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
    while here is not None:
        if here.mem_id in others:
            return True
        here = here.parent
    return False


class Document:
    """A parsed page.  ``url`` is its address, ``base`` where its relative links start from."""

    def __init__(self, text: str, url: str) -> None:
        # Lexbor's tree stops at NUL, browsers drop it.
        self.text = text.replace("\x00", "") if "\x00" in text else text
        self.tree = LexborHTMLParser(self.text)
        self.url = url
        self.heading_blocks: dict[tuple[str, ...], list[LexborNode]] = {}  # by heading: "drop" and "related" share one
        self.story: tuple[dict[str, Any] | None] | None = None  # the JSON-LD of the story, once looked for
        self._scripts: dict[str, Any] = {}  # JSON by the selector that found it: many fields share one

    @cached_property
    def base(self) -> str:
        """The URL that relative links start from."""
        element = self.tree.css_first("base[href]")
        return (urls.normalise(element.attributes.get("href") or "", self.url) if element else None) or self.url

    def link(self, href: str | None) -> str | None:
        """An absolute, normalised URL for what stands in an attribute."""
        return urls.normalise(href, self.base) if href else None

    @cached_property
    def meta(self) -> dict[str, list[str]]:
        """Contents of the meta elements by lower-case name, property or itemprop."""
        found: dict[str, list[str]] = {}
        for element in self.tree.css("meta[content]"):
            attributes = element.attributes
            content = tidy(attributes.get("content"))
            name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
            if name and content:
                found.setdefault(name.strip().lower(), []).append(content)
        return found

    @cached_property
    def language(self) -> str | None:
        """The primary subtag of ``html[lang]``, or of what the meta elements say."""
        root = self.tree.root
        said = [root.attributes.get("lang"), root.attributes.get("xml:lang")] if root is not None else []
        said += [*self.meta.get("og:locale", []), *self.meta.get("language", [])]
        for value in said:
            match = re.match(r"([a-zA-Z]{2,3})(?:$|[-_])", (value or "").strip())
            if match:
                return languages.meant(match[1])
        return None

    @cached_property
    def folded_text(self) -> str:
        """All text of the body, caseless, words one space apart, for a quick look whether some are there at all."""
        body = self.tree.body
        return " ".join(body.text().casefold().split()) if body is not None else ""

    @cached_property
    def title_element(self) -> str:
        """The text of ``<title>``."""
        element = self.tree.css_first("head title") or self.tree.css_first("title")
        return node_text(element) if element else ""

    @cached_property
    def json_ld(self) -> list[dict[str, Any]]:
        """Every JSON-LD object of the page, ``@graph`` and lists unrolled."""
        objects: list[dict[str, Any]] = []
        for script in self.tree.css('script[type*="ld+json" i]'):
            _unroll(parse_json(script.text()), objects)
        return objects

    def script_json(self, selector: str) -> Any:
        """The JSON inside the first script element that matches, None if there is none."""
        if selector not in self._scripts:
            parsed = (parse_json(script.text()) for script in self.tree.css(selector))
            self._scripts[selector] = next((each for each in parsed if each is not None), None)
        return self._scripts[selector]


def parse_json(text: str | None) -> Any:
    """JSON as publishers write it: in CDATA or comments, HTML-escaped, with control characters
    or a trailing semicolon or comma.  None where nothing helps."""
    text = re.sub(r"^\s*(?://\s*)?(?:<!\[CDATA\[|<!--)|(?://\s*)?(?:\]\]>|-->)\s*$", "", (text or "").strip()).strip()
    if not text:
        return None
    for attempt in (text, text.rstrip("; \n"), html.unescape(text), re.sub(r",(\s*[\]}])", r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


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
