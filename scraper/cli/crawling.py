"""``crawl``, ``update`` and ``demo``: the commands that fill the archive."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from scraper.cli import options
from scraper.cli.output import put, put_json, say
from scraper.wording import number_of

if TYPE_CHECKING:
    from scraper.archive import Archive

Delay = Annotated[
    float | None,
    typer.Option(
        "--delay", min=0, max=86_400, metavar="SECONDS", help="Between requests to a host, instead of the site's own."
    ),
]
Concurrency = Annotated[
    int | None,
    typer.Option("--concurrency", min=1, metavar="N", help="Requests to a host at once; for servers of your own."),
]

Contact = Annotated[
    str | None,
    typer.Option(
        "--contact",
        envvar="SCRAPER_CONTACT",
        metavar="WHO",
        help="E-mail address or URL that sites see in the user agent.",
    ),
]

Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most N new articles a site.")]
#: What the demo's newsroom has, and where it listens, unless something else is asked for.
_ARTICLES, _PORT = 60, 8790

MaxPages = Annotated[
    int | None, typer.Option("--max-pages", min=1, metavar="N", help="At most N pages fetched a site.")
]


def crawl(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET",
            help="A host, a start URL, a section, a feed, a sitemap, a selector file's name, or a file of URLs (- for stdin).",
        ),
    ],
    db: options.Db = options.DEFAULT_DB,
    selectors: options.Selectors = None,
    since: options.Since = None,
    until: options.Until = None,
    limit: Limit = None,
    max_pages: MaxPages = None,
    depth: Annotated[
        int, typer.Option("--depth", min=0, metavar="N", help="Follow links between articles N deep.")
    ] = 0,
    refetch: Annotated[bool, typer.Option("--refetch", help="Fetch known pages again.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read the listings and print what would be fetched.")
    ] = False,
    delay: Delay = None,
    concurrency: Concurrency = None,
    contact: Contact = None,
    wait: options.Wait = 0.0,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Archive the articles that sites advertise, each once.

    Reads sitemaps, feeds and section pages. What is known already is not fetched again; an interrupted run goes on where it stopped.

    A file of URLs names pages, not feeds or sections, one a line; white space ends a URL, and lines that begin with # are passed over.

    --since and --until bound what listings name. A page that you name yourself is archived whatever its date, and so is one that gives none.

    \b
    Examples:
      scraper crawl english.almayadeen.net --since 2024-11-01 --limit 50
      scraper crawl https://news.example/feed.xml --db news.db
      scraper crawl urls.txt
    """
    from scraper import crawl as run
    from scraper.archive import Archive
    from scraper.cli import progress
    from scraper.run import Network

    options.refuse_both(dry_run=dry_run, depth=depth > 0)  # links are in the pages, of which a dry run fetches none
    sites = options.load_sites(selectors)
    first, last = options.span(since, until)
    with ExitStack() as stack:
        if dry_run and not db.exists():  # a dry run leaves nothing behind
            db = Path(stack.enter_context(TemporaryDirectory())) / "archive.db"
        archive = stack.enter_context(Archive.open(db, wait=wait, waiting=say))
        watch = stack.enter_context(progress.shown(quiet or json))
        report = run(
            targets, archive, sites=sites, since=first, until=last, limit=limit, max_pages=max_pages, depth=depth,
            refetch=refetch, dry=dry_run, network=Network(delay=delay, concurrency=concurrency, contact=contact), watch=watch,
        )  # fmt: skip
    _finish(report, json, quiet)


def update(
    only: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SITE", help="Sites of the archive, by name, host or URL; default: all that are looked after."
        ),
    ] = None,
    db: options.Db = options.DEFAULT_DB,
    selectors: options.Selectors = None,
    since: options.Since = None,
    until: options.Until = None,
    limit: Limit = None,
    max_pages: MaxPages = None,
    delay: Delay = None,
    concurrency: Concurrency = None,
    contact: Contact = None,
    wait: options.Wait = 0.0,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Bring the archive's sites up to date; for cron.

    New articles first, then known ones that are due for another look: edits become revisions,
    pages that are gone are marked as deleted and kept.  One summary line; exit code 3 if a site
    needs a person, 75 if another run is still at it.

    The dates of an earlier crawl are not remembered: without --since all that a site advertises is new.

    \b
    Example crontab line:
      */30 * * * *  cd /srv/news && .venv/bin/scraper update --since 2024-11-01
    """
    from scraper.archive import Archive
    from scraper.cli import progress
    from scraper.crawl import update as run
    from scraper.run import Network

    sites = options.load_sites(selectors)
    first, last = options.span(since, until)
    with (
        Archive.open(db, create=False, wait=wait, waiting=say) as archive,
        progress.shown(quiet or json) as watch,
    ):
        report = run(
            archive,
            only=only or (),
            sites=sites,
            since=first,
            until=last,
            limit=limit,
            max_pages=max_pages,
            network=Network(delay=delay, concurrency=concurrency, contact=contact),
            watch=watch,
        )
    _finish(report, json, quiet)


def forget(
    only: Annotated[list[str], typer.Argument(metavar="SITE", help="Sites of the archive, by name, host or URL.")],
    db: options.Db = options.DEFAULT_DB,
    wait: options.Wait = 0.0,
) -> None:
    """Look after sites no more: update passes them over.

    What is stored of them stays; a site that never gave a page, such as a mistyped one, leaves the archive altogether. The URL of one of several start
    addresses takes that one alone. To crawl a site again takes this back.

    \b
    Example:
      scraper forget news.exmaple
    """
    from scraper.archive import Archive

    with Archive.open(db, create=False, wait=wait, waiting=say) as archive, archive.lock():
        for key in only:
            archive.site_key(key)  # all are there, or nothing is done
        starts = {url: site for url in only if (site := archive.drop_seed(url))}
        for url, site in starts.items():
            say(f"{site}: {url} is no start address any more; the others are")
        for key in dict.fromkeys(archive.site_key(name) for name in only if name not in starts):
            stored = archive.forget(key)
            say(
                f"{key}: gone, nothing was stored of it"
                if stored is None
                else f"{key}: passed over from now on; what is stored of it stays ({number_of(stored, 'page')})"
            )


def _finish(report: object, json: bool, quiet: bool) -> None:
    import msgspec

    from scraper.cli import progress
    from scraper.report import Report

    assert isinstance(report, Report)
    for site in report.sites if not json else []:
        for url in site.would_fetch:
            put(url)
    if json:
        put_json(msgspec.to_builtins(report) | {"exit_code": report.exit_code})
    progress.conclude(report, quiet or json)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def demo(
    db: options.Db = options.DEFAULT_DB,
    day: Annotated[
        int | None,
        typer.Option(
            "--day",
            min=0,
            metavar="N",
            help="How many days the newsroom has gone on publishing; default: as many as last time.",
        ),
    ] = None,
    articles: Annotated[
        int, typer.Option("--articles", min=1, max=100_000, metavar="N", help="Articles at the start.")
    ] = _ARTICLES,
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, metavar="N", help="Where the newsroom listens on this machine.")
    ] = _PORT,
    quiet: options.Quiet = False,
) -> None:
    """Crawl a made-up news site on this machine.

    The bundled newsroom is served over real HTTP and crawled into the archive. Run it again with --day 1 to see new, edited and deleted articles.

    \b
    Example:
      scraper demo && scraper search ministry
    """
    from datetime import timedelta

    from scraper import crawl as run
    from scraper.archive import Archive
    from scraper.cli import progress
    from scraper.errors import ScraperError, UsageError
    from scraper.newsroom import SELECTORS, START, Newsroom
    from scraper.newsroom.server import serve
    from scraper.sites import Sites

    with Archive.open(db) as archive:
        if others := [row["key"] for row in archive.rows("select key from sites where key != 'newsroom' limit 1")]:
            raise UsageError(
                f"made-up articles do not belong into an archive of {others[0]}; name another with --db", about=str(db)
            )
        day = _last_day(archive) if day is None else day
        now = START + timedelta(days=day)
        room = Newsroom(articles=articles, clock=lambda: now)
        try:
            server = serve(room, port=port)
            with server as base, progress.shown(quiet) as watch:
                if not quiet:
                    say(f"the newsroom is open at {base}")
                report = run([base], archive, sites=Sites.load(SELECTORS), revisit="all", watch=watch)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise ScraperError(
                f"cannot listen ({error.strerror}); choose another --port", about=f"127.0.0.1:{port}"
            ) from error
        archive.look_after("newsroom", active=False)  # update is for sites that are still there
        progress.conclude(report, quiet)
        if not quiet:
            again = f" --articles {articles}" * (articles != _ARTICLES) + f" --port {port}" * (port != _PORT)
            _show_demo(archive, db, day, again)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def _last_day(archive: Archive) -> int:
    """How far the newsroom's time had gone when the archive saw it last: it never goes back."""
    from datetime import datetime

    from scraper.newsroom import START

    query = "select max(published) as last from articles join sites on sites.id = site_id where sites.key = 'newsroom'"
    last = next(archive.rows(query))["last"]
    return max(0, -((START - datetime.fromisoformat(last)).days)) if last else 0


def _show_demo(archive: object, db: Path, day: int, again: str) -> None:
    """What was archived, one search hit, what to type next; ``again``: the options of the next demo."""
    from scraper.archive import Archive

    assert isinstance(archive, Archive)
    put("")
    for row in archive.rows("select published, section, language, title from articles order by published desc limit 5"):
        put(f"{row['published'] or '':20}  {row['language'] or '':2}  {row['section'] or '':10}  {row['title']}")
    count = next(archive.rows("select count(*) as n from articles"))["n"]
    put(f"… {number_of(count, 'article')} in {db}")
    if hits := archive.search("ministry", limit=1):
        put(f"\nsearch hit: {hits[0].title}\n  {hits[0].snippet}\n  {hits[0].url}")
    option = "" if db == options.DEFAULT_DB else f" --db {db}"
    put("\nWhat to type next:")
    typed = sys.argv[0] if Path(sys.argv[0]).name == "scraper" else "scraper"
    put(f"  {typed} search ministry{option}")
    put(f"  {typed} show 1{option}")
    put(f"  {typed} demo --day {day + 1}{again}{option}            # a day later: new, edited, deleted")
    put(f'  sqlite3 {db} "select * from articles_per_day limit 10"')
    put(f"  {typed} crawl english.almayadeen.net --limit 20 --db news.db")
