"""What may be asked of the office's days of appointments: its replica says it all, but who is about to book."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from edge_node.appointments.model import BookingLink, CodeRead, DaySheet, Found, Line
from sync.replication import outbox
from sync.storage import Reader, Transaction, replica
from sync.vocabulary.appointment import KIND, SeatId, Side, hub_side, node_side
from sync.vocabulary.appointment_rules import AppointmentRules, document_id_of, fold_rules, group_of
from sync.vocabulary.booking import DayShares, OpenDay, bookings, code_as_read, open_day_of, shares_of_sides
from sync.vocabulary.case import from_entry
from sync.vocabulary.catalogue import AdministrativeService
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.offers import (
    FreeTimes,
    HeldSeat,
    Hold,
    begins,
    free_rows,
    hold_of,
    is_active,
    outside,
    seats_to_give,
)
from sync.vocabulary.working_days import local_day

DAYS_MAX = 62
GROUPS_MAX = 9  # desks for all, and eight spheres
MISSED_LOOKED_BACK = timedelta(days=7)  # a machine that was off for a week still says who did not come
_SLIP = re.compile(r"/appointments/([A-Za-z0-9_-]+)/?(?:[?#].*)?$")
_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{8}")  # the alphabet of an id, without I, L, O and U
_OF_DAY = "appointments.{office_id}.{day}"
_DAY_AT = len("appointments.SHV.") + 1  # where the day stands in the id of its document


def own_side(reader: Reader) -> Side:
    """This life of this node."""
    stream = replica.stream(reader)
    return node_side(stream.node_id, stream.incarnation)


def city_side(reader: Reader) -> Side | None:
    """The life of the hub last heard; ``None`` before the first word with it."""
    incarnation = replica.link(reader).hub_incarnation
    return None if incarnation is None else hub_side(incarnation)


def rules(reader: Reader, *, office_id: OfficeId) -> AppointmentRules:
    """The rules of this office, as its head set them last."""
    view = outbox.view(reader, document_id_of(office_id))
    return fold_rules([from_entry(event_id, entry) for event_id, entry in view.events.items()] if view else ())


def open_day(reader: Reader, *, document_id: str) -> OpenDay | None:
    """The day of this document."""
    stored = replica.document(reader, document_id=document_id)
    view = outbox.view(reader, document_id)
    if stored is None or stored.kind != KIND or view is None:
        return None
    return open_day_of(document_id, fields=view.fields, entries=view.events)


def open_days(reader: Reader, *, since: str) -> list[DayShares]:
    """The days from ``since`` on, each with the shares of its sides; at most ``DAYS_MAX``."""
    return [shares_of(reader, day) for day in days_from(reader, since=since, limit=DAYS_MAX)]


def days_from(reader: Reader, *, since: str, limit: int = DAYS_MAX * GROUPS_MAX) -> list[OpenDay]:
    """The days from ``since`` on, in order; those before are not even opened."""
    sql = """
        select document_id from replica_documents
        where kind <> 'case' and kind = :kind and substr(document_id, :day_at) >= :since
        order by substr(document_id, :day_at) limit :limit
    """
    found = reader.column(sql, kind=KIND, since=since, limit=limit, day_at=_DAY_AT)
    days = (open_day(reader, document_id=str(document_id)) for document_id in found)
    return [day for day in days if day is not None]


def days_on(reader: Reader, *, office_id: OfficeId, day: date) -> list[OpenDay]:
    """The documents of one day, one for each group of desks."""
    sql = """
        select document_id from replica_documents
        where kind <> 'case' and kind = :kind and document_id >= :first and document_id < :beyond order by 1
    """
    first = _OF_DAY.format(office_id=office_id, day=day.isoformat())
    found = reader.column(sql, kind=KIND, first=f"{first}.", beyond=f"{first}/")
    days = (open_day(reader, document_id=str(document_id)) for document_id in found)
    return [day for day in days if day is not None]


def shares_of(reader: Reader, day: OpenDay) -> DayShares:
    """What each side owns of the day."""
    return shares_of_sides(day, {own_side(reader), city_side(reader)})


def free_times(
    reader: Reader, *, service: AdministrativeService, office_id: OfficeId, now: datetime
) -> list[FreeTimes]:
    """The days from today on, each with the times at which this office may seat somebody for ``service``."""
    in_force = rules(reader, office_id=office_id)
    group, side = group_of(in_force, service.sphere), own_side(reader)
    found = []
    for day in days_from(reader, since=local_day(now).isoformat()):
        if day.group == group and day.office_id == office_id:
            rows = free_rows(
                day,
                in_force,
                side=side,
                held=held_seats(reader, document_id=day.document_id, now=now),
                not_before=now,
                service_code=service.code,
            )
            found.append(FreeTimes(day=day.on, slots=tuple(rows)))
    return found


def day_sheet(reader: Reader, *, office_id: OfficeId, day: date) -> DaySheet:
    """Who comes on ``day``, by time; personal data."""
    in_force, side = rules(reader, office_id=office_id), own_side(reader)
    lines = [line for each in days_on(reader, office_id=office_id, day=day) for line in _lines(each, in_force, side)]
    return DaySheet(day=day, lines=tuple(sorted(lines, key=lambda line: (line.begins_at, line.booking.code))))


def clashes(reader: Reader, *, office_id: OfficeId, now: datetime) -> list[Line]:
    """Bookings to come that no longer fit the rules: somebody must telephone."""
    in_force, side = rules(reader, office_id=office_id), own_side(reader)
    days = days_from(reader, since=local_day(now).isoformat())
    lines = [line for day in days if day.office_id == office_id for line in _lines(day, in_force, side)]
    return [line for line in lines if not line.fits and line.booking.outcome is None and line.begins_at > now]


def found_by_code(reader: Reader, *, office_id: OfficeId, code: str, day: date) -> Found | None:
    """The booking of ``day`` under ``code``."""
    found = (booking_in(each, code=code) for each in days_on(reader, office_id=office_id, day=day))
    return next((each for each in found if each is not None), None)


def booking_in(day: OpenDay, *, code: str) -> Found | None:
    """The booking of this day's document under ``code``."""
    booked = bookings(day.state, day.events)
    return next((Found(day=day, booking=booking) for booking in booked if booking.code == code), None)


def missed(reader: Reader, *, office_id: OfficeId, now: datetime) -> list[Found]:
    """Bookings of the last days whose people did not come within the grace, and of whom nobody has said so."""
    grace = timedelta(minutes=rules(reader, office_id=office_id).grace_minutes)
    today = local_day(now)
    found = []
    for day in days_from(reader, since=(today - MISSED_LOOKED_BACK).isoformat()):
        if day.office_id == office_id and day.on <= today:
            booked = bookings(day.state, day.events)
            late = (each for each in booked if each.outcome is None and begins(day, each) + grace < now)
            found += [Found(day=day, booking=booking) for booking in late]
    return found


def days_to_share(reader: Reader, *, office_id: OfficeId, now: datetime) -> list[str]:
    """The days to come of which the office should give seats to the city."""
    own, city = own_side(reader), city_side(reader)
    if city is None:
        return []
    tomorrow = local_day(now) + timedelta(days=1)  # what is left of today only the office can still sell
    days = days_from(reader, since=tomorrow.isoformat())
    ours = [day for day in days if day.office_id == office_id]
    return [day.document_id for day in ours if seats_to_give(day.state, side=own, to=city)]


def count_active(reader: Reader, *, phone: str, now: datetime) -> int:
    """How many bookings to come stand under a telephone number, of those this node has heard of."""
    days = days_from(reader, since=local_day(now).isoformat())
    return sum(
        booking.phone == phone and is_active(day, booking, now=now)
        for day in days
        for booking in bookings(day.state, day.events)
    )


def held_seats(reader: Reader, *, document_id: str, now: datetime) -> set[SeatId]:
    """Seats of a day kept for who is about to book."""
    sql = """
        select seat_id from appointment_holds where document_id = :document_id and expires_at > :now and code is null
    """
    return {SeatId(str(seat_id)) for seat_id in reader.column(sql, document_id=document_id, now=now)}


def hold(reader: Reader, *, hold_id: str, now: datetime) -> Hold | None:
    """The seats kept under this id, unless their time is over."""
    sql = """
        select document_id, seat_id, service_code, expires_at, code from appointment_holds
        where hold_id = :hold_id and expires_at > :now order by seat_id
    """
    return hold_of(hold_id, reader.rows(sql, HeldSeat, hold_id=hold_id, now=now))


def count_holds(reader: Reader, *, source: str, now: datetime) -> int:
    """How many times are kept for one address and not confirmed yet."""
    sql = """
        select count(distinct hold_id) from appointment_holds
        where source = :source and expires_at > :now and code is null
    """
    return int(str(reader.scalar(sql, source=source, now=now)))


def save_hold(tx: Transaction, kept: Hold, *, source: str, now: datetime) -> None:
    """Keep the seats; whoever's time was over loses them."""
    tx.execute("delete from appointment_holds where expires_at <= :now", now=now)
    for seat_id in kept.seat_ids:
        tx.execute(
            "insert or replace into appointment_holds (document_id, seat_id, hold_id, service_code, expires_at, "
            "source) values (:document_id, :seat_id, :hold_id, :service_code, :expires_at, :source)",
            document_id=kept.document_id,
            seat_id=seat_id,
            hold_id=kept.hold_id,
            service_code=kept.service_code,
            expires_at=kept.expires_at,
            source=source,
        )


def spend_hold(tx: Transaction, *, hold_id: str, code: str) -> None:
    """The hold became a booking: who confirms it once more is told the same."""
    tx.execute("update appointment_holds set code = :code where hold_id = :hold_id", hold_id=hold_id, code=code)


def drop_hold(tx: Transaction, *, hold_id: str) -> None:
    """Let go of the seats."""
    tx.execute("delete from appointment_holds where hold_id = :hold_id and code is null", hold_id=hold_id)


def code_read(reader: Reader, *, text: str) -> CodeRead:
    """What a slip of this office was read or typed as: its link, or the bare code, also of one from the city's site.

    Raises InvalidInput for anything else, and for a link that is of no slip of this office.
    """
    said = text.strip()
    slip = _SLIP.search(said)
    if slip or "/" in said:
        linked = booking_link(reader, link=slip[1]) if slip else None
        if linked is None:
            raise InvalidInput(field="booking_code", rule="own-slip")
        return CodeRead(code=linked.code, linked=linked)
    code = code_as_read(said)
    if _CODE.fullmatch(code) is None:
        raise InvalidInput(field="booking_code", rule="booking-code")
    sql = "select link, document_id, code, day from booking_links where code = :code limit 1"
    return CodeRead(code=code, linked=reader.row(sql, BookingLink, code=code))


def booking_link(reader: Reader, *, link: str) -> BookingLink | None:
    """Which booking the link of a slip opens."""
    sql = "select link, document_id, code, day from booking_links where link = :link"
    return reader.row(sql, BookingLink, link=link)


def save_link(tx: Transaction, kept: BookingLink) -> None:
    """Let the link open this booking, and no other any more."""
    tx.execute(
        "insert or replace into booking_links (link, document_id, code, day) values (:link, :document_id, :code, :day)",
        link=kept.link,
        document_id=kept.document_id,
        code=kept.code,
        day=kept.day,
    )


def forget_links(tx: Transaction, *, before: date) -> None:
    """Drop the links of days past."""
    tx.execute("delete from booking_links where day < :before", before=before.isoformat())


def ticket_of(reader: Reader, *, booking_id: str) -> str | None:
    """The ticket that a booking became."""
    sql = "select ticket_id from appointment_tickets where booking_id = :booking_id"
    found = reader.scalar(sql, booking_id=booking_id)
    return None if found is None else str(found)


def save_ticket(tx: Transaction, *, booking_id: str, ticket_id: str, now: datetime) -> None:
    """Remember which ticket a booking became."""
    tx.execute(
        "insert into appointment_tickets (booking_id, ticket_id, arrived_at) values (:booking_id, :ticket_id, :now)",
        booking_id=booking_id,
        ticket_id=ticket_id,
        now=now,
    )


def _lines(day: OpenDay, in_force: AppointmentRules, side: Side) -> Iterator[Line]:
    booked = bookings(day.state, day.events)
    unfit = {each.booking_id for each in outside(day, in_force, booked)}
    for booking in booked:
        yield Line(
            begins_at=begins(day, booking),
            minutes=day.slot_minutes * len(booking.seat_ids),
            booking=booking,
            document_id=day.document_id,
            group=day.group,
            is_ours=booking.owner == side,
            fits=booking.booking_id not in unfit,
        )
