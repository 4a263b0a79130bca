"""The smallest scenario that still has a defect: parts are left out as long as it stays."""

from __future__ import annotations

import time
from collections.abc import Iterator

from msgspec.structs import replace
from scenario_making import Run, Scenario
from scenario_play import play
from scenario_web import Listing, Story

#: Seconds that are spent on one scenario.
PATIENCE = 60.0


def shrink(scenario: Scenario, kind: str) -> Scenario:
    """A small scenario with a defect of a kind, from one that has it."""
    until, is_smaller = time.monotonic() + PATIENCE, True
    while is_smaller:
        is_smaller = False
        for smaller in _smaller(scenario):
            if time.monotonic() > until:
                return scenario
            if any(defect.kind == kind for defect in play(smaller)):
                scenario, is_smaller = smaller, True
                break
    return scenario


def _smaller(scenario: Scenario) -> Iterator[Scenario]:
    """The scenario with one thing less, the largest things first."""
    runs = scenario.runs
    for number in range(len(runs) - 1 if len(runs) > 1 else 0):
        after = runs[number + 1]
        kept = replace(after, changes=runs[number].changes | after.changes)
        yield replace(scenario, runs=(*runs[:number], kept, *runs[number + 2 :]))
    if len(runs) > 1:
        yield replace(scenario, runs=runs[:-1])
    for name in _stories(scenario):
        yield replace(scenario, runs=tuple(_without(run, name) for run in runs))
    for number, run in enumerate(runs):
        for simpler in _simpler(run):
            yield replace(scenario, runs=(*runs[:number], simpler, *runs[number + 1 :]))
    for key in scenario.files:
        yield replace(scenario, files={name: count for name, count in scenario.files.items() if name != key})
    if scenario.concurrency > 1:
        yield replace(scenario, concurrency=1)


def _stories(scenario: Scenario) -> list[str]:
    answers = [answer for run in scenario.runs for answer in run.changes.values()]
    return sorted({answer.name for answer in answers if isinstance(answer, Story)})


def _without(run: Run, name: str) -> Run:
    """A run without the pages of a story."""
    return replace(
        run, changes={url: page for url, page in run.changes.items() if not (isinstance(page, Story) and page.name == name)}
    )  # fmt: skip


def _simpler(run: Run) -> Iterator[Run]:
    for key in run.changes:
        yield replace(run, changes={url: answer for url, answer in run.changes.items() if url != key})
    for bound in run.bounds:
        yield replace(run, bounds={name: value for name, value in run.bounds.items() if name != bound})
    for target in run.targets if len(run.targets) > 1 else ():
        yield replace(run, targets=tuple(each for each in run.targets if each != target))
    if run.ending:
        yield replace(run, ending=None, ends_at=0)
    if run.without:
        yield replace(run, without=())
    if run.hours > 1:
        yield replace(run, hours=1)
    for url, answer in run.changes.items():
        if isinstance(answer, Listing):
            for named in answer.named:
                rest = tuple(each for each in answer.named if each != named)
                yield replace(run, changes=run.changes | {url: replace(answer, named=rest)})
                if named.day:
                    plain = tuple(replace(each, day=None) if each == named else each for each in answer.named)
                    yield replace(run, changes=run.changes | {url: replace(answer, named=plain)})
        if isinstance(answer, Story) and answer.links:
            yield replace(run, changes=run.changes | {url: replace(answer, links=())})
