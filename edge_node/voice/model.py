"""What the voice says: letters and numbers as words, so that every voice reads them alike."""

import msgspec
from num2words import num2words

from edge_node.queue.model import Language, TicketCalled


class LetterName(msgspec.Struct, frozen=True):
    """A letter of tickets: as a Ukrainian voice reads it, as an English one comes nearest to it, and as a recording."""

    ukrainian: str
    english: str
    piece: str


LETTER_NAMES = {
    "А": LetterName("а", "ah", "letter-a"),
    "Б": LetterName("бе", "beh", "letter-b"),
    "Д": LetterName("де", "deh", "letter-d"),
    "Н": LetterName("ен", "en", "letter-n"),
    "П": LetterName("пе", "peh", "letter-p"),
    "Р": LetterName("ер", "air", "letter-r"),
    "С": LetterName("ес", "ess", "letter-s"),
    "Ш": LetterName("ша", "shah", "letter-sh"),
}
TEENS_END = 20  # eleven to nineteen are words of their own


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """One text in one language, which the loudspeaker says twice after its gong; ``pieces`` name recordings of it."""

    language: Language
    text: str
    pieces: tuple[str, ...]


def announcements(call: TicketCalled) -> tuple[Announcement, ...]:
    """What is said of a call: in Ukrainian, then in English where the visitor chose it."""
    pieces = pieces_of(call.number, desk_number=call.desk_number)
    texts = {Language.UKRAINIAN: in_ukrainian(call.number, desk_number=call.desk_number)}
    if call.language is Language.ENGLISH:
        texts[Language.ENGLISH] = in_english(call.number, desk_number=call.desk_number)
    return tuple(Announcement(language=language, text=text, pieces=pieces) for language, text in texts.items())


def in_ukrainian(ticket_number: str, *, desk_number: int) -> str:
    """As in ``Талон де, сто двадцять три. Вікно п'ять.``: numbers in the nominative."""
    letter, count = ticket_number[0], int(ticket_number[1:])
    return f"Талон {LETTER_NAMES[letter].ukrainian}, {_words(count, 'uk')}. Вікно {_words(desk_number, 'uk')}."


def in_english(ticket_number: str, *, desk_number: int) -> str:
    """As in ``Ticket deh, one hundred and twenty-three. Desk five.``."""
    letter, count = ticket_number[0], int(ticket_number[1:])
    return f"Ticket {LETTER_NAMES[letter].english}, {_words(count, 'en')}. Desk {_words(desk_number, 'en')}."


def pieces_of(ticket_number: str, *, desk_number: int) -> tuple[str, ...]:
    """The recordings that say the same: ``ticket``, ``letter-d``, ``100``, ``20``, ``3``, ``desk``, ``5``."""
    letter, count = ticket_number[0], int(ticket_number[1:])
    return ("ticket", LETTER_NAMES[letter].piece, *_numerals(count), "desk", *_numerals(desk_number))


def _numerals(number: int) -> tuple[str, ...]:
    """The words of a number as figures: thousands, hundreds, tens and the rest."""
    thousands, below = divmod(number, 1000)
    hundreds, rest = divmod(below, 100)
    tens, units = divmod(rest, 10) if rest > TEENS_END else (0, rest)
    parts = (thousands * 1000, hundreds * 100, tens * 10, units)
    return tuple(str(part) for part in parts if part) or ("0",)


def _words(number: int, language: str) -> str:
    return str(num2words(number, lang=language))
