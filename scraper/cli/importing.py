"""``import``: pages that were captured elsewhere, into the archive."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from scraper.cli import options
from scraper.cli.output import plain, put_json, say
from scraper.wording import number_of

if TYPE_CHECKING:
    from scraper.imports import Filters, Report
    from scraper.imports.report import Progress
    from scraper.sites import Sites

app = typer.Typer(
    help="Bring pages that were captured elsewhere into the archive, at the time of their capture.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Wanted = Annotated[
    list[str] | None,
    typer.Option("--site", metavar="SITE", help="Pages of this site only (a selector file's name, a host or a URL)."),
]


@app.command("warc")
def import_warc(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH", help="A .warc, .warc.gz or .warc.zst file, a folder of them, or - for standard input."
        ),
    ],
    db: options.Db = options.DEFAULT_DB,
    selectors: options.Selectors = None,
    site: Wanted = None,
    since: options.Since = None,
    until: options.Until = None,
    wait: options.Wait = 0.0,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Import the stories of WARC files, those of CC-NEWS too.

    Pages that are no stories are counted by reason and not stored. What is in the archive already is not read again: an import that was stopped can be repeated. Damaged records cost themselves alone.

    \b
    Examples:
      scraper import warc CC-NEWS-20241107093000-00001.warc.gz --db cc.db
      scraper import warc captures/ --site news.example --since 2024-01-01
      zstdcat a.warc.zst | scraper import warc -
    """
    from scraper.archive import Archive
    from scraper.imports import import_warc as run

    sites = options.load_sites(selectors)
    filters = _filters(site, sites, since, until)
    with Archive.open(db, wait=wait, waiting=say) as archive, _shown(quiet or json) as watch:
        report = run(paths, archive, sites=sites, filters=filters, watch=watch)
    _finish(report, json, quiet)


@app.command("html")
def import_html(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH", help="A saved page, a folder of them, or - for standard input.")
    ],
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="The address of the one page that is named.")
    ] = None,
    db: options.Db = options.DEFAULT_DB,
    selectors: options.Selectors = None,
    site: Wanted = None,
    since: options.Since = None,
    until: options.Until = None,
    wait: options.Wait = 0.0,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Import saved HTML pages.

    A page's address is --url, or "url" in a JSON file beside it (page.html.json, page.json or meta.json), or its canonical link. It was captured at "fetched_at" in that file, else when it was last written.

    \b
    Examples:
      scraper import html saved/
      scraper import html page.html --url https://news.example/story
    """
    from pathlib import Path

    from scraper import urls
    from scraper.archive import Archive
    from scraper.imports import import_html as run

    if url is not None and (len(paths) != 1 or Path(paths[0]).is_dir()):
        raise typer.BadParameter("--url is the address of one page; name one file")
    if url is not None and urls.normalise(url) is None:
        raise typer.BadParameter(f"not an http or https URL: {url!r}")
    sites = options.load_sites(selectors)
    filters = _filters(site, sites, since, until)
    with Archive.open(db, wait=wait, waiting=say) as archive, _shown(quiet or json) as watch:
        report = run(paths, archive, url=url, sites=sites, filters=filters, watch=watch)
    _finish(report, json, quiet)


def _filters(wanted: list[str] | None, sites: Sites, since: str | None, until: str | None) -> Filters:
    from scraper.imports import Filters
    from scraper.records import Window

    keys = tuple(sites.named(name).key for name in wanted or ())
    return Filters(keys, Window(*options.span(since, until)))


@contextmanager
def _shown(quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A watcher for an import: draws a bar a file if standard error is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich import progress as bar
    from rich.console import Console

    columns = (
        bar.TextColumn("{task.description}", markup=False),
        bar.BarColumn(bar_width=24),
        bar.DownloadColumn(),
        bar.TextColumn("{task.fields[counts]}", markup=False),
        bar.TimeRemainingColumn(),
    )
    with bar.Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[int, bar.TaskID] = {}

        def watch(progress: Progress) -> None:
            report = progress.report
            if id(report) not in tasks:
                tasks[id(report)] = bars.add_task(plain(report.file), total=None, counts="")
            counts = f"{number_of(report.captures, 'capture')}  {report.new} new  {report.known} known"
            bars.update(tasks[id(report)], completed=progress.position, total=progress.size, counts=counts)

        yield watch


def _finish(report: Report, json: bool, quiet: bool) -> None:
    import msgspec

    from scraper.imports.files import REASONS

    lines = [line for file in report.files for line in [*file.problems, *([file.failed] if file.failed else [])]]
    if report.took_nothing and not lines:
        why = ", ".join(f"{count} {REASONS[reason]}" for reason, count in report.refused().items())
        lines = [f"nothing was imported: {why}"]
    for line in lines:
        say(f"scraper: {line}")
    if json:
        put_json(msgspec.to_builtins(report) | {"exit_code": report.exit_code})
    elif not quiet:
        say(report.summary())
        for reason, count in report.refused().items():
            say(f"  {count:>8}  {REASONS[reason]}{_named(report.left_out.get(reason, []), count)}")
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def _named(paths: list[str], count: int) -> str:
    """Some of the files that are counted, behind a count."""
    more = f" and {count - len(paths)} more" if count > len(paths) else ""
    return f": {', '.join(paths)}{more}" if paths else ""
