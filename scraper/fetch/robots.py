"""What a host's robots.txt says: who may fetch what, how slowly, and where the sitemaps are.

RFC 9309: a 4xx answer allows everything, a 5xx or no answer forbids everything, and a
crawler reads at least 500 KiB of the file.
"""

from __future__ import annotations

import re

from protego import Protego

from scraper import urls
from scraper.errors import FetchError, Forbidden, TransientError
from scraper.fetch.guard import NO_SUCH_HOST
from scraper.utf16 import from_utf16

#: Bytes of a robots.txt that are read (RFC 9309 section 2.5 asks for at least as much).
MAX_BYTES = 512 * 1024

#: Seconds; a Crawl-delay beyond is a slip of the pen, and one page an hour is slow enough.
MAX_CRAWL_DELAY = 3600.0

_USER_AGENT = re.compile(r"^([ \t]*user-?agent[ \t]*:[ \t]*)([^\r\n#]*)", re.IGNORECASE | re.MULTILINE)
_TOKEN = re.compile(r"[A-Za-z_-]*")


class Robots:
    """The rules of one origin (scheme, host and port)."""

    def __init__(
        self, text: str, *, agent: str, unreachable: str | None = None, forbidden: bool = False,
        unanswered: bool = False, unknown_host: bool = False, left: float | None = None,
    ) -> None:  # fmt: skip
        self._rules = Protego.parse(_with_whole_tokens(text, agent))
        self._agent = agent
        #: Why the file could not be had, if that forbids everything.
        self.unreachable = unreachable
        #: Whether that is because the host is one that a page may not send us to.
        self.forbidden = forbidden
        #: Whether that is because nothing answered.
        self.unanswered = unanswered
        #: Whether that is because the host's name leads nowhere: it may be mistyped.
        self.unknown_host = unknown_host
        #: Seconds for which the host asked to be left alone, if it did instead of giving the file.
        self.left = left
        self.sitemaps: tuple[str, ...] = tuple(self._rules.sitemaps)
        delay = self._rules.crawl_delay(agent)
        #: Seconds; None where none is asked for, or no number of 0 or more (nan is neither).
        self.crawl_delay = min(float(delay), MAX_CRAWL_DELAY) if delay is not None and delay >= 0 else None

    @classmethod
    def of_answer(cls, status: int, body: bytes, *, agent: str) -> Robots:
        """The rules that an answer with this status and body means."""
        if status >= 500 or status == 429:
            return cls("", agent=agent, unreachable=f"robots.txt answered {status}")
        body = body[:MAX_BYTES]
        body = from_utf16(body) or body  # RFC 9309 section 2.2 asks for UTF-8
        text = body.decode("utf-8-sig", errors="replace") if 200 <= status < 300 else ""
        return cls(text, agent=agent)

    @classmethod
    def of_failure(cls, error: FetchError, origin: str, *, agent: str, patience: float) -> Robots:
        """The rules of an origin whose file could not be had; ``patience`` is the seconds that a run waits on its word."""
        is_here = error.about == urls.host_of(origin)  # and not where the file redirects to
        asked = error.retry_after or 0
        return cls(
            "", agent=agent, unreachable=f"no robots.txt to be had ({error.message})",
            forbidden=isinstance(error, Forbidden) and is_here,
            unanswered=isinstance(error, TransientError) and error.status is None and not asked,
            unknown_host=error.message == NO_SUCH_HOST, left=asked if asked > patience else None,
        )  # fmt: skip

    def allows(self, url: str) -> bool:
        """Whether the URL may be fetched."""
        return self.unreachable is None and bool(self._rules.can_fetch(url, self._agent))


def _with_whole_tokens(text: str, agent: str) -> str:
    """The file with groups that are ours, or whose name ours merely begins with, told apart (RFC 9309 section 2.2.1):
    a group is named by a product token, without the version that logs show beside it."""

    def whole(match: re.Match[str]) -> str:
        said = match[2].strip()
        token = _TOKEN.match(said)
        if said.startswith("*") or token is None:
            return match[0]
        is_ours = token[0].lower() == agent.lower()
        return match[1] + (agent if is_ours else f"other/{said}")

    return _USER_AGENT.sub(whole, text)
