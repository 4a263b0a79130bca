"""Files that are no pages, though words and addresses stand in them: refused in one line, whichever command gets them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from commands import one_line
from conftest import RunCli
from importing import record, story

from scraper.archive import Archive
from scraper.formats import WARC, other_than_html

LINK = b'<link rel="canonical" href="https://news.example/a">'
WARC_FILE = record("https://news.example/other", LINK + story())


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("x.warc", WARC_FILE, f"{WARC}; use `import warc`"),
        ("x.warc.gz", gzip.compress(WARC_FILE), f"{WARC}; use `import warc`"),
        ("x", gzip.compress(WARC_FILE) * 20, f"{WARC}; use `import warc`"),
        ("x.html", b"\x89PNG\r\n\x1a\n" + LINK + story(), "a PNG image, no HTML"),
        ("x.html", b"\xff\xd8\xff\xe0" + LINK + story(), "a JPEG image, no HTML"),
        ("x.html", b"%PDF-1.7\n" + LINK + story(), "a PDF file, no HTML"),
        ("x.html", b"PK\x03\x04" + LINK + story(), "a ZIP file, no HTML"),
        ("x.html", b"SQLite format 3\x00" + LINK + story(), "an SQLite database, no HTML"),
        ("x.html.gz", gzip.compress(gzip.compress(LINK + story())), "a gzip file, no HTML"),
        ("x.html", b"\x00\x01" + LINK + story(), "no HTML"),
        ("README.md", b"# Readme\n\nIt is <b>not</b> a page, whatever it is called.\n" * 40, "no HTML"),
    ],
)
def test_a_file_of_another_format_is_no_saved_page(
    run_cli: RunCli, tmp_path: Path, name: str, data: bytes, fault: str
) -> None:
    (tmp_path / name).write_bytes(data)
    for more in ([], ["--url", "https://news.example/a"]):
        assert one_line(run_cli("import", "html", name, *more, "--quiet"), 1) == f"scraper: {name}: {fault}"
    with Archive.open(tmp_path / "archive.db") as archive:
        assert not list(archive.rows("select 1 from pages"))


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("x.warc", WARC_FILE, WARC),
        ("x.warc.gz", gzip.compress(WARC_FILE), WARC),
        ("x.jpg", b"\xff\xd8\xff\xe0" + LINK + story(), "a JPEG image, no HTML"),
        ("a.db", b"SQLite format 3\x00" + LINK + story(), "an SQLite database, no HTML"),
        ("a.txt", b"Words. " * 200, "no HTML"),
    ],
)
def test_extract_reads_no_file_of_another_format(
    run_cli: RunCli, tmp_path: Path, name: str, data: bytes, fault: str
) -> None:
    (tmp_path / name).write_bytes(data)
    line = one_line(run_cli("extract", name, "--url", "https://news.example/a"), 2)
    assert line == f"scraper: {name}: {fault}"


def test_a_page_without_text_is_a_page(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(b"<html><body></body></html>")
    assert run_cli("extract", "page.html", "--url", "https://news.example/a").returncode == 0


@pytest.mark.parametrize(
    "page",
    [
        b"<!-- saved from url=(0026)https://news.example/a -->\n" + b"<!-- " + b"a" * 20_000 + b" -->\n" + story(),
        b"\xef\xbb\xbf\r\n <!DOCTYPE html>",
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">',
        story().decode().encode("utf-16"),
        story().decode().encode("utf-16-be"),
        "<!doctype html>".encode("utf-16-le"),
        b"Warning: mysql_connect() in /var/www/x.php<br />" + story(),
        b"<p>A fragment.",
        story() + b"\x00",
        b"<HTML\n>",
    ],
)
def test_pages_begin_in_many_ways(page: bytes) -> None:
    assert other_than_html(page) is None
