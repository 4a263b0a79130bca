"""Saved pages into the archive: where and when they were, by what stands beside and in them."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from commands import one_line
from conftest import RunCli
from importing import CAPTURED, NOW, SITES, rows, story

from scraper.archive import Archive
from scraper.imports import import_html
from scraper.imports.saved import SIDECAR_MAX


def save(folder: Path, name: str, body: bytes, beside: dict[str, Any] | None = None, to: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(body)
    os.utime(path, (1_730_972_000, 1_730_972_000))  # 2024-11-07 09:33:20 UTC
    if beside is not None:
        (folder / (to or f"{name}.json")).write_text(json.dumps(beside))
    return path


@pytest.mark.parametrize("to", ["page.html.json", "page.json", "meta.json"])
def test_a_file_beside_a_saved_page_says_where_and_when_it_was(archive: Archive, tmp_path: Path, to: str) -> None:
    beside = {"url": "https://news.example/a", "fetched_at": CAPTURED, "headers": {"ETag": "x"}, "trap": "ignored"}
    save(tmp_path / "saved", "page.html", story(), beside, to)
    report = import_html([str(tmp_path / "saved")], archive, sites=SITES, now=NOW)
    assert report.total("new") == 1
    assert rows(archive, "select url, fetched_at, json_extract(headers, '$.etag') from snapshots") == [
        ("https://news.example/a", CAPTURED, "x")
    ]
    assert import_html([str(tmp_path / "saved")], archive, sites=SITES, now=NOW).total("known") == 1


@pytest.mark.parametrize(
    "head",
    [
        b"<link rel='canonical' href='https://news.example/a?b=1&amp;c=2'>",
        b'<LINK HREF="https://news.example/a?b=1&c=2" REL="Canonical">',
        b'<meta property="og:url" content="https://news.example/a?b=1&c=2">',
        b'<meta property="og:url" content="https://wrong.example/"><link rel=canonical href=https://news.example/a?b=1&c=2>',
    ],
)
def test_a_saved_page_says_its_address_itself_and_its_file_when_it_was_saved(
    archive: Archive, tmp_path: Path, head: bytes
) -> None:
    save(tmp_path / "saved", "page.html.gz", gzip.compress(head + story()))
    assert import_html([str(tmp_path / "saved")], archive, sites=SITES, now=NOW).total("new") == 1
    assert rows(archive, "select url, fetched_at from snapshots") == [
        ("https://news.example/a?b=1&c=2", "2024-11-07T09:33:20Z")
    ]
    assert archive.raw(1) == head + story()


def test_the_address_that_the_user_names_goes_first(archive: Archive, tmp_path: Path) -> None:
    path = save(tmp_path, "page.html", story(), {"url": "https://wrong.example/"})
    import_html([str(path)], archive, url="https://news.example/right", sites=SITES, now=NOW)
    assert rows(archive, "select url from snapshots") == [("https://news.example/right",)]


@pytest.mark.parametrize(
    ("body", "beside", "reason"),
    [
        (story(), None, "address"),
        (story(), {"url": "ftp://news.example/"}, "address"),
        (b" ", {"url": "https://news.example/"}, "empty"),
        (story(), {"url": "https://news.example/a", "status": 404}, "status"),
        (story(), {"url": "https://news.example/a", "fetched_at": "2031-01-01T00:00:00Z"}, "undated"),
        (story(), {"url": "https://news.example/a", "fetched_at": "0001-01-01T00:00:00+01:00"}, "undated"),
        (story(), {"url": "https://news.example/a", "fetched_at": "1970-01-01T00:00:00Z"}, "undated"),
        (b"<html><p>Two words.", {"url": "https://news.example/a"}, "other"),
    ],
)
def test_saved_pages_that_cannot_be_stories_are_counted(
    archive: Archive, tmp_path: Path, body: bytes, beside: dict[str, Any] | None, reason: str
) -> None:
    path = save(tmp_path, "page.html", body, beside)
    report = import_html([str(path)], archive, sites=SITES, now=NOW)
    assert report.refused() == {reason: 1}
    assert rows(archive, "select count(*) from pages") == [(0,)]


@pytest.mark.parametrize(
    ("beside", "fault"),
    [
        (b'{"url": 7}', "url: expected text, found a whole number"),
        (b'{"fetched_at": "2024"}', "fetched_at: expected a time (YYYY-MM-DDTHH:MM:SSZ)"),
        (b'{"fetched_at": 2024}', "fetched_at: expected a time (YYYY-MM-DDTHH:MM:SSZ), found a whole number"),
        (b'{"status": "ok"}', "status: expected a whole number, found text"),
        (b'{"headers": {"Age": 7}}', "headers: expected text, found a whole number"),
        (b"[]", "expected keys with values, found a list"),
        (b'{"url": ', "no JSON"),
        (b"", "no JSON"),
        (b'{"url": "\xff"}', "no JSON"),
        (b"{}" + b" " * SIDECAR_MAX, "larger than 1,048,576 bytes"),
    ],
)
def test_a_faulty_file_beside_a_page_is_one_plain_line_and_costs_that_page_alone(
    run_cli: RunCli, tmp_path: Path, beside: bytes, fault: str
) -> None:
    save(tmp_path / "in", "page.html", story(), {"url": "https://news.example/a"})
    (tmp_path / "in" / "page.html.json").write_bytes(beside)
    line = one_line(run_cli("import", "html", "in/page.html", "--quiet"), 1)
    assert line.startswith(f"scraper: page.html.json: {fault}; a file beside a page is a JSON object that may have")
    assert line.endswith("; page.html is left out")
    save(tmp_path / "in", "zebra.html", story(), {"url": "https://news.example/b"})
    told = run_cli("import", "html", "in")
    assert (told.returncode, "2 captures" in told.stderr) == (1, True)
    assert "       1  with a file beside them that is of no use: in/page.html\n" in told.stderr
    with Archive.open(tmp_path / "archive.db") as archive:
        assert rows(archive, "select url from snapshots") == [("https://news.example/b",)]


def test_files_that_are_not_stored_are_named_a_few_for_each_reason(run_cli: RunCli, tmp_path: Path) -> None:
    save(tmp_path / "in", "page.html", story(), {"url": "https://news.example/a"})
    for number in range(7):
        save(tmp_path / "in" / str(number), "page.html", b"")
    save(tmp_path / "in" / "x", "page.html", b"<html><p>Two words.", {"url": "https://news.example/x"})
    said = run_cli("import", "html", "in").stderr
    empty = ", ".join(f"in/{number}/page.html" for number in range(5))
    assert f"       7  empty: {empty} and 2 more\n" in said
    assert "       1  no stories: in/x/page.html\n" in said
    assert json.loads(run_cli("import", "html", "in", "--json").stdout)["left_out"]["other"] == ["in/x/page.html"]
