"""What the voice says."""

import pytest

from edge_node.queue.model import Language, TicketCalled
from edge_node.voice.model import LETTER_NAMES, announcements, in_english, in_ukrainian, pieces_of
from sync.vocabulary.catalogue import SPHERES
from sync.vocabulary.ids import TicketId


@pytest.mark.parametrize(
    ("number", "desk", "said"),
    [
        ("А123", 5, "Талон а, сто двадцять три. Вікно п'ять."),
        ("Д007", 12, "Талон де, сім. Вікно дванадцять."),
        ("С1004", 1, "Талон ес, одна тисяча чотири. Вікно один."),
    ],
)
def test_letters_and_numbers_are_words_in_ukrainian(number: str, desk: int, said: str) -> None:
    assert in_ukrainian(number, desk_number=desk) == said


@pytest.mark.parametrize(
    ("number", "desk", "pieces"),
    [
        ("А123", 5, "ticket letter-a 100 20 3 desk 5"),
        ("Д007", 12, "ticket letter-d 7 desk 12"),
        ("Ш319", 320, "ticket letter-sh 300 19 desk 300 20"),
        ("С2040", 1, "ticket letter-s 2000 40 desk 1"),
        ("Р100", 10, "ticket letter-r 100 desk 10"),
    ],
)
def test_recordings_say_the_same_as_the_words(number: str, desk: int, pieces: str) -> None:
    assert pieces_of(number, desk_number=desk) == tuple(pieces.split())


def test_english_is_plain() -> None:
    assert in_english("Д123", desk_number=5) == "Ticket deh, one hundred and twenty-three. Desk five."


def test_every_letter_of_a_ticket_has_a_name() -> None:
    assert {card.letter for card in SPHERES.values()} <= LETTER_NAMES.keys()


@pytest.mark.parametrize(("language", "said_in"), [("uk", ["uk"]), ("en", ["uk", "en"])])
def test_english_follows_only_where_the_visitor_chose_it(language: str, said_in: list[str]) -> None:
    call = TicketCalled(
        sequence=1, ticket_id=TicketId("01T"), number="А001", desk_number=1, language=Language(language)
    )
    assert [each.language.value for each in announcements(call)] == said_in
