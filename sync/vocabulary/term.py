"""Terms of services and the day they end (Civil Code 253, 254; DOMAIN §1.5)."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import msgspec

from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.working_days import KYIV, Pause, WorkingCalendar, local_day


class TermUnit(StrEnum):
    """What a span counts, by its letter in the catalogue; ``D0`` is the same day, ``D1`` the next."""

    DAY = "D"
    WORKING_DAY = "W"
    CALENDAR_DAY = "C"
    HOUR = "H"
    MONTH = "M"


class TermKind(StrEnum):
    """Which case a span is for; read through ``term-kind:<value>``."""

    USUAL = "usual"
    SHORTEST = "shortest"
    URGENT = "urgent"
    REPEAT = "repeat"
    WITH_INSPECTION = "with_inspection"


class TermSpan(msgspec.Struct, frozen=True, kw_only=True):
    """So many of a unit."""

    value: int
    unit: TermUnit
    kind: TermKind = TermKind.USUAL

    def __str__(self) -> str:
        return f"{self.unit.value}{self.value}"


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """The term of a service: ``usual`` is the limit promised; ``others`` are faster, repeat or longer ones.

    ``is_collegial``: or at the first sitting of the collegial body after it. ``text`` is as published.
    """

    text: str
    usual: TermSpan
    others: tuple[TermSpan, ...] = ()
    note: str | None = None
    is_collegial: bool = False


def parse_term(text: str) -> Term:
    """The term published as ``text``, such as ``W5 (W2/D1/H2 терміново)``; raises ``InvalidInput(field="term")``."""
    raise NotImplementedError


def due_on(
    span: TermSpan,
    *,
    registered_at: datetime,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause] = (),
    extended_days: int = 0,
) -> date:
    """The last day of the term: counted from the day after registration, moved on to a working day.

    Days inside a pause do not count; ``extended_days`` are calendar days added by a prolongation.
    """
    raise NotImplementedError


def due_at(
    span: TermSpan,
    *,
    registered_at: datetime,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause] = (),
    extended_days: int = 0,
) -> datetime:
    """The moment the term ends: for hours to the second, else the end of the last day in Kharkiv; aware, in UTC."""
    raise NotImplementedError
