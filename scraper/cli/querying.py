"""``search``, ``show`` and ``why``: the archive, read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scraper.cli import options
from scraper.cli.output import plain, put, put_json, say
from scraper.cli.reading import print_explained
from scraper.wording import number_of

if TYPE_CHECKING:
    from scraper.archive import Archive
    from scraper.extract import Explanation


def search(
    query: Annotated[list[str], typer.Argument(metavar="QUERY", help='Words, "a phrase", one OR other, prefix*.')],
    db: options.Db = options.DEFAULT_DB,
    site: options.SiteKey = None,
    tag: options.Tag = None,
    author: options.Author = None,
    section: options.Section = None,
    language: options.Language = None,
    since: options.Since = None,
    until: options.Until = None,
    newest: Annotated[bool, typer.Option("--newest", help="Newest first instead of best match first.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, metavar="N", help="At most N hits.")] = 20,
    json: options.Json = False,
) -> None:
    """Search titles, summaries and bodies.

    All words must be there; accents and case do not matter, nor does ß or ss in a query without AND, OR, NOT, NEAR, brackets and the signs : ^ +. Words of Chinese, Japanese, Thai and other scripts without spaces are looked
    for in the texts themselves (also in quotes, without OR), which takes longer; Korean ones as beginnings of words.

    Behind plain words, -word leaves out the articles that have it; all is then one argument: 'water -board'. Beside a phrase, OR or prefix* write NOT word. On its own, -word finds nothing.

    \b
    Examples:
      scraper search 'water board' --since 2024-11-01 --tag Mali
      scraper search '"peace talks" OR ceasefire' --newest --json
    """
    import msgspec

    from scraper.archive import Archive

    period = options.span_text(since, until)
    with Archive.open(db, readonly=True) as archive:
        site = archive.site_key(site) if site is not None else None
        hits = archive.search(
            " ".join(query), limit=limit, newest=newest, site=site, tag=tag, author=author, section=section, language=language,
            **period,
        )  # fmt: skip
    if json:
        put_json(msgspec.to_builtins(hits))
        return
    for hit in hits:
        gone = f"  (gone from the site by {hit.deleted_at})" if hit.deleted_at else ""
        put(f"{hit.id}  {hit.published or 'no date'}  {hit.title}{gone}\n    {hit.snippet}\n    {hit.url}")
    if not hits:
        say("nothing found")


def show(
    wanted: Annotated[str, typer.Argument(metavar="URL-or-ID", help="An article's URL (any spelling) or id.")],
    db: options.Db = options.DEFAULT_DB,
    history: Annotated[bool, typer.Option("--history", help="Every reading of it, oldest first.")] = False,
    revision: Annotated[
        int | None,
        typer.Option("--revision", min=1, max=2**63 - 1, metavar="ID", help="One of its readings, whole, as JSON."),
    ] = None,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="The page as it was fetched, byte for byte; with --revision as it was for that one."
        ),
    ] = False,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Which rule of today gives each field of that page, and what the others say."),
    ] = False,
    selectors: options.Selectors = None,
    json: options.Json = False,
) -> None:
    """Show one article and where it came from.

    \b
    Examples:
      scraper show 17
      scraper show https://news.example/story --raw > page.html
      scraper show 17 --explain
    """
    from scraper.archive import Archive

    options.refuse_both(history=history, explain=explain, raw=raw)
    options.refuse_both(history=history, explain=explain, revision=revision is not None)
    options.refuse_both(raw=raw, json=json)
    with Archive.open(db, readonly=True) as archive:
        found = archive.article(wanted)
        if revision is not None:
            record = archive.revision(found["id"], revision)
            snapshots = {reading["id"]: reading["snapshot_id"] for reading in found["revisions"]}
            if raw:
                sys.stdout.buffer.write(archive.raw(snapshots[revision]))
            else:
                put_json(record)
        elif raw:
            sys.stdout.buffer.write(archive.raw(found["snapshot_id"]))
        elif explain:
            print_explained(explained(archive, found, selectors), json=json)
        elif json:
            put_json(found["revisions"] if history else found)
        elif history:
            _print_history(found["revisions"])
        else:
            _print_article(found)


def _print_history(readings: list[dict[str, Any]]) -> None:
    """A line a reading; where its page stood elsewhere than that of the one before, the address, too."""
    for before, row in zip([None, *readings], readings, strict=False):
        put(f"{row['read_at']}  revision {row['id']}  {number_of(row['word_count'], 'word')}  {row['title']}")
        if before is not None and row["url"] != before["url"]:
            put(f"    at {row['url']}")


def explained(archive: Archive, found: dict[str, Any], selectors: list[Path] | None) -> Explanation:
    """What today's rules make of the page that an article was read from; tells if its reading is another reader's."""
    from scraper import explain
    from scraper.report import READ_BY_OTHER

    page = archive.answer(next(archive.rows("select * from snapshots where id = ?", [found["snapshot_id"]])))
    site = options.load_sites(selectors).match(page.final_url)
    query = "select rules_hash from revisions where article_id = ? order by read_at desc, id desc limit 1"
    if any(site.lacks_file(row["rules_hash"]) for row in archive.rows(query, [found["id"]])):
        say(f"scraper: {found['url']}: {READ_BY_OTHER}")
    return explain(
        page.body, page.final_url, site=site, content_type=page.headers.get("content-type"),
        fetched_at=page.fetched_at,
    )  # fmt: skip


def _print_article(found: dict[str, Any]) -> None:
    put(plain(found["title"] or "(no title)"))
    lines = {
        "by": ", ".join(found["authors"]),
        "source": found["source"],
        "published": found["published"]
        and f"{found['published']} (printed as {found['published_raw']!r}, zone {found['published_zone']})",
        "modified": found["modified"],
        "deleted": found["deleted_at"],
        "section": found["section"],
        "tags": ", ".join(found["tags"]),
        "url": found["url"],
        "archived": f"id {found['id']}, snapshot {found['snapshot_id']}, {number_of(len(found['revisions']), 'reading')}, body from "
        + found["provenance"].get("body", {}).get("source", "nowhere"),
        "warnings": "; ".join(found["warnings"]),
        "summary": found["summary"],
    }
    for name, value in lines.items():
        if value:
            put(f"  {name:10} {value}")
    put(f"\n{found['body']}")
    if found["links"]:
        put("")
    for link in found["links"]:
        known = f" (id {link['target_id']})" if link["target_id"] else ""
        put(f"  {link['kind']}: {link['text']}\n    {link['url']}{known}")


def why(
    url: Annotated[str, typer.Argument(metavar="URL-or-ID", help="A URL (any spelling), or an article's id.")],
    db: options.Db = options.DEFAULT_DB,
    json: options.Json = False,
) -> None:
    """Tell the story of one URL: found where, tried when, kept or refused by what.

    Exit code 1 if nobody ever advertised it.

    \b
    Example:
      scraper why https://news.example/politics/a-story
    """
    from scraper.archive import Archive
    from scraper.errors import ScraperError

    with Archive.open(db, readonly=True) as archive:
        found = archive.why(url)
    if found is None:
        raise ScraperError("not in the ledger: no target, listing or link that was read names it", about=url)
    if json:
        put_json(found)
    elif found["state"] == "listing":
        _print_listing(found)
    else:
        _print_why(found)


def _print_listing(found: dict[str, Any]) -> None:
    came = "could not be read" if found["problem"] and not found["links"] else "read for its links"
    put(f"{found['url']}\n  {found['what']} of {found['site']}, {came}")
    for listing in found["found"]:
        put(f"  found     in {listing['what']} {listing['url']}")
    put(f"  read      {found['read_at']} " + (found["problem"] or number_of(found["links"], "link")))


def _print_why(found: dict[str, Any]) -> None:
    put(f"{found['url']}\n  {found['state']}{_because(found)}")
    put(f"  found     {found['found_at']} by {found['found_by']}")
    for listing in found["found"]:
        put(f"            in {listing['what']} {listing['url']}")
    if found["advertised_title"] or found["advertised_at"]:
        put(f"            as {found['advertised_title'] or 'no title'}, dated {found['advertised_at'] or 'never'}")
    for visit in found["visits"]:
        detail = "" if visit["detail"] == f"answered {visit['status']}" else visit["detail"] or ""
        put(
            f"  visited   {visit['at']} {visit['status'] or '---'} {visit['outcome']}{_reason(visit)} {detail}".rstrip()
        )
    for snapshot in found["snapshots"]:
        put(
            f"  kept      {snapshot['fetched_at']} snapshot {snapshot['id']}, {snapshot['size']:,} bytes, last seen so {snapshot['seen_at']}"
        )
    if found["article"]:
        put(
            f"  story     article {found['article']['id']}: {found['article']['title']}\n            {found['article']['url']}"
        )
    if found["due_at"]:
        put(f"  due       {'when a run asks for it' if found['due_at'].startswith('1970') else found['due_at']}")


def _because(found: dict[str, Any]) -> str:
    """Why a page is in its state, and what can be done about it."""
    state, reason, detail = found["state"], found["reason"], found["detail"]
    if state == "pending":
        return f": not asked for yet; the next crawl or update of {found['site']} does"
    if (state, reason) == ("refused", "date"):
        listed = found["advertised_at"]
        dated = detail or (f"dated {listed[:10]} where it was found" if listed else "dated")
        return f": {dated}, outside of the dates that were asked for; a crawl with a wider --since or --until takes it"
    if state == "alias" and reason in ("redirect", "part"):
        return f": redirects to {detail}" if reason == "redirect" else f": {detail}"
    if state == "alias" and reason is None and found["article"]:
        return f": tells the story of another page, {found['article']['url']}"
    failed = "; the last look failed" if state == "archived" and reason else ""
    return f"{failed}{_reason(found)}{f' ({detail})' if detail else ''}"


def _reason(row: dict[str, Any]) -> str:
    """The reason of a page or a visit, where it is another word than its state or outcome."""
    said = row["reason"]
    return f": {said}" if said and said not in (row.get("state"), row.get("outcome")) else ""
