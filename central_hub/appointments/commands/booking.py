"""Booking of the hub's share by the internet: kept for ten minutes, confirmed, then changed or cancelled by a link."""

from datetime import datetime, timedelta

from central_hub.appointments import queries
from central_hub.appointments.commands.recording import BY_ITSELF, day_of, record
from central_hub.appointments.model import (
    BookingOver,
    BookingUnknown,
    DayNotOpen,
    Linked,
    SoldByOffice,
    Wish,
)
from central_hub.notifications import commands as notifications
from central_hub.storage import replica
from central_hub.storage.transaction import Reader, Transaction
from sync.ambient import Ids
from sync.vocabulary.appointment import Act, AppointmentKind
from sync.vocabulary.appointment_rules import group_of, last_day_open
from sync.vocabulary.booking import CODE_LETTERS, Way, bookings
from sync.vocabulary.errors import Fact
from sync.vocabulary.identifiers.phone import check_phone
from sync.vocabulary.offers import (
    ACTIVE_MAX,
    HOLD_TIME,
    Details,
    Hold,
    HoldExpired,
    NotBookable,
    SlotGone,
    TooManyBookings,
    TooManyHolds,
    begins,
    free_rows,
)

HOLDS_OF_SOURCE_MAX = 8  # a family, an internet café, a street behind one address; a machine that blocks a day is none


def hold(tx: Transaction, wish: Wish, *, hold_id: str, now: datetime) -> Hold:
    """Keep the seats that the service needs from this time on, for ten minutes; ``hold_id`` is random.

    Raises NotBookable, DayNotOpen, SlotGone, TooManyHolds.
    """
    replica.lock(tx)
    rules = queries.rules_of(tx, office_id=wish.office_id)
    group = group_of(rules, wish.service.sphere)
    if group is None:
        raise NotBookable
    if queries.count_holds(tx, source=wish.source, now=now) >= HOLDS_OF_SOURCE_MAX:
        raise TooManyHolds
    days = queries.days_of(tx, office_id=wish.office_id, since=wish.day, until=wish.day, group=group)
    if not days or wish.day > last_day_open(now):
        raise DayNotOpen(document_id=wish.day.isoformat())
    (day,) = days
    rows = free_rows(
        day,
        rules,
        side=queries.own_side(tx),
        held=queries.held_seats(tx, document_id=day.document_id, now=now),
        not_before=now + timedelta(minutes=rules.lead_minutes),
        service_code=wish.service.code,
    )
    seats = rows.get(wish.slot)
    if seats is None:
        raise SlotGone
    kept = Hold(
        hold_id=hold_id,
        document_id=day.document_id,
        seat_ids=seats,
        service_code=wish.service.code,
        expires_at=now + HOLD_TIME,
    )
    queries.save_hold(tx, kept, source=wish.source, now=now)
    return kept


def confirm(tx: Transaction, details: Details, *, hold_id: str, language: str, now: datetime, ids: Ids) -> str:
    """Book what is kept; the link that opens the booking. Confirmed once more it is the same booking.

    Raises HoldExpired, SlotGone, TooManyBookings, InvalidInput for the number.
    """
    phone = check_phone(details.phone)
    replica.lock(tx)
    kept = _kept(tx, hold_id, now=now)
    if kept.code is not None:
        return _link_under(tx, kept.document_id, code=kept.code)
    if queries.count_active(tx, phone=phone, now=now) >= ACTIVE_MAX:
        raise TooManyBookings(maximum=ACTIVE_MAX)
    facts: dict[str, Fact] = {"name": details.name.strip(), "phone": phone, "language": language}
    return _book(tx, kept, facts=facts, now=now, ids=ids)


def move(tx: Transaction, *, link: str, hold_id: str, now: datetime, ids: Ids) -> str:
    """Book what is kept for the person of the linked booking, and cancel that: both or neither; the new link.

    Raises HoldExpired, SlotGone, BookingUnknown, BookingOver, SoldByOffice.
    """
    replica.lock(tx)
    kept = _kept(tx, hold_id, now=now)
    if kept.code is not None:
        return _link_under(tx, kept.document_id, code=kept.code)
    linked = _changeable(tx, link=link, now=now)
    facts: dict[str, Fact] = {
        "name": linked.booking.name,
        "phone": linked.booking.phone,
        "language": linked.booking.language,
    }
    _cancel(tx, linked, now=now, ids=ids)
    return _book(tx, kept, facts=facts, now=now, ids=ids)


def cancel_linked(tx: Transaction, *, link: str, now: datetime, ids: Ids) -> None:
    """Free the seats of the linked booking; raises BookingUnknown, BookingOver, SoldByOffice."""
    replica.lock(tx)
    _cancel(tx, _changeable(tx, link=link, now=now), now=now, ids=ids)


def let_go(tx: Transaction, *, hold_id: str) -> None:
    """Nobody books after all."""
    queries.drop_hold(tx, hold_id=hold_id)


def linked_booking(reader: Reader, *, link: str) -> Linked:
    """The booking that the link opens; raises BookingUnknown."""
    indexed = queries.booking_by_link(reader, link=link)
    day = None if indexed is None else queries.open_day(reader, document_id=indexed.document_id)
    if indexed is None or day is None:
        raise BookingUnknown
    booking = next((each for each in bookings(day.state, day.events) if each.booking_id == indexed.booking_id), None)
    if booking is None:
        raise BookingUnknown
    return Linked(day=day, booking=booking, is_ours=booking.owner == queries.own_side(reader))


def _changeable(reader: Reader, *, link: str, now: datetime) -> Linked:
    linked = linked_booking(reader, link=link)
    if not linked.is_ours:
        raise SoldByOffice
    if linked.booking.outcome is not None or begins(linked.day, linked.booking) <= now:
        raise BookingOver
    return linked


def _cancel(tx: Transaction, linked: Linked, *, now: datetime, ids: Ids) -> None:
    booking = linked.booking
    act = Act(kind=AppointmentKind.CANCELLED, seats=list(booking.seat_ids), facts={"code": booking.code})
    record(tx, linked.day, [act], by=BY_ITSELF, now=now, ids=ids)
    notifications.withdraw(tx, subject=booking.booking_id, now=now)


def _kept(tx: Transaction, hold_id: str, *, now: datetime) -> Hold:
    kept = queries.hold(tx, hold_id=hold_id, now=now)
    if kept is None:
        raise HoldExpired
    return kept


def _book(tx: Transaction, kept: Hold, *, facts: dict[str, Fact], now: datetime, ids: Ids) -> str:
    day = day_of(tx, kept.document_id, by=BY_ITSELF)
    seats = list(kept.seat_ids)
    if not set(seats).issubset(day.state.free(queries.own_side(tx))):  # given away past what was kept
        raise SlotGone
    code = ids.new()[-CODE_LETTERS:]
    facts = {"code": code, "service": kept.service_code, "way": Way.INTERNET, **facts}
    record(tx, day, [Act(kind=AppointmentKind.BOOKED, seats=seats, facts=facts)], by=BY_ITSELF, now=now, ids=ids)
    queries.spend_hold(tx, hold_id=kept.hold_id, code=code)
    return _link_under(tx, kept.document_id, code=code)


def _link_under(tx: Transaction, document_id: str, *, code: str) -> str:
    day = day_of(tx, document_id, by=BY_ITSELF)
    booking = next((each for each in bookings(day.state, day.events) if each.code == code), None)
    if booking is None:  # cancelled since
        raise HoldExpired
    return queries.link_of(tx, booking.booking_id)
