"""Pages with the records expected of them: what a selector file is checked against.

A fixture is a folder ``<fixtures>/<host>/<slug>/`` with ``page.html`` (bytes as fetched),
``meta.json`` (``url``, optionally ``content_type`` and ``trap``, a sentence on what it tests)
and ``expected.json`` (the fields of the record that must be exactly so; ``body`` may be a list
of paragraphs).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from scraper.errors import UsageError
from scraper.extract import extract
from scraper.records import Article, to_json
from scraper.sites import Site


class Fixture(msgspec.Struct, frozen=True):
    """One page and what is expected of it."""

    folder: Path
    url: str
    expected: dict[str, Any]
    content_type: str | None = None
    trap: str = ""

    @property
    def name(self) -> str:
        """``host/slug``."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    def page(self) -> bytes:
        """The page's bytes."""
        return (self.folder / "page.html").read_bytes()


def load(folder: Path) -> list[Fixture]:
    """All fixtures below a folder, in the order of their names; raises UsageError for a broken one."""
    return [_load_one(meta.parent) for meta in sorted(folder.glob("*/*/meta.json"))]


def _load_one(folder: Path) -> Fixture:
    try:
        meta = json.loads((folder / "meta.json").read_text("utf-8"))
        expected = json.loads((folder / "expected.json").read_text("utf-8"))
        return Fixture(folder, meta["url"], expected, meta.get("content_type"), meta.get("trap", ""))
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"not a fixture ({error})", about=str(folder)) from error


def differences(fixture: Fixture, site: Site) -> Iterator[str]:
    """A line for each field that is not as expected, when the page is read by the site's rules."""
    article = extract(fixture.page(), fixture.url, site=site, content_type=fixture.content_type)
    record = json.loads(to_json(article))
    for field, expected in fixture.expected.items():
        got = record.get(field)
        wanted = "\n\n".join(expected) if field == "body" and isinstance(expected, list) else expected
        if field == "related":  # a page may print its related box anywhere: only which links, not in what order
            got, wanted = (sorted(links, key=lambda link: (link["kind"], link["url"])) for links in (got, wanted))
        if got == wanted:
            continue
        if field == "body":
            yield from _body_differences(wanted.split("\n\n"), got.split("\n\n"))
        else:
            yield f"{field}: expected {_short(wanted)}, got {_short(got)}"


def _body_differences(wanted: list[str], got: list[str]) -> Iterator[str]:
    lost, added = [p for p in wanted if p not in got], [p for p in got if p not in wanted]
    yield from (f"body: lost {_short(paragraph)}" for paragraph in lost)
    yield from (f"body: added {_short(paragraph)}" for paragraph in added if paragraph)
    if not lost and not any(added):
        yield "body: paragraphs repeated or out of order"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:197] + "…"


def record(home: Path, url: str, body: bytes, content_type: str | None, article: Article) -> None:
    """Write a fixture folder with what ``article`` says as the expectation, to be checked by eye."""
    keep = (
        "kind", "title", "summary", "authors", "source", "published", "published_zone", "modified", "section", "tags",
        "related",
    )  # fmt: skip
    said = json.loads(to_json(article))
    expected = {field: said[field] for field in keep if said[field] not in (None, [], "")}
    expected["body"] = said["body"].split("\n\n") if said["body"] else []
    meta = {"url": url, "trap": "an ordinary article"} | ({"content_type": content_type} if content_type else {})
    home.mkdir(parents=True)
    (home / "page.html").write_bytes(body)
    (home / "meta.json").write_text(json.dumps(meta, ensure_ascii=False, indent=2) + "\n", "utf-8")
    (home / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=2) + "\n", "utf-8")


def unfinished(site: Site) -> int:
    """How many rules of a site's file still carry the question mark of a first draft."""
    text = Path(site.path).read_text(encoding="utf-8") if site.path else ""
    return sum("# ?" in line and not line.startswith("#") for line in text.splitlines())
