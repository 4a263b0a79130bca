"""WARC files and saved pages into the archive: what is taken, what is counted, and what hostile files cost."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import subprocess
import sys
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard
from commands import one_line
from conftest import RunCli, Served, cli_environment
from importing import CAPTURED, NOW, gz, imported, record, refused, rows, several, story, zst

from scraper import crawl
from scraper.archive import Archive
from scraper.archive.warc import write_warc
from scraper.imports import Filters, import_warc
from scraper.imports.files import REASONS, Reason
from scraper.records import Window
from scraper.sites import Sites

# -- the round trip


READ = """select articles.url, kind, title, summary, published, published_raw, published_zone, modified, section, language, body, body_html,
 word_count, paywalled, provenance, warnings, first_seen_at, changed_at, snapshots.hash, fetched_at from articles
 join snapshots on snapshots.id = snapshot_id order by articles.url"""
KEPT = "select url, hash, size, status, headers, fetched_at, seen_at from snapshots order by url, fetched_at"
HISTORY = """select articles.url, revisions.read_at, revisions.hash, snapshots.hash as bytes from revisions
 join articles on articles.id = article_id join snapshots on snapshots.id = revisions.snapshot_id order by 1, 2"""


def test_what_is_exported_comes_back_with_the_same_bodies_bytes_and_times(
    newsroom: Served, room_sites: Sites, archive: Archive, tmp_path: Path
) -> None:
    for days in (0, 1, 2):
        newsroom.pass_time(days=days)
        crawl([newsroom.base], archive, sites=room_sites, revisit="all", network=newsroom.network())
    with (tmp_path / "room.warc.gz").open("wb") as file:
        assert write_warc(archive, file, now=NOW) > 24
    with Archive.open(tmp_path / "again.db") as again:
        report = import_warc([str(tmp_path / "room.warc.gz")], again, sites=room_sites)
        assert (report.exit_code, report.refused()) == (0, {})
        assert rows(again, READ) == rows(archive, READ)
        assert rows(again, KEPT) == rows(archive, KEPT)
        assert rows(again, HISTORY) == rows(archive, HISTORY)
        for (number,) in rows(again, "select id from snapshots"):
            assert again.raw(number)
        assert list(again.rows("pragma foreign_key_check")) == []


def test_a_second_import_adds_nothing(archive: Archive) -> None:
    data = gz(several())
    assert imported(archive, data).total("new") == 5
    before = [
        rows(archive, f"select * from {table}") for table in ("pages", "snapshots", "articles", "revisions", "visits")
    ]
    report = imported(archive, data)
    assert (report.total("known"), report.total("captures")) == (5, 5)
    assert before == [
        rows(archive, f"select * from {table}") for table in ("pages", "snapshots", "articles", "revisions", "visits")
    ]


def test_a_capture_keeps_its_time_and_the_name_of_its_file(archive: Archive) -> None:
    report = imported(archive, gz([record("https://www.news.example/a?utm_source=x")]), "CC-NEWS-1.warc.gz")
    assert report.summary().startswith("1 capture: 0 known, 1 new in ")
    [page] = archive.rows("select * from pages")
    assert (page["url"], page["key"], page["found_by"], page["found_in"], page["fetched_at"]) == (
        "https://www.news.example/a", "news.example/a", "import", "CC-NEWS-1.warc.gz", CAPTURED
    )  # fmt: skip
    assert archive.article(1)["published"] == "2024-11-06T10:00:00Z"
    [run] = archive.rows("select arguments, counts, outcome from crawls")
    assert json.loads(run["arguments"]) == {"import": "warc", "files": ["CC-NEWS-1.warc.gz"]}
    assert (json.loads(run["counts"])[0]["new"], run["outcome"]) == (1, "done")
    assert "/" not in json.loads(run["arguments"])["files"][0]


def test_several_sites_in_one_file_are_rows_each_and_a_selector_file_is_used_where_one_fits(
    archive: Archive, tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "one.example.toml").write_text("name = 'One'\n[[layout]]\ntitle = 'h1'\nbody = 'article'\n")
    (tmp_path / "a.warc").write_bytes(
        b"".join(record(f"https://{host}/a", story(host)) for host in ("one.example", "two.example"))
    )
    import_warc([str(tmp_path / "a.warc")], archive, sites=Sites.load(tmp_path / "rules"), now=NOW)
    assert rows(archive, "select key, name, active from sites order by key") == [
        ("one.example", "One", 0),
        ("two.example", "two.example", 0),
    ]
    sources = [
        archive.article(f"https://{host}/a")["provenance"]["body"]["source"] for host in ("one.example", "two.example")
    ]
    assert (sources[0], sources[1] != "site") == ("site", True)


# -- compression


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.warc", b"".join),
        ("a.warc.gz", gz),
        ("one-member.warc.gz", lambda records: gzip.compress(b"".join(records))),
        ("a.warc.zst", zst),
        ("dictionary.warc.zst", lambda records: zst(records, dictionary=True)),
        ("packed-dictionary.warc.zst", lambda records: zst(records, dictionary=True, packed=True)),
        ("misnamed.warc", gz),
    ],
)
def test_files_are_read_however_they_are_packed(archive: Archive, name: str, pack: Any) -> None:
    report = imported(archive, pack(several()), name)
    assert (report.total("new"), report.refused(), report.exit_code) == (5, {}, 0)


def chunked(body: bytes) -> bytes:
    return b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"


def deflate(body: bytes) -> bytes:
    return zlib.compress(body)


@pytest.mark.parametrize(
    ("headers", "pack"),
    [
        ({"Content-Encoding": "gzip"}, gzip.compress),
        ({"Content-Encoding": "br"}, brotli.compress),
        ({"Content-Encoding": "deflate"}, deflate),
        ({"Content-Encoding": "zstd"}, zstandard.compress),
        ({"Transfer-Encoding": "chunked"}, chunked),
        ({"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"}, lambda body: chunked(gzip.compress(body))),
        # As CC-NEWS has them: decoded already, whatever the headers say.
        ({"X-Crawl-Content-Encoding": "gzip", "X-Crawl-Transfer-Encoding": "chunked"}, bytes),
        ({"Transfer-Encoding": "chunked"}, bytes),
        ({"Content-Encoding": "gzip"}, bytes),
        ({"Content-Encoding": "br"}, bytes),
        ({"Content-Encoding": "gzip"}, lambda body: b"\xef\xbb\xbf" + body),
        ({"Content-Length": "3"}, bytes),
    ],
)
def test_bodies_are_decoded_as_far_as_their_headers_tell_the_truth(
    archive: Archive, headers: dict[str, str], pack: Any
) -> None:
    assert imported(archive, gz([record(body=pack(story()), headers=headers)])).total("new") == 1
    assert archive.raw(1).removeprefix(b"\xef\xbb\xbf") == story()


def test_a_page_kept_without_its_http_answer_is_taken(archive: Archive) -> None:
    assert imported(archive, gz([record(kind="resource")])).total("new") == 1
    assert archive.raw(1) == story()


# -- what is not stored


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (record(status="404 Not Found"), "status"),
        (record(status="301 Moved", headers={"Location": "/b"}), "status"),
        (record(headers={"Content-Type": "image/png"}), "type"),
        (record(headers={"Content-Type": ""}, body=b"%PDF-1.4"), "type"),
        (record(url=None), "address"),
        (record(url="dns:news.example"), "address"),
        (record(url="https://news.example/" + "a" * 9000), "address"),
        (record(date=None), "undated"),
        (record(date="yesterday"), "undated"),
        (record(date="2031-01-01T00:00:00Z"), "undated"),
        (record(date="0001-01-01T00:00:00+09:00"), "undated"),
        (record(body=b" \n"), "empty"),
        (record(WARC_Truncated="length"), "truncated"),
        (record(WARC_Segment_Number="1"), "truncated"),
        (record(body=chunked(story())[:-20], headers={"Transfer-Encoding": "chunked"}), "truncated"),
        (record(body=gzip.compress(story())[:-20], headers={"Content-Encoding": "gzip"}), "encoding"),
        (record(body=b"\x00\x01\x02", headers={"Content-Encoding": "br"}), "encoding"),
        (record().replace(b"two metres", b"ten metres"), "damaged"),  # its digest is of other bytes
        (record(body=b"<html><title>Just a moment...</title><p>Checking your browser."), "wall"),
        (record(body=b"<html><title>404 Not Found</title><h1>Page not found</h1>", url="https://news.example/x"), "error"),
        (record(url="https://news.example/", body=b"<html><h1>Home</h1>" + b'<a href="/x">x</a>' * 90), "section"),
        (record(body=b"<html><p>Two words."), "other"),
        (record(kind="revisit", body=b""), "revisit"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_story_is_counted_by_its_reason_and_not_stored(archive: Archive, made: bytes, reason: str) -> None:
    assert refused(archive, made) == {reason: 1}


def test_requests_and_metadata_are_no_captures(archive: Archive) -> None:
    assert refused(archive, record(kind="request"), record(kind="metadata"), record(kind="warcinfo")) == {}


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(Reason.__args__)  # type: ignore[attr-defined]


def test_filters_keep_to_sites_and_dates(archive: Archive) -> None:
    data = gz(
        [
            record("https://one.example/old", story("Old", "2024-01-05"), date="2024-11-07T09:30:00Z"),
            record("https://one.example/new", story("New", "2024-11-06"), date="2024-11-07T09:30:00Z"),
            record("https://one.example/before", story("Before", "2023-01-05"), date="2023-01-06T00:00:00Z"),
            record("https://two.example/new", story("Other", "2024-11-06"), date="2024-11-07T09:30:00Z"),
        ]
    )
    wanted = Filters(("one.example",), Window(datetime(2024, 11, 1, tzinfo=UTC), datetime(2024, 11, 30, tzinfo=UTC)))
    report = imported(archive, data, filters=wanted)
    assert (report.total("new"), report.refused()) == (1, {"outside": 3})
    assert rows(archive, "select title from articles") == [("New",)]


def test_an_import_that_takes_nothing_is_no_success(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(record(status="404 Not Found") + record("https://news.example/b", b""))
    line = one_line(run_cli("import", "warc", "a.warc", "--quiet"), 1)
    assert line == "scraper: nothing was imported: 1 answered other than 200, 1 empty"
    assert run_cli("import", "warc", "a.warc", "--quiet", "--site", "other.example").returncode == 0
    (tmp_path / "a.warc").write_bytes(record() + record(status="404 Not Found"))
    for _ in range(2):  # new, and known
        assert run_cli("import", "warc", "a.warc", "--quiet").returncode == 0


# -- revisits


def revisit(at: str, of: str | None = CAPTURED) -> bytes:
    named = {"WARC_Refers_To_Target_URI": "https://news.example/a", "WARC_Refers_To_Date": of} if of else {}
    return record(kind="revisit", date=at, body=b"", **named)


def test_a_revisit_says_that_a_page_was_still_the_same(archive: Archive) -> None:
    report = imported(archive, gz([record(), revisit("2024-11-09T00:00:00Z")]))
    assert (report.total("new"), report.total("unchanged"), report.refused()) == (1, 1, {})
    assert rows(archive, "select fetched_at, seen_at from snapshots") == [(CAPTURED, "2024-11-09T00:00:00Z")]
    assert imported(archive, gz([record(), revisit("2024-11-09T00:00:00Z")])).total("known") == 2


@pytest.mark.parametrize("write", [str.lower, str.upper])
@pytest.mark.parametrize("digits", [lambda hash: base64.b32encode(hash).decode(), bytes.hex])
def test_a_digest_is_known_however_it_is_written(
    archive: Archive, write: Callable[[str], str], digits: Callable[[bytes], str]
) -> None:
    digest = write("sha1:" + digits(hashlib.sha1(story()).digest()))
    made = [record(), record(kind="revisit", date="2024-11-10T00:00:00Z", body=b"", WARC_Payload_Digest=digest)]
    assert imported(archive, gz(made)).total("unchanged") == 1


def test_a_revisit_without_a_date_is_known_by_its_digest(archive: Archive) -> None:
    """As WARC 1.0 has it, from which Heritrix and wget write."""
    first, second = story(), story("River falls")
    digests = ["sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode() for body in (first, second, b"other")]
    made = [record(body=first, date="2024-11-07T00:00:00Z"), record(body=second, date="2024-11-08T00:00:00Z")]
    made += [
        record(kind="revisit", date=f"2024-11-1{number}T00:00:00Z", body=b"", WARC_Payload_Digest=digest)
        for number, digest in enumerate(digests)
    ]
    made.append(record("https://news.example/b", b"", kind="revisit", WARC_Payload_Digest=digests[0]))
    report = imported(archive, gz(made))
    assert report.refused() == {"revisit": 2}  # bytes that nobody has, and another page
    assert rows(archive, "select at, hash from visits join snapshots on snapshots.id = snapshot_id order by at") == [
        (at, hashlib.sha256(body).hexdigest())
        for at, body in (
            ("2024-11-07T00:00:00Z", first), ("2024-11-08T00:00:00Z", second),
            ("2024-11-10T00:00:00Z", first), ("2024-11-11T00:00:00Z", second),
        )
    ]  # fmt: skip
    assert imported(archive, gz(made)).total("known") == 4


# -- the command line


def test_import_of_the_command_line(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.warc.gz").write_bytes(gz([*several(3), record(status="404 Not Found")]))
    first = run_cli("import", "warc", "in")
    assert (first.returncode, first.stdout) == (0, "")
    lines = first.stderr.splitlines()
    assert lines[0].startswith("4 captures: 0 known, 3 new, 1 not stored in ")
    assert lines[1:] == ["         1  answered other than 200"]
    again = run_cli("import", "warc", "in/a.warc.gz", "--json")
    told = json.loads(again.stdout)
    assert (told["files"][0]["known"], told["files"][0]["refused"], told["exit_code"]) == (3, {"status": 1}, 0)
    assert run_cli("import", "warc", "in", "--quiet").stderr == ""


def test_a_pipe_can_be_imported(tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "a.warc").write_bytes(b"".join(several(3)))
    command = f"cat a.warc | {sys.executable} -m scraper import warc -"
    piped = subprocess.run(command, shell=True, capture_output=True, cwd=tmp_path, env=cli_environment())
    assert piped.returncode == 0, piped.stderr
    assert b" 3 new" in piped.stderr
    saved = run_cli("import", "html", "-", "--url", "https://news.example/z", input=story().decode())
    assert "1 new" in saved.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "warc", "nowhere.warc"), "nowhere.warc: no such file or folder"),
        (("import", "html", "nowhere.html"), "nowhere.html: no such file or folder"),
    ],
)
def test_bad_input_gets_one_line(run_cli: RunCli, arguments: tuple[str, ...], said: str) -> None:
    result = run_cli(*arguments)
    assert (result.returncode, result.stderr) == (2, f"scraper: {said}\n")


def test_damage_is_said_in_a_line(run_cli: RunCli, tmp_path: Path) -> None:
    data = bytearray(gz(several()))
    data[len(data) // 2 : len(data) // 2 + 40] = b"\x55" * 40
    (tmp_path / "a.warc.gz").write_bytes(data)
    (tmp_path / "b.warc.gz").write_bytes(b"no warc")
    result = run_cli("import", "warc", "a.warc.gz", "b.warc.gz", "-q")
    assert result.returncode == 1
    first, second = result.stderr.splitlines()
    assert first.startswith("scraper: a.warc.gz: damaged at byte ")
    assert second == "scraper: b.warc.gz: not a WARC file"
