"""What this node may do with seats: book and cancel of its own share, and give seats to the city."""

from datetime import datetime

import msgspec

from edge_node.appointments import queries
from edge_node.appointments.model import DayNotOpen, HubNotMet, OpenDay
from edge_node.staff.commands import log_access
from edge_node.staff.model import Person
from sync.ambient import Ids
from sync.replication import outbox
from sync.replication.outbox import Change
from sync.storage import Transaction, replica
from sync.storage.idempotency import IdempotencyKeyReused
from sync.vocabulary.appointment import (
    KIND,
    AppointmentKind,
    SeatId,
    check_booked,
    check_free,
    keyed_event_id,
    seats_named,
)
from sync.vocabulary.booking import CODE_LETTERS, Booked, Booking, BookingWanted, Cancellation, DayShares, Transfer
from sync.vocabulary.booking import bookings as bookings_of
from sync.vocabulary.case import CaseEvent
from sync.vocabulary.errors import Fact, Forbidden


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One event to write, under this life of the node."""

    kind: AppointmentKind
    seats: list[SeatId]
    facts: dict[str, Fact]


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, under which key of idempotency."""

    person: Person
    key: str | None = None


def book(tx: Transaction, wanted: BookingWanted, *, document_id: str, by: Actor, now: datetime, ids: Ids) -> Booked:
    """Book a seat of the office's share, also while the line is cut; the same key, the same booking.

    Raises DayNotOpen, Forbidden, SeatNotYours, SeatTaken, IdempotencyKeyReused.
    """
    day = _day(tx, document_id, by=by)
    facts: dict[str, Fact] = {"name": wanted.name.strip(), "phone": wanted.phone.strip()}
    if (known := _known(day, by=by)) is not None:
        if seats_named(known) != [wanted.seat_id] or facts.items() - known.facts.items():
            raise IdempotencyKeyReused
        return Booked(document_id=document_id, seat_id=wanted.seat_id, code=str(known.facts["code"]))
    check_free(day.state, [wanted.seat_id], side=queries.own_side(tx))
    code = ids.new()[-CODE_LETTERS:]
    act = Act(kind=AppointmentKind.BOOKED, seats=[wanted.seat_id], facts={"code": code, **facts})
    _record(tx, day, act, by=by, now=now, ids=ids)
    log_access(tx, by=by.person, action="appointment-booked", subject=document_id, now=now)
    return Booked(document_id=document_id, seat_id=wanted.seat_id, code=code)


def cancel(tx: Transaction, asked: Cancellation, *, document_id: str, by: Actor, now: datetime, ids: Ids) -> DayShares:
    """Free a seat that this life of the node booked; raises DayNotOpen, Forbidden, BookingNotFound, SeatNotYours."""
    day = _day(tx, document_id, by=by)
    if _known(day, by=by) is None:
        check_booked(day.state, asked.seat_id, code=asked.code, side=queries.own_side(tx))
        act = Act(kind=AppointmentKind.CANCELLED, seats=[asked.seat_id], facts={"code": asked.code})
        _record(tx, day, act, by=by, now=now, ids=ids)
        log_access(tx, by=by.person, action="appointment-cancelled", subject=document_id, now=now)
    return queries.shares_of(tx, _day(tx, document_id, by=by))


def give(tx: Transaction, transfer: Transfer, *, document_id: str, by: Actor, now: datetime, ids: Ids) -> DayShares:
    """Give free seats of the office's share to the city; raises DayNotOpen, HubNotMet, SeatNotYours, SeatTaken."""
    day = _day(tx, document_id, by=by)
    if _known(day, by=by) is None:
        city = queries.city_side(tx)
        if city is None:
            raise HubNotMet
        seats = sorted(set(transfer.seat_ids))
        check_free(day.state, seats, side=queries.own_side(tx))
        _record(tx, day, Act(kind=AppointmentKind.GIVEN, seats=seats, facts={"to": city}), by=by, now=now, ids=ids)
        log_access(tx, by=by.person, action="appointments-given", subject=document_id, now=now)
    return queries.shares_of(tx, _day(tx, document_id, by=by))


def who_comes(tx: Transaction, *, document_id: str, by: Actor, now: datetime) -> list[Booking]:
    """Who sits on which seat; that they were read is in the access log. Raises DayNotOpen, Forbidden."""
    day = _day(tx, document_id, by=by)
    log_access(tx, by=by.person, action="appointments-read", subject=document_id, now=now)
    return bookings_of(day.state, day.events)


def _day(tx: Transaction, document_id: str, *, by: Actor) -> OpenDay:
    day = queries.open_day(tx, document_id=document_id)
    if day is None:
        raise DayNotOpen(document_id=document_id)
    if by.person.office_id != day.office_id:
        raise Forbidden
    return day


def _known(day: OpenDay, *, by: Actor) -> CaseEvent | None:
    """What was done under this key before."""
    if by.key is None:
        return None
    event_id = keyed_event_id(by.key, staff_id=by.person.staff_id, document_id=day.document_id)
    return next((event for event in day.events if event.id == event_id), None)


def _record(tx: Transaction, day: OpenDay, act: Act, *, by: Actor, now: datetime, ids: Ids) -> None:
    event_id = ids.new()
    if by.key is not None:
        event_id = keyed_event_id(by.key, staff_id=by.person.staff_id, document_id=day.document_id)
    event = CaseEvent(
        id=event_id,
        kind=act.kind,
        clock=outbox.next_clock(tx, now=now, after=outbox.view(tx, day.document_id)),
        at=now,
        node_id=replica.stream(tx).node_id,
        office_id=day.office_id,
        actor_id=by.person.staff_id,
        facts={"side": queries.own_side(tx), "seats": " ".join(act.seats), **act.facts},
    )
    change = Change(document_id=day.document_id, kind=KIND, events=(event,))
    outbox.record(tx, change, operation_id=ids.new(), now=now)
