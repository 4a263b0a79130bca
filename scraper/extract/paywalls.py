"""Stories that are cut short for who has not paid, on pages whose data does not say so: they end, and below the last
sentence stands how to read on.

Believed of short texts only, for many sites have such lines below whole stories, too.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from scraper.extract.document import Document

# How publishers tell readers to pay for the rest, in lower case, by letters that are in all of the phrases: a page without
# them, as most are, is searched no further.
_PHRASES = {
    stem: re.compile(phrases)
    for stem, phrases in {
        " to ": r"(?:subscribe|log ?in|sign ?in|sign ?up|register|pay)(?: now| today| here)? to (?:continue|keep|finish|unlock)\b|"
        r"(?:subscribe|register|pay)(?: now| today| here)? to read\b|to (?:continue|keep) reading (?:this|the|your)\b|to read the (?:full|whole|rest of (?:the|this)) (?:story|article)|"
        r"(?:article|story|content|post) is (?:only |exclusively )?(?:available |reserved |exclusive )?(?:only )?(?:for|to) (?:\w+ ){0,2}(?:subscribers|members)",
        "reading": r"(?:continue|keep) reading (?:with|for (?:just|only|free|\W)|by)\b",
        "reste": r"il (?:vous )?reste [\d.,]+ ?% (?:de|à)",
        "abonn": r"réservée? (?:aux|à nos) abonné|abonnez-vous pour (?:lire|continuer|poursuivre|accéder)|(?:nur|exklusiv) für (?:\w+ )?abonnent|"
        r"für abonnent\w+ (?:lesbar|verfügbar)|(?:alleen|exclusief) voor abonnees|(?:for|bare for|kun for) abonnent|abonnér for at læse",
        "la suite": r"pour lire la suite|la suite (?:de cet article )?est réservée|lire la suite en (?:m'|m’|s'|s’|vous )abonnant",
        "weiterlesen": r"(?:jetzt )?weiterlesen (?:mit|im abo)\b|mit (?:dem |einem |unserem )?[\w+-]{2,20}(?: abo)? weiterlesen|um weiterzulesen",
        "suscr": r"suscríb\w+ para (?:seguir|leer|continuar)|(?:sólo|solo|exclusiv[oa]|contenido|reservado) para (?:nuestros )?suscriptores",
        "leyendo": r"para (?:seguir|continuar) leyendo",
        "assin": r"(?:exclusiv[oa]|só|apenas|somente) para assinantes|assine (?:já |agora )?para (?:ler|continuar)",
        "abbonat": r"(?:riservat[oa]|solo) (?:agli|per gli|per) abbonati|abbonati (?:ora |subito )?per (?:leggere|continuare)",
        "verder": r"lees verder (?:met|als|voor)\b|om verder te lezen",
        "prenumer": r"(?:bara|endast) för prenumeranter|bli prenumerant för att|tylko dla (?:naszych )?prenumerator",
        "subskry": r"tylko dla (?:naszych )?subskrybent|wykup subskrypcję, (?:aby|żeby)",
        "tilaaj": r"vain tilaajille",
        "předplat": r"(?:jen|pouze) pro předplatitele",
        "подпис": r"только (?:для|по) (?:\w+ )?подписчик|доступ\w* (?:только )?по подписке|оформите подписку, чтобы",
        "передплат": r"(?:лише|тільки) для передплатників|оформіть передплату, щоб",
        "abone": r"abonelere özel|okumak için abone ol",
        "المشترك": r"(?:للمشتركين|المشتركين) فقط",
        "συνδρομητ": r"μόνο για συνδρομητές",
        "限定": r"会員限定(?:記事)?(?:です|の記事です|\s)|有料会員限定(?!の)",
        "続き": r"続きを(?:読むには|お読み|ご覧)",
        "有料記事": r"有料記事です",
        "残り": r"残り[:：]?\s*[\d,，]+\s*(?:文字|字)",
        "订阅": r"订阅后(?:继续)?阅读|仅限订阅",
        "訂閱": r"訂閱後(?:繼續)?閱讀|僅限訂閱",
        "구독": r"구독자 전용|구독하고 (?:계속|이어)",
    }.items()
}
#: Words of a text that may be the beginning of a story.
_WORDS = 120
#: Characters of a text's end by which that is found, of what stands below, and of a line that is none of the story's.
_END, _BELOW, _LINE = 30, 400, 120
_UNSEEN = 'script, style, template, noscript, dialog, [hidden], [aria-hidden=true], [style*="display:none"], [style*="display: none"]'


def says(lower: str) -> bool:
    """Whether a text, in lower case, tells readers to pay for the rest of a story."""
    return any(stem in lower and phrases.search(lower) for stem, phrases in _PHRASES.items())


def told_below(document: Document, last: str, words: int) -> str | None:
    """What the page says below a text of so many words that is only the beginning of a story, or in its last line; None where
    it says nothing such.  ``last`` is the text's last paragraph."""
    if not 0 < words <= _WORDS:
        return None
    source = document.source.lower()  # of the letters of ASCII alone
    likely = [phrases for stem, phrases in _PHRASES.items() if stem.encode() in source]
    if not likely:
        return None
    tree = LexborHTMLParser(document.source)  # the document's own is cut down by now
    for node in tree.css(_UNSEEN):
        if node.tag not in ("html", "body"):  # which sites hide until all is loaded
            node.decompose()
    last, seen = _folded(last), _folded(tree.body.text()) if tree.body is not None else ""
    _, found, below = (
        seen.rpartition(last[-_END:]) if last else ("", "", "")
    )  # it may be marks alone, which fold to nothing
    line = last if len(last) <= _LINE else ""
    matches = [match for phrases in likely if found and (match := phrases.search(f"{line} {below[:_BELOW]}"))]
    return min(matches, key=lambda match: match.start())[0] if matches else None


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
