"""The frozen records that the stages hand to each other.

Times are aware datetimes in UTC, rounded down to seconds; URLs are absolute; text is kept
as printed.  Every record becomes JSON with :func:`to_json`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

import msgspec

from scraper.errors import ArchiveError

Kind = Literal["article", "video", "gallery", "live", "section", "wall", "error", "other"]
#: Kinds that are stories and become rows of ``articles``; any other kind is a refusal in the ledger.
STORY_KINDS: frozenset[str] = frozenset({"article", "video", "gallery", "live"})
#: On the record of a page whose site has rules that did not fit it: the sign of a new layout.
LAYOUT_WARNING = "body: no layout of the site's selector file fits this page"
#: How the warning begins that ``duplicates`` gives to articles whose text their site gives under many addresses.
COMMON_TEXT_WARNING = "body: the same under"

LinkSource = Literal["target", "sitemap", "feed", "section", "article", "redirect", "import"]

#: The due time of pages that a run is asked to look at again, before anything that is due by itself.
ASKED = datetime(1970, 1, 1, tzinfo=UTC)

#: Of a page in the ledger.  ``alias``: another page has the same story; ``gone``: it was there once.
State = Literal["pending", "archived", "alias", "refused", "failed", "gone"]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A URL that somebody advertised, and where."""

    url: str  #: as advertised, tracking parameters and all
    source: LinkSource
    found_in: str | None = None  #: URL of the sitemap, feed or page that named it; None: the user did
    title: str | None = None
    published: datetime | None = None  #: as the advertiser says
    modified: datetime | None = None  #: a sitemap's lastmod


class Window(msgspec.Struct, frozen=True):
    """The dates that a run is about; both ends belong to it."""

    since: datetime | None = None
    until: datetime | None = None

    def excludes(self, published: datetime | None, modified: datetime | None) -> bool:
        """Whether the advertised dates put a link outside.  What was last modified before the
        window was published before it; a later lastmod proves nothing."""
        if published is not None and self.until is not None and published > self.until:
            return True
        last = published or modified
        return last is not None and self.since is not None and last < self.since

    def misses(self, start: datetime, end: datetime) -> bool:
        """Whether a whole period lies outside."""
        return (self.since is not None and end < self.since) or (self.until is not None and start > self.until)


class Judged(msgspec.Struct, frozen=True):
    """A link as the frontier judged it, on its way into the ledger."""

    link: Link
    key: str  #: see :func:`scraper.urls.page_key`
    state: State
    reason: str | None
    rank: int  #: higher is fetched first


class Entry(msgspec.Struct, frozen=True):
    """What the ledger has of a page."""

    id: int
    site_id: int
    crawl_id: int | None  #: the run in which it was advertised last
    url: str
    advertised_url: str | None  #: where that differs: with parameters that we took for tracking
    state: str
    reason: str | None = None
    detail: str | None = None
    fetched_at: datetime | None = None
    attempts: int = 0
    etag: str | None = None
    last_modified: str | None = None
    article_id: int | None = None
    found_by: str = "target"
    due_at: datetime | None = None
    advertised_at: datetime | None = None  #: the advertised date; once a page was refused for its date, its own


#: Headers of which an answer has one: that is the last, where a server sends more.
_SINGLE = frozenset({"content-type", "content-length", "location", "retry-after", "etag", "last-modified"})


def headers_of(sent: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by lower-case name; those sent twice are joined (RFC 9110 section 5.3), where there may be several."""
    found: dict[str, str] = {}
    for written, value in sent:
        name = written.lower()
        found[name] = f"{found[name]}, {value}" if name in found and name not in _SINGLE else value
    return found


def stored_headers(row: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a row of ``snapshots``; raises :class:`~scraper.errors.ArchiveError` where they are damaged."""
    try:
        return msgspec.json.decode(row["headers"], type=dict[str, str])
    except msgspec.DecodeError as error:
        raise ArchiveError("the headers of a snapshot are damaged", about=row["url"]) from error


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a server: requested and final URL, headers, bytes as decoded from transfer."""

    url: str
    final_url: str
    status: int
    headers: dict[str, str]  #: names in lower case
    body: bytes
    fetched_at: datetime
    permanent: bool = False  #: every redirect on the way was permanent (301, 308)

    @property
    def content_type(self) -> str:
        """Media type without parameters, lower case; empty if the server named none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        """By the media type, or by the bytes where the server names none or plain text."""
        if self.content_type in ("text/html", "application/xhtml+xml"):
            return True
        return self.content_type in ("", "text/plain") and b"<html" in self.body[:2048].lower()


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """An image of the article; ``caption`` is the whole printed caption, ``credit`` the name in it."""

    url: str
    alt: str | None = None
    caption: str | None = None
    credit: str | None = None


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """A link from the article: in its related box, on a "Read more" line, or inside its text."""

    url: str
    text: str
    kind: Literal["related", "read_more", "inline"]


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Which source gave a field, and with what: a CSS selector, a JSON path, a meta name."""

    source: str
    rule: str


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """What one page says, read by one set of rules."""

    url: str
    site: str
    kind: Kind
    canonical_url: str | None = None
    publisher_id: str | None = None  #: the publisher's own id of the story
    title: str | None = None
    summary: str | None = None  #: the standfirst; part of ``body`` only where the page repeats it there
    authors: tuple[str, ...] = ()
    source: str | None = None  #: the agency
    published: datetime | None = None
    published_raw: str | None = None  #: the date as the page has it
    published_zone: Literal["printed", "assumed"] | None = None
    modified: datetime | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None  #: BCP 47, lower-case primary subtag
    body: str = ""  #: paragraphs parted by a blank line
    body_html: str = ""  #: sanitised, structural tags only
    images: tuple[Image, ...] = ()
    related: tuple[Related, ...] = ()
    word_count: int = 0
    paywalled: bool | None = None  #: None: the page does not say
    provenance: dict[str, Provenance] = {}
    warnings: tuple[str, ...] = ()

    @property
    def is_story(self) -> bool:
        """Whether it belongs into the archive's ``articles``."""
        return self.kind in STORY_KINDS

    @property
    def refusal(self) -> str:
        """The reason, in the ledger, for which a page that is no story is not taken: ``wall``, else ``kind``."""
        return "wall" if self.kind == "wall" else "kind"


def utc_now() -> datetime:
    """The default clock: now, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


#: What callers may give for a time: a day is the moment at which it begins, or its last second.
Moment = datetime | date | str


def utc(moment: Moment | None, *, end: bool = False) -> datetime | None:
    """A time (ISO 8601, if it is text) in UTC, which is the zone of one that names none; ``end``: of a day the last second.

    Raises ValueError for text that is no time.
    """
    if isinstance(moment, str):
        moment = date.fromisoformat(moment) if len(moment) <= 10 else datetime.fromisoformat(moment)
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime.combine(moment, time.min, UTC) + end * timedelta(days=1, seconds=-1)
    if moment is None or moment.tzinfo is not None:
        return moment and moment.astimezone(UTC)
    return moment.replace(tzinfo=UTC)


def iso(moment: datetime | None) -> str | None:
    """UTC, ISO 8601, to the second, with ``Z``: the one form in which times are stored and printed."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z" if moment else None


def from_iso(text: str | None) -> datetime | None:
    """The inverse of :func:`iso`."""
    return datetime.fromisoformat(text) if text else None


def to_json(record: Any, *, indent: int = 0) -> str:
    """One record (or list of them) as JSON; non-ASCII text stays readable."""
    data = msgspec.json.encode(record)
    return (msgspec.json.format(data, indent=indent) if indent else data).decode()
