"""What marks a time as that of a change, and not of publication: attributes, and words before a day or behind it."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

# In a class, an id or the name of a property.
_UPDATED, _PUBLISHED = re.compile(r"updat|modif"), re.compile(r"publish|entry-date|pubdate")
# In the languages of the world's news; in the middle of a word only where words are not parted.
_WORDS = (
    r"(?:(?<!\w)(?:updat|modif|edit(?:ed|ado)?\b|revised|corrected|akt(?:ualisiert|\.)|geändert|mise? à jour|actuali[zs]|atualiz|aggiorn|"
    r"(?:última |ultima )modif|bijgewerkt|güncelle|zmienion|zaktual|aktualizov|uppdater|oppdater|opdater|päivitet|frissít|ažuriran|"
    r"ажуриран|обновл|обновен|изменен|оновлен|ενημερ[ώω]|cập nhật|diperbarui|diupdate|kemas ?kini)|"
    r"تحديث|به[\u200c ]?روز ?رسانی|עודכן|עדכון|अपडेट|আপডেট|อัปเดต|อัพเดต|แก้ไข|更新|업데이트|수정)"
)
_CLOCK = r"(?:\d{1,2}[:.hH時时点]\s?\d{2}[^\d]{0,12})?"
_BEFORE = re.compile(rf"{_WORDS}[^\d]{{0,40}}{_CLOCK}$", re.IGNORECASE)
_WORDS_BEHIND = ("更新", "aktualisiert", "geändert", "güncellen", "업데이트", "수정")
_BEHIND = re.compile(rf"[^\d]{{0,6}}{_CLOCK}(?:{'|'.join(_WORDS_BEHIND)})(?!\s*[:：])", re.IGNORECASE)
# The same in markup, with tags between the word and the day.
_TAGGED = rf"{_WORDS}(?=[^\d]{{0,200}}\d)(?:<[^<>]{{0,120}}>|[^<>\d]){{0,40}}{_CLOCK}"

_LABEL = 60  # characters


def is_marked(node: LexborNode) -> bool:
    """Whether an element's own attributes, or the words right before it, say that its time is that of a change."""
    said, before = _marks(node), node.prev
    if _UPDATED.search(said) is not None:
        return _PUBLISHED.search(said) is None
    return before is not None and is_told(before.text()[-_LABEL:])


def is_publication(node: LexborNode) -> bool:
    """Whether an element's own attributes say that its time is that of publication."""
    return "pubdate" in node.attributes or _PUBLISHED.search(_marks(node)) is not None


def _marks(node: LexborNode) -> str:
    return " ".join(value or "" for value in node.attributes.values()).lower()


def is_told(before: str, behind: str = "") -> bool:
    """Whether the words before a day, or right behind it, say that something was changed on it."""
    return _BEFORE.search(before) is not None or _BEHIND.match(behind) is not None


def without(markup: str, day: str) -> str:
    """Markup without the days of changes; ``day`` is the pattern of one."""
    markup = re.sub(f"{_TAGGED}(?:{day})", " ", markup, flags=re.IGNORECASE)
    if any(word in markup for word in _WORDS_BEHIND):  # soon seen; each day is looked for otherwise
        markup = re.sub(f"(?:{day}){_BEHIND.pattern}", " ", markup, flags=re.IGNORECASE)
    return markup
