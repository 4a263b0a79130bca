"""Every advertised page is counted once, and every page is fetched once, whoever else names it or leads to it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from several import Paper
from several import story as part
from webs import ONE, OTHER, Answer, Webs, sitemap, stories, story

from scraper import crawl
from scraper.archive import Archive
from scraper.archive.check import check
from scraper.reextract import reextract
from scraper.report import Report
from scraper.sites import Sites

SUB = "https://en.one.example"
RULES = "name = 'English'\n[pace]\ndelay = 0.0\n[[layout]]\ntitle = 'h1'\nbody = 'article'\n"


def explained(report: Report) -> Report:
    assert [site.unexplained for site in report.sites] == [0] * len(report.sites)
    return report


@pytest.mark.parametrize("order", [[SUB, ONE], [ONE, SUB]])
@pytest.mark.parametrize("limit", [None, 2])
def test_sites_that_cover_the_same_host_leave_each_other_their_pages(
    archive: Archive, tmp_path: Path, order: list[str], limit: int | None
) -> None:
    (tmp_path / "en.one.example.toml").write_text(RULES)
    sites = Sites.load(tmp_path)
    webs = Webs(archive, stories(SUB, 6) | stories(ONE, 2))
    webs.pages[f"{ONE}/sitemap.xml"] = webs.pages[f"{SUB}/sitemap.xml"] = sitemap(
        *(url for url in webs.pages if "/a/" in url)
    )
    asked = 0
    for _ in range(5):
        explained(webs.crawl(*order, sites=sites, limit=limit))
        asked += sum(count for url, count in webs.asked.items() if "/a/" in url)
    assert asked == 8
    assert webs.count("archived") == 8
    assert next(archive.rows("select count(*) as n from revisions"))["n"] == 8


STORYLESS: dict[str, Answer] = {
    "gone": (404, b"", {}), "failed": (500, b"", {}), "blocked": (403, b"", {}), "section": b"<html><p>Words.",
    "leads off": (302, b"", {"location": f"{OTHER}/a"}),
}  # fmt: skip


@pytest.mark.parametrize("answer", STORYLESS.values(), ids=STORYLESS)
@pytest.mark.parametrize("order", [[SUB, ONE], [ONE, SUB]])
def test_a_page_without_a_story_that_two_sites_name_is_counted_by_each_and_asked_for_once(
    archive: Archive, tmp_path: Path, order: list[str], answer: Answer
) -> None:
    (tmp_path / "en.one.example.toml").write_text(RULES)
    sites, page = Sites.load(tmp_path), f"{SUB}/a/a-story-of-nothing"
    webs = Webs(archive, {page: answer, f"{ONE}/": b"<html>", f"{SUB}/": b"<html>", f"{OTHER}/a": story("Other")})
    webs.pages[f"{ONE}/sitemap.xml"] = webs.pages[f"{SUB}/sitemap.xml"] = sitemap(page)
    tries = 3 if answer == STORYLESS["failed"] else 1
    for named in (order, order[:1], order[1:], order):
        report = explained(webs.crawl(*named, sites=sites))
        assert [site.advertised for site in report.sites] == [1] * len(named)
        assert webs.asked[page] <= tries
        webs.now += timedelta(days=1)


def test_a_known_story_that_redirects_is_counted_as_known(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 3))
    webs.crawl()
    webs.pages[f"{ONE}/a/a-story-of-0"] = (301, b"", {"location": f"{ONE}/a/a-story-of-1"})
    webs.pages[f"{ONE}/a/a-story-of-2"] = (301, b"", {"location": f"{ONE}/b/a-story-of-2-moved"})
    webs.pages[f"{ONE}/b/a-story-of-2-moved"] = story(f"Story 2 of {ONE}")
    webs.now += timedelta(days=1)
    explained(webs.crawl(refetch=True))
    webs.now += timedelta(days=3)
    explained(webs.update())


def test_a_story_that_is_met_at_its_new_address_before_the_old_one_leads_there_stays_one(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 2))
    webs.crawl()
    old, new = f"{ONE}/a/a-story-of-0", f"{ONE}/b/a-story-of-0-moved"
    webs.pages |= {old: (301, b"", {"location": new}), new: story(f"Story 0 of {ONE}")}
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(new, f"{ONE}/a/a-story-of-1")
    webs.now += timedelta(days=1)
    explained(webs.crawl())
    assert next(archive.rows("select count(*) as n from articles"))["n"] == 3
    webs.now += timedelta(days=3)
    explained(webs.crawl(refetch=True, revisit="all"))
    assert {row["url"] for row in archive.rows("select url from articles")} == {new, f"{ONE}/a/a-story-of-1"}
    assert archive.article(old)["url"] == new
    assert check(archive).findings == []


def test_a_target_that_a_listing_names_too_is_fetched_once(archive: Archive) -> None:
    url = f"{ONE}/a/a-story-of-0"
    webs = Webs(archive, {url: (500, b"", {})})
    webs.crawl(url)  # a target that could not be had is tried again by each update
    webs.pages = dict(stories(ONE, 1))
    webs.now += timedelta(days=1)
    webs.crawl(ONE, limit=0)
    webs.now += timedelta(days=1)
    report = explained(webs.crawl(ONE, url))
    assert report.total("new") == 1
    assert webs.asked[url] == 1


def test_a_redirect_to_a_page_that_another_run_left_waiting_is_counted(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 4))
    webs.crawl(f"{ONE}/sitemap.xml", limit=1)
    waiting = next(url for url, state in webs.states().items() if state == "pending")
    webs.pages[f"{ONE}/feed.xml"] = sitemap(f"{ONE}/old/a-story-of-long-ago")
    webs.pages[f"{ONE}/old/a-story-of-long-ago"] = (301, b"", {"location": waiting})
    report = explained(webs.crawl(f"{ONE}/feed.xml"))
    assert (report.total("new"), report.total("aliases")) == (1, 1)


def test_a_failed_page_that_a_redirect_leads_to_is_counted_once(archive: Archive) -> None:
    failed = f"{ONE}/a/a-story-of-0"
    webs = Webs(archive, stories(ONE, 2))
    good, webs.pages[failed] = webs.pages[failed], (500, b"", {})
    explained(webs.crawl())
    webs.pages |= {
        failed: good, f"{ONE}/q/a-story-of-questions": (301, b"", {"location": failed}),
        f"{ONE}/sitemap.xml": sitemap(f"{ONE}/q/a-story-of-questions"),
    }  # fmt: skip
    webs.now += timedelta(hours=3)
    explained(webs.update())
    assert webs.count("archived") == 2


@pytest.mark.timeout(60)
def test_a_redirect_and_the_article_of_several_pages_that_it_leads_to_are_read_once(
    archive: Archive, tmp_path: Path
) -> None:
    paper = Paper(archive, tmp_path)
    answers = paper.web.handle_async_request

    async def slow(request: httpx.Request) -> httpx.Response:
        if "page=2" in str(request.url):
            await asyncio.sleep(0.3)
        return await answers(request)

    paper.web.handle_async_request = slow  # type: ignore[method-assign]
    paper.web.moved["/a/old-bridge"] = "/a/the-bridge"
    paper.web.pages["/x/story-1"] = part(9, title="Another")
    told: list[object] = []
    report = explained(paper.crawl("/a/old-bridge", "/x/story-1", "/a/the-bridge", watch=told.append))
    assert (report.total("new"), report.total("aliases")) == (2, 1)
    assert len(told) < 10
    assert [paper.web.asked[f"/a/the-bridge?page={number}"] for number in (2, 3)] == [1, 1]
    assert paper.numbers() == ["1", "2", "3"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("there", ["?page=1", "?page=2", "/1", "/2", "-2"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_page_that_redirects_to_its_own_numbered_address_waits_for_nothing(
    archive: Archive, there: str, *, turned: bool
) -> None:
    here = f"{ONE}/a/the-bridge-of-one"
    named = [here, here + there]
    webs = Webs(
        archive, {here: (301, b"", {"location": here + there}), here + there: story("The bridge"), f"{ONE}/": b"<html>"}
    )
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(*(reversed(named) if turned else named))
    report = explained(webs.crawl())
    assert (report.total("new"), report.total("aliases")) == (1, 1)


def test_an_address_of_a_story_that_tells_one_of_its_own_is_counted(archive: Archive) -> None:
    one, other = f"{ONE}/a/a-story-of-one", f"{ONE}/a/a-story-of-another"
    webs = Webs(archive, {one: story("One"), other: (301, b"", {"location": one}), f"{ONE}/": b"<html>"})
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(one, other)
    webs.crawl()
    webs.pages[other] = story("Another")
    assert explained(webs.crawl(refetch=True)).total("new") == 1


def test_a_page_that_the_user_names_is_the_site_that_covers_it_best(archive: Archive, tmp_path: Path) -> None:
    webs = Webs(archive, stories(SUB, 4))
    webs.pages |= {f"{ONE}/sitemap.xml": webs.pages[f"{SUB}/sitemap.xml"], f"{ONE}/": b"<html>"}
    webs.crawl(ONE, limit=1)
    (tmp_path / "en.one.example.toml").write_text(RULES)
    listed = tmp_path / "urls.txt"
    listed.write_text("\n".join(url for url in webs.pages if "/a/" in url))
    assert explained(webs.crawl(str(listed), sites=Sites.load(tmp_path))).total("new") == 3


def test_a_run_that_read_nothing_forgets_no_walk(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 3))
    webs.crawl()
    walked = archive.walked(1)
    robots = webs.pages.get(f"{ONE}/robots.txt")
    webs.pages[f"{ONE}/robots.txt"] = (503, b"", {})
    webs.update()
    assert (archive.walked(1), robots) == (walked, None)
    webs.pages.pop(f"{ONE}/robots.txt")
    webs.update(until="2026-01-01")
    assert archive.walked(1) == walked


def test_a_story_that_goes_back_to_its_old_address_is_read_there(archive: Archive) -> None:
    old, new = f"{ONE}/a/a-story-of-old-days", f"{ONE}/a/a-story-of-new-days"
    webs = Webs(archive, {f"{ONE}/sitemap.xml": sitemap(old), f"{ONE}/": b"<html>", old: story("The bridge")})
    webs.crawl()
    moved: dict[str, Answer] = {old: (301, b"", {"location": new}), new: story("The bridge")}
    for pages in (moved, {old: story("The bridge"), new: (301, b"", {"location": old})}):
        webs.pages |= pages
        webs.now += timedelta(days=1)
        explained(webs.crawl(refetch=True))
        explained(webs.update())
    webs.pages[old] = story("The bridge").replace(b"Monday", b"Friday")
    webs.now += timedelta(days=1)
    webs.update()
    assert next(archive.rows("select count(*) as n from articles"))["n"] == 1
    assert "Friday" in next(archive.rows("select body from articles"))["body"]
    assert check(archive).findings == []


@pytest.mark.parametrize("later", ["?page=2", "/2"])
def test_a_later_page_that_is_joined_before_its_turn_comes_is_counted(archive: Archive, later: str) -> None:
    first = f"{ONE}/a/the-bridge-of-one"
    webs = Webs(archive, stories(ONE, 8) | {first: part(1, first + later), first + later: part(2)})
    named = [first, *(url for url in webs.pages if "/a-story-" in url), first + later]
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(*named)
    report = explained(webs.crawl())
    assert (report.total("new"), report.total("aliases")) == (9, 1)


def test_pages_that_wait_for_a_wider_site_are_fetched_for_the_narrower_one(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "en.one.example.toml").write_text(RULES)
    sites = Sites.load(tmp_path)
    webs = Webs(archive, stories(SUB, 6))
    webs.pages |= {f"{ONE}/sitemap.xml": webs.pages[f"{SUB}/sitemap.xml"], f"{ONE}/": b"<html>"}
    webs.crawl(ONE, sites=sites, limit=2)
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(f"{ONE}/a/a-story-of-questions")
    assert explained(webs.crawl(SUB, sites=sites)).total("new") == 4
    assert explained(webs.crawl(ONE, sites=sites)).total("waiting") == 0
    assert webs.count("archived") == 6


@pytest.mark.timeout(60)
def test_a_page_that_waits_for_another_site_of_the_run_and_that_a_redirect_leads_to_is_counted_by_both(
    archive: Archive, tmp_path: Path
) -> None:
    (tmp_path / "en.one.example.toml").write_text(RULES)
    sites = Sites.load(tmp_path)
    webs = Webs(archive, stories(SUB, 6))
    webs.crawl(SUB, sites=sites, limit=2)
    waiting = [url for url, state in webs.states().items() if state == "pending"][-1]
    webs.pages |= {
        f"{ONE}/q/a-story-of-questions": (301, b"", {"location": waiting}), f"{ONE}/": b"<html>",
        f"{ONE}/sitemap.xml": sitemap(f"{ONE}/q/a-story-of-questions"),
    }  # fmt: skip
    answers = webs.handle_async_request

    async def the_redirect_first(request: httpx.Request) -> httpx.Response:
        while str(request.url) == f"{SUB}/sitemap.xml" and webs.states()[waiting] == "pending":  # noqa: ASYNC110 - the archive tells of no event
            await asyncio.sleep(0.01)
        return await answers(request)

    webs.handle_async_request = the_redirect_first  # type: ignore[method-assign]
    network = msgspec.structs.replace(webs.network(), concurrency=4)
    explained(crawl([ONE, SUB], archive, sites=sites, network=network))
    assert webs.asked[waiting] == 1
    assert webs.count("archived") == 6


@pytest.mark.timeout(60)
def test_a_run_that_looks_again_ends_where_a_listing_names_what_a_redirect_led_to(archive: Archive) -> None:
    old, new, second = f"{ONE}/a/a-story-of-old-days", f"{ONE}/a/a-story-of-new-days", f"{ONE}/second.xml"
    webs = Webs(archive, {old: (301, b"", {"location": new}), new: story("The bridge"), second: sitemap(new)})
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(old)
    webs.pages[f"{ONE}/robots.txt"] = f"Sitemap: {ONE}/sitemap.xml\nSitemap: {second}\n".encode()
    report = explained(webs.crawl(refetch=True, max_pages=20))
    assert (report.total("new"), webs.asked[new]) == (1, 1)


def test_a_link_to_an_address_that_turns_out_to_lead_to_a_known_story_leads_there(archive: Archive) -> None:
    old, webs = f"{ONE}/a/a-story-of-old-days", Webs(archive, stories(ONE, 2))
    here = f"{ONE}/a/a-story-of-0"
    webs.pages[here] = story("Story").replace(b"</article>", f'<p>Read <a href="{old}">this</a>.</article>'.encode())
    webs.crawl()
    webs.pages |= {old: (301, b"", {"location": here}), f"{ONE}/sitemap.xml": sitemap(old)}
    webs.crawl()
    assert check(archive).findings == []


# -- what no page may be lost by


def test_pages_beyond_the_first_of_a_section_survive_a_bound(archive: Archive) -> None:
    def section(count: int) -> dict[str, Answer]:
        pages: dict[str, Answer] = {}
        for number in range(4):
            links = "".join(
                f'<a href="/s/a-story-of-{count - 1 - n}">A story</a>' for n in range(5 * number, 5 * number + 5)
            )
            after = f'<link rel="next" href="/?page={number + 2}">' if number < 3 else ""
            pages[f"{ONE}/" if not number else f"{ONE}/?page={number + 1}"] = f"<html>{after}{links}".encode()
        return pages | {f"{ONE}/s/a-story-of-{n}": story(f"Story {n}") for n in range(count)}

    webs = Webs(archive, section(20))
    webs.crawl()
    webs.pages |= section(40)
    for limit in (4, 4, 4, None):
        webs.now += timedelta(hours=1)
        explained(webs.update(limit=limit))
    assert webs.count("archived") == 40
    webs.update()
    assert f"{ONE}/?page=2" not in webs.asked


def test_a_section_that_begins_with_the_oldest_is_read_to_its_end(archive: Archive) -> None:
    webs = Webs(archive, {})
    days = [f"2026-{1 + n // 10:02}-{1 + 2 * (n % 10):02}" for n in range(20)]
    for number in range(5):
        links = "".join(f'<a href="/s/a-story-of-{n}">A story</a>' for n in range(4 * number, 4 * number + 4))
        after = f'<link rel="next" href="/?page={number + 2}">' if number < 4 else ""
        webs.pages[f"{ONE}/" if not number else f"{ONE}/?page={number + 1}"] = f"<html>{after}{links}".encode()
    webs.pages |= {f"{ONE}/s/a-story-of-{n}": story(f"Story {n}", day) for n, day in enumerate(days)}
    assert webs.crawl(since="2026-02-11").total("new") == sum(day >= "2026-02-11" for day in days)


def test_what_waits_outside_of_the_dates_of_a_run_goes_on_waiting(archive: Archive) -> None:
    feed = f"{ONE}/sitemap-news.xml"
    webs = Webs(archive, stories(ONE, 6) | {f"{ONE}/b/a-story-of-today": story("Today", "2026-03-02")})
    webs.pages[feed] = sitemap(*(f"{ONE}/a/a-story-of-{n}" for n in range(6)), lastmod="2020-01-01")
    webs.crawl(feed, limit=1)
    webs.pages[feed] = sitemap(f"{ONE}/b/a-story-of-today")
    report = explained(webs.crawl(feed, since="2026-02-28"))
    assert (report.total("new"), webs.count("pending")) == (1, 5)
    assert webs.crawl(feed).total("new") == 5


def test_a_blocked_page_that_nobody_names_any_more_is_not_asked_for(archive: Archive) -> None:
    url = f"{ONE}/a/a-story-of-0"
    webs = Webs(archive, stories(ONE, 3) | {url: (403, b"", {})})
    webs.crawl()
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(f"{ONE}/a/a-story-of-1")
    webs.now += timedelta(days=9)
    webs.update()
    assert url not in webs.asked


def test_a_narrower_look_keeps_what_is_known_of_a_wider_one(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 3))
    webs.crawl()
    webs.update(since="2026-02-01")
    assert archive.walked(1)[1] is None
    webs.crawl(OTHER)


def test_robots_txt_that_asks_for_seconds_again_and_again_needs_a_person(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 3) | {f"{ONE}/robots.txt": (503, b"", {"retry-after": "5"})})
    report = webs.crawl()
    assert (report.exit_code, report.sites[0].paused) == (3, None)


def test_a_damaged_reading_is_replaced_by_todays(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 2))
    webs.crawl()
    archive.database.execute("update revisions set record = x'00' where article_id = 1")
    archive.database.conn.commit()
    reextract(archive, jobs=1, again=True)
    assert check(archive).findings == []
    assert reextract(archive, jobs=1, again=True).changed == 0
