"""Unsold seats go where people ask for them: to the office whose own are sold, or which alone can still sell them."""

from datetime import datetime, timedelta

from central_hub.appointments import queries
from central_hub.appointments.commands.recording import BY_ITSELF, day_of, record
from central_hub.storage.transaction import Reader, Transaction
from sync.ambient import Ids
from sync.vocabulary.appointment import Act, AppointmentKind, SeatId, Side
from sync.vocabulary.appointment_rules import AppointmentRules, begins_at, last_day_open, slot_of
from sync.vocabulary.booking import OpenDay
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.offers import seats_to_give
from sync.vocabulary.working_days import local_day


def days_to_share(reader: Reader, *, office_id: OfficeId, now: datetime) -> list[str]:
    """The open days of an office of which the hub should give seats to it."""
    office = queries.office_side(reader, office_id=office_id)
    if office is None:
        return []
    own, rules = queries.own_side(reader), queries.rules_of(reader, office_id=office_id)
    days = queries.days_of(reader, office_id=office_id, since=local_day(now), until=last_day_open(now))
    return [day.document_id for day in days if _surplus(day, rules, own=own, office=office, now=now)]


def share(tx: Transaction, *, document_id: str, now: datetime, ids: Ids) -> int:
    """Give the office what the hub has too much of on this day; how many seats. Raises DayNotOpen."""
    day = day_of(tx, document_id, by=BY_ITSELF)
    office = queries.office_side(tx, office_id=day.office_id)
    if office is None:
        return 0
    rules = queries.rules_of(tx, office_id=day.office_id)
    held = queries.held_seats(tx, document_id=document_id, now=now)
    surplus = _surplus(day, rules, own=queries.own_side(tx), office=office, now=now)
    seats = [seat_id for seat_id in surplus if seat_id not in held]
    if seats:
        act = Act(kind=AppointmentKind.GIVEN, seats=seats, facts={"to": office})
        record(tx, day, [act], by=BY_ITSELF, now=now, ids=ids)
    return len(seats)


def _surplus(day: OpenDay, rules: AppointmentRules, *, own: Side, office: Side, now: datetime) -> list[SeatId]:
    """Today's seats that the city no longer sells, so near is their hour; of any day a part of what lies idle."""
    sold_until = now + timedelta(minutes=rules.lead_minutes)
    late = [
        seat_id
        for seat_id in day.state.free(own)
        if now < begins_at(day.on, slot_of(seat_id)) < sold_until  # what is past helps nobody
    ]
    return sorted({*late, *seats_to_give(day.state, side=own, to=office)})
