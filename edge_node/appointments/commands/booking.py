"""Booking of the office's share: a time is kept for ten minutes, then confirmed, moved or let go."""

from datetime import datetime

from edge_node.appointments import queries
from edge_node.appointments.commands.recording import Actor, day_of, record
from edge_node.appointments.model import BookedElsewhere, DayNotOpen, Found
from edge_node.catalogue import queries as catalogue
from edge_node.staff.commands import log_access
from sync.ambient import Ids
from sync.storage import Transaction
from sync.vocabulary.appointment import Act, AppointmentKind, BookingNotFound, SeatId
from sync.vocabulary.appointment_rules import group_of
from sync.vocabulary.booking import CODE_LETTERS, Booked, Way
from sync.vocabulary.errors import Fact, Forbidden
from sync.vocabulary.identifiers.phone import check_phone
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.offers import (
    ACTIVE_MAX,
    HOLD_TIME,
    Details,
    Hold,
    HoldExpired,
    NotBookable,
    SlotGone,
    SlotWanted,
    TooManyBookings,
    TooManyHolds,
    free_rows,
)

HOLDS_OF_SOURCE_MAX = 3  # a kiosk keeps one; several phones may share an address, and a machine that keeps all is none


def hold(tx: Transaction, wanted: SlotWanted, *, by: Actor, now: datetime, ids: Ids) -> Hold:
    """Keep the seats that the service needs from this time on, for ten minutes.

    Raises NotBookable, DayNotOpen, SlotGone, TooManyHolds, UnknownService, Forbidden.
    """
    office_id = _office_of(by)
    if by.source and queries.count_holds(tx, source=by.source, now=now) >= HOLDS_OF_SOURCE_MAX:
        raise TooManyHolds
    service = catalogue.service(tx, code=wanted.service_code)
    rules = queries.rules(tx, office_id=office_id)
    group = group_of(rules, service.sphere)
    if group is None:
        raise NotBookable
    days = queries.days_on(tx, office_id=office_id, day=wanted.day)
    day = next((each for each in days if each.group == group), None)
    if day is None:
        raise DayNotOpen(document_id=wanted.day.isoformat())
    rows = free_rows(
        day,
        rules,
        side=queries.own_side(tx),
        held=queries.held_seats(tx, document_id=day.document_id, now=now),
        not_before=now,
        service_code=service.code,
    )
    seats = rows.get(wanted.slot)
    if seats is None:
        raise SlotGone
    kept = Hold(
        hold_id=ids.new(),
        document_id=day.document_id,
        seat_ids=seats,
        service_code=service.code,
        expires_at=now + HOLD_TIME,
    )
    queries.save_hold(tx, kept, source=by.source, now=now)
    return kept


def confirm(
    tx: Transaction,
    details: Details,
    *,
    hold_id: str,
    way: Way,
    language: str = "uk",
    by: Actor,
    now: datetime,
    ids: Ids,
) -> Booked:
    """Book what is kept, for who gave this name and number; confirmed once more it is the same booking.

    The city reminds in ``language``.

    Raises HoldExpired, TooManyBookings, InvalidInput for the number, and what ``record`` raises.
    """
    phone = check_phone(details.phone)
    kept = _kept(tx, hold_id, now=now)
    if (done := _done(kept)) is not None:
        return done
    if queries.count_active(tx, phone=phone, now=now) >= ACTIVE_MAX:
        raise TooManyBookings(maximum=ACTIVE_MAX)
    facts: dict[str, Fact] = {
        "name": details.name.strip(),
        "phone": phone,
        "service": kept.service_code,
        "way": way,
        "language": language,
    }
    return _book(tx, kept, facts=facts, by=by, now=now, ids=ids)


def move(tx: Transaction, *, code: str, document_id: str, hold_id: str, by: Actor, now: datetime, ids: Ids) -> Booked:
    """Book what is kept for the person of another booking, and cancel that: both or neither.

    Raises HoldExpired, BookingNotFound, BookedElsewhere, DayNotOpen, Forbidden.
    """
    kept = _kept(tx, hold_id, now=now)
    if (done := _done(kept)) is not None:
        return done
    booking = _own_booking(tx, code=code, document_id=document_id, by=by).booking
    facts: dict[str, Fact] = {
        "name": booking.name,
        "phone": booking.phone,
        "service": kept.service_code,
        "way": booking.way,
        "language": booking.language,
    }
    cancel_booking(tx, code=code, document_id=document_id, by=by, now=now, ids=ids)
    return _book(tx, kept, facts=facts, by=by, now=now, ids=ids)


def cancel_booking(tx: Transaction, *, code: str, document_id: str, by: Actor, now: datetime, ids: Ids) -> None:
    """Free all seats of a booking that this life of the node made.

    Raises BookingNotFound, BookedElsewhere, DayNotOpen, Forbidden.
    """
    found = _own_booking(tx, code=code, document_id=document_id, by=by)
    act = Act(kind=AppointmentKind.CANCELLED, seats=list(found.booking.seat_ids), facts={"code": code})
    record(tx, found.day, act, by=by, now=now, ids=ids)
    log_access(tx, by=by.person, action="appointment-cancelled", subject=document_id, now=now)


def let_go(tx: Transaction, *, hold_id: str) -> None:
    """Nobody books after all."""
    queries.drop_hold(tx, hold_id=hold_id)


def _kept(tx: Transaction, hold_id: str, *, now: datetime) -> Hold:
    kept = queries.hold(tx, hold_id=hold_id, now=now)
    if kept is None:
        raise HoldExpired
    return kept


def _done(kept: Hold) -> Booked | None:
    """The booking that the hold became already."""
    if kept.code is None:
        return None
    return Booked(document_id=kept.document_id, seat_id=kept.seat_ids[0], code=kept.code)


def _book(tx: Transaction, kept: Hold, *, facts: dict[str, Fact], by: Actor, now: datetime, ids: Ids) -> Booked:
    day = day_of(tx, kept.document_id, by=by)
    side, seats = queries.own_side(tx), list(kept.seat_ids)
    if not set(seats).issubset(day.state.free(side)):  # given away, or booked by its name, past what was kept
        raise SlotGone
    code = ids.new()[-CODE_LETTERS:]
    act = Act(kind=AppointmentKind.BOOKED, seats=seats, facts={"code": code, **facts})
    record(tx, day, act, by=by, now=now, ids=ids)
    queries.spend_hold(tx, hold_id=kept.hold_id, code=code)
    log_access(tx, by=by.person, action="appointment-booked", subject=day.document_id, now=now)
    return Booked(document_id=day.document_id, seat_id=SeatId(seats[0]), code=code)


def _own_booking(tx: Transaction, *, code: str, document_id: str, by: Actor) -> Found:
    day = day_of(tx, document_id, by=by)
    found = queries.booking_in(day, code=code)
    if found is None:
        raise BookingNotFound(seat_id="")
    if found.booking.owner != queries.own_side(tx):
        raise BookedElsewhere
    return found


def _office_of(by: Actor) -> OfficeId:
    if by.person.office_id is None:
        raise Forbidden
    return by.person.office_id
