"""Counts in words: one thing and several."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import RunCli
from importing import record

from scraper.imports.report import FileReport
from scraper.imports.report import Report as ImportReport
from scraper.reextract import Rereading
from scraper.report import Report, SiteReport
from scraper.wording import number_of


@pytest.mark.parametrize(("count", "said"), [(0, "0 pages, 0 bodies"), (1, "1 page, 1 body"), (2, "2 pages, 2 bodies")])
def test_what_is_counted_has_the_form_that_goes_with_its_number(count: int, said: str) -> None:
    assert f"{number_of(count, 'page')}, {number_of(count, 'body', 'bodies')}" == said


def test_a_summary_of_one_thing_says_so() -> None:
    assert "1 alias in" in Report(1, [SiteReport("a", aliases=1)]).summary()
    assert "2 aliases in" in Report(1, [SiteReport("a", aliases=2)]).summary()
    assert (
        ImportReport(1, [FileReport("a", captures=1, aliases=1)])
        .summary()
        .startswith("1 capture: 0 known, 0 new, 1 alias")
    )
    assert Rereading(read=1).summary().startswith("1 page read anew")


def test_commands_about_one_thing_say_so(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(record())
    said = [run_cli("import", "warc", "a.warc").stderr]
    said += [run_cli(*command.split()).stderr for command in ("export csv", "export warc -o b.warc", "check", "repack")]
    said += [
        run_cli("duplicates").stderr,
        run_cli("show", "1", "--history").stdout,
        run_cli("forget", "news.example").stderr,
    ]
    for words in (
        "1 capture:", "1 article written", "1 snapshot written", "whole: 1 page, 1 snapshot, 1 blob, 1 article, 1 revision, 1 body read",
        "1 body repacked", "1 article looked at", "stays (1 page)",
    ):  # fmt: skip
        assert words in "\n".join(said)
