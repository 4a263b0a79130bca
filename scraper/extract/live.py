"""The times of a live blog's posts, put before the posts of its body.

Times are as printed in the post's ``time`` element, else as its ``datetime`` or as JSON-LD's
``liveBlogUpdate`` has them (schema.org LiveBlogPosting).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from itertools import islice

from selectolax.lexbor import LexborNode

from scraper.extract.blocks import Block
from scraper.extract.document import Document, letters, node_text, outward, tidy
from scraper.extract.structured import types_of

#: Posts of one page that are looked at.
_MOST = 2000
#: Letters at the beginning of a post by which it is known, and without which it is not.
_KNOWN_BY, _FEWEST = 40, 8
_POST = frozenset({"article", "li", "section"})
_PARTS = "h1, h2, h3, h4, p"
#: Headings and paragraphs of a post of which one may be the first in the body.
_FIRST = 2
#: Elements outward from a time to its post, and times in one: of its publication and of a change.
_FARTHEST, _STAMPS = 6, 2


def is_live(document: Document) -> bool:
    """Whether the page says that it is a live blog."""
    if any("liveblogposting" in types_of(node) for node in document.json_ld):
        return True
    return document.is_live_item


def times(document: Document) -> dict[str, str]:
    """The time of each post, by the letters that the post begins with; of a page whose chrome is still there."""
    found: dict[str, str] = {}
    for begins, time in _told(document):
        found.setdefault(begins, time)
    return found | _printed(document)


def _printed(document: Document) -> dict[str, str]:
    """The times that posts have in ``time`` elements, the first of each."""
    found: dict[str, str] = {}
    stamps = document.tree.css("time")[:_MOST]
    held = Counter(each.mem_id for stamp in stamps for each in _around(stamp))
    whole = {each.mem_id for heading in document.headings for each in outward(heading)}
    for stamp in stamps:
        time = node_text(stamp) or tidy(stamp.attributes.get("datetime"))
        post = _post_of(stamp, held, whole) if time else None
        for part in post.css(_PARTS)[:_FIRST] if post is not None else []:
            if start := _begins(part.text()):
                found.setdefault(start, time)
    return found


def timed(blocks: list[Block], times: dict[str, str]) -> list[Block]:
    """The blocks of a body, each post with its time as a paragraph before it, where the body has not got it."""
    result: list[Block] = []
    if not times:
        return blocks
    for place, block in enumerate(blocks):
        time = times.get(_begins(block.text) or "")
        near = [*result[-2:], *blocks[place : place + 3]]
        if time and not any(time in each.text[: 3 * len(time)] for each in near):
            result.append(Block("p", time, time.replace("&", "&amp;").replace("<", "&lt;")))
        result.append(block)
    return result


def _told(document: Document) -> Iterator[tuple[str, str]]:
    for node in document.json_ld:
        updates = node.get("liveBlogUpdate")
        for update in (updates if isinstance(updates, list) else [updates])[:_MOST]:
            time = update.get("datePublished") if isinstance(update, dict) else None
            if not isinstance(update, dict) or not isinstance(time, str) or not time:
                continue
            for key in ("headline", "articleBody"):
                if isinstance(update.get(key), str) and (begins := _begins(update[key])):
                    yield begins, tidy(time)


def _around(stamp: LexborNode) -> Iterator[LexborNode]:
    """The elements in which a post may be that a time stands in, from the nearest."""
    return islice(outward(stamp), _FARTHEST)


def _post_of(stamp: LexborNode, held: Mapping[int, int], whole: Container[int]) -> LexborNode | None:
    """The post that a time stands in: the outermost element with no other time in it, else what is marked up as one.

    ``held`` are the numbers of times by element; ``whole`` the elements that hold the page's heading, and so all posts.
    """
    own, marked = None, None
    for each in _around(stamp):
        if each.mem_id in whole:
            break
        if held[each.mem_id] == 1:
            own = each
        elif held[each.mem_id] <= _STAMPS and (each.tag in _POST or _is_update(each)):
            marked = each
    return own if own is not None and own.css_first(_PARTS) is not None else marked


def _is_update(node: LexborNode) -> bool:
    return "liveBlogUpdate" in (node.attributes.get("itemprop") or "")


def _begins(text: str) -> str | None:
    known = letters(text[: 4 * _KNOWN_BY])[:_KNOWN_BY]
    return known if len(known) >= _FEWEST else None
