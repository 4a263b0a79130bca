"""Crawl little made-up webs at random, run after run, and look whether anything is lost, doubled or miscounted.

    .venv/bin/python bench/scenarios.py --start 0 --count 2000

A scenario is some stories on one to three sites: parted into pages, at several addresses, behind redirects, with AMP
twins, slugs of one id, dates, faults; sitemaps, feeds and sections that list them; and two to five runs over
it between which it changes: with bounds, lists, selector files that come and go, robots.txt, kills and Ctrl-C.
It is made from its number alone, and so is the order in which answers come, but for what Python's sets decide.

Defects, each of which makes the exit code 1:

* counts: advertised pages of which a report does not say what became of them, or less than none of something;
* check: the archive is not whole; crash, hang, bug: the run did not end, or not well;
* fetched twice: in one run; fetched again: from run to run, though nobody asked for it; never settles: where nothing
  changes any more, and all dates are past;
* lost: a story that is advertised and there, and has no article, or whose address leads to none;
* doubled: a story that is two articles; text twice: a body that says something twice;
* stale, deleted: an article that, looked at again, does not say what stands at its address, or is taken as gone.

No defect is a story at several addresses that do not name each other, of which nobody can tell that it is one.
Prints a line for each defect and a count at the end; ``--tell`` prints all that happens, ``--shrink`` the smallest scenario
found that has the first defect of each kind.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import msgspec
from scenario_making import make
from scenario_play import Defect, play
from scenario_shrinking import shrink

_BATCH = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", type=int, default=0, help="number of the first scenario")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--tell", action="store_true", help="print all that happens")
    parser.add_argument("--shrink", action="store_true", help="make the first scenario of each defect small")
    given = parser.parse_args()
    started, failed, first = time.monotonic(), 0, dict[str, int]()
    for number, defects in played(given.start, given.count, given.jobs):
        failed += bool(defects)
        for kind, where in defects:
            first.setdefault(kind, number)
            print(f"scenario {number}: {kind}: {where}", flush=True)
    print(f"{given.count} scenarios, {failed} with defects, {time.monotonic() - started:.0f} s")
    for kind, number in first.items() if given.shrink else ():
        small = shrink(make(number), kind)
        print(f"\n== {kind}, scenario {number}\n{msgspec.json.encode(small).decode()}")
        for defect in play(small, print):
            print(f"!! {defect.kind}: {defect.where}")
    if given.tell:
        for number in range(given.start, given.start + given.count):
            play(make(number), print)
    return bool(failed)


def played(start: int, count: int, jobs: int) -> Iterator[tuple[int, list[Defect]]]:
    """The defects of scenarios, by number."""
    if jobs == 1 or count <= _BATCH:
        for number in range(start, start + count):
            yield number, play(make(number))
        return
    numbers = range(start, start + count)
    with ProcessPoolExecutor(jobs) as pool:
        for number, defects in zip(numbers, pool.map(defects_of, numbers, chunksize=_BATCH), strict=True):
            yield number, defects


def defects_of(number: int) -> list[Defect]:
    """What is wrong in one scenario."""
    return play(make(number))


if __name__ == "__main__":
    sys.exit(main())
