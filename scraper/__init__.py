"""Crawl news sites into one SQLite archive.

    sites ─> discover ─> frontier ─> fetch ─> extract ─> archive ─> search / export

* ``sites``     selector files: which hosts, where their articles are listed, how their pages read
* ``discover``  sitemaps, feeds and section pages, read into links
* ``frontier``  which of those links to fetch, which to refuse and why, when a page is due again
* ``fetch``     polite HTTP: robots.txt, pace, retries, bounds
* ``extract``   a page and its site's rules into an article: pure, no network, no SQL
* ``archive``   one SQLite file: ledger of pages, snapshots, articles, revisions, full text
* ``crawl``     the pipeline; the only module that knows all of them

Three calls are the whole public API::

    from scraper import Archive, crawl, extract

    article = extract(html, "https://news.example/story")        # str or bytes -> Article
    with Archive.open("archive.db") as archive:
        report = crawl(["news.example"], archive)                # -> Report
        for hit in archive.search("ceasefire"): ...
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from scraper.archive import Archive
    from scraper.crawl import Report, crawl
    from scraper.errors import ScraperError
    from scraper.extract import explain, extract
    from scraper.records import Article
    from scraper.sites import Sites

__all__ = ["Archive", "Article", "Report", "ScraperError", "Sites", "crawl", "explain", "extract"]

# Where each public name lives.  They are imported at first use, so that `scraper --help`
# and `import scraper` stay fast.
_HOMES = {
    "Archive": "scraper.archive",
    "Article": "scraper.records",
    "Report": "scraper.crawl",
    "ScraperError": "scraper.errors",
    "Sites": "scraper.sites",
    "crawl": "scraper.crawl",
    "explain": "scraper.extract",
    "extract": "scraper.extract",
}


class _Package(ModuleType):
    """This package, on which ``crawl`` and ``extract`` are the functions, never the modules.

    Importing ``scraper.crawl`` makes Python bind the module under its parent's name
    ``crawl``, where ``from scraper import crawl`` would then find it.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        import importlib

        if name not in _HOMES:
            raise AttributeError(f"module 'scraper' has no attribute {name!r}")
        value = getattr(importlib.import_module(_HOMES[name]), name)
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_HOMES})


sys.modules[__name__].__class__ = _Package
