"""``duplicates``: which articles are copies of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scraper.cli import options
from scraper.cli.output import put, put_json, put_table, say
from scraper.cli.progress import counted
from scraper.wording import number_of

if TYPE_CHECKING:
    from scraper.archive.duplicates import Copies, Linked

#: Characters of a common text that are shown.
_SHOWN = 80


def duplicates(
    db: options.Db = options.DEFAULT_DB,
    site: Annotated[str | None, typer.Option("--site", metavar="SITE", help="List those of one site only.")] = None,
    min_words: Annotated[
        int, typer.Option("--min-words", min=0, metavar="N", help="List only texts of at least N words.")
    ] = 0,
    wait: options.Wait = 0.0,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Find, link and list articles whose text is the same, or nearly so, on whatever site.

    Wire copies, edited reprints, one story under two addresses. Looks at what is new since the last time; links are in the table near_duplicates, and nothing is deleted. A text that a site gives under three addresses or more, with different titles, is the site's own (a notice, an error): its articles get a warning.

    \b
    Examples:
      scraper duplicates
      scraper duplicates --site news.example --min-words 100 --json
    """
    import msgspec

    from scraper.archive import Archive
    from scraper.archive.duplicates import copies, link

    with Archive.open(db, create=False, wait=wait, waiting=say) as archive:
        site = archive.site_key(site) if site is not None else None  # a name that is mistyped is told before the work
        with counted("articles", quiet or json) as watch:
            done = link(archive, watch)
        found = copies(archive, site=site, min_words=min_words)
    if json:
        put_json(msgspec.to_builtins(found) | {"done": msgspec.to_builtins(done)})
        return
    _print(found)
    if not quiet:
        _sum_up(done)


def _print(found: Copies) -> None:
    if found.pairs:
        rows = [
            (pair["kind"], f"{pair['resemblance']:.0%}", pair["id"], pair["url"], pair["other_id"], pair["other_url"])
            for pair in found.pairs
        ]
        put_table(rows, ("kind", "alike", "id", "url", "id", "url"))
    for text in found.common:
        put(f"{text['site']}: the same text under {text['addresses']} addresses")
        put(f"    {' '.join(text['body'].split())[:_SHOWN]}")
        put(f"    articles {', '.join(map(str, text['articles']))}")


def _sum_up(done: Linked) -> None:
    warned = f", {number_of(done.warned, 'warning')} changed" if done.warned else ""
    say(
        f"{number_of(done.articles, 'article')} looked at: {done.exact} exact and {done.near} near copies linked{warned}"
    )
