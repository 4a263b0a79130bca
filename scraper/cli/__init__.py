"""The ``scraper`` command.  Each module here is a group of commands: parse, call, print, exit code.

Nothing heavy is imported before a command runs: ``scraper --help`` is as fast as Typer.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from contextlib import suppress

import typer

from scraper.cli import checking, copies, crawling, exporting, importing, querying, reading, rereading, sites
from scraper.errors import ScraperError

app = typer.Typer(
    name="scraper",
    help="Crawl news sites into one SQLite archive: every article, once, with the bytes it came from.\n\n"
    "Data go to standard output, progress and messages to standard error.\n\n"
    "Exit codes: 0 done; 1 failed; 2 usage or a bad selector file; 3 finished, but a site needs a person; "
    "75 another run holds the archive; 130 interrupted.",
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
    try:
        try:
            app()
        finally:
            if sys.stdout is not None:
                with suppress(BrokenPipeError, ValueError):  # nobody reads on; a stream that is closed
                    sys.stdout.flush()
    except ScraperError as error:
        print(f"scraper: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print("scraper: standard output: cannot be written (no space left)", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is not tried again at the end
        sys.exit(1)
    finally:
        gc.freeze()  # else the interpreter, as it ends, looks several times through all that is left: a tenth of a second
