"""Selector files: one TOML file a site, loaded, validated and matched to hosts.

A file says where the site lists its articles, how fast it may be asked, and how its pages
read.  Unknown keys, broken CSS, bad regular expressions and wrong types are
:class:`~scraper.errors.SelectorFileError`, one line that names file, key and reason.
docs/adding-a-site.md is the guide to the format; the structs below are its definition.
"""

from __future__ import annotations

import hashlib
import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from scraper import languages, urls
from scraper.errors import SelectorFileError, UsageError
from scraper.wording import in_plain_words

#: Seconds between two requests to a host whose file does not say otherwise.
DEFAULT_DELAY = 1.0


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, dict=True):
    """Where a value stands on a page.  A bare string in a file is short for ``css``."""

    css: str | None = None  #: elements whose text (or ``attr``) is the value
    attr: str | None = None
    script: str | None = None  #: CSS of a script element that holds JSON
    path: str | None = None  #: dotted path in that JSON; ``list[key=value].field`` filters
    meta: str | None = None  #: name or property of a meta element
    heading: str | list[str] | None = None  #: the block that stands under this heading text
    text: str | None = None  #: (drop only) regular expression on a block's whole text
    match: str | None = None  #: regular expression; group 1, or all of the match, is the value
    split: str | None = None  #: separator that parts one text into several values
    format: str | None = None  #: strptime format of a printed date
    timezone: str | None = None  #: IANA zone of this date where it prints none; else the site's

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """The heading texts, as a tuple however they were written."""
        return (self.heading,) if isinstance(self.heading, str) else tuple(self.heading or ())

    def __str__(self) -> str:
        """As it stands in a file; what provenance quotes."""
        return self._written

    @cached_property
    def _written(self) -> str:
        said = {key: value for key in self.__struct_fields__ if (value := getattr(self, key)) is not None}
        if said.keys() == {"css"}:
            return str(said["css"])
        return "{ " + ", ".join(f"{key} = {_quoted(value)}" for key, value in said.items()) + " }"


def _quoted(value: str | list[str]) -> str:
    return "[" + ", ".join(map(_quoted, value)) + "]" if isinstance(value, list) else f'"{value}"'


Rules = str | Rule | list[str | Rule]


class Discover(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the site lists its articles: paths or URLs; ``articles`` and ``skip`` are regexes on paths."""

    sitemaps: list[str] = []
    feeds: list[str] = []
    sections: list[str] = []
    articles: list[str] = []
    skip: list[str] = []
    next: str = "a[rel~=next], link[rel~=next]"  #: CSS of a section page's link to its next page


class Pace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How fast the site may be asked."""

    delay: float = DEFAULT_DELAY  #: seconds between two requests to the host
    concurrency: int = 1  #: requests to the host at once


class _LayoutTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the pages of one era read, as written: for each field a rule, or alternatives in order."""

    until: date | None = None  # the last day on which pages had this layout
    id: Rules = []
    title: Rules = []
    summary: Rules = []
    authors: Rules = []
    source: Rules = []
    date: Rules = []
    modified: Rules = []
    section: Rules = []
    tags: Rules = []
    language: Rules = []
    body: Rules = []
    drop: Rules = []
    related: Rules = []
    images: Rules = []
    paywall: Rules = []  # gives a value on a page whose text is cut short
    kind: Rules = []  # gives the publisher's word for the kind of page


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A selector file, as written."""

    name: str = ""
    language: str | None = None
    timezone: str = "UTC"
    hosts: list[str] = []
    discover: Discover = Discover()
    pace: Pace = Pace()
    layout: list[_LayoutTable] = []


class Layout(msgspec.Struct, frozen=True):
    """How the pages of one era read: the rules of every field, in the order to try them."""

    until: date | None
    rules: dict[str, tuple[Rule, ...]]

    def __getitem__(self, field: str) -> tuple[Rule, ...]:
        return self.rules.get(field, ())


class Site(msgspec.Struct, frozen=True):
    """A site: one that a selector file describes, or one known by its host alone (no layouts)."""

    key: str  #: the file's name without ``.toml``, or the host
    name: str
    hosts: tuple[str, ...]
    language: str | None = None
    timezone: str = "UTC"  #: IANA name; of printed dates that carry no zone
    discover: Discover = Discover()
    pace: Pace = Pace()
    layouts: tuple[Layout, ...] = ()
    rules_hash: str = ""  #: SHA-256 of the file's bytes, empty without a file
    path: str | None = None  #: the file, if there is one

    def lacks_file(self, rules_hash: str | None) -> bool:
        """Whether an archive remembers the hash of a selector file that the site was read by, and none is in use now."""
        return bool(rules_hash) and not self.rules_hash

    @property
    def has_rules(self) -> bool:
        """Whether its file says how pages read; else they are read as those of a site without a file."""
        return any(layout.rules for layout in self.layouts)

    def covers(self, url: str) -> bool:
        """Whether the URL is on one of the site's hosts."""
        return urls.same_site(url, self.hosts)

    def is_article_path(self, url: str) -> bool | None:
        """What the file's ``articles`` patterns say of a URL; None where it has none."""
        if not self.discover.articles:
            return None
        return any(re.search(pattern, urls.path_of(url)) for pattern in self.discover.articles)

    def is_skipped(self, url: str) -> bool:
        """Whether the file's ``skip`` patterns exclude the URL."""
        return any(re.search(pattern, urls.path_of(url)) for pattern in self.discover.skip)


def unknown_site(host: str) -> Site:
    """The site of a host that no selector file covers."""
    host = urls.site_host(host)
    return Site(key=host, name=host, hosts=(host,))


class Sites:
    """All selector files in use, matched by the longest suffix of a URL's host."""

    def __init__(self, sites: Iterable[Site] = ()) -> None:
        self._by_key = {site.key: site for site in sites}
        self._by_host = {host: site for site in self._by_key.values() for host in site.hosts}

    @classmethod
    def load(cls, *folders: str | Path) -> Sites:
        """The shipped files and those of ``folders``; a later folder's file overrides an
        earlier one of the same name or host.  Raises :class:`SelectorFileError`."""
        found: dict[str, Site] = {}
        for folder in (shipped_folder(), *map(Path, folders)):
            for site in _load_folder(folder):
                taken = {key for key, known in found.items() if set(known.hosts) & set(site.hosts)}
                found = {key: known for key, known in found.items() if key not in taken} | {site.key: site}
        return cls(found.values())

    def __iter__(self) -> Iterator[Site]:
        return iter(sorted(self._by_key.values(), key=lambda site: site.key))

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, key: str) -> Site | None:
        """The site of a file's name."""
        return self._by_key.get(key)

    def of_archive(self, key: str, start_url: str) -> Site:
        """A site of an archive by today's rules, under the key that it has there."""
        return self.get(key) or msgspec.structs.replace(self.match(start_url), key=key)

    def named(self, name: str) -> Site:
        """The site that a person names by its file, a host or a URL; raises UsageError for what is none of them."""
        if (known := self.get(name)) is not None:
            return known
        host = urls.host_of(name if "://" in name else f"https://{name}")
        if "." not in host and host != "localhost":
            raise UsageError("neither a selector file's name, a host nor a URL", about=name)
        return self.match(host)

    def match(self, url_or_host: str) -> Site:
        """The site of a URL or host; one known by its host alone where no file matches."""
        host = urls.host_of(url_or_host) if "//" in url_or_host else url_or_host.lower()
        known = urls.suffix_match(host, tuple(self._by_host))
        return self._by_host[known] if known else unknown_site(host)


def _load_folder(folder: Path) -> list[Site]:
    """The files of one folder, no two of which may serve the same host."""
    if not folder.is_dir():
        raise SelectorFileError("no such folder of selector files", about=str(folder))
    found: dict[str, Site] = {}
    for path in sorted(folder.glob("*.toml")):
        site = load_file(path)
        for host in site.hosts:
            if host in found:
                raise SelectorFileError(f"{host} is served by {found[host].path} already", about=str(path), key="hosts")
            found[host] = site
    return list({site.key: site for site in found.values()}.values())


def shipped_folder() -> Path:
    """The selector files that come with the program: inside a wheel, or beside a checkout's package."""
    package = Path(__file__).parent
    inside = package / "_selectors"
    return inside if inside.is_dir() else package.parent / "selectors"


def load_file(path: str | Path) -> Site:
    """Read and validate one selector file; raises :class:`SelectorFileError`."""
    path = Path(path)
    try:
        data = path.read_bytes()
        written = msgspec.convert(tomllib.loads(data.decode()), _File)
    except OSError as error:
        raise SelectorFileError(f"cannot be read: {error.strerror}", about=str(path)) from error
    except tomllib.TOMLDecodeError as error:
        raise SelectorFileError(f"not TOML: {error}{_at_fault(data.decode(), error)}", about=str(path)) from error
    except UnicodeDecodeError as error:
        raise SelectorFileError(f"not TOML: no UTF-8 at byte {error.start + 1:,}", about=str(path)) from error
    except msgspec.ValidationError as error:
        message, key = in_plain_words(error)
        message = message.replace(
            "text or keys with values or a list", "a CSS selector, a rule table or a list of them"
        )
        raise SelectorFileError(message, about=str(path), key=key or "top level") from error
    key = path.name.removesuffix(".toml")
    _Checker(str(path)).check(written)
    return Site(
        key=key,
        name=written.name or key,
        hosts=tuple(host.lower() for host in written.hosts) or (key.lower(),),
        language=languages.meant(written.language) if written.language else None,
        timezone=written.timezone,
        discover=written.discover,
        pace=written.pace,
        layouts=tuple(_layout(table) for table in written.layout),
        rules_hash=hashlib.sha256(data).hexdigest(),
        path=str(path),
    )


def _at_fault(text: str, error: tomllib.TOMLDecodeError) -> str:
    """The line that is no TOML, where the error names one; TOML itself has no dates without month and day."""
    number = re.search(r"at line (\d+)", str(error))
    line = text.splitlines()[int(number[1]) - 1].strip() if number else ""
    hint = " (a date is written YYYY-MM-DD)" if re.match(r"until\s*=", line) else ""
    return f": {line}{hint}" if line else ""


def _layout(table: _LayoutTable) -> Layout:
    fields = [field for field in table.__struct_fields__ if field != "until"]
    rules = {field: as_rules(getattr(table, field)) for field in fields}
    return Layout(until=table.until, rules={field: found for field, found in rules.items() if found})


def as_rules(written: Rules) -> tuple[Rule, ...]:
    """One rule or several, short or long, as a tuple of long ones."""
    several = written if isinstance(written, list) else [written]
    return tuple(Rule(css=rule) if isinstance(rule, str) else rule for rule in several)


class _Checker:
    """What types alone cannot say of a selector file; the first fault found is raised."""

    def __init__(self, file: str) -> None:
        self.file = file

    def check(self, written: _File) -> None:
        self.zone("timezone", written.timezone)
        if not 0 <= written.pace.delay < math.inf:
            raise self.fault("pace.delay", "must be 0 or more seconds")
        if written.pace.concurrency < 1:
            raise self.fault("pace.concurrency", "must be 1 or more")
        for key in ("articles", "skip"):
            for pattern in getattr(written.discover, key):
                self.regex(f"discover.{key}", pattern)
        self.css("discover.next", written.discover.next)
        for number, table in enumerate(written.layout):
            for field in table.__struct_fields__:
                if field != "until":
                    for rule in as_rules(getattr(table, field)):
                        self.rule(f"layout[{number}].{field}", field, rule)

    def rule(self, key: str, field: str, rule: Rule) -> None:
        places = [name for name in ("css", "script", "meta", "heading", "text") if getattr(rule, name) is not None]
        if not places:
            raise self.fault(
                key, "a rule needs one of css, script, meta, heading" + (", text" if field == "drop" else "")
            )
        if len(places) > 1 and set(places) != {"heading", "css"}:
            raise self.fault(key, f"a rule takes one of {' and '.join(places)}, not both")
        if rule.text is not None and field != "drop":
            raise self.fault(key, "text is for drop alone")
        if rule.script is not None and rule.path is None:
            raise self.fault(key, "script needs a path into its JSON")
        if rule.path is not None and rule.script is None:
            raise self.fault(key, "path goes with script")
        if rule.attr is not None and rule.css is None:
            raise self.fault(key, "attr goes with css")
        if rule.timezone is not None:
            self.zone(key, rule.timezone)
        if rule.format is not None:
            self.format(key, rule.format)
        for selector in (rule.css, rule.script):
            if selector is not None:
                self.css(key, selector)
        for pattern in (rule.match, rule.text):
            if pattern is not None:
                self.regex(key, pattern)

    def zone(self, key: str, name: str) -> None:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, KeyError) as error:
            raise self.fault(key, f"no such time zone: {name!r}") from error

    def format(self, key: str, format: str) -> None:
        day = datetime(2024, 12, 31, tzinfo=UTC)
        try:
            is_whole = datetime.strptime(day.strftime(format), format).date() == day.date()
        except ValueError as error:
            raise self.fault(key, f"not a strptime format: {format!r} ({error})") from error
        if not is_whole:
            raise self.fault(key, f"a format of a date needs day, month and year: {format!r}")

    def css(self, key: str, selector: str) -> None:
        from selectolax.lexbor import LexborHTMLParser, SelectolaxError

        try:
            LexborHTMLParser("<p>").css(selector)
        except SelectolaxError as error:
            raise self.fault(key, f"not a CSS selector: {selector!r}") from error

    def regex(self, key: str, pattern: str) -> None:
        try:
            re.compile(pattern)
        except re.error as error:
            raise self.fault(key, f"not a regular expression: {pattern!r} ({error})") from error

    def fault(self, key: str, message: str) -> SelectorFileError:
        return SelectorFileError(message, about=self.file, key=key)
