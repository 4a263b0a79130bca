"""What challenges and consent forms are known by: what stands between a reader and the story."""

from __future__ import annotations

import re

# The whole title of a challenge, but for the site's name after a dash: stories have such words in theirs.
_CHALLENGE = re.compile(
    r"(?:just a moment|attention required|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human|"
    r"are you a robot|access denied|pardon our interruption|ddos protection|security check|access to this page has been denied|"
    r"un momento|um momento|un instant|einen moment|even geduld|подождите|请稍候|しばらくお待ちください|잠시만 기다리십시오)"
    r"[\s.!?…]*(?:[|–—-].*)?",
    re.IGNORECASE,
)
# Looked for word by word and in this case: one pattern for all takes milliseconds on a long page.
_MARKUP = (
    b"cf-chl-", b"challenge-platform", b"_cf_chl_opt", b"px-captcha", b"datadome", b"DataDome", b"g-recaptcha",
    b"h-captcha", b"distil_", b"incapsula", b"Incapsula",
)  # fmt: skip
_CONSENT = re.compile(
    r"before you continue|we (?:value|respect) your privacy|your privacy (?:choices|matters)|cookie consent|consent\.(?:yahoo|google)|"
    r"accept (?:all )?cookies|zustimmung|einwilligung|mit werbung weiterlesen|consentement|consentimiento",
    re.IGNORECASE,
)
# The whole title of a consent form: of stories about consent it is a word among others.
_CONSENT_TITLE = re.compile(rf"(?:before you continue\b.*|(?:{_CONSENT.pattern})[\s.!?…]*(?:[|–—-].*)?)", re.IGNORECASE)


def is_title(title: str) -> bool:
    """Whether a page's title is that of a challenge or a consent form."""
    return (_CHALLENGE.fullmatch(title) or _CONSENT_TITLE.fullmatch(title)) is not None


def is_challenge(source: bytes) -> bool:
    """Whether the markup of a page with next to no text has a challenge in it; stories have one in their forms."""
    return any(mark in source for mark in _MARKUP)


def asks_consent(text: str) -> bool:
    """Whether the little text of a page asks for consent."""
    return _CONSENT.search(text) is not None
