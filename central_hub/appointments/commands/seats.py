"""What the hub may do with seats by their names: open a day, book, cancel, give seats to the office, take seats back.

Every command locks first: the hub is one side, however many processes serve it.
"""

from datetime import datetime, time

from central_hub.appointments import queries
from central_hub.appointments.commands.recording import check_office, day_of, known, log, record, told
from central_hub.appointments.model import (
    Actor,
    DayAlreadyOpen,
    DayMayBeOpen,
    DayPlan,
    OfficeHasNoNode,
    Reclaim,
    SideLives,
)
from central_hub.directory import queries as directory
from central_hub.directory.model import OfficeUnknown
from central_hub.storage import replica
from central_hub.storage.transaction import Transaction
from sync.ambient import Ids
from sync.documents.document import Scalar
from sync.vocabulary.appointment import (
    Act,
    AppointmentKind,
    SeatId,
    SeatNotYours,
    SeatTaken,
    check_booked,
    check_free,
    check_seats,
    document_id_of,
    seats_of,
)
from sync.vocabulary.booking import (
    CODE_LETTERS,
    Booked,
    Booking,
    BookingWanted,
    Cancellation,
    DayShares,
    OpenDay,
    Transfer,
    booked_by,
    open_day_of,
)
from sync.vocabulary.booking import bookings as bookings_of
from sync.vocabulary.errors import Fact


def open_day(tx: Transaction, plan: DayPlan, *, by: Actor, now: datetime, ids: Ids) -> DayShares:
    """Open a day of an office, its seats divided between the hub and the office's node.

    Raises:
        Forbidden: it is another office's.
        OfficeUnknown, OfficeHasNoNode, DayAlreadyOpen: as they say.
        DayMayBeOpen: the hub was restored, and nobody answers for it that it had not opened this day before.
        InvalidInput: no seats, or too many.
    """
    replica.lock(tx)
    check_office(plan.office_id, by=by)
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
    fields: dict[str, Scalar] = {
        "office_id": plan.office_id,
        "day": plan.day.isoformat(),
        "group": plan.group,
        "slot_minutes": plan.slot_minutes,
    }
    day = open_day_of(document_id, fields=fields, entries={})
    granted = ((ours, queries.own_side(tx)), (theirs, office))
    acts = [Act(kind=AppointmentKind.GRANTED, seats=seats, facts={"to": to}) for seats, to in granted if seats]
    record(tx, day, acts, fields=fields, by=by, now=now, ids=ids)
    return told(tx, document_id, action="open_appointments", by=by, now=now)


def book(tx: Transaction, wanted: BookingWanted, *, document_id: str, by: Actor, now: datetime, ids: Ids) -> Booked:
    """Book a seat of the hub's share; the same key, the same booking.

    Raises DayNotOpen, Forbidden, SeatNotYours, SeatTaken, IdempotencyKeyReused.
    """
    day = day_of(tx, document_id, by=by)
    if (done := known(day, by=by)) is not None:
        return booked_by(done, wanted, document_id=document_id)
    _check_free(tx, day, [wanted.seat_id], now=now)
    code = ids.new()[-CODE_LETTERS:]
    act = Act(kind=AppointmentKind.BOOKED, seats=[wanted.seat_id], facts={"code": code, **wanted.facts()})
    record(tx, day, [act], by=by, now=now, ids=ids)
    log(tx, day, action="book_appointment", by=by, now=now)
    return Booked(document_id=document_id, seat_id=wanted.seat_id, code=code)


def cancel(tx: Transaction, asked: Cancellation, *, document_id: str, by: Actor, now: datetime, ids: Ids) -> DayShares:
    """Free what the hub booked under the code; raises DayNotOpen, Forbidden, BookingNotFound, SeatNotYours."""
    day = day_of(tx, document_id, by=by)
    if known(day, by=by) is None:
        check_booked(day.state, asked.seat_id, code=asked.code, side=queries.own_side(tx))
        seats = day.state.seats_under(asked.code)
        act = Act(kind=AppointmentKind.CANCELLED, seats=seats, facts={"code": asked.code})
        record(tx, day, [act], by=by, now=now, ids=ids)
    return told(tx, document_id, action="cancel_appointment", by=by, now=now)


def give(tx: Transaction, transfer: Transfer, *, document_id: str, by: Actor, now: datetime, ids: Ids) -> DayShares:
    """Give seats of the hub's to the node that speaks for the office now.

    Raises DayNotOpen, Forbidden, OfficeHasNoNode, SeatNotYours, SeatTaken.
    """
    day = day_of(tx, document_id, by=by)
    if known(day, by=by) is None:
        office = queries.office_side(tx, office_id=day.office_id)
        if office is None:
            raise OfficeHasNoNode(office_id=day.office_id)
        seats = sorted(set(transfer.seat_ids))
        _check_free(tx, day, seats, now=now)
        record(tx, day, [Act(kind=AppointmentKind.GIVEN, seats=seats, facts={"to": office})], by=by, now=now, ids=ids)
    return told(tx, document_id, action="give_appointments", by=by, now=now)


def reclaim(tx: Transaction, asked: Reclaim, *, document_id: str, by: Actor, now: datetime, ids: Ids) -> DayShares:
    """Take back what a side that ended still owns, with who sits on it.

    Raises DayNotOpen, Forbidden, SideLives, and SeatNotYours where that side owns nothing.
    """
    day = day_of(tx, document_id, by=by)
    if known(day, by=by) is None:
        if asked.side in {queries.own_side(tx), queries.office_side(tx, office_id=day.office_id)}:
            raise SideLives(side=asked.side)
        seats = sorted(seat_id for seat_id, seat in day.state.seats.items() if seat.owner == asked.side)
        if not seats:
            raise SeatNotYours(seat_id="")
        facts: dict[str, Fact] = {"from": asked.side, "reasons": asked.reasons}
        record(tx, day, [Act(kind=AppointmentKind.RECLAIMED, seats=seats, facts=facts)], by=by, now=now, ids=ids)
    return told(tx, document_id, action="reclaim_appointments", by=by, now=now)


def who_comes(tx: Transaction, *, document_id: str, by: Actor, now: datetime) -> list[Booking]:
    """Who sits on which seat; that they were read is in the access log. Raises DayNotOpen, Forbidden."""
    day = day_of(tx, document_id, by=by)
    log(tx, day, action="read_appointments", by=by, now=now)
    return bookings_of(day.state, day.events)


def _check_free(tx: Transaction, day: OpenDay, seats: list[SeatId], *, now: datetime) -> None:
    """Raises SeatNotYours, and SeatTaken also for a seat kept for somebody who is about to book."""
    check_free(day.state, seats, side=queries.own_side(tx))
    held = queries.held_seats(tx, document_id=day.document_id, now=now)
    if kept := next((seat_id for seat_id in seats if seat_id in held), None):
        raise SeatTaken(seat_id=kept)
