"""Pages that another site names, that were refused or failed before, that a redirect led to: none is lost, none is
asked for without end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from webs import NOW, ONE, OTHER, Answer, Webs, sitemap, stories, story

from scraper.archive import Archive
from scraper.archive.check import check
from scraper.records import iso

WALL = b"<html><title>Just a moment...</title><p>Checking your browser before accessing one.example.</p></html>"
BLOCKED = (403, b"no", {})


# -- another site's pages


@pytest.mark.parametrize("first", [[ONE], [ONE, OTHER], [OTHER, ONE]])
def test_a_page_that_another_site_names_is_not_taken_from_its_own(archive: Archive, first: list[str]) -> None:
    webs = Webs(archive, stories(ONE, 3) | stories(OTHER, 40))
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(*(url for url in webs.pages if "/a/" in url))
    for targets in (first, [OTHER], [ONE]):
        report = webs.crawl(*targets)
        assert report.exit_code == 0
    assert set(webs.states(f"{OTHER}/a").values()) == {"archived"}
    assert len(webs.states(f"{OTHER}/a")) == 40
    query = "select count(*) as n from pages join sites on sites.id = site_id where sites.key = 'other.example'"
    assert next(archive.rows(query))["n"] == 40
    assert max(webs.asked.values()) == 1
    assert check(archive).findings == []


def test_pages_that_wait_are_not_refused_for_another_sites_link(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 1) | stories(OTHER, 6))
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(*(url for url in webs.pages if "/a/" in url))
    webs.crawl(OTHER, limit=2)
    report = webs.crawl(ONE)
    assert report.sites[0].refused == {"off_site": 6}
    webs.pages[f"{OTHER}/sitemap.xml"] = sitemap(f"{OTHER}/a/a-story-of-0")
    webs.crawl(OTHER)
    assert webs.count("archived") == 7


# -- refused for what may pass


@pytest.mark.parametrize(("answer", "said"), [(BLOCKED, "refused/blocked"), (WALL, "refused/wall")])
def test_a_block_that_passes_loses_no_page(archive: Archive, answer: object, said: str) -> None:
    webs = Webs(archive, stories(ONE, 6))
    urls = [url for url in webs.pages if "/a/" in url]
    good = {url: webs.pages[url] for url in urls[:2]}
    webs.pages |= dict.fromkeys(urls[:2], answer)  # type: ignore[arg-type]
    webs.crawl()
    assert (webs.count(said), webs.count("archived")) == (2, 4)
    webs.pages |= good
    webs.crawl()
    assert webs.count(said) == 2  # not at once
    webs.now += timedelta(hours=2)
    assert webs.update().total("new") == 2
    assert webs.count("archived") == 6


def test_a_block_that_stays_is_asked_for_a_few_times_only(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 2) | {f"{ONE}/a/a-story-of-0": BLOCKED})
    asked = 0
    for _ in range(10):
        webs.crawl()
        asked += webs.asked[f"{ONE}/a/a-story-of-0"]
        webs.now += timedelta(days=8)
    assert asked == 6
    assert webs.states()[f"{ONE}/a/a-story-of-0"] == "refused/blocked"


BACK_SOON = b"<html><title>News</title><h1>We will be back soon</h1><p>The site is down for maintenance."
FLASH = b"<html lang=en><title>Bridge closed</title><h1>Bridge closed</h1><p>More to follow soon."
JSON = (200, b"{}", {"content-type": "application/json"})
CONSENT = (302, b"", {"location": f"{OTHER}/consent"})


@pytest.mark.parametrize("answer", [BACK_SOON, FLASH, JSON])
def test_what_was_no_story_for_an_hour_is_archived_when_it_is_one(archive: Archive, answer: Answer) -> None:
    webs = Webs(archive, stories(ONE, 4))
    good = dict(webs.pages)
    webs.pages |= {url: answer for url in good if "/a/" in url}
    assert webs.crawl().total("new") == 0
    webs.pages = good
    webs.now += timedelta(hours=5)
    assert webs.update().total("new") == 4


def test_a_flash_becomes_a_story_whenever_its_sitemap_says_that_it_was_modified(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 1, lastmod="2026-03-01"))
    url, good = f"{ONE}/a/a-story-of-0", webs.pages[f"{ONE}/a/a-story-of-0"]
    webs.pages[url] = FLASH
    for _ in range(4):
        webs.crawl()
        webs.now += timedelta(days=1)
    webs.pages |= {url: good, f"{ONE}/sitemap.xml": sitemap(url, lastmod="2026-03-06T12:00:00Z")}
    assert webs.crawl().total("new") == 0, "not yet modified"
    webs.now += timedelta(days=1)
    assert webs.crawl().total("new") == 1


def test_a_section_is_asked_for_once_however_often_it_is_modified(archive: Archive) -> None:
    links = "".join(f"<li><a href='/a/a-story-of-{n}'>A story of the bridge {n}</a>" for n in range(60))
    section = f"<html lang=en><title>World</title><body class='archive'><h1>World</h1><ul>{links}</ul>".encode()
    webs, asked = Webs(archive, {f"{ONE}/world": section, f"{ONE}/": b"<html><p>Welcome."}), 0
    for day in range(2, 8):
        webs.pages[f"{ONE}/sitemap.xml"] = sitemap(f"{ONE}/world", lastmod=f"2026-03-0{day}T05:00:00Z")
        webs.crawl()
        asked += webs.asked[f"{ONE}/world"]
        webs.now += timedelta(days=1)
    assert asked == 1


@pytest.mark.parametrize("answer", [BACK_SOON, JSON, CONSENT, (403, b"", {}), (200, b"x" * (33 << 20), {})])
def test_one_bad_answer_does_not_end_the_looks_at_a_known_story(archive: Archive, answer: Answer) -> None:
    webs, url = Webs(archive, stories(ONE, 1)), f"{ONE}/a/a-story-of-0"
    webs.crawl()
    for _ in range(5):
        webs.now += timedelta(hours=25)
        webs.update()
    webs.pages[url], good = answer, webs.pages[url]
    webs.now += timedelta(hours=25)
    assert webs.update().total("missed") == 1
    webs.pages[url] = good.replace(b"the new bridge", b"the old bridge")  # type: ignore[union-attr]
    webs.now += timedelta(days=8)
    assert webs.update().total("changed") == 1


def test_a_known_story_that_robots_txt_hid_for_a_day_is_looked_at_again(archive: Archive) -> None:
    webs, url = Webs(archive, stories(ONE, 1)), f"{ONE}/a/a-story-of-0"
    webs.crawl()
    webs.pages[f"{ONE}/robots.txt"] = b"User-agent: *\nDisallow: /a/"
    webs.now += timedelta(hours=25)
    webs.update()
    del webs.pages[f"{ONE}/robots.txt"]
    webs.now += timedelta(days=8)
    webs.update()
    assert webs.asked[url] == 1


def test_looks_that_went_well_do_not_count_as_tries(archive: Archive) -> None:
    webs, url = Webs(archive, stories(ONE, 1)), f"{ONE}/a/a-story-of-0"
    webs.crawl()
    for _ in range(5):
        webs.now += timedelta(hours=25)
        webs.update()
    webs.pages[url] = (503, b"", {})
    webs.now += timedelta(hours=25)
    webs.update()
    [row] = archive.rows("select due_at from pages where url = ?", [url])
    assert row["due_at"] == iso(webs.now + timedelta(hours=1))


def test_an_update_with_dates_keeps_what_known_stories_of_other_days_say_now(archive: Archive) -> None:
    webs, url = Webs(archive, stories(ONE, 1)), f"{ONE}/a/a-story-of-0"
    webs.crawl()
    webs.pages[url] = webs.pages[url].replace(b"the new bridge", b"the old bridge")  # type: ignore[union-attr]
    webs.now += timedelta(days=2)
    assert webs.update(since="2026-03-02").total("changed") == 1


def test_another_hosts_404_does_not_make_a_story_gone(archive: Archive) -> None:
    webs, url = Webs(archive, stories(ONE, 1)), f"{ONE}/a/a-story-of-0"
    webs.crawl()
    webs.pages[url] = CONSENT
    webs.now += timedelta(days=2)
    report = webs.update()
    assert (report.total("deleted"), report.total("missed")) == (0, 1)


# -- answers without an end


@pytest.mark.parametrize("refetch", [False, True])
def test_a_server_that_says_not_modified_to_everybody_ends_the_run(archive: Archive, *, refetch: bool) -> None:
    webs = Webs(archive, stories(ONE, 3) | {f"{ONE}/a/a-story-of-0": (304, b"", {})})
    assert webs.crawl(refetch=refetch).total("failed") == 1
    assert webs.states()[f"{ONE}/a/a-story-of-0"] == "failed/error"


def test_what_was_no_story_is_asked_for_whole(archive: Archive) -> None:
    url = f"{ONE}/a/a-story-of-0"
    webs = Webs(archive, stories(ONE, 2) | {url: (200, b"<html><p>Soon.", {"etag": '"1"'})})
    webs.crawl()
    assert webs.states()[url] == "refused/kind"
    webs.crawl(refetch=True)
    assert not any("if-none-match" in request.headers for request in webs.requests)
    assert webs.asked[url] == 1


# -- pages that failed


def test_pages_that_fail_hold_up_no_others(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 9))
    for number in range(5):
        webs.pages[f"{ONE}/a/a-story-of-{number}"] = (500, b"", {})
    stamps = "".join(
        f"<url><loc>{ONE}/a/a-story-of-{n}</loc><lastmod>2026-02-{28 - n}</lastmod></url>" for n in range(9)
    )
    webs.pages[f"{ONE}/sitemap.xml"] = f"<urlset>{stamps}</urlset>".encode()
    webs.crawl()
    webs.crawl()
    assert webs.count("archived") == 4


def test_answers_that_refuse_single_pages_put_no_site_aside(archive: Archive) -> None:
    webs = Webs(archive, stories(ONE, 20))
    webs.pages |= {f"{ONE}/a/a-story-of-{n}": (400, b"", {}) for n in range(10)}
    report = webs.crawl()
    assert (report.exit_code, report.total("new"), report.total("failed")) == (0, 10, 10)


# -- redirects to what is known


def test_many_addresses_of_one_story_cost_one_reading(archive: Archive) -> None:
    new = f"{ONE}/a/a-story-of-bridges"
    old = [f"{ONE}/old/a-story-of-{n}-bridges" for n in range(10)]
    webs = Webs(archive, {new: story("Bridges")} | {url: (301, b"", {"location": new}) for url in old})
    webs.pages |= {f"{ONE}/sitemap.xml": sitemap(*old, new), f"{ONE}/": b"<html>"}
    report = webs.crawl()
    assert webs.asked[new] <= 2  # two tasks may come upon it at once
    counts = report.sites[0]
    assert (counts.advertised, counts.new, counts.aliases) == (11, 1, 10)
    assert webs.count("alias/redirect") == 10
    assert check(archive).findings == []


def test_a_redirect_to_the_same_page_in_another_spelling_is_followed(archive: Archive) -> None:
    url = f"{ONE}/a/a-story-of-0"
    webs = Webs(archive, stories(ONE, 1))
    webs.pages["https://www.one.example/a/a-story-of-0"], webs.pages[url] = webs.pages[url], (
        301, b"", {"location": "https://www.one.example/a/a-story-of-0"},
    )  # fmt: skip
    webs.crawl()
    assert webs.crawl(refetch=True).total("unchanged") == 1


# -- times to come


@pytest.mark.parametrize("lastmod", ["2099-01-01", NOW.isoformat()])
def test_a_lastmod_that_says_nothing_has_nothing_fetched_again(archive: Archive, lastmod: str) -> None:
    webs = Webs(archive, stories(ONE, 12, lastmod=lastmod))
    assert webs.crawl().total("new") == 12
    webs.now += timedelta(minutes=30)
    if lastmod.startswith("2026"):
        webs.pages |= {f"{ONE}/sitemap.xml": stories(ONE, 12, lastmod=webs.now.isoformat())[f"{ONE}/sitemap.xml"]}
    assert webs.crawl().total("unchanged") == 0
    assert not any("/a/" in url for url in webs.asked)
