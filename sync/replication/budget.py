"""How much of the line blobs may take, by the hour in Kyiv; operations are small, and never wait for it.

>>> parse({"08-18": "64 KiB/s"})
(Allowance(first_hour=8, end_hour=18, bytes_per_second=65536),)
"""

import re
from collections.abc import Mapping
from datetime import datetime

import msgspec

from sync.replication.blobs import CHUNK_BYTES
from sync.vocabulary.working_days import KYIV

HOURS = 24
PAUSE_SECONDS_MAX = 60.0  # then it is asked again: the hour may have changed
_UNITS = {"B/s": 1, "KiB/s": 1 << 10, "MiB/s": 1 << 20}
_HOURS = re.compile(r"(\d\d)-(\d\d)")
_RATE = re.compile(r"(\d{1,9}) (B/s|KiB/s|MiB/s)")


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """From ``first_hour`` until ``end_hour`` o'clock; past midnight when it ends before it begins."""

    first_hour: int
    end_hour: int
    bytes_per_second: int

    def hours(self) -> frozenset[int]:
        """The hours of the day it covers."""
        span = (self.end_hour - self.first_hour) % HOURS or HOURS
        return frozenset((self.first_hour + each) % HOURS for each in range(span))


def parse(written: Mapping[str, str]) -> tuple[Allowance, ...]:
    """The allowances of ``[hub.budget]``; an hour that none covers is not limited.

    Raises:
        ValueError: hours or a rate are malformed, or two entries cover one hour; the text names entry and rule.
    """
    allowances: list[Allowance] = []
    covered: set[int] = set()
    for hours, rate in written.items():
        allowance = _allowance(hours, rate)
        if allowance.hours() & covered:
            raise ValueError(f'budget."{hours}": its hours overlap with another entry')
        covered |= allowance.hours()
        allowances.append(allowance)
    return tuple(allowances)


def _allowance(hours: str, rate: str) -> Allowance:
    span, amount = _HOURS.fullmatch(hours), _RATE.fullmatch(rate)
    if span is None or int(span[1]) >= HOURS or int(span[2]) > HOURS:
        raise ValueError(f'budget."{hours}": hours are two full hours of the day, as "08-18" or "22-06"')
    if amount is None:
        raise ValueError(f'budget."{hours}": {rate!r} is no rate, as "64 KiB/s" (B/s, KiB/s, MiB/s)')
    return Allowance(
        first_hour=int(span[1]), end_hour=int(span[2]) % HOURS, bytes_per_second=int(amount[1]) * _UNITS[amount[2]]
    )


class Budget:
    """A token bucket of one chunk; told the time, it never asks."""

    def __init__(self, allowances: tuple[Allowance, ...] = ()) -> None:
        self._allowances = allowances
        self._tokens = float(CHUNK_BYTES)
        self._filled_at: datetime | None = None

    def pause_seconds(self, size: int, *, now: datetime) -> float:
        """How long to wait before ``size`` bytes may go, at most a minute; 0 means: go, they are counted."""
        rate = self._rate(now)
        self._fill(rate, now)
        if rate is None or self._tokens >= min(size, CHUNK_BYTES):
            self._tokens -= size if rate is not None else 0
            return 0.0
        if rate == 0:
            return PAUSE_SECONDS_MAX
        return min((min(size, CHUNK_BYTES) - self._tokens) / rate, PAUSE_SECONDS_MAX)

    def count(self, size: int, *, now: datetime) -> None:
        """Bytes that went without waiting, since a person waits for them; the next chunks pay for it."""
        rate = self._rate(now)
        self._fill(rate, now)
        if rate is not None:
            self._tokens -= size

    def _rate(self, now: datetime) -> int | None:
        hour = now.astimezone(KYIV).hour
        return next((each.bytes_per_second for each in self._allowances if hour in each.hours()), None)

    def _fill(self, rate: int | None, now: datetime) -> None:
        passed = 0.0 if self._filled_at is None else (now - self._filled_at).total_seconds()
        self._filled_at = now
        if rate is None:
            self._tokens = float(CHUNK_BYTES)
        elif passed > 0:  # a clock set back gives nothing, one set forward no more than a full bucket
            self._tokens = min(float(CHUNK_BYTES), self._tokens + passed * rate)
