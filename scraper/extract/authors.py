"""Names of people, out of bylines and metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scraper.extract.dates import MONTH_NAMES
from scraper.extract.document import letters, tidy

_BY = re.compile(
    r"^(?:(?:written|story|report(?:ed)?|analysis|updated|posted|published|submitted|text|words) by|(?:postado|publicado|escrito|redigido|redactado) por|"
    r"(?:publié|écrit|rédigé|soumis|posté|proposé) par|(?:geschrieben|verfasst|erstellt|veröffentlicht) von|(?:pubblicato|scritto|inviato) da|"
    r"(?:geplaatst|geschreven|gepost) door|(?:skriven|publicerad|skrevet|publisert) av|(?:skrevet|udgivet) af|ditulis oleh|oleh|opublikowan[ey] przez|"
    r"napisał[a]?|(?:γράφει|του|της)(?: (?:η|ο|οι))?|โดย|imeandikwa na|by|por|par|avec|von|di|da|door|av|af|texte? (?:de|von)|"
    r"ein(?:e)? (?:kommentar|analyse|gastbeitrag) von|escrito por|scritto da|بقلم|كتب|كتبت|الكاتب)\b[\s:،]*|"
    r"^(?:作者|記者|记者|文|автор(?:ы)?|текст|נכתב על ידי|συντάκτης|συντάκτρια|نویسنده|گزارش|penulis|reporter|tác giả|ผู้เขียน|लेखक|"
    r"글|מאת|autor(?:a|es|en)?|auteur|author|yazan|yazar|haber|muhabir|autore|text|texte?|texto|testo|words|story|report)"
    r"\s*[:：][\s]*|^(?:(?:本[报報社网網台刊]|新华社|新華社)(?:实习|實習|特约|特約)?)?(?:记者|記者|通讯员)[\s:：]+",
    re.IGNORECASE,
)
# Whose the pictures are, and who edited the text.
_NO_WRITER = re.compile(
    r"^(?:(?:photo(?:graph)?|image|picture|illustration|video|graphic)s?|fotos?|bild(?:er)?|grafik|imagen|fotografía|foto|фото)\s*(?:by\b|von\b|de\b|di\b|[:：/])|^(?:责任编辑|責任編輯|责编|编辑|編輯|編集|校对)\s*[:：]",
    re.IGNORECASE,
)
_PICTURES = re.compile(r"\s+(?:fotos?|photos?|bild(?:er)?|фото|φωτο|illustrations?)\s*:.*", re.IGNORECASE | re.DOTALL)
_PARTS = re.compile(
    r"\s*(?:,(?!\s*(?:Jr|Sr|II|III)\b)|;|\||•| · |(?<=[^\W\d_])·(?=[A-ZÀ-Þ])|،|、| and | & | y | und | et | e | en | og | och | и | و | ve )\s*"
)
_NOT_A_NAME = re.compile(
    r"https?://|@|^\W*$|^(?:published|posted|updated|last (?:modified|updated)|filed under)$|^\d|\d:\d\d|\b(?:19|20)\d{2}\b|^(?:staff|admin|editor|null|none|undefined|comments?|share|print|news|sports?|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:january|february|march|april|may|june|july|august|september|october|november|"
    r"december) \d{1,2}|(?:[\w.&'’-]+ ){0,5}(?:correspondent|reporter|editor(?:-in-chief)?|bureau chief|writer|contributor|columnist|journalist|producer|"
    r"photographer|korrespondent(?:in)?|redakteur(?:in)?|journaliste|correspondante?|periodista|corresponsal|redactora?|giornalista|"
    r"jornalista|корреспондент|журналист))$",
    re.IGNORECASE,
)
# What is told of a person behind the name: degrees and offices.
_DEGREE = re.compile(
    r"(?:M\.?D|Ph\.?D|D\.?O|J\.?D|M\.?[AS]|M\.?Sc|B\.?[AS]|M\.?P\.?H|MBA|MPP|RDN?|L\.?D\.?N?|R\.?N|NP|PA-?C|DDS|DVM|DPT|LCSW|CPA|CFA|CFP|"
    r"CSCS|CPT|Psy\.?D|Ed\.?D|FRCP|Esq|[QK]C|M[EP]P|OBE|CBE|MBE)\.?",
)
# What a day in one line with the name begins with, and what stands alone before it.
_POSTED = (
    r"(?:(?:first |last )?(?:published|posted|updated|modified|created|submitted)|veröffentlicht|aktualisiert|erschienen|erstellt|publié|posté|mis à jour|"
    r"publicado|actualizado|pubblicato|gepubliceerd|publicerad|publisert)\b\W*"
)
_ON = r"(?:\b(?:on|le|am|el|il|em|den|op)\b\W*)?"
# The day on which it was written, in one line with the name.
_DATED = re.compile(
    rf"[\s,(|–—-]*(?:\b{_POSTED})?{_ON}(?:\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|tue|wed|thu|fri|sat|sun)\.?|"
    r"(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|lundi|mardi|mercredi|"
    r"jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo),?\s+)?"
    rf"(?:\b(?:{MONTH_NAMES})\.?\s+\d{{1,2}}\b|"
    rf"\b\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:de\s+)?(?:{MONTH_NAMES})\b|"
    r"\b\d{4}-\d{2}-\d{2}|\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d{2}\b).*",
    re.IGNORECASE | re.DOTALL,
)
_BEHIND_DAY = re.compile(r"(?<!\w)(?:by|par|por|von|di|da|door|av|af|Par|Von|By|Por)\s+(?=[A-ZÀ-ÞА-Я])")
# Whose words a person has used, or who has helped; where the person was.
_WITH = re.compile(r"\s+(?:with|avec|mit|con|com|met|med)\s+")
_IN_PLACE = re.compile(r"\s+(?:in|aus|à)\s+[A-ZÀ-Þ].*$", re.DOTALL)
_AND = re.compile(r"^(?:and|und|et|y|og|och|и|و|&)\s+")
# Arabic writes "and" as a letter before the name; some names begin with it.
_ARABIC_AND = re.compile(r"\s+و(?=[\u0621-\u064a]{2})")
_WITH_WAW = frozenset(
    "وليد وائل وسام وسيم وفاء وجدي وداد وهبي وهبة وهيب وحيد ورد وردة وصفي وعد وضاح ولاء وفيق وجيه وديع ولي وصال".split()
)
# A name with the surname before it, as catalogues have it.
_INVERTED = re.compile(r"([A-ZÀ-Þ][a-zà-þ'’-]+(?:[A-ZÀ-Þ][a-zà-þ]+)?),\s([A-ZÀ-Þ][a-zà-þ'’-]+(?:\s[A-Z]\.?)?)")
# What stands behind a name: initials, an agency, a place in brackets; the reporter's title in Korean and Japanese.
_BRACKETS = re.compile(r"\s*[(（\[][^()（）\[\]]*[)）\]]\s*$")
# An address behind the name.
_MAIL = re.compile(r"[(\[<]?[\w.+-]+@[\w-]+\.[\w.-]+[)\]>]?")
_ROLE = re.compile(r"\s*(?:기자|특파원|선임기자|記者|編集委員)$|\s+for\s+(?:[\w-]+\.)+[a-z]{2,12}$", re.IGNORECASE)
# Reporters in Korean and Japanese by their titles, as they sign.
_SIGNED = re.compile(
    r"(?:[가-힣]{2,4}\s?(?:선임)?(?:기자|특파원)|[\u4e00-\u9fff]{3,5}\s?(?:記者|編集委員))(?:\s+\S+@\S+)?$"
)
# What stands behind the name with a dash: the place, the paper, the day.
_BEHIND = re.compile(r"^((?:[A-ZÀ-ÞА-ЯΑ-Ω][\w.'’-]*\s+){1,3}[A-ZÀ-ÞА-ЯΑ-Ω][\w.'’-]*)\s+[-–—]\s.*", re.DOTALL)
#: Characters of a byline; what is longer is running text.
_LONGEST = 500
#: What is cut off both ends of a name.
_EDGES = " ,:;|-–—•"


def people(names: Iterable[str], publishers: Iterable[str]) -> tuple[str, ...]:
    """The names that are neither the publisher's own nor the address of a site; none where no person is among them.

    An agency that signs beside a person stays.
    """
    own = {letters(name) for name in publishers}

    def is_own(name: str) -> bool:
        first = name.split(maxsplit=1)[0]
        is_desk = first.isupper() and letters(first) in own  # of a publisher that is known by its letters
        return is_desk or letters(name) in own or _HOST.fullmatch(name) is not None

    others = [name for name in names if not all(is_own(part) for part in name.split("/") if part.strip())]
    signed = (part for name in others for part in name.split("/"))
    return (
        tuple(others)
        if any(letters(part) not in _NO_PEOPLE and not is_own(part) for part in signed if part.strip())
        else ()
    )


_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")
#: Agencies by the names that they sign with, and what the desks of publishers call themselves, as :func:`_bare` has them.
_NO_PEOPLE = frozenset(
    "afp agencefrancepresse ap associatedpress theassociatedpress reuters dpa apa epd kna efe agenciaefe europapress ansa "
    "adnkronos askanews tass тасс interfax интерфакс риановости xinhua 新华社 新華社 kyodo kyodonews 共同通信 jiji 時事通信 "
    "yonhap 연합뉴스 anadolu anadoluagency anadoluajansı pti ians bernama mti ctk čtk tasr ntb ritzau keystonesda belga anp lusa "
    "agencialusa hina tanjug ukrinform irna wafa upi canadianpress thecanadianpress pressassociation pamedia aap "
    "agencies agency agenturen agentur agencias agences agenzie agenzia newsagencies red redaktion redaction rédaction "
    "larédaction redacción redacao redação redazione newsroom newsdesk webdesk editorialboard".split()
)


def label(byline: str) -> str:
    """The word before the names in a byline, "By" say; nothing where there is none."""
    found = _BY.match(byline.strip())
    return found[0] if found else ""


def is_signed(line: str) -> bool:
    """Whether a line is a name and the title of reporters in Korean or Japanese, as they sign with."""
    return _SIGNED.match(line) is not None


def clean(raw: Iterable[str], *, parted: bool = True) -> tuple[str, ...]:
    """The names in some bylines: labels off, lists parted, each name once, in order.

    ``parted`` says whether one text may hold several names ("A, B and C").
    """
    names: dict[str, str] = {}
    for byline in raw:
        if len(byline) > _LONGEST:
            continue
        line = _signed_part(tidy(_MAIL.sub(" ", byline) if "@" in byline else byline))
        text = _undated(_PICTURES.sub("", _BY.sub("", line))).strip(_EDGES)
        for position, part in enumerate(_parts(text, is_labelled=_BY.match(line) is not None) if parted else [text]):
            bare = _BRACKETS.sub("", _BY.sub("", _BEHIND.sub(r"\1", _AND.sub("", part))))
            name = tidy(_IN_PLACE.sub("", _ROLE.sub("", bare))).strip(_EDGES)
            if position and _DEGREE.fullmatch(part.strip()):
                continue
            if name and len(name) <= 80 and not _NOT_A_NAME.search(name) and not _NO_WRITER.search(name):
                names.setdefault(name.casefold(), name)
    return tuple(names.values())


def _parts(text: str, *, is_labelled: bool) -> list[str]:
    """The names that a byline lists."""
    pieces = [_INVERTED.fullmatch(piece.strip()) for piece in text.split(";")]
    inverted = [f"{piece[2]} {piece[1]}" for piece in pieces if piece and letters(piece[1]) not in _NO_PEOPLE]
    if len(inverted) == len(pieces) and not is_labelled:
        return inverted
    head, *others = _WITH.split(text)
    helped = [other for other in others if letters(_PARTS.split(other)[0]) not in _NO_PEOPLE]
    parts = [each for part in _PARTS.split(", ".join([head, *helped])) for each in _apart(part)]
    # By Ann Lee and Bo Fox, Berlin.
    has_place = (
        is_labelled and len(parts) > 1 and all(" " in part for part in parts[:-1]) and text.endswith(f", {parts[-1]}")
    )
    return parts[:-1] if has_place and parts[-1].isalpha() and letters(parts[-1]) not in _NO_PEOPLE else parts


def _apart(name: str) -> list[str]:
    """Two Arabic names that are joined by a letter."""
    for joint in _ARABIC_AND.finditer(name):
        left, right = name[: joint.start()], name[joint.end() :]
        if " " in left and " " in right and f"و{right.split()[0]}" not in _WITH_WAW:
            return [left, *_apart(right)]
    return [name]


def _signed_part(byline: str) -> str:
    """A byline from its label on, where a day stands before that: Published on 6 November by Ann Lee."""
    dated = _DATED.search(byline) if any(character.isdigit() for character in byline) else None
    if dated is None or byline[: dated.start()].strip(_EDGES):
        return byline
    signed = _BEHIND_DAY.search(byline, dated.start())
    return byline[signed.start() :] if signed is not None else byline


def _undated(byline: str) -> str:
    """A byline without the day behind the names; nothing, where it is no more than a day."""
    dated = _DATED.search(byline) if any(character.isdigit() for character in byline) else None
    if dated is None or 0 < dated.start() <= len("by "):
        return byline
    return byline[: dated.start()].strip(_EDGES)
