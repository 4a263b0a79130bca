"""What a generic extractor takes for the story and is not: the title again, bylines, captions,
links to other stories, advertisements' labels, pleas to subscribe.

The rules go by the page's own words (its title, its authors, its captions), by where a block
stands, and by phrases that publishers share; none knows a site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from scraper.extract.blocks import Block
from scraper.extract.document import Document, node_text
from scraper.records import Article

_LABEL = re.compile(
    r"(?:advertisement|anzeige|werbung|publicidad|publicité|pubblicità|reklama|إعلان|article content|content continues below|"
    r"(?:advertisement )?.{0,24}story continues below.{0,30}|recommended(?: videos| stories| reading)?|read more|see also|"
    r"related(?: stories| articles| news| topics)?|more (?:on this|stories|from .{1,30})|mehr zum thema|lesen sie auch|"
    r"lire aussi|à lire aussi|leia também|lea también|artikel|článek|share(?: this)?(?: article)?|listen(?: to (?:this )?article)?|"
    r"follow us.{0,40}|loading\W*|image source.{0,60}|(?:photo|foto|bild|image)s?\s*:.{0,80}|\d+\s*(?:min|minutes?|minuten)\b.{0,12}|"
    r"(?:reading time|lesedauer|temps de lecture|tiempo de lectura)\W.{0,20})\W*",
    re.IGNORECASE,
)
_PLUG = re.compile(
    r"newsletter|sign up|subscribe|subscription|abonnier|abonnez|suscr[ií]b|bookmark|feedback|follow us|all rights reserved|"
    r"alle rechte vorbehalten|©|\bcopyright\b|download (?:the|our) app|in your inbox|whatsapp|telegram|\S@\S+\.\w",
    re.IGNORECASE,
)
_AGENCY = re.compile(
    r"[(\[—–-]\s*(?:quelle|source|fuente|with|mit)?\W*[A-Z][\w/., +&-]{1,40}[)\]]?|[A-Z]{2,6}(?:[/,]\s?\w{2,10}){0,4}"
)
_SENTENCE_END = re.compile(r"[.!?…:;\"”“»’')\]。！？؟]\s*$")
_WORDS = re.compile(r"\w+")
#: Blocks at the top among which titles and bylines stand.
_TOP = 8
#: Words of a plea at the end of a story; a paragraph that mentions a newsletter is longer.
_PLUG_WORDS = 60


def pruned(blocks: list[Block], document: Document, draft: Article) -> tuple[list[Block], list[Block]]:
    """The story's blocks, and those that lead to other stories.  ``draft`` has the fields read so far."""
    titles = [_words(text) for text in _titles(document, draft)]
    captions = {_key(node_text(node)) for node in document.tree.css("figcaption")}
    lead = next((n for n, block in enumerate(blocks) if _is_prose(block)), 0)
    kept: list[Block] = []
    onward: list[Block] = []
    for position, block in enumerate(blocks):
        if position < _TOP and _repeats(block, titles):
            continue
        if position < lead and (block.is_heading or _is_byline(block, draft)):
            continue
        if _LABEL.fullmatch(block.text) or (captions and _key(block.text) in captions):
            continue
        if _is_link(block):
            onward.append(block)
            continue
        kept.append(block)
    return _without_tail(kept), onward


def _titles(document: Document, draft: Article) -> Iterable[str]:
    yield draft.title or ""
    yield from document.meta.get("og:title", [])
    yield document.title_element
    yield from (node_text(node) for node in document.tree.css("h1"))


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORDS.findall(text.casefold()))


def _key(text: str) -> str:
    return " ".join(_WORDS.findall(text.casefold()))


def _is_prose(block: Block) -> bool:
    """A paragraph of the story: a sentence at least."""
    return not block.is_heading and len(block.text) >= 80 and bool(_SENTENCE_END.search(block.text))


def _repeats(block: Block, titles: list[frozenset[str]]) -> bool:
    """Whether a block says again what a title says, with little more or less."""
    mine = _words(block.text)
    return len(mine) >= 2 and any(
        len(mine & title) >= 0.8 * max(len(mine), 0.7 * len(title)) for title in titles if len(title) >= 2
    )


def _is_byline(block: Block, draft: Article) -> bool:
    """A line above the story that names its authors or date, or is no sentence."""
    if len(block.text) > 160:
        return False
    named = any(author.casefold() in block.text.casefold() for author in draft.authors)
    return named or (len(block.text) <= 60 and not _SENTENCE_END.search(block.text))


def _is_link(block: Block) -> bool:
    """A block that is nothing but the headline of another story, linked."""
    linked = sum(len(text) for _, text in block.links)
    return linked >= 0.9 * len(block.text) and len(block.text) >= 20 and not block.text.endswith((".", "。"))


def _without_tail(blocks: list[Block]) -> list[Block]:
    """The blocks without what stands below a story's last sentence."""
    kept = list(blocks)
    while kept and _is_tail(kept[-1]):
        kept.pop()
    return kept or blocks


def _is_tail(block: Block) -> bool:
    words = len(_WORDS.findall(block.text))
    return (
        block.is_heading
        or (words <= _PLUG_WORDS and bool(_PLUG.search(block.text)))
        or (words <= 8 and bool(_AGENCY.fullmatch(block.text.strip())))
    )
