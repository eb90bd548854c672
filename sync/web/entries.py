"""What people write into forms, as values: days and sums, in the ways they are written here."""

import re
from datetime import date
from decimal import Decimal

from sync.vocabulary.errors import InvalidInput

_MONEY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
_DATE = re.compile(r"(\d{1,2})[./\- ](\d{1,2})[./\- ](\d{4})")


def day_in(text: str, *, field: str) -> date | None:
    """``07.03.1958`` or ``1958-03-07``; None when empty. Raises ``InvalidInput``, rule ``date``."""
    bare = text.strip()
    if not bare:
        return None
    match = _DATE.fullmatch(bare)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(bare)
    except ValueError as error:
        raise InvalidInput(field=field, rule="date") from error


def kopecks_in(text: str, *, field: str) -> int | None:
    """``45,42`` as 4542; None when empty. Raises ``InvalidInput``, rule ``money``."""
    bare = text.replace(" ", "").replace("\u00a0", "").replace(",", ".")
    if not bare:
        return None
    if _MONEY.fullmatch(bare) is None:
        raise InvalidInput(field=field, rule="money")
    return int(Decimal(bare) * 100)
