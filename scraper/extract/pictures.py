"""Which images of a page without rules are the story's own: figures, and pictures among its paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborNode

from scraper import urls
from scraper.extract import generic, images
from scraper.extract.document import Document, reaches
from scraper.records import Image

# Where pictures stand that are a story's own: figures, what old systems write for them, and paragraphs.
_HOLDERS = ("figure", ".wp-caption", ".tr-caption-container", "p img", "a img")
# In a class: what decorates a page, or shows who wrote; in an address, where words are those of the news: logo, button.
_DECOR = re.compile(
    r"avatar|emoji|smil(?:ey|ies)|logo|pixel|badge|banner|button|tracking|author|profile|(?<![a-z])(?:icons?|ads?|share)(?![a-z])"
)
_DECOR_FILE = re.compile(r"gravatar|/avatars?/|/emoji/|/smil(?:ey|ies)/|profile-(?:image|pic)|/pixel\.")
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)$")
_SIZED = re.compile(r"-\d+x\d+(?=\.\w+$)")
#: Nodes that are looked at, and elements between a picture and the box of its paragraphs.
_NODES, _OUTWARD = 300, 3
#: Pixels of what is no more than a sign; characters of a paragraph of prose; paragraphs of a box of them.
_SIGN, _PROSE, _SEVERAL = 120, 80, 2


def of_the_story(document: Document) -> tuple[Image, ...]:
    """The images of a page without rules.  What it names for others to show is the first of them, where no figure has it."""
    scopes = ("article ", "main ") if document.tree.css_first("article, main") is not None else ("",)
    nodes = document.tree.css(", ".join(f"{scope}{holder}" for scope in scopes for holder in _HOLDERS))[:_NODES]
    boxes = _boxes_of_prose(document) if nodes else []
    around = {box.mem_id for box in boxes}
    story = {boxes[0].mem_id, *(box.mem_id for box in _outward(boxes[0]))} if boxes else set()
    own = []
    for node in nodes:
        image = node if node.tag == "img" else node.css_first("img, amp-img") or node
        is_figure = node.tag == "figure" and scopes != ("",)
        is_apart = _is_sign(image) or _leads_on(image) or generic.is_of_another(node, story)
        if (is_figure or _is_among(node, around)) and not is_apart:
            own.append(node)
    found = images.read_images(document, own)
    if found and any(node.tag == "figure" for node in own):
        return found
    files = {_file(image.url) for image in found}
    return (*(image for image in images.named(document) if _file(image.url) not in files), *found)


def _file(url: str) -> str:
    """The name of an image's file, whatever its size."""
    return _SIZED.sub("", urls.path_of(url).rpartition("/")[2])


def _boxes_of_prose(document: Document) -> list[LexborNode]:
    """The elements that hold several paragraphs of prose, or parts of it between line breaks; that of most of them first."""
    nodes = [node for node in document.tree.css("p")[:_NODES] if reaches(node.text(), _PROSE)]
    parents = [node.parent for node in (*nodes, *document.tree.css("br + br")[:_NODES]) if node.parent is not None]
    held = Counter(parent.mem_id for parent in parents)
    boxes = {parent.mem_id: parent for parent in parents}
    return [boxes[box] for box, paragraphs in held.most_common() if paragraphs >= _SEVERAL]


def _outward(node: LexborNode) -> Iterator[LexborNode]:
    """The elements that a node stands in, the nearest first."""
    here = node.parent
    while here is not None and here.tag not in ("main", "body"):
        yield here
        here = here.parent


def _is_among(node: LexborNode, around: set[int]) -> bool:
    """Whether a picture, or a box of one, stands among paragraphs."""
    return not around.isdisjoint(box.mem_id for box in islice(_outward(node), _OUTWARD))


def _is_sign(image: LexborNode) -> bool:
    """Whether a picture decorates the page, or shows who wrote."""
    attributes = image.attributes
    pixels = [(attributes.get(name) or "").removesuffix("px")[:5] for name in ("width", "height")]
    if any(each.isdecimal() and int(each) < _SIGN for each in pixels) or _DECOR.search(
        (attributes.get("class") or "").lower()
    ):
        return True
    return _DECOR_FILE.search((images.source_of(image) or "").lower()) is not None


def _leads_on(image: LexborNode) -> bool:
    """Whether a picture stands in a link to another page; one to a file is none."""
    anchor = next((box for box in _outward(image) if box.tag == "a"), None)
    href = (anchor.attributes.get("href") or "#") if anchor is not None else "#"
    return not (href.startswith(("#", "javascript:")) or _PICTURE_FILE.search(urls.path_of(href).lower()))
