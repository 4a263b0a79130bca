"""WARC files and saved pages into the archive: what is taken, what is counted, and what hostile files cost."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard
from conftest import RunCli, Served, cli_environment

from scraper import crawl
from scraper.archive import Archive
from scraper.archive.warc import write_warc
from scraper.errors import ArchiveBusy, UsageError
from scraper.imports import Filters, Report, import_html, import_warc
from scraper.imports.files import REASONS, Reason, Rewindable
from scraper.records import Window
from scraper.sites import Sites

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
CAPTURED = "2024-11-07T09:30:00Z"
SITES = Sites()


def story(title: str = "River rises", day: str = "2024-11-06") -> bytes:
    """A page that any extractor takes for a story."""
    text = f"The river at {title} rose by two metres, and the bridge was closed until the evening. " * 8
    return (
        f'<html lang="en"><title>{title}</title><meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="{day}T10:00:00Z"><h1>{title}</h1><article><p>{text}</p></article></html>'
    ).encode()


def record(
    url: str | None = "https://news.example/a", body: bytes | None = None, *, kind: str = "response", status: str = "200 OK",
    date: str | None = CAPTURED, headers: dict[str, str] | None = None, **warc: str,
) -> bytes:  # fmt: skip
    """One WARC record, not compressed."""
    sent = {"Content-Type": "text/html; charset=utf-8"} | (headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    http = b"" if kind == "resource" else f"HTTP/1.1 {status}\r\n{head}\r\n".encode()
    block = http + (story() if body is None else body)
    fields = {
        "WARC-Type": kind, "WARC-Record-ID": "<urn:uuid:00000000-0000-4000-8000-000000000000>", "WARC-Target-URI": url, "WARC-Date": date,
        "Content-Type": "text/html" if kind == "resource" else f"application/http; msgtype={kind}",
        "WARC-Block-Digest": "sha1:" + base64.b32encode(hashlib.sha1(block).digest()).decode(), "Content-Length": str(len(block)),
    }  # fmt: skip
    fields |= {name.replace("_", "-"): value for name, value in warc.items()}
    return (
        "\r\n".join(
            ["WARC/1.0", *(f"{name}: {value}" for name, value in fields.items() if value is not None), "\r\n"]
        ).encode()
        + block
        + b"\r\n\r\n"
    )


def several(count: int = 5) -> list[bytes]:
    return [record(f"https://news.example/{n}", story(f"Story {n}")) for n in range(count)]


def gz(records: Iterable[bytes]) -> bytes:
    return b"".join(gzip.compress(one, mtime=0) for one in records)


def imported(archive: Archive, data: bytes, name: str = "a.warc.gz", **options: Any) -> Report:
    path = archive.path.with_name(name)
    path.write_bytes(data)
    return import_warc([str(path)], archive, sites=SITES, now=NOW, **options)


def refused(archive: Archive, *records: bytes, **options: Any) -> dict[Reason, int]:
    """Why none of these records is stored."""
    report = imported(archive, b"".join(records), "a.warc", **options)
    assert report.total("new") == 0
    assert not list(archive.rows("select 1 from pages union all select 1 from snapshots union all select 1 from sites"))
    return report.refused()


def rows(archive: Archive, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in archive.rows(query)]


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
    assert report.summary().startswith("1 captures: 0 known, 1 new in ")
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


def zst(records: list[bytes], *, dictionary: bool = False, packed: bool = False) -> bytes:
    if not dictionary:
        return b"".join(zstandard.ZstdCompressor().compress(one) for one in records)
    trained = zstandard.train_dictionary(4096, [*records, *(os.urandom(200) for _ in range(40))] * 4)
    raw = trained.as_bytes()
    inside = zstandard.ZstdCompressor().compress(raw) if packed else raw
    compressor = zstandard.ZstdCompressor(dict_data=trained)
    return struct.pack("<II", 0x184D2A5D, len(inside)) + inside + b"".join(map(compressor.compress, records))


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
        ({"Content-Length": "3"}, bytes),
    ],
)
def test_bodies_are_decoded_as_far_as_their_headers_tell_the_truth(
    archive: Archive, headers: dict[str, str], pack: Any
) -> None:
    assert imported(archive, gz([record(body=pack(story()), headers=headers)])).total("new") == 1
    assert archive.raw(1) == story()


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


# -- revisits


def revisit(at: str, of: str | None = CAPTURED) -> bytes:
    named = {"WARC_Refers_To_Target_URI": "https://news.example/a", "WARC_Refers_To_Date": of} if of else {}
    return record(kind="revisit", date=at, body=b"", **named)


def test_a_revisit_says_that_a_page_was_still_the_same(archive: Archive) -> None:
    report = imported(archive, gz([record(), revisit("2024-11-09T00:00:00Z")]))
    assert (report.total("new"), report.total("unchanged"), report.refused()) == (1, 1, {})
    assert rows(archive, "select fetched_at, seen_at from snapshots") == [(CAPTURED, "2024-11-09T00:00:00Z")]
    assert imported(archive, gz([record(), revisit("2024-11-09T00:00:00Z")])).total("known") == 2


# -- damaged and hostile files


@pytest.mark.parametrize("offset", [0, 3, 60, 200])
@pytest.mark.parametrize("pack", [gz, zst, b"".join])
def test_a_damaged_stretch_costs_its_own_record_alone(archive: Archive, pack: Any, offset: int) -> None:
    records = several()
    data, place = bytearray(pack(records)), len(pack(records[:2])) + offset
    data[place : place + 40] = b"\x55" * 40
    report = imported(archive, bytes(data))
    assert (report.total("new"), report.exit_code) == (4, 0)
    assert report.refused()  # by what was hit: a header, the bytes, a mark of the compression


def test_behind_damage_a_dictionary_is_still_known(archive: Archive) -> None:
    data = bytearray(zst(several(), dictionary=True))
    third = [place for place in range(len(data)) if data[place : place + 4] == b"\x28\xb5\x2f\xfd"][2]
    data[third + 20 : third + 60] = b"\x55" * 40
    report = imported(archive, bytes(data))
    assert (report.total("new"), report.refused()) == (4, {"damaged": 1})


@pytest.mark.parametrize("pack", [gz, b"".join, zst])
def test_a_file_that_is_cut_off_gives_what_is_whole(archive: Archive, pack: Any) -> None:
    whole = pack(several())
    report = imported(archive, whole[: len(whole) - 150])
    assert report.total("new") == 4
    assert sum(report.refused().values()) == 1
    assert set(report.refused()) <= {"damaged", "truncated"}


def test_bytes_before_the_first_record_are_passed_over(archive: Archive) -> None:
    assert imported(archive, gz(several())[10:]).total("new") == 4
    assert imported(archive, b"noise\n" + b"".join(several()), "b.warc").total("known") == 4


@pytest.mark.parametrize(
    "data",
    [b"hello " * 1000, b"\x1f\x8b\x08" + b"a" * 1000, b"\x00" * 100_000, gzip.compress(b"text" * 99)],
    ids=range(4),
)
def test_a_file_that_is_no_warc_is_named_and_the_others_are_read(archive: Archive, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.warc").write_bytes(data)
    (tmp_path / "b.warc").write_bytes(record())
    report = import_warc([str(tmp_path / "a.warc"), str(tmp_path / "b.warc")], archive, sites=SITES, now=NOW)
    assert report.files[0].failed == "a.warc: not a WARC file"
    assert (report.files[1].new, report.exit_code) == (1, 1)


def lying(length: int | str, body: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>") -> bytes:
    head = f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Date: {CAPTURED}\r\nWARC-Target-URI: https://news.example/x\r\n"
    return f"{head}Content-Type: application/http\r\nContent-Length: {length}\r\n\r\n".encode() + body + b"\r\n\r\n"


@pytest.mark.parametrize("length", [-5, 0, 3, 200, 40_000_000, 10**15, 10**30, "many"])
@pytest.mark.parametrize("pack", [gz, b"".join, zst])
def test_a_length_that_lies_costs_no_memory_and_where_members_are_apart_no_other_record(
    archive: Archive, length: int | str, pack: Any
) -> None:
    report = imported(archive, pack([*several(2), lying(length), *several(4)[2:]]))
    # A file that is not compressed does not show where a record ends, but by its length.
    assert report.total("new") in ((2, 4) if pack == b"".join else (4,))


def test_a_body_that_would_unpack_to_gigabytes_is_too_large(archive: Archive) -> None:
    bomb = gzip.compress(b"<html>" + b"\0" * 50_000_000)
    assert refused(archive, record(body=bomb, headers={"Content-Encoding": "gzip"})) == {"too_large": 1}


def test_a_pipe_is_gone_back_in_only_a_little() -> None:
    pipe = Rewindable(io.BytesIO(bytes(range(200)) * 10), kept=100)  # type: ignore[arg-type]
    assert pipe.read(150) == bytes(range(150))
    assert pipe.seek(60) == 60
    assert pipe.read(10) == bytes(range(60, 70))
    assert pipe.read(500) == bytes(range(70, 150))
    for _ in range(5):
        pipe.read(100)
    assert pipe.tell() == 650
    assert pipe.seek(0) >= 450
    assert pipe.read(1) == bytes([pipe.tell() - 1 - (pipe.tell() - 1) // 200 * 200])


def test_a_busy_archive_is_said_to_be_so(archive: Archive) -> None:
    with Archive.open(archive.path) as other, other.lock(), pytest.raises(ArchiveBusy):
        imported(archive, gz(several(1)))


def test_paths_that_are_not_there_are_named_before_anything_is_read(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path, said in (("nowhere.warc", "no such file"), ("empty", r"has no file that ends in \.warc")):
        with pytest.raises(UsageError, match=said):
            import_warc([str(tmp_path / path)], archive, sites=SITES)


# -- saved pages


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
        (story(), {"url": 7}, "damaged"),
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
