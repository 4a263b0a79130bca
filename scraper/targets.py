"""What the user named on the command line: hosts, URLs, files of URLs."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from scraper import urls
from scraper.errors import TargetError
from scraper.sites import Site, Sites

# No top-level domains: a name that ends so is a file that is not there.
_FILE_ENDINGS = (
    ".txt",
    ".csv",
    ".tsv",
    ".json",
    ".jsonl",
    ".xml",
    ".html",
    ".htm",
    ".lst",
    ".list",
    ".urls",
    ".db",
    ".toml",
)

#: Characters of a line that is no URL which a person is shown.
_SHOWN = 80


class Target(msgspec.Struct, frozen=True):
    """One URL that the user named.  ``whole_site``: a host was meant, not a page."""

    url: str
    whole_site: bool = False
    listed: bool = False  #: it came from a list of URLs, all of which are pages to archive


class SitePlan(msgspec.Struct, frozen=True):
    """The targets of one site in one run.  ``start_url`` is the origin that relative listings start from."""

    site: Site
    start_url: str
    targets: tuple[Target, ...]
    needs: str | None = None  #: what a person must do before the site can be looked at

    @property
    def whole_site(self) -> bool:
        """Whether the site as a whole was meant, not only some pages of it."""
        return any(target.whole_site for target in self.targets)


def by_site(targets: Iterable[Target], sites: Sites) -> list[SitePlan]:
    """The targets of each site, together."""
    found: dict[str, SitePlan] = {}
    for target in targets:
        site = sites.match(target.url)
        before = found.get(site.key) or SitePlan(site, urls.origin_of(target.url) + "/", ())
        found[site.key] = msgspec.structs.replace(before, targets=(*before.targets, target))
    return list(found.values())


def parse(texts: Iterable[str], sites: Sites) -> list[Target]:
    """Targets out of what was typed: a selector file's name, a host, a URL, a file of URLs, ``-`` for stdin.

    Raises :class:`TargetError` for what is none of them.
    """
    return [target for text in texts for target in _parse_one(text, sites)]


def _parse_one(text: str, sites: Sites) -> Iterator[Target]:
    if text == "-":
        yield from _lines(sys.stdin, "standard input")
    elif "://" in text:
        yield _url(text, about=text)
    elif Path(text).is_dir():
        raise TargetError("a folder; name a file of URLs", about=text)
    elif Path(text).is_file():
        try:
            with Path(text).open(encoding="utf-8-sig") as file:
                yield from _lines(file, text)
        except (OSError, UnicodeDecodeError) as error:
            raise TargetError(f"not a file of URLs ({error})", about=text) from error
    elif site := sites.get(text):
        yield Target(start_url(site), whole_site=True)
    else:
        yield _host(text)


def start_url(site: Site) -> str:
    """The address of a site's first host."""
    return f"{_scheme(site.hosts[0])}://{site.hosts[0]}/"


def _lines(lines: Iterable[str], about: str) -> Iterator[Target]:
    count = 0
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("\ufeff")
        if text and not text.startswith("#"):
            count += 1
            url = text.split(maxsplit=1)[0]  # no URL has white space (RFC 3986): what is behind it is a note
            yield msgspec.structs.replace(_url(url, about=f"{about}, line {number}"), listed=True, whole_site=False)
    if not count:
        raise TargetError("no URLs in it", about=about)


def _url(text: str, about: str) -> Target:
    url = urls.normalise(text, keep_tracking=True)
    if url is None:
        said = f"not an http or https URL: {_shortened(text)!r}" if text != about else "not an http or https URL"
        raise TargetError(said, about=about)
    return Target(url, whole_site=urls.path_of(url) == "/" and not urlsplit(url).query)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _host(text: str) -> Target:
    """A bare ``host[:port][/path]``: https, but http for an address of one's own network."""
    url = urls.normalise(f"https://{text}")
    name = urls.host_of(url or "")
    if text.startswith((".", "/", "~")) or text.lower().endswith(_FILE_ENDINGS):
        raise TargetError(f"no such file{or_page(text)}", about=text)
    if url is None or not ("." in name or name == "localhost" or ":" in name):
        raise TargetError("neither a host, a URL, a site's name nor a file of URLs", about=text or "empty target")
    return _url(f"{_scheme(name)}://{text}", about=text)


def or_page(text: str) -> str:
    """What to add where no file has a name: how its page is typed, if the name begins as a host does; else nothing."""
    host = text.partition("/")[0]
    is_host = "." in host.strip(".") and not host.startswith((".", "~")) and not host.lower().endswith(_FILE_ENDINGS)
    return f"; a page is typed with its scheme: https://{text}" if is_host else ""


def _scheme(host: str) -> str:
    name = host.partition(":")[0]
    try:
        return "http" if ipaddress.ip_address(name) else "https"
    except ValueError:
        return "http" if name == "localhost" else "https"
