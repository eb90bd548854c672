"""What a person typed into the search, recognised: a number of a case, an RNOKPP, a phone, or a name."""

import re
from enum import StrEnum

import msgspec

from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers import names
from sync.vocabulary.identifiers.official_number import normalised_official_number

TEXT_CHARACTERS_MAX = 120
NAME_LETTERS_MIN = 2
RNOKPP_DIGITS = 10
PHONE_DIGITS_MIN, PHONE_DIGITS_MAX = 9, 12
_OFFICIAL = re.compile(r"\s*[^\W\d]{3}[\s\-\u2010-\u2015]*\d{4}[\s\-\u2010-\u2015]*\d{7}[\s\-\u2010-\u2015]*\d\s*")
_NOISE = re.compile(r"[\s()\-+]")


class SearchKind(StrEnum):
    NUMBER = "number"
    NAME = "name"
    RNOKPP = "rnokpp"
    PHONE = "phone"


class SearchKey(msgspec.Struct, frozen=True, kw_only=True):
    """What to look in, and for what."""

    kind: SearchKind
    text: str


def search_key(text: str) -> SearchKey:
    """The key in ``text``; raises ``InvalidInput`` when it is too short, too long, or a wrong number.

    Ten digits are an RNOKPP, unless they begin as a phone does; a name is looked for from its beginning.
    """
    if len(text) > TEXT_CHARACTERS_MAX:
        raise InvalidInput(field="text", rule="length-max", bound=TEXT_CHARACTERS_MAX)
    if _OFFICIAL.fullmatch(text):
        return SearchKey(kind=SearchKind.NUMBER, text=normalised_official_number(text))
    digits = _NOISE.sub("", text)
    if digits.isascii() and digits.isdigit():
        return _of_digits(digits)
    key = names.search_key(text)
    if len(key) < NAME_LETTERS_MIN:
        raise InvalidInput(field="text", rule="length-min", bound=NAME_LETTERS_MIN)
    return SearchKey(kind=SearchKind.NAME, text=key)


def phone_key(phone: str) -> str:
    """The last nine digits: the same phone however its country code was written."""
    return "".join(character for character in phone if character.isdigit())[-PHONE_DIGITS_MIN:]


def _of_digits(digits: str) -> SearchKey:
    if len(digits) == RNOKPP_DIGITS and not digits.startswith("0"):
        return SearchKey(kind=SearchKind.RNOKPP, text=digits)
    if PHONE_DIGITS_MIN <= len(digits) <= PHONE_DIGITS_MAX:
        return SearchKey(kind=SearchKind.PHONE, text=phone_key(digits))
    raise InvalidInput(field="text", rule="search-text")
