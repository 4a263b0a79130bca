"""How small pages are stored: against WARC's gzip a record, on real pages that their references were not made from.

Every page of a corpus (a folder with ``manifest.jsonl`` and pages, gzipped) is packed as a crawl would, against another
page of its site (``written``: the level of writing; ``repacked``: the level of ``scraper repack``), and as warcio writes it,
a gzip member a record.  The corpus has no two captures of one page: for ``new version``, each page is packed against
itself with a twentieth of its words and all of its long numbers changed.

Then what an archive makes of it: all pages are imported from a WARC file, in the order of their dates of publication, as if
captured on that day (those without a date last, 100 days apart), and repacked::

    .venv/bin/python bench/storage.py --corpus DIR
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import re
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from scraper.archive import Archive
from scraper.archive.repacking import repack
from scraper.blobs import BEST_LEVEL, LEVEL, Base, Packer, unpack
from scraper.imports import import_warc
from scraper.urls import host_of, site_host

AGES = ((0, 20), (20, 120), (120, 400), (400, 100_000))


class Captured(NamedTuple):
    """A page with its site and the day of its publication, if that is known."""

    site: str
    url: str
    day: datetime | None
    body: bytes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    given = parser.parse_args()
    pages = list(read(given.corpus))
    print(
        f"# {len(pages)} pages, {statistics.median(len(page.body) for page in pages) / 1000:.0f} KB at the median",
        file=sys.stderr,
    )
    print(
        "| page against | pairs | gzip KB | written | ms | repacked | ms | unpack ms |\n|---|---|---|---|---|---|---|---|"
    )
    pairs = list(pairs_of(pages))
    for low, high in AGES:
        row(f"another page, {low} to {high} days apart" if high < 10_000 else "another page, older", [
            (page.body, other.body) for page, other in pairs
            if page.day and other.day and low <= abs((page.day - other.day).days) < high
        ])  # fmt: skip
    row("another page of the site, any date", [(page.body, other.body) for page, other in pairs])
    row("an earlier version of itself (made)", [(edited(page.body), page.body) for page in pages])
    row("nothing", [(page.body, None) for page in pages])
    print()
    archived(pages)
    return 0


def read(corpus: Path) -> Iterator[Captured]:
    """The pages of a corpus."""
    for line in (corpus / "manifest.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        date = str(entry["gold"].get("date") or entry["gold"].get("published") or "")[:10]
        day = datetime.fromisoformat(date) if re.fullmatch(r"\d{4}-\d\d-\d\d", date) else None
        body = gzip.decompress((corpus / entry["html_path"]).read_bytes())
        yield Captured(site_host(host_of(entry["url"])), entry["url"], day, body)


def pairs_of(pages: Iterable[Captured]) -> Iterator[tuple[Captured, Captured]]:
    """Every page with every other one of its site."""
    sites = defaultdict(list)
    for page in pages:
        sites[page.site].append(page)
    for same in sites.values():
        yield from ((page, other) for page in same for other in same if page is not other)


def edited(body: bytes, share: float = 0.05) -> bytes:
    """A page as it might come the next day."""
    chance = random.Random(len(body))
    body = re.sub(
        rb"\d{9,}", lambda match: str(chance.randrange(10 ** len(match[0]))).zfill(len(match[0])).encode(), body
    )
    words = re.split(rb"( )", body)
    for place in range(0, len(words), 2):
        if words[place].isalpha() and chance.random() < share:
            words[place] = words[place][::-1]
    return b"".join(words)


def row(name: str, pairs: list[tuple[bytes, bytes | None]]) -> None:
    """The medians of one kind of pairs, as a row of a Markdown table."""
    if not pairs:
        return
    records = [len(warc_record(body)) for body, _ in pairs]
    cells = [f"{statistics.median(records) / 1000:.0f}"]
    unpacking: list[float] = []
    for level in (LEVEL, BEST_LEVEL):
        ratios, times = [], []
        for (body, base), record in zip(pairs, records, strict=True):
            packer = Packer(level)
            against = Base(1, base) if base is not None else None
            packer.pack(b"", against)  # a base is made ready once for many pages
            blob, seconds = timed(lambda: packer.pack(body, against))  # noqa: B023
            again, back = timed(lambda: unpack(blob.codec, blob.data, blob.size, base))  # noqa: B023
            assert again == body
            ratios.append(len(blob.data) / record)
            times.append(seconds)
            unpacking.append(back)
        cells += [
            f"{statistics.median(ratios):.2f} (mean {statistics.mean(ratios):.2f})",
            f"{1000 * statistics.median(times):.1f}",
        ]
    print(f"| {name} | {len(pairs)} | {' | '.join(cells)} | {1000 * statistics.median(unpacking):.1f} |", flush=True)


def archived(pages: list[Captured]) -> None:
    """Import the pages into an archive and repack it; a table of its bytes against the records', after each of the two."""
    stories: dict[str, list[tuple[int, int, bool]]] = {}
    with tempfile.TemporaryDirectory() as folder, Archive.open(Path(folder) / "archive.db") as archive:
        (Path(folder) / "pages.warc.gz").write_bytes(b"".join(warc_record(*each) for each in in_order(pages)))
        import_warc([folder], archive)
        stories["written"] = list(stored(archive))
        with archive.lock():
            for site_id in archive.site_ids():
                repack(archive, site_id, threads=1)
        stories["repacked"] = list(stored(archive))
    print("| stories in an archive | pages | gzip KB | written | repacked |\n|---|---|---|---|---|")
    for name, wanted in (("with an earlier page of their site", (True,)), ("all", (True, False))):
        cells = []
        for found in stories.values():
            chosen = [(size, record) for size, record, is_later in found if is_later in wanted]
            ratios = [size / record for size, record in chosen]
            cells.append(f"{statistics.median(ratios):.2f} (mean {statistics.mean(ratios):.2f})")
        records = statistics.median(record for _, record in chosen) / 1000
        print(f"| {name} | {len(chosen)} | {records:.0f} | {' | '.join(cells)} |")


def in_order(pages: list[Captured]) -> Iterator[tuple[bytes, str, datetime]]:
    """Body, URL and time of capture of each page."""
    dated = sorted((page.day, page.url, page.body) for page in pages if page.day)
    yield from ((body, url, day) for day, url, body in dated)
    last = dated[-1][0]
    undated = [page for page in pages if not page.day]
    # Captures of the future are refused: all before the last one that is dated.
    yield from ((page.body, page.url, last - timedelta(days=100 * number)) for number, page in enumerate(undated))


def stored(archive: Archive) -> Iterator[tuple[int, int, bool]]:
    """Of each story's page: its bytes in the archive, those of its record, whether its site had a page before."""
    query = """
        select snapshots.id, pages.site_id, length(blobs.data) as size from snapshots
        join pages on pages.id = snapshots.page_id join blobs on blobs.id = snapshots.blob_id order by snapshots.id"""
    seen = set()
    for row in archive.rows(query):
        yield row["size"], len(warc_record(archive.raw(row["id"]))), row["site_id"] in seen
        seen.add(row["site_id"])


def timed(do: Callable[[], Any]) -> tuple[Any, float]:
    """What comes of it, and the processor seconds that it took."""
    started = time.process_time()
    return do(), time.process_time() - started


def warc_record(body: bytes, url: str = "https://news.example/", at: datetime | None = None) -> bytes:
    """A response record as warcio writes it."""
    out = io.BytesIO()
    headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
    writer = WARCWriter(out, gzip=True)
    dated = {"WARC-Date": at.strftime("%Y-%m-%dT%H:%M:%SZ")} if at else None
    writer.write_record(
        writer.create_warc_record(
            url, "response", payload=io.BytesIO(body), http_headers=headers, warc_headers_dict=dated
        )
    )
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
