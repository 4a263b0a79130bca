"""A reader that asks the archive over and over while a run writes; a script, run by test_one_writer.py.

    python reading.py ARCHIVE HOW

HOW is ``sql`` (plain sqlite3, as analysts use it) or ``program`` (what ``search`` and ``show`` do).  Ends with its standard
input; prints as JSON how often it asked and how many articles it saw.  Whatever is wrong is raised.
"""

from __future__ import annotations

import json
import random
import select
import sqlite3
import sys
from pathlib import Path
from typing import Any

from scraper.archive import Archive
from scraper.blobs import unpack_record

#: Seconds between two rounds: eight readers without one leave no processor to the crawl.
PAUSE = 0.1

JOINED = """
select articles.id, articles.title, articles.body, articles.word_count, revisions.title, revisions.word_count, revisions.record,
    (select json_group_array(name) from (select name from article_authors join authors on authors.id = author_id
        where article_id = articles.id order by position)),
    (select json_group_array(name) from (select name from article_tags join tags on tags.id = tag_id
        where article_id = articles.id order by position))
from articles left join revisions on revisions.id = (
    select id from revisions where article_id = articles.id order by read_at desc, id desc limit 1)
order by articles.id"""


def check_row(row: tuple[Any, ...]) -> None:
    """An article is its newest revision, with all that belongs to it."""
    number, title, body, words, revised_title, revised_words, record, authors, tags = row
    assert record is not None, f"article {number} has no revision"
    said = unpack_record(record)
    assert (title, words) == (revised_title, revised_words) == (said["title"], said["word_count"]), number
    assert body == said["body"], number
    assert words == len(body.split()), number
    assert json.loads(authors) == said.get("authors", []), number
    assert json.loads(tags) == said.get("tags", []), number


def is_over() -> bool:
    return bool(select.select([sys.stdin], [], [], PAUSE)[0])


def by_sql(path: Path) -> tuple[int, int]:
    """Everything, joined, at one moment; the full text of each article has its words, and no more articles."""
    connection, rounds, seen = sqlite3.connect(path, isolation_level=None), 0, 0
    while not is_over() or not rounds:
        connection.execute("begin")
        rows = connection.execute(JOINED).fetchall()
        for row in rows:
            check_row(row)
        query = "select count(*) from articles_fts where articles_fts match ? and rowid = ?"
        for number, title, *_ in random.sample(rows, min(20, len(rows))):
            phrase = '"' + title.replace('"', " ") + '"'
            assert connection.execute(query, [phrase, number]).fetchone() == (1,), number
        assert connection.execute("select count(*) from articles_fts_docsize").fetchone() == (len(rows),)
        connection.execute("commit")
        assert len(rows) >= seen
        rounds, seen = rounds + 1, len(rows)
    return rounds, seen


def by_program(path: Path) -> tuple[int, int]:
    """Search, then show what was found; opened anew each time, as a command does."""
    rounds, seen = 0, 0
    while not is_over() or not rounds:
        with Archive.open(path, readonly=True) as archive:
            hits = archive.search("ministry OR council OR river", limit=10)
            for hit in hits:
                story = archive.article(hit.id)
                newest = archive.revision(hit.id, story["revisions"][-1]["id"])
                assert story["word_count"] == story["revisions"][-1]["word_count"] == len(story["body"].split())
                assert story["title"] == newest["title"]
                assert (story["authors"], story["tags"]) == (newest.get("authors", []), newest.get("tags", []))
        rounds, seen = rounds + 1, max(seen, len(hits))
    return rounds, seen


if __name__ == "__main__":
    rounds, seen = {"sql": by_sql, "program": by_program}[sys.argv[2]](Path(sys.argv[1]))
    sys.stdout.write(json.dumps({"rounds": rounds, "seen": seen}))
