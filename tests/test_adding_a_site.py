"""The five steps of CONTRIBUTING.md, walked on a made-up site: the commands are those printed there."""

from __future__ import annotations

import http.server
import json
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
STEPS = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8").partition("five steps\n")[2]

PARAGRAPHS = (
    "The harbour office of Velmouth will close its night desk from May, after eleven years of service to fishermen.",
    "Ships that arrive after ten in the evening are to call the pilot station, which is staffed around the clock.",
    "The office said that four of five calls in the past winter had come before nine o'clock in the evening.",
    "A petition against the change was signed by six hundred people, most of them from the northern quays.",
)
RELATED = "Pilots ask for a second launch before the summer season begins"


def page(number: int) -> str:
    """An article page in a markup that no shipped selector file knows."""
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Night desk closes, part {number} | Velmouth Post</title>
<meta property="og:site_name" content="Velmouth Post"><meta property="og:title" content="Night desk closes, part {number}">
<meta property="og:type" content="article"><script type="application/ld+json">{{"@type": "NewsArticle",
"headline": "Night desk closes, part {number}", "datePublished": "2026-03-0{number}T08:15:00+01:00",
"author": {{"@type": "Person", "name": "Oda Ferrin"}}}}</script></head><body><nav><a href="/world">World</a></nav>
<h1 class="hed">Night desk closes, part {number}</h1><p class="byline">By <a rel="author" href="/staff/oda">Oda Ferrin</a></p>
<div class="story-text"><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>
<div><h4>More on this</h4><a href="/world/2026/pilots-ask-for-second-launch">{RELATED}</a></div>
<p>{PARAGRAPHS[2]}</p><p>{PARAGRAPHS[3]}</p></div>
<div class="topics"><a href="/t/harbour">Harbour</a></div><footer><p>Velmouth Post, the Old Quay, all rights reserved.</p></footer>
</body></html>"""


class Site(http.server.BaseHTTPRequestHandler):
    """robots.txt, a section page, three articles."""

    def do_GET(self) -> None:
        match = re.fullmatch(r"/world/2026/night-desk-closes-part-([123])", self.path)
        section = "".join(f'<li><a href="/world/2026/night-desk-closes-part-{n}">Part {n}</a></li>' for n in (1, 2, 3))
        pages = {"/robots.txt": "User-agent: *\nDisallow: /staff/\n", "/world/2026": f"<html><ul>{section}</ul></html>"}
        body = page(int(match[1])) if match else pages.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/plain" if self.path == "/robots.txt" else "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def commands() -> dict[int, list[str]]:
    """The commands of each step, as printed."""
    steps = re.split(r"^(\d)\. ", STEPS, flags=re.MULTILINE)[1:]
    numbered = zip(steps[::2], steps[1::2], strict=True)
    return {
        int(number): [
            line.strip()
            for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
            for line in block.strip().split("\n")
        ]
        for number, text in numbered
    }


def run(command: str, folder: Path, url: str) -> subprocess.CompletedProcess[str]:
    """Run a printed command in a folder of ours, with URL and KEY filled in and this interpreter."""
    words = shlex.split(command.replace("URL", url).replace("KEY", "127.0.0.1"))
    assert words[0] == ".venv/bin/scraper"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    words = [sys.executable, "-m", "scraper", *words[1:]]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def test_the_five_steps_add_a_site(tmp_path: Path, site: str) -> None:
    printed = commands()
    assert list(printed) == [1, 2, 3, 4, 5]
    article = f"{site}/world/2026/night-desk-closes-part-1"

    # 1. A selector file and a fixture are begun.
    begun = run(printed[1][0], tmp_path, article)
    assert begun.returncode == 0, begun.stderr
    file = tmp_path / "selectors" / "127.0.0.1.toml"
    expected = tmp_path / "tests" / "fixtures" / "pages" / "127.0.0.1" / "night-desk-closes-part-1" / "expected.json"
    first = file.read_text("utf-8")
    assert 'name     = "Velmouth Post"' in first
    assert 'body     = "div.story-text"' in first

    # 2. The file is finished by hand: the related block is known only by its heading.
    lines = [line.removeprefix("# ") if "related = {" in line else line for line in first.split("\n")]
    lines = [line.partition("   # ?")[0].partition("     # ?")[0] for line in lines]
    finished = (
        "\n".join(lines)
        .replace('"Related"', '"More on this"')
        .replace("drop     = []", 'drop     = [{ heading = "More on this" }]')
    )
    file.write_text(finished, "utf-8")

    # 3. The expectation is corrected by eye: the draft has the related link in the body.
    record = json.loads(expected.read_text("utf-8"))
    assert record["body"] != list(PARAGRAPHS)
    record["body"] = list(PARAGRAPHS)
    record["related"] = [{"url": f"{site}/world/2026/pilots-ask-for-second-launch", "text": RELATED, "kind": "related"}]
    expected.write_text(json.dumps(record), "utf-8")

    # 4. The file is checked; a checkout would find its own `selectors/`, this folder names it.
    checked = run(f"{printed[4][0]} --selectors selectors", tmp_path, article)
    assert (checked.returncode, checked.stdout) == (0, "127.0.0.1: 1 page as expected\n"), checked.stdout

    # 5. A few articles are crawled.  KEY stands for the host at its usual port; this one has another.
    crawl = next(command for command in printed[5] if "crawl" in command)
    crawled = run(f"{crawl.replace('KEY', site)} --selectors selectors --delay 0", tmp_path, article)
    assert crawled.returncode == 0, crawled.stderr
    assert "0 known, 3 new" in crawled.stderr


def test_an_expectation_that_is_not_met_fails_the_check(tmp_path: Path, site: str) -> None:
    article = f"{site}/world/2026/night-desk-closes-part-2"
    run(commands()[1][0], tmp_path, article)
    expected = next(tmp_path.glob("tests/fixtures/pages/*/*/expected.json"))
    expected.write_text(json.dumps({**json.loads(expected.read_text("utf-8")), "title": "Another title"}), "utf-8")
    checked = run(f"{commands()[4][0]} --selectors selectors", tmp_path, article)
    assert checked.returncode == 1
    assert 'title: expected "Another title", got "Night desk closes, part 2"' in checked.stdout
