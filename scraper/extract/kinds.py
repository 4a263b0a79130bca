"""What a page is: a story (article, video, gallery, live), or a section, a wall, an error, something else."""

from __future__ import annotations

import re

from scraper import urls, walls
from scraper.extract.document import Document
from scraper.extract.structured import ARTICLE_TYPES, STORY_TYPES, og_type, types_of
from scraper.records import Kind

#: Words of body without which a page that does not say what it is, is no article.
MIN_WORDS = 60
#: The same for a page that says when it was published.
MIN_WORDS_DATED = 20
#: Words of the shortest of news.
_BRIEF = 10
#: A wall's own text is short; an article that mentions cookies is longer.
WALL_WORDS = 150

# What consent forms say of those who pay for them (IAB Europe, "Transparency & Consent Framework"), and of what.
_PARTNERS = re.compile(
    r"\b(?:we|us) and our (?:[\w.-]+ ){0,2}partners|wir und unsere (?:[\w.-]+ )?partner|nous et nos (?:\w+ )?partenaires|nosotros y nuestros (?:\w+ )?socios|"
    r"noi e (?:i nostri )?(?:\w+ )?(?:partner|fornitori|terze parti)|nós e os nossos (?:\w+ )?parceiros|wij en onze (?:\w+ )?partners|my i nasi partnerzy"
)
_TRACKED = re.compile(
    r"cookie|\bdevices?\b|gerät|appareil|dispositiv|apparaat|urządzeni|personal data|personenbezogen|données|datos|dados|dati personali"
)
# Looked for in lower case, which takes a third of the time.
_ERROR = re.compile(
    r"^\W*(?:error\s*|http\s*)?(?:40[0-9]|410|429|50[0-4])(?:\W*$|\s*[|–—-](?:\s*\S+){1,3}$|\W+(?:error\b|(?:page |file )?not found|"
    r"forbidden|gone\W*$|bad (?:gateway|request)|unauthorized|service (?:temporarily )?unavailable|internal server|oops|too many requests|"
    r"gateway time-?out|page (?:not|missing)).*)$|"
    r"page (?:was |is )?(?:not found|missing)|page (?:you .{3,40} )?(?:does not|doesn.t) exist|^\W*nothing (?:was )?found\W*(?:[|–—-].*)?$|"
    r"^\W*(?:forbidden|bad gateway|too many requests|service unavailable|internal server error)\W*(?:[|–—-].*)?$|"
    r"seite (?:wurde )?nicht gefunden|página no encontrada|página não encontrada|page (?:introuvable|non trouvée)|"
    r"pagina non trovata|pagina niet gevonden|страница не найдена|сторінку не знайдено|sayfa bulunamadı|strona nie (?:została )?znaleziona|"
    r"الصفحة غير موجودة|ページが見つかりません|找不到页面|页面不存在|頁面不存在|페이지를 찾을 수 없습니다"
)
#: schema.org types of pages that list others.
_LISTS = frozenset({"collectionpage", "searchresultspage", "profilepage"})
_LISTING = frozenset({"archive", "search-results", "path-taxonomy", "page-taxonomy"})
_SINGLE = frozenset({"single", "single-post", "singular", "page-node"})
# Publishers' own words for kinds, as their metadata has them.
_WORDS: dict[str, Kind] = {
    "article": "article", "news": "article", "story": "article", "post": "article", "opinion": "article",
    "video": "video", "gallery": "gallery", "album": "gallery", "images": "gallery", "photos": "gallery",
    "live": "live", "liveblog": "live", "page": "other", "section": "section", "category": "section",
}  # fmt: skip


def by_word(word: str) -> Kind | None:
    """The kind that a publisher's word stands for."""
    return _WORDS.get(word.strip().lower())


def wall(document: Document, text: str, words: int, *, is_told: bool) -> bool:
    """Whether the page stands between the reader and the story: a challenge or a consent form.

    ``text`` is what was read of it, ``words`` of them.  ``is_told``: it says of itself that it is a story, and when it was
    published; such pages have forms beside it.
    """
    if words > WALL_WORDS:
        return False
    lower = text.lower()
    if _PARTNERS.search(lower) and _TRACKED.search(lower):
        return True  # and the story is still behind it
    if walls.is_title(document.title_element):
        return True
    if is_told and words >= _BRIEF:
        return False
    if words < 30 and walls.is_challenge(document.source):
        return True
    body = document.tree.body
    visible = (body.text(separator=" ") if body is not None else "")[:3000]
    return words < 60 and len(visible) < 2500 and walls.asks_consent(visible)


def classify(
    document: Document, text: str, *, said: Kind | None, title: str | None, words: int, dated: bool, by_rules: bool
) -> Kind:
    """The kind of a page whose body is ``text``, of so many words.  ``said`` is what the site's own rule
    gave, ``dated`` whether the page says when it was published, ``by_rules`` whether the site's
    rules found its body (walls stand in another's markup)."""
    if said is not None:
        return said
    typed = _by_metadata(document, words)
    if not (by_rules and words) and wall(document, text, words, is_told=dated and typed is not None):
        return "wall"
    if words < WALL_WORDS and _ERROR.search((title or document.title_element).lower()):
        return "error"
    if urls.path_of(document.url) == "/" and "?" not in document.url:
        return "section"
    if typed is None and _is_listing(document, words):
        return "section"
    if typed is not None and title and (words or dated):
        return typed
    if title and words >= (MIN_WORDS_DATED if dated else MIN_WORDS):
        return "article"
    return "section" if len(document.tree.css("a[href]")) > 40 and words < MIN_WORDS else "other"


def _is_listing(document: Document, words: int) -> bool:
    """Whether a page says that it lists others: in JSON-LD, or by the classes that WordPress and Drupal give to its body."""
    body = document.tree.body
    looks = set((body.attributes.get("class") or "").lower().split()) if body is not None else set()
    return bool(looks & _LISTING and not looks & _SINGLE) or (
        words < WALL_WORDS and any(kind in _LISTS for node in document.json_ld for kind in types_of(node))
    )


def _by_metadata(document: Document, words: int) -> Kind | None:
    """The kind that JSON-LD or OpenGraph names; a video beside a text of ``words`` words makes it no video."""
    kinds = [STORY_TYPES[kind] for node in document.json_ld for kind in types_of(node) if kind in STORY_TYPES]
    for kind in ("live", "article", "gallery"):
        if kind in kinds:
            return kind
    og = og_type(document)
    if og.startswith("video") or ("video" in kinds and words < (MIN_WORDS if og in ARTICLE_TYPES else WALL_WORDS)):
        return "video"
    return "article" if og in ARTICLE_TYPES or "video" in kinds else None
