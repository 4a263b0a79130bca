"""A fair, well-tuned Scrapy spider for the newsroom: the peer in ``bench/crawl.py``.

It does what this project's crawler does: reads the sitemaps, fetches each page once, extracts
the record, and stores the compressed page, the record, its tags and links, the full text and a
ledger row in SQLite (WAL, one transaction for 50 pages).  ``-a reader=`` chooses the extractor:
``trafilatura``, ``css`` (parsel selectors, as a Scrapy user writes them) or ``own`` (this
project's, called in the spider's process).
"""

from __future__ import annotations

import json
import sqlite3
from typing import ClassVar

import scrapy
import zstandard

_TABLES = """
create table pages (id integer primary key, url text unique, state text, fetched_at text, status integer, etag text);
create table blobs (id integer primary key, page_id integer, hash text, data blob);
create table articles (id integer primary key, page_id integer unique, url text, title text, summary text, source text,
    published text, modified text, section text, language text, body text, authors text, images text);
create table tags (article_id integer, tag text);
create table links (article_id integer, url text, text text, kind text);
create virtual table articles_fts using fts5 (title, summary, body, content='articles', content_rowid='id',
    tokenize="unicode61 remove_diacritics 2");
"""


class NewsSpider(scrapy.spiders.SitemapSpider):
    name = "news"
    custom_settings: ClassVar = {
        "CONCURRENT_REQUESTS": 16,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
        "DOWNLOAD_DELAY": 0,
        "LOG_LEVEL": "ERROR",
        "TELNETCONSOLE_ENABLED": False,
        "RETRY_ENABLED": True,
        "COOKIES_ENABLED": False,
        "ROBOTSTXT_OBEY": True,
        "MEMUSAGE_ENABLED": False,
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    }

    def __init__(self, base: str, db: str, reader: str = "css", selectors: str = "", **rest: str) -> None:
        super().__init__(**rest)
        self.sitemap_urls = [f"{base}/sitemap.xml"]
        self.reader = {"css": self.by_css, "trafilatura": self.by_trafilatura, "own": self.by_own}[reader]
        self.db = sqlite3.connect(db, isolation_level=None)
        self.db.execute("pragma journal_mode = wal")
        self.db.execute("pragma synchronous = normal")
        self.db.executescript(_TABLES)
        self.db.execute("begin")
        self.compressor = zstandard.ZstdCompressor(level=3)
        self.count = 0
        if reader == "own":
            from scraper.sites import Sites

            self.site = Sites.load(selectors).match(base)

    def parse(self, response):  # type: ignore[no-untyped-def]
        record = self.reader(response)
        page = self.db.execute(
            "insert into pages (url, state, fetched_at, status, etag) values (?, 'archived', datetime(), ?, ?)",
            [response.url, response.status, response.headers.get("etag", b"").decode()],
        ).lastrowid
        import hashlib

        digest = hashlib.sha256(response.body).hexdigest()
        packed = self.compressor.compress(response.body)
        self.db.execute("insert into blobs (page_id, hash, data) values (?, ?, ?)", [page, digest, packed])
        tags, links = record.pop("tags"), record.pop("links")
        record["page_id"] = page
        names = ", ".join(record)
        marks = ", ".join("?" * len(record))
        article = self.db.execute(f"insert into articles ({names}) values ({marks})", list(record.values())).lastrowid
        self.db.executemany("insert into tags values (?, ?)", [(article, tag) for tag in tags])
        self.db.executemany("insert into links values (?, ?, ?, ?)", [(article, *link) for link in links])
        self.db.execute(
            "insert into articles_fts (rowid, title, summary, body) values (?, ?, ?, ?)",
            [article, record["title"], record["summary"], record["body"]],
        )
        self.count += 1
        if self.count % 50 == 0:
            self.db.execute("commit")
            self.db.execute("begin")

    def closed(self, reason: str) -> None:
        self.db.execute("commit")
        self.db.close()

    def by_css(self, response):  # type: ignore[no-untyped-def]
        metadata = json.loads(response.css("#story-metadata::text").get() or "{}")
        body = response.css("div.p-content")
        parts = []
        for node in body.xpath("./p | ./h2 | ./blockquote | ./ul/li"):
            text = " ".join("".join(node.xpath(".//text()").getall()).split())
            if text:
                parts.append(text)
        return {
            "url": response.url,
            "title": response.css("h1::text").get(),
            "summary": "".join(response.css("p.summary ::text").getall()),
            "source": response.css(".source::text").re_first(r":\s*(.+)"),
            "published": metadata.get("published_time"),
            "modified": metadata.get("last_updated"),
            "section": metadata.get("section"),
            "language": response.css("html::attr(lang)").get(),
            "body": "\n\n".join(parts),
            "authors": "; ".join(response.css(".byline::text, .byline a::text").getall()),
            "images": response.css("figure img::attr(data-src)").get(),
            "tags": response.css(".tags a::text").getall(),
            "links": [(a.attrib["href"], a.css("::text").get() or "", "inline") for a in body.css("a[href]")],
        }

    def by_trafilatura(self, response):  # type: ignore[no-untyped-def]
        import trafilatura

        found = trafilatura.bare_extraction(response.text, url=response.url, with_metadata=True, include_links=True)
        record = found.as_dict() if found else {}
        links = [(ref.get("target", ""), ref.text or "", "inline") for ref in found.body.iter("ref")] if found else []
        return {
            "url": response.url,
            "title": record.get("title"),
            "summary": record.get("description"),
            "source": record.get("sitename"),
            "published": record.get("date"),
            "modified": None,
            "section": None,
            "language": None,
            "body": record.get("text") or "",
            "authors": record.get("author"),
            "images": record.get("image"),
            "tags": [str(tag) for tag in record.get("tags") or []],
            "links": links,
        }

    def by_own(self, response):  # type: ignore[no-untyped-def]
        from scraper.extract import extract

        article = extract(response.body, response.url, site=self.site)
        return {
            "url": response.url,
            "title": article.title,
            "summary": article.summary,
            "source": article.source,
            "published": str(article.published),
            "modified": str(article.modified),
            "section": article.section,
            "language": article.language,
            "body": article.body,
            "authors": "; ".join(article.authors),
            "images": article.images[0].url if article.images else None,
            "tags": list(article.tags),
            "links": [(link.url, link.text, link.kind) for link in article.related],
        }
