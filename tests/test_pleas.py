"""Whole sentences at the end of a story and amid it that have a plea's words in them, and pleas that are as long."""

from __future__ import annotations

import pytest
from test_around_the_story import DATED, PROSE, SENTENCES, read

AUTHOR = '<meta name="author" content="Ann Lee">'
TOLD = [
    "The prosecutor said that the two men had used a Telegram channel to plan the theft and WhatsApp to message them.",
    "The movement urged its followers to sign up for the next march, which will go from the port to the town hall.",
    "Her husband, who is a reporter for a local radio station, found the boat at noon on the beach below the old mill.",
    "Contact with the three hikers was lost at the pass shortly after the snow began, and the search goes on today.",
    "Reports from the front said that the town had fallen in the night, and that the army had left it to the east.",
    "“You can reach us on WhatsApp at any time,” the minister told the farmers, who did not believe a word of it.",
    "The party sent its newsletter to nine thousand members, of whom fewer than a hundred came to the hall on Sunday.",
    "Les trois communes ont décidé de s'abonner au service, dont le prix a doublé depuis le printemps de cette année.",
    "Ambos ministros suscribieron el convenio en la capital, que entrará en vigor en enero del próximo año según el texto.",
    "Die Stadt hat den Newsletter der Polizei abbestellt, wie der Bürgermeister am Montag vor dem Rat in Ardmere sagte.",
    "Anyone who saw the car is asked to call the police in Ardmere or to write to witnesses@police.example by Friday.",
    "The company said that it would subscribe to the new shares of its rival, which would raise ninety million crowns.",
    "He was sentenced to nine years for what he had posted in a Telegram group of forty people, most of them his cousins.",
    "The magazine, which Miss Poe bookmarked in red, was found in the boat together with a lamp and two tins of fish.",
    "The drought of the two last years contributed to this story of decline, the farmers of the valley say on every market.",
    "Reaching the village on foot takes two days at best, the mayor said, and the helicopter is in Ardmere for repairs.",
    "Reach the summit on foot and on one's own was what he had wanted all his life, his sister told the court at noon.",
    "Follow her on her way was all that the dog could do, said the neighbours, until the two of them came to the river.",
    "Compiled by the agency over nine years, the list has three hundred names, of whom forty are still to be found.",
    "The reporter is a correspondent of a paper in Selwick and was taken to the hospital after the fall, the police said.",
]
PLEAS = [
    "Sign up for the morning newsletter, which has all that happened in Ardmere and in the valley, each day at seven.",
    "Subscribe to the Ardmere Times today and read all that its reporters find out about the council and its many wages.",
    "You can read more stories of this kind if you sign up for the newsletter that we send to forty thousand readers.",
    "Additional reporting by Jane Doe in Paris, John Smith in London, Mary Poe in Rome; editing by Tom Lee and Ann Hay.",
    "Abonnieren Sie den kostenlosen Newsletter der Redaktion und lesen Sie jeden Morgen, was in Ardmere passiert ist.",
    "Abonnez-vous à la lettre du matin pour recevoir toute l'actualité de la vallée, chaque jour à sept heures précises.",
    "Suscríbete al boletín de la mañana para recibir todas las noticias del valle, cada día a las siete en punto.",
    "Contact the reporter Jane Doe at the office of the Ardmere Times on the quay, or write to her at jane@times.example.",
    "Ann Lee is a reporter who covers the council of Ardmere and the valleys around it, and lives there with two dogs.",
    "Jane Doe contributed to this report from Paris, and John Smith and his colleagues from London and from New York.",
    "Únete a nuestro canal de WhatsApp para recibir todas las noticias del valle en tu teléfono, cada día a las siete.",
    "Join the Telegram channel of the Ardmere Times for the latest news of the valley, the council and the ferries.",
    "Dapatkan update berita pilihan setiap hari dari Kompas. Mari bergabung di Grup Telegram kami dengan klik tautan ini.",
    "This article first appeared in the Morning Newsletter, which has forty thousand readers. Sign up for it here today.",
]
AMID = [
    "“The valley was already a subscriber to that idea,” said the mayor, who had brought it home from the capital.",
    "The store will earn a commission on each boat that is sold in the port, the council of Ardmere decided on Monday.",
    "The judges independently select the boats that may sail, and the council pays them for two days of their work.",
    "La salle est réservée aux abonnés du théâtre, qui se sont plaints du bruit auprès de la mairie le mois dernier.",
]
NOTICES = [
    "We independently select all the products on this page, and if you buy one of them, it may earn us a commission.",
    "Already a subscriber? Log in to read all of this story, and all others that our reporters find out in the valley.",
    "Cet article est réservé aux abonnés du journal. Pour lire la suite, connectez-vous ou prenez l'offre d'essai à 1 euro.",
    "Dieser Artikel ist nur für Abonnenten. Melden Sie sich an, um ihn ganz zu lesen, oder bestellen Sie das Probeabo.",
    "An dieser Stelle steht ein externer Inhalt. Mit einem Klick können personenbezogene Daten an Dritte gehen, die wir nicht kennen.",
    "This article contains affiliate links, which means that the publisher may earn a commission on what is bought there.",
]


def last_of(*lines: str, author: str = AUTHOR) -> list[str]:
    return read(PROSE + "".join(f"<p>{line}</p>" for line in lines), DATED + author).body.split("\n\n")[
        len(SENTENCES) :
    ]


@pytest.mark.parametrize("author", [AUTHOR, ""], ids=["by an author", "by nobody"])
@pytest.mark.parametrize("told", TOLD)
def test_a_last_sentence_that_has_the_words_of_a_plea_is_text(told: str, author: str) -> None:
    assert last_of(told, author=author) == [told]


def test_two_such_sentences_in_a_row_are_text() -> None:
    assert last_of(TOLD[0], TOLD[3]) == [TOLD[0], TOLD[3]]
    assert last_of(f'{TOLD[0][:40]}<a href="https://t.example/1">{TOLD[0][40:50]}</a>{TOLD[0][50:]}') == [TOLD[0]]


@pytest.mark.parametrize("author", [AUTHOR, ""], ids=["by an author", "by nobody"])
@pytest.mark.parametrize("plea", PLEAS)
def test_a_plea_as_long_as_a_paragraph_is_none_of_the_story(plea: str, author: str) -> None:
    assert last_of(plea, author=author) == []


@pytest.mark.parametrize("told", AMID)
def test_a_sentence_amid_a_story_that_has_the_words_of_a_notice_is_text(told: str) -> None:
    assert told in read(f"<p>{SENTENCES[0]}</p><p>{told}</p>{PROSE}").body


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_as_long_as_a_paragraph_is_none_of_the_story(notice: str) -> None:
    assert notice not in read(f"<p>{SENTENCES[0]}</p><p>{notice}</p>{PROSE}").body


def test_the_life_of_an_author_is_known_by_a_whole_name() -> None:
    told = "Fleet, who was called as a witness, is a journalist and saw the boats return to the port in the night."
    assert last_of(told) == [told]


@pytest.mark.parametrize(
    "line",
    [
        "One News is a reader-supported publication. To receive new posts and support my work, consider becoming a free or paid subscriber.",
        "Thanks for reading One News! Subscribe for free to receive new posts and support my work.",
        "Thanks for reading! This post is public so feel free to share it.", "Subscribe now", "Leave a comment", "Give a gift subscription",
    ],
)  # fmt: skip
def test_what_newsletters_put_between_their_paragraphs(line: str) -> None:
    first, rest = PROSE.split("</p>", 1)
    for markup in (f"<p>{line}</p>{PROSE}", f"{first}</p><p>{line}</p>{rest}", f"{PROSE}<p>{line}</p>"):
        assert read(markup).body.split("\n\n") == SENTENCES
