"""A part of a page's tree into blocks of text: paragraphs, headings, list items, quotes, rows.

Block structure makes the paragraphs, inline tags never part or glue words.  Each block
keeps its links and a sanitised piece of HTML; nothing else of the page's markup survives.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Literal

import msgspec
import nh3
from selectolax.lexbor import LexborNode

from scraper import urls
from scraper.extract import chrome
from scraper.extract.document import EDGES, fit, folded, node_text, tidy

BlockKind = Literal["p", "h2", "h3", "h4", "h5", "h6", "li", "quote", "pre", "row"]

_HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h5", "h6": "h6"}
INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "label",
        "nobr",
        "ruby",
        "rb",
        "output",
        "o:p",
        "button",
    ]
)
_KEPT_INLINE = frozenset({"a", "b", "strong", "em", "i", "sub", "sup", "code", "q", "cite", "s", "u"})
SKIPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "button",
        "form",
        "nav",
        "svg",
        "iframe",
        "object",
        "embed",
        "select",
        "textarea",
        "input",
        "footer",
        "aside",
        "figure",
        "figcaption",
        "rt",
        "rp",
        "picture",
        "img",
        "video",
        "audio",
        "canvas",
        "map",
        "dialog",
        "link",
        "meta",
        "head",
        "title",
        "math",
    ]
)
_HIDDEN = re.compile("display: ?none", re.IGNORECASE | re.ASCII)
#: Inline elements inside each other that are kept: each is written again for every paragraph inside it.
_DEEPEST = 16
#: Characters of a cell that is no datum.
_CELL = 300
#: Elements for screen readers that are looked at.
_LABELS = 1000
_MARKUP = re.compile("[&<>]")
_LAYOUT = "p, div, h1, h2, h3, h4, ul, ol, table table, article, section"


class Block(msgspec.Struct, frozen=True):
    """One paragraph of the page: its text as printed, its inner HTML, its links as (href, text)."""

    kind: BlockKind
    text: str
    html: str
    links: tuple[tuple[str, str], ...] = ()

    @property
    def is_heading(self) -> bool:
        """Whether it is a subheading."""
        return self.kind in _HEADINGS.values()


def read_blocks(
    roots: Iterable[LexborNode], without: AbstractSet[int] = frozenset(), *, without_labels: bool = False
) -> list[Block]:
    """The blocks of some elements, in document order; ``without`` those elements, named by their ``mem_id``, and with the
    labels for screen readers unless ``without_labels``."""
    reader = _Reader(without, without_labels=without_labels)
    for root in roots:
        reader.read(root)
    return reader.blocks


def is_layout(table: LexborNode) -> bool:
    """Whether a table is there for the layout: it has blocks in it, or a cell with paragraphs that line breaks part."""
    if table.css_first(_LAYOUT) is not None:
        return True
    return any(len(cell.css("br")) > 1 and len(cell.text()) > _CELL for cell in table.css("td"))


def _holds_text(node: LexborNode, tag: str) -> bool:
    """Whether an element that is no text elsewhere is some here: a figure around a table or a quote, the word of a
    sentence that can be clicked, a formula, the name under a quote."""
    if tag == "figure":
        return node.css_first("table, blockquote, pre") is not None
    above = node.parent
    if tag == "math":
        return above is not None and above.tag != "span"  # in one, systems print it once more for the eye
    if tag == "button":
        beside = (each.text_content for each in (node.prev, node.next) if each is not None and each.is_text_node)
        return above is not None and above.tag == "p" and any(text and text.strip() for text in beside)
    return tag == "footer" and above is not None and above.tag == "blockquote"


class _Reader:
    """Walks a subtree with a stack of its own: hostile pages nest deeper than Python recurses."""

    def __init__(self, without: AbstractSet[int], *, without_labels: bool) -> None:
        self._without = without
        self.blocks: list[Block] = []
        self._text: list[str] = []
        self._html: list[str] = []
        self._links: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []  # inline elements we are inside: (tag, opening tag)
        self._too_deep = 0  # inline elements that we are inside and that are not kept
        self._kinds: list[BlockKind] = ["p"]
        self._breaks = 0
        self._labels = _LABELS if without_labels else 0  # that are still looked for

    def read(self, root: LexborNode) -> None:
        inside: list[tuple[str, LexborNode | None]] = []  # elements that we are inside, and what follows each
        here: LexborNode | None = root
        while here is not None or inside:
            if here is None:
                tag, here = inside.pop()
                self._leave(tag)
                continue
            node, here = here, here.next if inside else None
            tag = node.tag or ""
            if tag == "-text":
                self._add_text(node.text_content or "")
            elif tag[:1] == "-" or (tag in SKIPPED and not _holds_text(node, tag)) or self._is_unseen(node):
                pass
            elif tag == "math":
                self._add_text(node.attributes.get("alttext") or node.text())
            elif tag == "br":
                self._add_break()
            elif tag == "pre":
                self._add_pre(node)
            elif tag == "table" and not is_layout(node):
                self._add_rows(node)
            else:
                self._enter(tag, node)
                inside.append((tag, here))
                here = node.first_child
        self._flush()

    def _is_unseen(self, node: LexborNode) -> bool:
        attributes = node.attributes
        if not attributes and not self._without:
            return False
        style, classes = attributes.get("style"), attributes.get("class")
        return (
            "hidden" in attributes
            or (style is not None and _HIDDEN.search(style) is not None)
            or node.mem_id in self._without
            or (self._labels > 0 and classes is not None and self._is_label(node, classes))
        )

    def _is_label(self, node: LexborNode, classes: str) -> bool:
        """Whether an element is a label for screen readers; of very many, for each may hold the others, nothing is said."""
        if not chrome.is_for_screen_readers(classes):
            return False
        self._labels -= 1
        return chrome.is_label(node)

    def _enter(self, tag: str, node: LexborNode) -> None:
        if tag in INLINE:
            if tag in _KEPT_INLINE and len(self._open) >= _DEEPEST:
                self._too_deep += 1
            elif tag in _KEPT_INLINE:
                href = (node.attributes.get("href") or "") if tag == "a" else ""
                opening = f'<a href="{html.escape(href)}">' if href else f"<{tag}>"
                self._open.append((tag, opening))
                self._html.append(opening)
                if href:
                    self._links.append((href, node_text(node)))
            return
        self._breaks = 0
        if self._html:
            self._flush()
        if tag in _HEADINGS:
            self._kinds.append(_HEADINGS[tag])  # type: ignore[arg-type]
        elif tag in ("li", "blockquote", "dd", "dt"):
            self._kinds.append("quote" if tag == "blockquote" else "li")

    def _leave(self, tag: str) -> None:
        if tag in INLINE:
            if tag in _KEPT_INLINE and self._too_deep:
                self._too_deep -= 1
            elif tag in _KEPT_INLINE and self._open:
                self._open.pop()
                self._html.append(f"</{tag}>")
            return
        self._breaks = 0
        if self._html:
            self._flush()
        if tag in _HEADINGS or tag in ("li", "blockquote", "dd", "dt"):
            self._kinds.pop()

    def _add_text(self, text: str) -> None:
        if text:
            self._text.append(text)
            self._html.append(html.escape(text, quote=False) if _MARKUP.search(text) else text)
            if not text.isspace():
                self._breaks = 0

    def _add_break(self) -> None:
        """One line break is a space, two in a row end the paragraph."""
        self._breaks += 1
        if self._breaks >= 2:
            self._flush()
        else:
            self._text.append(" ")
            self._html.append("<br>")

    def _add_pre(self, node: LexborNode) -> None:
        self._flush()
        for line_break in node.css("br"):
            line_break.replace_with("\n")
        text = fit(node.text() or "").strip("\r\n")
        if text.strip(EDGES):
            self.blocks.append(Block("pre", text, f"<pre>{html.escape(text, quote=False)}</pre>"))

    def _add_rows(self, table: LexborNode) -> None:
        self._flush()
        for row in table.css("tr"):
            cells = [node_text(cell) for cell in row.css("td, th")]
            if any(cells):
                inner = "".join(f"<td>{html.escape(cell, quote=False)}</td>" for cell in cells)
                self.blocks.append(Block("row", " | ".join(cells), f"<tr>{inner}</tr>"))

    def _flush(self) -> None:
        """End the running paragraph; inline elements still open go on in the next."""
        self._breaks = 0
        if not self._html:
            return
        printed = "".join(self._text)
        if text := tidy(printed):
            inner = "".join(self._html)
            if self._open:
                inner += "".join(f"</{tag}>" for tag, _ in reversed(self._open))
            # Of a paragraph without markup the text is the HTML; each copy would cost as much as reading it.
            inner = text if inner == printed else folded(inner)
            self.blocks.append(Block(self._kinds[-1], text, inner, tuple(self._links)))
        self._text.clear()
        self._html[:] = [opening for _, opening in self._open]
        self._links.clear()


_WRAPPERS = {"li": ("<ul>", "</ul>"), "row": ("<table>", "</table>"), "quote": ("<blockquote>", "</blockquote>")}
_TAGS = {"p", "h2", "h3", "h4", "h5", "h6", "ul", "li", "blockquote", "pre", "table", "tr", "td", "br"} | set(
    _KEPT_INLINE
)


def body_text(blocks: Iterable[Block]) -> str:
    """Paragraphs parted by a blank line."""
    return "\n\n".join(block.text for block in blocks)


def body_html(blocks: Iterable[Block], base: str) -> str:
    """The blocks as sanitised HTML: structural tags only, links absolute, nothing that can run."""
    parts: list[str] = []
    running: str | None = None
    for block in blocks:
        if running is not None and running != block.kind:
            parts.append(_WRAPPERS[running][1])
        if block.kind in _WRAPPERS and running != block.kind:
            parts.append(_WRAPPERS[block.kind][0])
        running = block.kind if block.kind in _WRAPPERS else None
        parts.append(block.html if block.kind in ("pre", "row") else _wrapped(block))
    if running is not None:
        parts.append(_WRAPPERS[running][1])
    cleaner = nh3.Cleaner(
        tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"}, link_rel=None,
        url_relative=("rewrite_with_base", base) if urls.normalise(base) else "deny",
    )  # fmt: skip
    return cleaner.clean(fit("".join(parts)))


def _wrapped(block: Block) -> str:
    tag = "p" if block.kind == "quote" else block.kind
    inner = block.html.strip(EDGES).removesuffix("<br>").removeprefix("<br>").strip(EDGES)
    return f"<{tag}>{inner}</{tag}>"
