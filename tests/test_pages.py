"""Every fixture page reads exactly as expected, by its site's selector file."""

from __future__ import annotations

from pathlib import Path

import pytest

from scraper import fixtures
from scraper.sites import Sites

PAGES = Path(__file__).parent / "fixtures" / "pages"
SITES = Sites.load()
ALL = fixtures.load(PAGES)


@pytest.mark.parametrize("fixture", ALL, ids=lambda fixture: fixture.name)
def test_page_reads_as_expected(fixture: fixtures.Fixture) -> None:
    site = SITES.match(fixture.url)
    assert site.path is not None, "no selector file for this page"
    assert list(fixtures.differences(fixture, site)) == []


def test_every_selector_file_has_fixtures() -> None:
    covered = {SITES.match(fixture.url).key for fixture in ALL}
    assert covered == {site.key for site in SITES}


def test_every_fixture_names_its_trap() -> None:
    assert [fixture.name for fixture in ALL if not fixture.trap] == []


def test_a_difference_is_told(tmp_path: Path) -> None:
    fixture = next(fixture for fixture in ALL if fixture.expected.get("tags"))
    wrong = {**fixture.expected, "title": "Another", "body": ["Another paragraph."]}
    changed = fixtures.Fixture(fixture.folder, fixture.url, wrong)
    lines = list(fixtures.differences(changed, SITES.match(fixture.url)))
    assert any(line.startswith('title: expected "Another"') for line in lines)
    assert any(line.startswith("body: lost") for line in lines)
    assert any(line.startswith("body: added") for line in lines)
