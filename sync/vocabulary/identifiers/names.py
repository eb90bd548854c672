"""Names of people: allowed letters, one spelling of the apostrophe, capitals, search, order, masking (DOMAIN §3.6)."""

import re

from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers.look_alikes import as_cyrillic

APOSTROPHE = "\u02bc"
LENGTH_MAX = 100
ALPHABET = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"
_APOSTROPHES = str.maketrans(dict.fromkeys("'\u2019\u2018`\u00b4\u2032\u02b9", APOSTROPHE))
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_LETTERS = ALPHABET + ALPHABET.upper()
_FORM = re.compile(rf"[{_LETTERS}]+(?:{APOSTROPHE}[{_LETTERS}]+)*(?:[ \-][{_LETTERS}]+(?:{APOSTROPHE}[{_LETTERS}]+)*)*")
_PARTS = re.compile(r"([ \-])")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
# written small inside a name of several words; alone each of them is somebody's surname
_PARTICLES = frozenset(
    ["огли", "оглу", "заде", "кизи", "бей", "бек", "паша", "хан", "шах", "ібн", "аль", "ель", "ад", "ан", "аш"]
)
_PLACE = {letter: place for place, letter in enumerate(ALPHABET, start=1)}


def check_name(text: str, *, field: str) -> str:
    """The name in canonical spelling.

    Raises ``InvalidInput`` with rule ``required``, ``length-max`` or ``ukrainian-letters``.
    """
    name = canonical(text)
    if not name:
        raise InvalidInput(field=field, rule="required")
    if len(name) > LENGTH_MAX:
        raise InvalidInput(field=field, rule="length-max", bound=LENGTH_MAX)
    if _FORM.fullmatch(name) is None:
        raise InvalidInput(field=field, rule="ukrainian-letters")
    return capitalised(name)


def canonical(text: str) -> str:
    """Single spaces, one apostrophe (U+02BC), one hyphen, Latin look-alikes among Cyrillic letters replaced."""
    spaced = " ".join(text.split()).translate(_APOSTROPHES).translate(_DASHES)
    return as_cyrillic(spaced) if _CYRILLIC.search(spaced) else spaced


def capitalised(name: str) -> str:
    """Each part with a capital; particles of a name of several parts small; a capital inside a part is kept."""
    parts = _PARTS.split(name)
    is_alone = len(parts) == 1
    return "".join(
        part.lower() if not is_alone and part.lower() in _PARTICLES else _with_capital(part) for part in parts
    )


def search_key(text: str) -> str:
    """What names are compared by when searched: no case, no apostrophe, hyphen as a space, ґ as г."""
    return canonical(text).lower().replace(APOSTROPHE, "").replace("-", " ").replace("ґ", "г")


def collation_key(text: str) -> tuple[int, ...]:
    """The order of the Ukrainian alphabet (г before ґ, и before і before ї), apostrophe ignored."""
    return tuple(_PLACE.get(letter, 0) for letter in canonical(text).lower() if letter != APOSTROPHE)


def masked_name(last_name: str, first_name: str, patronymic: str | None = None) -> str:
    """``Шевченко Т. Г.``: what lists and closed cases show."""
    initials = [f"{part[0]}." for part in (first_name, patronymic) if part]
    return " ".join([last_name, *initials])


def masked_number(number: str) -> str:
    """The last four characters; the rest as dots, always four, so that the length tells nothing."""
    return f"••••{number[-4:]}"


def _with_capital(part: str) -> str:
    is_mixed = part[:1].isupper() and not part.isupper()
    return part if is_mixed else part.capitalize()
