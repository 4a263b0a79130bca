"""``--depth``: how far a run follows the links from story to story."""

from __future__ import annotations

from itertools import pairwise

import pytest
from test_counts import explained
from webs import ONE, Answer, Webs, sitemap, story

from scraper.archive import Archive

NAMES = "abcdef"


def at(name: str) -> str:
    return f"{ONE}/{name}/a-story-of-the-{name}"


def chain(links: dict[str, str]) -> dict[str, Answer]:
    """Stories by their letters, each with links to others."""

    def page(name: str) -> bytes:
        linked = "".join(f'<p>Read <a href="{at(other)}">that story</a>, too.</p>' for other in links.get(name, ""))
        return story(f"Story {name}").replace(b"</article>", f"{linked}</article>".encode())

    return {at(name): page(name) for name in NAMES} | {f"{ONE}/": b"<html>"}


def archived(archive: Archive) -> set[str]:
    return {row["url"].split("/")[3] for row in archive.rows("select url from articles")}


@pytest.mark.parametrize(("depth", "found"), [(0, "a"), (1, "ab"), (2, "abc"), (9, "abcdef")])
def test_links_are_followed_so_far_and_no_further(archive: Archive, depth: int, found: str) -> None:
    webs = Webs(archive, chain(dict(pairwise(NAMES))))
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(at("a"))
    explained(webs.crawl(depth=depth))
    assert archived(archive) == set(found)


def test_a_redirect_makes_the_way_no_longer_and_no_shorter(archive: Archive) -> None:
    webs = Webs(archive, chain({"a": "b", "c": "d", "e": "f"}))
    webs.pages |= {at("b"): (301, b"", {"location": at("c")}), at("d"): (301, b"", {"location": at("e")})}
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(at("a"))
    explained(webs.crawl(depth=1))
    assert archived(archive) == set("ac")


def test_a_page_that_a_listing_names_is_where_the_way_begins_whoever_links_to_it(archive: Archive) -> None:
    webs = Webs(archive, chain({"a": "b", "b": "c"}))
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(at("a"), at("b"))
    explained(webs.crawl(depth=1))
    assert archived(archive) == set("abc")


def test_a_second_link_to_a_page_makes_the_way_to_it_no_longer(archive: Archive) -> None:
    webs = Webs(archive, chain({"a": "bc", "b": "c", "c": "d"}))
    webs.pages[f"{ONE}/sitemap.xml"] = sitemap(at("a"))
    explained(webs.crawl(depth=2))
    assert archived(archive) == set("abcd")
