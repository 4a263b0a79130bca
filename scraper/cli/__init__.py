"""The ``scraper`` command.  Each module here is a group of commands: parse, call, print, exit code.

Nothing heavy is imported before a command runs: ``scraper --help`` is as fast as Typer.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

import typer
from typer.core import TyperGroup

from scraper.cli import checking, copies, crawling, exporting, importing, querying, reading, rereading, sites
from scraper.errors import ScraperError

#: The exit code where whoever read the output had enough of it: 128 + SIGPIPE, as shells have it of other tools.
NOT_READ = 141


class _Commands(TyperGroup):
    """The commands; a pipe that closes ends them with a code of its own, for Typer would call it a failure."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:  # prints the help
        with _not_read():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        with _not_read():
            return super().invoke(ctx)


@contextmanager
def _not_read() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise typer.Exit(NOT_READ) from error


app = typer.Typer(
    name="scraper",
    cls=_Commands,
    help="Crawl news sites into one SQLite archive: every article, once, with the bytes it came from.\n\n"
    "Data go to standard output, progress and messages to standard error.\n\n"
    "Exit codes: 0 done; 1 failed; 2 usage or a bad selector file; 3 finished, but a site needs a person; "
    "75 another run holds the archive; 130 interrupted; 141 the output was not read to its end.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from scraper import __version__

        typer.echo(f"scraper {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Options of the program as a whole."""


for name, command in (
    ("crawl", crawling.crawl),
    ("update", crawling.update),
    ("forget", crawling.forget),
    ("extract", reading.extract),
    ("search", querying.search),
    ("show", querying.show),
    ("why", querying.why),
    ("export", exporting.export),
    ("check", checking.check),
    ("duplicates", copies.duplicates),
    ("repack", checking.repack),
    ("reextract", rereading.reextract),
    ("demo", crawling.demo),
):
    app.command(name)(command)
app.add_typer(importing.app, name="import")
app.add_typer(sites.app, name="sites")


def main() -> None:
    """Run the command line; expected failures are one line and an exit code."""
    code: int | str | None = 0
    for step in (app, _flush):
        try:
            step()
        except SystemExit as ended:
            code = ended.code
        except ScraperError as error:
            code = error.exit_code
            _tell(str(error))
        except BrokenPipeError:
            code = code or NOT_READ
            _discard(sys.stdout)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            code = 1
            _tell("standard output: cannot be written (no space left)")
            _discard(sys.stdout)
    gc.freeze()  # else the interpreter, as it ends, looks several times through all that is left: a tenth of a second
    sys.exit(code)


def _flush() -> None:
    if sys.stdout is not None:
        with suppress(ValueError):  # a stream that is closed
            sys.stdout.flush()


def _tell(text: str) -> None:
    """What went wrong, on standard error, if anybody reads that."""
    try:
        print(f"scraper: {text}", file=sys.stderr)
    except BrokenPipeError:
        _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    """What is left to print is not tried again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
