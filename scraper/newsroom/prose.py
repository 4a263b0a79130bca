"""The text of a story, made from its number by a small grammar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

from . import headline
from .archive import Archive, Story
from .lexicon import Lexicon, mix

_MARKS = re.compile(r"\*(.+?)\*|_(.+?)_|\[(.+?)\]")
_BLANK = " \u00a0"
_WORDS_A_MINUTE = 90


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one inline tag: "", "b", "em" or "a" (with the path it leads to)."""

    text: str
    tag: str = ""
    path: str = ""


Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the body: "p", "h2", "ul", "quote", "related" or "read_more"; a line for each item."""

    kind: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The leading picture; its alternative text is not its caption."""

    path: str
    alt: str
    caption: str
    credit: str


@dataclass(frozen=True, slots=True)
class Content:
    """All that a story's page prints of the story itself, beside its title and date."""

    summary: str
    blocks: tuple[Block, ...]
    authors: tuple[str, ...]
    source: str
    tags: tuple[str, ...]  # as printed: one of them twice
    picture: Picture | None
    minutes: int  # printed reading time


def text_of(line: Line) -> str:
    """Return a line's text as a reader sees it, bare of blanks at both ends."""
    return "".join(run.text for run in line).strip(_BLANK)


class _Pen:
    """Writes sentences for one story, none of them twice."""

    def __init__(self, lexicon: Lexicon, words: dict[str, str], rng: Random, links: list[str]) -> None:
        self.lexicon = lexicon
        self.words = words
        self.rng = rng
        self.links = links
        self.linked = 0
        self.people = [f"{rng.choice(lexicon.given)} {rng.choice(lexicon.family)}" for _ in range(4)]
        self.written: set[str] = set()
        self.deck: list[str] = []

    def fill(self, pattern: str) -> str:
        """Return the pattern with its slots filled."""
        rng, lexicon = self.rng, self.lexicon
        first, second = rng.sample(range(len(self.people)), 2)
        return pattern.format(
            **self.words, person=self.people[first], person2=self.people[second],
            other=rng.choice(lexicon.places), n=rng.randrange(12, 980), m=rng.randrange(2, 12),
            weekday=rng.choice(lexicon.weekdays), month=rng.choice(lexicon.long_months),
            agency=rng.choice(lexicon.agencies),
        )  # fmt: skip

    def fresh(self, patterns: tuple[str, ...]) -> str:
        """Return a filled pattern that this story has not used."""
        text = ""
        for _ in range(100):  # a story edited some hundred times may at last repeat itself
            text = self.fill(self.rng.choice(patterns))
            if text not in self.written:
                break
        self.written.add(text)
        return text

    def sentence(self) -> str:
        """Return the next sentence; every pattern is used once before any is used again."""
        if not self.deck:
            self.deck = list(self.lexicon.sentences)
            self.rng.shuffle(self.deck)
        return self.fresh((self.deck.pop(),))

    def line(self, text: str) -> Line:
        """Return marked text as runs, each link leading to the next of the linked stories."""
        runs: list[Run] = []
        end = 0
        for match in _MARKS.finditer(text):
            runs.append(Run(text[end : match.start()]))
            bold, emphasis, link = match.groups()
            if link and self.links:
                runs.append(Run(link, "a", self.links[self.linked % len(self.links)]))
                self.linked += 1
            else:
                runs.append(Run(bold or emphasis or link, "b" if bold else "em" if emphasis else ""))
            end = match.end()
        runs.append(Run(text[end:]))
        return tuple(run for run in runs if run.text)

    def paragraph(self) -> Line:
        """Return one to three sentences; one paragraph in five ends in a no-break space."""
        text = " ".join(self.sentence() for _ in range(self.rng.choice((1, 1, 2, 2, 3))))
        return self.line(text + "\u00a0" if self.rng.random() < 0.2 else text)


def compose(archive: Archive, story: Story) -> Content:
    """Write the story as it stands after its edits; the same story always reads the same."""
    lexicon, number = story.lexicon, story.number
    rng = Random(mix(archive.seed, number, 6))
    linked = archive.neighbours(number, 7)
    links = [archive.folder(other) + headline.quoted(archive.first_slug(other)) for other in linked]
    words = headline.title_words(archive.seed, number, lexicon, story.section)
    pen = _Pen(lexicon, words, rng, links[3:] or links)
    authors = pen.people[:1] if rng.random() < 0.8 else sorted(set(pen.people[:2]))
    source = rng.choice(lexicon.sources)
    tags = rng.sample(lexicon.tags, rng.randrange(2, 5))
    tags.insert(rng.randrange(len(tags) + 1), words["place"])
    tags.append(tags[rng.randrange(len(tags) - 1)])
    picture = _picture(pen, story) if rng.random() < 0.92 else None
    if story.kind == "video":
        summary = pen.fill(lexicon.labels["video"])
        return Content(summary, (), tuple(authors), source, tuple(tags), None, 1 + number % 5)

    paragraphs = [pen.paragraph() for _ in range(rng.randrange(6, 15))]
    summary_at = rng.randrange(2, len(paragraphs) - 1)
    summary = text_of(paragraphs[summary_at])
    related = [Run(_title(archive, other), "a", path) for other, path in zip(linked[:3], links[:3], strict=True)]
    blocks = _arrange(pen, paragraphs, related)
    for revision in range(1, story.revision + 1):
        _revise(pen, paragraphs, blocks, summary_at, mix(archive.seed, number, revision, 7))
    count = sum(len(text_of(line).split()) for line in paragraphs)
    minutes = max(1, round(count / _WORDS_A_MINUTE))
    return Content(summary, tuple(blocks), tuple(authors), source, tuple(tags), picture, minutes)


def _title(archive: Archive, number: int) -> str:
    language, section, _ = archive.cell(number)
    return headline.title(archive.seed, number, headline.LEXICONS[language], section)


def _picture(pen: _Pen, story: Story) -> Picture:
    roll = mix(story.id, 8)
    caption = pen.fresh(pen.lexicon.captions)
    when = story.published
    path = f"/media/image/{when.year}/{when.month}/{when.day}/{roll:016x}.png"
    return Picture(path, pen.fresh(pen.lexicon.alts), caption, caption.rpartition("(")[2].rstrip(")"))


def _arrange(pen: _Pen, paragraphs: list[Line], related: list[Run]) -> list[Block]:
    """Set the paragraphs in order, with a subheading and related news among them."""
    rng, lexicon = pen.rng, pen.lexicon
    blocks = [Block("p", (line,)) for line in paragraphs]
    if rng.random() < 0.35:
        items = tuple(pen.line(pen.fresh(lexicon.list_items)) for _ in range(rng.randrange(2, 5)))
        opening = Block("p", (pen.line(pen.fresh(lexicon.list_openings)),))
        blocks[-2:-2] = [opening, Block("ul", items)]
    if rng.random() < 0.3:
        blocks.insert(1, Block("quote", (pen.line(pen.fresh(lexicon.quotes)),)))
    middle = len(blocks) // 2
    if blocks[middle].kind == "ul":  # a list stays with the sentence that opens it
        middle -= 1
    extra = [Block("h2", (pen.line(pen.fresh(lexicon.subheadings)),))]
    if related:
        extra.append(Block("related", tuple((run,) for run in related[:2])))
        blocks.insert(len(blocks) - 1, Block("read_more", ((related[-1],),)))
    blocks[middle:middle] = extra
    return blocks


def _revise(pen: _Pen, paragraphs: list[Line], blocks: list[Block], summary_at: int, roll: int) -> None:
    """Rewrite one paragraph, never the one that the summary repeats, and add a note at the end."""
    pen.rng.seed(roll)
    choices = [index for index in range(len(paragraphs)) if index != summary_at]
    index = pen.rng.choice(choices)
    old, new = paragraphs[index], pen.paragraph()
    paragraphs[index] = new
    blocks[blocks.index(Block("p", (old,)))] = Block("p", (new,))
    blocks.append(Block("p", (pen.line(pen.fresh((pen.lexicon.labels["update"],))),)))
