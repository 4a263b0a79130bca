"""What a publisher tells its readers in and below a story: to subscribe, to follow, who else worked on it.

Stories have the same words in them: of a suspect's Telegram channel, of a husband who is a reporter.  So a
whole sentence of prose is a story's unless it speaks to the reader, or is little but names.
"""

from __future__ import annotations

import re

from scraper.extract import paywalls
from scraper.extract.blocks import Block
from scraper.extract.document import is_prose, key

# These are looked for in lower case: a pattern that ignores case takes three times as long.
_PLUG = re.compile(
    r"newsletter|sign up|subscribe|(?:your|our) subscription|subscription (?:options|offers?)|abonnier|abonnez|suscr[ií]b|bookmark|"
    r"\b(?:your|send|give|share|leave)(?: us)?(?: your)? feedback|follow us|all rights reserved|alle rechte vorbehalten|©|"
    r"^\W*copyright\b|download (?:the|our) app|in your inbox|\b(?:whatsapp|telegram)[ -](?:channel|kanal|canal|groupe?|gruppe|grupo|chaîne)|"
    r"\b(?:canale?|grup[op]?|groupe|saluran|chaîne|canal) (?:de |do |di |d.)?(?:whatsapp|telegram)\b|"
    r"\b(?:join|follow|our|contact|message|text|reach|share|also)\b.{0,40}\b(?:whatsapp|telegram)\b|\S@\S+\.\w",
)
# Wherever they stand: of affiliate links, of the paywall, of embedded content.  Plain words, for one pattern of them all
# takes ten times as long.
_NOTICE = (
    "independently select", "affiliate link", "affiliate-link", "affiliate commission", "affiliate-commission",
    "affiliate partner", "affiliate-partner", "earn a commission", "earn us a commission",
    "to receive new posts and support", "is a reader-supported publication", "is public so feel free to share it", "provisionslink", "réservé aux abonnés",
    "réservée aux abonnés", "solo para suscriptores", "sólo para suscriptores", "tu suscripción", "nur für abonnent",
    "subscriber only", "subscribers only", "already a subscriber", "already a member?", "to continue reading",
    "continue reading this", "continue reading with", "jetzt weiterlesen", "会員限定", "有料会員", "会員登録", "有料記事",
    "無料会員", "externe inhalt", "externer inhalt", "externen inhalt", "empfohlener redaktioneller inhalt",
    "können personenbezogene daten", "dass personenbezogene daten", "ein klick für den datenschutz", "obsah vložený z jiného webu", "content not available",
    "content is not available", "content blocked", "content is blocked", "third-party content", "third party content",
    "enable javascript", "javascript disabled", "javascript is disabled", "javascript required", "javascript is required",
    "browser does not support", "browser doesn't support", "browser doesn’t support", "wrong. please try again", "error. please try again", "unavailable. please try again",
)  # fmt: skip
# What several of them have in common, which a text lacks that has none of them: so most are not looked for.
_STEMS = (
    "affiliate", "commission", "subscri", "suscri", "abonn", "reading", "会員", "inhalt", "personenbezogene", "content ",
    "javascript", "browser", "please try again",
)  # fmt: skip
_BY_STEM = {
    stem: [each for each in _NOTICE if next((known for known in _STEMS if known in each), "") == stem]
    for stem in ("", *_STEMS)
}
#: Those that a story may say of somebody else.
_LOADED = frozenset(
    (
        "independently select", "earn a commission", "réservé aux abonnés", "réservée aux abonnés", "nur für abonnent",
        "subscriber only", "subscribers only", "already a subscriber", "to continue reading", "third-party content", "third party content",
        "solo para suscriptores", "sólo para suscriptores", "content blocked", "content is blocked", "dass personenbezogene daten",
    )
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
    r"^\W*(?:posted|published|filed) (?:by|in|under)\b|^\W*(?:share this page|print this page|back to top|ends)\W*$",
)
# How calls to follow begin, and lines of who edited the story.
_BEGINS = re.compile(
    r"\W*(?:ακολουθήστε|s[íi]g(?:ue|a)nos|siga(?: o|-nos| a)|suivez|folgen sie|seguici|подпи(?:шитесь|сывайтесь)|підпи(?:шіться|суйтесь)|"
    r"bizi takip|تابعونا|ikuti (?:kami|berita|saluran)|volg ons|följ oss|śledź nas|obserwuj nas|urmăriți|关注我们|ติดตามข่าว|"
    r"\[\w{3,20}:[^\[\]]{0,60}\]\W*$|(?:责任编辑|責任編輯|责编|编辑|来源|作者|校对|原标题)\s*[:：].{0,40}$)"
)
# Who wrote it: believed where the page names an author, and this is one; where it names none, if it begins with a name.
_BIO = re.compile(
    r"\bis an? (?:\w+ ){0,4}(?:reporter|correspondent|journalist|columnist|freelance|staff writer|editor)\b|"
    r"\bist (?:\w+-)?(?:reporter|korrespondent|redakteur)",
)
_NAMED = re.compile(r"\W*(?:[A-Z][\w.'’-]*\s+){2,4}ist? ")
_AGENCY = re.compile(
    r"[(\[—–-]\s*(?:quelle|source|fuente|with|mit)?\W*[A-Z][\w/.,+&-]{0,40}(?: [A-Z\d/&+][\w/.,+&-]{0,40}){0,4}[)\]]?|[A-Z]{2,6}(?:[/,]\s?\w{2,10}){0,4}"
)
# Words for the reader and for those who write; "US" and "sie" are others, so that capitals tell.
_TO_READERS = re.compile(
    r"\b(?:us|Us|(?i:you|your|yours|our|ours|we|dein\w*|dir|dich|uns|unser\w*|wir|vous|votre|vos|nous|notre|nos|tu|tus|te|nuestr[oa]s?|usted(?:es)?|"
    r"iscriviti|abbonati|nostr[oaie]|vostr[oaie]|você|nossos?|nossas?|assine|inscreva-se|jouw?|je|uw?|ons|onze|din|ditt|dine?|vår[at]?|vores|"
    r"nasz\w*|twój|twoj\w*|вы|вас|вам|ваш\w*|нас|наш\w*|ви|siz|bizim|anda|kami|kita))\b|[您你]|我们|我們|本站|ください|いただけ|お読み|"
    r"(?<=[\w,] )(?:Sie|Ihnen|Ihr(?:e[mnrs]?)?)\b|\b\w{2,12}en Sie\b"
)
# What a sentence begins with that tells the reader to do something; what only publishers say.
_ASKS = re.compile(
    r"(?:^|[.!?:—–|] )\W*(?:please|sign up|subscribe|follow (?:the|@|us|me)|join|download|register|log in|click|tap|get (?:the|all)|visit|send|share|tell|"
    r"write to|contact the|read (?:more|the|all)|listen to th(?:e|is)|watch the|watch (?:more|now|live|here|this)|bookmark|abonnier\w*|abonnez|suscríb\w+|únete|"
    r"(?:this|the) (?:article|story|post|page) (?:may )?(?:contains?|includes?)|copyright|disclosure)\b|"
    r"©|all rights reserved|alle rechte vorbehalten|\bon this page\b"
)
_SPOKEN = re.compile(r"[“„«][^“”„«»]*[”“»]|\"[^\"]*\"")
#: The share of words with a capital in a line that is little but names.
_NAMES = 0.25
#: Characters of a line of credits, and of a notice: nothing longer is tried, for patterns take long on long lines.
_LINE, _LONGEST = 120, 600
#: Words of a plea at the end of a story; a paragraph that mentions a newsletter is longer.
_MOST = 60


def notices_in(text: str) -> list[str]:
    """The phrases of notices that a text has, in lower case: on most pages none, and so none to look for in each block."""
    return [notice for stem, notices in _BY_STEM.items() if stem in text for notice in notices if notice in text]


def is_notice(block: Block, notices: list[str]) -> bool:
    """Whether a block amid a story is one of those notices of the publisher."""
    if not notices or not _is_short(block):
        return False
    lower = block.text.lower()
    found = [notice for notice in notices if notice in lower]
    return bool(found) and not (_LOADED.issuperset(found) and _is_told(block))


def is_below(block: Block, surnames: list[str]) -> bool:
    """Whether the last block is no more the story's: a plea, credits, the life of its author, of whom ``surnames`` are
    the last names as :func:`key` gives them."""
    if not _is_short(block):
        return False
    lower = block.text.lower()
    if ((_PLUG.search(lower) or paywalls.says(lower)) and not _is_told(block)) or (
        _BIO.search(lower) and _is_author(block, surnames)
    ):
        return True
    if _CREDITS.search(lower) and (_is_of_names(block) or not _is_told(block)):
        return True
    return _BEGINS.match(lower) is not None or (
        len(block.text) <= _LINE and _AGENCY.fullmatch(block.text.strip()) is not None
    )


def speaks_to_readers(text: str) -> bool:
    """Whether a text tells its readers something of itself, of them or of what to do, but for what it quotes."""
    told = _SPOKEN.sub("", text)
    return bool(_TO_READERS.search(told) or _ASKS.search(told.lower()))


def _is_author(block: Block, surnames: list[str]) -> bool:
    if not surnames:
        return _NAMED.match(block.text) is not None
    said = f" {key(block.text)} "
    return any(f" {name} " in said for name in surnames)


def _is_told(block: Block) -> bool:
    """Whether a block is prose that speaks of others, whatever they are quoted with."""
    if not is_prose(block.text):
        return False
    return not speaks_to_readers(block.text) and not any(_PLUG.search(text.lower()) for _, text in block.links)


def _is_of_names(block: Block) -> bool:
    """Whether a line is little but names of people and places."""
    words = block.text.split()
    return sum(word[0].isupper() for word in words) >= _NAMES * len(words)


def _is_short(block: Block) -> bool:
    """Whether a block is no longer than a notice."""
    return len(block.text) <= _LONGEST and block.text.count(" ") < _MOST
