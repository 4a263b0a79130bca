"""``extract``: one page to one record, nothing stored."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scraper.cli import options
from scraper.cli.output import put

if TYPE_CHECKING:
    from scraper.extract import Explanation


def extract(
    source: Annotated[str, typer.Argument(metavar="URL-or-FILE", help="A URL, a saved page, or - for standard input.")],
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="The URL of a saved page (default: its canonical link).")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show which rule gave each field, and what the others said.")
    ] = False,
    selectors: options.Selectors = None,
    json: Annotated[bool, typer.Option("--json", help="With --explain: print JSON.")] = False,
) -> None:
    """Print the record of one page; stores nothing.

    \b
    Examples:
      scraper extract https://news.example/2024/11/07/story
      scraper extract page.html --url https://news.example/story --explain
      curl -s https://news.example/story | scraper extract - --url https://news.example/story
    """
    from scraper import explain as explained
    from scraper.records import to_json

    sites = options.load_sites(selectors)
    body, address, content_type = read_page(source, url, sites)
    found = explained(body, address, site=sites.match(address), content_type=content_type)
    if not explain:
        print(to_json(found.article, indent=2))
    else:
        print_explained(found, json=json)


def read_page(source: str, url: str | None, sites: Any) -> tuple[bytes, str, str | None]:
    """Bytes, URL and Content-Type of a page from a URL, a file or standard input."""
    from scraper import formats, urls
    from scraper.errors import UsageError
    from scraper.targets import or_page

    if "://" in source:
        if url is not None:
            raise UsageError("--url is the address of a saved page; this is a URL itself", about=source)
        page = _fetch(source, sites)
        return page.body, page.final_url, page.headers.get("content-type")
    try:
        body = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        hint = or_page(source) if isinstance(error, FileNotFoundError) else ""
        raise UsageError(f"cannot be read: {error.strerror}{hint}", about=source) from error
    if not body.strip():
        raise UsageError("empty", about=source)
    if other := formats.other_than_html(body):
        raise UsageError(other, about=source)
    address = urls.normalise(url) if url else _canonical(body)
    if address is None:
        raise UsageError("no usable --url" if url else "names no canonical URL; say which with --url", about=source)
    return body, address, None


def _canonical(body: bytes) -> str | None:
    """The URL that a saved page says it has."""
    from selectolax.lexbor import LexborHTMLParser

    from scraper import urls

    tree = LexborHTMLParser(body)
    link = tree.css_first('link[rel~="canonical" i][href]')
    meta = tree.css_first('meta[property="og:url"]')
    href = link.attributes.get("href") if link else meta.attributes.get("content") if meta else None
    return urls.normalise(href) if href else None


def _fetch(url: str, sites: Any) -> Any:
    """One page over the network, robots.txt obeyed."""
    import asyncio

    from scraper import urls
    from scraper.errors import FetchError, UsageError
    from scraper.fetch import Fetcher

    address = urls.normalise(url)
    if address is None:
        raise UsageError("not an http or https URL", about=url)

    async def get() -> Any:
        async with Fetcher(named_hosts=[urls.host_of(address)]) as fetcher:
            return await fetcher.get(address, sites.match(address))

    page = asyncio.run(get())
    if page.status != 200:
        raise FetchError(f"answered {page.status}", about=url, status=page.status)
    if not page.body.strip():
        raise FetchError("an empty page", about=url)
    if page.content_type not in ("", "text/html", "application/xhtml+xml", "text/plain"):
        raise FetchError(f"no HTML page ({page.content_type})", about=url)
    return page


def print_explained(found: Explanation, *, json: bool) -> None:
    """Field by field: the value, who gave it, and what the other sources said."""
    import msgspec

    from scraper.records import to_json

    if json:
        print(to_json(found, indent=2))
        return
    record = msgspec.to_builtins(found.article)
    for field, value in record.items():
        if field in ("provenance", "body_html") or value in (None, "", [], ()):
            continue
        chosen = found.article.provenance.get(field)
        put(f"{field}: {_short(value)}")
        if chosen:
            put(f"    from {chosen.source}: {chosen.rule}")
        for candidate in found.candidates.get(field, []):
            if chosen is None or (candidate.source, candidate.rule) != (chosen.source, chosen.rule):
                put(f"    {candidate.source}: {candidate.rule} says {_short(candidate.value)}")
    for field in sorted(found.candidates.keys() - {f for f, v in record.items() if v not in (None, "", [], ())}):
        for candidate in found.candidates[field]:
            put(f"{field}: refused {candidate.source}: {candidate.rule} says {_short(candidate.value)}")


def _short(value: Any) -> str:
    import json

    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= 160 else text[:157] + "…"
