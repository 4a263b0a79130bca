"""Redirects, AMP twins, slashes, later pages and overlapping sites: each page is fetched once and ends in one place."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from test_counts import RULES, SUB, explained
from webs import ONE, OTHER, Answer, Webs, sitemap, stories, story

from scraper import crawl
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


@pytest.mark.parametrize("status", [500, 503, 429])
@pytest.mark.parametrize("order", [[f"{STORY}/amp", STORY], [f"{STORY}/amp"]])
def test_of_an_amp_page_that_cannot_be_had_the_page_itself_is_asked_for(
    archive: Archive, order: list[str], status: int
) -> None:
    webs = Webs(archive, {STORY: story("One"), f"{ONE}/": b"<html>", f"{ONE}/sitemap.xml": sitemap(*order)})
    webs.pages[f"{STORY}/amp"] = (status, b"", {})
    assert explained(webs.crawl()).total("new") == 1
    assert (webs.asked[f"{STORY}/amp"], webs.asked[STORY]) == (3, 1)
    assert [row["url"] for row in archive.rows("select url from snapshots")] == [STORY]


def test_where_neither_can_be_had_the_amp_page_says_why(archive: Archive) -> None:
    webs = Webs(archive, {f"{ONE}/": b"<html>", f"{ONE}/sitemap.xml": sitemap(f"{STORY}/amp")})
    webs.pages[f"{STORY}/amp"] = (503, b"", {})
    for plain in ((404, b"", {}), (503, b"", {}), (403, b"", {}), moved("http://10.0.0.1/")):
        webs.pages[STORY] = plain
        assert explained(webs.crawl()).total("failed") == 1
        [row] = archive.rows("select detail, status from pages")
        assert row == {"detail": "the server answered 503", "status": 503}


def test_a_host_that_asks_to_be_left_alone_is_not_asked_for_the_page_itself(archive: Archive) -> None:
    webs = Webs(archive, {STORY: story("One"), f"{ONE}/": b"<html>", f"{ONE}/sitemap.xml": sitemap(f"{STORY}/amp")})
    webs.pages[f"{STORY}/amp"] = (429, b"", {"retry-after": "9000"})
    assert "asked to come back" in str(explained(webs.crawl()).sites[0].paused)
    assert (webs.asked[f"{STORY}/amp"], webs.asked[STORY]) == (1, 0)


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


@pytest.mark.parametrize(
    "said",
    [f'<link rel="canonical" href="{STORY}">', f'<a rel="prev" href="{STORY}">back</a>', f'<a href="{STORY}">1</a>'],
)
@pytest.mark.parametrize("later", ["?page=2", "/2", "/page/2/"])
def test_a_later_page_leads_to_the_first_one_that_it_names_and_nobody_advertises(archive: Archive, said: str, later: str) -> None:  # fmt: skip
    second = STORY + later
    first = story("One").replace(b"</article>", f'</article><nav><a rel="next" href="{second}">more</a></nav>'.encode())
    page = story("One").replace(b"part", b"bit").replace(b"<title>", f"{said}<title>".encode())
    webs = Webs(archive, {STORY: first, second: page, f"{ONE}/": b"<html>", f"{ONE}/sitemap.xml": sitemap(second)})
    counts = explained(webs.crawl()).sites[0]
    assert (counts.new, counts.aliases, counts.fetched) == (1, 1, 2)
    assert (webs.asked[STORY], webs.asked[second]) == (1, 1)
    assert {"part 0", "bit 0"} <= {
        text.rpartition(", ")[2].rstrip(".") for text in archive.article(STORY)["body"].split("\n\n")
    }
    explained(webs.crawl())
    assert not any("/a/" in url for url in webs.asked)


@pytest.mark.parametrize("there", [(404, b"", {}), (500, b"", {}), b"<html><title>Sections</title>"])
def test_a_later_page_whose_first_one_cannot_be_had_is_kept_by_itself(archive: Archive, there: Answer) -> None:
    second = f"{STORY}/2"
    page = story("One").replace(b"<title>", f'<link rel="canonical" href="{STORY}"><title>'.encode())
    webs = Webs(archive, {STORY: there, second: page, f"{ONE}/": b"<html>", f"{ONE}/sitemap.xml": sitemap(second)})
    assert explained(webs.crawl()).total("new") == 1
    assert webs.asked[second] == 1
    webs.pages[STORY] = story("One").replace(b"</article>", f'</article><a rel="next" href="{second}">2</a>'.encode())
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(STORY, second)
    webs.now += timedelta(days=9)
    explained(webs.crawl(refetch=True))
    assert [row["url"] for row in archive.rows("select url from articles")] == [STORY]


@pytest.mark.parametrize("mark", ["", '<link rel="canonical" href="{}">'])
def test_of_slugs_of_one_id_none_is_the_storys_address_in_turn(archive: Archive, tmp_path: Path, mark: str) -> None:
    (tmp_path / "one.example.toml").write_text(RULES + "id = { css = 'meta[name=number]', attr = 'content' }\n")
    slugs = [f"{ONE}/a/the-{word}-slug-of-7001" for word in ("first", "second", "third")]
    webs = Webs(archive, {f"{ONE}/": b"<html>", f"{ONE}/sitemap.xml": sitemap(*slugs)})
    for url in slugs:
        told = f'<meta name="number" content="7001">{mark.format(url)}<title>'.encode()
        webs.pages[url] = story("One").replace(b"<title>", told)
    for _ in range(3):
        explained(webs.crawl(refetch=True, sites=Sites.load(tmp_path)))
        readings = len(list(archive.rows("select 1 from revisions")))
        webs.now += timedelta(days=1)
    assert (readings, webs.count("archived"), webs.count("alias")) == (3, 1, 2)  # one for each address as it was found


def test_a_slug_that_is_left_alone_has_its_story_back(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "one.example.toml").write_text(RULES + "id = { css = 'meta[name=number]', attr = 'content' }\n")
    first, second = f"{ONE}/a/the-first-slug-of-7001", f"{ONE}/a/the-second-slug-of-7001"
    page = story("One").replace(b"<title>", b'<meta name="number" content="7001"><title>')
    webs = Webs(
        archive, {first: page, second: page, f"{ONE}/": b"<html>", f"{ONE}/sitemap.xml": sitemap(first, second)}
    )
    webs.crawl(sites=Sites.load(tmp_path))
    del webs.pages[second]
    webs.now += timedelta(days=1)
    for _ in range(2):
        explained(webs.crawl(refetch=True, sites=Sites.load(tmp_path)))
        webs.now += timedelta(days=1)
    [article] = archive.rows("select url, deleted_at from articles")
    assert (article["url"], article["deleted_at"]) == (first, None)


def test_a_page_is_believed_about_a_canonical_address_that_redirects_to_its_story(archive: Archive) -> None:
    there, print_page = f"{ONE}/b/a-story-of-the-day", f"{ONE}/print/a-story-of-the-day"
    printed = story("One").replace(b"<title>", f'<link rel="canonical" href="{STORY}"><title>'.encode())
    webs = Webs(archive, {STORY: moved(there), there: story("One"), print_page: printed, f"{ONE}/": b"<html>"})
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(STORY)
    webs.crawl()
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(STORY, print_page)
    assert explained(webs.crawl()).total("aliases") == 1
    assert [row["url"] for row in archive.rows("select url from articles")] == [there]


def test_a_story_is_where_the_canonical_address_of_a_page_met_before_redirects_to(archive: Archive) -> None:
    there, print_page = f"{ONE}/b/a-story-of-the-day", f"{ONE}/print/a-story-of-the-day"
    printed = story("One").replace(b"<title>", f'<link rel="canonical" href="{STORY}"><title>'.encode())
    webs = Webs(archive, {STORY: moved(there), there: story("One"), print_page: printed, f"{ONE}/": b"<html>"})
    for named in (print_page, STORY):
        webs.pages[f"{ONE}/sitemap.xml"] = sitemap(named)
        explained(webs.crawl())
    assert [row["url"] for row in archive.rows("select url from articles")] == [there]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("order", [["story", "old", ""], ["old", "story", ""], ["old", "", "story"]])
@pytest.mark.parametrize("hops", [1, 2])
@pytest.mark.parametrize("concurrency", [2, 4])
def test_a_redirect_and_the_page_that_it_leads_to_are_fetched_once_whichever_comes_first(
    archive: Archive, order: list[str], hops: int, concurrency: int
) -> None:
    old, between = f"{ONE}/r/a-story-of-old-days", f"{ONE}/r/a-story-of-between"
    webs = Webs(archive, {STORY: story("One"), f"{ONE}/": b"<html>", old: moved(STORY), between: moved(STORY)})
    if hops > 1:
        webs.pages[old] = moved(between)
    others = {url: page for url, page in stories(ONE, 4).items() if "/a/" in url}
    named = {"story": [STORY], "old": [old], "": others}
    webs.pages |= others | {f"{ONE}/sitemap.xml": sitemap(*(url for which in order for url in named[which]))}
    answers = webs.handle_async_request

    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.2 if str(request.url) == STORY else 0.01)
        return await answers(request)

    webs.handle_async_request = slow  # type: ignore[method-assign]
    report = explained(crawl([ONE], archive, network=msgspec.structs.replace(webs.network(), concurrency=concurrency)))
    assert (report.total("new"), report.total("aliases")) == (5, 1)
    assert webs.asked[STORY] == 1
