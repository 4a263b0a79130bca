"""An article in several pages is one article: crawled, read anew, looked at again, and where a page is lacking."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from conftest import RunCli
from several import BASE, NOW, STORY, Paper, story

from scraper.archive import Archive
from scraper.archive.check import check
from scraper.crawl import update
from scraper.parts import MOST


@pytest.fixture
def paper(archive: Archive, tmp_path: Path) -> Paper:
    return Paper(archive, tmp_path)


def test_three_pages_are_one_article_and_each_keeps_its_bytes(paper: Paper) -> None:
    report = paper.crawl()
    assert (report.total("new"), report.total("fetched")) == (1, 3)
    article = paper.article()
    assert paper.numbers() == ["1", "2", "3"]
    assert article["word_count"] == len(article["body"].split())
    assert article["body_html"].count("<p>") == 18
    assert [image["url"] for image in article["images"]] == [f"{BASE}/{n}.jpg" for n in (1, 2, 3)]
    assert article["provenance"]["body"]["rule"].endswith(", 3 pages")
    assert article["warnings"] == []
    assert (paper.count("articles"), paper.count("snapshots"), paper.count("revisions")) == (1, 3, 1)
    later = paper.why(f"{STORY}?page=3")
    assert (later["state"], later["reason"], later["detail"]) == ("alias", "part", f"page 3 of {BASE}{STORY}")
    assert later["article"]["url"] == BASE + STORY
    assert paper.archive.raw(later["snapshots"][0]["id"]) == paper.web.pages[f"{STORY}?page=3"]
    assert [hit.url for hit in paper.archive.search('"3-5 The council"')] == [BASE + STORY]
    assert check(paper.archive).findings == []


def test_the_command_says_what_a_page_is_part_of(paper: Paper, run_cli: RunCli) -> None:
    paper.crawl()
    said = run_cli("why", f"{BASE}{STORY}?page=2", "--db", paper.archive.path).stdout
    assert f"page 2 of {BASE}{STORY}" in said
    assert "The bridge" in said


@pytest.mark.parametrize("slow", [STORY, f"{STORY}?page=2", f"{STORY}?page=3"])
@pytest.mark.parametrize("turned", [False, True])
def test_no_page_is_an_article_because_another_one_is_slow(paper: Paper, slow: str, *, turned: bool) -> None:
    paper.web.slow = slow
    paper.crawl(*(reversed(paper.web.pages) if turned else paper.web.pages))
    assert (paper.count("articles"), paper.numbers()) == (1, ["1", "2", "3"])


def test_a_later_page_that_is_all_but_stored_when_its_article_comes_is_no_article(paper: Paper) -> None:
    others = {f"/a/other-{letter}": story(5, title=f"Story {letter}") for letter in "abcdefgh"}
    paper.web.pages |= others
    paper.web.slow = f"{STORY}?page=3"  # the second page waits for it, and only then the first one is asked for
    paper.crawl(f"{STORY}?page=2", *others, STORY)
    assert (paper.count("articles"), paper.numbers()) == (9, ["1", "2", "3"])


@pytest.mark.timeout(60)
def test_a_later_page_is_not_looked_at_without_its_article(paper: Paper) -> None:
    paper.crawl()
    asked = paper.web.asked.total()
    paper.crawl(f"{STORY}?page=2", refetch=True)
    assert paper.web.asked.total() - asked <= 2  # robots.txt, and the target, to see whether it is a listing
    assert (paper.count("articles"), paper.why(f"{STORY}?page=2")["due_at"]) == (1, None)


def test_a_site_that_asks_for_a_day_before_a_later_page_is_left_alone(paper: Paper) -> None:
    paper.web.pages["/a/other"] = story(7, title="Another")
    del paper.web.pages[f"{STORY}?page=2"]
    paper.web.status, paper.web.headers = 503, {"retry-after": "86400"}
    report = paper.crawl(STORY, "/a/other")
    assert report.sites[0].paused == "asked to come back in 86400 s"
    assert "page 2 of the article could not be had" in paper.article()["warnings"][0]


def test_pages_that_are_advertised_themselves_become_no_articles(paper: Paper) -> None:
    paper.crawl(*paper.web.pages)
    assert (paper.count("articles"), paper.numbers()) == (1, ["1", "2", "3"])
    assert max(paper.web.asked.values()) <= 2
    again = paper.crawl(*paper.web.pages, refetch=True)
    assert (again.total("new"), again.total("changed"), again.total("unchanged")) == (0, 0, 1)
    assert paper.count("articles") == 1


def test_a_page_that_was_an_article_before_stays_one(paper: Paper) -> None:
    paper.crawl(f"{STORY}?page=2")
    paper.crawl()
    assert paper.count("articles") == 2
    assert (paper.numbers(), paper.article()["warnings"]) == (
        ["1"],
        ["body: page 2 of the article is archived as one of its own"],
    )


def test_a_page_that_was_read_alone_and_names_the_first_one_is_joined(paper: Paper) -> None:
    second = paper.web.pages[f"{STORY}?page=2"].replace(
        b"<title>", f'<link rel="canonical" href="{STORY}"><title>'.encode()
    )
    paper.web.pages[f"{STORY}?page=2"] = second
    paper.crawl(f"{STORY}?page=2")
    paper.crawl()
    assert (paper.count("articles"), paper.numbers(), paper.article()["warnings"]) == (1, ["1", "2", "3"], [])
    assert check(paper.archive).findings == []


def test_looked_at_again_it_is_unchanged_until_a_later_page_changes(paper: Paper) -> None:
    paper.crawl()
    paper.now += timedelta(days=1)
    report = update(paper.archive, only=["news.example"], sites=paper.sites, network=paper.network())
    assert (report.total("unchanged"), report.total("fetched")) == (1, 3)
    paper.web.pages[f"{STORY}?page=2"] = story(2, f"{STORY}?page=3", said=" and the ferry")
    assert paper.crawl(refetch=True).total("changed") == 1
    assert paper.article()["body"].count("and the ferry") == 6
    assert paper.numbers() == ["1", "2", "3"]
    assert paper.crawl(refetch=True).total("unchanged") == 1
    assert (paper.count("articles"), paper.count("snapshots"), paper.count("revisions")) == (1, 4, 2)


def test_a_page_that_cannot_be_had_is_named(paper: Paper) -> None:
    lost = paper.web.pages.pop(f"{STORY}?page=3")
    paper.crawl()
    assert paper.numbers() == ["1", "2"]
    assert paper.article()["warnings"] == ["body: page 3 of the article could not be had (answered 404)"]
    assert "page 3 of" in paper.why(f"{STORY}?page=3")["detail"]
    paper.web.pages[f"{STORY}?page=3"] = lost
    assert paper.crawl(refetch=True).total("changed") == 1
    assert (paper.numbers(), paper.article()["warnings"]) == (["1", "2", "3"], [])


def test_a_page_that_was_had_once_is_not_lost_again(paper: Paper) -> None:
    paper.crawl()
    del paper.web.pages[f"{STORY}?page=2"]
    assert paper.crawl(refetch=True).total("unchanged") == 1
    assert paper.numbers() == ["1", "2", "3"]


def test_a_wall_in_the_place_of_a_later_page_is_none(paper: Paper) -> None:
    paper.crawl()
    wall = b"<html><title>Just a moment...</title><p>Checking your browser before accessing news.example.</p></html>"
    paper.web.pages[f"{STORY}?page=3"] = wall
    assert paper.crawl(refetch=True).total("unchanged") == 1
    assert (paper.numbers(), paper.count("snapshots")) == (["1", "2", "3"], 3)


def test_robots_txt_holds_for_later_pages(paper: Paper) -> None:
    paper.web.pages["/robots.txt"] = b"User-agent: *\nDisallow: /*page=2"
    paper.crawl()
    assert paper.numbers() == ["1"]
    assert f"{STORY}?page=2" not in paper.web.asked
    assert "page 2 of the article could not be had" in paper.article()["warnings"][0]


def test_pages_without_end_and_in_a_circle_end(paper: Paper) -> None:
    paper.web.pages = {STORY: story(1, f"{STORY}?page=2")}
    paper.web.pages |= {f"{STORY}?page={n}": story(n, f"{STORY}?page={n + 1}") for n in range(2, 90)}
    paper.crawl()
    assert paper.count("snapshots") == MOST
    assert paper.article()["warnings"] == [f"body: the article has more than {MOST} pages"]


@pytest.mark.parametrize("second", [story(1, f"{STORY}?page=3"), story(2, title="Ferry sold"), story(1)])
def test_the_same_page_again_or_another_story_is_no_later_page(paper: Paper, second: bytes) -> None:
    paper.web.pages = {STORY: story(1, f"{STORY}?page=2"), f"{STORY}?page=2": second}
    paper.crawl()
    assert paper.numbers() == ["1"]
    assert (paper.count("articles"), paper.article()["warnings"]) == (1, [])


def test_what_is_said_of_the_text_of_a_later_page_holds_for_the_article(paper: Paper) -> None:
    second = paper.web.pages[f"{STORY}?page=2"]
    paper.web.pages[f"{STORY}?page=2"] = (
        second.replace(
            b"<title>",
            b'<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script><title>',
        )
        .replace(b"<article>", b"<div>")
        .replace(b"</article>", b"</div>")
    )
    paper.crawl()
    article = paper.article()
    assert article["paywalled"] == 1
    assert any(warning.startswith("body: page 2: ") for warning in article["warnings"])


def test_a_run_that_is_stopped_in_the_middle_goes_on(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("scraper.archive.parts.keep", stop)
        with pytest.raises(KeyboardInterrupt):
            paper.crawl()
    assert paper.count("articles") == paper.count("snapshots") == 0
    assert paper.crawl().total("new") == 1
    assert paper.numbers() == ["1", "2", "3"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("there", [f"{STORY}?page=1", f"{STORY}/1", f"{STORY}-2"])
def test_a_redirect_to_a_numbered_address_waits_for_nothing(paper: Paper, there: str) -> None:
    paper.web.moved[STORY] = there
    paper.web.pages[there] = story(1)
    assert paper.crawl(STORY).total("new") == 1


@pytest.mark.timeout(60)
def test_two_redirects_that_cross_wait_for_nothing(paper: Paper) -> None:
    paper.web.moved = {"/a/bridge-one": "/a/bridge-two-2", "/a/bridge-two": "/a/bridge-one-2"}
    paper.web.pages |= {"/a/bridge-one-2": story(1), "/a/bridge-two-2": story(2, title="Another bridge")}
    assert paper.crawl(*paper.web.moved).total("new") == 2


def test_a_later_page_that_leads_to_another_site_is_not_had(paper: Paper) -> None:
    paper.web.moved[f"{STORY}?page=2"] = "https://other.example/x"
    paper.web.pages["/x"] = story(9)
    paper.crawl()
    assert paper.numbers() == ["1"]
    assert "leads off the site" in paper.article()["warnings"][0]


@pytest.mark.parametrize(
    "second",
    [story(2).replace(b"2026-03-01", b"2026-02-20"), story(2, title="The bridgehead that fell")],
    ids=["of another day", "of another title"],
)
def test_an_article_with_the_next_number_is_no_later_page(paper: Paper, second: bytes) -> None:
    paper.web.pages = {STORY: story(1, f"{STORY}-2"), f"{STORY}-2": second}
    paper.crawl(*paper.web.pages)
    assert (paper.count("articles"), paper.numbers()) == (2, ["1"])


def test_an_article_of_several_pages_keeps_no_validators_of_the_day_when_it_had_one(paper: Paper) -> None:
    pages, paper.web.pages = paper.web.pages, {STORY: story(1)}
    paper.crawl()
    for number, now in enumerate((pages, {STORY: story(1)}), 1):
        paper.web.pages, paper.now = now, NOW + timedelta(days=number)
        paper.crawl(refetch=True)
    assert paper.numbers() == ["1"]


def test_links_to_a_later_page_lead_to_the_article(paper: Paper) -> None:
    paper.web.pages["/a/other"] = story(7, title="Another").replace(
        b"<article>", f"<article><p>As told <a href='{STORY}?page=2'>before</a>, at length.</p>".encode()
    )
    paper.crawl("/a/other")
    paper.crawl()
    assert check(paper.archive).findings == []
    [link] = paper.archive.article(f"{BASE}/a/other")["links"]
    assert link["target_id"] == paper.article()["id"]
