"""``export``: stories and their snapshots out of the archive as files."""

from __future__ import annotations

import enum
import gzip
import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from scraper.cli import options
from scraper.cli.output import say
from scraper.wording import number_of

if TYPE_CHECKING:
    from scraper.archive import Archive


#: Endings of an archive's files.
_OF_ARCHIVE = ("", "-wal", "-shm", ".lock")


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
            help="jsonl: one JSON object a line; csv: for spreadsheets (UTF-8); warc: the pages as fetched, WARC/1.1.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write here instead of standard output; a file that is there is replaced.",
        ),
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
    compressed record by record unless FILE ends in .warc. Of JSON lines and CSV a FILE that ends in .gz is compressed.

    \b
    Examples:
      scraper export jsonl > articles.jsonl
      scraper export jsonl -o articles.jsonl.gz
      scraper export csv --tag Mali --since 2024-01-01 -o mali.csv
      scraper export warc --site news.example -o news.warc.gz
    """
    from scraper.archive import Archive

    wanted = {
        "tag": tag, "author": author, "section": section, "language": language,
        **options.span_text(since, until),
    }  # fmt: skip
    with Archive.open(db, readonly=True) as archive:
        wanted["site"] = archive.site_key(site) if site is not None else None
        damaged: list[str] = []
        if format is Format.warc:
            count, what = _export_warc(archive, out, wanted, damaged), "snapshot"
        else:
            count, what = _export_text(archive, format, out, wanted), "article"
    for problem in damaged:
        say(f"scraper: not written: {problem}")
    if not quiet:
        say(f"{number_of(count, what)} written")
    if damaged:
        raise typer.Exit(1)


def _export_text(archive: Archive, format: Format, out: Path | None, wanted: dict[str, Any]) -> int:
    from scraper.archive import export as exports

    write = exports.write_jsonl if format is Format.jsonl else exports.write_csv
    is_packed = out is not None and out.name.lower().endswith(".gz")
    with (
        _writing(out, archive.path) as path,
        _text(path, is_packed) if path else nullcontext(sys.stdout) as file,
    ):
        return write(archive, file, **wanted)


@contextmanager
def _text(path: Path, is_packed: bool) -> Iterator[TextIO]:
    with (
        path.open("wb") as raw,
        # No name and no time: what is equal gives equal files.
        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) if is_packed else nullcontext(raw) as file,
        # newline="": CSV has line ends of its own (RFC 4180).
        io.TextIOWrapper(file, encoding="utf-8", newline="") as text,
    ):
        yield text


def _export_warc(archive: Archive, out: Path | None, wanted: dict[str, Any], damaged: list[str]) -> int:
    from scraper.archive.warc import write_warc
    from scraper.errors import UsageError
    from scraper.records import utc_now

    if out is None and sys.stdout.isatty():
        raise UsageError("a WARC file is no text for a terminal; name a file with --out")
    with _writing(out, archive.path) as path, path.open("wb") if path else nullcontext(sys.stdout.buffer) as file:
        name = out.name if out else ""
        return write_warc(archive, file, now=utc_now(), name=name, damaged=damaged.append, **wanted)


@contextmanager
def _writing(out: Path | None, archive: Path) -> Iterator[Path | None]:
    """Where to write: a file beside the one that is meant, whose place it takes once it is whole; standard output and
    what is no file (``/dev/null``, a named pipe) as they are.  What goes wrong is one line."""
    from scraper.errors import ScraperError, UsageError

    if out is not None and any(_is_same(out, archive.with_name(archive.name + end)) for end in _OF_ARCHIVE):
        raise UsageError("that is the archive itself", about=str(out))
    try:
        real = out and out.resolve()
        if real is None or (real.exists() and not real.is_file()) or real.parts[1:2] in (("dev",), ("proc",)):
            yield out
            return
        if not os.access(real.parent, os.W_OK) and real.exists():
            yield real  # there is no room beside it
            return
        meanwhile = real.with_name(f".{real.name}.{os.getpid()}")
        try:
            yield meanwhile
            if real.exists():
                meanwhile.chmod(stat.S_IMODE(real.stat().st_mode))
            meanwhile.replace(real)
        finally:
            meanwhile.unlink(missing_ok=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ScraperError(f"cannot be written: {error.strerror}", about=str(out or "standard output")) from error


def _is_same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)
