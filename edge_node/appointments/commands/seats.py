"""What this node may do with seats by their names: book and cancel of its own share, and give seats to the city."""

from datetime import date, datetime

from edge_node.appointments import queries
from edge_node.appointments.commands.recording import Actor, day_of, known, record
from edge_node.appointments.model import DaySheet, HubNotMet
from edge_node.staff.commands import log_access
from sync.ambient import Ids
from sync.storage import Transaction
from sync.vocabulary.appointment import Act, AppointmentKind, SeatId, SeatTaken, check_booked, check_free
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
)
from sync.vocabulary.booking import bookings as bookings_of
from sync.vocabulary.errors import Forbidden
from sync.vocabulary.ids import OfficeId


def book(tx: Transaction, wanted: BookingWanted, *, document_id: str, by: Actor, now: datetime, ids: Ids) -> Booked:
    """Book a seat of the office's share, also while the line is cut; the same key, the same booking.

    Raises DayNotOpen, Forbidden, SeatNotYours, SeatTaken, IdempotencyKeyReused.
    """
    day = day_of(tx, document_id, by=by)
    if (done := known(day, by=by)) is not None:
        return booked_by(done, wanted, document_id=document_id)
    _check_free(tx, day, [wanted.seat_id], now=now)
    code = ids.new()[-CODE_LETTERS:]
    act = Act(kind=AppointmentKind.BOOKED, seats=[wanted.seat_id], facts={"code": code, **wanted.facts()})
    record(tx, day, act, by=by, now=now, ids=ids)
    log_access(tx, by=by.person, action="appointment-booked", subject=document_id, now=now)
    return Booked(document_id=document_id, seat_id=wanted.seat_id, code=code)


def cancel(tx: Transaction, asked: Cancellation, *, document_id: str, by: Actor, now: datetime, ids: Ids) -> DayShares:
    """Free what this life of the node booked under the code.

    Raises DayNotOpen, Forbidden, BookingNotFound, SeatNotYours.
    """
    day = day_of(tx, document_id, by=by)
    if known(day, by=by) is None:
        check_booked(day.state, asked.seat_id, code=asked.code, side=queries.own_side(tx))
        seats = day.state.seats_under(asked.code)
        act = Act(kind=AppointmentKind.CANCELLED, seats=seats, facts={"code": asked.code})
        record(tx, day, act, by=by, now=now, ids=ids)
        log_access(tx, by=by.person, action="appointment-cancelled", subject=document_id, now=now)
    return queries.shares_of(tx, day_of(tx, document_id, by=by))


def give(tx: Transaction, transfer: Transfer, *, document_id: str, by: Actor, now: datetime, ids: Ids) -> DayShares:
    """Give free seats of the office's share to the city; raises DayNotOpen, HubNotMet, SeatNotYours, SeatTaken."""
    day = day_of(tx, document_id, by=by)
    if known(day, by=by) is None:
        city = queries.city_side(tx)
        if city is None:
            raise HubNotMet
        seats = sorted(set(transfer.seat_ids))
        _check_free(tx, day, seats, now=now)
        record(tx, day, Act(kind=AppointmentKind.GIVEN, seats=seats, facts={"to": city}), by=by, now=now, ids=ids)
        log_access(tx, by=by.person, action="appointments-given", subject=document_id, now=now)
    return queries.shares_of(tx, day_of(tx, document_id, by=by))


def who_comes(tx: Transaction, *, document_id: str, by: Actor, now: datetime) -> list[Booking]:
    """Who sits on which seat; that they were read is in the access log. Raises DayNotOpen, Forbidden."""
    day = day_of(tx, document_id, by=by)
    log_access(tx, by=by.person, action="appointments-read", subject=document_id, now=now)
    return bookings_of(day.state, day.events)


def read_day(tx: Transaction, *, office_id: OfficeId, day: date, by: Actor, now: datetime) -> DaySheet:
    """Everybody who has an appointment on ``day``; that it was read is in the access log."""
    if by.person.office_id != office_id:
        raise Forbidden
    log_access(tx, by=by.person, action="appointments-read", subject=f"appointments.{office_id}.{day}", now=now)
    return queries.day_sheet(tx, office_id=office_id, day=day)


def _check_free(tx: Transaction, day: OpenDay, seats: list[SeatId], *, now: datetime) -> None:
    """Raises SeatNotYours, and SeatTaken also for a seat kept for somebody who is about to book."""
    check_free(day.state, seats, side=queries.own_side(tx))
    held = queries.held_seats(tx, document_id=day.document_id, now=now)
    if kept := next((seat_id for seat_id in seats if seat_id in held), None):
        raise SeatTaken(seat_id=kept)
