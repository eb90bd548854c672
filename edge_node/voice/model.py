"""What the voice says: letters and numbers as words, so that every voice reads them alike."""

import msgspec
from num2words import num2words

from edge_node.queue.model import Language, TicketCalled

# The letters of tickets by name: as a Ukrainian voice reads them, and as an English one comes nearest to them.
LETTER_NAMES = {
    "А": ("а", "ah"),
    "Б": ("бе", "beh"),
    "Д": ("де", "deh"),
    "Н": ("ен", "en"),
    "П": ("пе", "peh"),
    "Р": ("ер", "air"),
    "С": ("ес", "ess"),
    "Ш": ("ша", "shah"),
}


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """One text in one language; the loudspeaker says it twice, after its gong."""

    language: Language
    text: str


def announcements(call: TicketCalled) -> tuple[Announcement, ...]:
    """What is said of a call: in Ukrainian, then in English where the visitor chose it."""
    ukrainian = Announcement(language=Language.UKRAINIAN, text=in_ukrainian(call.number, desk_number=call.desk_number))
    if call.language is Language.UKRAINIAN:
        return (ukrainian,)
    return (
        ukrainian,
        Announcement(language=Language.ENGLISH, text=in_english(call.number, desk_number=call.desk_number)),
    )


def in_ukrainian(ticket_number: str, *, desk_number: int) -> str:
    """As in ``Талон де, сто двадцять три. Вікно п'ять.``: numbers in the nominative."""
    letter, count = ticket_number[0], int(ticket_number[1:])
    return f"Талон {LETTER_NAMES[letter][0]}, {_words(count, 'uk')}. Вікно {_words(desk_number, 'uk')}."


def in_english(ticket_number: str, *, desk_number: int) -> str:
    """As in ``Ticket deh, one hundred and twenty-three. Desk five.``."""
    letter, count = ticket_number[0], int(ticket_number[1:])
    return f"Ticket {LETTER_NAMES[letter][1]}, {_words(count, 'en')}. Desk {_words(desk_number, 'en')}."


def _words(number: int, language: str) -> str:
    return str(num2words(number, lang=language))
