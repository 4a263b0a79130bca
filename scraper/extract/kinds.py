"""What a page is: a story (article, video, gallery, live), or a section, a wall, an error, something else."""

from __future__ import annotations

import re

from scraper import urls
from scraper.extract.document import Document
from scraper.extract.structured import STORY_TYPES, types_of
from scraper.records import Kind

#: Words of body without which a page that does not say what it is, is no article.
MIN_WORDS = 60
#: The same for a page that says when it was published.
MIN_WORDS_DATED = 20
#: A wall's own text is short; an article that mentions cookies is longer.
WALL_WORDS = 150

# The whole title of a challenge, but for the site's name after a dash: stories have such words in theirs.
_CHALLENGE = re.compile(
    r"(?:just a moment|attention required|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human|"
    r"are you a robot|access denied|pardon our interruption|ddos protection|security check)[\s.!?…]*(?:[|–—-].*)?",
    re.IGNORECASE,
)
# Looked for word by word and in this case: one pattern for all takes milliseconds on a long page.
_CHALLENGE_MARKUP = (
    b"cf-chl-", b"challenge-platform", b"_cf_chl_opt", b"px-captcha", b"datadome", b"DataDome", b"g-recaptcha",
    b"h-captcha", b"distil_", b"incapsula", b"Incapsula",
)  # fmt: skip
_CONSENT = re.compile(
    r"before you continue|we (?:value|respect) your privacy|your privacy (?:choices|matters)|cookie consent|consent\.(?:yahoo|google)|"
    r"accept (?:all )?cookies|zustimmung|einwilligung|mit werbung weiterlesen|consentement|consentimiento",
    re.IGNORECASE,
)
# Looked for in lower case, which takes a third of the time.
_ERROR = re.compile(
    r"^\W*(?:error\s*)?(?:404|410|500|503)\b|page (?:was )?not found|page (?:does not|doesn.t) exist|nothing (?:was )?found|"
    r"seite nicht gefunden|página no encontrada|page introuvable|الصفحة غير موجودة"
)
# Publishers' own words for kinds, as their metadata has them.
_WORDS: dict[str, Kind] = {
    "article": "article", "news": "article", "story": "article", "post": "article", "opinion": "article",
    "video": "video", "gallery": "gallery", "album": "gallery", "images": "gallery", "photos": "gallery",
    "live": "live", "liveblog": "live", "page": "other", "section": "section", "category": "section",
}  # fmt: skip


def by_word(word: str) -> Kind | None:
    """The kind that a publisher's word stands for."""
    return _WORDS.get(word.strip().lower())


def wall(document: Document, words: int) -> bool:
    """Whether the page stands between the reader and the story: a challenge or a consent form."""
    if words > WALL_WORDS:
        return False
    heading = document.title_element
    if _CHALLENGE.fullmatch(heading) or (words < 30 and any(mark in document.source for mark in _CHALLENGE_MARKUP)):
        return True
    body = document.tree.body
    visible = (body.text(separator=" ") if body is not None else "")[:3000]
    return bool(_CONSENT.search(heading)) or (words < 60 and len(visible) < 2500 and bool(_CONSENT.search(visible)))


def classify(
    document: Document, *, said: Kind | None, title: str | None, words: int, dated: bool, by_rules: bool
) -> Kind:
    """The kind of a page whose body has ``words`` words.  ``said`` is what the site's own rule
    gave, ``dated`` whether the page says when it was published, ``by_rules`` whether the site's
    rules found its body (walls stand in another's markup)."""
    if said is not None:
        return said
    if not (by_rules and words) and wall(document, words):
        return "wall"
    if words < WALL_WORDS and _ERROR.search((title or document.title_element).lower()):
        return "error"
    if urls.path_of(document.url) == "/":
        return "section"
    typed = _by_metadata(document)
    if typed is not None and title and (words or dated):
        return typed
    if title and words >= (MIN_WORDS_DATED if dated else MIN_WORDS):
        return "article"
    return "section" if len(document.tree.css("a[href]")) > 40 and words < MIN_WORDS else "other"


def _by_metadata(document: Document) -> Kind | None:
    """The kind that JSON-LD or OpenGraph names."""
    kinds = [STORY_TYPES[kind] for node in document.json_ld for kind in types_of(node) if kind in STORY_TYPES]
    for kind in ("live", "article", "gallery"):
        if kind in kinds:
            return kind
    og = (document.meta.get("og:type") or [""])[0].lower()
    if og.startswith("video") or "video" in kinds:
        return "video"
    return "article" if og in ("article", "news", "blog", "story") else None
