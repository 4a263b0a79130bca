"""What tests of whole crawls share: runs over the newsroom, and what must hold after them."""

from __future__ import annotations

import asyncio
from typing import Any

from conftest import Served

from scraper.archive import Archive
from scraper.newsroom import Story


async def at_once(seconds: float) -> None:
    """A sleep that does not wait."""
    await asyncio.sleep(0)


def rows(archive: Archive, query: str, *values: Any) -> list[dict[str, Any]]:
    return list(archive.rows(query, list(values)))


def count(archive: Archive, table: str, where: str = "1", *values: Any) -> int:
    return int(rows(archive, f"select count(*) as n from {table} where {where}", *values)[0]["n"])


def asked(newsroom: Served, stories: tuple[Story, ...] | list[Story]) -> list[str]:
    """The requests so far that were for these stories."""
    paths = {story.path for story in stories}
    return [path for path in newsroom.paths() if path in paths]


def an_article(newsroom: Served, place: int = 0) -> Story:
    return [story for story in newsroom.room.stories() if story.kind == "article"][place]


def ledger(archive: Archive, url: str) -> dict[str, Any]:
    [row] = rows(archive, "select * from pages where url = ?", url)
    return row


def assert_sound(archive: Archive) -> None:
    assert rows(archive, "pragma integrity_check") == [{"integrity_check": "ok"}]
    assert rows(archive, "pragma foreign_key_check") == []
    assert rows(archive, "select publisher_id from articles group by publisher_id having count(*) > 1") == []


def assert_whole(archive: Archive, newsroom: Served, *, links: bool = True) -> None:
    """Every story of the newsroom is archived once, and reads as its authors wrote it.

    ``links`` is off once time has passed: the newsroom then links to other stories under the old validators.
    """
    stories = newsroom.room.stories()
    assert count(archive, "articles", "deleted_at is null") == len(stories)
    assert_sound(archive)
    for story in stories:
        assert_true(archive, newsroom, story, links=links)


def assert_true(archive: Archive, newsroom: Served, story: Story, *, links: bool = True) -> None:
    truth, found = newsroom.room.truth(story), archive.article(newsroom.room.url(story))
    for field in (
        "url",
        "kind",
        "title",
        "summary",
        "body",
        "authors",
        "source",
        "published",
        "section",
        "tags",
        "language",
    ):
        assert found[field] == truth[field], (field, truth["url"])
    assert not links or {(link["kind"], link["url"], link["text"]) for link in found["links"]} == {
        (link["kind"], link["url"], link["text"]) for link in truth["related"]
    }
    if truth["image"]:
        assert truth["image"] in found["images"]
