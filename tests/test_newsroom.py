"""The made-up news site: the same for everyone, and as awkward as a real one."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

import pytest
from rooms import DAY, Clock, an_article, listed, locations, plain, text

from scraper.newsroom import SELECTORS, START, Newsroom

# -- the same for everyone


def test_same_seed_same_bytes_and_another_seed_another_site() -> None:
    one, two, other = Newsroom(), Newsroom(), Newsroom(seed=8)
    for path in ["/", "/es/", "/sitemap.xml", "/feed.xml", *(story.path for story in one.stories())]:
        assert one.answer(path) == two.answer(path)
    assert {s.title for s in one.stories()}.isdisjoint(s.title for s in other.stories())


def test_a_day_is_the_same_whether_one_waits_for_it_or_begins_with_it() -> None:
    clock = Clock()
    waited = Newsroom(clock=clock)
    for _ in range(5):
        waited.stories()
        clock.now += DAY
    at_once = Newsroom(clock=lambda: START + 5 * DAY)
    assert waited.stories() == at_once.stories()
    clock.now = START
    assert waited.stories() == Newsroom().stories()


def test_the_start_has_sixty_stories_in_three_languages_and_two_kinds() -> None:
    room = Newsroom()
    stories = room.stories()
    assert len(stories) == 60
    assert [s.published for s in stories] == sorted((s.published for s in stories), reverse=True)
    assert START - 30 * DAY <= stories[-1].published < stories[0].published <= START
    assert sum(s.language == "en" for s in stories) == 40
    assert sum(s.kind == "video" for s in stories) == 4
    assert len({s.path for s in stories}) == len({s.id for s in stories}) == 60
    assert max(len(s.slug) for s in stories) == 60
    assert all(room.story(s.id) == s for s in stories)


def test_a_million_stories_cost_nothing_until_they_are_read() -> None:
    room = Newsroom(articles=1_000_000)
    assert len(locations(room.answer("/sitemap.xml"))) > 100
    path = locations(room.answer("/sitemap-news.xml"))[-1]
    assert room.answer(path).status == 200
    assert room.answer("/news/health?page=40").status == 200


def test_numbers_are_read_back_from_paths() -> None:
    room = Newsroom(articles=500_000)
    for id in range(1_700_000, 2_200_000, 19_973):
        story = room.story(id)
        assert room.answer(story.path).status == room.answer(unquote(story.path)).status == 200
        assert f'"id": {id}' in text(room.answer(story.path))


# -- what time does


def test_a_day_publishes_edits_deletes_and_redirects() -> None:
    clock = Clock()
    room = Newsroom(clock=clock)
    before = {s.id: s for s in room.stories()}
    for _ in range(8):
        clock.now += DAY
        after = {s.id: s for s in room.stories()}
        gone = [room.story(id) for id in before.keys() - after.keys()]
        kept = [(before[id], after[id]) for id in before.keys() & after.keys()]
        moved = [(old, new) for old, new in kept if old.slug != new.slug]
        edited = [(old, new) for old, new in kept if new.revision > old.revision]
        assert len(after.keys() - before.keys()) == 6
        assert len(gone) == len(moved) == 1
        assert edited
        assert room.answer(gone[0].path).status == gone[0].gone
        assert gone[0].gone in {404, 410}
        answer = room.answer(moved[0][0].path)
        assert (answer.status, answer.headers["Location"]) == (301, moved[0][1].path)
        assert f'<link rel="canonical" href="{room.url(moved[0][1])}">' in text(room.answer(moved[0][1].path))
        assert all(new.modified and clock.now - DAY < new.modified <= clock.now for _, new in edited)
        before = after


def test_what_is_not_yet_published_is_not_there() -> None:
    tomorrow = Newsroom(clock=lambda: START + DAY).stories()[0]
    room = Newsroom()
    assert room.answer(tomorrow.path).status == 404
    assert room.answer(room.stories()[0].path + "-and-more").status == 404
    assert room.answer(room.stories()[0].path.replace("/news/", "/nws/")).status == 404
    with pytest.raises(KeyError):
        room.story(tomorrow.id)


def test_changes_by_hand() -> None:
    clock = Clock()
    room = Newsroom(clock=clock)
    story = an_article(room)
    new = room.publish("health", "ar")
    assert room.stories()[0] == new
    assert new.path in listed(room)
    assert new.path in text(room.answer("/ar/news/health"))
    assert room.answer(new.path).status == 200
    body = room.truth(story)["body"]
    assert room.edit(story.id).modified == clock.now
    assert room.truth(story)["body"] != body
    assert room.redirect(story.id, "Somewhere Else").slug == "somewhere-else"
    assert room.redirect(story.id).slug not in {"somewhere-else", story.slug}
    latest = room.story(story.id).path
    assert room.answer(story.path).headers["Location"] == latest
    assert room.answer(story.path.replace(story.slug, "somewhere-else")).headers["Location"] == latest
    room.delete(story.id)
    assert room.answer(latest).status == room.answer(story.path).status == 410
    assert latest not in listed(room)


def test_an_edit_keeps_the_summary_among_the_paragraphs_and_sometimes_rewords_the_title() -> None:
    room = Newsroom()
    reworded = 0
    for story in [s for s in room.stories() if s.kind == "article"][:12]:
        for _ in range(3):
            room.edit(story.id)
        truth = room.truth(story)
        assert truth["summary"] in truth["body"].split("\n\n")
        assert room.story(story.id).slug == story.slug
        reworded += truth["title"] != story.title
    assert reworded == 12


def test_redesign_shows_old_stories_in_the_second_template() -> None:
    room = Newsroom(redesign_at=START + DAY, clock=(clock := Clock()))
    story = an_article(room)
    first, truth = room.answer(story.path), room.truth(story)
    clock.now += DAY
    second = room.answer(story.path)
    assert '<h1 class="post-title">' in text(first)
    assert "<h1" not in text(second)
    assert '<h2 class="story__title">' in text(second)
    assert first.headers["ETag"] != second.headers["ETag"]
    assert room.truth(story) == truth
    for line in truth["body"].split("\n\n"):
        assert line in plain(text(second))


# -- lists


def test_every_story_in_the_sitemaps_answers_and_every_story_is_there() -> None:
    room = Newsroom(clock=lambda: START + 4 * DAY)
    paths = listed(room)
    assert paths == {s.path for s in room.stories()}
    assert {room.answer(path).status for path in paths} == {200}
    assert "/sitemaps/sitemap-2026-3.xml" in locations(room.answer("/sitemap.xml"))


def test_a_month_is_cut_into_files_of_ten_thousand() -> None:
    room = Newsroom(articles=25_000)
    names = [name for name in locations(room.answer("/sitemap.xml")) if "2026-2" in name]
    assert [name.rpartition("/")[2] for name in names] == [
        "sitemap-2026-2.xml",
        "sitemap-2026-2-2.xml",
        "sitemap-2026-2-3.xml",
    ]
    assert len(locations(room.answer(names[1]))) == 10_000


def test_news_sitemap_has_two_days_only() -> None:
    room = Newsroom()
    paths = locations(room.answer("/sitemap-news.xml"))
    assert paths == [s.path for s in room.stories() if s.published >= START - 2 * DAY]
    assert 0 < len(paths) < 60


def test_feeds_have_the_newest_of_their_language() -> None:
    room = Newsroom(articles=200)
    for prefix, language in (("", "en"), ("/ar", "ar"), ("/es", "es")):
        feed = text(room.answer(f"{prefix}/feed.xml"))
        newest = [s for s in room.stories() if s.language == language][:20]
        assert re.findall(r"<guid[^>]*>(\d+)<", feed) == [str(s.id) for s in newest]


def test_pages_of_a_section_reach_all_of_its_stories() -> None:
    room = Newsroom(articles=400)
    path, seen = "/news/politics", set()
    while path:
        page = text(room.answer(path))
        cards = page.partition('<div class="card">')[2].partition("<aside")[0]
        seen |= set(re.findall(r'<h3><a href="([^"]+)"', cards))
        after = re.search(r'<link rel="next" href="([^"]+)">', page)
        path = after[1] if after else ""
    assert seen == {s.path for s in room.stories() if (s.language, s.section) == ("en", "politics")}
    assert room.answer("/news/politics?page=99").status == room.answer("/news/gossip").status == 404


def test_robots() -> None:
    robots = text(Newsroom(crawl_delay=2.5, base="http://news.test").answer("/robots.txt"))
    assert "Disallow: /private/\nCrawl-delay: 2.5\n" in robots
    assert "Sitemap: http://news.test/sitemap.xml" in robots
    assert "Crawl-delay" not in text(Newsroom().answer("/robots.txt"))
    assert 'href="/private/x"' in text(Newsroom().answer("/"))


# -- pages


@pytest.mark.parametrize("language", ["en", "ar", "es"])
@pytest.mark.parametrize("redesigned", [False, True])
def test_truth_is_on_the_page_and_the_rails_are_not_in_it(language: str, redesigned: bool) -> None:
    room = Newsroom(articles=90)
    if redesigned:
        room.redesign()
    stories = [s for s in room.stories() if s.language == language and s.kind == "article"]
    for story in stories:
        truth, page = room.truth(story), text(room.answer(story.path))
        seen, lines = plain(page), truth["body"].split("\n\n")
        assert all(line in seen for line in lines)
        assert len(set(lines)) == len(lines)
        assert all(line == line.strip(" \u00a0") for line in lines)
        assert truth["summary"] in lines[2:]
        assert not any(s.title in truth["body"] for s in room.stories())
        assert {link["kind"] for link in truth["related"]} >= {"related", "read_more"}
        assert all(f'href="{urlsplit(link["url"]).path}"' in page for link in truth["related"])
        assert truth["title"] in seen
        assert len(set(truth["tags"])) == len(truth["tags"])
        if image := truth["image"]:
            assert image["alt"] != image["caption"]
            assert image["caption"].endswith(f"({image['credit']})")


def test_pages_have_the_traps_of_real_ones() -> None:
    room = Newsroom(articles=90)
    pages = [text(room.answer(s.path)) for s in room.stories() if s.kind == "article"]
    page = text(room.answer(an_article(room).path))
    for mark in ("ticker__item", "desktop-menu", "mobile-menu", "most-read", "read-next", "<li>x</li>"):
        assert mark in page
    assert all(re.search(r'<h2>[^<]+</h2>\n<div class="row"><h3>', page) for page in pages)
    for mark in ("\u00a0</p>", "<blockquote>", "<ul><li>", "<b>", "<em>", "&amp;", "&lt; ", "’s", '"'):
        assert any(mark in page.partition('class="p-content"')[2] for page in pages)
    assert 'dir="rtl"' in text(room.answer(an_article(room, "ar").path))


def test_metadata_tells_one_moment_in_several_ways() -> None:
    room = Newsroom()
    story = an_article(room)
    page = text(room.answer(story.path))
    data = json.loads(page.partition('<script id="story-metadata" type="application/json">')[2].split("</")[0])
    assert data["id"] == story.id
    assert data["published_time"].endswith("+02:00")
    assert datetime.fromisoformat(data["published_time"]) == story.published
    assert f'content="{story.published:%Y-%m-%dT%H:%M}:00.0000000"' in page
    assert f"{story.published.day} {story.published:%b %Y %H:%M}</li>" in page
    linked = json.loads(page.partition('<script type="application/ld+json">')[2].split("</")[0])
    assert (linked["@type"], linked["datePublished"]) == ("NewsArticle", room.truth(story)["published"])


def test_a_video_has_no_body() -> None:
    room = Newsroom()
    video = next(s for s in room.stories() if s.kind == "video")
    page = text(room.answer(video.path))
    assert "/videos/" in video.path
    assert '"@type": "VideoObject"' in page
    assert room.truth(video)["body"] == ""
    assert room.truth(video)["summary"] in plain(page)


def test_pad_makes_pages_as_large_as_real_ones() -> None:
    thin, thick = Newsroom(), Newsroom(pad=130_000)
    story = an_article(thin)
    more = len(thick.answer(story.path).body) - len(thin.answer(story.path).body)
    assert 129_900 <= more <= 130_100
    assert thick.truth(story) == thin.truth(story)


def test_validators_hold_until_the_story_changes() -> None:
    room = Newsroom(clock=(clock := Clock()))
    story = an_article(room)
    first = room.answer(story.path)
    same = {"if-none-match": first.headers["ETag"]}
    clock.now += timedelta(minutes=1)
    assert (room.answer(story.path, same).status, room.answer(story.path, same).body) == (304, b"")
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert room.answer(story.path, since).status == 304
    room.edit(story.id)
    assert room.answer(story.path, same).status == room.answer(story.path, since).status == 200
    home = {"If-None-Match": room.answer("/").headers["ETag"]}
    assert room.answer("/", home).status == 304
    room.publish()
    assert room.answer("/", home).status == 200


def test_the_selector_file_covers_both_designs() -> None:
    data = tomllib.loads((SELECTORS / "newsroom.toml").read_text(encoding="utf-8"))
    assert [layout["body"] for layout in data["layout"]] == ["div.story__text", "div.p-content"]
    pattern = data["discover"]["articles"][0]
    room = Newsroom()
    assert all(re.search(pattern, s.path) for s in room.stories())
    assert not any(re.search(pattern, path) for path in ("/", "/ar/", "/news/politics", "/es/videos"))
    labels = data["layout"][0]["related"]["heading"]
    assert all(
        any(label in text(room.answer(an_article(room, to).path)) for label in labels) for to in ("en", "ar", "es")
    )
