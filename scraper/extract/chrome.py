"""What stands around a story in its own column, known by the words that publishers mark it with.

For pages without rules: related boxes, newsletter forms, captions, paywall notices, text for screen
readers.  A mark proves nothing alone, for some sites wrap the story itself in such a class; so what
holds much of the page's prose, or its heading, stays.
"""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from scraper.extract.document import Document, outermost

_WORDS = (
    "related", "newsletter", "teaser", "promo", "recommend", "subscri", "paywall", "caption", "copyright", "share",
    "social", "breadcrumb", "read-more", "readmore", "read-also", "most-read", "infobox", "factbox", "fact-box",
    "author-bio", "authorbox", "author-box", "comment", "sponsor", "advert", "banner", "cookie", "disclaimer",
    "inline-story", "further-reading", "taboola", "outbrain", "trending", "signup", "sign-up",
)  # fmt: skip
_MARKED = ", ".join(
    [
        "aside",
        "nav",
        "footer",
        "figcaption",
        "dialog",
        "button",
        "[role=complementary]",
        "[role=dialog]",
        "[aria-hidden=true]",
    ]
    + [f'[class*="{word}" i]' for word in _WORDS]
)
_UNSEEN = (
    '.sr-only, .visually-hidden, .visuallyhidden, [class*="screen-reader" i], [class*="screenreader" i], '
    '[class*="sr-only" i], [class*="visually-hidden" i]'
)
#: The share of the page's prose that one marked element may hold and still be chrome.
_MOST = 0.2
#: Elements of each kind that are looked at; a page with more is no story's.
_NODES = 1000
_PROSE = 80  # characters of a paragraph that make it prose


def clear(document: Document) -> None:
    """Take the chrome out of the page's tree."""
    tree, _ = document.tree, document.json_ld  # read from the scripts before they go
    for node in tree.css("script, style, template"):
        node.decompose()
    total = sum(_prose(node) for node in tree.css("p"))
    doomed: list[LexborNode] = []
    for node in tree.css(_MARKED)[:_NODES]:
        if node.tag in ("html", "body", "main", "article", "p") or node.css_first("h1, article, main") is not None:
            continue
        if sum(_prose(part) for part in node.css("p")) <= _MOST * total:
            doomed.append(node)
    doomed += [node for node in tree.css(_UNSEEN)[:_NODES] if len(node.text()) <= _PROSE]
    for node in outermost(doomed):
        node.decompose()


def _prose(node: LexborNode) -> int:
    length = len(node.text())
    return length if length >= _PROSE else 0
