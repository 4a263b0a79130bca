"""``export``: stories and their snapshots out of the archive as files."""

from __future__ import annotations

import enum
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scraper.cli import options
from scraper.cli.output import say

if TYPE_CHECKING:
    from scraper.archive import Archive


class Format(enum.StrEnum):
    """What the archive can be written as."""

    jsonl = "jsonl"
    csv = "csv"
    warc = "warc"


def export(
    format: Annotated[
        Format,
        typer.Argument(
            metavar="FORMAT",
            help="jsonl: one JSON object a line; csv: for spreadsheets; warc: the pages as fetched, WARC/1.1.",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write here instead of standard output.")
    ] = None,
    db: options.Db = options.DEFAULT_DB,
    site: options.SiteKey = None,
    tag: options.Tag = None,
    author: options.Author = None,
    section: options.Section = None,
    language: options.Language = None,
    since: options.Since = None,
    until: options.Until = None,
    quiet: options.Quiet = False,
) -> None:
    """Write articles as JSON lines or CSV, or their pages as WARC, oldest first.

    A WARC file has every snapshot of the articles that the filters choose, without filters of all pages. It is
    compressed record by record unless FILE ends in .warc.

    \b
    Examples:
      scraper export jsonl > articles.jsonl
      scraper export csv --tag Mali --since 2024-01-01 -o mali.csv
      scraper export warc --site news.example -o news.warc.gz
    """
    from scraper.archive import Archive

    wanted = {
        "site": site, "tag": tag, "author": author, "section": section, "language": language,
        **options.span_text(since, until),
    }  # fmt: skip
    with Archive.open(db, readonly=True) as archive:
        archive.site_ids(site)  # raises, if there is none
        if format is Format.warc:
            count, what = _export_warc(archive, out, wanted), "snapshots"
        else:
            count, what = _export_text(archive, format, out, wanted), "articles"
    if not quiet:
        say(f"{count} {what} written")


def _export_text(archive: Archive, format: Format, out: Path | None, wanted: dict[str, Any]) -> int:
    from scraper.archive import export as exports

    write = exports.write_jsonl if format is Format.jsonl else exports.write_csv
    # newline="": CSV has line ends of its own (RFC 4180).
    with _writing(out), out.open("w", encoding="utf-8", newline="") if out else nullcontext(sys.stdout) as file:
        return write(archive, file, **wanted)


def _export_warc(archive: Archive, out: Path | None, wanted: dict[str, Any]) -> int:
    from scraper.archive.warc import write_warc
    from scraper.errors import UsageError
    from scraper.records import utc_now

    if out is None and sys.stdout.isatty():
        raise UsageError("a WARC file is no text for a terminal; name a file with --out")
    with _writing(out), out.open("wb") if out else nullcontext(sys.stdout.buffer) as file:
        return write_warc(archive, file, now=utc_now(), name=out.name if out else "", **wanted)


@contextmanager
def _writing(out: Path | None) -> Iterator[None]:
    """What goes wrong with the file, in one line."""
    from scraper.errors import ScraperError

    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ScraperError(f"cannot be written: {error.strerror}", about=str(out or "standard output")) from error
