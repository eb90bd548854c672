"""When an office receives by appointment: the rules its head sets, and the slots that follow from them.

The rules are one document of the office, ``appointment-rules.SHV``: each setting is an event with all of them, and the
last counts. A day keeps the slot length it was opened with, and its seats; the rules in force say which of the seats
are offered, so a booking made under earlier rules stays valid and is shown to a person where it no longer fits.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

import msgspec

from sync.vocabulary.appointment import SEATS_MAX, WHOLE_OFFICE, SeatId, seats_of
from sync.vocabulary.case import CaseEvent, order
from sync.vocabulary.case.facts import text_fact
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.office import OpeningDay
from sync.vocabulary.working_days import KYIV, local_day, public_holidays

KIND = "appointment_rules"
HORIZON_DAYS = 21  # [E:P15] МВС opens new days daily at 06:00 for 21 days ahead
OPENS_AT = time(6, 0)
DESKS_MAX = 50
EXCEPTIONS_MAX = 100
SLOT_MINUTES = 15  # the norm of one service (DOMAIN §5)
SERVICE_MINUTES_MAX = 240
GRACE_MINUTES_MAX = 15  # past it the queue gives no right to the hour
SLOT_MINUTES_ALLOWED = (10, 15, 20, 30, 60)
_SEAT = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])-([1-9][0-9]?)")

LocalTime = Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Desks = Annotated[int, msgspec.Meta(ge=0, le=DESKS_MAX)]


class RulesKind(StrEnum):
    """What happens to the rules: they are set anew, all of them, as JSON under ``rules``."""

    RULES_SET = "appointment_rules_set"


class DayException(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One day unlike its weekday: other hours (a short day, a working Saturday), or none: the office is closed."""

    day: date
    opens: LocalTime | None = None
    closes: LocalTime | None = None


class DeskGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Desks that receive by appointment: of one sphere, or (``all``) of every sphere without desks of its own.

    ``internet_desks`` of the ``desks`` are the city's first share of a day; unsold seats move as demand shows.
    """

    group: str
    desks: Desks
    internet_desks: Desks


class AppointmentRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weekdays with their hours, exceptions, desks, slot length and how long services take; times are Kyiv's.

    ``service_minutes`` by the code of a service; any other takes one slot. ``closes_on_holidays`` is false while under
    martial law holidays are working days. A visitor may report ``early_minutes`` before the time and, at the latest,
    ``grace_minutes`` after it; the city books no later than ``lead_minutes`` before.
    """

    hours: tuple[OpeningDay, ...] = ()
    exceptions: tuple[DayException, ...] = ()
    groups: tuple[DeskGroup, ...] = ()
    slot_minutes: int = SLOT_MINUTES
    service_minutes: dict[str, int] = {}
    closes_on_holidays: bool = False
    early_minutes: Annotated[int, msgspec.Meta(ge=0, le=120)] = 30
    grace_minutes: Annotated[int, msgspec.Meta(ge=0, le=GRACE_MINUTES_MAX)] = 10
    lead_minutes: Annotated[int, msgspec.Meta(ge=0, le=2880)] = 120


NO_RULES = AppointmentRules()


def document_id_of(office_id: OfficeId) -> str:
    """The document of an office's rules."""
    return f"appointment-rules.{office_id}"


def as_fact(rules: AppointmentRules) -> str:
    """The rules as they stand in the event."""
    return msgspec.json.encode(rules).decode()


def fold_rules(events: Iterable[CaseEvent]) -> AppointmentRules:
    """The rules in force: the last set; those that this version cannot read count as not set."""
    for event in sorted(events, key=order, reverse=True):
        if event.kind == RulesKind.RULES_SET:
            try:
                return msgspec.json.decode(text_fact(event, "rules") or "", type=AppointmentRules)
            except msgspec.DecodeError:
                continue
    return NO_RULES


def check_rules(rules: AppointmentRules) -> None:
    """Raises InvalidInput for hours that end before they begin, unknown groups, or more seats than a day may have."""
    if rules.slot_minutes not in SLOT_MINUTES_ALLOWED:
        raise InvalidInput(field="slot_minutes", rule="choice")
    if len(rules.exceptions) > EXCEPTIONS_MAX:
        raise InvalidInput(field="exceptions", rule="at-most", maximum=EXCEPTIONS_MAX)
    if any(not 0 < minutes <= SERVICE_MINUTES_MAX for minutes in rules.service_minutes.values()):
        raise InvalidInput(field="service_minutes", rule="between", minimum=1, maximum=SERVICE_MINUTES_MAX)
    for weekday in rules.hours:
        if weekday.opens >= weekday.closes:
            raise InvalidInput(field=f"closes_{weekday.weekday}", rule="after-opening")
    for exception in rules.exceptions:
        _check_exception(exception)
    groups = [group.group for group in rules.groups]
    if len(set(groups)) != len(groups) or not {WHOLE_OFFICE, *Sphere}.issuperset(groups):
        raise InvalidInput(field="groups", rule="choice")
    for group in rules.groups:
        if group.internet_desks > group.desks:
            raise InvalidInput(field=f"internet_{group.group}", rule="at-most", maximum=group.desks)
    _check_size(rules)


def _check_exception(exception: DayException) -> None:
    if (exception.opens is None) != (exception.closes is None):
        raise InvalidInput(field="exceptions", rule="both-times")
    if exception.opens is not None and exception.closes is not None and exception.opens >= exception.closes:
        raise InvalidInput(field="exceptions", rule="after-opening")


def _check_size(rules: AppointmentRules) -> None:
    spans = [(each.opens, each.closes) for each in rules.hours]
    spans += [(each.opens, each.closes) for each in rules.exceptions if each.opens and each.closes]
    longest = max((len(_slots(opens, closes, rules.slot_minutes)) for opens, closes in spans), default=0)
    for group in rules.groups:
        if longest * group.desks > SEATS_MAX:
            raise InvalidInput(field=f"desks_{group.group}", rule="at-most", maximum=SEATS_MAX // longest)


def group_of(rules: AppointmentRules, sphere: Sphere) -> str | None:
    """The group whose desks receive for a sphere by appointment; ``None`` where none does."""
    desks = {group.group: group.desks for group in rules.groups}
    if desks.get(sphere):
        return sphere
    return WHOLE_OFFICE if desks.get(WHOLE_OFFICE) else None


def hours_on(rules: AppointmentRules, day: date) -> tuple[str, str] | None:
    """When the office receives by appointment on ``day``; ``None``: not at all. An exception goes before a holiday."""
    for exception in rules.exceptions:
        if exception.day == day:
            return None if not exception.opens or not exception.closes else (exception.opens, exception.closes)
    if rules.closes_on_holidays and day in public_holidays([day.year, day.year - 1]):
        return None
    for weekday in rules.hours:
        if weekday.weekday == day.isoweekday():
            return weekday.opens, weekday.closes
    return None


def slots_on(rules: AppointmentRules, day: date, *, slot_minutes: int | None = None) -> list[time]:
    """The beginnings of the slots of ``day`` by the rules; a slot that would end after closing is none."""
    hours = hours_on(rules, day)
    return [] if hours is None else _slots(*hours, slot_minutes or rules.slot_minutes)


def seats_on(rules: AppointmentRules, day: date, *, group: str, slot_minutes: int | None = None) -> list[SeatId]:
    """The seats of a group that the rules offer on ``day``."""
    desks = next((each.desks for each in rules.groups if each.group == group), 0)
    return seats_of(slots_on(rules, day, slot_minutes=slot_minutes), desks=range(1, desks + 1))


def _slots(opens: str, closes: str, slot_minutes: int) -> list[time]:
    first, last = _minute(time.fromisoformat(opens)), _minute(time.fromisoformat(closes)) - slot_minutes
    return [time(*divmod(minute, 60)) for minute in range(first, last + 1, slot_minutes)]


def minutes_of(rules: AppointmentRules, service_code: str) -> int:
    """How long a service takes."""
    return rules.service_minutes.get(service_code, rules.slot_minutes)


def seats_needed(minutes: int, *, slot_minutes: int) -> int:
    """How many seats in a row a service of ``minutes`` takes."""
    return max(1, -(-minutes // slot_minutes))


def last_day_open(now: datetime) -> date:
    """The last day that may be booked at ``now``: the next one opens at 06:00 Kyiv time."""
    is_open = now.astimezone(KYIV).time() >= OPENS_AT
    return local_day(now) + timedelta(days=HORIZON_DAYS if is_open else HORIZON_DAYS - 1)


def slot_of(seat_id: SeatId) -> time:
    """When a seat begins; raises InvalidInput for what is no seat."""
    return _parts(seat_id)[0]


def desk_of(seat_id: SeatId) -> int:
    """Which of the desks a seat is of; raises InvalidInput for what is no seat."""
    return _parts(seat_id)[1]


def _parts(seat_id: SeatId) -> tuple[time, int]:
    match = _SEAT.fullmatch(seat_id)
    if match is None:
        raise InvalidInput(field="seat_id", rule="invalid")
    return time(int(match[1]), int(match[2])), int(match[3])


def begins_at(day: date, slot: time) -> datetime:
    """The moment of a slot, aware, in UTC; the zone's own rules say what Kyiv's clocks showed that day."""
    return datetime.combine(day, slot, KYIV).astimezone(UTC)


def rows_of(seats: Iterable[SeatId], *, length: int, slot_minutes: int) -> dict[time, tuple[SeatId, ...]]:
    """For each slot the first ``length`` seats of one desk, end to end, that begin there; of the lowest such desk."""
    found: dict[time, tuple[SeatId, ...]] = {}
    by_desk: dict[int, list[SeatId]] = {}
    for seat_id in sorted(seats):
        by_desk.setdefault(desk_of(seat_id), []).append(seat_id)
    for _desk, row in sorted(by_desk.items()):
        for first in range(len(row) - length + 1):
            run = row[first : first + length]
            minutes = [_minute(slot_of(seat_id)) for seat_id in run]
            if all(later - earlier == slot_minutes for earlier, later in pairwise(minutes)):
                found.setdefault(slot_of(run[0]), tuple(run))
    return dict(sorted(found.items()))


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute
