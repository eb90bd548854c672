"""The number of a case: ``SHV-2026-0001234-7``, unique without a server, and proof against a slip of the pen.

Office code, year of registration, counter of the office's leased range, and a Luhn digit over the office's numeric
code ‖ year ‖ counter.
"""

import re
from functools import lru_cache

import msgspec

from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers.look_alikes import as_latin
from sync.vocabulary.ids import OfficeId

COUNTER_MAX = 9_999_999
YEAR_MIN, YEAR_MAX = 2000, 2999
FIELD = "number"
_AS_IT_IS = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED = bytes.maketrans(b"0123456789", bytes(each * 2 // 10 + each * 2 % 10 for each in range(10)))
_OFFICE = re.compile(r"[A-Z]{3}")
_FORM = re.compile(r"([A-Z]{3})(\d{4})(\d{7})(\d)")
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212./№]+")


class OfficialNumber(msgspec.Struct, frozen=True, kw_only=True):
    """An official number taken apart; ``str()`` puts it together with its check digit."""

    office_id: OfficeId
    year: int
    counter: int

    def __str__(self) -> str:
        return official_number(self.office_id, year=self.year, counter=self.counter)


@lru_cache(maxsize=64)
def office_numeric_code(office_id: str) -> str:
    """The office code as digits, A = 10 … Z = 35 as in an IBAN: two digits a letter, no table to keep.

    Raises ``InvalidInput(field="office_id", rule="office-code")``.
    """
    if _OFFICE.fullmatch(office_id) is None:
        raise InvalidInput(field="office_id", rule="office-code")
    return "".join(str(ord(letter) - ord("A") + 10) for letter in office_id)


def official_number(office_id: str, *, year: int, counter: int) -> str:
    """The number as printed; raises ``InvalidInput`` for an office code, year or counter out of bounds."""
    if not YEAR_MIN <= year <= YEAR_MAX:
        raise InvalidInput(field="year", rule="between", minimum=YEAR_MIN, maximum=YEAR_MAX)
    if not 1 <= counter <= COUNTER_MAX:
        raise InvalidInput(field="counter", rule="between", minimum=1, maximum=COUNTER_MAX)
    check_digit = luhn_digit(f"{office_numeric_code(office_id)}{year}{counter:07}")
    return f"{office_id}-{year}-{counter:07}-{check_digit}"


def luhn_digit(digits: str) -> str:
    """The check digit to write behind ``digits``; the hub asks for that of every case it is told of.

    Source: ISO/IEC 7812-1, annex B.
    """
    backwards = digits.encode()[::-1]
    return str(-(sum(backwards[::2].translate(_DOUBLED)) + sum(backwards[1::2].translate(_AS_IT_IS))) % 10)


def parse_official_number(text: str) -> OfficialNumber:
    """The number in ``text``, written with any case, spaces or dashes, also with Cyrillic look-alikes.

    Raises ``InvalidInput(field="number")`` with rule ``official-number`` (form) or ``check-digit``.
    """
    compact = as_latin(_SEPARATORS.sub("", text).upper())
    match = _FORM.fullmatch(compact)
    if match is None or not compact.isascii():
        raise InvalidInput(field=FIELD, rule="official-number")
    office, year, counter, check_digit = match.groups()
    if not YEAR_MIN <= int(year) <= YEAR_MAX or int(counter) == 0:
        raise InvalidInput(field=FIELD, rule="official-number")
    if luhn_digit(f"{office_numeric_code(office)}{year}{counter}") != check_digit:
        raise InvalidInput(field=FIELD, rule="check-digit")
    return OfficialNumber(office_id=OfficeId(office), year=int(year), counter=int(counter))


def normalised_official_number(text: str) -> str:
    """The canonical form of the number in ``text``; raises as ``parse_official_number``."""
    return str(parse_official_number(text))
