"""``reextract``: today's rules applied to stored pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from scraper.cli import options
from scraper.cli.output import plain, put, put_json, say
from scraper.cli.progress import counted

if TYPE_CHECKING:
    from scraper.reextract import Rereading

#: Characters of a value that an example shows.
_SHOWN = 100


def reextract(
    db: options.Db = options.DEFAULT_DB,
    site: options.SiteKey = None,
    since: options.Since = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Store nothing; show what would change, field by field.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also the pages that today's program and rules have read.")
    ] = False,
    examples: Annotated[int, typer.Option("--examples", min=0, metavar="N", help="Of each field that differs.")] = 3,
    without_file: Annotated[
        bool, typer.Option("--without-file", help="Also sites whose selector file is not in use any more.")
    ] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, metavar="N", help="Processes; all processors by default.")
    ] = None,
    selectors: options.Selectors = None,
    wait: options.Wait = 0.0,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Read the stored pages anew, by today's rules and without network.

    For after a change of a selector file or of this program. What says something new becomes a revision; nothing is lost, and a page that was a story stays one. Can be stopped at any time, and goes on where it was. Exit code 1 if a page could not be read, 3 if a site was left alone because the selector file that read it is not in use now.

    \b
    Examples:
      scraper reextract --site news.example --dry-run
      scraper reextract
    """
    import msgspec

    from scraper.archive import Archive
    from scraper.reextract import reextract as run
    from scraper.report import LACKS_FILE

    moment, sites = options.day(since), options.load_sites(selectors)
    with (
        Archive.open(db, create=False, readonly=dry_run, wait=wait, waiting=say) as archive,
        counted("pages", quiet or json) as count,
    ):
        report = run(
            archive, sites=sites, site=site, since=moment, again=again, without_file=without_file, dry=dry_run,
            examples=examples, jobs=jobs, watch=count and (lambda report: count(report.read, report.total)),
        )  # fmt: skip
    if json:
        put_json(msgspec.to_builtins(report))
    else:
        if not quiet or dry_run:  # what a dry run shows is what it is for
            _print(report)
        if not quiet:
            say(report.summary())
    for name in report.left:
        say(f"scraper: {name}: {LACKS_FILE}, or read it without by --without-file")
    for problem in report.failed:
        say(f"scraper: {problem}")
    if report.outcome == "interrupted":
        raise typer.Exit(130)
    if report.failed:
        raise typer.Exit(1)
    if report.left:
        raise typer.Exit(3)


def _print(report: Rereading) -> None:
    """Counts first, then examples."""
    for field, count in sorted(report.fields.items(), key=lambda each: -each[1]):
        put(f"{count:7} {field}")
    for example in report.examples:
        before, after = _texts_apart(example.before, example.after)
        put(f"\n{example.field} of {example.url}\n  - {before}\n  + {after}")


def _texts_apart(before: Any, after: Any) -> tuple[str, str]:
    """Both sides of a change in a line each, from a little before where they part."""
    texts = [_line(before), _line(after)]
    alike = next((n for n, (one, other) in enumerate(zip(*texts, strict=False)) if one != other), min(map(len, texts)))
    start = max(0, alike - _SHOWN // 4)
    one, other = (("…" if start else "") + text[start:] for text in texts)
    return _short(one), _short(other)


def _line(value: Any) -> str:
    import msgspec

    said = value if isinstance(value, str) else "" if value is None else msgspec.json.encode(value).decode()
    return plain(" ".join(said.split()))


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
