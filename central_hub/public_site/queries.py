"""What the public page asks: a case by number and second factor, the halls, the catalogue."""

from datetime import date, datetime

from central_hub.appointments import queries as appointments
from central_hub.appointments.model import Linked
from central_hub.case_register import queries as case_register
from central_hub.case_register.model import CaseSheet
from central_hub.directory import queries as directory
from central_hub.public_site.model import (
    CaseNotTracked,
    KeptTime,
    OfficeQueue,
    ReceivingOffice,
    TrackedCase,
    TrackedStep,
)
from central_hub.statistics.model import CityNow, OfficeNow
from central_hub.storage.transaction import Reader
from sync.vocabulary.appointment_rules import begins_at, slot_of
from sync.vocabulary.case import EventKind
from sync.vocabulary.catalogue import AdministrativeService
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers.official_number import normalised_official_number
from sync.vocabulary.identifiers.tracking import is_tracked_by
from sync.vocabulary.offers import begins

# what an applicant is told of; the rest is the offices' own work
TOLD_KINDS = frozenset(
    {
        EventKind.REGISTERED,
        EventKind.LEFT_WITHOUT_MOVEMENT,
        EventKind.REMEDIED,
        EventKind.RETURNED,
        EventKind.HANDED_OVER,
        EventKind.ACCEPTED_BY_PROVIDER,
        EventKind.STARTED,
        EventKind.SUSPENDED,
        EventKind.RESUMED,
        EventKind.EXTENDED,
        EventKind.DECIDED_GRANTED,
        EventKind.DECIDED_REFUSED,
        EventKind.RESULT_RECEIVED,
        EventKind.READY_FOR_ISSUE,
        EventKind.ISSUED,
        EventKind.SENT_BY_POST,
        EventKind.ISSUED_ELECTRONICALLY,
        EventKind.WITHDRAWN,
        EventKind.ANNULLED,
        EventKind.CLOSED,
        EventKind.PAYMENT_RECEIVED,
        EventKind.PAYMENT_REFUNDED,
    }
)


def tracked_case(reader: Reader, *, number: str, second_factor: str) -> TrackedCase:
    """The case of this number, for who knows its second factor.

    Raises:
        CaseNotTracked: no such number, or not its factor: the answer and its time do not tell which.
    """
    try:
        canonical = normalised_official_number(number)
    except InvalidInput:
        canonical = number
    found = case_register.tracked(reader, number=canonical)
    stored_hash = found.tracking_hash if found else None
    is_right = is_tracked_by(stored_hash, factor=second_factor)
    sheet = case_register.case_sheet(reader, case_id=found.case_id) if found and is_right else None
    if sheet is None:
        raise CaseNotTracked
    return _told(reader, sheet)


def _told(reader: Reader, sheet: CaseSheet) -> TrackedCase:
    case = sheet.case
    issue_office = directory.office(reader, office_id=case.pickup_office_id or case.home_office_id)
    steps = [TrackedStep(kind=line.kind, at=line.at) for line in sheet.path if line.is_told and line.kind in TOLD_KINDS]
    return TrackedCase(
        number=case.number,
        status=sheet.told_status,
        is_disputed=sheet.is_status_disputed,
        service_name_uk=sheet.service_name_uk,
        service_name_en=sheet.service_name_en,
        due_on=case.due_on,
        issue_office=issue_office,
        fee_kopecks=case.fee_kopecks,
        paid_kopecks=case.paid_kopecks,
        steps=tuple(steps),
    )


def queue_of(each: OfficeNow) -> OfficeQueue:
    """The hall of an office for anybody to read."""
    live, office = each.live, each.office
    return OfficeQueue(
        office_id=office.id,
        name_uk=office.name_uk,
        name_en=office.name_en,
        address_uk=office.address_uk,
        waiting=live.waiting_total if live else None,
        waiting_by_sphere=live.waiting if live else {},
        open_desks=live.open_desks if live else None,
        longest_wait_seconds=live.longest_wait_seconds if live else None,
        as_of=each.heard_at if live else None,
        is_current=live is not None and not each.is_silent,
    )


def halls(city: CityNow) -> list[OfficeQueue]:
    """The hall of every office."""
    return [queue_of(each) for each in city.offices]


def receiving_offices(reader: Reader, *, service: AdministrativeService, city: CityNow) -> list[ReceivingOffice]:
    """Where ``service`` is received for by appointment, who has the first free day first."""
    receiving = appointments.offices_receiving(reader, service=service)
    found = [
        _receiving(reader, each, service=service, now=city.at) for each in city.offices if each.office.id in receiving
    ]
    return sorted(found, key=lambda each: (each.first_free or date.max, each.office.id))


def _receiving(reader: Reader, each: OfficeNow, *, service: AdministrativeService, now: datetime) -> ReceivingOffice:
    free = appointments.free_times(reader, service=service, office_id=each.office.id, now=now)
    return ReceivingOffice(
        office=each.office,
        first_free=free[0].day if free else None,
        is_silent=each.is_silent,
        heard_at=each.heard_at,
    )


def kept_time(reader: Reader, *, hold_id: str, now: datetime) -> KeptTime | None:
    """The time kept under this id; ``None`` where it is kept no more."""
    kept = appointments.hold(reader, hold_id=hold_id, now=now)
    day = None if kept is None else appointments.open_day(reader, document_id=kept.document_id)
    if kept is None or day is None:
        return None
    service = directory.service(reader, service_code=kept.service_code)
    office = directory.office(reader, office_id=day.office_id)
    if service is None or office is None:
        return None
    return KeptTime(
        hold_id=hold_id,
        begins_at=begins_at(day.on, slot_of(kept.seat_ids[0])),
        expires_at=kept.expires_at,
        service=service,
        office=office,
    )


def slip(reader: Reader, *, linked: Linked, now: datetime) -> dict[str, object]:
    """What stands on the slip of a booking: when, where, for what; no name."""
    rules = appointments.rules_of(reader, office_id=linked.day.office_id)
    begins_then = begins(linked.day, linked.booking)
    return {
        "begins_at": begins_then,
        "office": directory.office(reader, office_id=linked.day.office_id),
        "service": directory.service(reader, service_code=linked.booking.service_code),
        "code": linked.booking.code,
        "outcome": linked.booking.outcome,
        "is_changeable": linked.is_ours and linked.booking.outcome is None and begins_then > now,
        "is_ours": linked.is_ours,
        "early_minutes": rules.early_minutes,
        "grace_minutes": rules.grace_minutes,
    }
