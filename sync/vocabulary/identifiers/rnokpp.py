"""РНОКПП: the ten digits of a taxpayer's registration card (DOMAIN §3.1).

Digits 1-5 are the days since 31.12.1899, the ninth is odd for a man, the tenth a check digit. Birth date and sex may
differ from the passport (reissues, errors of the register): a warning, never a reason to refuse.
"""

import re
from datetime import date, timedelta

from stdnum.ua import rntrc

from sync.vocabulary.errors import InvalidInput

SERIAL_MAX = 4999
_FORM = re.compile(r"[0-9]{10}")
_SPACES = re.compile(r"[\s\-]+")
_DAY_ZERO = date(1899, 12, 31)


def check_rnokpp(text: str, *, field: str = "rnokpp") -> str:
    """The ten digits; raises ``InvalidInput`` with rule ``ten-digits``, ``not-zero`` or ``check-digit``."""
    digits = _SPACES.sub("", text)
    if _FORM.fullmatch(digits) is None:
        raise InvalidInput(field=field, rule="ten-digits")
    if int(digits) == 0:
        raise InvalidInput(field=field, rule="not-zero")
    if not rntrc.is_valid(digits):
        raise InvalidInput(field=field, rule="check-digit")
    return digits


def birth_date(rnokpp: str) -> date | None:
    """The day of birth in a checked number; None where the register left it empty."""
    days = int(rnokpp[:5])
    return _DAY_ZERO + timedelta(days=days) if days else None


def is_female(rnokpp: str) -> bool:
    """The sex in a checked number."""
    return int(rnokpp[8]) % 2 == 0


def synthetic_rnokpp(born_on: date, *, serial: int, is_female: bool) -> str:
    """A number that passes its checks, for replayed and demonstration days; may belong to a real person by chance.

    Different for each ``serial`` (0 … 4999) of a day and sex. Raises ``InvalidInput`` outside 1900 … 2173.
    """
    days = (born_on - _DAY_ZERO).days
    if not 1 <= days <= 99_999:  # noqa: PLR2004 - five digits
        raise InvalidInput(field="born_on", rule="date-range")
    if not 0 <= serial <= SERIAL_MAX:
        raise InvalidInput(field="serial", rule="between", minimum=0, maximum=SERIAL_MAX)
    stem = f"{days:05}{serial * 2 + (0 if is_female else 1):04}"
    return stem + str(rntrc.calc_check_digit(stem))
