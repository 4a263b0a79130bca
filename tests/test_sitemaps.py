"""Sitemaps, indexes of them and lists of URLs, in the shapes that sites give them."""

from __future__ import annotations

import gzip
import tracemalloc
from datetime import UTC, datetime

import pytest
from listings import HOME, NEWS, SITE, XMLNS, found, page, reading, urlset

from scraper.discover import Listing, outside, read, sitemaps
from scraper.records import Window


def test_a_urlset_names_pages_with_their_lastmod() -> None:
    body = f"<?xml version='1.0'?><urlset {XMLNS}><url><loc>{HOME}a</loc><lastmod>2026-03-01T23:30:00-02:00</lastmod></url></urlset>"
    [link] = reading(body).links
    assert (link.url, link.source, link.found_in) == (HOME + "a", "sitemap", HOME + "list")
    assert (link.modified, link.published) == (datetime(2026, 3, 2, 1, 30, tzinfo=UTC), None)


def test_an_index_names_sitemaps_newest_first() -> None:
    body = f"""<sitemapindex {XMLNS}><sitemap><loc>{HOME}1.xml</loc><lastmod>2026-01-01</lastmod></sitemap>
    <sitemap><loc>{HOME}2.xml</loc><lastmod>2026-02-01</lastmod></sitemap><sitemap><loc>{HOME}3.xml</loc></sitemap></sitemapindex>"""
    got = reading(body)
    assert (got.what, got.links, got.error) == ("sitemap", (), None)
    assert [listing.url for listing in got.listings] == [HOME + "2.xml", HOME + "1.xml", HOME + "3.xml"]
    assert {listing.depth for listing in got.listings} == {1}
    assert {listing.found_in for listing in got.listings} == {HOME + "list"}


def test_a_news_sitemap_gives_dates_and_titles() -> None:
    body = f"""<urlset {XMLNS} {NEWS} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url><loc>{HOME}a</loc>
    <image:image><image:loc>{HOME}a.jpg</image:loc><image:title>A picture</image:title></image:image>
    <news:news><news:publication><news:name>News</news:name></news:publication>
    <news:publication_date>2026-03-02T08:00:00+02:00</news:publication_date><news:title>Tom &amp; Jerry</news:title></news:news>
    </url></urlset>"""
    [link] = reading(body).links
    assert (link.url, link.title, link.published) == (HOME + "a", "Tom & Jerry", datetime(2026, 3, 2, 6, 0, tzinfo=UTC))


@pytest.mark.parametrize("prefix", ["video", "v"])
def test_a_video_beside_a_story_gives_neither_title_nor_date(prefix: str) -> None:
    body = f"""<urlset {XMLNS} {NEWS} xmlns:{prefix}="http://www.google.com/schemas/sitemap-video/1.1"><url><loc>{HOME}a</loc>
    <{prefix}:video><{prefix}:title>An old clip</{prefix}:title><{prefix}:publication_date>2020-01-01</{prefix}:publication_date></{prefix}:video>
    <news:news><news:publication_date>2026-03-02</news:publication_date><news:title>A story</news:title></news:news></url></urlset>"""
    [link] = reading(body).links
    assert (link.title, link.published) == ("A story", datetime(2026, 3, 2, tzinfo=UTC))


def test_an_image_before_the_loc_is_not_the_page() -> None:
    body = f"""<urlset {XMLNS} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url>
    <image:image><image:loc>{HOME}a.jpg</image:loc></image:image><loc>{HOME}a</loc></url></urlset>"""
    assert found(body) == ["/a"]


def test_lines_of_urls_are_a_sitemap() -> None:
    assert found(f"\ufeff{HOME}a\r\n\r\n{HOME}b\n") == ["/a", "/b"]
    assert reading(f"{HOME}a\n{HOME}b", content_type="text/plain").what == "sitemap"
    assert reading(f"{HOME}a and more words", content_type="text/plain").error is not None


@pytest.mark.parametrize("times", [1, 2])
def test_gzip_is_unpacked_however_often_it_was_packed(times: int) -> None:
    body = urlset("/a", "/b").encode()
    for _ in range(times):
        body = gzip.compress(body)
    assert found(body, content_type="application/octet-stream") == ["/a", "/b"]


def test_gzip_in_several_members_is_read_to_its_end() -> None:
    text = urlset(*(f"/{n}" for n in range(100))).encode()
    body = gzip.compress(text[:700]) + gzip.compress(text[700:])
    assert len(found(body)) == 100


def test_cut_off_gzip_gives_what_came_before() -> None:
    body = gzip.compress(urlset(*(f"/story-{n * 7919}" for n in range(2000))).encode())
    assert len(found(body[: len(body) // 2])) > 100


def test_gzip_that_is_none_is_an_error_in_one_line() -> None:
    got = reading(b"\x1f\x8b\x08 this is no gzip", content_type="application/gzip")
    assert got.error is not None
    assert "gzip" in got.error
    assert got.links == ()


def test_plain_xml_named_gz_is_read() -> None:
    got = read(Listing(HOME + "s.xml.gz"), page(urlset("/a"), HOME + "s.xml.gz", "application/x-gzip"), SITE)
    assert [link.url for link in got.links] == [HOME + "a"]


def test_a_gzip_bomb_is_refused_in_bounded_memory() -> None:
    bomb = gzip.compress(urlset("/a").encode() + b" " * (2 * sitemaps.MAX_BYTES), compresslevel=1)
    tracemalloc.start()
    try:
        got = reading(bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert got.error is not None
    assert "more than" in got.error
    assert peak < 2.5 * sitemaps.MAX_BYTES


SHAPES = {
    "a comment of pages": "<!--" + " long" * 2000 + "-->" + urlset("/a", "/b"),
    "a warning before it": "<br />\n<b>Warning</b>: on line 7<br />" + urlset("/a", "/b"),
    "a page in a title": urlset("/a", "/b").replace("<url>", "<url><title><![CDATA[<html>]]></title>", 1),
    "declaration": '<?xml version="1.0" encoding="UTF-8"?>\n' + urlset("/a", "/b"),
    "blank line before the declaration": '\n\n<?xml version="1.0" encoding="UTF-8"?>\n' + urlset("/a", "/b"),
    "byte order mark": '\ufeff<?xml version="1.0"?>' + urlset("/a", "/b"),
    "no namespace": urlset("/a", "/b", attributes=""),
    "another namespace": urlset("/a", "/b", attributes='xmlns="http://www.google.com/schemas/sitemap/0.84"'),
    "prefix": f'<s:urlset xmlns:s="http://x"><s:url><s:loc>{HOME}a</s:loc></s:url><s:url><s:loc>{HOME}b</s:loc></s:url></s:urlset>',
    "undeclared prefix": f"<urlset><url><loc>{HOME}a</loc><xhtml:link href='x'/></url><url><loc>{HOME}b</loc></url></urlset>",
    "CDATA": f"<urlset><url><loc><![CDATA[{HOME}a]]></loc></url><url><loc>\n <![CDATA[{HOME}b]]>\n</loc></url></urlset>",
    "white space": f"<urlset><url><loc>\n  {HOME}a\n  </loc></url><url><loc>\t{HOME}b</loc></url></urlset>",
    "upper case": f"<URLSET><URL><LOC>{HOME}a</LOC></URL><URL><LOC>{HOME}b</LOC></URL></URLSET>",
    "empty loc": f"<urlset><url><loc></loc></url><url><loc>{HOME}a</loc></url><url/><url><loc> </loc></url><url><loc>{HOME}b</loc></url></urlset>",
    "no address": f"<urlset><url><loc>mailto:x@y.example</loc></url><url><loc>{HOME}a</loc></url><url><loc>{HOME}b</loc></url></urlset>",
    "relative": "<urlset><url><loc>/a</loc></url><url><loc>b</loc></url></urlset>",
    "cut off": f"<urlset><url><loc>{HOME}a</loc></url><url><loc>{HOME}b</loc></url><url><lo",
    "comments and instructions": f"<?xml-stylesheet href='x.xsl'?><!-- made by x --><urlset><!-- 1 --><url><loc>{HOME}a</loc></url>"
    f"<url><!-- y --><loc>{HOME}b</loc></url></urlset>",
    "bare ampersand": f"<urlset><url><loc>{HOME}a</loc><note>a & b</note></url><url><loc>{HOME}b</loc></url></urlset>",
}


@pytest.mark.parametrize("body", SHAPES.values(), ids=SHAPES.keys())
def test_sitemaps_are_read_in_the_shapes_that_sites_give_them(body: str) -> None:
    assert found(body, content_type="text/xml") == ["/a", "/b"]


@pytest.mark.parametrize("lastmod", ["yesterday", "2026-13-45", "0000-00-00", "", "2026-03-02T25:00", "12", "+2026"])
def test_a_lastmod_that_is_no_date_costs_only_the_date(lastmod: str) -> None:
    [link] = reading(f"<urlset><url><loc>{HOME}a</loc><lastmod>{lastmod}</lastmod></url></urlset>").links
    assert link.modified is None


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-03", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02T06:00Z", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ("2026-03-02T06:00:01.1234567+02:00", datetime(2026, 3, 2, 4, 0, 1, tzinfo=UTC)),
        (" 2026-03-02T06:00:00 ", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_w3c_dates_are_utc(text: str, when: datetime | None) -> None:
    assert sitemaps.parse_w3c(text) == when


def test_an_index_that_lists_itself_is_not_its_own_child() -> None:
    body = f"<sitemapindex><sitemap><loc>{HOME}list</loc></sitemap><sitemap><loc>{HOME}2.xml</loc></sitemap></sitemapindex>"
    assert [listing.url for listing in reading(body).listings] == [HOME + "2.xml"]


def test_a_news_sitemap_that_is_an_index_is_read_as_one() -> None:
    body = f"""<?xml version="1.0"?><sitemapindex {XMLNS} {NEWS}><sitemap><loc>{HOME}news-1.xml</loc></sitemap></sitemapindex>"""
    got = reading(body, HOME + "sitemap-news.xml", "application/xml")
    assert (got.links, [listing.url for listing in got.listings]) == ((), [HOME + "news-1.xml"])


@pytest.mark.parametrize("address", ["s.xml?page=1&type=news", "sitemap", "news.php?id=3", "s.xml.gz?x=.html"])
def test_the_name_of_a_sitemap_says_nothing(address: str) -> None:
    assert [link.url for link in reading(urlset("/a"), HOME + address).links] == [HOME + "a"]


@pytest.mark.parametrize("kind", ["general", "parameter", "in the lastmod"])
def test_an_entity_bomb_costs_neither_time_nor_memory(kind: str) -> None:
    sign = "% " if kind == "parameter" else ""
    levels = "".join(f"<!ENTITY {sign}e{n} '{f'&e{n - 1};' * 20}'>" for n in range(1, 20))
    place = ("", "&e19;") if kind == "in the lastmod" else ("&e19;", "")
    body = f"""<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY {sign}e0 '{"ha" * 50}'>{levels}]>
    <urlset><url><loc>{HOME}a{place[0]}</loc><lastmod>{place[1]}</lastmod></url><url><loc>{HOME}b</loc></url></urlset>"""
    tracemalloc.start()
    try:
        links = reading(body).links
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert HOME + "b" in [link.url for link in links]
    assert peak < 2_000_000


def test_entities_are_not_expanded() -> None:
    levels = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    body = f"<!DOCTYPE urlset [<!ENTITY e0 'ha'>{levels}<!ENTITY file SYSTEM 'file:///etc/passwd'>]>"
    body += f"<urlset><url><loc>{HOME}a&e11;</loc></url><url><loc>{HOME}b&file;</loc></url><url><loc>{HOME}c</loc></url></urlset>"
    links = reading(body).links
    assert HOME + "c" in [link.url for link in links]
    assert all(len(link.url) < 100 and "root" not in link.url for link in links)


def test_an_entity_that_nobody_declared_costs_no_other_page() -> None:
    body = f"<urlset><url><loc>{HOME}a</loc><t>&nbsp;</t></url><url><loc>{HOME}b</loc></url></urlset>"
    assert found(body) == ["/a", "/b"]


def test_tracking_parameters_are_kept_as_advertised() -> None:
    assert found(f"<urlset><url><loc>{HOME}a?utm_source=x&amp;id=1</loc></url></urlset>") == ["/a?utm_source=x&id=1"]


def test_what_is_no_listing_is_named_as_such() -> None:
    for body, kind in ((b"%PDF-1.4 ...", "application/pdf"), (b"", "image/png"), (b'{"a": 1}', "application/json")):
        got = reading(body, content_type=kind)
        assert got.error == f"{HOME}list: neither sitemap, feed nor page ({kind})"
        assert got.links == ()


@pytest.mark.parametrize("text", [f"{HOME}a\r{HOME}b\r", f"# our pages\n{HOME}a\n#\n{HOME}b\n"])
def test_text_sitemaps_are_read_in_the_shapes_that_sites_give_them(text: str) -> None:
    assert found(text, content_type="text/plain") == ["/a", "/b"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
def test_sitemaps_in_utf_16_or_said_to_be_are_read(encoding: str, mark: str) -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?>' + urlset("/a", "/b")
    assert found((mark + text).encode(encoding), content_type="text/xml") == ["/a", "/b"]


@pytest.mark.parametrize(
    "body",
    [
        urlset("/a", "/b")[:-9],
        urlset("/a", "/b", "/c")[:-40],
        gzip.compress(urlset("/a", "/b", "/c").encode())[:-4],
        gzip.compress(urlset("/a", "/b", "/c").encode()) + gzip.compress(urlset("/d").encode())[:30],
    ],
    ids=["no end", "amid a link", "gzip without its sum", "gzip without its second part"],
)
def test_of_a_sitemap_that_is_cut_off_what_came_is_taken_and_the_rest_is_told(body: str | bytes) -> None:
    got = reading(body)
    assert {HOME + "a", HOME + "b"} <= {link.url for link in got.links}
    assert got.error == f"{HOME}list: damaged or cut off; what could be read of it was taken"


@pytest.mark.parametrize("end", ["", "\n<!-- made in 0.2 s -->", "<script>x</script>"])
def test_what_servers_print_after_a_sitemap_cuts_nothing_off(end: str) -> None:
    assert reading(urlset("/a") + end).error is None
    assert reading("<urlset/>" + end).error is None


@pytest.mark.timeout(60)
def test_millions_of_empty_members_and_elements_cost_no_minutes() -> None:
    assert reading(gzip.compress(b"") * 300_000 + gzip.compress(urlset("/a").encode())).links[0].url == HOME + "a"
    tracemalloc.start()
    try:
        got = reading("<urlset><x>" + "<a/>" * 300_000 + f"</x><url><loc>{HOME}a</loc></url></urlset>")
    finally:
        tracemalloc.stop()
    assert [link.url for link in got.links] == [HOME + "a"]


@pytest.mark.parametrize(("lastmod", "day"), [("2026-02", 28), ("2026-02-02", 2)])
def test_a_month_or_day_is_its_last_second_for_what_was_modified_in_it(lastmod: str, day: int) -> None:
    body = f"<urlset><url><loc>{HOME}a</loc><lastmod>{lastmod}</lastmod></url></urlset>"
    assert reading(body).links[0].modified == datetime(2026, 2, day, 23, 59, 59, tzinfo=UTC)


def stamped(*times: str) -> list[datetime | None]:
    """What is believed of the lastmod of links."""
    entries = (f"<url><loc>{HOME}{n}</loc><lastmod>{time}</lastmod></url>" for n, time in enumerate(times))
    return [link.modified for link in reading(f"<urlset>{''.join(entries)}</urlset>").links]


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["sitemap-2010.xml", "sitemap-2026.xml"], ["sitemap-2026.xml"]),
        (["sitemap-1.xml", "sitemap-2010.xml", "sitemap-2026.xml"], ["sitemap-1.xml", "sitemap-2010.xml", "sitemap-2026.xml"]),
        (["sitemap_2010_2026.xml", "sitemap-2010-08.xml", "posts/2010/x.xml"], ["sitemap_2010_2026.xml"]),
    ],
)  # fmt: skip
def test_a_sitemap_is_left_out_for_its_year_only_if_its_number_is_one(names: list[str], wanted: list[str]) -> None:
    body = "".join(f"<sitemap><loc>{HOME}{name}</loc></sitemap>" for name in names)
    listings = reading(f"<sitemapindex>{body}</sitemapindex>").listings
    window = Window(since=datetime(2026, 1, 1, tzinfo=UTC))
    assert [each.url.removeprefix(HOME) for each in listings if not outside(each, window)] == wanted


def test_a_lastmod_that_is_when_the_sitemap_was_made_is_none_of_its_pages() -> None:
    now = [f"2026-03-02T00:00:{second:02}Z" for second in range(12)]  # the listing is read at midnight
    assert set(stamped(*now)) == {None}
    assert None not in stamped(*now[:9])
    assert None not in stamped(*now, "2026-03-01T23:00:00Z")
    assert None not in stamped(*(time.replace("-03-", "-01-") for time in now))
