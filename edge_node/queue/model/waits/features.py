"""What the trees look at: one queue at one moment, as it is known then. The order is the order they were taught in."""

from itertools import islice

import msgspec

from edge_node.queue.model.waits.bins import BIN_MINUTES, BINS, UNKNOWN, PastDays
from edge_node.queue.model.waits.line import Line

SERVICE_MINUTES = 15.0  # the norm of one reception, until the day has shown its own
TRUTH_MINUTES_MAX = 300.0  # nobody is told more, and what took longer is not compared
_HOUR = 60.0

NAMES = (
    # the line up to the visitor and the desks
    *("people", "desks", "people_per_desk", "minute", "age_oldest", "age_mean", "age_last"),
    # how fast it was called and joined
    *("called_10", "called_30", "called_60", "called_120", "called_today", "issued_15", "issued_30", "issued_60"),
    *("gap_3", "gap_5", "gap_10", "gap_20", "since_call", "since_first_call", "desks_60"),
    # what the called have waited
    *("wait_1", "wait_3", "wait_8", "wait_slope"),
    # minutes by simple rules
    *("by_gap", "by_half_hour", "by_hour", "by_wait_pace", "by_mix", "by_desk_minutes", "desk_minutes_per_call"),
    # the hall
    *("hall_waiting", "hall_desks", "hall_called_30", "hall_waiting_per_call"),
    # the same queue on earlier days
    *("past_days", "past_called_30", "past_called_120", "past_wait", "past_waiting", "past_desks", "past_until_end"),
    *("past_desk_minutes", "by_past_desk_minutes", "by_past_pace"),
)


class Hall(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over all queues of the office at a moment."""

    waiting: int
    desks: int
    called_30: int


def hall_of(lines: list[Line]) -> Hall:
    """All queues of an office, at the moment they were last advanced to."""
    return Hall(
        waiting=sum(len(line.waiting) for line in lines),
        desks=sum(line.desks for line in lines),
        called_30=sum(line.called_within(30) for line in lines),
    )


def features(line: Line, *, people: int, minute: float, hall: Hall, past: PastDays | None) -> list[float]:
    """The numbers named by ``NAMES`` for whoever is the ``people``-th to be called from ``line``, itself counted.

    ``line`` has been advanced to ``minute``.
    """
    desks = max(line.desks, 1)
    by_hour = _by_rate(people, line.called_within(_HOUR), minutes=_HOUR, desks=desks)
    today = line.busy_desk_minutes / line.busy_calls if line.busy_calls else UNKNOWN
    return [
        *(people, line.desks, people / desks, minute),
        *_ages(line, people=people, minute=minute),
        *_rates(line, minute=minute),
        *_waits(line),
        _times(people, _gap(line, 10 if len(line.calls) >= 10 else 5, minute=minute)),  # noqa: PLR2004 - gap_10
        _by_rate(people, line.called_within(30), minutes=30.0, desks=desks),
        by_hour,
        people * line.waits[-1] / line.calls_while_waited[-1] if line.calls else UNKNOWN,
        (by_hour + (line.waits[-1] if line.calls else by_hour)) / 2,
        _times(people / desks, today),
        today,
        *(hall.waiting, hall.desks, hall.called_30, hall.waiting / max(hall.called_30, 1)),
        *_past(past, people=people, desks=desks, minute=minute),
    ]


def _ages(line: Line, *, people: int, minute: float) -> tuple[float, float, float]:
    issued = list(islice(line.waiting.values(), people))
    if not issued:
        return 0.0, 0.0, 0.0
    last = issued[-1] if len(issued) == people else minute  # who is not in line yet comes now
    return minute - issued[0], minute - sum(issued) / len(issued), minute - last


def _rates(line: Line, *, minute: float) -> tuple[float, ...]:
    return (
        *(line.called_within(minutes) for minutes in (10, 30, 60, 120)),
        len(line.calls),
        *(line.issued_within(minutes) for minutes in (15, 30, 60)),
        *(_gap(line, calls, minute=minute) for calls in (3, 5, 10, 20)),
        minute - line.calls[-1] if line.calls else UNKNOWN,
        minute - line.calls[0] if line.calls else UNKNOWN,
        line.mean_desks(_HOUR),
    )


def _gap(line: Line, calls: int, *, minute: float) -> float:
    """Minutes between calls, over the last so many and the time since."""
    return (minute - line.calls[-calls]) / calls if len(line.calls) >= calls else UNKNOWN


def _waits(line: Line) -> tuple[float, float, float, float]:
    if not line.waits:
        return UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN
    last, three, eight = line.waits[-1], line.waits[-3:], line.waits[-8:]
    mean = sum(eight) / len(eight)
    return last, sum(three) / len(three), mean, last - mean


def _by_rate(people: int, called: int, *, minutes: float, desks: int) -> float:
    found = people * minutes / called if called else people * SERVICE_MINUTES / desks
    return min(found, TRUTH_MINUTES_MAX)


def _times(people: float, minutes: float) -> float:
    return UNKNOWN if minutes == UNKNOWN else people * minutes


def _past(past: PastDays | None, *, people: int, desks: int, minute: float) -> tuple[float, ...]:
    if past is None:
        return (0.0, *(UNKNOWN,) * 9)
    place = min(int(minute // BIN_MINUTES), BINS - 1)
    return (
        past.days,
        past.calls_within(30, minute=minute),
        past.calls_within(120, minute=minute),
        past.wait[place],
        past.waiting[place],
        past.desks[place],
        UNKNOWN if past.last_call == UNKNOWN else past.last_call - minute,
        past.desk_minutes_per_call,
        _times(people / desks, past.desk_minutes_per_call),
        past.minutes_to_call(people, minute=minute),
    )
