"""What the hub may do with seats: open a day, book of its own share, give seats to the office, take seats back.

Every command locks first: the hub is one side, however many processes serve it.
"""

from collections.abc import Mapping
from datetime import datetime, time

import msgspec

from central_hub.appointments import queries
from central_hub.appointments.model import (
    Actor,
    DayAlreadyOpen,
    DayMayBeOpen,
    DayNotOpen,
    DayPlan,
    OfficeHasNoNode,
    OpenDay,
    Reclaim,
    SideLives,
)
from central_hub.directory import queries as directory
from central_hub.directory.commands import log_access
from central_hub.directory.model import OfficeUnknown
from central_hub.storage import replica
from central_hub.storage.replica import OwnChange, office_scope
from central_hub.storage.transaction import Transaction
from sync.ambient import Ids
from sync.documents.document import Entry, Scalar
from sync.storage.idempotency import IdempotencyKeyReused
from sync.vocabulary.appointment import (
    KIND,
    AppointmentDay,
    AppointmentKind,
    SeatId,
    SeatNotYours,
    check_booked,
    check_free,
    check_seats,
    document_id_of,
    keyed_event_id,
    seats_named,
    seats_of,
)
from sync.vocabulary.booking import CODE_LETTERS, Booked, Booking, BookingWanted, Cancellation, DayShares, Transfer
from sync.vocabulary.booking import bookings as bookings_of
from sync.vocabulary.case import CaseEvent, to_entry
from sync.vocabulary.clock import tick
from sync.vocabulary.errors import Fact, Forbidden

THE_HUB = "hub"  # as the node of its events
NO_SEATS = AppointmentDay()


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One event to write, under this life of the hub."""

    kind: AppointmentKind
    seats: list[SeatId]
    facts: dict[str, Fact]


def open_day(tx: Transaction, plan: DayPlan, *, by: Actor, now: datetime, ids: Ids) -> DayShares:
    """Open a day of an office, its seats divided between the hub and the office's node.

    Raises:
        Forbidden: it is another office's.
        OfficeUnknown, OfficeHasNoNode, DayAlreadyOpen: as they say.
        DayMayBeOpen: the hub was restored, and nobody answers for it that it had not opened this day before.
        InvalidInput: no seats, or too many.
    """
    replica.lock(tx)
    _check_office(plan.office_id, by=by)
    if directory.office(tx, office_id=plan.office_id) is None:
        raise OfficeUnknown(office_id=plan.office_id)
    document_id = document_id_of(plan.office_id, plan.day, plan.group)
    if queries.open_day(tx, document_id=document_id) is not None:
        raise DayAlreadyOpen(document_id=document_id)
    if queries.is_restored(tx) and not plan.is_surely_new:
        raise DayMayBeOpen(document_id=document_id)
    slots = sorted({time.fromisoformat(slot) for slot in plan.slots})
    ours = seats_of(slots, desks=range(1, plan.hub_desks + 1))
    theirs = seats_of(slots, desks=range(plan.hub_desks + 1, plan.hub_desks + plan.office_desks + 1))
    check_seats([*ours, *theirs])
    office = queries.office_side(tx, office_id=plan.office_id)
    if theirs and office is None:
        raise OfficeHasNoNode(office_id=plan.office_id)
    fields = {"office_id": plan.office_id, "day": plan.day.isoformat(), "group": plan.group}
    day = OpenDay(
        document_id=document_id,
        office_id=plan.office_id,
        day=fields["day"],
        group=plan.group,
        events=(),
        state=NO_SEATS,
    )
    granted = ((ours, queries.own_side(tx)), (theirs, office))
    acts = [Act(kind=AppointmentKind.GRANTED, seats=seats, facts={"to": to}) for seats, to in granted if seats]
    _record(tx, day, acts, fields=fields, by=by, now=now, ids=ids)
    return _told(tx, document_id, action="open_appointments", by=by, now=now)


def book(tx: Transaction, wanted: BookingWanted, *, document_id: str, by: Actor, now: datetime, ids: Ids) -> Booked:
    """Book a seat of the hub's share; the same key, the same booking.

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
    _record(tx, day, [act], by=by, now=now, ids=ids)
    _log(tx, day, action="book_appointment", by=by, now=now)
    return Booked(document_id=document_id, seat_id=wanted.seat_id, code=code)


def cancel(tx: Transaction, asked: Cancellation, *, document_id: str, by: Actor, now: datetime, ids: Ids) -> DayShares:
    """Free a seat that the hub booked; raises DayNotOpen, Forbidden, BookingNotFound, SeatNotYours."""
    day = _day(tx, document_id, by=by)
    if _known(day, by=by) is None:
        check_booked(day.state, asked.seat_id, code=asked.code, side=queries.own_side(tx))
        act = Act(kind=AppointmentKind.CANCELLED, seats=[asked.seat_id], facts={"code": asked.code})
        _record(tx, day, [act], by=by, now=now, ids=ids)
    return _told(tx, document_id, action="cancel_appointment", by=by, now=now)


def give(tx: Transaction, transfer: Transfer, *, document_id: str, by: Actor, now: datetime, ids: Ids) -> DayShares:
    """Give seats of the hub's to the node that speaks for the office now.

    Raises DayNotOpen, Forbidden, OfficeHasNoNode, SeatNotYours, SeatTaken.
    """
    day = _day(tx, document_id, by=by)
    if _known(day, by=by) is None:
        office = queries.office_side(tx, office_id=day.office_id)
        if office is None:
            raise OfficeHasNoNode(office_id=day.office_id)
        seats = sorted(set(transfer.seat_ids))
        check_free(day.state, seats, side=queries.own_side(tx))
        _record(tx, day, [Act(kind=AppointmentKind.GIVEN, seats=seats, facts={"to": office})], by=by, now=now, ids=ids)
    return _told(tx, document_id, action="give_appointments", by=by, now=now)


def reclaim(tx: Transaction, asked: Reclaim, *, document_id: str, by: Actor, now: datetime, ids: Ids) -> DayShares:
    """Take back what a side that ended still owns, with who sits on it.

    Raises DayNotOpen, Forbidden, SideLives, and SeatNotYours where that side owns nothing.
    """
    day = _day(tx, document_id, by=by)
    if _known(day, by=by) is None:
        if asked.side in {queries.own_side(tx), queries.office_side(tx, office_id=day.office_id)}:
            raise SideLives(side=asked.side)
        seats = sorted(seat_id for seat_id, seat in day.state.seats.items() if seat.owner == asked.side)
        if not seats:
            raise SeatNotYours(seat_id="")
        facts: dict[str, Fact] = {"from": asked.side, "reasons": asked.reasons}
        _record(tx, day, [Act(kind=AppointmentKind.RECLAIMED, seats=seats, facts=facts)], by=by, now=now, ids=ids)
    return _told(tx, document_id, action="reclaim_appointments", by=by, now=now)


def who_comes(tx: Transaction, *, document_id: str, by: Actor, now: datetime) -> list[Booking]:
    """Who sits on which seat; that they were read is in the access log. Raises DayNotOpen, Forbidden."""
    day = _day(tx, document_id, by=by)
    _log(tx, day, action="read_appointments", by=by, now=now)
    return bookings_of(day.state, day.events)


def _day(tx: Transaction, document_id: str, *, by: Actor) -> OpenDay:
    replica.lock(tx)
    day = queries.open_day(tx, document_id=document_id)
    if day is None:
        raise DayNotOpen(document_id=document_id)
    _check_office(day.office_id, by=by)
    return day


def _check_office(office_id: str, *, by: Actor) -> None:
    if by.office_id not in {None, office_id}:
        raise Forbidden


def _known(day: OpenDay, *, by: Actor) -> CaseEvent | None:
    """What was done under this key before."""
    if by.key is None:
        return None
    event_id = keyed_event_id(by.key, staff_id=by.staff_id, document_id=day.document_id)
    return next((event for event in day.events if event.id == event_id), None)


def _record(
    tx: Transaction,
    day: OpenDay,
    acts: list[Act],
    *,
    fields: Mapping[str, Scalar] | None = None,
    by: Actor,
    now: datetime,
    ids: Ids,
) -> None:
    side, seen = queries.own_side(tx), max((event.clock for event in day.events), default=None)
    events: dict[str, Entry] = {}
    for act in acts:
        seen = tick(seen, now)
        event_id = ids.new()
        if by.key is not None and len(acts) == 1:
            event_id = keyed_event_id(by.key, staff_id=by.staff_id, document_id=day.document_id)
        event = CaseEvent(
            id=event_id,
            kind=act.kind,
            clock=seen,
            at=now,
            node_id=THE_HUB,
            office_id=day.office_id,
            actor_id=by.staff_id,
            facts={"side": side, "seats": " ".join(act.seats), **act.facts},
        )
        events[event_id] = to_entry(event)
    own = OwnChange(
        document_id=day.document_id,
        kind=KIND,
        fields=dict(fields or {}),
        events=events,
        scope=office_scope(day.office_id),
    )
    replica.record_own(tx, own, operation_id=ids.new(), now=now)


def _told(tx: Transaction, document_id: str, *, action: str, by: Actor, now: datetime) -> DayShares:
    day = _day(tx, document_id, by=by)
    _log(tx, day, action=action, by=by, now=now)
    return queries.shares_of(tx, day)


def _log(tx: Transaction, day: OpenDay, *, action: str, by: Actor, now: datetime) -> None:
    log_access(tx, actor_id=by.staff_id, office_id=by.office_id, action=action, subject=day.document_id, now=now)
