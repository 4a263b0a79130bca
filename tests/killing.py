"""Processes that store stories as fast as they can and are killed at any moment; a script, run by test_killed.py.

    python killing.py ARCHIVE KILLS SEED

Prints as JSON how many readings were committed and what was wrong afterwards, as words.  The processes are forked from
this one, which has imported all they need: a kill then costs some hundredths of a second.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import time
from datetime import timedelta
from pathlib import Path

from desk import NOW, Desk

from scraper.archive import Archive
from scraper.archive.check import check

#: Readings between two commits, at most.
GROUP = 6


def write(path: Path, sink: int, chance: random.Random, turn: int) -> None:
    """Store stories and edits of them without end; say after each commit which readings are in it."""
    with Archive.open(path) as archive, archive.lock():
        desk, number = Desk(archive), 0
        with archive.transactions.grouped():
            while True:
                said = []
                for _ in range(chance.randint(1, GROUP)):
                    story = chance.randrange(number) if number and chance.random() < 0.3 else number
                    address, title = f"/{turn}/{story}", f"Reading {turn}.{number}"
                    tags = tuple(f"tag {chance.randrange(9)}" for _ in range(3))
                    desk.save(
                        address, title=title, body=f"{title} " * chance.randint(20, 200), tags=tags, authors=("Ann",),
                        raw=chance.randbytes(chance.randint(2_000, 20_000)), at=NOW + timedelta(seconds=number),
                    )  # fmt: skip
                    said.append(title)
                    number += 1
                archive.transactions.commit()
                os.write(sink, "".join(f"{title}\n" for title in said).encode())


def killed(path: Path, chance: random.Random, turn: int) -> list[str]:
    """The titles that a writer said were committed, before it was killed."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(source)
        write(path, sink, chance, turn)
    os.close(sink)
    with os.fdopen(source, "rb") as told:
        first = told.readline() if chance.random() < 0.8 else b""  # else killed while it opens the archive
        time.sleep(chance.uniform(0, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return (first + told.read()).decode().split("\n")[:-1]


def lost(path: Path, titles: list[str]) -> set[str]:
    """Those of the readings that are not in the archive."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("pragma quick_check").fetchone() == ("ok",)
        return set(titles) - {title for (title,) in connection.execute("select title from revisions")}
    finally:
        connection.close()


def main(path: Path, kills: int, seed: int) -> None:
    chance, committed, wrong = random.Random(seed), 0, []
    Archive.open(path).close()
    for turn in range(kills):
        titles = killed(path, chance, turn)
        committed += len(titles)
        wrong += [f"{title} is lost" for title in lost(path, titles)]
        if turn % 10 == 9:
            with Archive.open(path) as archive:
                wrong += [f"{finding.count} {finding.text}" for finding in check(archive).findings]
    sys.stdout.write(json.dumps({"committed": committed, "wrong": wrong}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
