"""A selector file's rules, applied to a page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from selectolax.lexbor import LexborNode

from scraper.extract.document import Document, is_inside_any, node_text, tidy
from scraper.sites import Layout, Rule

_NEVER_HEADINGS = frozenset({"title", "script", "style", "option", "noscript", "template"})
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
#: Characters of text beside links that a block of links may have (dates, labels), and one item of it.
_LABELS, _LABEL = 120, 30


class Candidate(msgspec.Struct, frozen=True):
    """What one source says of a field: the source's name, the rule that spoke, the raw value."""

    source: str
    rule: str
    value: Any


def values(document: Document, rule: Rule) -> list[str]:
    """The texts that a rule finds, in document order, empty ones left out."""
    return _refined(rule, _raw_values(document, rule))


def _refined(rule: Rule, raw: Iterable[str]) -> list[str]:
    """Values as they stand on the page, parted and matched as the rule says."""
    found: Iterable[str] = map(tidy, raw)
    if rule.split is not None:
        found = (tidy(part) for value in found for part in value.split(rule.split))
    if rule.match is not None:
        found = (tidy(part) for value in found for part in _matched(rule.match, value))
    return [value for value in found if value]


def _raw_values(document: Document, rule: Rule) -> Iterator[str]:
    if rule.meta is not None:
        yield from document.meta.get(rule.meta.lower(), [])
    elif rule.script is not None:
        yield from map(str, json_path(document.script_json(rule.script), rule.path or ""))
    else:
        for node in nodes(document, rule):
            yield _value(rule, node)


def _value(rule: Rule, node: LexborNode) -> str:
    return (node.attributes.get(rule.attr) or "") if rule.attr else node_text(node)


def _matched(pattern: str, value: str) -> Iterator[str]:
    if match := re.search(pattern, value):
        yield (match[1] if match.re.groups else match[0]) or ""


def nodes(document: Document, rule: Rule) -> list[LexborNode]:
    """The elements that a rule finds; with ``heading``, those inside the block under that heading."""
    if rule.heading is not None:
        return [found for node in heading_block(document, rule.headings) for found in node.css(rule.css or "a")]
    return document.tree.css(rule.css) if rule.css else []


def body_nodes(document: Document, rule: Rule) -> list[LexborNode]:
    """The elements that a rule of the body finds: those of :func:`nodes`, looked for once."""
    if rule.heading is not None or rule.css is None:
        return nodes(document, rule)
    if rule.css not in document.body_nodes:
        document.body_nodes[rule.css] = nodes(document, rule)
    return document.body_nodes[rule.css]


def candidates(document: Document, layout: Layout, field: str, *, single: bool = False) -> Iterator[Candidate]:
    """What the site's rules say of a field, alternative by alternative: each value a list of texts.

    ``single``: the first text comes by itself before all of them, for who can make do with it saves the search
    through the rest of the page.
    """
    for rule in layout[field]:
        if single and (found := _first_text(document, rule)):
            yield Candidate("site", str(rule), found)
        if found := values(document, rule):
            yield Candidate("site", str(rule), found)


def _first_text(document: Document, rule: Rule) -> list[str]:
    """The texts of the first element that a selector finds."""
    if rule.css is None or rule.heading is not None:
        return []
    node = document.tree.css_first(rule.css)
    return _refined(rule, [_value(rule, node)]) if node is not None else []


def json_path(value: Any, path: str) -> list[Any]:
    """The scalars at a dotted path; lists are gone through, ``name[key=wanted]`` keeps matching items."""
    here = [value]
    for step in path.split("."):
        match = re.fullmatch(r"([^\[]*)(?:\[([^=\]]+)=([^\]]*)\])?", step)
        name, key, wanted = match.groups() if match else (step, None, None)
        below: list[Any] = []
        for item in _flat(here):
            if isinstance(item, dict) and name in item:
                below.append(item[name])
        here = [
            item for item in _flat(below) if key is None or (isinstance(item, dict) and str(item.get(key)) == wanted)
        ]
    return [item for item in _flat(here) if isinstance(item, (str, int, float)) and not isinstance(item, bool)]


def _flat(items: list[Any]) -> list[Any]:
    return [leaf for item in items for leaf in (item if isinstance(item, list) else [item])]


def heading_block(document: Document, headings: tuple[str, ...]) -> list[LexborNode]:
    """The block that is known only by its heading: its elements, outermost first.

    From the heading outward as long as what is added is links and labels; if the heading
    stands alone, the elements after it that are links and labels belong to it.
    """
    if headings not in document.heading_blocks:
        starts = _heading_nodes(document, headings)
        document.heading_blocks[headings] = [node for start in starts for node in _block_of(start)]
    return document.heading_blocks[headings]


def _heading_nodes(document: Document, headings: tuple[str, ...]) -> list[LexborNode]:
    """The outermost elements whose whole text is one of the headings, a colon more or less."""
    wanted = {tidy(heading).rstrip(":").casefold() for heading in headings}
    # Most pages have one of several headings or none; this looks through the text once for all of them.
    wanted = {text for text in wanted if " ".join(text.split()) in document.folded_text}
    if not wanted:
        return []
    found: dict[int, LexborNode] = {}
    # Lexbor's own pseudo-class looks at each element's own text, in C; i: in either case.
    for node in document.tree.css(
        ", ".join(f":lexbor-contains({json.dumps(text, ensure_ascii=False)} i)" for text in wanted)
    ):
        heading: LexborNode | None = None
        here: LexborNode | None = node
        while here is not None and tidy(here.text()).rstrip(":").casefold() in wanted:
            heading, here = here, here.parent
        if heading is not None and heading.tag not in _NEVER_HEADINGS:
            found[heading.mem_id] = heading
    return list(found.values())


def _block_of(heading: LexborNode) -> list[LexborNode]:
    top = heading
    while (parent := top.parent) is not None and parent.tag not in ("body", "html", "article", "main"):
        if not _is_links_and_labels(parent, heading):
            break
        top = parent
    if top.css_first("a") is not None and top.mem_id != heading.mem_id:
        return [top]
    block, after = [top], top.next
    while after is not None and (not after.is_element_node or (_is_links_and_labels(after) and after.css_first("a"))):
        block.append(after)
        after = after.next
    return [node for node in block if node.is_element_node]


def _is_links_and_labels(node: LexborNode, heading: LexborNode | None = None) -> bool:
    """Whether an element holds links and short labels only: no prose, no heading but the block's own."""
    for part in node.css("h1, h2, h3, h4, h5, h6, p, blockquote, li"):
        if heading is not None and (
            part.mem_id == heading.mem_id
            or is_inside_any(part, {heading.mem_id})
            or is_inside_any(heading, {part.mem_id})
        ):
            continue
        unlinked = _unlinked(part)
        if unlinked > _LABEL or (part.tag in _HEADINGS and unlinked and part.css_first("a") is None):
            return False
    return _unlinked(node) - (len(tidy(heading.text())) if heading is not None else 0) <= _LABELS


def _unlinked(node: LexborNode) -> int:
    """Characters of an element's text that stand in no link."""
    return len(tidy(node.text())) - sum(len(tidy(anchor.text())) for anchor in node.css("a"))


def drop(document: Document, layout: Layout) -> list[Callable[[str], bool]]:
    """Remove from the tree what the site's ``drop`` rules name; the tests that are left are for
    the texts of body blocks."""
    tests: list[Callable[[str], bool]] = []
    simple = [rule.css or "" for rule in layout["drop"] if _is_simple(rule)]
    if simple:
        _remove(list({node.mem_id: node for node in document.tree.css(", ".join(simple))}.values()))
    for rule in layout["drop"]:
        if _is_simple(rule):
            continue
        if rule.text is not None:
            tests.append(_text_test(rule.text))
        elif rule.heading is not None and rule.css is None:
            _remove(heading_block(document, rule.headings))
        else:
            _remove(nodes(document, rule))
    return tests


_SIMPLE = re.compile(r"[\w.#-]+|[\w-]*\[[\w~^$*|=-]+\]")


def _is_simple(rule: Rule) -> bool:
    """Whether a rule asks for nothing but a name, a class, an id or an attribute: whatever else is removed, it finds
    the same, in document order, so that one search can do for all such rules."""
    return rule.css is not None and rule.heading is None and _SIMPLE.fullmatch(rule.css) is not None


def _text_test(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


def _remove(unwanted: list[LexborNode]) -> None:
    """Take elements out of the tree; those inside others first, for a removed tree frees its children."""
    for node in reversed(unwanted):
        node.decompose()
