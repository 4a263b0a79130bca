"""Damaged and hostile WARC files: what they cost."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import pytest
from importing import CAPTURED, NOW, SITES, gz, imported, record, refused, several, zst

from scraper.archive import Archive
from scraper.errors import ArchiveBusy, UsageError
from scraper.imports import import_warc
from scraper.imports.files import Rewindable


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


@pytest.mark.parametrize("left", [20, 60, 111])
@pytest.mark.parametrize("pack", [gz, b"".join, zst])
def test_a_file_that_ends_in_the_head_of_a_record_says_so(archive: Archive, pack: Any, left: int) -> None:
    records = several()
    report = imported(archive, pack(records)[: len(pack(records[:4])) + left])
    assert (report.total("new"), sum(report.refused().values())) == (4, 1)
    assert set(report.refused()) <= {"damaged", "truncated"}


def test_a_whole_file_is_not_said_to_be_cut_off(archive: Archive) -> None:
    about_warc = record(body=b"<article><h1>Formats</h1>" + b"<p>It begins with\nWARC/1.1 in its first line, as all of them do in such a file.</p>" * 9)  # fmt: skip
    for pack in (gz, b"".join, zst):
        assert "damaged" not in imported(archive, pack([*several(), about_warc])).refused()  # type: ignore[operator]


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


@pytest.mark.parametrize("pack", [gz, b"".join, zst])
def test_a_file_of_which_hardly_anything_is_left_is_a_failure(archive: Archive, pack: Any) -> None:
    report = imported(archive, pack(several())[:100])
    assert report.exit_code == 1
    assert report.files[0].failed is not None


@pytest.mark.parametrize("pack", [gz, b"".join, zst])
def test_a_file_that_is_cut_off_amid_a_body_is_said_to_be(archive: Archive, pack: Any) -> None:
    whole = pack(several())
    report = imported(archive, whole[: len(whole) - 150])
    assert any("cut off" in problem for problem in report.files[0].problems), report.files[0].problems


def test_an_empty_file_is_told(archive: Archive) -> None:
    report = imported(archive, b"", "a.warc.gz")
    assert (report.files[0].failed, report.exit_code) == ("a.warc.gz: an empty file", 1)


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
