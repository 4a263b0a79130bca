"""``export``: stories out of the archive as files."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer

from scraper.cli import options
from scraper.cli.output import say


class Format(enum.StrEnum):
    """What the archive can be written as."""

    jsonl = "jsonl"
    csv = "csv"


def export(
    format: Annotated[
        Format, typer.Argument(metavar="FORMAT", help="jsonl: one JSON object a line; csv: for spreadsheets.")
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
    """Write articles as JSON lines or CSV, oldest first.

    \b
    Examples:
      scraper export jsonl > articles.jsonl
      scraper export csv --tag Mali --since 2024-01-01 -o mali.csv
    """
    from scraper.archive import Archive
    from scraper.archive import export as exports
    from scraper.errors import ScraperError

    write = exports.write_jsonl if format is Format.jsonl else exports.write_csv
    with Archive.open(db, readonly=True) as archive:
        try:
            # newline="": CSV has line ends of its own (RFC 4180).
            file = out.open("w", encoding="utf-8", newline="") if out else sys.stdout
            count = write(
                archive, file, site=site, tag=tag, author=author, section=section, language=language,
                since=options.day_text(since), until=options.day_text(until, end=True),
            )  # fmt: skip
            if out:
                file.close()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise ScraperError(f"cannot be written: {error.strerror}", about=str(out or "standard output")) from error
    if not quiet:
        say(f"{count} articles written")
