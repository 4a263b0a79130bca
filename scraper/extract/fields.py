"""Which source gives each field: the site's rule, then structured data, then the page itself.

:class:`Fields` asks the sources in the order of trust and notes who spoke, and with what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import TypeVar

from scraper.extract import dates, generic, heading, signature, structured, tags, titles
from scraper.extract.document import Document
from scraper.extract.rules import Candidate
from scraper.extract.rules import candidates as site_candidates
from scraper.records import Provenance
from scraper.sites import Layout, Rule, Site

T = TypeVar("T")
Zone = dates.Zone

# Selector files call the date "date" and the publisher's id "id"; records say what they mean.
_FILE_KEYS = {"published": "date", "publisher_id": "id", "paywalled": "paywall"}


class Fields:
    """Reads the fields of one page.  ``everything``: ask all sources also where the first has spoken."""

    def __init__(
        self, document: Document, site: Site, layout: Layout | None, latest: datetime, *, everything: bool
    ) -> None:
        self.document, self.site, self.layout, self.latest = document, site, layout, latest
        self.provenance: dict[str, Provenance] = {}
        self.candidates: dict[str, list[Candidate]] = {}
        self.warnings: list[str] = []
        self._everything = everything

    def first(self, field: str, accept: Callable[[Candidate], T | None], *, single: bool = False) -> T | None:
        """The first source's value that ``accept`` makes something of; ``single``: of the first text, if it can."""
        chosen: T | None = None
        for candidate in self._sources(field, single and not self._everything):
            if self._everything:
                self.candidates.setdefault(field, []).append(candidate)
            if chosen is None:
                chosen = accept(candidate)
                if chosen is not None:
                    self.note(field, candidate.source, candidate.rule)
            if chosen is not None and not self._everything:
                break
        return chosen

    def note(self, field: str, source: str, rule: str) -> None:
        """Write down who gave a field."""
        self.provenance[field] = Provenance(source=source, rule=rule)

    def _sources(self, field: str, single: bool) -> Iterator[Candidate]:
        document, parts = self.document, []
        if self.layout is not None:
            parts.append(site_candidates(document, self.layout, _FILE_KEYS.get(field, field), single=single))
        elif field == "title":
            parts.append(titles.agreed(document))
        parts.append(structured.json_ld_candidates(document, field))
        parts.append(structured.meta_candidates(document, field))
        parts.append(structured.microdata_candidates(document, field))
        if field == "tags" and self.layout is None:
            told = structured.json_ld_candidates(document, "section"), structured.meta_candidates(document, "section")
            sections = {value.casefold() for each in chain.from_iterable(told) for value in each.value}
            printed = generic.page_candidates(document, field)
            return tags.fullest(chain.from_iterable(parts), printed, sections, document)
        # On a page that rules describe, what else stands on it are rails and menus: never asked.
        if self.layout is None:
            parts.append(generic.page_candidates(document, field))
            if field == "published":
                parts.append(generic.searched_date(document, self.latest))
            elif field == "authors":
                parts += heading.names(document), signature.names(document)
        return chain.from_iterable(parts)

    def text(self, field: str) -> str | None:
        """A field of one text."""
        return self.first(field, lambda candidate: next(iter(candidate.value), None), single=True)

    def moment(self, field: str) -> tuple[datetime, str, Zone] | None:
        """A field that is a date: UTC, the text it came from, ``printed`` or ``assumed`` zone."""

        found = self.first(field, lambda candidate: self._read(field, candidate), single=True)
        if found is not None and found[0].is_day and self.provenance[field].source != "site":
            found = self._finer(field, found[0]) or found
        return (found[0].when, found[1], found[0].zone) if found is not None else None

    def _read(self, field: str, candidate: Candidate) -> tuple[dates.Moment, str] | None:
        """The first date of a source that is one, and the text that it was read from."""
        rule = self._rule_of(field, candidate)
        zone = (rule.timezone if rule else None) or self.site.timezone
        for raw in candidate.value:
            found = dates.parse(raw, timezone=zone, language=self._language(), format=rule.format if rule else None)
            if found is None:
                continue
            if found.when > self.latest + dates.TOLERANCE:
                if (warning := f"{field}: {raw!r} is in the future, refused") not in self.warnings:
                    self.warnings.append(warning)
                continue
            return found, raw
        return None

    def _finer(self, field: str, day: dates.Moment) -> tuple[dates.Moment, str] | None:
        """The time of a day that another source has."""
        document = self.document
        sources = [structured.json_ld_candidates, structured.meta_candidates, structured.microdata_candidates]
        if self.layout is None:
            sources.append(generic.page_candidates)
        for candidate in chain.from_iterable(source(document, field) for source in sources):
            found = self._read(field, candidate)
            if found is not None and found[0].day == day.day and not found[0].is_day:
                self.note(field, candidate.source, candidate.rule)
                return found
        return None

    def _rule_of(self, field: str, candidate: Candidate) -> Rule | None:
        if candidate.source != "site" or self.layout is None:
            return None
        return next((rule for rule in self.layout[_FILE_KEYS.get(field, field)] if str(rule) == candidate.rule), None)

    def _language(self) -> str | None:
        own, printed = self.site.language, self.document.locale  # which also tells the region
        return printed if printed and own in (None, self.document.language) else own


def deduplicated(texts: Iterable[str]) -> tuple[str, ...]:
    """Each text once, compared without case, in the first spelling."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(text.casefold(), text)
    return tuple(found.values())
