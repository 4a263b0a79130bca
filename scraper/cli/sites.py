"""``sites``: selector files listed, shown, checked against their fixtures, and begun."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scraper.cli import options
from scraper.cli.output import put, put_json, put_table, say
from scraper.wording import number_of

if TYPE_CHECKING:
    from scraper.sites import Site

app = typer.Typer(
    help="Selector files: list, show, check, begin.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_LONGEST_NAME = 60
DEFAULT_FIXTURES = Path("tests/fixtures/pages")


@app.command("list")
def list_(selectors: options.Selectors = None, json: options.Json = False) -> None:
    """List the selector files in use.

    \b
    Example:
      scraper sites list --selectors my-selectors
    """
    sites = list(options.load_sites(selectors))
    if json:
        put_json([{"key": site.key, "name": site.name, "hosts": list(site.hosts), "path": site.path} for site in sites])
        return
    put_table(
        [(site.key, site.name, site.language or "", len(site.layouts), site.pace.delay) for site in sites],
        ("site", "name", "language", "layouts", "delay"),
    )


@app.command()
def show(
    site: Annotated[str, typer.Argument(metavar="SITE", help="A selector file's name, a host or a URL.")],
    selectors: options.Selectors = None,
) -> None:
    """Print the selector file that serves a host.

    \b
    Example:
      scraper sites show english.almayadeen.net
    """
    from scraper.errors import UsageError

    sites = options.load_sites(selectors)
    found = sites.named(site)
    if found.path is None:
        raise UsageError("no selector file; `scraper sites new URL` begins one", about=site)
    put(Path(found.path).read_text("utf-8").rstrip())


@app.command()
def check(
    only: Annotated[
        list[str] | None, typer.Argument(metavar="SITE", help="Selector files, by name, host or URL; default: all.")
    ] = None,
    fixtures: Annotated[
        Path, typer.Option("--fixtures", metavar="DIR", help="Where the fixtures are.")
    ] = DEFAULT_FIXTURES,
    selectors: options.Selectors = None,
    json: options.Json = False,
) -> None:
    """Validate selector files and read their fixtures with them; exit code 1 if a page reads otherwise than expected.

    \b
    Example:
      scraper sites check english.almayadeen.net --fixtures tests/fixtures/pages
    """
    from scraper import fixtures as pages
    from scraper.errors import UsageError

    sites = options.load_sites(selectors)
    named = {name: sites.named(name) for name in only or []}
    unknown = [name for name, site in named.items() if site.path is None]
    if unknown:
        raise UsageError("no such selector file", about=unknown[0])
    keys = {site.key for site in named.values()}
    has_fixtures = fixtures.is_dir()
    if not has_fixtures and fixtures != DEFAULT_FIXTURES:
        raise UsageError("no such folder of fixtures", about=str(fixtures))
    if not has_fixtures:
        say(f"scraper: {fixtures}: no such folder here, so no page is read; --fixtures names another")
    results: list[dict[str, Any]] = []
    for site in sites:
        if keys and site.key not in keys:
            continue
        mine = [fixture for fixture in pages.load(fixtures) if sites.match(fixture.url).key == site.key]
        wrong = {fixture.name: found for fixture in mine if (found := list(pages.differences(fixture, site)))}
        unfinished = pages.unfinished(site)
        results.append(
            {
                "site": site.key, "fixtures": len(mine), "wrong": wrong, "unfinished": unfinished,
                "has_rules": site.has_rules,
            }
        )  # fmt: skip
        if not json:
            put(f"{site.key}: {_verdict(site, unfinished, len(wrong), len(mine) if has_fixtures else None)}")
            for name, found in wrong.items():
                for line in found:
                    put(f"    {name}: {line}")
    if json:
        put_json(results)
    if any(result["wrong"] for result in results):
        raise typer.Exit(1)


def _verdict(site: Site, unfinished: int, wrong: int, count: int | None) -> str:
    """A site in a line; ``count``: of its fixtures, None where there is no folder of them."""
    faults = [] if site.has_rules else ["no rule in it, its pages are read as without a file"]
    faults += [f"{number_of(unfinished, 'line')} still marked with a question mark"] if unfinished else []
    if faults:
        return ", ".join([*faults, f"{wrong} of {number_of(count or 0, 'page')} wrong"])
    if not count:
        return "valid" if count is None else "valid, but no fixtures"
    return f"{wrong} of {count} wrong" if wrong else f"{number_of(count, 'page')} as expected"


@app.command()
def new(
    source: Annotated[str, typer.Argument(metavar="URL-or-FILE", help="An article page of the site, or a saved one.")],
    url: Annotated[str | None, typer.Option("--url", help="The URL of a saved page.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Write <host>.toml here instead of printing it.")
    ] = None,
    fixtures: Annotated[
        Path | None,
        typer.Option("--fixtures", metavar="DIR", help="Also record the page as a fixture below this folder."),
    ] = None,
) -> None:
    """Begin a selector file: prints a commented one with what could be found on an article page.

    \b
    Examples:
      scraper sites new https://news.example/politics/a-story > selectors/news.example.toml
      scraper sites new https://news.example/politics/a-story -o selectors --fixtures tests/fixtures/pages
    """
    from scraper import explain, urls
    from scraper.cli.reading import read_page
    from scraper.errors import UsageError
    from scraper.scaffold import scaffold
    from scraper.sites import Sites, load_file, unknown_site

    body, address, content_type = read_page(source, url, Sites())
    host = urls.site_host(urls.host_of(address))
    path, home = out and out / f"{host}.toml", fixtures and fixtures / host / _slug(address)
    for there in (path, home):
        if there is not None and there.exists():
            raise UsageError("there already", about=str(there))
    if out is not None and (covering := Sites.load(*([out] if out.is_dir() else [])).match(host)).path:
        raise UsageError(f"{covering.path} serves this host already", about=host)
    found = explain(body, address, site=unknown_site(host), content_type=content_type)
    if not found.article.is_story:
        say(f"scraper: {address} looks like no article ({found.article.kind}); an article page gives a better start")
    sitemaps, feeds = _advertised(address) if "://" in source else ((), ())
    text = scaffold(body, address, found, sitemaps, feeds)
    try:
        if path is None:
            put(text)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            say(f"wrote {path}")
        if home is not None:
            _record(home, address, body, content_type, load_file(path) if path else None)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", about=str(error.filename)) from error


def _slug(url: str) -> str:
    """A folder's name for a page: the last part of its path, at most 60 characters, whole words if there are any."""
    from scraper import urls

    last = urls.path_of(url).strip("/").rpartition("/")[2]
    if len(last) > _LONGEST_NAME:
        last = last[: _LONGEST_NAME + 1].rpartition("-")[0] or last[:_LONGEST_NAME]
    return last or "page"


def _record(home: Path, url: str, body: bytes, content_type: str | None, site: Any) -> None:
    """Keep the page as a fixture, with what the new file reads from it."""
    from scraper import extract
    from scraper import fixtures as pages

    pages.record(home, url, body, content_type, extract(body, url, site=site, content_type=content_type))
    say(f"wrote {home}: check expected.json by eye")


def _advertised(url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sitemaps of robots.txt and the feeds of the home page, as far as they can be had."""
    import asyncio

    from scraper import urls
    from scraper.discover import sections
    from scraper.errors import FetchError
    from scraper.fetch import Fetcher
    from scraper.sites import unknown_site

    async def look() -> tuple[tuple[str, ...], tuple[str, ...]]:
        site = unknown_site(urls.host_of(url))
        async with Fetcher(named_hosts=[urls.host_of(url)]) as fetcher:
            robots = await fetcher.robots(url, site)
            try:
                home = await fetcher.get(urls.origin_of(url) + "/", site)
            except FetchError:
                return robots.sitemaps, ()
            return robots.sitemaps, sections.read(home.body, home.final_url, site).feeds

    return asyncio.run(look())
