"""Score this project's extractor, and peers that are installed, on captured pages with gold.

The pages and the scorer are other people's and not part of this repository; name the folders::

    .venv/bin/python bench/quality.py --corpus ../shared/corpus/dev --scorer ../shared/evaluate
    .venv/bin/python bench/quality.py --corpus … --scorer … --peers trafilatura,newspaper4k

Prints Markdown tables: one for each data set, one line an extractor.  ``scraper`` reads every
page without selector files; ``scraper-files`` with those that are shipped.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scraper.extract import extract
from scraper.sites import Sites, unknown_site
from scraper.urls import host_of


def without_files(html: str, url: str) -> dict[str, Any]:
    """The record of a page, as if no selector file were there."""
    return _record(html, url, lambda: unknown_site(host_of(url)))


def with_files(html: str, url: str) -> dict[str, Any]:
    """The record of a page, by its site's selector file where there is one."""
    return _record(html, url, lambda: _SITES.match(url))


def _record(html: str | bytes, url: str, site: Callable[[], Any]) -> dict[str, Any]:
    article = extract(html, url, site=site())
    return {
        "title": article.title,
        "date": article.published.isoformat() if article.published else None,
        "authors": list(article.authors),
        "tags": list(article.tags),
        "body": article.body,
    }


without_files.wants_bytes = with_files.wants_bytes = True  # type: ignore[attr-defined]
_SITES = Sites.load()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder with manifests/ and the pages")
    parser.add_argument("--scorer", type=Path, required=True, help="folder with evaluate.py and peers.py")
    parser.add_argument("--peers", default="", help="functions of peers.py, parted by commas")
    parser.add_argument("--pages", type=Path, help="also write the scores of each page into this folder")
    given = parser.parse_args()
    extractors = {"scraper": "quality:without_files", "scraper-files": "quality:with_files"}
    extractors |= {name: f"peers:{name}" for name in given.peers.split(",") if name}
    with tempfile.TemporaryDirectory() as folder:
        shared = ["--root", str(given.corpus), "--manifests", str(given.corpus / "manifests"), "--preds", folder]
        for name, spec in extractors.items():
            evaluate(given.scorer, "run", name, spec, *shared)
        pages = ["--pages", str(given.pages)] if given.pages else []
        evaluate(given.scorer, "score", *extractors, *shared, *pages)
    return 0


def evaluate(scorer: Path, *words: str) -> None:
    """Run the scorer's command line with this folder's extractors in reach."""
    here = Path(__file__).parent
    path = ":".join(str(folder.resolve()) for folder in (here, here.parent, scorer))
    command = [sys.executable, str(scorer / "evaluate.py"), *words]
    subprocess.run(command, check=True, env={"PYTHONPATH": path, "PATH": "/usr/bin:/bin"})


if __name__ == "__main__":
    sys.exit(main())
