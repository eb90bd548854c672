"""Terms of services and the day they end (Civil Code 253, 254; DOMAIN §1.5)."""

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
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


# «C30», «W10», «H24»; a number may carry a question mark where the source was not sure
_SPAN = re.compile(r"([DWCHM])([0-9]{1,3})")
_BRACKET = re.compile(r"\(([^)]*)\)")
_KIND_WORDS = {
    "терміново": TermKind.URGENT,
    "повторно": TermKind.REPEAT,
    "з перевіркою": TermKind.WITH_INSPECTION,
}
_COLLEGIAL = "перше засідання колегіального органу"
_HOURS_PER_UNIT = {TermUnit.HOUR: 1, TermUnit.MONTH: 24 * 30, TermUnit.WORKING_DAY: 34}
_ONE_DAY = timedelta(days=1)


def parse_term(text: str) -> Term:
    """The term published as ``text``, such as ``W5 (W2/D1/H2 терміново)``.

    Two terms joined by «/» are the usual and the urgent one; a range or «або» promises no more than its longer end.
    Raises ``InvalidInput(field="term", rule="term")``.
    """
    bracket = _BRACKET.search(text)
    inner = bracket[1] if bracket else ""
    spans = [_span(match, TermKind.USUAL) for match in _SPAN.finditer(_BRACKET.sub("", text))]
    if not spans:
        raise InvalidInput(field="term", rule="term")
    if "/" in _BRACKET.sub("", text):
        usual, others = spans[0], [msgspec.structs.replace(each, kind=TermKind.URGENT) for each in spans[1:]]
    else:
        usual = max(spans, key=_rough_hours)
        others = [msgspec.structs.replace(each, kind=TermKind.SHORTEST) for each in spans if each is not usual]
    inner_kind = next((kind for words, kind in _KIND_WORDS.items() if words in inner), TermKind.URGENT)
    others += [_span(match, inner_kind) for match in _SPAN.finditer(inner)]
    return Term(
        text=text,
        usual=usual,
        others=tuple(others),
        note=_note(text, inner),
        is_collegial=_COLLEGIAL in text,
    )


def _span(match: re.Match[str], kind: TermKind) -> TermSpan:
    return TermSpan(value=int(match[2]), unit=TermUnit(match[1]), kind=kind)


def _rough_hours(span: TermSpan) -> int:
    return span.value * _HOURS_PER_UNIT.get(span.unit, 24)


def _note(text: str, inner: str) -> str | None:
    if "?" in text:
        return "?"
    return inner if inner and not _SPAN.search(inner) else None


def due_on(
    span: TermSpan,
    *,
    registered_at: datetime,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause] = (),
    extended_days: int = 0,
) -> date:
    """The last day of the term: counted from the day after registration, moved on to a working day.

    Days inside a pause do not count; ``extended_days`` are calendar days added by a prolongation. A pause that is
    still open is taken as nothing: the day it ends gives a new due date.
    """
    if span.unit is TermUnit.HOUR:
        # hours that end at midnight end with the day before it, not on the day after
        return local_day(_hours_later(registered_at, span.value, calendar=calendar) - timedelta(microseconds=1))
    first_day = local_day(registered_at)
    if span.unit is TermUnit.WORKING_DAY:
        last_day = _counted(first_day, span.value, pauses=pauses, counts=calendar.is_working)
    elif span.unit is TermUnit.MONTH:
        days = (_months_later(first_day, span.value) - first_day).days
        last_day = _counted(first_day, days, pauses=pauses, counts=_every_day)
    else:
        last_day = _counted(first_day, span.value, pauses=pauses, counts=_every_day)
    last_day = _counted(last_day, extended_days, pauses=pauses, counts=_every_day)
    return calendar.working_day_from(last_day)


def due_at(
    span: TermSpan,
    *,
    registered_at: datetime,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause] = (),
    extended_days: int = 0,
) -> datetime:
    """The moment the term ends: for hours to the second, else the end of the last day in Kharkiv; aware, in UTC."""
    if span.unit is TermUnit.HOUR:
        return _hours_later(registered_at, span.value, calendar=calendar)
    last_day = due_on(span, registered_at=registered_at, calendar=calendar, pauses=pauses, extended_days=extended_days)
    return datetime.combine(last_day, time(23, 59, 59), tzinfo=KYIV).astimezone(UTC)


def days_left(due: date, *, today: date) -> int:
    """Calendar days to ``due``; 0 on the last day, negative when overdue."""
    return (due - today).days


def _every_day(_day: date) -> bool:
    return True


def _counted(day: date, count: int, *, pauses: Sequence[Pause], counts: Callable[[date], bool]) -> date:
    while count > 0:
        day += _ONE_DAY
        is_paused = any(p.ended_on is not None and p.began_on < day <= p.ended_on for p in pauses)
        if not is_paused and counts(day):
            count -= 1
    return day


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last (Civil Code 254)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


def _hours_later(moment: datetime, hours: int, *, calendar: WorkingCalendar) -> datetime:
    """So many hours on, days that are not working days left out whole (law 755-IV art. 26: 24 hours but weekends)."""
    left = timedelta(hours=hours)
    at = moment.astimezone(KYIV)
    while True:
        midnight = datetime.combine(at.date() + _ONE_DAY, time(), tzinfo=KYIV).astimezone(UTC)
        room = midnight - at.astimezone(UTC)
        if calendar.is_working(at.date()):
            if left <= room:
                return at.astimezone(UTC) + left
            left -= room
        at = midnight.astimezone(KYIV)
