"""What a generic extractor takes for the story and is not: the title again, bylines, captions,
links to other stories, advertisements' labels, pleas to subscribe.

The rules go by the page's own words (its title, its authors, its captions), by where a block
stands, and by phrases that publishers share; none knows a site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from scraper.extract import onward
from scraper.extract.blocks import Block
from scraper.extract.document import Document, letters, node_text, reaches, words
from scraper.records import Article

_LABEL = re.compile(
    r"(?:advertisement|anzeige|werbung|publicidad|publicité|pubblicità|reklama|إعلان|article content|content continues below|"
    r"(?:advertisement )?.{0,24}story continues below.{0,30}|recommended(?: videos| stories| reading)?|read more|see also|"
    r"related(?: stories| articles| news| topics)?|more (?:on this|stories|from .{1,30})|mehr zum thema|lesen sie auch|"
    r"lire aussi|à lire aussi|leia também|lea también|artikel|článek|share(?: this)?(?: article)?|listen(?: to (?:this )?article)?|"
    r"follow us.{0,40}|loading\W*|image source.{0,60}|(?:photo|foto|bild|image)s?\s*:.{0,80}|\d+\s*(?:min|minutes?|minuten)\b.{0,12}|"
    r"\[\w{3,20}:[^\[\]]{0,60}\]|\W*原标题\s*[:：].{0,80}|(?:reading time|lesedauer|temps de lecture|tiempo de lectura)\W.{0,20})\W*",
    re.IGNORECASE,
)
# These are looked for in lower case: a pattern that ignores case takes three times as long.
_PLUG = re.compile(
    r"newsletter|sign up|subscribe|(?:your|our) subscription|subscription (?:options|offers?)|abonnier|abonnez|suscr[ií]b|bookmark|"
    r"\b(?:your|send|give|share|leave)(?: us)?(?: your)? feedback|follow us|all rights reserved|alle rechte vorbehalten|©|"
    r"^\W*copyright\b|download (?:the|our) app|in your inbox|\b(?:whatsapp|telegram)[ -](?:channel|kanal|canal|groupe?|gruppe|grupo|chaîne)|"
    r"\b(?:join|follow|our|contact|message|text|reach|share|also)\b.{0,40}\b(?:whatsapp|telegram)\b|\S@\S+\.\w",
)
# Wherever they stand: of affiliate links, of the paywall, of embedded content.  Plain words, for one pattern of them all
# takes ten times as long.
_NOTICE = (
    "independently select", "affiliate link", "affiliate-link", "affiliate commission", "affiliate-commission",
    "affiliate partner", "affiliate-partner", "earn a commission", "earn us a commission",
    "provisionslink", "réservé aux abonnés",
    "réservée aux abonnés", "solo para suscriptores", "sólo para suscriptores", "tu suscripción", "nur für abonnent",
    "subscriber only", "subscribers only", "already a subscriber", "already a member?", "to continue reading",
    "continue reading this", "continue reading with", "jetzt weiterlesen", "会員限定", "有料会員", "会員登録", "有料記事",
    "無料会員", "externe inhalt", "externer inhalt", "externen inhalt", "empfohlener redaktioneller inhalt",
    "können personenbezogene daten", "dass personenbezogene daten", "ein klick für den datenschutz", "obsah vložený z jiného webu", "content not available",
    "content is not available", "content blocked", "content is blocked", "third-party content", "third party content",
    "enable javascript", "javascript disabled", "javascript is disabled", "javascript required", "javascript is required",
    "browser does not support", "browser doesn't support", "browser doesn’t support", "wrong. please try again", "error. please try again", "unavailable. please try again",
)  # fmt: skip
# Below a story's last sentence: who else worked on it, and what to do next.
_CREDITS = re.compile(
    r"^\W*(?:with )?(?:additional |further )?report(?:ing|s) (?:by|from)\b|contributed to this (?:report|story|article)|"
    r"^\W*(?:the )?associated press (?:writers?|journalists?|reporters?)|^\W*(?:reporting|writing|editing|compiled|edited) by\b|"
    r"^\W*with files from|^\W*(?:redaktion|übersetzung|faktencheck|quellen?|source|fuentes?|fonte|text|texte)\s*:|"
    r"^\W*mit (?:agenturmaterial|material|informationen)\b|\bdieses thema im programm\b|^\W*(?:write to|contact|reach) .{2,60}(?: at | on |@)|"
    r"^\W*follow (?:us|me|ap|him|her|the|our|\w+ on)\b|^\W*watch\W*[:|]|^\W*(?:listen to|watch (?:more|now|live|here|the video|this|our)|"
    r"like this story|share (?:this|it)|tell us|send us|get in touch)\b|"
    r"^\W*comments?\W*$|^\W*kommentare?\W*$|^\W*you may also like|^\W*thank you\W*$|"
    r"^\W*our standards\s*:|^\W*(?:first )?(?:published|posted|updated|last (?:updated|modified))\b[^.]{0,40}\b(?:19|20)\d\d\W*$|^[^。]{2,30}(?:19|20)\d\d年(?:生まれ|生)|"
    r"^\W*(?:share this page|print this page|back to top|ends)\W*$",
)
# How such lines begin: calls to follow, who put the story there, who edited it.
_BEGINS = re.compile(
    r"\W*(?:ακολουθήστε|s[íi]g(?:ue|a)nos|siga(?: o|-nos| a)|suivez|folgen sie|seguici|подпи(?:шитесь|сывайтесь)|підпи(?:шіться|суйтесь)|"
    r"bizi takip|تابعونا|ikuti (?:kami|berita|saluran)|volg ons|följ oss|śledź nas|obserwuj nas|urmăriți|关注我们|ติดตามข่าว|"
    r"(?:posted|published|filed) (?:by|in|under)\b|\[\w{3,20}:[^\[\]]{0,60}\]\W*$|(?:责任编辑|責任編輯|责编|编辑|来源|作者|校对|原标题)\s*[:：].{0,40}$)"
)
# Who wrote it: believed where the page names an author, and this is one.
_BIO = re.compile(
    r"\bis an? (?:\w+ ){0,4}(?:reporter|correspondent|journalist|columnist|freelance|staff writer|editor)\b|"
    r"\bist (?:\w+-)?(?:reporter|korrespondent|redakteur)",
)
_AGENCY = re.compile(
    r"[(\[—–-]\s*(?:quelle|source|fuente|with|mit)?\W*[A-Z][\w/.,+&-]{0,40}(?: [A-Z\d/&+][\w/.,+&-]{0,40}){0,4}[)\]]?|[A-Z]{2,6}(?:[/,]\s?\w{2,10}){0,4}"
)
_SENTENCE_END = re.compile(r"[.!?…:;\"”“»’')\]。！？؟]\s*$")
_WORDS, _QUOTES = re.compile(r"\w+"), "\"'“”„«»‘’ ."
# The line of a system that says when a story came, from whom and where it is filed.
_DATED = re.compile(r"\W*\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}\b")
_QUESTION = ("?", "？", "؟")
# What stands above the comments of readers.
_COMMENTS = re.compile(
    r"\W*(?:(?:\d{1,5}|no) )?(?:comments?|kommentare?|comentarios?|comentários?|commentaires?|commenti|reacties|komentarze|komentar|yorumlar|"
    r"комментарии|коментарі|σχόλια|التعليقات|コメント|评论|댓글)(?: ?\(\d{1,5}\))?\W*|vos commentaires",
    re.IGNORECASE,
)
#: Paragraphs of a story; characters of one that is prose, and of a title.
_STORY, _PROSE, _TITLE = 3, 80, 160
#: Blocks at the top among which titles and bylines stand.
_TOP = 8
#: Characters of a quote that is pulled out of the text, which has it too.
_PULLED = 40
#: Characters of a label and of a notice: nothing longer is tried, for patterns take long on long lines.
_LABEL_LENGTH, _NOTICE_LENGTH = 120, 600
#: Words of a plea at the end of a story; a paragraph that mentions a newsletter is longer.
_PLUG_WORDS = 60


def pruned(
    blocks: list[Block], document: Document, draft: Article, captions: set[str]
) -> tuple[list[Block], list[Block]]:
    """The story's blocks, and those that lead to other stories.  ``draft`` has the fields read so
    far; ``captions`` are those of the page's figures, as :func:`key` gives them."""
    named = list(titles_of(document, draft))
    titles = [words(text) for text in named]
    wholes = {letters(text) for text in named}  # of which some scripts make one word
    lead = next((n for n, block in enumerate(blocks) if _is_prose(block)), 0)
    whole = "\n".join(block.text for block in blocks).lower()
    quotes = any(block.kind == "quote" for block in blocks)
    told = "\n".join(block.text for block in blocks if block.kind != "quote").lower() if quotes else ""
    # On most pages none, and so none to look for in each block.
    notices = [notice for notice in _NOTICE if notice in whole]
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
        if position < _TOP and len(block.text) <= _LABEL_LENGTH and _names(block, draft) and not _ends(block):
            continue
        if (
            (len(block.text) <= _LABEL_LENGTH and (_LABEL.fullmatch(block.text) or onward.is_label(block.text)))
            or _is_skip(block)
            or _is_notice(block, notices)
            or (block.kind == "quote" and reaches(block.text, _PULLED) and block.text.lower().strip(_QUOTES) in told)
            or (captions and key(block.text) in captions)
        ):
            continue
        if _is_link(block):
            pointers.append(block)
            continue
        kept.append(block)
    return _without_tail(_above_comments(kept), draft), pointers


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


def key(text: str) -> str:
    """A text as it compares: its words, caseless."""
    return " ".join(_WORDS.findall(text.casefold()))


def _is_prose(block: Block) -> bool:
    """A paragraph of the story: a sentence at least."""
    return not block.is_heading and reaches(block.text, _PROSE) and bool(_SENTENCE_END.search(block.text))


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
        not _ends(block) and (len(block.text) <= 60 or _DATED.match(block.text) is not None)
    )


def _names(block: Block, draft: Article) -> bool:
    text = f" {key(block.text)} "
    return any(f" {name} " in text for author in draft.authors if (name := key(author)))


def _ends(block: Block) -> bool:
    return bool(_SENTENCE_END.search(block.text))


def _is_link(block: Block) -> bool:
    """A block that is nothing but the headline of another story, linked."""
    return _is_linked(block) and reaches(block.text, 20) and not block.text.endswith((".", "。"))


def _is_linked(block: Block) -> bool:
    return sum(len(text) for _, text in block.links) >= 0.9 * len(block.text)


def _is_skip(block: Block) -> bool:
    """A block that is nothing but a link to another place on the page: over an advertisement, to the comments."""
    return bool(block.links) and _is_linked(block) and all(href.startswith("#") for href, _ in block.links)


def _above_comments(blocks: list[Block]) -> list[Block]:
    """The blocks above the heading of the readers' comments, where a story stands there."""
    prose = 0
    for place, block in enumerate(blocks):
        if reaches(block.text, _PROSE):
            prose += not block.is_heading
        elif prose >= _STORY and _COMMENTS.fullmatch(block.text):
            return blocks[:place]
    return blocks


def _without_tail(blocks: list[Block], draft: Article) -> list[Block]:
    """The blocks without what stands below a story's last sentence."""
    surnames = [author.casefold().split()[-1] for author in draft.authors if author.strip()]
    kept = list(blocks)
    while kept and _is_tail(kept[-1], surnames):
        kept.pop()
    return kept or blocks


def _is_tail(block: Block, surnames: list[str]) -> bool:
    is_bio = _has(block, _BIO) and (not surnames or any(name in block.text.casefold() for name in surnames))
    return (
        is_bio
        or block.is_heading
        or (block.kind == "p" and _is_linked(block) and not _ends(block))
        or (_is_short(block) and _BEGINS.match(block.text.lower()) is not None)
        or _has(block, _PLUG)
        or _has(block, _CREDITS)
        or (len(block.text) <= _LABEL_LENGTH and bool(_AGENCY.fullmatch(block.text.strip())))
    )


def _is_notice(block: Block, notices: list[str]) -> bool:
    return bool(notices) and _is_short(block) and any(notice in block.text.lower() for notice in notices)


def _has(block: Block, pattern: re.Pattern[str]) -> bool:
    return _is_short(block) and pattern.search(block.text.lower()) is not None


def _is_short(block: Block) -> bool:
    """Whether a block is no longer than a notice."""
    return len(block.text) <= _NOTICE_LENGTH and block.text.count(" ") < _PLUG_WORDS
