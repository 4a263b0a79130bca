"""What one run leaves to the next: pages that wait, how far listings were read, hosts that want to be left alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conftest import RunCli
from webs import NOW, ONE, OTHER, Webs, sitemap, stories, story

from scraper.archive import Archive
from scraper.breaker import MAX_GONE
from scraper.cli.progress import conclude
from scraper.records import Link
from scraper.urls import page_key

FEED = f"{ONE}/feed.xml"
SINCE = "2026-01-01"


def feed(*urls: str) -> bytes:
    items = "".join(f"<item><title>A story</title><link>{url}</link></item>" for url in urls)
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def pager(webs: Webs, day: str, pages: int, *, endless: bool = False) -> None:
    """A section of two stories a page, newest first, and nothing else."""
    for number in range(1, pages + 1):
        links = "".join(f'<a href="/s/a-story-of-{number}-{n}">A story</a>' for n in range(2))
        after = f'<link rel="next" href="/?page={number + 1}">' if endless or number < pages else ""
        webs.pages[f"{ONE}/" if number == 1 else f"{ONE}/?page={number}"] = f"<html>{after}{links}".encode()
        for n in range(2):
            dated = day if number > 2 else "2026-02-01"
            webs.pages[f"{ONE}/s/a-story-of-{number}-{n}"] = story(f"Story {number}-{n}", dated)


# -- pages that wait


def test_pages_of_a_feed_that_an_earlier_run_left_are_taken_up(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 10))
    urls = [url for url in webs.pages if "/a/" in url]
    webs.pages[FEED] = feed(*urls[:6])
    assert webs.crawl(FEED, limit=2).total("waiting") == 4
    webs.pages[FEED] = feed(*urls[6:])
    report = webs.crawl(FEED)
    counts = report.sites[0]
    assert (counts.advertised, counts.new, counts.unexplained) == (8, 8, 0)
    assert webs.count("archived") == 10


@pytest.mark.parametrize("target", ["https://one.example/a/a-story-of-9", FEED])
def test_pages_that_another_listing_left_stay_for_its_next_run(archive: Archive, target: str) -> None:
    webs = Webs(archive, stories(ONE, 10))
    webs.pages[FEED] = feed(f"{ONE}/a/a-story-of-9")
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(*(f"{ONE}/a/a-story-of-{n}" for n in range(9)))
    webs.crawl(f"{ONE}/sitemap.xml", limit=2)
    report = webs.crawl(target)
    assert (report.total("new"), report.sites[0].unexplained) == (1, 0)
    assert webs.count("pending") == 7
    assert webs.crawl(f"{ONE}/sitemap.xml").total("new") == 7


def test_a_page_that_failed_and_is_advertised_no_more_is_counted(archive: Archive) -> None:
    url = f"{ONE}/a/a-story-of-0"
    webs = Webs(archive, stories(ONE, 3))
    good, webs.pages[url] = webs.pages[url], (500, b"", {})
    webs.crawl()
    webs.pages |= {url: good, f"{ONE}/sitemap.xml": sitemap(f"{ONE}/a/a-story-of-1")}
    webs.now += timedelta(hours=3)
    counts = webs.update().sites[0]
    assert (counts.new, counts.known, counts.advertised, counts.unexplained) == (1, 1, 2, 0)


def outage(webs: Webs) -> None:
    """The site has its sitemap still, and answers 404 for all else."""
    webs.pages = {url: page for url, page in webs.pages.items() if url.endswith(".xml")}


def test_what_an_outage_took_away_is_not_called_known(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 10))
    good = dict(webs.pages)
    webs.crawl(limit=2)
    outage(webs)
    counts = webs.crawl().sites[0]
    assert (counts.known, counts.gone, counts.unexplained) == (2, 8, 0)
    webs.pages = good
    counts = webs.crawl().sites[0]
    assert (counts.known, counts.gone, counts.new, counts.unexplained) == (2, 8, 0, 0)  # it is too early to ask again
    webs.now += timedelta(hours=3)
    counts = webs.crawl().sites[0]
    assert (counts.known, counts.gone, counts.new, counts.unexplained) == (2, 0, 8, 0)


def test_what_failed_a_moment_ago_is_not_called_known(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 3))
    webs.pages[f"{ONE}/a/a-story-of-0"] = (500, b"", {})
    webs.crawl()
    counts = webs.update().sites[0]
    assert (counts.known, counts.failed, counts.unexplained) == (2, 1, 0)


def test_a_site_whose_stories_are_all_gone_is_put_aside(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 60))
    good = dict(webs.pages)
    webs.crawl()
    outage(webs)
    webs.now += timedelta(days=2)
    report = webs.update()
    counts = report.sites[0]
    assert report.exit_code == 3
    assert counts.needs is not None
    assert "known stories in a row are gone (answered 404)" in counts.needs
    assert MAX_GONE <= counts.deleted < MAX_GONE + 5
    assert counts.unexplained == 0
    webs.pages = good
    webs.now += timedelta(days=1)
    assert webs.update().exit_code == 0
    assert not list(archive.rows("select 1 from articles where deleted_at is not null"))


def test_stories_that_are_gone_among_others_are_no_outage(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 60))
    webs.crawl()
    webs.pages = {
        url: page for n, (url, page) in enumerate(webs.pages.items()) if n % 3 or not url.startswith(f"{ONE}/a/")
    }
    webs.now += timedelta(days=2)
    report = webs.update()
    assert (report.exit_code, report.total("deleted"), report.total("unchanged")) == (0, 20, 40)


def test_why_a_page_was_refused_is_told_however_often_it_is_advertised(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 2))
    for _ in range(2):
        webs.crawl(since="2026-03-02")
        assert [row["detail"] for row in archive.rows("select detail from missing")] == ["published 2026-03-01"] * 2
    webs.crawl()
    assert not list(archive.rows("select 1 from missing"))


# -- how far listings were read


def test_an_update_with_dates_need_not_read_sections_to_their_ends_again(archive: Archive) -> None:
    webs = Webs(archive, {})
    pager(webs, "2026-02-01", 12)
    webs.crawl(ONE, since=SINCE)
    webs.update(since=SINCE)
    assert f"{ONE}/?page=2" not in webs.asked
    webs.update(since="2026-02-01")
    assert f"{ONE}/?page=2" not in webs.asked
    webs.update(since="2025-12-01")
    assert f"{ONE}/?page=12" in webs.asked
    webs.update()
    assert f"{ONE}/?page=12" in webs.asked
    webs.update(since=SINCE)
    assert f"{ONE}/?page=2" not in webs.asked


def test_dates_bound_a_section_without_end(archive: Archive) -> None:
    webs = Webs(archive, {})
    pager(webs, "2020-02-01", 300, endless=True)
    report = webs.crawl(ONE, since=SINCE)
    assert report.total("new") == 4
    assert sum("?page=" in url for url in webs.asked) < 9
    assert report.sites[0].unexplained == 0


# -- hosts that want to be left alone


@pytest.mark.parametrize("path", ["/robots.txt", "/a/a-story-of-0"])
def test_a_host_that_asked_for_an_hour_gets_it_from_all_runs(archive: Archive, path: str) -> None:
    webs = Webs(archive, stories(ONE, 4))
    before = webs.pages.get(ONE + path)
    webs.pages[ONE + path] = (503, b"", {"retry-after": "3600"})
    report = webs.crawl()
    assert (report.sites[0].paused, report.exit_code) == ("asked to come back in 3600 s", 0)
    webs.now += timedelta(minutes=30)
    report = webs.crawl()
    assert webs.asked.total() == 0
    assert (report.sites[0].paused, report.exit_code) == ("asked to come back in 1800 s", 0)
    webs.now += timedelta(minutes=31)
    webs.pages[ONE + path] = before or (404, b"", {})
    webs.crawl()
    webs.now += timedelta(hours=3)
    webs.crawl()
    assert webs.count("archived") == 4
    assert list(archive.rows("select * from hosts")) == []


def test_what_was_not_asked_for_a_hosts_wish_waits_and_has_no_visit(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    webs = Webs(archive, stories(ONE, 4) | {f"{ONE}/a/a-story-of-0": (429, b"", {"retry-after": "3600"})})
    report = webs.crawl()
    asked = sum(count for url, count in webs.asked.items() if "/a/" in url)
    assert next(archive.rows("select count(*) as n from visits"))["n"] == asked
    assert report.sites[0].unexplained == 0
    assert report.total("failed") + report.total("new") == asked
    conclude(report, False)
    assert f"{report.sites[0].site}: asked to come back in 3600 s\n" in capsys.readouterr().err


def test_another_hosts_wish_holds_up_no_page_of_the_site(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 6) | {f"{ONE}/a/a-story-of-2": (302, b"", {"location": f"{OTHER}/x"})})
    archive.note_left("other.example", webs.now + timedelta(days=3))
    report = webs.crawl()
    assert (report.total("new"), report.total("failed"), report.sites[0].paused) == (5, 1, None)


# -- what a run says


def test_a_run_that_a_bound_ends_before_it_read_a_listing_needs_nobody(archive: Archive) -> None:
    webs = Webs(
        archive,
        stories(ONE, 6) | {f"{ONE}/robots.txt": f"Sitemap: {ONE}/gone.xml\nSitemap: {ONE}/sitemap.xml".encode()},
    )
    webs.crawl(limit=2)
    for _ in range(2):
        assert webs.crawl(limit=1).exit_code == 0
    assert webs.count("archived") == 4


def test_a_story_that_stays_gone_is_deleted_once(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 2))
    webs.crawl()
    del webs.pages[f"{ONE}/a/a-story-of-0"]
    deleted = 0
    for _ in range(3):
        webs.now += timedelta(days=1)
        deleted += webs.crawl(refetch=True).total("deleted")
    assert deleted == 1


def test_a_site_whose_listings_are_empty_needs_a_person_also_where_stories_are_looked_at_again(
    archive: Archive,
) -> None:
    webs = Webs(archive, stories(ONE, 3))
    webs.crawl()
    webs.pages |= {f"{ONE}/sitemap.xml": b"<urlset></urlset>"}
    webs.now += timedelta(days=2)
    report = webs.update()
    assert (report.total("unchanged"), report.exit_code) == (3, 3)
    assert report.sites[0].needs == "nothing found"


def test_a_dry_run_says_what_would_be_fetched_again(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 3))
    webs.crawl(limit=2)
    report = webs.crawl(dry=True, refetch=True)
    assert len(report.sites[0].would_fetch) == 3


def test_a_target_that_robots_txt_excludes_is_told(archive: Archive, run_cli: RunCli) -> None:
    webs = Webs(archive, stories(ONE, 1) | {f"{ONE}/robots.txt": b"User-agent: *\nDisallow: /a/"})
    assert webs.crawl(f"{ONE}/a/a-story-of-0").exit_code == 3
    said = run_cli("why", f"{ONE}/a/a-story-of-0", "--db", archive.path).stdout
    assert "could not be read\n" in said
    assert "disallowed by robots.txt" in said
    assert "for its links" not in said


def test_a_story_behind_a_redirect_that_was_out_of_one_runs_dates_is_in_anothers(archive: Archive) -> None:
    old, there = f"{ONE}/a/a-story-of-old-days", f"{ONE}/a/a-story-of-new-days"
    webs = Webs(
        archive,
        {
            f"{ONE}/sitemap.xml": sitemap(old),
            old: (301, b"", {"location": there}),
            there: story("A story", "2026-02-01"),
        },
    )
    webs.crawl(limit=0)
    # A run that was killed between the redirect and the story.
    entry = archive.ledger.entry(page_key(old))
    assert entry is not None
    target = archive.ledger.expect(1, Link(url=there, source="redirect", found_in=old), NOW)
    archive.alias_of(entry, target, NOW)
    report = webs.crawl(until="2026-01-01")
    assert report.sites[0].refused == {"date": 1}
    report = webs.crawl()
    assert (report.total("new"), report.sites[0].unexplained) == (1, 0)
    assert (webs.crawl().total("known"), webs.crawl().sites[0].unexplained) == (1, 0)


def test_a_start_address_that_does_not_answer_holds_up_no_other_and_can_be_taken_out(
    archive: Archive, run_cli: RunCli
) -> None:
    webs = Webs(archive, stories(ONE, 2) | {f"{ONE}:8999/robots.txt": (503, b"", {})})
    webs.crawl(ONE)
    assert webs.crawl(f"{ONE}:8999/").exit_code == 3
    webs.pages |= {
        f"{ONE}/sitemap.xml": sitemap(f"{ONE}/a/a-story-of-9"),
        f"{ONE}/a/a-story-of-9": story("Story 9"),
    }
    webs.now += timedelta(days=2)
    report = webs.update()
    assert (report.exit_code, report.total("new"), len(report.sites[0].problems)) == (0, 1, 1)
    told = run_cli("forget", f"{ONE}:8999/", "--db", archive.path)
    assert "is no start address any more" in told.stderr
    webs.now += timedelta(days=2)
    assert not webs.update().sites[0].problems
    assert "passed over from now on" in run_cli("forget", f"{ONE}/", "--db", archive.path).stderr


def test_of_a_dry_run_there_is_nothing_to_forget(archive: Archive) -> None:
    webs = Webs(archive, {f"{ONE}/robots.txt": (503, b"", {})})
    assert "scraper forget" in str(webs.crawl().sites[0].needs)
    assert "scraper forget" not in str(Webs(archive, webs.pages).crawl(OTHER, dry=True).sites[0].needs)


def test_why_tells_which_date_was_judged_and_what_takes_the_page(archive: Archive, run_cli: RunCli) -> None:
    old, listed = f"{ONE}/a/a-story-of-0", f"{ONE}/a/a-story-of-1"
    webs = Webs(archive, stories(ONE, 2) | {old: story("An old story", day="2024-11-01")})
    webs.pages[f"{ONE}/sitemap.xml"] = (
        f"<urlset><url><loc>{old}</loc></url><url><loc>{listed}</loc><lastmod>2024-11-02</lastmod></url></urlset>".encode()
    )
    webs.crawl(since="2026-01-01")
    does = "outside of the dates that were asked for; a crawl with a wider --since or --until takes it"
    assert f"  refused: published 2024-11-01, {does}\n" in run_cli("why", old, "--db", archive.path).stdout
    said = run_cli("why", listed, "--db", archive.path).stdout
    assert f"  refused: dated 2024-11-02 where it was found, {does}\n" in said


def test_why_says_nothing_twice(archive: Archive, run_cli: RunCli) -> None:
    url = f"{ONE}/a/a-story-of-0"
    webs = Webs(archive, stories(ONE, 2))
    webs.crawl()
    webs.pages[url] = (410, b"", {})
    webs.now += timedelta(days=1)
    webs.crawl(refetch=True)
    said = run_cli("why", url, "--db", archive.path).stdout
    assert "\n  gone (answered 410)\n" in said
    assert " 410 gone\n" in said


def test_why_names_what_an_alias_leads_to(archive: Archive, run_cli: RunCli) -> None:
    sends, there, copy = f"{ONE}/a/a-story-of-0", f"{ONE}/a/a-story-of-1", f"{ONE}/a/a-story-of-2"
    webs = Webs(archive, stories(ONE, 3))
    webs.pages[sends] = (301, b"", {"location": there})
    webs.pages[copy] = f"<link rel=canonical href={there}>".encode() + story(f"Story 1 of {ONE}")
    webs.crawl()
    assert f"\n  alias: redirects to {there}\n" in run_cli("why", sends, "--db", archive.path).stdout
    assert f"\n  alias: tells the story of another page, {there}\n" in run_cli("why", copy, "--db", archive.path).stdout
