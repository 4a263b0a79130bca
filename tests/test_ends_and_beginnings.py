"""Where a story begins and ends on pages without a selector file, and what in it leads elsewhere."""

from __future__ import annotations

import time

import pytest
from test_systems_of_the_world import OG, PROSE, SENTENCES, TITLE, page, story

from scraper.extract import onward


def boxed(markup: str, *, lang: str = "en") -> list[str]:
    return page(f"<div class=hd><h1>{TITLE}</h1></div><div class=story>{markup}</div>", lang=lang).body.split("\n\n")


HALVES = PROSE.partition("</p><p>")


@pytest.mark.parametrize("between", ["", "<table><tr><td>clerks</td><td>10</td></tr><tr><td>cooks</td><td>20</td></tr></table>"])  # fmt: skip
def test_a_heading_above_the_first_paragraph_as_above_later_ones(between: str) -> None:
    first, _, rest = HALVES
    body = boxed(f"<h2>A tenth more for all</h2>{first}</p>{between}<h2>What comes next</h2><p>{rest}")
    assert body[:2] == ["A tenth more for all", SENTENCES[0]]
    assert "What comes next" in body


def test_a_heading_that_stands_alone_above_the_first_paragraph_is_a_deck() -> None:
    assert boxed(f"<h2>It had been two crowns for a decade</h2>{PROSE}") == SENTENCES


@pytest.mark.parametrize(
    "line",
    [
        "Simak juga: ", "Lihat juga ", "Te puede interesar: ", "Veja também: ", "Saiba mais: ", "À lire aussi : ", "Lesen Sie dazu auch: ", "Siehe auch: ",
        "Читайте также: ", "Смотрите также: ", "Читайте також: ", "اقرأ أيضا: ", "شاهد أيضا: ", "阅读更多：", "相关阅读：", "延伸閱讀：", "関連記事：", "관련기사: ",
        "Xem thêm: ", "ये भी पढ़ें: ", "Διαβάστε επίσης: ", "İlgili haber: ", "بیشتر بخوانید: ", "קראו גם: ", "Citește și: ", "Čítajte aj: ", "Pročitajte i: ", "Soma pia: ",
    ],
)  # fmt: skip
def test_lines_that_lead_to_another_story(line: str) -> None:
    pointer = f"<p><b>{line}</b><a href=/z>Ferry late</a></p>"
    assert boxed(PROSE.replace("</p><p>", f"</p>{pointer}<p>", 1)) == SENTENCES


@pytest.mark.parametrize(
    "line", ["Leia também", "Czytaj więcej", "Читайте также:", "[Gambas:Video 20detik]", "原标题：临河市上调居民水价"]
)
def test_labels_without_a_story_behind_them(line: str) -> None:
    assert boxed(PROSE.replace("</p><p>", f"</p><p>{line}</p><p>", 1)) == SENTENCES


@pytest.mark.parametrize("text", ["Related to the mayor by marriage, he denied it.", "Saiba maisena is a starch.", "See also the third chapter of the book, which has it all."])  # fmt: skip
def test_sentences_that_begin_like_such_lines_are_text(text: str) -> None:
    assert not onward.is_label(text)
    assert text in boxed(PROSE.replace("</p><p>", f"</p><p>{text}</p><p>", 1))


@pytest.mark.parametrize(
    "line",
    [
        "<p>Our Standards: <a href=/t>The Trust Principles.</a></p>", "<p>Published 14 March 2024</p>", "<h2>Share this page</h2><ul><li><a href=#>Share on X</a></li></ul>",
        "<p>やまだ・はなこ　1970年生まれ。港町大学教授。専門は公共経済学。著書に「水の値段」など。</p>",
        '<div class="piano-offer"><h3>Ten artykuł jest dla prenumeratorów</h3><p>Wybierz prenumeratę, by czytać to, co Cię ciekawi.</p></div>',
    ],
)  # fmt: skip
def test_what_stands_below_the_last_sentence(line: str) -> None:
    assert boxed(PROSE + line) == SENTENCES


def test_a_last_line_without_a_full_stop_is_text() -> None:
    line = "The new wages will be paid from the first of April onwards, and the council meets again in May"
    long = PROSE + PROSE.replace("Ardmere", "Selwick") + PROSE.replace("Ardmere", "Holm")
    assert boxed(f"{long}<p>{line}</p>")[-1] == line
    assert boxed(f"{long}<p>{line} | Home</p>")[-1].endswith("people.")
    assert boxed(f"{long}<p>© The Example, {line}</p>")[-1].endswith("people.")


def test_the_first_question_of_an_interview() -> None:
    asked = [f"What of year {n}?" for n in range(6)]
    markup = "".join(f"<p><b>{question}</b></p><p>{answer}</p>" for question, answer in zip(asked, SENTENCES, strict=True))  # fmt: skip
    assert boxed(markup)[:4] == [asked[0], SENTENCES[0], asked[1], SENTENCES[1]]
    assert boxed(f"<p>What next?</p>{PROSE}") == SENTENCES


def test_single_line_breaks_between_sentences_that_fill_lines() -> None:
    assert boxed("<br>".join(SENTENCES)) == SENTENCES
    assert boxed(f"<p>{'<br>'.join(SENTENCES)}</p>") == SENTENCES
    address = "Town Hall,<br>Ardmere,<br>12 Quay Street."
    assert (
        boxed(f"{PROSE}<p>{address}</p><p>{SENTENCES[0].replace('first', 'last')}</p>")[-2]
        == "Town Hall, Ardmere, 12 Quay Street."
    )


def test_a_story_of_one_paragraph_is_not_glued_to_its_heading() -> None:
    pictures = "".join(f"<figure><img src={n}.jpg><figcaption>Boat {n}</figcaption></figure>" for n in range(4))
    markup = f"<article><h1>{TITLE}</h1><p class=byline>Photographs by Tom Lee</p><p>{SENTENCES[0]}</p><div>{pictures}</div></article>"
    assert page(markup, head=OG).body == SENTENCES[0]


def test_phrases_are_looked_for_in_no_time() -> None:
    started = time.process_time()
    for text in ("read " * 20_000, "\u00a0" * 100_000, "...." * 30_000, "ver también " * 10_000):
        story(f"<p>{text}<a href=/1>x</a></p>" * 3 + PROSE)
    assert time.process_time() - started < 10
