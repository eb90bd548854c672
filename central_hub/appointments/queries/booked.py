"""What the hub looks for among the bookings of the city, the seats it keeps, and whose link is whose."""

import base64
import hashlib
import hmac
from datetime import date, datetime

import msgspec
from sqlalchemy import delete, func, insert, or_, select, update

from central_hub.appointments.model import IndexedBooking
from central_hub.appointments.queries.days import as_day
from central_hub.storage import leases, replica
from central_hub.storage.appointment_tables import appointment_bookings, appointment_days, appointment_holds
from central_hub.storage.replica import StoredDocument
from central_hub.storage.tables import documents, nodes
from central_hub.storage.transaction import Reader, Transaction
from sync.vocabulary.appointment import KIND, SeatId
from sync.vocabulary.booking import Booking, OpenDay, bookings
from sync.vocabulary.offers import HeldSeat, Hold, begins, hold_of

LINK_LETTERS = 24  # 144 bits
CHANGED_MAX = 200  # days whose bookings are looked through in one transaction
_DAY_AT = len("appointments.SHV.") + 1


def _sealed(reader: Reader, purpose: str, text: str) -> bytes:
    return hmac.digest(leases.seal_key(reader), f"vikno-{purpose}-1\n{text}".encode(), hashlib.sha256)


def person_key(reader: Reader, phone: str) -> str:
    """A telephone number as the index knows it; without the hub's seal nobody tells which."""
    return _sealed(reader, "person", phone).hex()


def source_key(reader: Reader, address: str) -> str:
    """Where somebody asked from, the same way."""
    return _sealed(reader, "source", address).hex()


def link_of(reader: Reader, booking_id: str) -> str:
    """What opens a booking: nobody guesses it, and it says nothing of whose it is."""
    return base64.urlsafe_b64encode(_sealed(reader, "appointment", booking_id)).decode()[:LINK_LETTERS]


def link_hash(link: str) -> str:
    """What the index keeps of a link."""
    return hashlib.sha256(link.encode()).hexdigest()


def booking_by_link(reader: Reader, *, link: str) -> IndexedBooking | None:
    """The booking that the link opens."""
    return reader.row(_INDEXED.where(appointment_bookings.c.link_hash == link_hash(link)), IndexedBooking)


def count_active(reader: Reader, *, phone: str, now: datetime) -> int:
    """How many bookings to come stand under a number, of all offices as far as the hub has heard."""
    its = appointment_bookings.c
    statement = select(func.count()).where(
        its.person_key == person_key(reader, phone), its.is_awaited.is_(True), its.begins_at > now
    )
    return reader.count(statement)


def to_remind(reader: Reader, *, now: datetime, until: datetime, limit: int) -> list[IndexedBooking]:
    """Bookings that begin before ``until`` and whose people have not been reminded."""
    its = appointment_bookings.c
    statement = _INDEXED.where(
        its.is_awaited.is_(True), its.reminded_at.is_(None), its.begins_at > now, its.begins_at <= until
    )
    return reader.rows(statement.order_by(its.begins_at).limit(limit), IndexedBooking)


def mark_reminded(tx: Transaction, *, booking_id: str, now: datetime) -> None:
    """The reminder is in the outbox."""
    tx.execute(
        update(appointment_bookings).where(appointment_bookings.c.booking_id == booking_id).values(reminded_at=now)
    )


def changed_days(reader: Reader, *, since: date) -> list[OpenDay]:
    """Days from ``since`` on that say something the index does not know, at most ``CHANGED_MAX``."""
    is_known = documents.c.document_id == appointment_days.c.document_id
    statement = (
        select(documents)
        .outerjoin(appointment_days, is_known)
        .where(
            documents.c.document_id >= "appointments.",
            documents.c.document_id < "appointments/",
            documents.c.kind == KIND,
            func.substr(documents.c.document_id, _DAY_AT, 10) >= since.isoformat(),
            or_(appointment_days.c.digest.is_(None), appointment_days.c.digest != documents.c.digest),
        )
        .order_by(documents.c.document_id)
        .limit(CHANGED_MAX)
    )
    return [as_day(stored) for stored in reader.rows(statement, StoredDocument)]


def index_day(tx: Transaction, day: OpenDay) -> None:
    """Let the index say of the day what its document says."""
    its = appointment_bookings.c
    stored = replica.document(tx, document_id=day.document_id)
    said = {each.booking_id: each for each in bookings(day.state, day.events)}
    known = {str(each) for each in tx.column(select(its.booking_id).where(its.document_id == day.document_id))}
    for booking_id in known - said.keys():
        tx.execute(delete(appointment_bookings).where(its.booking_id == booking_id))
    for booking_id, booking in said.items():
        row = msgspec.structs.asdict(_indexed(tx, day, booking))
        if booking_id in known:
            changed = update(appointment_bookings).where(its.booking_id == booking_id)
            tx.execute(changed.values(is_awaited=row["is_awaited"], person_key=row["person_key"]))
        else:
            tx.execute(insert(appointment_bookings).values(**row))
    values = {"day": day.on, "digest": stored.digest if stored else None}
    replica.upsert(tx, appointment_days, key={"document_id": day.document_id}, values=values)


def has_days_before(reader: Reader, *, day: date) -> bool:
    """Whether the index holds anything of before ``day``."""
    statement = select(appointment_days.c.document_id).where(appointment_days.c.day < day).limit(1)
    return reader.scalar(statement) is not None


def forget_before(tx: Transaction, *, day: date) -> None:
    """Drop from the index what lies before ``day``: nobody looks for it any more."""
    old = select(appointment_days.c.document_id).where(appointment_days.c.day < day)
    tx.execute(delete(appointment_bookings).where(appointment_bookings.c.document_id.in_(old)))
    tx.execute(delete(appointment_days).where(appointment_days.c.day < day))


def held_seats(reader: Reader, *, document_id: str, now: datetime) -> set[SeatId]:
    """Seats of a day kept for who is about to book."""
    its = appointment_holds.c
    statement = select(its.seat_id).where(its.document_id == document_id, its.expires_at > now, its.code.is_(None))
    return {SeatId(str(seat_id)) for seat_id in reader.column(statement)}


def count_holds(reader: Reader, *, source: str, now: datetime) -> int:
    """How many times are kept for who asks from there, not confirmed."""
    its = appointment_holds.c
    statement = select(func.count(its.hold_id.distinct()))
    return reader.count(statement.where(its.source == source, its.expires_at > now, its.code.is_(None)))


def hold(reader: Reader, *, hold_id: str, now: datetime) -> Hold | None:
    """The seats kept under this id, unless their time is over."""
    its = appointment_holds.c
    columns = (its[name] for name in HeldSeat.__struct_fields__)
    statement = select(*columns).where(its.hold_id == hold_id, its.expires_at > now).order_by(its.seat_id)
    return hold_of(hold_id, reader.rows(statement, HeldSeat))


def save_hold(tx: Transaction, kept: Hold, *, source: str, now: datetime) -> None:
    """Keep the seats for who asked from ``source``; whoever's time was over loses them."""
    tx.execute(delete(appointment_holds).where(appointment_holds.c.expires_at <= now))
    its = appointment_holds.c
    for seat_id in kept.seat_ids:  # what is left there is of a booking that was cancelled meanwhile
        tx.execute(delete(appointment_holds).where(its.document_id == kept.document_id, its.seat_id == seat_id))
        tx.execute(
            insert(appointment_holds).values(
                document_id=kept.document_id,
                seat_id=seat_id,
                hold_id=kept.hold_id,
                service_code=kept.service_code,
                source=source,
                expires_at=kept.expires_at,
            )
        )


def spend_hold(tx: Transaction, *, hold_id: str, code: str) -> None:
    """The hold became a booking: who confirms it once more is told the same."""
    tx.execute(update(appointment_holds).where(appointment_holds.c.hold_id == hold_id).values(code=code))


def drop_hold(tx: Transaction, *, hold_id: str) -> None:
    """Let go of the seats."""
    its = appointment_holds.c
    tx.execute(delete(appointment_holds).where(its.hold_id == hold_id, its.code.is_(None)))


def heard_at(reader: Reader, *, office_id: str) -> datetime | None:
    """When a node of the office last spoke."""
    found = reader.scalar(
        select(func.max(nodes.c.seen_at)).where(nodes.c.office_id == office_id, nodes.c.retired_at.is_(None))
    )
    return found if isinstance(found, datetime) else None


def _indexed(reader: Reader, day: OpenDay, booking: Booking) -> IndexedBooking:
    return IndexedBooking(
        booking_id=booking.booking_id,
        document_id=day.document_id,
        begins_at=begins(day, booking),
        is_awaited=booking.outcome is None,
        person_key=person_key(reader, booking.phone) if booking.phone else "",
        link_hash=link_hash(link_of(reader, booking.booking_id)),
    )


_INDEXED = select(*(appointment_bookings.c[name] for name in IndexedBooking.__struct_fields__))
