"""``check`` and ``repack``: whether the archive is whole, and as small as it can be."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from scraper.cli import options
from scraper.cli.output import put, put_json, say
from scraper.cli.progress import counted
from scraper.wording import number_of, size_of

if TYPE_CHECKING:
    from scraper.archive.check import Health


def check(
    db: options.Db = options.DEFAULT_DB,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the bytes of the snapshots.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended without losing anything.")] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Check that the archive is whole.

    The file, the full text, the hash of every page, and that all rows that belong together are there. Exit code 1 if something is damaged and was not mended.

    \b
    Examples:
      scraper check
      scraper check --quick --json
      scraper check --repair
    """
    import msgspec

    from scraper.archive import Archive
    from scraper.archive.check import check as run

    # The full text is compared by a statement that needs a file that can be written, though it writes nothing.
    readonly = not repair and db.exists() and not os.access(db, os.W_OK)
    with Archive.open(db, create=False, readonly=readonly) as archive, counted("bodies", quiet or json) as watch:
        health = run(archive, quick=quick, repair=repair, watch=watch)
    if json:
        put_json(msgspec.to_builtins(health) | {"exit_code": int(not health.is_whole)})
    else:
        _print(health, quiet)
    if not health.is_whole:
        raise typer.Exit(1)


def _print(health: Health, quiet: bool) -> None:
    for finding in health.findings:
        state = (
            "mended"
            if finding.repaired
            else "can be mended with --repair"
            if finding.repairable
            else "cannot be mended"
        )
        put(f"{finding.text}: {finding.count}, {state}")
        for row in finding.rows:
            put(f"    {row}")
        if finding.count > len(finding.rows):
            put(f"    and {finding.count - len(finding.rows)} more")
    for note in health.notes:
        say(f"scraper: {note}")
    if not quiet:
        read = f", {number_of(health.blobs_read, 'body', 'bodies')} read" if health.blobs_read else ""
        counts = ", ".join(number_of(count, table.removesuffix("s"), table) for table, count in health.counts.items())
        say(f"{'whole' if health.is_whole else 'damaged'}: {counts or 'what is in it could not be counted'}{read}")


def repack(
    db: options.Db = options.DEFAULT_DB,
    site: options.SiteKey = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, metavar="N", help="All processors by default.")
    ] = None,
    shrink: Annotated[
        bool, typer.Option("--shrink", help="Then give the space back to the disk; needs as much again meanwhile.")
    ] = False,
    wait: options.Wait = 0.0,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Store the pages anew, as small as they can be.

    Takes some tenths of a second a page; can be stopped at any time, and goes on where it was. What was repacked is not done again. Without --shrink the archive's file stays as large as it was, and the space that is won is used by the next pages.

    \b
    Examples:
      scraper repack
      scraper repack --site english.almayadeen.net --shrink
    """
    from scraper.archive import Archive, repacking

    sums = repacking.Repacked()
    with (
        Archive.open(db, create=False, wait=wait, waiting=say) as archive,
        archive.lock(),
        counted("bodies", quiet or json) as watch,
    ):
        total = repacking.count_unpacked(archive, site)
        for site_id in archive.site_ids(site):
            before = sums.blobs
            done = repacking.repack(
                archive, site_id, threads=threads or os.cpu_count() or 1,
                watch=lambda count, before=before: watch and watch(before + count, total),  # type: ignore[misc]
            )  # fmt: skip
            sums = repacking.Repacked(sums.blobs + done.blobs, sums.before + done.before, sums.after + done.after)
        if shrink:
            archive.shrink()
    if json:
        put_json({"blobs": sums.blobs, "bytes_before": sums.before, "bytes_after": sums.after})
    elif not quiet:
        share = f", {sums.after / sums.before:.0%} of what they were" if sums.before else ""
        say(
            f"{number_of(sums.blobs, 'body', 'bodies')} repacked: {size_of(sums.before)} to {size_of(sums.after)}{share}"
        )
