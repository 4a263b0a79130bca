"""Options that several commands share, and how their values are read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scraper.sites import Sites

Db = Annotated[
    Path,
    typer.Option(
        "--db",
        envvar="SCRAPER_DB",
        metavar="PATH",
        help="The archive (archive.db here by default).",
        show_default=False,
    ),
]
Selectors = Annotated[
    list[Path] | None,
    typer.Option(
        "--selectors",
        envvar="SCRAPER_SELECTORS",
        metavar="DIR",
        help="A folder of selector files; adds to and overrides those shipped.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary, only errors.")]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="Published on this UTC day or later (YYYY-MM-DD).")
]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Published on this UTC day or earlier.")]
Wait = Annotated[
    float,
    typer.Option(
        "--wait",
        min=0,
        metavar="SECONDS",
        help="Wait so long for another run to let go of the archive (inf: until it does), instead of leaving with 75.",
        show_default=False,
    ),
]
SiteKey = Annotated[
    str | None,
    typer.Option("--site", metavar="SITE", help="Of one site only (its name in the archive, a host or a URL)."),
]
Tag = Annotated[
    list[str] | None, typer.Option("--tag", metavar="NAME", help="With this tag; repeated: with any of these.")
]
Author = Annotated[str | None, typer.Option("--author", metavar="NAME", help="By this author.")]
Section = Annotated[str | None, typer.Option("--section", metavar="NAME", help="Of this section.")]


def _code(text: str | None) -> str | None:
    """A language's code; a name would find nothing."""
    from scraper.errors import UsageError
    from scraper.languages import is_code

    if text is not None and not is_code(text):
        raise UsageError(f"no language code: {text!r} (write en, ar, …)", about="--language")
    return text


Language = Annotated[
    str | None, typer.Option("--language", metavar="CODE", callback=_code, help="In this language (en, ar, …).")
]

DEFAULT_DB = Path("archive.db")


def load_sites(folders: list[Path] | None) -> Sites:
    """The selector files in use."""
    from scraper.sites import Sites

    return Sites.load(*(folders or []))


def day(text: str | None, *, end: bool = False) -> datetime | None:
    """A day (or a full ISO 8601 time) as the UTC moment at which it begins, or its last second."""
    from scraper.records import utc

    try:
        return utc(text, end=end)
    except ValueError as error:
        named = f"{'--until' if end else '--since'}: not a date: {text!r} (write YYYY-MM-DD)"
        raise typer.BadParameter(named) from error


def span(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """Both ends of a period, the last second of its last day included."""
    first, last = day(since), day(until, end=True)
    if first and last and first > last:
        raise typer.BadParameter(f"--since {since} is after --until {until}")
    return first, last


def span_text(since: str | None, until: str | None) -> dict[str, str | None]:
    """Both ends as the archive writes times, by name."""
    from scraper.records import iso

    first, last = span(since, until)
    return {"since": iso(first), "until": iso(last)}


def refuse_both(**given: bool) -> None:
    """Refuse options of which one would be passed over for the other; raises UsageError."""
    from scraper.errors import UsageError

    names = [f"--{name.replace('_', '-')}" for name, is_given in given.items() if is_given]
    if len(names) > 1:
        raise UsageError(f"{names[0]} and {names[1]} do not go together")
