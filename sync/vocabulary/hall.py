"""Figures of a waiting hall that can be added up: of a ticket, an hour, a day, an office, the city; no person."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

import msgspec

from sync.vocabulary.catalogue import Sphere

WAIT_TARGET_MINUTES = 15  # called by then wherever the desks allow it
WAIT_LIMIT_MINUTES = 45  # nobody is to wait longer
RECEPTION_MINUTES = 15  # a reception is to take no longer
DAYS_TOLD_MAX = 4  # in one message: it stays well below what the hub reads
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Figures(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Counts and sums; what each means is said once, here and on every page that shows it.

    ``issued`` tickets were taken. ``called`` were called for the first time, after ``wait_seconds`` together; of these
    ``in_target`` within ``WAIT_TARGET_MINUTES``, ``past_limit`` after more than ``WAIT_LIMIT_MINUTES``. ``came``
    visitors came to the desk, ``walk_seconds`` together after the call. ``receptions`` are stays at a desk, together
    ``service_seconds``, of them ``long_receptions`` longer than ``RECEPTION_MINUTES``. ``served`` services were brought
    to an end; ``no_show`` calls were in vain; ``left`` tickets ended unheard: given back, or their holder went.
    """

    issued: Count = 0
    called: Count = 0
    wait_seconds: Count = 0
    in_target: Count = 0
    past_limit: Count = 0
    came: Count = 0
    walk_seconds: Count = 0
    receptions: Count = 0
    service_seconds: Count = 0
    long_receptions: Count = 0
    served: Count = 0
    no_show: Count = 0
    left: Count = 0

    @property
    def wait_minutes(self) -> float | None:
        """The mean from taking a ticket to the first call."""
        return _minutes(self.wait_seconds, self.called)

    @property
    def walk_minutes(self) -> float | None:
        """The mean from a call to the visitor's coming."""
        return _minutes(self.walk_seconds, self.came)

    @property
    def service_minutes(self) -> float | None:
        """The mean stay at a desk."""
        return _minutes(self.service_seconds, self.receptions)

    @property
    def in_target_share(self) -> float | None:
        """Of the called, who waited no longer than the target: 0 to 1."""
        return self.in_target / self.called if self.called else None


COUNTS = Figures.__struct_fields__


class HallHour(Figures, frozen=True, kw_only=True, omit_defaults=True):
    """What ended in one hour of the day (of Kyiv) in one sphere."""

    hour: Annotated[int, msgspec.Meta(ge=0, le=23)]
    sphere: Sphere


class HallDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day of one office's hall, as the hub is told of it; of two the one with the higher ``revision`` counts."""

    day: date
    revision: Annotated[int, msgspec.Meta(ge=1, le=2**62)]
    hours: Annotated[tuple[HallHour, ...], msgspec.Meta(max_length=24 * len(Sphere))]


class HallReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an office tells the hub of its hall: days, the latest first; no desk and no person."""

    days: Annotated[tuple[HallDay, ...], msgspec.Meta(max_length=DAYS_TOLD_MAX)]


class HallHeld(msgspec.Struct, frozen=True, kw_only=True):
    """The hub's answer: what was told is durable in this life of the hub."""

    hub_incarnation: str


def total(parts: Iterable[Figures]) -> Figures:
    """All of them added up."""
    sums = dict.fromkeys(COUNTS, 0)
    for part in parts:
        for name in COUNTS:
            sums[name] += getattr(part, name)
    return Figures(**sums)


def _minutes(seconds: int, count: int) -> float | None:
    return seconds / count / 60 if count else None
