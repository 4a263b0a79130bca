"""URLs: made absolute and clean, and reduced to the key under which a page is known.  Pure.

Two functions carry the rules:

* :func:`normalise` gives the URL that is fetched and stored.  It changes nothing that a
  server could tell apart, but for parameters that only track the reader.
* :func:`page_key` gives the name under which all spellings of one page collapse: scheme,
  ``www.``, AMP variants, default ports, fragments, tracking parameters.

Both are idempotent.  Kept parameters are not re-encoded, ``%2F`` stays, and a trailing
slash stays, for servers may mean something by each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

# Parameters that name the reader's way to the page, never the page.  From the lists of
# Brave and ClearURLs; prefixes end in an underscore.
_TRACKING = frozenset(
    [
        "fbclid",
        "gclid",
        "gclsrc",
        "dclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "yclid",
        "ysclid",
        "twclid",
        "ttclid",
        "igshid",
        "igsh",
        "mkt_tok",
        "mc_cid",
        "mc_eid",
        "_ga",
        "_gl",
        "_hsenc",
        "_hsmi",
        "__twitter_impression",
        "ref_src",
        "ref_url",
        "ocid",
        "cmpid",
        "icid",
        "ncid",
        "s_cid",
        "spm",
        "xtor",
        "at_medium",
        "at_campaign",
        "wt_mc",
        "wt_zmc",
        "ns_campaign",
        "ns_mchannel",
        "ns_source",
        "ns_linkname",
        "guccounter",
        "guce_referrer",
        "guce_referrer_sig",
    ]
)
_TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_", "oly_", "vero_")
# Parameters that select a page's AMP twin (https://amp.dev; outputType is Arc's).
_AMP_QUERY = frozenset({"amp", "amp=", "amp=1", "amp=true", "outputType=amp", "outputType=amp-type"})
# Characters of a host name and of each part of it (RFC 1035 section 2.3.4).
_LONGEST_HOST, _LONGEST_LABEL = 253, 63
_DEFAULT_PORTS = {"http": "80", "https": "443"}
# What may stand in a path or query as it is (RFC 3986 section 3.3 and 3.4), "%" so that
# nothing is encoded twice, and "[]|" because servers get them raw and mean them.
_KEEP = "%/:=&?~+!$,;'@()*[]|-._"
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
# A URL that is normal as it stands, as nearly all of a sitemap's are: host and path in groups.  Taking others apart
# costs ten times as much, and a site may have millions.
_NORMAL = re.compile(
    r"https?://(?![^/]*xn--)(?=[^/]{1,253}(?:/|$))([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+)((?:/(?!\.)[A-Za-z0-9_.~-]*)+)"
)
# The same of a path alone, as most links on a page are written.
_NORMAL_PATH = re.compile(r"(?=/[^/])(?:/(?!\.)[A-Za-z0-9_.~-]*)+")
# A segment that means this folder or the one above, also where its dots are escaped (URL standard, "single-dot" and
# "double-dot URL path segment").
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?=/|$)", re.IGNORECASE)
# Where sites put the number of an article's page.
_PAGE_PARAMETER = re.compile(
    r"(?P<head>.*[?&])(?:page|p|pg|paged|pagina|pag|seite|part|offset_page)=(?P<number>\d{1,2})(?P<tail>(?:&.*)?)",
    re.IGNORECASE,
)
_PAGE_PATHS = (
    re.compile(r"(?P<head>.*?)/(?:page|pages|pagina|seite|p|part)[-/]?(?P<number>\d{1,2})(?P<tail>/?)", re.IGNORECASE),
    re.compile(r"(?P<head>.*?)[-_,/](?P<number>\d{1,2})(?P<tail>(?:\.s?html?|\.php)?/?)", re.IGNORECASE),
)  # fmt: skip


@lru_cache(maxsize=4096)
def normalise(url: str, base: str | None = None, *, keep_tracking: bool = False) -> str | None:
    """The absolute http(s) URL of ``url`` seen from ``base``, or None where there is none.

    Scheme and host are lower case (IDNA where needed), default port, credentials and fragment
    go, white space and non-ASCII are percent-encoded as UTF-8; tracking parameters go too, unless
    ``keep_tracking`` asks for the URL as it was advertised.
    """
    if _NORMAL.fullmatch(url):
        return url
    if base and _NORMAL_PATH.fullmatch(url) and (home := _home_of(base)):
        return home + url[1:]
    return _taken_apart(url, base, keep_tracking=keep_tracking)


@lru_cache(maxsize=64)
def _home_of(base: str) -> str | None:
    """What the path ``/`` is, seen from ``base``."""
    return _taken_apart("/", base, keep_tracking=False)


def _taken_apart(url: str, base: str | None, *, keep_tracking: bool) -> str | None:
    """:func:`normalise`, of whatever stands in an attribute."""
    # Half a surrogate pair cannot be encoded; it comes from broken escapes in JSON and HTML.
    url = url.strip() if url.isascii() else url.strip().encode("utf-8", "ignore").decode()
    try:
        parts = urlsplit(urljoin(base, url) if base else url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host:
        return None
    try:
        host = _ascii(host.rstrip("."))
    except UnicodeError:
        return None
    if len(host) > _LONGEST_HOST or not all(0 < len(label) <= _LONGEST_LABEL for label in host.split(".")):
        return None
    if not host or re.search(r"[\s/\\<>\"%]", host):
        return None
    if ":" in host:
        host = f"[{host}]"
    if port is not None and str(port) != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    query = quote(parts.query, safe=_KEEP) if keep_tracking else _clean_query(parts.query)
    return urlunsplit((scheme, host, _without_dots(quote(parts.path, safe=_KEEP)) or "/", query, ""))


def _ascii(host: str) -> str:
    """A host's name as it is sent; raises UnicodeError for one that cannot be."""
    if not host.isascii():
        import idna  # httpx's own, which raises over such a host when it makes the request

        return idna.encode(host, uts46=True).decode("ascii")
    if "xn--" in host:
        import idna

        idna.decode(host)
    return host


def _without_dots(path: str) -> str:
    """A path without segments such as ``..`` (RFC 3986 section 5.2.4): what robots.txt is asked about is what is sent."""
    if not _DOTS.search(path):
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        plain = segment.lower().replace("%2e", ".")
        if plain == "..":
            del kept[-1:]
        elif plain != ".":
            kept.append(segment)
    is_folder = segments[-1].lower().replace("%2e", ".") in (".", "..")
    return "/" + "/".join(kept) + ("/" if is_folder and kept else "")


def _clean_query(query: str) -> str:
    kept = [part for part in query.split("&") if part and not _is_tracking(part.partition("=")[0])]
    return quote("&".join(kept), safe=_KEEP)


def _is_tracking(name: str) -> bool:
    name = name.lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


@lru_cache(maxsize=4096)
def page_key(url: str) -> str:
    """The name under which every spelling of a page's URL is one: ``host/path?query``.

    ``url`` is one that :func:`normalise` gave (or gives the same key as).  Percent-escapes
    compare without case (RFC 3986 section 6.2.2.1).
    """
    if normal := _NORMAL.fullmatch(url):
        (host, path), query = normal.groups(), ""
    else:
        parts = urlsplit(normalise(url) or "")
        host, path, query = parts.netloc, parts.path, parts.query
    host = plain_host(host)
    path = _without_amp(path)
    query = _without_amp_query(query)
    key = f"{host}{path or '/'}" + (f"?{query}" if query else "")
    return _ESCAPE.sub(lambda match: match[0].upper(), key)


def without_amp(url: str) -> str:
    """The URL of the page that an AMP page stands for; any other URL as it is."""
    parts = urlsplit(url)
    host, path = parts.netloc.removeprefix("amp."), _without_amp(parts.path)
    return urlunsplit((parts.scheme, host, path, _without_amp_query(parts.query), ""))


def _without_amp_query(query: str) -> str:
    return "&".join(part for part in query.split("&") if part not in _AMP_QUERY)


def _without_amp(path: str) -> str:
    """A path without ``/amp`` or ``.amp`` at its end, however often, so that a second time changes nothing."""
    if "amp" not in path[-9:]:
        return path
    if path.endswith(".amp.html"):
        end = len(path) - 5
        while path.endswith(".amp", 0, end):
            end -= 4
        return f"{path[:end]}.html"
    slash = "/" if path.endswith("/amp/") else ""  # that of the page itself, as WordPress has it
    end = start = len(path) - len(slash)
    while end > 4 and path.endswith(("/amp", ".amp"), 0, end):
        end -= 4
    return _without_amp(path[:end] + slash) if end < start else path


def spellings(text: str) -> tuple[str, str]:
    """The page keys that a person may mean by an address, the likelier first: as it stands, and with a slash more or
    less at its end; the scheme may be left out."""
    key = page_key(text if "://" in text else f"https://{text}")
    path, mark, query = key.partition("?")
    return key, f"{path.removesuffix('/') if path.endswith('/') else path + '/'}{mark}{query}"


def numbered(url: str) -> Iterator[tuple[str, int]]:
    """A URL without the number of its page, and the number, by each place where one may stand: 1 to 99, for higher
    ones are ids.  What comes is the article's first page if the URL is a later one at all."""
    path, mark, query = url.partition("?")
    places = [(_PAGE_PARAMETER.fullmatch(url), "")] if mark else []
    places += [(pattern.fullmatch(path), mark + query) for pattern in _PAGE_PATHS]
    for match, rest in places:
        if match and int(match["number"]) > 0:
            yield (match["head"] + match["tail"] + rest).rstrip("?&"), int(match["number"])


@lru_cache(maxsize=1024)
def host_of(url: str) -> str:
    """The host name in lower case, without port; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def path_of(url: str) -> str:
    """The path alone, ``/`` at least."""
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return "/"


def origin_of(url: str) -> str:
    """Scheme, host and port: ``https://news.example:8443``."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def site_host(host: str) -> str:
    """The host without the ``www.`` that most sites answer with and without."""
    return host.removeprefix("www.")


def other_name(url: str) -> str | None:
    """The URL with ``www.`` before its host, or without where it has that; None where the host is no name of a domain."""
    parts = urlsplit(url)
    bare = parts.netloc.removeprefix("www.")
    if "." not in bare or bare.startswith("[") or bare.partition(":")[0].rpartition(".")[2].isdigit():
        return None
    netloc = f"www.{bare}" if bare == parts.netloc else bare
    return normalise(urlunsplit(parts._replace(netloc=netloc)), keep_tracking=True)


def plain_host(host: str) -> str:
    """The host without what only says which of its faces is meant, ``www.`` and ``amp.``."""
    while (shorter := host.removeprefix("www.").removeprefix("amp.")) != host:
        host = shorter
    return host


def same_site(url: str, hosts: tuple[str, ...]) -> bool:
    """Whether the URL's host is one of ``hosts`` or below one of them."""
    return suffix_match(host_of(url), hosts) is not None


def suffix_match(host: str, hosts: tuple[str, ...]) -> str | None:
    """The longest of ``hosts`` that is ``host`` or a domain above it."""
    host = site_host(host)
    found = [known for known in hosts if host == site_host(known) or host.endswith("." + site_host(known))]
    return max(found, key=len, default=None)
