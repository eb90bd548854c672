"""What visitors were promised and what came: kept by ticket, never with a person, and told by day."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import TicketId


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder of a ticket was told when it was taken, in minutes.

    ``taught_…`` is what the trees said, ``None`` while nothing was learned; ``told_…`` the range after the office's own
    calibration; ``shown_…`` its ends as printed; ``simple`` what the mix of the two simple methods would have said;
    ``roots`` by how much the trees' word was shifted for the queue's drift, in roots of a minute.
    """

    ticket_id: TicketId
    day: date
    sphere: Sphere
    at: datetime
    people: int
    taught_low: float | None
    taught_middle: float | None
    taught_high: float | None
    told_low: float
    told_middle: float
    told_high: float
    shown_from: int
    shown_to: int
    simple: float
    roots: float = 0.0


class DayAccuracy(msgspec.Struct, frozen=True, kw_only=True):
    """How well one day's promises held; errors in minutes, shares from 0 to 1.

    ``promised`` tickets were told a range, ``compared`` of them were called; ``learned`` of these by the trees.
    ``coverage`` and the last two errors are of the learned ones: ``None`` on a day without any.
    """

    day: date
    promised: int
    compared: int
    learned: int
    error_minutes: float
    within_5: float
    within_10: float
    coverage: float | None
    shown_coverage: float
    learned_error_minutes: float | None
    simple_error_minutes: float | None


class Accuracy(msgspec.Struct, frozen=True, kw_only=True):
    """Several days in one, each by its number of compared promises."""

    compared: int
    error_minutes: float
    within_10: float
    coverage: float | None


def together(days: Sequence[DayAccuracy]) -> Accuracy | None:
    """The mean over all promises of ``days``; ``None`` without one."""
    compared = sum(day.compared for day in days)
    learned = sum(day.learned for day in days)
    if not compared:
        return None
    return Accuracy(
        compared=compared,
        error_minutes=sum(day.error_minutes * day.compared for day in days) / compared,
        within_10=sum(day.within_10 * day.compared for day in days) / compared,
        coverage=sum((day.coverage or 0.0) * day.learned for day in days) / learned if learned else None,
    )
