"""What an archive costs as it grows: storing articles among 10,000 and among a million, and where the bytes are.

    .venv/bin/python bench/scale.py [--articles 1000000] [--folder DIR]

The newsroom writes 2,000 stories; each is stored again and again under other addresses, with other titles and with its
paragraphs in another order, the pages beside them.  What reading a page costs is not in it.  Needs about 20 KB of disk
an article.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from scraper import urls
from scraper.archive import Archive
from scraper.blobs import Base, Packer
from scraper.extract import extract
from scraper.newsroom import SELECTORS, START, Newsroom
from scraper.records import Article, Judged, Link, Page
from scraper.sites import Site, Sites

#: Articles of one measurement.
STEP = 10_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    site = Sites.load(SELECTORS).get("newsroom")
    assert site is not None
    with tempfile.TemporaryDirectory(dir=given.folder) as folder, Archive.open(Path(folder) / "scale.db") as archive:
        made = articles(site)
        costs = []
        while (count := len(costs) * STEP) < given.articles:
            costs.append(store(archive, site, list(islice(made, STEP)), count))
            if count % 50_000 == 0:
                print(f"# {count + STEP} articles: {costs[-1]:.2f} ms each", file=sys.stderr, flush=True)
        print(
            f"first {STEP}: {costs[0]:.2f} ms each; last {STEP}: {costs[-1]:.2f} ms; {costs[-1] / costs[0]:.2f} times\n"
        )
        report(archive)
    return 0


def articles(site: Site) -> Iterator[tuple[Article, bytes]]:
    """Stories without end, and their pages."""
    room = Newsroom(articles=2000, clock=lambda: START)
    stories = []
    for story in room.stories():
        page = room.answer(story.path).body
        stories.append((extract(page, room.url(story), site=site, fetched_at=START), page))
    chance = random.Random(7)
    number = 0
    while True:
        for article, page in stories:
            number += 1
            paragraphs = article.body.split("\n\n")
            chance.shuffle(paragraphs)
            title, url = f"{article.title} ({number})", f"{article.url}-{number}"
            yield (
                msgspec.structs.replace(
                    article, url=url, canonical_url=url, publisher_id=str(number), title=title, body="\n\n".join(paragraphs),
                    published=START - timedelta(minutes=number),
                ),
                page + f"<!-- {number} -->".encode(),
            )  # fmt: skip


def store(archive: Archive, site: Site, batch: list[tuple[Article, bytes]], count: int) -> float:
    """Processor milliseconds an article, of the process that holds the archive."""
    site_id = archive.add_site(site, "https://news.example/", START)
    crawl_id = archive.begin_crawl({}, START)
    first = archive.bodies.base(1) if count else batch[0][1]
    packer = Packer()
    blobs = [packer.pack(page, Base(1, first) if count + n else None) for n, (_, page) in enumerate(batch)]
    links = [Link(url=article.url, source="sitemap") for article, _ in batch]
    started = time.process_time()
    with archive.transactions.grouped():
        judged = [Judged(link, urls.page_key(link.url), "pending", None, count + n) for n, link in enumerate(links)]
        archive.ledger.advertise(site_id, crawl_id, judged, START)
        for (article, page), blob in zip(batch, blobs, strict=True):
            entry = archive.ledger.entry(urls.page_key(article.url))
            assert entry is not None
            answer = Page(
                url=article.url,
                final_url=article.url,
                status=200,
                headers={"content-type": "text/html"},
                body=page,
                fetched_at=START,
            )
            archive.save(entry, site_id, answer, blob, article, site, None)
    return 1000 * (time.process_time() - started) / len(batch)


def report(archive: Archive) -> None:
    """The file's size and each table's share (indexes with their table), as Markdown."""
    query = """
        select coalesce(sqlite_master.tbl_name, dbstat.name) as name, sum(pgsize) as bytes from dbstat
        left join sqlite_master on sqlite_master.name = dbstat.name group by 1 order by 2 desc"""
    rows: list[dict[str, Any]] = list(archive.rows(query))
    whole = sum(row["bytes"] for row in rows)
    count = next(archive.rows("select count(*) as n from articles"))["n"]
    print(
        f"{count} articles, {whole / 1e9:.2f} GB, {whole / count / 1000:.1f} KB an article\n\n| table | MB | share |\n|---|---|---|"
    )
    for row in rows:
        if row["bytes"] > whole / 1000:
            print(f"| `{row['name']}` | {row['bytes'] / 1e6:.0f} | {row['bytes'] / whole:.1%} |")


if __name__ == "__main__":
    sys.exit(main())
