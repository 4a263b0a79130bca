"""Crawl captured sites through a replay proxy and count what was archived.

The captured pages are other people's and not part of this repository; name the folder that
holds ``replay/replay.py`` and ``corpus/dev``::

    .venv/bin/python bench/replay.py --shared ../shared [--hosts 20] [--faults 7:0.3]

Exit code 1 if any page that a site advertises is neither archived nor explained, or if
an archived one lacks title, date or body in more than two of a hundred.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--hosts", type=int, help="the N hosts with the most pages; default: all")
    parser.add_argument("--faults", metavar="SEED:RATE", help="turn that share of first answers into faults")
    parser.add_argument("--port", type=int, default=8898)
    given = parser.parse_args()

    corpus = given.shared / "corpus" / "dev"
    rows = [json.loads(line) for line in (corpus / "manifest.jsonl").open(encoding="utf-8")]
    pages = collections.Counter(row["host"] for row in rows if row.get("url"))
    hosts = [host for host, _ in pages.most_common(given.hosts)]
    with tempfile.TemporaryDirectory() as folder:
        counts = crawl(given, corpus, hosts, Path(folder))
    expected = sum(pages[host] for host in hosts)
    print(json.dumps({"hosts": len(hosts), "advertised": expected, **counts}, indent=2))
    lacking = max(counts["without title"], counts["without date"], counts["without body"])
    complete = counts["archived"] + counts["explained"] >= expected
    return 0 if complete and lacking <= 0.02 * expected else 1


def crawl(given: argparse.Namespace, corpus: Path, hosts: list[str], folder: Path) -> dict[str, object]:
    """Start the proxy, run the command line against it, read the archive."""
    authority = folder / "ca.pem"
    command = [sys.executable, str(given.shared / "replay" / "replay.py"), "--corpus", str(corpus)]
    command += [
        "--port",
        str(given.port),
        "--ca",
        str(authority),
        *(["--faults", given.faults] if given.faults else []),
    ]
    proxy = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert proxy.stdout is not None
        proxy.stdout.readline()  # it is listening
        address = f"http://127.0.0.1:{given.port}"
        environment = {**os.environ, "HTTPS_PROXY": address, "HTTP_PROXY": address, "SSL_CERT_FILE": str(authority)}
        archive = folder / "archive.db"
        words = [sys.executable, "-m", "scraper", "crawl", *hosts, "--delay", "0", "--db", str(archive)]
        run = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    finally:
        proxy.terminate()
        proxy.wait()
    return {**read(archive), "exit code": run.returncode, "said": run.stderr.strip().split("\n")[-1]}


def read(path: Path) -> dict[str, int]:
    """What the archive holds, counted by plain SQL."""
    from scraper import Archive

    counts = {
        "archived": "select count(*) from pages where state in ('archived', 'alias')",
        "explained": "select count(*) from pages where state in ('refused', 'failed', 'gone') and reason is not null",
        "without title": "select count(*) from articles where title is null",
        "without date": "select count(*) from articles where published is null",
        "without body": "select count(*) from articles where body = ''",
    }
    with Archive.open(path, readonly=True) as archive:
        return {name: next(iter(next(archive.rows(query)).values())) for name, query in counts.items()}


if __name__ == "__main__":
    sys.exit(main())
