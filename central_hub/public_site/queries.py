"""What the public page asks: a case by number and second factor, the halls, the catalogue."""

from central_hub.case_register import queries as case_register
from central_hub.case_register.model import CaseSheet
from central_hub.directory import queries as directory
from central_hub.public_site.model import CaseNotTracked, OfficeQueue, TrackedCase, TrackedStep
from central_hub.statistics.model import CityNow, OfficeNow
from central_hub.storage.transaction import Reader
from sync.vocabulary.case import EventKind
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers.official_number import normalised_official_number
from sync.vocabulary.identifiers.tracking import is_tracked_by

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
