"""Everything that can be expected to go wrong, as one tree.

    ScraperError
    ├── UsageError            the caller asked for something that cannot be (exit 2)
    │   ├── SelectorFileError a selector file is wrong; names file, key and reason
    │   └── TargetError       a crawl target that is no URL, host, or readable file
    ├── ArchiveError          the archive cannot be opened, read or written (exit 1)
    │   ├── NotAnArchive      the file is something else
    │   ├── NewerArchive      made by a later version of this program
    │   └── ArchiveBusy       another run holds it (exit 75)
    └── FetchError            one URL could not be fetched; becomes a row of the ledger
        ├── TransientError    may go away by itself; the only kind that is retried
        ├── Blocked           401, 403, 429 for long, or a challenge: an answer, never evaded
        ├── Disallowed        robots.txt says no
        ├── Forbidden         an address or scheme that a page may not send us to
        ├── TooLarge          more bytes than the limit
        └── Unreadable        redirect loop, broken encoding, not the promised protocol

Foreign exceptions are translated into these once, at the boundary of the room that
calls the foreign library, with ``from``.  Anything else that is raised is a bug.
"""

from __future__ import annotations


class ScraperError(Exception):
    """Base of all expected failures.  ``about`` is the URL, file or field concerned."""

    exit_code = 1

    def __init__(self, message: str, *, about: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.about = about

    def __str__(self) -> str:
        return f"{self.about}: {self.message}" if self.about else self.message


class UsageError(ScraperError):
    """The command or call cannot be carried out as it was put."""

    exit_code = 2


class SelectorFileError(UsageError):
    """A selector file is wrong.  ``about`` is the file, ``key`` the place in it."""

    def __init__(self, message: str, *, about: str, key: str = "") -> None:
        super().__init__(f"{key}: {message}" if key else message, about=about)
        self.key = key


class TargetError(UsageError):
    """A crawl target is neither URL, host nor readable file."""


class ArchiveError(ScraperError):
    """The archive cannot be opened, read or written."""


class NotAnArchive(ArchiveError):
    """The file exists and is not an archive of this program."""


class NewerArchive(ArchiveError):
    """The archive was written by a later version of this program."""


class ArchiveBusy(ArchiveError):
    """Another run holds the archive's lock."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h: try again later


class FetchError(ScraperError):
    """One URL could not be fetched.

    ``reason`` is the word for the ledger, ``status`` the HTTP status if there was one,
    ``retry_after`` the seconds that the server asked for, if it did.
    """

    reason = "error"

    def __init__(
        self, message: str, *, about: str = "", status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, about=about)
        self.status = status
        self.retry_after = retry_after


class TransientError(FetchError):
    """Time-outs, dropped connections, cut bodies, 5xx, 429: worth another try."""


class NotAsked(TransientError):
    """The host asked to be left alone for longer than a run waits: nothing was asked of it."""


class Blocked(FetchError):
    """The site does not want us: recorded, backed off from, never evaded."""

    reason = "blocked"


class Disallowed(FetchError):
    """robots.txt excludes the URL (RFC 9309)."""

    reason = "robots"


class Forbidden(FetchError):
    """A private address or a scheme other than http(s), reached from a public page."""

    reason = "forbidden"


class TooLarge(FetchError):
    """The body passes the limit of bytes."""

    reason = "too_large"


class Unreadable(FetchError):
    """An answer that cannot be made sense of, and will not change by asking again."""
