"""What a generic extractor takes for the story and is not: the title again, bylines, captions,
links to other stories, advertisements' labels, pleas to subscribe.

The rules go by the page's own words (its title, its authors, its captions), by where a block
stands, and by phrases that publishers share; none knows a site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from scraper.extract import onward, pleas
from scraper.extract.blocks import Block
from scraper.extract.document import PROSE, Document, ends_a_sentence, is_prose, key, letters, node_text, reaches, words
from scraper.records import Article

_LABEL = re.compile(
    r"(?:advertisement|anzeige|werbung|publicidad|publicité|pubblicità|reklama|إعلان|article content|content continues below|"
    r"(?:advertisement )?.{0,24}story continues below.{0,30}|recommended(?: videos| stories| reading)?|read more|see also|"
    r"related(?: stories| articles| news| topics)?|more (?:on this|stories|from .{1,30})|mehr zum thema|lesen sie auch|"
    r"lire aussi|à lire aussi|leia também|lea también|artikel|článek|share(?: this)?(?: article)?|listen(?: to (?:this )?article)?|"
    r"subscribe now|leave a comment|give a gift subscription|follow us.{0,40}|loading\W*|image source.{0,60}|(?:photo|foto|bild|image)s?\s*:.{0,80}|\d+\s*(?:min|minutes?|minuten)\b.{0,12}|"
    r"\[\w{3,20}:[^\[\]]{0,60}\]|\W*原标题\s*[:：].{0,80}|(?:reading time|lesedauer|temps de lecture|tiempo de lectura)\W.{0,20})\W*",
    re.IGNORECASE,
)
_QUOTES = "\"'“”„«»‘’ ."
# The line of a system that says when a story came, from whom and where it is filed.
_DATED = re.compile(r"\W*\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}\b")
_QUESTION = ("?", "？", "؟")
# What stands above the comments of readers.
_COMMENTS = re.compile(
    r"\W*(?:(?:\d{1,5}|no) )?(?:comments?|kommentare?|comentarios?|comentários?|commentaires?|commenti|reacties|komentarze|komentar|yorumlar|"
    r"комментарии|коментарі|σχόλια|التعليقات|コメント|评论|댓글)(?: ?\(\d{1,5}\))?\W*|vos commentaires",
    re.IGNORECASE,
)
#: Paragraphs of a story, and characters of a title.
_STORY, _TITLE = 3, 160
#: Blocks at the top among which titles and bylines stand.
_TOP = 8
#: Characters of a quote that is pulled out of the text, which has it too.
_PULLED = 40
#: Characters of a label: nothing longer is tried, for patterns take long on long lines.
_LABEL_LENGTH = 120


def pruned(
    blocks: list[Block], document: Document, draft: Article, captions: set[str]
) -> tuple[list[Block], list[Block]]:
    """The story's blocks, and those that lead to other stories.  ``draft`` has the fields read so
    far; ``captions`` are those of the page's figures, as :func:`key` gives them."""
    blocks = _without_repeated(_without_pulled(blocks))
    named = list(titles_of(document, draft))
    titles = [words(text) for text in named]
    wholes = {letters(text) for text in named}  # of which some scripts make one word
    lead = next((n for n, block in enumerate(blocks) if _is_prose(block)), 0)
    whole = "\n".join(block.text for block in blocks).lower()
    notices = pleas.notices_in(whole)
    kept: list[Block] = []
    pointers: list[Block] = []
    for position, block in enumerate(blocks):
        if position < _TOP and (
            _repeats(block, titles) or (len(block.text) <= _TITLE and letters(block.text) in wholes)
        ):
            is_chapter = block.is_heading and position > lead and not _repeats(block, titles[:1])
            if not is_chapter:
                continue
        if position < lead and not opens_a_part(blocks, position) and (block.is_heading or _is_byline(block, draft)):
            continue
        if (
            position < _TOP
            and len(block.text) <= _LABEL_LENGTH
            and _names(block, draft)
            and not ends_a_sentence(block.text)
        ):
            continue
        if (
            is_label(block.text)
            or _is_skip(block)
            or pleas.is_notice(block, notices)
            or (captions and key(block.text) in captions)
        ):
            continue
        if _is_link(block):
            pointers.append(block)
            continue
        kept.append(block)
    return _without_tail(_above_comments(kept), draft), pointers


def is_label(text: str) -> bool:
    """Whether a text is what publishers write over advertisements, links to other stories and pictures."""
    return len(text) <= _LABEL_LENGTH and (_LABEL.fullmatch(text) is not None or onward.is_label(text))


def opens_a_part(blocks: list[Block], place: int) -> bool:
    """Whether a heading or question stands over the first paragraph of a story as others of its kind do over later ones."""

    def is_like(other: Block) -> bool:
        is_question = not other.is_heading and other.text.endswith(_QUESTION) and not _is_prose(other)
        return other.kind == blocks[place].kind and (other.is_heading or is_question)

    if not is_like(blocks[place]) or blocks[place].links or not _is_prose(blocks[place + 1]):
        return False
    return any(is_like(other) and _is_prose(after) for other, after in pairwise(blocks[place + 2 :]))


def titles_of(document: Document, draft: Article) -> Iterable[str]:
    """What the page calls its story, in all places."""
    yield draft.title or ""
    yield from document.meta.get("og:title", [])
    yield document.title_element
    yield from (node_text(node) for node in document.tree.css("h1"))


def _is_prose(block: Block) -> bool:
    """A paragraph of the story: a sentence at least."""
    return not block.is_heading and is_prose(block.text)


def _repeats(block: Block, titles: list[frozenset[str]]) -> bool:
    """Whether a block says again what a title says, with little more or less."""
    mine = words(block.text)
    return len(mine) >= 2 and any(
        len(mine & title) >= 0.8 * max(len(mine), 0.7 * len(title)) for title in titles if len(title) >= 2
    )


def _is_byline(block: Block, draft: Article) -> bool:
    """A line above the story that names its authors or date, or is no sentence."""
    if len(block.text) > 160:
        return False
    return _names(block, draft) or (
        not ends_a_sentence(block.text) and (len(block.text) <= 60 or _DATED.match(block.text) is not None)
    )


def _names(block: Block, draft: Article) -> bool:
    text = f" {key(block.text)} "
    return any(f" {name} " in text for author in draft.authors if (name := key(author)))


def _is_link(block: Block) -> bool:
    """A block that is nothing but the headline of another story, linked."""
    return _is_linked(block) and reaches(block.text, 20) and not block.text.endswith((".", "。"))


def _is_linked(block: Block) -> bool:
    return sum(len(text) for _, text in block.links) >= 0.9 * len(block.text)


def _is_skip(block: Block) -> bool:
    """A block that is nothing but a link to another place on the page: over an advertisement, to the comments."""
    return bool(block.links) and _is_linked(block) and all(href.startswith("#") for href, _ in block.links)


def _without_pulled(blocks: list[Block]) -> list[Block]:
    """The blocks without quotes that are pulled out of the text, which has them too, and without the names under those."""
    if all(block.kind != "quote" for block in blocks):
        return blocks
    told = "\n".join(block.text for block in blocks if block.kind != "quote").lower()
    kept: list[Block] = []
    is_pulled = False
    for block in blocks:
        is_name = is_pulled and not ends_a_sentence(block.text)
        is_pulled = block.kind == "quote" and (is_name or _is_in(block, told))
        if not is_pulled:
            kept.append(block)
    return kept


def _without_repeated(blocks: list[Block]) -> list[Block]:
    """The blocks without a standfirst that is a paragraph of the story, too, word for word."""
    first = next((block for block in blocks if not block.is_heading), None)
    if first is None or not _is_prose(first) or all(block is first or block.text != first.text for block in blocks):
        return blocks
    return [block for block in blocks if block is not first]


def _is_in(block: Block, told: str) -> bool:
    return reaches(block.text, _PULLED) and block.text.lower().strip(_QUOTES) in told


def _above_comments(blocks: list[Block]) -> list[Block]:
    """The blocks above the heading of the readers' comments, where a story stands there."""
    prose = 0
    for place, block in enumerate(blocks):
        if reaches(block.text, PROSE):
            prose += not block.is_heading
        elif prose >= _STORY and _COMMENTS.fullmatch(block.text):
            return blocks[:place]
    return blocks


def _without_tail(blocks: list[Block], draft: Article) -> list[Block]:
    """The blocks without what stands below a story's last sentence."""
    surnames = [name.split()[-1] for author in draft.authors if (name := key(author))]
    kept = list(blocks)
    while kept and _is_tail(kept[-1], surnames):
        kept.pop()
    return kept or blocks


def _is_tail(block: Block, surnames: list[str]) -> bool:
    return (
        block.is_heading
        or (block.kind == "p" and _is_linked(block) and not ends_a_sentence(block.text))
        or pleas.is_below(block, surnames)
    )
