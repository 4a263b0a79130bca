"""What an import is to take, and what it did: counts a file."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec

from scraper.imports.files import Reason, Refused
from scraper.records import Window
from scraper.wording import counted, number_of

#: Lines about damaged places that one file may bring.
MAX_PROBLEMS = 20
#: Files that are named for one reason.
MAX_NAMED = 5
#: What is told in such a line, where there is something to say.
_TOLD: frozenset[Reason] = frozenset({"damaged", "address", "type", "bug"})


class Filters(msgspec.Struct, frozen=True):
    """What is wanted: sites by key (none: all), and dates of publication."""

    sites: tuple[str, ...] = ()
    window: Window = Window()


class FileReport(msgspec.Struct):
    """The counts of one file.  ``captures`` is the sum of all that follow, up to ``refused``."""

    file: str
    captures: int = 0
    known: int = 0  #: in the archive before
    new: int = 0  #: stories archived for the first time
    changed: int = 0  #: newer readings of known stories
    earlier: int = 0  #: older readings of known stories
    unchanged: int = 0  #: captures that say what another one says
    moved: int = 0
    aliases: int = 0
    refused: dict[Reason, int] = {}  #: not stored, by reason: see :data:`~scraper.imports.files.REASONS`
    problems: list[str] = []  #: damaged places, in a line each
    failed: str | None = None  #: why the file could not be read, or not to its end

    def count(self, outcome: str) -> None:
        """Count what became of a capture."""
        self.captures += 1
        name = {"alias": "aliases"}.get(outcome, outcome)
        setattr(self, name, getattr(self, name) + 1)

    def refuse(self, refused: Refused) -> None:
        """Count a capture that is not stored."""
        self.captures += 1
        self.refused[refused.reason] = self.refused.get(refused.reason, 0) + 1
        if refused.detail and refused.reason in _TOLD and len(self.problems) < MAX_PROBLEMS:
            self.problems.append(f"{refused.about}: {refused.detail}")


class Report(msgspec.Struct):
    """One import: its row in ``crawls``, its files, how long it took in seconds, and how it ended."""

    crawl_id: int
    files: list[FileReport]
    seconds: float = 0.0
    outcome: str = "done"  #: done, interrupted
    left_out: dict[Reason, list[str]] = {}  #: some paths by reason, of saved pages that are not stored

    def note_left_out(self, path: Path) -> None:
        """Remember the file of the last report, if its one page is not stored."""
        for reason in self.files[-1].refused:
            named = self.left_out.setdefault(reason, [])
            if len(named) < MAX_NAMED:
                named.append(str(path))

    @property
    def exit_code(self) -> int:
        """0 done, 1 a file could not be read, nothing could be taken or a fault of this program, 130 interrupted."""
        if self.outcome == "interrupted":
            return 130
        return int(self.took_nothing or any(file.failed or "bug" in file.refused for file in self.files))

    @property
    def took_nothing(self) -> bool:
        """Whether there were captures and none is in the archive now, though no filter left one out."""
        refused = self.refused()
        return bool(refused) and "outside" not in refused and self.total("captures") == sum(refused.values())

    def total(self, name: str) -> int:
        """The sum of a count over the files."""
        return sum(getattr(file, name) for file in self.files)

    def refused(self) -> dict[Reason, int]:
        """What was not stored, by reason, most frequent first."""
        counts: dict[Reason, int] = {}
        for reason, count in itertools.chain.from_iterable(file.refused.items() for file in self.files):
            counts[reason] = counts.get(reason, 0) + count
        return dict(sorted(counts.items(), key=lambda item: -item[1]))

    def summary(self) -> str:
        """One line, for cron and for the end of an import."""
        names = ("changed", "earlier", "unchanged", "moved", "aliases")
        more = "".join(f", {counted(count, name)}" for name in names if (count := self.total(name)))
        refused = sum(self.refused().values())
        more += f", {refused} not stored" if refused else ""
        ended = "" if self.outcome == "done" else f" ({self.outcome})"
        return f"{number_of(self.total('captures'), 'capture')}: {self.total('known')} known, {self.total('new')} new{more} in {self.seconds:.1f} s{ended}"


class Progress(msgspec.Struct, frozen=True):
    """How far an import has come: bytes read of a file, of how many (None: unknown)."""

    report: FileReport
    position: int
    size: int | None
