"""Pages are stored against earlier ones of their site, read back byte for byte, and repacked."""

from __future__ import annotations

import random
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import RunCli, Served
from desk import DAY, NOW, Desk

from scraper.archive import Archive
from scraper.archive.bodies import DEEPEST, REFERENCE_AGE
from scraper.archive.check import check
from scraper.archive.repacking import repack
from scraper.blobs import Base, Packer, pack, unpack
from scraper.errors import ArchiveError

ROOM = ["--delay", "0", "--concurrency", "8"]


@pytest.fixture
def desk(archive: Archive) -> Desk:
    return Desk(archive)


def page(number: int, layout: int = 0) -> bytes:
    """A page whose markup is its layout's and whose text is its own."""
    chance = random.Random(layout)
    markup = "".join(f'<div class="box-{chance.randrange(10**9)}">{chance.random()}</div>' for _ in range(400))
    chance = random.Random(number + 1000)
    words = " ".join(f"{chance.randrange(10**6):x}" for _ in range(300))
    return f"<html><body>{markup}<article><h1>Story {number}</h1><p>{words}</p></article>".encode()


def keep(desk: Desk, path: str, raw: bytes, at: timedelta = timedelta()) -> None:
    """Store a page as a crawl does: against the base that the archive chooses."""
    entry = (
        desk.advertise(path) if not desk.count("pages", "url = ?", f"https://news.example{path}") else desk.entry(path)
    )
    bodies = desk.archive.bodies
    base_id = bodies.base_for(desk.site_id, entry.id, NOW + at)
    blob = Packer().pack(raw, Base(base_id, bodies.base(base_id)) if base_id else None)
    desk.save(path, raw=raw, at=NOW + at, blob=blob, title=path, body=f"Body {len(raw)}.")


def bases(desk: Desk) -> dict[int, int | None]:
    return {row["id"]: row["base_id"] for row in desk.archive.rows("select id, base_id from blobs order by id")}


def depth(known: dict[int, int | None], blob: int) -> int:
    base = known[blob]
    return 0 if base is None else 1 + depth(known, base)


def test_a_body_comes_back_from_its_base_and_from_no_other() -> None:
    blob = Packer().pack(page(1), Base(7, page(0)))
    assert blob.base_id == 7
    assert len(blob.data) < 0.4 * len(pack(page(1)).data)
    assert unpack(blob.codec, blob.data, blob.size, page(0)) == page(1)
    for wrong in (None, b""):
        with pytest.raises(ArchiveError):
            unpack(blob.codec, blob.data, blob.size, wrong)


def test_a_base_that_is_not_at_hand_is_asked_for() -> None:
    packer = Packer(keep=1)
    packer.pack(page(1), Base(1, page(0)))
    assert packer.pack(page(2), Base(1, b"")).data == Packer().pack(page(2), Base(1, page(0))).data
    packer.pack(page(1), Base(2, page(1)))
    with pytest.raises(ValueError, match="without its bytes"):
        packer.pack(page(2), Base(1, b""))


def test_the_first_page_of_a_site_serves_the_next_ones_until_it_is_old(desk: Desk) -> None:
    for number in range(4):
        keep(desk, f"/{number}", page(number))
    late = REFERENCE_AGE + DAY
    keep(desk, "/4", page(4, layout=1), late)
    keep(desk, "/5", page(5, layout=1), late + DAY)
    keep(desk, "/6", page(6, layout=2), 2 * late + DAY)
    keep(desk, "/7", page(7, layout=2), 2 * late + DAY)
    assert bases(desk) == {1: None, 2: 1, 3: 1, 4: 1, 5: 1, 6: 5, 7: 1, 8: 7}
    for number in range(8):
        assert desk.archive.raw(number + 1) == page(number, layout=(number > 3) + (number > 5))


def test_versions_of_a_page_stand_on_each_other_but_not_for_ever(desk: Desk) -> None:
    keep(desk, "/other", page(0))
    for version in range(6):
        keep(desk, "/a", page(1) + f"<p>Version {version}".encode(), DAY * version)
    known = bases(desk)
    assert max(depth(known, blob) for blob in known) == DEEPEST
    sizes = [row["n"] for row in desk.archive.rows("select length(data) as n from blobs order by id")]
    assert max(sizes[2:]) < 0.2 * sizes[1]
    for number in range(6):
        assert desk.archive.raw(number + 2).endswith(f"Version {number}".encode())


def test_walls_and_small_pages_serve_none(desk: Desk) -> None:
    desk.save("/wall", raw=page(0), kind="wall")
    desk.save("/small", raw=b"<html>small")
    keep(desk, "/1", page(1))
    keep(desk, "/2", page(2))
    assert bases(desk) == {1: None, 2: None, 3: None, 4: 3}


def test_a_base_cannot_be_deleted_while_a_body_needs_it(desk: Desk) -> None:
    keep(desk, "/1", page(1))
    keep(desk, "/2", page(2))
    with pytest.raises(sqlite3.IntegrityError):
        desk.archive.database.execute("delete from blobs where id = 1")


def test_a_check_keeps_what_others_stand_on(desk: Desk) -> None:
    keep(desk, "/1", page(1))
    keep(desk, "/2", page(2))
    keep(desk, "/3", page(3))
    connection = sqlite3.connect(desk.archive.path, isolation_level=None)
    for table in ("links", "revisions", "articles"):
        connection.execute(f"delete from {table} where {'article_id' if table != 'articles' else 'id'} in (1, 3)")
    connection.execute("update visits set snapshot_id = null where snapshot_id in (1, 3)")
    connection.execute("delete from snapshots where id in (1, 3)")
    connection.execute("update pages set article_id = null, state = 'pending' where id in (1, 3)")
    connection.close()
    check(desk.archive, repair=True)
    assert bases(desk) == {1: None, 2: 1}
    assert check(desk.archive).findings == []


def test_a_repack_makes_it_smaller_changes_no_byte_and_is_done_once(desk: Desk) -> None:
    for number in range(30):
        desk.save(
            f"/{number}", raw=page(number, layout=number // 15), at=NOW + DAY * (number // 15) * 60, title=f"{number}"
        )
    desk.save("/3", raw=page(3) + b"<p>More", at=NOW + DAY, title="3", body="More.")
    before = {n + 1: desk.archive.raw(n + 1) for n in range(31)}
    seen: list[int] = []
    done = repack(desk.archive, desk.site_id, threads=2, watch=seen.append)
    assert (done.blobs, seen[-1]) == (31, 31)
    assert done.after < 0.4 * done.before
    assert desk.count("blobs", "level = 19") == 31
    known = bases(desk)
    assert [blob for blob, base in known.items() if base in (None, 1)] == [*range(1, 17)]
    assert {known[blob] for blob in range(17, 31)} == {16}
    assert known[31] == 4, "an earlier version of the page goes before all others"
    assert max(depth(known, blob) for blob in known) <= DEEPEST
    with Archive.open(desk.archive.path, readonly=True) as archive:
        assert {number: archive.raw(number) for number in before} == before
    assert check(desk.archive).findings == []
    assert repack(desk.archive, desk.site_id, threads=2).blobs == 0


def test_a_repack_finds_each_page_its_layout_whatever_the_order(desk: Desk) -> None:
    layouts = [number % 3 for number in range(24)]
    for number, layout in enumerate(layouts):
        keep(desk, f"/{number}", page(number, layout), at=DAY * 100 * (number % 7))
    repack(desk.archive, desk.site_id, threads=2)
    known = bases(desk)
    assert all(base is None or layouts[base - 1] == layouts[blob - 1] for blob, base in known.items() if blob > 3)
    assert max(depth(known, blob) for blob in known) <= DEEPEST
    assert [desk.archive.raw(number + 1) for number in range(24)] == [
        page(n, layout) for n, layout in enumerate(layouts)
    ]
    assert repack(desk.archive, desk.site_id, threads=2).blobs == 0
    for number in range(24, 27):
        keep(desk, f"/{number}", page(number, number % 3))
    assert repack(desk.archive, desk.site_id, threads=1).blobs == 3
    known = bases(desk)
    assert [(known[blob] - 1) % 3 for blob in range(25, 28)] == [0, 1, 2], "an earlier repack's references serve on"


def test_a_repack_puts_no_base_deeper(desk: Desk) -> None:
    for number in range(12):
        keep(desk, f"/{number}", page(number, number % 2), at=DAY * 40 * number)
        keep(desk, f"/{number}", page(number, number % 2) + b"<p>2", at=DAY * (40 * number + 1))
        keep(desk, f"/{number}", page(number, number % 2) + b"<p>3", at=DAY * (40 * number + 2))
    repack(desk.archive, desk.site_id, threads=1)
    known = bases(desk)
    assert max(depth(known, blob) for blob in known) <= DEEPEST
    sizes = {row["id"]: row["n"] for row in desk.archive.rows("select id, length(data) as n from blobs")}
    assert all(sizes[blob] < 400 for blob in known if blob % 3 != 1), "versions"
    assert check(desk.archive).findings == []


def test_a_repack_that_is_stopped_goes_on_where_it_was(desk: Desk) -> None:
    for number in range(100):
        desk.save(f"/{number}", raw=page(number), title=f"{number}")

    class Stopped(Exception):
        pass

    def stop(count: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        repack(desk.archive, desk.site_id, threads=1, watch=stop)
    first = desk.count("blobs", "level = 19")
    assert 0 < first < 100
    assert repack(desk.archive, desk.site_id, threads=1).blobs == 100 - first
    assert [desk.archive.raw(number + 1) for number in range(100)] == [page(number) for number in range(100)]


def test_a_repack_does_not_paint_over_damage(desk: Desk) -> None:
    desk.save("/1", raw=page(1))
    desk.archive.database.execute("update blobs set hash = 'ff'")
    with pytest.raises(ArchiveError, match="not what its hash says"):
        repack(desk.archive, desk.site_id, threads=1)


def test_a_crawl_stores_its_pages_so_and_the_command_repacks_them(
    newsroom: Served, run_cli: RunCli, tmp_path: Path
) -> None:
    run_cli("crawl", newsroom.base, *ROOM)
    with Archive.open(tmp_path / "archive.db") as archive:
        bodies = {row["id"]: archive.raw(row["id"]) for row in archive.rows("select id from snapshots")}
        assert next(archive.rows("select count(*) as n from blobs where base_id is not null"))["n"] > 5
    result = run_cli("repack", "--shrink")
    assert " kB to " in result.stderr
    assert result.returncode == 0, result.stderr
    assert "bodies" in result.stderr
    assert run_cli("repack", "--json").stdout.count('"blobs": 0') == 1
    assert run_cli("repack", "--site", "nosuch.example").returncode == 2
    with Archive.open(tmp_path / "archive.db") as archive:
        assert {row["id"]: archive.raw(row["id"]) for row in archive.rows("select id from snapshots")} == bodies
        assert check(archive).is_whole


def test_a_circle_of_bases_is_damage_and_does_not_go_round_for_ever(archive: Archive) -> None:
    archive.database.execute("pragma foreign_keys = off")
    archive.database.execute(
        "insert into blobs (id, hash, size, codec, data, base_id) values (1, 'a', 1, 'zstd', x'', 2), (2, 'b', 1, 'zstd', x'', 1)"
    )
    with pytest.raises(ArchiveError, match="no earlier one"):
        archive.bodies.chain(2)
