"""УНЗР: the number of a record in the Demographic Register, ``YYYYMMDD-NNNNC`` (DOMAIN §3.3).

The check digit is ICAO 9303's (weights 7, 3, 1); it holds for every published sample, the official text was not seen.
"""

import re
from datetime import date

from sync.vocabulary.errors import InvalidInput

SERIAL_MAX = 9999
_FORM = re.compile(r"([0-9]{8})-?([0-9]{4})([0-9])")
_SPACES = re.compile(r"\s+")
_DASHES = str.maketrans("‐‑‒–—−", "------")
_WEIGHTS = (7, 3, 1)


def check_unzr(text: str, *, field: str = "unzr") -> str:
    """The number with its hyphen; raises ``InvalidInput`` with rule ``unzr``, ``birth-date`` or ``check-digit``."""
    match = _FORM.fullmatch(_SPACES.sub("", text).translate(_DASHES))
    if match is None:
        raise InvalidInput(field=field, rule="unzr")
    born, serial, check_digit = match.groups()
    try:
        date.fromisoformat(born)
    except ValueError as error:
        raise InvalidInput(field=field, rule="birth-date") from error
    if _check_digit(born + serial) != check_digit:
        raise InvalidInput(field=field, rule="check-digit")
    return f"{born}-{serial}{check_digit}"


def birth_date(unzr: str) -> date:
    """The day of birth in a checked number."""
    return date.fromisoformat(unzr[:8])


def synthetic_unzr(born_on: date, *, serial: int) -> str:
    """A number that passes its checks, for replayed and demonstration days (serial 0 … 9999)."""
    if not 0 <= serial <= SERIAL_MAX:
        raise InvalidInput(field="serial", rule="between", minimum=0, maximum=SERIAL_MAX)
    stem = f"{born_on:%Y%m%d}{serial:04}"
    return f"{stem[:8]}-{stem[8:]}{_check_digit(stem)}"


def _check_digit(digits: str) -> str:
    return str(sum(int(digit) * _WEIGHTS[place % 3] for place, digit in enumerate(digits)) % 10)
