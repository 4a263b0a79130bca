"""Redirects, AMP twins, slashes, later pages and overlapping sites: each page is fetched once and ends in one place."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from test_counts import RULES, SUB, explained
from webs import ONE, OTHER, Webs, sitemap, stories, story

from scraper.archive import Archive
from scraper.archive.check import check
from scraper.sites import Sites

STORY = f"{ONE}/a/a-story-of-the-day"


def moved(to: str, status: int = 301) -> tuple[int, bytes, dict[str, str]]:
    return status, b"", {"location": to}


def test_a_page_and_its_twin_with_a_slash_that_both_move_do_not_end_the_run(archive: Archive) -> None:
    webs = Webs(archive, {STORY: story("One"), f"{STORY}/": moved(STORY), f"{ONE}/": b"<html>"})
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(STORY, f"{STORY}/")
    explained(webs.crawl())
    webs.pages |= {STORY: moved(f"{ONE}/moved/a-story-of-the-day"), f"{ONE}/moved/a-story-of-the-day": story("One")}
    report = explained(webs.crawl(refetch=True))
    assert report.outcome == "done"
    assert len(list(archive.rows("select 1 from articles"))) == 1


@pytest.mark.parametrize("told", [STORY, f"{ONE}/canonical/a-story-of-the-day"])
@pytest.mark.parametrize("advertised", [False, True])
def test_a_known_story_that_moves_is_counted_whatever_its_new_page_says(archive: Archive, told: str, advertised: bool) -> None:  # fmt: skip
    there = f"{ONE}/b/a-story-of-the-day"
    webs = Webs(archive, {STORY: story("One"), f"{ONE}/": b"<html>", f"{ONE}/sitemap.xml": sitemap(STORY)})
    explained(webs.crawl())
    page = story("One").replace(b"<title>", f'<link rel="canonical" href="{told}"><title>'.encode())
    webs.pages |= {STORY: moved(there), there: page}
    if advertised:
        webs.pages[f"{ONE}/sitemap.xml"] = sitemap(there, STORY)
    for _ in range(2):
        explained(webs.crawl(refetch=True))
        webs.now += timedelta(days=1)
    assert check(archive).findings == []
    if not advertised or told == STORY:  # else it was met by itself, and says that it is a third page's
        assert len(list(archive.rows("select 1 from articles"))) == 1


@pytest.mark.parametrize("order", [[f"{STORY}/amp", STORY], [f"{STORY}/amp"]])
def test_of_an_amp_page_that_is_not_there_the_page_itself_is_asked_for(archive: Archive, order: list[str]) -> None:
    webs = Webs(archive, {STORY: story("One"), f"{ONE}/": b"<html>", f"{ONE}/sitemap.xml": sitemap(*order)})
    assert explained(webs.crawl()).total("new") == 1
    assert webs.asked[STORY] == 1
    assert [row["url"] for row in archive.rows("select url from snapshots")] == [STORY]


def test_a_page_that_leads_off_the_site_is_not_asked_for_again(archive: Archive) -> None:
    webs = Webs(archive, {STORY: moved(f"{OTHER}/a/a-story-of-the-day", 302), f"{OTHER}/a/a-story-of-the-day": story("Other")})  # fmt: skip
    webs.pages |= {f"{ONE}/": b"<html>", f"{ONE}/sitemap.xml": sitemap(STORY)}
    assert explained(webs.crawl()).sites[0].refused == {"off_site": 1}
    webs.now += timedelta(days=1)
    explained(webs.crawl())
    assert STORY not in webs.asked
    webs.crawl(refetch=True)
    assert webs.asked[STORY] == 1


def test_a_link_to_what_redirects_to_a_story_leads_to_it(archive: Archive) -> None:
    old, other = f"{ONE}/r/a-story-of-the-day", f"{ONE}/a/another-story-of-the-day"
    linking = story("Other").replace(
        b"</article>", f'<p>Read <a href="{old}">that story</a>, too.</p></article>'.encode()
    )
    webs = Webs(archive, {STORY: story("One"), other: linking, old: moved(STORY, 302), f"{ONE}/": b"<html>"})
    for listed in ((STORY, other), (STORY, other, old)):
        webs.pages[f"{ONE}/sitemap.xml"] = sitemap(*listed)
        explained(webs.crawl())
    assert check(archive).findings == []
    [link] = archive.rows("select target_id from links where url = ?", [old])
    assert link["target_id"] == archive.article(STORY)["id"]


def test_a_later_page_that_is_advertised_first_is_fetched_with_its_article_alone(archive: Archive) -> None:
    second = f"{STORY}/page/2"
    first = story("One").replace(b"</article>", f'</article><nav><a rel="next" href="{second}">more</a></nav>'.encode())
    webs = Webs(archive, {STORY: first, second: story("One").replace(b"part", b"bit"), f"{ONE}/": b"<html>"})
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(second, STORY)
    counts = explained(webs.crawl()).sites[0]
    assert (counts.new, counts.aliases, webs.asked[second]) == (1, 1, 1)
    assert "bit 0" in archive.article(STORY)["body"]


@pytest.mark.parametrize("limit", [0, 2])
def test_a_site_takes_its_pages_from_one_that_covers_it_and_left_them_waiting(
    archive: Archive, tmp_path: Path, limit: int
) -> None:
    webs = Webs(archive, stories(SUB, 6))
    webs.pages |= {f"{ONE}/sitemap.xml": webs.pages[f"{SUB}/sitemap.xml"], f"{ONE}/": b"<html>"}
    webs.crawl(ONE, limit=limit)
    (tmp_path / "en.one.example.toml").write_text(RULES)
    report = explained(webs.crawl(SUB, sites=Sites.load(tmp_path)))
    assert report.total("new") == 6 - limit
    assert webs.count("archived") == 6
    explained(webs.crawl(ONE, sites=Sites.load(tmp_path)))
    assert not any("/a/" in url for url in webs.asked)
