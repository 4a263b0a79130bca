"""Which images of a page without rules are the story's own: figures, and pictures among its paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from itertools import islice

from selectolax.lexbor import LexborNode

from scraper import urls
from scraper.extract import generic, images
from scraper.extract.document import PROSE, Document, outward, reaches
from scraper.records import Image

# Where pictures stand that are a story's own: figures, what old systems write for them, and paragraphs.
_HOLDERS = "figure, .wp-caption, .tr-caption-container, p img, a img"
# In a class: who wrote, what decorates a page.  In an address words are those of the news: logo, button.
_DECOR = re.compile(
    r"avatar|author|profile|emoji|smil(?:ey|ies)|logo|pixel|badge|button|tracking|(?<![a-z-])(?:icons?|ads?|share)(?![a-z])"
)
_DECOR_FILE = re.compile(
    r"gravatar|/avatars?/|/autor/|/user_icon/|/author-?(?:photo|image)s?/|arc-authors|profile-(?:image|pic)|/emoji/|/smil(?:ey|ies)/|/pixel\."
)
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:[?#]|$)")
_SIZED = re.compile(r"-\d+x\d+(?=\.\w+$)")
#: Nodes that are looked at, and elements between a picture and the box of its paragraphs.
_NODES, _OUTWARD = 500, 3
#: Pixels of what is no more than a sign, and numbers that are none of pixels; paragraphs of a box of them.
_SIGN, _SHAPE, _SEVERAL = 120, 20, 2


def of_the_story(document: Document) -> tuple[Image, ...]:
    """The images of a page without rules.  What it names for others to show is the first of them, where no figure has it."""
    column = _Column(document)
    own = [node for node in document.tree.css(_HOLDERS)[:_NODES] if _is_own(node, column)]
    found = images.read_images(document, own)
    if found and any(node.tag == "figure" for node in own):
        return found
    files = {_file(image.url) for image in found}
    return (*(image for image in images.named(document) if _file(image.url) not in files), *found)


def _file(url: str) -> str:
    """The name of an image's file, whatever its size."""
    return _SIZED.sub("", urls.path_of(url).rpartition("/")[2])


class _Column:
    """Where the prose of a page stands; looked at where it is asked for, for a search goes through the whole page."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[int, bool] = {}  # whether an element holds paragraphs, by its ``mem_id``
        self._apart: dict[int, bool] = {}  # and whether it is another story's

    def child_of_box(self, node: LexborNode) -> LexborNode | None:
        """What stands among paragraphs: a picture, a box of one, or what is close around that."""
        child = node
        for box in islice(outward(node), _OUTWARD):
            if self._holds_prose(box):
                return child
            child = box
        return None

    def is_apart(self, node: LexborNode, child: LexborNode | None) -> bool:
        """Whether a picture is another story's, by its boxes; those around what stands among paragraphs are judged once."""
        top = child or node
        box = top.parent.mem_id if top.parent is not None else 0
        if top != node and generic.is_of_another(node, {box}):
            return True
        if box not in self._apart:
            self._apart[box] = generic.is_of_another(top) and generic.is_of_another(top, self.around)
        return self._apart[box]

    def _holds_prose(self, box: LexborNode) -> bool:
        """Whether several of an element's children are paragraphs of prose, or parts of it end at them."""
        if box.mem_id not in self._known:
            children = islice(box.iter(), _NODES)
            self._known[box.mem_id] = len([*islice(filter(_is_paragraph, children), _SEVERAL)]) == _SEVERAL
        return self._known[box.mem_id]

    @cached_property
    def around(self) -> set[int]:
        """The element that holds most paragraphs, and those around it."""
        nodes = self._document.tree.css("p, br + br")[:_NODES]
        parents = {node.parent.mem_id: node.parent for node in nodes if node.parent is not None}
        held = Counter(node.parent.mem_id for node in nodes if node.parent is not None and _is_paragraph(node))
        return {box.mem_id for most, _ in held.most_common(1) for box in (parents[most], *outward(parents[most]))}


def _is_paragraph(node: LexborNode) -> bool:
    """Whether an element is a paragraph of prose, or the second of two line breaks in a row, which part them."""
    if node.tag == "p":
        return reaches(node.text(), PROSE)
    before = node.prev if node.tag == "br" else None
    if before is not None and before.is_text_node and not before.text().strip():
        before = before.prev
    return before is not None and before.tag == "br"


def _is_own(node: LexborNode, column: _Column) -> bool:
    """Whether a figure of an article, or a picture among paragraphs, is the story's: no sign, no face and no teaser."""
    image = node if node.tag == "img" else node.css_first("img, amp-img") or node
    if _leads_on(image) or _is_sign(image):
        return False
    child = column.child_of_box(node)
    return (child is not None or _is_figure(node)) and not column.is_apart(node, child)


def _is_figure(node: LexborNode) -> bool:
    """Whether an element is a figure of an article."""
    here = node.parent if node.tag == "figure" else None
    while here is not None and here.tag not in ("article", "main"):
        here = here.parent
    return here is not None


def _is_sign(image: LexborNode) -> bool:
    """Whether a picture decorates the page, or shows who wrote; small numbers are its shape, 16 and 9 say."""
    attributes = image.attributes
    sizes = [(attributes.get(name) or "").removesuffix("px")[:5] for name in ("width", "height")]
    pixels = [int(size) for size in sizes if size.isdecimal()]
    if (
        any(_SHAPE < each < _SIGN for each in pixels)
        or 1 in pixels
        or _DECOR.search((attributes.get("class") or "").lower())
    ):
        return True
    return _DECOR_FILE.search((images.source_of(image) or "").lower()) is not None


def _leads_on(image: LexborNode) -> bool:
    """Whether a picture stands in a link to another page; one to a file is none."""
    here = image.parent
    while here is not None and here.tag != "a":
        here = here.parent
    href = here.attributes.get("href") or "#" if here is not None else "#"
    return not (href.startswith(("#", "javascript:")) or _PICTURE_FILE.search(href.lower()))
