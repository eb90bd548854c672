"""Reminding people the day before; the outbox has it sent."""

from datetime import datetime, timedelta

import msgspec

from central_hub.appointments import queries
from central_hub.appointments.commands.booking import linked_booking
from central_hub.appointments.model import BookingUnknown, IndexedBooking, Linked
from central_hub.directory import queries as directory
from central_hub.notifications import commands as notifications
from central_hub.notifications.model import Message
from central_hub.storage.transaction import Reader, Transaction
from sync.ambient import Ids
from sync.vocabulary.offers import begins
from sync.vocabulary.working_days import KYIV

REMINDER = "appointment-reminder"
REMINDED_BEFORE = timedelta(hours=24)
REMINDED_AT_ONCE_MAX = 100


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where the public site is found from outside; empty: messages name no address."""

    address: str


def are_reminders_due(reader: Reader, *, now: datetime) -> bool:
    """Whether anybody comes within a day who was not reminded."""
    return bool(queries.to_remind(reader, now=now, until=now + REMINDED_BEFORE, limit=1))


def remind(tx: Transaction, *, site: Site, now: datetime, ids: Ids) -> int:
    """Put a reminder into the outbox for everybody who comes within a day; how many.

    Who booked within the day is reminded at once: the message is their slip. The text has the time, the place, the code
    and the link, and nobody's name or business.
    """
    booked = queries.to_remind(tx, now=now, until=now + REMINDED_BEFORE, limit=REMINDED_AT_ONCE_MAX)
    for each in booked:
        message = _message(tx, each, site=site, message_id=ids.new())
        if message is not None:
            notifications.put_into_outbox(tx, message, now=now)
        queries.mark_reminded(tx, booking_id=each.booking_id, now=now)
    return len(booked)


def _message(tx: Transaction, each: IndexedBooking, *, site: Site, message_id: str) -> Message | None:
    link = queries.link_of(tx, each.booking_id)
    try:
        linked = linked_booking(tx, link=link)
    except BookingUnknown:
        return None
    if not linked.booking.phone:
        return None
    return Message(
        message_id=message_id,
        kind=REMINDER,
        subject=each.booking_id,
        phone=linked.booking.phone,
        language=linked.booking.language,
        facts=msgspec.json.encode(_facts(tx, linked, address=f"{site.address}/appointments/{link}")).decode(),
        expires_at=each.begins_at,
    )


def _facts(tx: Transaction, linked: Linked, *, address: str) -> dict[str, str]:
    office = directory.office(tx, office_id=linked.day.office_id)
    place: str = linked.day.office_id
    if office is not None:
        place = office.name_en if linked.booking.language == "en" else f"{office.name_uk}, {office.address_uk}"
    when = begins(linked.day, linked.booking).astimezone(KYIV).strftime("%d.%m.%Y %H:%M")
    return {"when": when, "place": place, "code": linked.booking.code, "address": address}
