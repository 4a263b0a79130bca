"""Lines in a story that only send the reader on: "Read more: another headline"."""

from __future__ import annotations

import re

from scraper.extract.blocks import Block

# Such lines in the languages of the sites we know.
_READ_MORE = re.compile(
    r"^\W*(?:read\s+(?:more|also|next)|also\s+read|see\s+also|more\s+on\s+this|related|"
    r"[إا]قر[أا]\s+(?:أيض(?:ا|اً|ًا)|المزيد)|لمزيد|le(?:a|er|e)\s+(?:también|más)|ver\s+también|l(?:ire|isez)\s+aussi|à\s+lire(?:\s+aussi)?|"
    r"lesen\s+sie\s+auch|mehr\s+(?:zum\s+thema|dazu)|leggi\s+anche|leia\s+(?:também|mais)|lees\s+ook|читайте\s+также|"
    r"les\s+også|læs\s+også|läs\s+(?:också|mer)|lue\s+myös|czytaj\s+(?:też|także|również|więcej)|čtěte\s+(?:také|více)|"
    r"devamını\s+oku|بیشتر\s+بخوانید)\b[\s\u00a0]*(?P<colon>[:：])?",
    re.IGNORECASE,
)
#: What stands before a linked headline, in languages that part words: a few of them and a colon or a bar.
_LABEL = re.compile(r"[^\W\d][^:：|.!?,]{1,40}[:：|]\s*")
#: Words of a headline; fewer are a name.
_HEADLINE = 4
#: Characters of a headline at most, and those at its end that tell whether it is a sentence.
_LONGEST, _TAIL = 200, 8
_SENTENCE_END = re.compile(r"[.。।؟]\W*$")


def links(block: Block, *, guessed: bool) -> tuple[tuple[str, str], ...]:
    """The links of a block that is nothing but a pointer to another story, as (href, text).

    ``guessed``: also of one that is known by its form alone, on pages whose body no person has described.
    """
    if not block.links or block.is_heading:
        return ()
    return block.links if _is_phrase(block) or (guessed and _is_labelled(block)) else ()


def _is_phrase(block: Block) -> bool:
    match = _READ_MORE.match(block.text)
    if match is None:
        return False
    rest = block.text[match.end() :]
    linked = sum(len(text) for _, text in block.links)
    return linked >= (0.5 if match["colon"] else 0.9) * len(rest.strip())


def _is_labelled(block: Block) -> bool:
    """Whether a block is a label and one linked headline after it."""
    headline = block.links[-1][1]
    label = block.text.removesuffix(headline)
    return (
        block.kind == "p"
        and len(block.links) == 1
        and len(headline) <= _LONGEST
        and len(headline.split()) >= _HEADLINE
        and _LABEL.fullmatch(label) is not None
        and _SENTENCE_END.search(headline[-_TAIL:]) is None
    )
