"""What a queue did on one finished day, by half-hours, and the mean of several such days."""

from collections.abc import Sequence

import msgspec

BIN_MINUTES = 30
BINS = 48
DAYS_MAX = 10  # two working weeks: the office as it works at present
UNKNOWN = -999.0  # what no minute or count is; the trees learned it as "not known"
_PRIOR_MINUTES = 15.0  # weight of the whole day's rate within a half-hour seldom busy


def _zeros() -> list[float]:
    return [0.0] * BINS


class DayBins(msgspec.Struct, kw_only=True):
    """Sums by half-hour: calls, waits of the called, minutes × people waiting, minutes × open desks.

    ``busy…`` count only while somebody waited with a desk open: minutes, minutes × desks, calls. ``last_call`` is the
    minute of the day's last call.
    """

    calls: list[float] = msgspec.field(default_factory=_zeros)
    waits: list[float] = msgspec.field(default_factory=_zeros)
    waiting: list[float] = msgspec.field(default_factory=_zeros)
    desks: list[float] = msgspec.field(default_factory=_zeros)
    busy: list[float] = msgspec.field(default_factory=_zeros)
    busy_desks: list[float] = msgspec.field(default_factory=_zeros)
    busy_calls: list[float] = msgspec.field(default_factory=_zeros)
    last_call: float | None = None


class PastDays(msgspec.Struct, frozen=True, kw_only=True):
    """Means over finished days of one queue; calls per half-hour, minutes for waits, calls a minute for ``pace``."""

    days: int
    calls: tuple[float, ...]
    wait: tuple[float, ...]
    waiting: tuple[float, ...]
    desks: tuple[float, ...]
    pace: tuple[float, ...]
    desk_minutes_per_call: float
    last_call: float

    def minutes_to_call(self, people: int, *, minute: float) -> float:
        """How long the earlier days' busy pace would need from ``minute`` on, up to the end of the day."""
        left, at = float(people), minute
        while at < BINS * BIN_MINUTES:
            place = int(at // BIN_MINUTES)
            until = (place + 1) * BIN_MINUTES
            could = self.pace[place] * (until - at)
            if could >= left:
                return at + left / self.pace[place] - minute
            left -= could
            at = until
        return BINS * BIN_MINUTES - minute

    def calls_within(self, minutes: int, *, minute: float) -> float:
        """How many were called in that time after ``minute``."""
        return self._calls_until(minute + minutes) - self._calls_until(minute)

    def _calls_until(self, minute: float) -> float:
        place = min(int(minute // BIN_MINUTES), BINS)
        whole = sum(self.calls[:place])
        return whole if place == BINS else whole + self.calls[place] * (minute / BIN_MINUTES - place)


def past_days(days: Sequence[DayBins]) -> PastDays | None:
    """The last ``DAYS_MAX`` of ``days``, oldest first, in one; ``None`` before the first day has ended."""
    last = days[-DAYS_MAX:]
    if not last:
        return None
    calls, waits = _total(last, "calls"), _total(last, "waits")
    busy, busy_calls = _total(last, "busy"), _total(last, "busy_calls")
    usual = sum(busy_calls) / sum(busy) if sum(busy) else 0.0
    ends = [day.last_call for day in last if day.last_call is not None]
    return PastDays(
        days=len(last),
        calls=tuple(count / len(last) for count in calls),
        wait=tuple(wait / count if count else UNKNOWN for wait, count in zip(waits, calls, strict=True)),
        waiting=tuple(total / BIN_MINUTES / len(last) for total in _total(last, "waiting")),
        desks=tuple(total / BIN_MINUTES / len(last) for total in _total(last, "desks")),
        pace=tuple(
            (count + usual * _PRIOR_MINUTES) / (minutes + _PRIOR_MINUTES)
            for count, minutes in zip(busy_calls, busy, strict=True)
        ),
        desk_minutes_per_call=sum(_total(last, "busy_desks")) / sum(busy_calls) if sum(busy_calls) else UNKNOWN,
        last_call=sum(ends) / len(ends) if ends else UNKNOWN,
    )


def _total(days: Sequence[DayBins], name: str) -> list[float]:
    return [sum(column) for column in zip(*(getattr(day, name) for day in days), strict=True)]
