"""Listings that did not change are not sent again to who read them a moment ago, and nothing is lost by that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from test_counts import explained
from webs import ONE, Webs, sitemap, stories, story

from scraper.archive import Archive

URL, NEW, HOME, INDEX, PART = (
    f"{ONE}/a/a-story-of-0",
    f"{ONE}/a/a-story-of-new",
    f"{ONE}/",
    f"{ONE}/sitemap.xml",
    f"{ONE}/part.xml",
)


def index(lastmod: str) -> bytes:
    return f"<sitemapindex><sitemap><loc>{PART}</loc><lastmod>{lastmod}</lastmod></sitemap></sitemapindex>".encode()


class Tagged(Webs):
    """Answers 304 to who has the tag of what it would send."""

    async def handle_async_request(self, request):  # type: ignore[no-untyped-def]
        answer = await super().handle_async_request(request)
        tag = f'"{hash(answer.content)}"'
        if answer.status_code == 200:
            answer.headers["etag"] = tag
            if request.headers.get("if-none-match") == tag:
                answer.status_code, answer.stream = 304, type(answer)(304, content=b"").stream
                self.unread.append(str(request.url))
        return answer

    def later(self, hours: float = 1, **options):  # type: ignore[no-untyped-def]
        self.now += timedelta(hours=hours)
        self.unread: list[str] = []
        return explained(self.update(**options))


@pytest.fixture
def webs(archive: Archive) -> Tagged:
    webs = Tagged(archive, stories(ONE, 3))
    webs.unread = []
    webs.crawl()
    return webs


def test_what_did_not_change_is_not_read_again(webs: Tagged) -> None:
    report = webs.later()
    assert set(webs.unread) == {HOME, INDEX}
    assert (report.exit_code, report.total("new"), report.sites[0].advertised) == (0, 0, 0)
    assert report.summary().startswith("0 known, 0 new, 2 listings with nothing new in")
    webs.pages |= {NEW: story("New"), INDEX: sitemap(URL, NEW)}
    assert webs.later().total("new") == 1
    assert webs.unread == [HOME]


def test_a_crawl_accounts_for_all_that_is_advertised(webs: Tagged) -> None:
    webs.now += timedelta(hours=1)
    assert explained(webs.crawl()).total("known") == 3


def test_a_server_is_believed_for_a_day(webs: Tagged) -> None:
    for _ in range(3):
        webs.later(hours=7)
        assert INDEX in webs.unread
    webs.later(hours=7)
    assert INDEX not in webs.unread


def test_other_dates_are_judged_anew(webs: Tagged) -> None:
    webs.later(since="2026-01-01")
    assert INDEX not in webs.unread
    webs.later(since="2026-01-01")
    assert INDEX in webs.unread


def test_a_sitemap_is_left_unread_on_the_word_of_its_index(webs: Tagged) -> None:
    webs.pages |= {PART: webs.pages[INDEX], INDEX: index("2026-03-01T00:00:00Z")}
    webs.later()
    webs.pages[INDEX] = index("2026-03-01T00:00:00Z") + b"<!-- made anew -->"
    webs.later()
    assert webs.asked[PART] == 0
    webs.pages |= {NEW: story("New"), PART: sitemap(URL, NEW), INDEX: index("2026-03-02T07:30:00Z")}
    assert webs.later().total("new") == 1


def test_what_an_unchanged_index_names_is_looked_at(webs: Tagged) -> None:
    webs.pages |= {PART: webs.pages[INDEX], INDEX: index("")}
    webs.later()
    webs.pages |= {NEW: story("New"), PART: sitemap(URL, NEW)}
    assert webs.later().total("new") == 1
    assert INDEX in webs.unread


@pytest.mark.parametrize("answer", [(404, b"", {}), (403, b"", {})])
def test_a_page_that_an_unchanged_listing_names_is_tried_again_in_its_time(
    webs: Tagged, answer: tuple[int, bytes, dict[str, str]]
) -> None:
    webs.pages |= {NEW: answer, INDEX: sitemap(URL, NEW)}
    webs.later()
    webs.pages[NEW] = story("New")
    assert webs.later(hours=0.5).total("new") == 0
    assert webs.later(hours=2).total("new") == 1
    assert INDEX in webs.unread


def test_a_listing_that_could_not_be_read_is_asked_for_whole(webs: Tagged) -> None:
    good = webs.pages[INDEX]
    webs.pages[INDEX] = b"<html>no sitemap"
    webs.later()
    webs.pages[INDEX] = good
    webs.later()
    assert INDEX not in webs.unread


def pager(webs: Tagged, first: int) -> None:
    """A section of six pages of two stories, the newest first, of which the first page is the home page."""
    for number in range(6):
        address = HOME if number == 0 else f"{ONE}/?page={number + 1}"
        names = [f"{ONE}/a/a-story-of-section-{first - 2 * number - n}" for n in range(2)]
        after = f'<link rel="next" href="{ONE}/?page={number + 2}">' if number < 5 else ""
        webs.pages[address] = f"<html>{after}{''.join(f'<a href={name}>A story</a>' for name in names)}".encode()
        webs.pages |= {name: story(name.rpartition("-")[2]) for name in names}


@pytest.mark.parametrize("bound", [{"limit": 2}, {"max_pages": 1}])
def test_a_walk_that_a_bound_ended_is_gone_on_with(archive: Archive, bound: dict[str, int]) -> None:
    webs = Tagged(archive, {})
    pager(webs, 20)
    webs.unread = []
    webs.crawl(**bound)
    webs.later()
    pager(webs, 21)
    webs.later()
    assert webs.count("archived") == 13


def test_sitemaps_that_a_bound_left_unread_are_read_by_the_next_run(archive: Archive) -> None:
    parts = {f"{ONE}/part-{n}.xml": [f"{ONE}/a/a-story-of-{n}-{m}" for m in range(3)] for n in range(4)}
    webs = Tagged(archive, {HOME: b"<html><p>Welcome."})
    webs.pages |= {part: sitemap(*names) for part, names in parts.items()}
    webs.pages |= {name: story(name.rpartition("/")[2]) for names in parts.values() for name in names}
    named = "".join(f"<sitemap><loc>{part}</loc></sitemap>" for part in parts)
    webs.pages[INDEX] = f"<sitemapindex>{named}</sitemapindex>".encode()
    webs.unread = []
    webs.crawl(limit=1)
    counts = []
    for _ in range(3):
        webs.later(hours=6, limit=4)
        counts.append(webs.count("archived"))
    assert counts == [5, 9, 12]


def test_a_page_that_no_listing_names_any_more_is_not_asked_for(webs: Tagged) -> None:
    webs.pages[INDEX] = sitemap(URL, NEW)
    webs.later()
    webs.pages[INDEX] = sitemap(URL)
    asked = 0
    for _ in range(10):
        webs.later(hours=3)
        asked += webs.asked[NEW]
    assert asked == 0
