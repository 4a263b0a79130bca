"""Pages that only send the reader on, and those that only look so."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from fetching import BASE, Server, Time, get
from test_counts import explained
from webs import NOW, ONE, Answer, Webs, sitemap, story

from scraper.archive import Archive
from scraper.errors import Disallowed, Unreadable
from scraper.fetch import refresh
from scraper.records import Page
from scraper.sites import unknown_site

SITE = unknown_site("one.example")
HERE, THERE = f"{ONE}/a/a-story-of-old-days", f"{ONE}/a/a-story-of-new-days"


def sent(content: str, *, before: str = "", text: str = "") -> bytes:
    return (
        f'<html><head>{before}<META HTTP-EQUIV="Refresh" CONTENT="{content}"></head><body>{text}</body></html>'.encode()
    )


def page(body: bytes, url: str = HERE, content_type: str = "text/html") -> Page:
    headers = {"content-type": content_type}
    return Page(url=url, final_url=url, status=200, headers=headers, body=body, fetched_at=NOW)


@pytest.mark.parametrize(
    "body",
    [
        sent("0;url=/a/a-story-of-new-days"),
        sent("0; URL = '/a/a-story-of-new-days'"),
        sent(" 3 , a-story-of-new-days"),
        sent("0.5 a-story-of-new-days"),
        sent("0; url='a-story-of-new-days' and more"),
        sent(f"0;url={THERE}#top"),
        sent("0;url=a-story-of-new-days", before='<base href="/a/">'),
        sent("0;url=a-story-of-new-days", before="<title>Moved</title><script>" + "x();" * 900 + "</script>"),
        sent(
            "0;url=a-story-of-new-days",
            text="This page has moved. If you are not sent on, <a href='/b'>click here</a>.",
        ),
        b"<meta content='0;url=a-story-of-new-days' http-equiv=refresh>",
        sent("never", before="<!--").replace(b"</head>", b"-->") + sent("1;url=a-story-of-new-days"),
    ],
)
def test_a_page_that_only_sends_on_leads_where_it_says(body: bytes) -> None:
    assert refresh.target_of(page(body), SITE) == THERE


@pytest.mark.parametrize(
    "body",
    [
        sent("4;url=/b"),
        sent("1000000000;url=/b"),
        sent("0"),
        sent("0;url="),
        sent("url=/b"),
        sent("0;url=javascript:go()"),
        sent("0;url=/a/a-story-of-old-days"),
        sent("0;url=/a/a-story-of-old-days?token=1"),
        sent("0;url=#top"),
        sent("0;url=https://other.example/b"),
        sent("0;url=/verify", before="<title>Just a moment...</title>"),
        sent("0;url=/verify", text="<form id=challenge-form data-x=cf-chl-1></form>"),
        sent("0;url=/consent", text="We value your privacy"),
        sent("0;url=/b", text="<p>The council met on Monday to speak of the bridge.</p>" * 8),
        sent("0;url=/b", text="<!--" + "x" * 9000 + "-->"),
        b"<html><noscript>" + sent("0;url=/b") + b"</noscript>",
        b"<html><!--" + sent("0;url=/b") + b"-->",
        b'<html><meta name="refresh" content="0;url=/b">',
    ],
)
def test_any_other_page_leads_nowhere(body: bytes) -> None:
    assert refresh.target_of(page(body), SITE) is None


def test_what_is_no_page_leads_nowhere() -> None:
    assert refresh.target_of(page(sent("0;url=/b"), content_type="application/xml"), SITE) is None


@pytest.mark.parametrize(
    "piece", ["<", "<meta ", "<!--", "<script", "a=", "a", "a-", '"', "0", "1. ", "<meta http-equiv=refresh content="]
)
def test_a_page_made_to_take_long_does_not(piece: str) -> None:
    began = time.process_time()
    refresh.target_of(page(b"<html>refresh" + (piece * 8000)[:8000].encode()), SITE)
    refresh.target_of(page(b"<html><meta http-equiv=refresh " + (piece * 8000)[:8000].encode()), SITE)
    refresh.target_of(page(sent((piece * 8000)[:8000].replace('"', "'"))), SITE)
    assert time.process_time() - began < 0.5


# -- as a redirect


def test_every_hop_is_checked_allowed_and_bounded() -> None:
    answers = {"/a": (200, sent("0;url=/b"), {"content-type": "text/html"}), "/b": (200, b"x")}
    assert get(Server(Time(), answers)).final_url == f"{BASE}/b"
    with pytest.raises(Disallowed):
        get(Server(Time(), answers, robots=(200, b"User-agent: *\nDisallow: /b")))
    with pytest.raises(Unreadable, match="redirect loop"):
        get(Server(Time(), answers | {"/b": (200, sent("0;url=/a"), {"content-type": "text/html"})}))


@pytest.mark.parametrize("order", [[HERE, THERE], [THERE, HERE], [HERE]])
def test_a_page_that_sends_on_to_a_story_is_an_alias(archive: Archive, order: list[str]) -> None:
    pages: dict[str, Answer] = {HERE: sent("0;url=a-story-of-new-days"), THERE: story("One"), f"{ONE}/": b"<html>"}
    webs = Webs(archive, pages | {f"{ONE}/sitemap.xml": sitemap(*order)})
    assert explained(webs.crawl()).total("new") == 1
    assert webs.states() == {HERE: "alias/redirect", THERE: "archived"}


def test_one_that_leads_off_the_site_is_read_as_it_stands(archive: Archive) -> None:
    pages: dict[str, Answer] = {HERE: sent("0;url=https://other.example/a"), "https://other.example/a": story("One")}
    webs = Webs(archive, pages | {f"{ONE}/sitemap.xml": sitemap(HERE)})
    assert explained(webs.crawl()).sites[0].refused == {"kind": 1}
    assert "https://other.example/a" not in webs.asked


@pytest.mark.parametrize(
    "wall",
    [sent("2;url=/verify", before="<title>Just a moment...</title>"), sent("0;url=https://consent.example/?b=1")],
)
def test_walls_are_not_passed_and_what_is_behind_them_is_not_lost(archive: Archive, wall: bytes) -> None:
    pages: dict[str, Answer] = {HERE: wall, f"{ONE}/verify": story("One")}
    webs = Webs(archive, pages | {f"{ONE}/sitemap.xml": sitemap(HERE)})
    assert explained(webs.crawl()).total("new") == 0
    assert f"{ONE}/verify" not in webs.asked
    webs.pages[HERE] = story("One")
    webs.now += timedelta(days=1)
    assert explained(webs.crawl()).total("new") == 1


def test_a_start_page_that_sends_on_is_followed(archive: Archive) -> None:
    webs = Webs(archive, {f"{ONE}/": sent("0;url=/en/"), THERE: story("One")})
    webs.pages[f"{ONE}/en/"] = f'<html><a href="{THERE}">One</a>'.encode()
    assert explained(webs.crawl()).total("new") == 1


def test_a_story_that_loads_itself_again_is_read(archive: Archive) -> None:
    body = story("Live").replace(b"<title>", b"<meta http-equiv=refresh content='2;url=/elsewhere'><title>")
    webs = Webs(archive, {HERE: body, f"{ONE}/": b"<html>", f"{ONE}/sitemap.xml": sitemap(HERE)})
    assert explained(webs.crawl()).total("new") == 1
