"""Crawl one site with this crawler and with Scrapy, side by side, and compare speed and what was read.

nginx serves a made-up news site of real-sized pages (gzipped beforehand) on loopback.  Each
contestant reads its sitemaps, fetches every page once, and stores compressed page, record, full
text and ledger in SQLite::

    .venv/bin/pip install -e '.[bench]'        # Scrapy; nginx comes from the system's packages
    .venv/bin/python bench/crawl.py [--pages 2000] [--rounds 3] [--only scraper,scrapy-css]

Rounds go through all contestants in turn, so that the machine's moods meet all of them; the
median of the rounds counts.  A process's start is part of its time.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from scraper.newsroom import SELECTORS, START, Newsroom

PORT = 8795
BASE = f"http://127.0.0.1:{PORT}"
#: Bytes of inert markup that bring a page to the median size of captured news pages (155 KB).
PAD = 140_000
_NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; default_type text/html; charset utf-8; sendfile on; tcp_nopush on; keepalive_requests 1000000;
    types {{ text/plain txt; application/xml xml; }}
    open_file_cache max=10000; gzip_static on; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
    fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    server {{ listen 127.0.0.1:{port}; root {folder}/site; }}
}}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="contestants, parted by commas")
    given = parser.parse_args()
    chosen = {name: CONTESTANTS[name] for name in given.only.split(",")} if given.only else CONTESTANTS
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        truth = build(folder, given.pages)
        nginx = serve(folder)
        try:
            results: dict[str, list[dict[str, float]]] = {name: [] for name in chosen}
            for number in range(given.rounds):
                for name, command in chosen.items():
                    results[name].append(run(command, folder / f"{name}-{number}", truth))
                    print(f"# round {number + 1}: {name} {results[name][-1]['pages/s']:.1f} pages/s", file=sys.stderr)
        finally:
            nginx.terminate()
            nginx.wait()
    report(results)
    return 0


def build(folder: Path, pages: int) -> dict[str, dict[str, object]]:
    """The site as files, plain and gzipped; what a perfect scraper reads, by URL."""
    room = Newsroom(articles=pages, per_day=100, clock=lambda: START, base=BASE, pad=PAD)
    stories = room.stories()
    paths = [story.path for story in stories] + ["/sitemap.xml", "/robots.txt"]
    index = room.answer("/sitemap.xml").body.decode()
    paths += [part.split("</loc>")[0].removeprefix(BASE) for part in index.split("<loc>")[1:]]
    for path in paths:
        file = folder / "site" / unquote(path.lstrip("/"))
        file.parent.mkdir(parents=True, exist_ok=True)
        body = room.answer(path).body
        file.write_bytes(body)
        file.with_name(file.name + ".gz").write_bytes(gzip.compress(body, 6, mtime=0))
    sizes = [(folder / "site" / unquote(story.path.lstrip("/"))).stat().st_size for story in stories]
    print(
        f"# {len(stories)} pages, {statistics.median(sizes) / 1000:.0f} KB at the median",
        file=sys.stderr,
    )
    rules = (SELECTORS / "newsroom.toml").read_text(encoding="utf-8")
    head, _, rest = rules.partition("[discover]")
    articles = next(line for line in rest.splitlines() if line.startswith("articles"))
    (folder / "selectors").mkdir()
    (folder / "selectors" / "newsroom.toml").write_text(
        f'{head}[discover]\nsitemaps = ["/sitemap.xml"]\n{articles}\n[pace]{rest.partition("[pace]")[2]}',
        encoding="utf-8",
    )
    return {room.url(story): room.truth(story) for story in stories if story.kind == "article"}


def serve(folder: Path) -> subprocess.Popen[bytes]:
    """nginx on the site's files."""
    if shutil.which("nginx") is None:
        sys.exit("bench: nginx is not installed (apt-get install nginx-light)")
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, port=PORT), encoding="utf-8")
    folder.chmod(0o755)  # its workers are another user's
    server = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")])
    time.sleep(0.5)
    return server


Command = Callable[[Path, Path], list[str]]


def _scraper(db: Path, selectors: Path) -> list[str]:
    words = ["crawl", f"{BASE}/", "--delay", "0", "--concurrency", "16", "--selectors", str(selectors)]
    return [sys.executable, "-m", "scraper", *words, "--db", str(db), "--quiet"]


def _scrapy(reader: str) -> Command:
    def command(db: Path, selectors: Path) -> list[str]:
        words = ["-a", f"base={BASE}", "-a", f"db={db}", "-a", f"reader={reader}", "-a", f"selectors={selectors}"]
        return [sys.executable, "-m", "scrapy", "runspider", str(Path(__file__).parent / "scrapy_spider.py"), *words]

    return command


CONTESTANTS: dict[str, Command] = {
    "scraper": _scraper,
    "scrapy-own": _scrapy("own"),
    "scrapy-css": _scrapy("css"),
    "scrapy-trafilatura": _scrapy("trafilatura"),
}


def run(command: Command, folder: Path, truth: dict[str, dict[str, object]]) -> dict[str, float]:
    """One contestant into an archive of its own: speed, processor time, memory, and what it read right."""
    folder.mkdir()
    db = folder / "archive.db"
    words = command(db, folder.parent / "selectors")
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(words, cwd=folder, env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)})
    peak = 0
    while process.poll() is None:
        peak = max(peak, memory_of(process.pid))
        time.sleep(0.05)
    seconds = time.monotonic() - started
    if process.returncode:
        sys.exit(f"bench: {words[2]} ended with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with sqlite3.connect(db) as archive:
        rows = archive.execute("select url, title, published, body from articles").fetchall()
    right = [(row, truth[row[0]]) for row in rows if row[0] in truth]
    result = {
        "pages/s": len(rows) / seconds, "CPU ms a page": 1000 * cpu / len(rows), "peak MB": peak / 1e6, "pages": len(rows),
        "title right": sum(row[1] == wanted["title"] for row, wanted in right) / len(truth),
        "date right": sum(str(row[2])[:10] == str(wanted["published"])[:10] for row, wanted in right) / len(truth),
        "body right": sum(_words(row[3]) == _words(str(wanted["body"])) for row, wanted in right) / len(truth),
        "archive MB": db.stat().st_size / 1e6,
    }  # fmt: skip
    shutil.rmtree(folder)
    return result


def memory_of(pid: int) -> int:
    """Resident bytes of a process and its children (Linux)."""
    total = 0
    for each in [pid, *_children(pid)]:
        try:
            status = Path(f"/proc/{each}/statm").read_text(encoding="ascii")
        except OSError:
            continue
        total += int(status.split()[1]) * resource.getpagesize()
    return total


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def _words(text: str) -> list[str]:
    return text.split()


def report(results: dict[str, list[dict[str, float]]]) -> None:
    """The medians as a Markdown table; the spread of the speeds; ratios to the first contestant."""
    names = list(next(iter(results.values()))[0])
    print("| | " + " | ".join(names) + " | slowest–fastest | times |")
    print("|---" * (len(names) + 3) + "|")
    speeds = {name: statistics.median(run["pages/s"] for run in runs) for name, runs in results.items()}
    first = next(iter(speeds.values()))
    for name, runs in results.items():
        cells = [f"{statistics.median(run[key] for run in runs):.{3 if 'right' in key else 1}f}" for key in names]
        every = [run["pages/s"] for run in runs]
        print(f"| {name} | {' | '.join(cells)} | {min(every):.0f}–{max(every):.0f} | {first / speeds[name]:.1f} |")
    print(json.dumps(results), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
