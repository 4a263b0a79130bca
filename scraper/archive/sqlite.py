"""sqlite-utils, imported without what it only looks for.

It takes the types of pandas and numpy along where these are installed, for rows that none of ours has; the two cost
every command half a second.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Database", "Migrations"]


@contextmanager
def _without(*packages: str) -> Iterator[None]:
    """Let what is imported meanwhile find some packages missing, unless they are in use already."""
    blocked = [package for package in packages if package not in sys.modules]
    sys.modules.update(dict.fromkeys(blocked))  # type: ignore[arg-type]  # None: "not to be found" (importlib)
    try:
        yield
    finally:
        for package in blocked:
            del sys.modules[package]


with _without("numpy", "pandas"):
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations
