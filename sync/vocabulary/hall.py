"""Figures of a waiting hall that can be added up: of a ticket, an hour, a day, an office, the city; no person."""

from collections.abc import Iterable
from datetime import date

import msgspec

from sync.vocabulary.catalogue import Sphere

WAIT_TARGET_MINUTES = 15  # called by then wherever the desks allow it
WAIT_LIMIT_MINUTES = 45  # nobody is to wait longer
RECEPTION_MINUTES = 15  # a reception is to take no longer


class Figures(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Counts and sums; what each means is said once, here and on every page that shows it.

    ``issued`` tickets were taken. ``called`` were called for the first time, after ``wait_seconds`` together; of these
    ``in_target`` within ``WAIT_TARGET_MINUTES``, ``past_limit`` after more than ``WAIT_LIMIT_MINUTES``. ``came``
    visitors came to the desk, ``walk_seconds`` together after the call. ``receptions`` are stays at a desk, together
    ``service_seconds``, of them ``long_receptions`` longer than ``RECEPTION_MINUTES``. ``served`` services were brought
    to an end; ``no_show`` calls were in vain; ``left`` tickets ended unheard: given back, or their holder went.
    """

    issued: int = 0
    called: int = 0
    wait_seconds: int = 0
    in_target: int = 0
    past_limit: int = 0
    came: int = 0
    walk_seconds: int = 0
    receptions: int = 0
    service_seconds: int = 0
    long_receptions: int = 0
    served: int = 0
    no_show: int = 0
    left: int = 0

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
    """What ended in one hour of the day (0 to 23, of Kyiv) in one sphere."""

    hour: int
    sphere: Sphere


class HallDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day of one office's hall, as the hub is told of it; of two the one with the higher ``revision`` counts."""

    day: date
    revision: int
    hours: tuple[HallHour, ...]


def total(parts: Iterable[Figures]) -> Figures:
    """All of them added up."""
    sums = dict.fromkeys(COUNTS, 0)
    for part in parts:
        for name in COUNTS:
            sums[name] += getattr(part, name)
    return Figures(**sums)


def _minutes(seconds: int, count: int) -> float | None:
    return seconds / count / 60 if count else None
