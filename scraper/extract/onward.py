"""Lines in a story that only send the reader on: "Read more: another headline"."""

from __future__ import annotations

import re

from scraper.extract.blocks import Block

# Such lines in the languages of the world's news.
_PHRASES = (
    r"read\s+(?:more|also|next)|also\s+read|see\s+also|watch\s+also|more\s+on\s+this|related(?:\s+(?:story|stories|articles?|news|reading))?|"
    r"[إا]قر[أا]\s+(?:أيض(?:ا|اً|ًا)|ايضا|المزيد)|لمزيد|(?:شاهد|طالع|انظر)\s+[أا]يض(?:ا|اً|ًا)|قد\s+يهمك(?:\s+[أا]يضا)?|"
    r"le(?:a|er|e)\s+(?:también|más)|(?:mir[ae]|ve[ar]?|ver)\s+también|(?:también\s+)?te\s+puede\s+interesar|l(?:ire|isez)\s+aussi|voir\s+aussi|à\s+lire(?:\s+aussi)?|"
    r"sur\s+le\s+même\s+sujet|lesen\s+sie\s+(?:auch|mehr|hier)|lesen\s+sie\s+dazu(?:\s+auch)?|auch\s+interessant|siehe\s+auch|mehr\s+(?:zum\s+thema|dazu)|"
    r"leggi\s+anche|guarda\s+anche|ti\s+potrebbe\s+interessare|(?:leia|veja|confira)\s+(?:também|mais)|saiba\s+mais|lees\s+(?:ook|meer)|bekijk\s+ook|"
    r"(?:читайте|смотрите)\s+(?:также|по\s+теме|ещ[её])|см\.\s+также|читайте\s+також|(?:читайте|дивіться)\s+(?:ще|також)|прочетете\s+(?:още|също)|"
    r"les\s+også|læs\s+også|läs\s+(?:också|mer|även)|lue\s+myös|(?:czytaj|zobacz|przeczytaj)\s+(?:też|także|również|więcej)|čtěte\s+(?:také|více|i)|"
    r"(?:čítajte|prečítajte\s+si)\s+(?:aj|tiež)|pročitajte\s+(?:i|još)|preberite\s+(?:tudi|še)|citește\s+(?:și|şi)|citeşte\s+(?:și|şi)|olvassa?\s+el\s+ezt\s+is|kapcsolódó|"
    r"devamını\s+oku|ilgili\s+haber(?:ler)?|διαβάστε\s+(?:επίσης|ακόμα|ακόμη|περισσότερα)|δείτε\s+επίσης|بیشتر\s+بخوانید|(?:همچنین\s+)?بخوانید|קראו\s+(?:גם|עוד)|"
    r"(?:baca|simak|lihat|tonton)\s+juga(?:\s+video)?|baca\s+selengkapnya|xem\s+thêm|đọc\s+thêm|soma\s+(?:pia|zaidi)|"
    r"(?:ये|यह)\s+भी\s+पढ़ें|(?:এছাড়াও|আরও)\s+পড়ুন|อ่าน(?:เพิ่มเติม|ต่อ|ข่าว)|延伸閱讀|延伸阅读|相关阅读|相关新闻|相關新聞|相關報導|阅读更多|閱讀更多|推荐阅读|関連記事|あわせて読みたい|관련\s?기사"
)
_READ_MORE = re.compile(rf"^\W*(?:{_PHRASES})(?!\w)[\s\u00a0]*(?P<colon>[:：])?", re.IGNORECASE)
_ALONE = re.compile(rf"\W*(?:{_PHRASES})\W*", re.IGNORECASE)
#: Characters of such a phrase.
_PHRASE = 40
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


def is_label(text: str) -> bool:
    """Whether a text is such a phrase alone, whose links follow in blocks of their own."""
    return len(text) <= _PHRASE and _ALONE.fullmatch(text) is not None


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
