"""What the public page tells of a case and of an office: never a name."""

from datetime import date, datetime

import msgspec

from sync.vocabulary.case import CaseStatus
from sync.vocabulary.catalogue import AdministrativeService
from sync.vocabulary.errors import NotFound
from sync.vocabulary.office import Office


class CaseNotTracked(NotFound):
    """No case has this number and this second factor; which of them is wrong is not said."""


class TrackedStep(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the way a case went."""

    kind: str
    at: datetime


class TrackedCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as its applicant sees it on the public page; where offices contradict each other, what none contests."""

    number: str
    status: CaseStatus
    is_disputed: bool
    service_name_uk: str
    service_name_en: str | None
    due_on: date | None
    issue_office: Office | None
    fee_kopecks: int
    paid_kopecks: int
    steps: tuple[TrackedStep, ...]


class OfficeQueue(msgspec.Struct, frozen=True, kw_only=True):
    """The hall of an office: ``waiting`` and ``open_desks`` as of ``as_of``, by sphere in ``waiting_by_sphere``."""

    office_id: str
    name_uk: str
    name_en: str
    address_uk: str
    waiting: int | None
    waiting_by_sphere: dict[str, int] = {}
    open_desks: int | None
    longest_wait_seconds: int | None
    as_of: datetime | None
    is_current: bool


class OpeningSpan(msgspec.Struct, frozen=True, kw_only=True):
    """Weekdays in a row with the same hours."""

    first: int
    last: int
    opens: str
    closes: str


def opening_spans(office: Office) -> list[OpeningSpan]:
    """The opening hours, days with the same ones put together."""
    spans: list[OpeningSpan] = []
    for day in sorted(office.hours, key=lambda each: each.weekday):
        before = spans[-1] if spans else None
        if before and (before.last + 1, before.opens, before.closes) == (day.weekday, day.opens, day.closes):
            spans[-1] = msgspec.structs.replace(before, last=day.weekday)
        else:
            spans.append(OpeningSpan(first=day.weekday, last=day.weekday, opens=day.opens, closes=day.closes))
    return spans


class ReceivingOffice(msgspec.Struct, frozen=True, kw_only=True):
    """An office that receives for a service by appointment; ``first_free`` None: nothing is free now.

    While the office is silent, what is free is as the city knows it, and the office may hear of a booking only later.
    """

    office: Office
    first_free: date | None
    is_silent: bool
    heard_at: datetime | None


class KeptTime(msgspec.Struct, frozen=True, kw_only=True):
    """A time kept for somebody until ``expires_at``."""

    hold_id: str
    begins_at: datetime
    expires_at: datetime
    service: AdministrativeService
    office: Office
