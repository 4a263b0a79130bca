"""Snapshots as WARC/1.1: what other tools read in them."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import RunCli, cli_environment
from desk import DAY, HOME, NOW, Desk
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from scraper.archive import Archive
from scraper.archive.warc import write_warc
from scraper.records import iso

EXPORTED = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def desk(archive: Archive) -> Desk:
    return Desk(archive)


def export(desk: Desk, name: str = "a.warc.gz", **wanted: Any) -> bytes:
    out = io.BytesIO()
    write_warc(desk.archive, out, now=EXPORTED, name=name, **wanted)
    return out.getvalue()


class Read:
    """One record as warcio reads it."""

    def __init__(self, record: Any) -> None:
        self.type, self.headers, self.http = record.rec_type, dict(record.rec_headers.headers), record.http_headers
        self.raw = record.raw_stream.read()


def read(data: bytes) -> list[Read]:
    return [Read(record) for record in ArchiveIterator(io.BytesIO(data))]


def checked(path: Path) -> int:
    """The exit code of ``warcio check``: 0 if all digests are there and right, and each record is a member of its own."""

    class Command:
        inputs, verbose = [str(path)], False

    checker = Checker(Command())
    checker.process_all()
    return int(checker.exit_value)


def test_a_snapshot_is_a_response_a_request_and_its_reading(desk: Desk) -> None:
    body = "<html>Größe".encode()
    desk.save("/a?b=c", raw=body, title="Kept", headers={"etag": '"1"'})
    info, response, request, reading = read(export(desk))
    assert [info.type, response.type, request.type, reading.type] == ["warcinfo", "response", "request", "metadata"]
    assert b"software: scraper/" in info.raw
    assert info.headers["WARC-Filename"] == "a.warc.gz"
    assert (response.headers["WARC-Target-URI"], response.headers["WARC-Date"]) == (HOME + "/a?b=c", iso(NOW))
    assert (response.http.get_statuscode(), response.http.get_header("etag"), response.raw) == ("200", '"1"', body)
    assert request.http.protocol == "GET"
    assert request.http.to_str() == "GET /a?b=c HTTP/1.1\r\nHost: news.example\r\n"
    assert request.headers["WARC-Concurrent-To"] == response.headers["WARC-Record-ID"]
    assert reading.headers["WARC-Refers-To"] == response.headers["WARC-Record-ID"]
    told = json.loads(reading.raw)
    assert (told["record"]["title"], told["sha256"]) == ("Kept", hashlib.sha256(body).hexdigest())
    assert {told.headers["WARC-Warcinfo-ID"] for told in (response, request, reading)} == {
        info.headers["WARC-Record-ID"]
    }


def test_headers_fit_the_bytes_that_follow_and_the_original_ones_are_kept(desk: Desk) -> None:
    sent = {"content-encoding": "br", "transfer-encoding": "chunked", "content-length": "3", "x-other": "y"}
    desk.save("/a", raw=b"<html>twelve", headers=sent)
    _, response, *_ = read(export(desk))
    assert dict(response.http.headers) == {
        "content-type": "text/html", "x-archive-orig-content-encoding": "br", "x-archive-orig-transfer-encoding": "chunked",
        "x-archive-orig-content-length": "3", "content-length": "12", "x-other": "y",
    }  # fmt: skip


def test_a_length_that_is_right_stays_and_one_that_was_not_sent_is_not_made_up(desk: Desk) -> None:
    desk.save("/a", raw=b"<html>twelve", headers={"content-length": "12"})
    desk.save("/b", raw=b"<html>13 long")
    lengths = [record.http.get_header("content-length") for record in read(export(desk)) if record.type == "response"]
    assert lengths == ["12", None]


def test_a_page_seen_unchanged_is_a_revisit(desk: Desk) -> None:
    desk.save("/a", raw=b"<html>same")
    desk.save("/a", raw=b"<html>same", at=NOW + DAY)
    _, response, _, _, revisit = read(export(desk))
    assert revisit.type == "revisit"
    assert revisit.headers["WARC-Date"] == iso(NOW + DAY)
    assert revisit.headers["WARC-Payload-Digest"] == response.headers["WARC-Payload-Digest"]
    assert revisit.headers["WARC-Refers-To"] == response.headers["WARC-Record-ID"]
    assert (revisit.headers["WARC-Refers-To-Target-URI"], revisit.headers["WARC-Refers-To-Date"]) == (
        HOME + "/a",
        iso(NOW),
    )


@pytest.mark.parametrize("name", ["a.warc.gz", "a.warc"])
def test_the_checker_accepts_it(desk: Desk, tmp_path: Path, name: str) -> None:
    for path in ("/a", "/b"):
        desk.save(path, headers={"x-odd": "a\r\nX-Injected: b", "x-name": "Grüße 漢字"})
    desk.save("/a", at=NOW + DAY)
    desk.save("/wall", kind="wall", raw=b"<html>wall")
    (tmp_path / name).write_bytes(export(desk, name))
    assert checked(tmp_path / name) == 0
    assert b"\r\nX-Injected" not in export(desk, "a.warc")
    assert export(desk, "a.warc").startswith(b"WARC/1.1\r\n")


def test_the_same_archive_gives_the_same_file(desk: Desk) -> None:
    desk.save("/a")
    assert export(desk) == export(desk)


def test_filters_choose_stories_and_all_their_snapshots(desk: Desk) -> None:
    desk.save("/a", raw=b"1", language="en", title="One")
    desk.save("/a", raw=b"2", language="en", title="Two", at=NOW + DAY)
    desk.save("/b", raw=b"3", language="ar")
    desk.save("/wall", kind="wall", raw=b"<html>wall")

    def bodies(**wanted: Any) -> list[bytes]:
        return [record.raw for record in read(export(desk, **wanted)) if record.type == "response"]

    assert bodies(language="en") == [b"1", b"2"]
    assert bodies() == [b"1", b"3", b"<html>wall", b"2"]  # by time


def test_export_of_the_command_line(desk: Desk, run_cli: RunCli, tmp_path: Path) -> None:
    desk.save("/a")
    written = run_cli("export", "warc", "--out", "a.warc.gz")
    assert (written.returncode, written.stdout, written.stderr) == (0, "", "1 snapshot written\n")
    assert checked(tmp_path / "a.warc.gz") == 0
    command = f"{sys.executable} -m scraper export warc | head -c 4"
    piped = subprocess.run(command, shell=True, capture_output=True, cwd=tmp_path, env=cli_environment())
    assert piped.stdout[:2] == b"\x1f\x8b"
    refused = run_cli("export", "warc", "-o", "nowhere/a.warc")
    assert (refused.returncode, refused.stderr) == (
        1,
        "scraper: nowhere/a.warc: cannot be written: No such file or directory\n",
    )
