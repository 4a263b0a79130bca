"""An article in several pages that is read anew, compared with what the archive had, imported: nothing of it is lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from several import BASE, NOW, RULES, STORY, Paper, story

from scraper.archive import Archive
from scraper.archive.check import check
from scraper.crawl import update
from scraper.imports import import_html
from scraper.reextract import reextract
from scraper.sites import Sites


@pytest.fixture
def paper(archive: Archive, tmp_path: Path) -> Paper:
    return Paper(archive, tmp_path)


def test_read_anew_it_is_the_same(paper: Paper) -> None:
    paper.crawl()
    before = paper.article()
    report = reextract(paper.archive, sites=paper.sites, jobs=1, again=True)
    assert (report.read, report.changed, report.unchanged) == (1, 0, 1)
    assert paper.article() == before
    (paper.folder / "news.example.toml").write_text(
        RULES.replace("body = 'article'", "body = 'article'\ndrop = ['p:first-child']")
    )
    report = reextract(paper.archive, sites=Sites.load(paper.folder), jobs=1)
    assert (report.changed, paper.numbers()) == (1, ["1", "2", "3"])
    assert len(paper.article()["body"].split("\n\n")) == 15


def without_later_pages(paper: Paper) -> None:
    """The archive as a program wrote it that knew of no later pages, of a site that says what did not change."""
    pages, paper.web.pages = paper.web.pages, {STORY: paper.web.pages[STORY]}
    paper.crawl()
    connection = paper.archive.database.conn
    connection.execute("delete from visits where page_id in (select id from pages where reason = 'part')")
    connection.execute("delete from pages where reason = 'part'")
    connection.execute("update pages set due_at = null, etag = ?", [f'"{hash(pages[STORY])}"'])
    connection.commit()
    paper.web.pages = pages


def test_an_article_whose_later_pages_nobody_looked_for_is_asked_for_whole(paper: Paper) -> None:
    without_later_pages(paper)
    later = paper.now = NOW + timedelta(days=30)
    reextract(paper.archive, sites=paper.sites, jobs=1, again=True, clock=lambda: later)
    assert paper.article()["warnings"] == ["body: page 2 of the article could not be had (not stored)"]
    update(paper.archive, only=["news.example"], sites=paper.sites, network=paper.network())
    assert (paper.numbers(), paper.article()["warnings"]) == (["1", "2", "3"], [])
    before = paper.why(STORY)["due_at"]
    reextract(paper.archive, sites=paper.sites, jobs=1, again=True, clock=lambda: later)
    assert paper.why(STORY)["due_at"] == before


def test_read_anew_it_keeps_the_reason_why_a_page_could_not_be_had(paper: Paper) -> None:
    del paper.web.pages[f"{STORY}?page=3"]
    paper.crawl()
    before, due = paper.article(), paper.why(STORY)["due_at"]
    reextract(paper.archive, sites=paper.sites, jobs=1, again=True)
    assert (paper.article(), paper.why(STORY)["due_at"]) == (before, due)


def test_a_look_that_failed_is_told_though_the_stored_page_stands_in(paper: Paper) -> None:
    paper.crawl()
    del paper.web.pages[f"{STORY}?page=2"]
    paper.now += timedelta(days=1)
    assert paper.crawl(refetch=True).total("unchanged") == 1
    assert paper.why(f"{STORY}?page=2")["detail"] == f"page 2 of {BASE}{STORY}: answered 404"
    reextract(paper.archive, sites=paper.sites, jobs=1, again=True)
    assert (paper.numbers(), paper.article()["warnings"]) == (["1", "2", "3"], [])


@pytest.mark.parametrize("later_first", [False, True])
@pytest.mark.parametrize("dry", [False, True])
def test_a_refused_page_that_reads_as_a_later_one_today_becomes_no_article(
    paper: Paper, *, later_first: bool, dry: bool
) -> None:
    pages = paper.web.pages
    if later_first:
        paper.web.pages = dict.fromkeys(pages, b"<html lang=en><title>Soon</title>")
        paper.crawl(*reversed(pages), STORY)
        paper.web.pages = pages
    paper.crawl(refetch=True)
    connection = paper.archive.database.conn
    connection.execute(
        "update pages set state = 'refused', reason = 'kind', detail = 'other', article_id = null where reason = 'part'"
    )
    connection.commit()
    report = reextract(paper.archive, sites=paper.sites, jobs=1, again=True, dry=dry)
    assert (report.new, report.changed, report.unchanged, report.none) == (0, 0, 1, 2)
    assert (paper.count("articles"), paper.numbers(), paper.article()["warnings"]) == (1, ["1", "2", "3"], [])
    later = paper.why(f"{STORY}?page=3")
    assert (later["reason"], later["article"] is None) == (("kind", True) if dry else ("part", False))
    if not dry:
        assert later["detail"] == f"page 3 of {BASE}{STORY}"
        again = reextract(paper.archive, sites=paper.sites, jobs=1, again=True)
        assert (again.read, again.unchanged) == (1, 1)
    assert check(paper.archive).findings == []


def test_refused_pages_that_all_read_as_stories_today_come_to_rest_in_one_run(paper: Paper) -> None:
    blind = RULES + "kind = { css = 'html', attr = 'class' }\n"
    (paper.folder / "news.example.toml").write_text(blind)
    rules, paper.sites = paper.sites, Sites.load(paper.folder)
    large = story(5, title="Another").replace(
        b"<article>", b"<article>" + b"<p>Words, <b>many</b> of them.</p>" * 60_000
    )
    pages = {"/a/large": large} | dict(reversed(paper.web.pages.items()))  # while that is read, all others are
    paper.web.pages = {path: found.replace(b"<html", b"<html class=section") for path, found in pages.items()}
    paper.crawl(*paper.web.pages)
    assert paper.count("articles") == 0
    reextract(paper.archive, sites=rules, jobs=2, again=True)
    said = list(paper.archive.rows("select url, body, warnings from articles order by id"))
    assert any(row["body"].startswith("1-") for row in said)
    again = reextract(paper.archive, sites=rules, jobs=1, again=True)
    assert (again.changed, again.new, again.none) == (0, 0, 0)
    assert list(paper.archive.rows("select url, body, warnings from articles order by id")) == said


def test_a_new_version_of_a_later_page_stands_on_the_one_before(paper: Paper) -> None:
    paper.web.pages[f"{STORY}?page=2"] += b"<!--" + bytes(range(32, 45)) * 3 + b"-->"
    paper.crawl()
    paper.web.pages[f"{STORY}?page=2"] = paper.web.pages[f"{STORY}?page=2"].replace(b"Monday", b"Friday")
    paper.now += timedelta(days=1)
    paper.crawl(refetch=True)
    first, second = sorted(paper.why(f"{STORY}?page=2")["snapshots"], key=lambda row: row["id"])
    query = "select blobs.id, base_id from snapshots join blobs on blobs.id = blob_id where snapshots.id = ?"
    [before], [after] = ([*paper.archive.rows(query, [each["id"]])] for each in (first, second))
    assert after["base_id"] == before["id"]


def test_a_stored_page_that_is_damaged_costs_itself(paper: Paper) -> None:
    paper.crawl()
    later = paper.why(f"{STORY}?page=2")["snapshots"][0]["id"]
    paper.archive.database.execute(
        "update blobs set data = x'00' where id = (select blob_id from snapshots where id = ?)", [later]
    )
    paper.archive.database.conn.commit()
    del paper.web.pages[f"{STORY}?page=2"]
    paper.now += timedelta(days=1)
    assert paper.crawl(refetch=True).total("changed") == 1
    assert paper.numbers() == ["1"]
    assert "damaged" in paper.article()["warnings"][0]


def test_an_imported_later_page_stays_one(paper: Paper, tmp_path: Path) -> None:
    paper.crawl()
    before = paper.article()
    (tmp_path / "2.html").write_bytes(paper.web.pages[f"{STORY}?page=2"].replace(b"Monday", b"Friday"))
    import_html(
        [str(tmp_path / "2.html")],
        paper.archive,
        url=f"{BASE}{STORY}?page=2",
        sites=paper.sites,
    )
    assert (paper.count("articles"), paper.count("snapshots"), paper.article()) == (1, 4, before)
    assert (paper.why(f"{STORY}?page=2")["state"], paper.why(f"{STORY}?page=2")["reason"]) == ("alias", "part")
    assert check(paper.archive).findings == []
