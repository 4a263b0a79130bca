"""Selector files: what is wrong in one is said in one line, and the right one is found for a host."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import RunCli

from scraper.errors import SelectorFileError, UsageError
from scraper.sites import DEFAULT_DELAY, Rule, Site, Sites, as_rules, load_file, shipped_folder, unknown_site

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a selector file into a folder of its own."""

    def write(text: str, name: str = "news.example.toml") -> Path:
        path = tmp_path / "selectors" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write


WRONG = {
    "unknown key": ("nmae = 'News'", "nmae", "unknown key"),
    "unknown key in discover": ("[discover]\nsitemap = ['/x']", "discover", "sitemap"),
    "unknown key in a layout": ("[[layout]]\ntitel = 'h1'", "layout", "titel"),
    "unknown key in a rule": ("[[layout]]\ntitle = { csss = 'h1' }", "layout", "csss"),
    "wrong type": ("hosts = 'news.example'", "hosts", "expected a list, found text"),
    "wrong type of a number": ("[pace]\ndelay = 'slow'", "pace.delay", "expected a number, found text"),
    "wrong type of a rule": ("[[layout]]\ntitle = 7", "layout", "a CSS selector, a rule table or a list of them, found a whole number"),
    "broken CSS": ("[[layout]]\nbody = 'div['", "layout[0].body", "CSS"),
    "broken CSS in the second layout": ("[[layout]]\nbody = 'p'\n[[layout]]\ntitle = ['h1', '>>']", "layout[1].title", ">>"),
    "broken CSS of a script": ("[[layout]]\nid = { script = '#', path = 'id' }", "layout[0].id", "CSS"),
    "broken CSS of the next page": ("[discover]\nnext = 'a['", "discover.next", "CSS"),
    "bad pattern": ("[discover]\narticles = ['^/(']", "discover.articles", "regular expression"),
    "bad skip pattern": ("[discover]\nskip = ['*']", "discover.skip", "regular expression"),
    "bad match": ("[[layout]]\nsource = { css = 'p', match = '(' }", "layout[0].source", "regular expression"),
    "bad text": ("[[layout]]\ndrop = { text = '[' }", "layout[0].drop", "regular expression"),
    "bad zone": ("timezone = 'Mars/Olympus'", "timezone", "Mars/Olympus"),
    "empty zone": ("timezone = ''", "timezone", "zone"),
    "bad zone of a date": ("[[layout]]\ndate = { css = 'p', timezone = 'CEST+2' }", "layout[0].date", "CEST+2"),
    "bad format of a date": ("[[layout]]\ndate = { css = 'p', format = '%Q' }", "layout[0].date", "strptime"),
    "format without a year": ("[[layout]]\ndate = { css = 'p', format = '%d.%m.' }", "layout[0].date", "year"),
    "no TOML": ("name = ", "", "TOML"),
    "a line that is no TOML": ("name = 'News'\nhosts = [x]", "", ": hosts = [x]"),
    "a year for a date": ("[[layout]]\nuntil = 2023", "layout[0].until", "expected a date (YYYY-MM-DD), found a whole number"),
    "a year as text for a date": ("[[layout]]\nuntil = '2023'", "layout[0].until", "expected a date (YYYY-MM-DD)"),
    "a time for a date": ("[[layout]]\nuntil = 2023-01-05T10:00:00", "layout[0].until", "expected a date (YYYY-MM-DD), found a time"),
    "a month for a date": ("[[layout]]\nuntil = 2023-01", "", "until = 2023-01 (a date is written YYYY-MM-DD)"),
    "one layout": ("[layout]\ntitle = 'h1'", "layout", "expected a list, found keys with values"),
    "no UTF-8": ("name = '\udcff'", "", "TOML"),
    "a rule with two places": ("[[layout]]\ntitle = { css = 'h1', meta = 'og:title' }", "layout[0].title", "not both"),
    "a rule with no place": ("[[layout]]\ntitle = { match = 'x' }", "layout[0].title", "needs one of"),
    "text outside drop": ("[[layout]]\ntitle = { text = 'x' }", "layout[0].title", "drop"),
    "script without path": ("[[layout]]\nid = { script = 'script' }", "layout[0].id", "path"),
    "path without script": ("[[layout]]\nid = { css = 'p', path = 'id' }", "layout[0].id", "script"),
    "attr without css": ("[[layout]]\nid = { meta = 'id', attr = 'x' }", "layout[0].id", "css"),
    "negative delay": ("[pace]\ndelay = -1.0", "pace.delay", "0"),
    "no concurrency": ("[pace]\nconcurrency = 0", "pace.concurrency", "1"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "key", "reason"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_named_with_key_and_reason_in_one_line(write: Write, text: str, key: str, reason: str) -> None:
    path = write("")
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SelectorFileError) as caught:
        load_file(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert key in message
    assert reason in message
    assert "\n" not in message
    assert caught.value.about == str(path)
    assert caught.value.key.startswith(key)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("delay", ["nan", "inf"])
def test_a_delay_that_is_no_number_of_seconds_is_refused(write: Write, delay: str) -> None:
    with pytest.raises(SelectorFileError, match=r"pace\.delay"):
        load_file(write(f"[pace]\ndelay = {delay}"))


@pytest.mark.parametrize("text", ["nmae = 'News'", "[[layout]]\nbody = 'div['", "name = "])
def test_the_command_line_says_the_same_and_exits_with_2(write: Write, run_cli: RunCli, text: str) -> None:
    path = write(text)
    result = run_cli("sites", "list", "--selectors", path.parent)
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert str(path) in result.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no rule in it, its pages are read as without a file, 0 of 0 pages wrong"),
        ("[discover]\nfeeds = ['/feed']\n[[layout]]\nuntil = 2023-01-31\ntitle = []", "no rule in it"),
        ("[[layout]]\ntitle = 'h1'", "valid, but no fixtures"),
    ],
)
def test_a_check_says_where_a_file_has_no_rule(write: Write, run_cli: RunCli, text: str, said: str) -> None:
    path = write(text)
    options = ("news.example", "--selectors", path.parent, "--fixtures", path.parent)
    result = run_cli("sites", "check", *options)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"news.example: {said}")
    [told] = json.loads(run_cli("sites", "check", *options, "--json").stdout)
    assert told["has_rules"] == ("h1" in text)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SelectorFileError, match="no such folder") as caught:
        Sites.load(tmp_path / "nowhere")
    assert str(tmp_path / "nowhere") in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SelectorFileError, match="cannot be read"):
        load_file(tmp_path / "news.example.toml")


def test_a_selector_file_error_is_a_usage_error() -> None:
    assert issubclass(SelectorFileError, UsageError)


def test_an_empty_file_is_a_site_of_its_name(write: Write) -> None:
    site = load_file(write(""))
    assert (site.key, site.name, site.hosts) == ("news.example", "news.example", ("news.example",))
    assert (site.language, site.timezone, site.layouts) == (None, "UTC", ())
    assert site.pace.delay == DEFAULT_DELAY
    assert site.pace.concurrency == 1
    assert len(site.rules_hash) == 64


def test_a_whole_file_is_read(write: Write) -> None:
    site = load_file(
        write(
            """
            name = "News"
            language = "en"
            timezone = "Africa/Cairo"
            hosts = ["News.example", "old.example"]
            [discover]
            articles = ['^/a/']
            skip = ['^/a/video']
            [pace]
            delay = 3
            [[layout]]
            until = 2020-01-31
            title = ["h1", { meta = "og:title" }]
            body = "div.text"
            drop = [{ heading = ["Related", "More"] }, { text = "^x$" }]
            related = { heading = "Related", css = "a" }
            """
        )
    )
    assert site.hosts == ("news.example", "old.example")
    assert site.pace.delay == 3.0
    layout = site.layouts[0]
    assert str(layout.until) == "2020-01-31"
    assert layout["title"] == (Rule(css="h1"), Rule(meta="og:title"))
    assert layout["body"] == (Rule(css="div.text"),)
    assert layout["drop"][0].headings == ("Related", "More")
    assert layout["summary"] == ()
    assert site.is_article_path("https://news.example/a/x") is True
    assert site.is_article_path("https://news.example/b/a/x") is False
    assert site.is_skipped("https://news.example/a/video/1")


def test_a_bare_string_is_short_for_css() -> None:
    assert as_rules("h1") == as_rules(["h1"]) == as_rules(Rule(css="h1")) == (Rule(css="h1"),)


@pytest.mark.parametrize(
    ("rule", "written"),
    [
        (Rule(css="h1"), "h1"),
        (Rule(meta="author"), '{ meta = "author" }'),
        (Rule(css="time", attr="datetime"), '{ css = "time", attr = "datetime" }'),
        (Rule(heading=["A", "B"]), '{ heading = ["A", "B"] }'),
    ],
)
def test_a_rule_prints_as_it_is_written(rule: Rule, written: str) -> None:
    assert str(rule) == written


def _site(key: str, *hosts: str) -> Site:
    return Site(key=key, name=key, hosts=hosts or (key,))


def test_the_longest_suffix_of_the_host_decides() -> None:
    sites = Sites([_site("news.example"), _site("sport.news.example"), _site("www.other.example")])
    assert sites.match("https://sport.news.example/x").key == "sport.news.example"
    assert sites.match("https://live.sport.news.example/x").key == "sport.news.example"
    assert sites.match("https://www.news.example:8443/x").key == "news.example"
    assert sites.match("NEWS.example").key == "news.example"
    assert sites.match("http://other.example/").key == "www.other.example"


def test_a_host_that_no_file_covers_is_a_site_by_itself() -> None:
    site = Sites([_site("news.example")]).match("https://www.else.example/x")
    assert site == unknown_site("else.example")
    assert (site.key, site.hosts, site.path) == ("else.example", ("else.example",), None)
    assert site.covers("http://www.else.example/y")
    assert site.is_article_path("http://else.example/y") is None


def test_a_later_folder_overrides_a_file_of_the_same_name(write: Write) -> None:
    shipped = Sites.load().get("english.almayadeen.net")
    assert shipped is not None
    path = write("name = 'Mine'", "english.almayadeen.net.toml")
    sites = Sites.load(path.parent)
    assert sites.match("https://english.almayadeen.net/news").name == "Mine"
    assert len(sites) == len(Sites.load())


def test_the_command_line_overrides_too(write: Write, run_cli: RunCli) -> None:
    path = write("name = 'Mine'", "english.almayadeen.net.toml")
    assert "Mine" in run_cli("sites", "show", "english.almayadeen.net", "--selectors", path.parent).stdout
    assert "Mine" not in run_cli("sites", "show", "english.almayadeen.net").stdout


def test_files_that_are_no_toml_are_left_alone(write: Write) -> None:
    path = write("not a selector file", "README.md")
    assert len(Sites.load(path.parent)) == len(Sites.load())


def test_the_shipped_files_load_and_say_where_articles_are() -> None:
    sites = list(Sites.load())
    assert len(sites) == len(list(shipped_folder().glob("*.toml"))) >= 3
    for site in sites:
        assert site.layouts, site.key
        assert site.discover.articles, site.key
        assert site.discover.sitemaps or site.discover.feeds or site.discover.sections, site.key
        assert site.pace.delay >= 1, site.key
        assert any(layout["body"] for layout in site.layouts), site.key
        assert any(layout["title"] for layout in site.layouts), site.key


def test_a_check_without_a_folder_of_fixtures_says_so_once(run_cli: RunCli, tmp_path: Path) -> None:
    result = run_cli("sites", "check", "english.almayadeen.net")
    assert (result.returncode, result.stdout) == (0, "english.almayadeen.net: valid\n")
    [line] = result.stderr.splitlines()
    assert "tests/fixtures/pages: no such folder" in line
    (tmp_path / "tests" / "fixtures" / "pages").mkdir(parents=True)
    there = run_cli("sites", "check", "english.almayadeen.net")
    assert (there.stdout, there.stderr) == ("english.almayadeen.net: valid, but no fixtures\n", "")
