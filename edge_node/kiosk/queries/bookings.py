"""Booking at the kiosk: free days, the time that is kept, and the booking that a slip's link opens."""

from datetime import datetime, timedelta

import msgspec

from edge_node.appointments import queries as appointments
from edge_node.catalogue import queries as catalogue
from edge_node.kiosk.model import BookingGone
from edge_node.printing import queries as printing
from edge_node.printing.model import PrintState
from sync.storage import Reader
from sync.vocabulary.appointment import AppointmentKind
from sync.vocabulary.appointment_rules import begins_at, group_of, slot_of
from sync.vocabulary.catalogue import AdministrativeService
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.offers import FreeTimes, NotBookable, begins
from sync.vocabulary.office import Office
from sync.vocabulary.working_days import local_day

FRESH = timedelta(minutes=3)  # a printer that takes longer is known to have failed


class KeptView(msgspec.Struct, frozen=True, kw_only=True):
    """The time that is kept for who types a number now."""

    hold_id: str
    service: AdministrativeService
    begins_at: datetime
    expires_at: datetime


class BookedView(msgspec.Struct, frozen=True, kw_only=True):
    """A booking as its slip says it, nobody's name and number; ``paper`` is ``None`` once nobody waits for it.

    ``outcome`` is ``None`` until the office says what became of it; ``is_changeable``: the visitor may still move or
    cancel it.
    """

    link: str
    document_id: str
    code: str
    service: AdministrativeService
    office: Office | None
    begins_at: datetime
    report_from: datetime
    report_until: datetime
    outcome: AppointmentKind | None
    is_changeable: bool
    paper: PrintState | None


def is_bookable(reader: Reader, *, service: AdministrativeService, office_id: OfficeId) -> bool:
    """Whether the office receives for this service by appointment."""
    return group_of(appointments.rules(reader, office_id=office_id), service.sphere) is not None


def free_days(reader: Reader, *, service: AdministrativeService, office_id: OfficeId, now: datetime) -> list[FreeTimes]:
    """The days after today on which the office's own share has a place for ``service``; raises NotBookable."""
    if not is_bookable(reader, service=service, office_id=office_id):
        raise NotBookable
    days = appointments.free_times(reader, service=service, office_id=office_id, now=now)
    return [each for each in days if each.slots and each.day > local_day(now)]


def kept_view(reader: Reader, *, hold_id: str, now: datetime) -> KeptView | None:
    """The time kept under this id; ``None`` once it is over, or was booked."""
    kept = appointments.hold(reader, hold_id=hold_id, now=now)
    day = None if kept is None or kept.code else appointments.open_day(reader, document_id=kept.document_id)
    if kept is None or day is None:
        return None
    return KeptView(
        hold_id=hold_id,
        service=catalogue.service(reader, code=kept.service_code),
        begins_at=begins_at(day.on, slot_of(kept.seat_ids[0])),
        expires_at=kept.expires_at,
    )


def booked_view(reader: Reader, *, link: str, now: datetime) -> BookedView:
    """The booking that the link opens; raises BookingGone."""
    linked = appointments.booking_link(reader, link=link)
    day = None if linked is None else appointments.open_day(reader, document_id=linked.document_id)
    found = None if linked is None or day is None else appointments.booking_in(day, code=linked.code)
    if linked is None or day is None or found is None:
        raise BookingGone
    rules, at = appointments.rules(reader, office_id=day.office_id), begins(day, found.booking)
    papers = printing.papers_of(reader, subject_id=linked.code)
    is_ours = found.booking.owner == appointments.own_side(reader)
    has_office = catalogue.has_office(reader, office_id=day.office_id)
    return BookedView(
        link=link,
        document_id=day.document_id,
        code=linked.code,
        service=catalogue.service(reader, code=found.booking.service_code),
        office=catalogue.office(reader, office_id=day.office_id) if has_office else None,
        begins_at=at,
        report_from=at - timedelta(minutes=rules.early_minutes),
        report_until=at + timedelta(minutes=rules.grace_minutes),
        outcome=found.booking.outcome,
        is_changeable=is_ours and found.booking.outcome is None and at > now,
        paper=papers[-1].state if papers and now - papers[-1].ordered_at < FRESH else None,
    )
