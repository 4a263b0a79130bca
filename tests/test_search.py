"""Finding stories in the archive, and exporting them."""

from __future__ import annotations

import csv
import io
import json
import time

import msgspec
import pytest
from desk import DAY, HOME, NOW, Desk

from scraper.archive import export
from scraper.errors import ArchiveError, UsageError
from scraper.records import Related, iso

# -- search


@pytest.fixture
def library(desk: Desk) -> Desk:
    desk.save(
        "/a", title="Élection à Málaga", body="The water board met on Tuesday.", authors=("Oda Ferrin",), tags=("Mali",), section="World",
        language="en", published=NOW - 10 * DAY,
    )  # fmt: skip
    desk.save(
        "/b",
        title="Second",
        body="The board drank water. It's a peace talk.",
        authors=("Ilse Varga",),
        section="Sport",
        language="es",
        published=NOW,
    )
    desk.save("/c", title="Third", body="وصلت العاصفة إلى الساحل", language="ar", published=NOW - DAY)
    return desk


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("津波", ["/ja"]),
        ("津波注意報 東京", ["/ja"]),
        ('"津波注意報"', ["/ja"]),
        ("津波 Tsunami", ["/ja"]),
        ("津波 water", []),
        ("警告", []),
        ("津波*", ["/ja"]),
        ("津波 -沿岸", []),
        ("津波 -大雨", ["/ja"]),
        ("津波 -tsunami", []),
        ("津波 -bridge", ["/ja"]),
        ("covid対策", ["/ja"]),
        ("หน้า", ["/th"]),
        ("서울", ["/ko"]),
        ("서울 시장", ["/ko"]),
        ("board board water board", ["/a", "/b"]),
    ],
)
def test_words_are_found_in_scripts_that_put_no_space_between_them(library: Desk, query: str, paths: list[str]) -> None:
    library.save(
        "/ja",
        title="津波注意報を発表",
        body="気象庁は6日、東京の沿岸に津波注意報を発表した。Tsunami. COVID対策.",
        summary="短い説明",
    )
    library.save("/th", title="ไทย", body="น้ำท่วมหน้าศาลากลาง")
    library.save("/ko", title="서울시장이", body="시장은 서울에서 말했다.")
    hits = library.archive.search(query)
    assert sorted(hit.url.removeprefix(HOME) for hit in hits) == paths
    if paths == ["/ja"]:
        assert "[津波" in hits[0].snippet or "[Tsunami]" in hits[0].snippet or "[COVID" in hits[0].snippet


def test_too_many_words_are_told_in_a_line(library: Desk) -> None:
    with pytest.raises(UsageError, match="words"):
        library.archive.search(" ".join(chr(0x4E00 + number) for number in range(1200)))


def test_a_word_that_is_said_a_thousand_times_is_looked_for_once(library: Desk) -> None:
    started = time.process_time()
    assert len(library.archive.search("water " * 5000)) == 2
    assert time.process_time() - started < 5  # it took minutes


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("strasse", {1, 2}),
        ("STRASSE", {1, 2}),
        ("straße", {1, 2}),
        ("STRAẞE", {1, 2}),
        ("strass*", {1, 2}),
        ('"die lange strasse"', {1, 2}),
        ("strasse fluß", {1}),
        ("strasse nass", {2}),
        ("lange -fluss", {2}),
        ("lange -strasse", set()),
        ("-fluss", set()),
        ("lange NOT fluss", {2}),
        ("strasse NOT fluss", {2}),
        ("d'or strasse", set()),  # no expression of FTS5
        ("it's pressing", {3}),
        ("strasse OR it", {2, 3}),  # an expression is taken as it is written
        ("die + lange + strasse", {2}),
    ],
)
def test_a_word_is_found_with_the_sharp_s_and_with_ss(desk: Desk, query: str, found: set[int]) -> None:
    desk.save("/1", body="Die lange Straße am Fluss")
    desk.save("/2", body="DIE LANGE STRASSE, naß")
    desk.save("/3", body="It's pressing and it's so")
    assert {hit.id for hit in desk.archive.search(query)} == found


def test_a_hit_says_that_its_page_is_gone(library: Desk) -> None:
    library.archive.note_gone(library.entry("/a"), 404, NOW, NOW + DAY)
    [hit] = library.archive.search("Tuesday")
    assert hit.deleted_at == iso(NOW)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("water board", {1, 2}),
        ('"water board"', {1}),
        ("election malaga", {1}),
        ("ÉLECTION", {1}),
        ("wat*", {1, 2}),
        ("tuesday OR talk", {1, 2}),
        ("water NOT tuesday", {2}),
        ("it's", {2}),
        ("العاصفة", {3}),
        ("title:second", {2}),
        ("nothing", set()),
        ("water-board", {1}),
    ],
)
def test_search_finds_words_phrases_and_folded_accents(library: Desk, query: str, found: set[int]) -> None:
    assert {hit.id for hit in library.archive.search(query)} == found


@pytest.mark.parametrize(
    "query",
    [
        "'",
        '"',
        '"water',
        "water'",
        "(",
        "AND",
        "OR OR",
        "NOT",
        "*",
        "^",
        "a:b:c",
        "nocolumn:x",
        "-",
        "--",
        "{x}",
        "x^2",
        "NEAR(",
        "%",
        ";",
        "\\",
        ",",
        "\x00",
        "🙂",
        "a b c d +",
    ],
)
def test_no_query_is_an_accident(library: Desk, query: str) -> None:
    try:
        assert isinstance(library.archive.search(query), list)
    except UsageError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("query", ["", "   "])
def test_an_empty_query_is_said_to_be_one(library: Desk, query: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        library.archive.search(query)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"tag": "mali"}, {1}), ({"author": "ilse varga"}, {2}), ({"section": "sport"}, {2}), ({"language": "es"}, {2}), ({"site": "news.example"}, {1, 2}),
        ({"site": "other.example"}, set()), ({"since": iso(NOW - DAY)}, {2}), ({"until": iso(NOW - DAY)}, {1}), ({"tag": "mali", "language": "es"}, set()),
        ({"tag": "'; drop table articles; --"}, set()),
    ],
)  # fmt: skip
def test_search_is_narrowed_by_filters(library: Desk, filters: dict[str, str], found: set[int]) -> None:
    assert {hit.id for hit in library.archive.search("water", **filters)} == found


def test_a_hit_shows_the_words_and_newest_goes_first_if_asked(library: Desk) -> None:
    [hit] = library.archive.search('"water board"')
    assert "[water board]" in hit.snippet or "[water] [board]" in hit.snippet
    assert [hit.id for hit in library.archive.search("water", newest=True)] == [2, 1]
    assert len(library.archive.search("water", limit=1)) == 1


def test_search_knows_what_a_story_says_now(library: Desk) -> None:
    library.save("/a", title="Rewritten", body="Another text.", at=NOW + DAY)
    assert library.archive.search("tuesday") == []
    assert [hit.id for hit in library.archive.search("rewritten")] == [1]
    library.archive.database.execute("insert into articles_fts (articles_fts, rank) values ('integrity-check', 1)")


@pytest.mark.parametrize(
    "wanted", ["nowhere", "http://[", "99", "9" * 30, "\u00b2", "-1", "", "https://news.example/none"]
)
def test_a_story_that_is_not_there_is_named(library: Desk, wanted: str) -> None:
    with pytest.raises(ArchiveError, match="not in the archive"):
        library.archive.article(wanted)


@pytest.mark.parametrize(
    "wanted", ["1", 1, HOME + "/a", "http://www.news.example/a?utm_source=x#y", HOME + "/a/", "news.example/a"]
)
def test_a_story_is_found_by_id_and_any_spelling(library: Desk, wanted: str | int) -> None:
    assert library.archive.article(wanted)["id"] == 1


# -- export


def test_jsonl_has_every_story_oldest_first_with_lists(library: Desk) -> None:
    out = io.StringIO()
    assert export.write_jsonl(library.archive, out) == 3
    stories = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [story["id"] for story in stories] == [1, 3, 2]
    assert (stories[0]["authors"], stories[0]["tags"], stories[0]["related"], stories[0]["site"]) == (
        ["Oda Ferrin"],
        ["Mali"],
        [],
        "news.example",
    )
    assert stories[1]["body"] == "وصلت العاصفة إلى الساحل"
    assert "\\u" not in out.getvalue()


def test_a_line_of_jsonl_is_one_line_whatever_the_text(desk: Desk) -> None:
    desk.save("/a", body="One.\n\nTwo\u2028three\u0085four", title='"quoted"')
    out = io.StringIO()
    export.write_jsonl(desk.archive, out)
    assert out.getvalue().count("\n") == 1
    assert json.loads(out.getvalue())["body"] == "One.\n\nTwo\u2028three\u0085four"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1"])
def test_csv_cells_are_no_formulas(desk: Desk, text: str) -> None:
    desk.save("/a", title=text, authors=(text, "B"), summary="plain - text")
    out = io.StringIO(newline="")
    assert export.write_csv(desk.archive, out) == 1
    [row] = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    assert (row["title"], row["authors"], row["summary"]) == ("'" + text, f"'{text}; B", "plain - text")


def test_csv_keeps_lines_quotes_and_lists(desk: Desk) -> None:
    related = (Related(url=HOME + "/b", text='B "b"', kind="inline"),)
    desk.save("/a", body='One, "two".\n\nThree.', tags=("x", "y"), related=related, published=None)
    out = io.StringIO(newline="")
    export.write_csv(desk.archive, out)
    [row] = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    assert (row["body"], row["tags"], row["published"]) == ('One, "two".\n\nThree.', "x; y", "")
    assert json.loads(row["related"]) == [msgspec.to_builtins(related[0])]


@pytest.mark.parametrize("asked", ["no", "nb", "NB-no"])
def test_a_language_is_found_by_each_of_its_codes(desk: Desk, asked: str) -> None:
    desk.save("/no", title="Vann", body="vann", language="no")
    assert len(desk.archive.search("vann", language=asked)) == 1


def test_an_export_is_narrowed_by_filters(library: Desk) -> None:
    out = io.StringIO()
    assert export.write_jsonl(library.archive, out, language="es") == 1
    assert export.write_csv(library.archive, io.StringIO(), since=iso(NOW - DAY)) == 2
