"""What tests of the command line share."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from scraper.newsroom import SELECTORS

COMMANDS = [
    "crawl",
    "update",
    "forget",
    "extract",
    "search",
    "show",
    "why",
    "export",
    "check",
    "duplicates",
    "reextract",
    "repack",
    "import warc",
    "import html",
    "demo",
    "sites list",
    "sites show",
    "sites check",
    "sites new",
]
HEAVY = {
    "httpx",
    "fastwarc",
    "rensa",
    "selectolax",
    "trafilatura",
    "sqlite_utils",
    "rich",
    "feedparser",
    "msgspec",
    "lxml",
    "dateparser",
    "asyncio",
}
ROOM = ("--selectors", str(SELECTORS))


def one_line(result: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line that a failed command says."""
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rows(folder: Path, query: str) -> list[Any]:
    """What is in the archive of a test's folder."""
    connection = sqlite3.connect(folder / "archive.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
