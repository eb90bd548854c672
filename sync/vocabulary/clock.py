"""A hybrid logical clock: the order of events that no wrong wall clock can turn round.

48 bits of milliseconds and a 16-bit counter (Kulkarni et al., 2014), as 12 + 4 hexadecimal digits with a dash: fixed
width, so text order is time order.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NewType

from sync.vocabulary.errors import InvalidInput

Hlc = NewType("Hlc", str)

COUNTER_MAX = 2**16 - 1
# the year 6429: beyond it a forged reading could leave no room for the next tick
MILLISECONDS_MAX = 2**47 - 1
_FORM = re.compile(r"[0-7][0-9a-f]{11}-[0-9a-f]{4}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def tick(last: Hlc | None, now: datetime) -> Hlc:
    """The reading for a new local event: later than ``last``, not earlier than ``now``; equal at the end of time."""
    wall = _milliseconds(now)
    if last is None:
        return _text(wall, 0)
    milliseconds, counter = _split(last)
    return _text(wall, 0) if wall > milliseconds else _after(milliseconds, counter)


def merge(last: Hlc | None, seen: Hlc, now: datetime) -> Hlc:
    """The reading after another replica's ``seen``: later than both; raises ``InvalidInput`` if ``seen`` is none."""
    check_hlc(seen)
    return tick(seen if last is None else max(last, seen), now)


def check_hlc(text: str) -> Hlc:
    """``text`` as a reading; raises ``InvalidInput(field="clock", rule="hybrid-clock")``."""
    if _FORM.fullmatch(text) is None:
        raise InvalidInput(field="clock", rule="hybrid-clock")
    return Hlc(text)


def wall_time(reading: Hlc) -> datetime:
    """The moment in the reading, in UTC; for people to look at, not to decide by. Raises OverflowError after 9999."""
    return _EPOCH + timedelta(milliseconds=_split(reading)[0])


def _milliseconds(moment: datetime) -> int:
    return min(max(0, (moment - _EPOCH) // timedelta(milliseconds=1)), MILLISECONDS_MAX)


def _split(reading: Hlc) -> tuple[int, int]:
    milliseconds, counter = reading.split("-")
    return int(milliseconds, 16), int(counter, 16)


def _after(milliseconds: int, counter: int) -> Hlc:
    if counter < COUNTER_MAX:
        return _text(milliseconds, counter + 1)
    # nothing is later than the last reading: events that bear it are in the order of nodes and ids
    return _text(milliseconds + 1, 0) if milliseconds < MILLISECONDS_MAX else _text(milliseconds, counter)


def _text(milliseconds: int, counter: int) -> Hlc:
    return Hlc(f"{milliseconds:012x}-{counter:04x}")
