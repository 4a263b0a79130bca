"""What the documents promise: queries run, tables and commands are described, links lead somewhere.

``python -m tests.test_docs`` writes docs/commands.md anew from the program's own help.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from scraper import Archive, crawl, sites, workers
from scraper.cli import NOT_READ, app
from scraper.discover import MAX_DEPTH, sitemaps
from scraper.errors import ArchiveBusy, ScraperError, UsageError
from scraper.fetch import client
from scraper.newsroom import SELECTORS, Newsroom
from scraper.newsroom.server import serve
from scraper.report import Report, SiteReport
from scraper.run import Network
from scraper.sites import Sites

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
COMMANDS = ROOT / "docs" / "commands.md"
PAGES = [README, *sorted(ROOT.glob("C*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def read(path: Path) -> str:
    return path.read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def sections(text: str) -> dict[str, str]:
    """The text under each ``## heading``."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip((name.strip("` ") for name in parts[1::2]), parts[2::2], strict=True))


def rows(text: str) -> list[tuple[str, ...]]:
    """The rows of the markdown tables in a text, without their headers' rules; code marks are taken off."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not re.match(r"\|[\s:|-]+$", line)]
    return [tuple(cell.strip().strip("`") for cell in line.strip("|").split("|")) for line in lines]


# -- the archive


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with serve(Newsroom(articles=30), port=0) as base:
        yield base


@pytest.fixture(scope="module")
def archive(base: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive of the whole newsroom."""
    with Archive.open(tmp_path_factory.mktemp("docs") / "archive.db") as archive:
        crawl([base], archive, sites=Sites.load(SELECTORS))
        yield archive


QUERIES = blocks(read(README), "sql")


def test_the_readme_answers_five_questions() -> None:
    assert len(QUERIES) >= 5


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_query_of_the_readme_is_one_line_that_finds_rows(archive: Archive, query: str) -> None:
    assert len(query.splitlines()) == 1
    assert query.strip().endswith(";")
    # sqlite3 refuses more than one statement at a time.
    assert list(archive.rows(query))


@pytest.mark.parametrize("query", blocks(read(ROOT / "docs" / "archive.md"), "sql"))
def test_query_of_the_archive_page_runs(archive: Archive, query: str) -> None:
    list(archive.rows(query))


def test_every_table_view_and_column_is_described(archive: Archive) -> None:
    objects = archive.rows(
        "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite!_%' escape '!'"
    )
    names = [row["name"] for row in objects if not row["name"].startswith("articles_fts_")]
    real = {name: [row["name"] for row in archive.rows(f"pragma table_info({name})")] for name in names}
    described = {
        name: [row[0] for row in rows(text)[1:]]
        for name, text in sections(read(ROOT / "docs" / "archive.md")).items()
        if ("column", "what") in rows(text)
    }
    assert described == real


def test_the_diagram_has_every_reference(archive: Archive) -> None:
    [diagram] = blocks(read(ROOT / "docs" / "archive.md"), "mermaid")
    drawn = re.findall(r"^    (\w+) (\|[|o])--o\{ (\w+) : (\w+)$", diagram, re.MULTILINE)
    assert len(drawn) == len(diagram.strip().splitlines()) - 1
    real = set()
    for table in archive.rows("select name from sqlite_master where type = 'table'"):
        required = {row["name"]: row["notnull"] for row in archive.rows(f"pragma table_info({table['name']})")}
        for key in archive.rows(f"pragma foreign_key_list({table['name']})"):
            real.add((key["table"], "||" if required[key["from"]] else "|o", table["name"], key["from"]))
    assert set(drawn) == real


def test_every_state_and_reason_is_described() -> None:
    import scraper.records

    text = sections(read(ROOT / "docs" / "archive.md"))["States and reasons"]
    named = {row[0] for row in rows(text)}
    assert set(scraper.records.State.__args__) <= named
    source = "".join(read(path) for path in (ROOT / "scraper").rglob("*.py"))
    reasons = set(re.findall(r'^    reason = "(\w+)"', source, re.MULTILINE)) | set(
        re.findall(r'reason="(\w+)"', source)
    )
    assert {"error", "robots", "gone", "redirect"} <= reasons <= named


# -- commands


def walk(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every command and sub-command with its words."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from walk(below, (*path, name))


TREE = dict(walk(get_command(app)))


def help_of(path: tuple[str, ...]) -> str:
    """The help of a command, 100 columns wide, as a plain terminal shows it."""
    width = {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1", "SCRAPER_DB": None}
    result = CliRunner().invoke(app, [*path, "--help"], prog_name="scraper", env=width)
    assert result.exit_code == 0, result.output
    return "".join(line.rstrip() + "\n" for line in result.output.strip().splitlines())


def commands_page() -> str:
    """docs/commands.md as it ought to be."""
    head = (
        "# Commands\n\nEvery command as `--help` prints it. `python -m tests.test_docs` writes this page anew; "
        "a test compares it with the program.\n"
    )
    return head + "".join(f"\n## {' '.join(('scraper', *path))}\n\n```text\n{help_of(path)}```\n" for path in TREE)


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_command_has_help_and_its_section(path: tuple[str, ...]) -> None:
    text = help_of(path)
    assert getattr(TREE[path], "help", None)
    if not hasattr(TREE[path], "commands"):
        assert re.search(rf"^  Examples?.*:\n(?:.*\n)*?.*scraper {' '.join(path)}\b", text, re.MULTILINE), (
            "no example in it"
        )
        undescribed = re.findall(r"^  (-\S+(?:, --\S+)?(?: \S+)?)$", text, re.MULTILINE)
        assert not [option for option in undescribed if len(option) < 20], "an option without help"
    found = blocks(sections(read(COMMANDS)).get(" ".join(("scraper", *path)), ""), "text")
    assert found == [text], "docs/commands.md is not up to date: `python -m tests.test_docs` writes it anew"


def test_commands_page_has_no_other_section() -> None:
    assert set(sections(read(COMMANDS))) == {" ".join(("scraper", *path)) for path in TREE}


def test_commands_of_the_readme() -> None:
    named = {row[0].split()[0] for row in rows(sections(read(README))["Commands"])[1:]}
    assert named == {path[0] for path in TREE if path}


def test_exit_codes_of_the_readme() -> None:
    told = " ".join(help_of(()).split())
    codes = re.search(r"Exit codes: (.*?)\. ", told)
    assert codes is not None
    wanted = [tuple(part.split(" ", 1)) for part in codes[1].split("; ")]
    assert rows(sections(read(README))["Exit codes"])[1:] == wanted
    by_number = {int(number) for number, _ in wanted}
    reports = [Report(1, []), Report(1, [SiteReport("a", needs="b")]), Report(1, [], outcome="interrupted")]
    errors = {error.exit_code for error in (ScraperError, UsageError, ArchiveBusy)}
    assert {report.exit_code for report in reports} | errors | {NOT_READ} == by_number


# -- the rest


def test_demo_of_the_readme(tmp_path: Path) -> None:
    """A day later the demo ends with the line that the README prints."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    for day, line in (("0", "0 known, 60 new"), ("1", "58 known, 6 new, 2 changed, 56 unchanged, 1 moved, 1 deleted")):
        result = CliRunner().invoke(app, ["demo", "--db", str(tmp_path / "a.db"), "--port", port, "--day", day])
        assert result.exit_code == 0, result.output
        assert f"\n{line} in " in result.output
        assert f"`{line}`" in read(README)


def test_limits_of_the_operating_page() -> None:
    values = dict(rows(sections(read(ROOT / "docs" / "operating.md"))["Limits"])[1:])
    mib = 1024 * 1024
    assert values == {
        "a page, after decompression": f"{client.MAX_BYTES // mib} MiB",
        "a sitemap or other listing, after decompression": f"{sitemaps.MAX_BYTES // mib} MiB",
        "robots.txt (what follows is not read)": f"{client.ROBOTS_MAX_BYTES // 1024} KiB",
        "redirects": f"{client.MAX_REDIRECTS}, robots.txt 5",
        "tries of a request": f"{client.TRIES}",
        "connecting, sending, or waiting for the next bytes": f"{client.PHASE_TIMEOUT:.0f} s",
        "one answer in all": f"{client.TOTAL_TIMEOUT:.0f} s",
        "Retry-After that is waited for": f"{client.MAX_RETRY_AFTER:.0f} s",
        "reading one page": f"{workers.TIME_LIMIT:.0f} s",
        "levels of sitemap indexes": f"{MAX_DEPTH}",
    }


def test_python_of_the_readme_runs(base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "".join(blocks(read(README), "python"))
    call = 'crawl(["news.example"], archive)'
    assert call in code
    quick = f'crawl(["{base}"], archive, max_pages=3, network=Network(delay=0))'
    monkeypatch.chdir(tmp_path)
    exec(compile(code.replace(call, quick), str(README), "exec"), {"Network": Network})
    with Archive.open(tmp_path / "archive.db", readonly=True) as made:
        assert next(made.rows("select count(*) as n from articles"))["n"]


def test_every_selector_file_key_is_described() -> None:
    text = read(ROOT / "docs" / "adding-a-site.md")
    described = {row[0] for row in rows(text)}
    structs = (sites._File, sites.Discover, sites.Pace, sites._LayoutTable, sites.Rule)
    assert [key for struct in structs for key in struct.__struct_fields__ if key not in described] == []


def test_selector_files_of_the_guide_are_valid(tmp_path: Path) -> None:
    for number, text in enumerate(blocks(read(ROOT / "docs" / "adding-a-site.md"), "toml")):
        file = tmp_path / f"{number}.toml"
        file.write_text(text, "utf-8")
        sites.load_file(file)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(
        r"\]\(([^)#\s]*)(#[^)\s]*)?\)", re.sub(r"^```.*?^```$", "", read(page), flags=re.MULTILINE | re.DOTALL)
    )
    missing = [link for link, _ in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_readme_is_short_and_leads_to_every_page() -> None:
    text = read(README)
    assert len(text.splitlines()) < 250
    assert [page.name for page in PAGES[1:] if f"]({page.relative_to(ROOT)})" not in text] == []


def test_examples_name_real_options() -> None:
    """Every ``scraper …`` line in a shell block uses commands and options that exist."""
    wrong = []
    for page in PAGES:
        for line in "".join(blocks(read(page), "sh")).splitlines():
            for call in re.findall(r"(?:^|[\s/;|])scraper ((?:[^|#;&>]|&(?!&))+)", line):
                words = call.split()
                path = tuple(words[:2]) if tuple(words[:2]) in TREE else tuple(words[:1])
                if path not in TREE:
                    wrong.append(f"{page.name}: scraper {call}")
                    continue
                known = help_of(path)
                wrong += [
                    f"{page.name}: {word}"
                    for word in words
                    if word.startswith("-") and word != "-" and word not in known
                ]
    assert wrong == []


if __name__ == "__main__":
    COMMANDS.write_text(commands_page(), "utf-8")
