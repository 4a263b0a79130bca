"""Which images of a page without rules are the story's own: figures, and pictures among its paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from selectolax.lexbor import LexborNode

from scraper import urls
from scraper.extract import generic, images
from scraper.extract.document import Document, reaches
from scraper.records import Image

# Where pictures stand that are a story's own: figures, what old systems write for them, and paragraphs.
_HOLDERS = ("figure", ".wp-caption", ".tr-caption-container", "p img", "a img")
_IN_ARTICLE = ", ".join(f"{scope} {holder}" for scope in ("article", "main") for holder in _HOLDERS)
_ANYWHERE = ", ".join(_HOLDERS)
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
_NODES, _OUTWARD = 300, 3
#: Pixels of what is no more than a sign, and numbers that are none of pixels; characters of a paragraph of prose; paragraphs of a box of them.
_SIGN, _SHAPE, _PROSE, _SEVERAL = 120, 20, 80, 2


def of_the_story(document: Document) -> tuple[Image, ...]:
    """The images of a page without rules.  What it names for others to show is the first of them, where no figure has it."""
    nodes = document.tree.css(_IN_ARTICLE)[:_NODES]
    is_scoped = bool(nodes)
    if not nodes and document.tree.css_first("article, main") is None:
        nodes = document.tree.css(_ANYWHERE)[:_NODES]
    column = _Column(document)
    own = [node for node in nodes if _is_own(node, column, is_figure=is_scoped and node.tag == "figure")]
    found = images.read_images(document, own)
    if found and any(node.tag == "figure" for node in own):
        return found
    files = {_file(image.url) for image in found}
    return (*(image for image in images.named(document) if _file(image.url) not in files), *found)


def _file(url: str) -> str:
    """The name of an image's file, whatever its size."""
    return _SIZED.sub("", urls.path_of(url).rpartition("/")[2])


class _Column:
    """Where the prose of a page stands; looked for when it is asked for, which figures alone seldom need."""

    def __init__(self, document: Document) -> None:
        self._document = document

    @cached_property
    def _boxes(self) -> list[LexborNode]:
        """The elements that hold several paragraphs of prose, or parts of it between line breaks; that of most of them first."""
        tree = self._document.tree
        nodes = [node for node in tree.css("p")[:_NODES] if reaches(node.text(), _PROSE)]
        parents = [node.parent for node in (*nodes, *tree.css("br + br")[:_NODES]) if node.parent is not None]
        held = Counter(parent.mem_id for parent in parents)
        boxes = {parent.mem_id: parent for parent in parents}
        return [boxes[box] for box, paragraphs in held.most_common() if paragraphs >= _SEVERAL]

    @cached_property
    def _near(self) -> set[int]:
        return {box.mem_id for box in self._boxes}

    def has(self, node: LexborNode) -> bool:
        """Whether a picture, or a box of one, stands among paragraphs."""
        return not self._near.isdisjoint(box.mem_id for box in islice(_outward(node), _OUTWARD))

    @cached_property
    def around(self) -> set[int]:
        """The element that holds most of them, and those around it."""
        return {box.mem_id for most in self._boxes[:1] for box in (most, *_outward(most))}


def _outward(node: LexborNode) -> Iterator[LexborNode]:
    """The elements that a node stands in, the nearest first."""
    here = node.parent
    while here is not None and here.tag not in ("main", "body"):
        yield here
        here = here.parent


def _is_own(node: LexborNode, column: _Column, *, is_figure: bool) -> bool:
    """Whether a figure of the article, or a picture among paragraphs, is the story's: no sign, no face and no teaser."""
    image = node if node.tag == "img" else node.css_first("img, amp-img") or node
    if _leads_on(image) or _is_sign(image) or (not is_figure and not column.has(node)):
        return False
    return not (generic.is_of_another(node) and generic.is_of_another(node, column.around))


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
    for box in _outward(image):
        if box.tag == "a":
            href = box.attributes.get("href") or "#"
            return not (href.startswith(("#", "javascript:")) or _PICTURE_FILE.search(href.lower()))
    return False
