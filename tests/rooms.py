"""What tests of the made-up news site share."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from scraper.newsroom import START, Answer, Newsroom, Story

DAY = timedelta(days=1)


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def text(answer: Answer) -> str:
    return answer.body.decode()


def plain(markup: str) -> str:
    """What a reader sees: tags away and nothing in their place, references resolved."""
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


def locations(answer: Answer) -> list[str]:
    return [urlsplit(url).path for url in re.findall(r"<loc>([^<]+)</loc>", text(answer))]


def listed(room: Newsroom) -> set[str]:
    """Every path that the sitemaps list."""
    return {path for name in locations(room.answer("/sitemap.xml")) for path in locations(room.answer(name))}


def an_article(room: Newsroom, language: str = "en") -> Story:
    return next(s for s in room.stories() if s.kind == "article" and s.language == language)
