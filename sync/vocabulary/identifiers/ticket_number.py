"""The number on a ticket: the sphere's Ukrainian letter and the counter of the day, ``А037``, ``А1000`` after 999."""

import re

from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers.look_alikes import as_cyrillic

COUNTER_MAX = 9999
_LETTER = re.compile(r"[АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЮЯ]")
_FORM = re.compile(r"([АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЮЯ])([0-9]{3,4})")


def ticket_number(letter: str, counter: int) -> str:
    """The number as printed and called; raises ``InvalidInput`` for another letter, or out of bounds."""
    if _LETTER.fullmatch(letter) is None:
        raise InvalidInput(field="letter", rule="ukrainian-letter")
    if not 1 <= counter <= COUNTER_MAX:
        raise InvalidInput(field="counter", rule="between", minimum=1, maximum=COUNTER_MAX)
    return f"{letter}{counter:03}"


def parse_ticket_number(text: str, *, field: str = "ticket_number") -> tuple[str, int]:
    """Letter and counter of a number as a person typed it; raises ``InvalidInput`` with rule ``ticket-number``."""
    match = _FORM.fullmatch(as_cyrillic("".join(text.split()).replace("-", "").upper()))
    if match is None or int(match[2]) == 0 or ticket_number(match[1], int(match[2])) != match[0]:
        raise InvalidInput(field=field, rule="ticket-number")
    return match[1], int(match[2])
