"""Pages that only send the reader on: a ``<meta http-equiv="refresh">``, and hardly a word beside it."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

from scraper import urls, walls
from scraper.records import Page
from scraper.sites import Site

#: Seconds within which a page must send on; what takes longer is for readers who stay, as live pages have it, or checks them.
LONGEST_DELAY = 3
#: Bytes of such a page, characters of its text ("If you are not sent on within five seconds, click here."), and of the
#: attribute that says where to.
_LARGEST, _LONGEST_TEXT, _LONGEST_CONTENT = 8 << 10, 300, 2048
# Patterns, for the parser is let near pages in worker processes alone.  What a reader whose browser runs scripts does not see.
_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|title|noscript|noframes|template|textarea|iframe|svg)\b.*?(?:</\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"""<(meta|base)\b((?:"[^"]*"|'[^']*'|[^>"'])*)>""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![a-z-])([a-z-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_ANY_TAG, _TITLE = re.compile(r"<[^>]*>"), re.compile(r"<title\b[^>]*>([^<]*)", re.IGNORECASE)
# HTML standard, "shared declarative refresh steps".
_REFRESH = re.compile(
    r"""\s*(?=[0-9.])(?P<seconds>[0-9]*+)[0-9.]*+(?:\s*[;,]\s*|\s+)(?:url\s*=\s*)?(?P<quote>["']?)(?P<url>.*)""",
    re.IGNORECASE | re.DOTALL,
)


def target_of(page: Page, site: Site) -> str | None:
    """The URL on its site that a page sends the reader on to, and does nothing else; None for any other.

    A page that sends to its own address, with whatever query, only loads itself again.  Challenges and consent forms are
    never followed: what stands there is a refusal.
    """
    if page.status != 200 or len(page.body) > _LARGEST or b"refresh" not in page.body.lower() or not page.is_html:
        return None
    markup = page.body.decode("utf-8", "replace")
    seen = _UNSEEN.sub("", markup)
    text = " ".join(unescape(_ANY_TAG.sub(" ", seen)).split())
    title = _TITLE.search(markup)
    is_wall = title is not None and walls.is_title(" ".join(unescape(title[1]).split()))
    if len(text) > _LONGEST_TEXT or is_wall or walls.is_challenge(page.body) or walls.asks_consent(text):
        return None
    tags = [(tag[1].lower(), _attributes(tag[2])) for tag in _TAG.finditer(seen)]
    base = next((found for name, said in tags if name == "base" and (found := said.get("href"))), "")
    for name, said in tags:
        is_refresh = name == "meta" and said.get("http-equiv", "").lower() == "refresh"
        steps = _REFRESH.match(said.get("content", "")[:_LONGEST_CONTENT]) if is_refresh else None
        if steps is not None:
            there = steps["url"].partition(steps["quote"])[0] if steps["quote"] else steps["url"]
            target = urls.normalise(there, urls.normalise(base, page.final_url) or page.final_url)
            is_soon = int(steps["seconds"][:4] or 0) <= LONGEST_DELAY
            is_elsewhere = target is not None and _place(target) != _place(page.final_url)
            return target if target and is_soon and is_elsewhere and site.covers(target) else None
    return None


def _attributes(text: str) -> dict[str, str]:
    found = ((match[1].lower(), unescape(match[2].strip("\"'"))) for match in _ATTRIBUTE.finditer(text))
    return dict(reversed([*found]))  # of two of a name the first counts


def _place(url: str) -> tuple[str, str, str]:
    """A URL without its query."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc, parts.path
