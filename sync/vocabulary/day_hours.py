"""Hours of a day as configuration writes them: ``08-18``, and past midnight ``22-06``."""

import re
from collections.abc import Mapping
from datetime import datetime

from sync.vocabulary.working_days import KYIV

HOURS = 24
_SPAN = re.compile(r"(\d\d)-(\d\d)")


def hours_of(span: str) -> frozenset[int]:
    """The full hours that ``span`` covers; raises ValueError, which names the span and the rule."""
    match = _SPAN.fullmatch(span)
    if match is None or int(match[1]) >= HOURS or int(match[2]) > HOURS:
        raise ValueError(f'"{span}": hours are two full hours of the day, as "08-18" or "22-06"')
    first, length = int(match[1]), (int(match[2]) - int(match[1])) % HOURS or HOURS
    return frozenset((first + each) % HOURS for each in range(length))


def by_hour(written: Mapping[str, int]) -> dict[int, int]:
    """What holds in each hour that an entry covers; raises ValueError also where two cover one hour."""
    held: dict[int, int] = {}
    for span, value in written.items():
        hours = hours_of(span)
        if hours & held.keys():
            raise ValueError(f'"{span}": its hours overlap with another entry')
        held |= dict.fromkeys(hours, value)
    return held


def hour_in_kyiv(now: datetime) -> int:
    """The hour that the clock in the hall shows."""
    return now.astimezone(KYIV).hour
