"""A clock and ids that tests wind by hand."""

from datetime import UTC, datetime, timedelta
from random import Random

from ulid import ULID

OPENING = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # a Monday, 8:00 in Kharkiv


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = OPENING) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, **by: float) -> datetime:
        self._now += timedelta(**by)
        return self._now


class SeededIds:
    """ULIDs of a clock and a seed: the same run gives the same ids."""

    def __init__(self, clock: HandClock, seed: int = 7) -> None:
        self._clock = clock
        self._random = Random(seed)

    def new(self) -> str:
        milliseconds = int(self._clock.now().timestamp() * 1000)
        return str(ULID(milliseconds.to_bytes(6, "big") + self._random.randbytes(10)))
