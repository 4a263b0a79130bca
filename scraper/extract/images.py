"""The article's own images, with alt text, caption and credit; lazy sources resolved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.extract.document import Document, node_text, tidy
from scraper.records import Image

# Attributes in which lazy loaders keep the real source, before the placeholder in src.
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-full-src", "data-image")
_LAZY_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
# Looked for in lower case: a pattern that ignores case takes three times as long.
_PLACEHOLDER = re.compile(
    r"placeholder|blank\.(?:gif|png)|spacer\.|(?<!\d)1x1[^/]*\.(?:gif|png|jpg)|transparent\.(?:gif|png)|lazy[-_]?load"
)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)[wxh](?:,(.*))?", re.DOTALL)
_CREDIT = re.compile(r"[(（]\s*([^()（）]{2,80}?)\s*[)）]\W*$")
# In brackets at a caption's end, and nobody's credit: who is where on it, and when it was.
_PLACE = re.compile(
    r"(?:far |second |third |top |bottom )?(?:from )?(?:left|right|center|centre|middle|l\.?|r\.?|links|rechts|mitte|vorne|hinten|"
    r"à gauche|à droite|izquierda|derecha)(?: to right)?|\D{0,12}(?:19|20)\d{2}",
    re.IGNORECASE,
)
# What a caption ends with that has a label; on the picture: whom it shows.
_LABELLED_CREDIT = re.compile(
    r"(?:(?<!\w)(?<!im )(?<!dem )(?<!the )(?<!this )(?<!la )(?<!na )(?<!на )(?:photo(?:graph)?s?|images?|pictures?|credits?|fotos?|bild(?:er)?|imagen|crédits?|créditos?|fotografía|quelle|source|fuente|fonte|"
    r"фото|φωτο)\s*(?:(?:by|credit)\b\s*:?|[:/])|©|\(c\)|(?<!\w)copyright\b)\s*(?!.*(?:©|[:/]\s))(\S.{1,60}?)[\s.)\]]*$",
    re.IGNORECASE,
)
#: What one of them has in it, and the characters of a caption's end in which it stands.
_CREDIT_MARKS, _CREDIT_END = (":", "/", "©", "(c)", "opyright", " by "), 90
_AGENCY_CREDIT = re.compile(r"(?<!\w)([A-Z]{2,10}\s(?:Photo|Image)s?\s?/\s?\S.{1,60}?)[\s.)\]]*$")
_CREDIT_LABEL = re.compile(
    r"^(?:photo(?:graph)?|image|picture|credit|foto|bild|crédito?|source)\s*(?:by|credit)?\s*[:/]\s*", re.IGNORECASE
)


def read_images(document: Document, nodes: Iterable[LexborNode]) -> tuple[Image, ...]:
    """The images in some elements (figures, pictures or images themselves), each URL once."""
    found: dict[str, Image] = {}
    for node in nodes:
        for image in [node] if node.tag == "img" else node.css("img, amp-img") or _in_noscript(node):
            url = document.link(source_of(image))
            if url is None or url in found:
                continue
            caption, credit = _caption(_figure(image) or (node if node.tag != "img" else None))
            found[url] = Image(url=url, alt=tidy(image.attributes.get("alt")) or None, caption=caption, credit=credit)
    return tuple(found.values())


def named(document: Document) -> tuple[Image, ...]:
    """The image that the page names for others to show, where it marks none as the story's own."""
    for name in ("og:image:secure_url", "og:image", "og:image:url", "twitter:image"):
        for said in document.meta.get(name, []):
            if (url := document.link(said)) is not None and not _is_placeholder(said):
                alt = next(iter(document.meta.get("og:image:alt", [])), None)
                return (Image(url=url, alt=alt),)
    return ()


def source_of(image: LexborNode) -> str | None:
    """The URL of the image itself: lazy attributes, then src, then the largest of a srcset."""
    return next((choice for choice in _sources(image) if choice and not _is_placeholder(choice)), None)


def _is_placeholder(source: str) -> bool:
    return source[:6].lower().startswith(("data:", "about:")) or _PLACEHOLDER.search(source.lower()) is not None


def _sources(image: LexborNode) -> Iterator[str | None]:
    attributes = image.attributes
    for name in (*_LAZY, "src"):
        yield attributes.get(name)
    for name in _LAZY_SETS:
        yield _largest(attributes.get(name))
    if image.parent is not None and image.parent.tag == "picture":
        for source in image.parent.css("source"):
            for name in _LAZY_SETS:
                yield _largest(source.attributes.get(name))


def _largest(srcset: str | None) -> str | None:
    """The candidate with the largest width or density (HTML standard, "srcset attributes")."""
    return max(_candidates(srcset or ""), key=lambda each: each[0], default=(0.0, None))[1]


def _candidates(srcset: str) -> Iterator[tuple[float, str]]:
    """Sizes and URLs; the next URL may follow the comma at once, and have commas of its own."""
    url = ""
    for token in srcset.split():
        size = _SIZE.fullmatch(token) if url else None
        if size:
            yield float(size[1]), url
            url = size[2] or ""
            continue
        if url:
            yield 0.0, url
        url = token.lstrip(",")
        if url.endswith(","):
            yield 0.0, url.rstrip(",")
            url = ""
    if url:
        yield 0.0, url


def _in_noscript(node: LexborNode) -> list[LexborNode]:
    """Images that stand only in a noscript fallback, which the parser keeps as text."""
    inside = node.css_first("noscript")
    return LexborHTMLParser(inside.text() or inside.inner_html or "").css("img") if inside else []


def _figure(image: LexborNode) -> LexborNode | None:
    here = image.parent
    for _ in range(4):
        if here is None or here.tag == "figure":
            return here
        here = here.parent
    return None


def _caption(figure: LexborNode | None) -> tuple[str | None, str | None]:
    """The printed caption in full, and the credit: marked as such, or in its last parentheses."""
    element = figure.css_first('figcaption, [class*="caption" i]') if figure is not None else None
    if figure is None or element is None:
        return None, None
    caption = node_text(element)
    marked = figure.css_first('[class*="credit" i], [itemprop="copyrightHolder"]')
    if marked is not None and node_text(marked):
        return caption or None, _CREDIT_LABEL.sub("", node_text(marked)).strip("()") or None
    in_brackets = _CREDIT.search(caption)
    if in_brackets is not None and _PLACE.fullmatch(in_brackets[1]) is None:
        return caption or None, _CREDIT_LABEL.sub("", in_brackets[1])
    end = caption[-_CREDIT_END:]
    if not any(mark in end for mark in _CREDIT_MARKS):  # soon seen, where the patterns take their time
        return caption or None, None
    labelled = _AGENCY_CREDIT.search(end) or _LABELLED_CREDIT.search(end)
    return caption or None, labelled[1] if labelled is not None else None
