"""Whether a person should look at a site, at the end of a run."""

from __future__ import annotations

from scraper.site_run import SiteRun
from scraper.targets import SitePlan

#: Stories that a selector file must misread, and the share of all, before the layout counts as changed.
UNFIT, UNFIT_SHARE = 3, 0.5


def complaint(run: SiteRun, plan: SitePlan, *, has_named: bool, is_over: bool) -> str | None:
    """What is wrong with the site, if anything is.

    ``has_named``: its listings named anything at all; ``is_over``: the run has reached a bound, or has left the site alone.
    """
    report = run.report
    stories = report.new + report.changed + report.unchanged
    problem = report.problems[0] if report.problems else None
    if report.unfit >= UNFIT and report.unfit > UNFIT_SHARE * stories:
        return f"layout changed: the selector file fits {stories - report.unfit} of {stories} stories"
    if plan.whole_site and problem and not report.listings and not is_over:
        return problem
    if report.paused:
        return None  # the site's own wish
    if report.unread and not problem:
        return None
    if plan.whole_site and report.listings and not has_named:
        return f"nothing found: {problem}" if problem else "nothing found"
    if not plan.targets or stories + report.known + report.moved + report.aliases + report.waiting:
        return None
    if report.advertised and "date" in report.refused and set(report.refused) <= {"date", "pattern", "off_site"}:
        return None  # nothing was published in these dates
    by_whom = "advertised" if report.listings else "named"
    found = f"none of {report.advertised} {by_whom} pages could be archived" if report.advertised else "nothing found"
    return f"{found}: {problem}" if problem else found


def hint(run: SiteRun) -> str:
    """What to do about a site that may not be what was meant: nothing of it is kept.  A dry run leaves nothing to forget."""
    if run.bounds.dry:
        return ""
    has_answered = any(
        run.archive.rows(
            "select 1 from snapshots join pages on pages.id = page_id where site_id = ? limit 1", [run.site_id]
        )
    )
    is_kept = any(run.archive.rows("select 1 from sites where id = ?", [run.site_id]))
    known = is_kept and not has_answered
    return f" (if it is not the site that you mean: scraper forget {run.site.key})" if known else ""
