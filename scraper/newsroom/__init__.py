"""A small made-up news site, for the demo, the tests and the benchmarks.

>>> room = Newsroom(articles=60)
>>> room.answer(room.stories()[0].path).status
200
"""

from __future__ import annotations

from pathlib import Path

from .archive import Story
from .dates import START
from .faults import Answer, Faults
from .room import Newsroom

SELECTORS = Path(__file__).parent / "selectors"
"""The folder of the selector file that fits this site."""

__all__ = ["SELECTORS", "START", "Answer", "Faults", "Newsroom", "Story"]
