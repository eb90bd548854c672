"""Cases as the city sees them."""

from datetime import date, datetime

import msgspec

from sync.vocabulary.case import CaseStatus


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the register."""

    case_id: str
    number: str
    status: CaseStatus
    service_code: str | None
    provider_id: str | None
    home_office_id: str
    accepting_office_id: str | None
    pickup_office_id: str | None
    applicant: str
    fee_kopecks: int
    paid_kopecks: int
    conflict_count: int
    due_on: date | None
    registered_at: datetime | None
    issued_at: datetime | None

    def is_of(self, office_id: str, *, provider_id: str | None) -> bool:
        """Whether this office has to do with the case, and, where the person works for a body, that body decides it."""
        is_of_office = office_id in {self.home_office_id, self.accepting_office_id, self.pickup_office_id}
        return is_of_office and provider_id in {None, self.provider_id}


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    """What tracking compares; it never leaves the hub, for four digits are soon tried."""

    case_id: str
    tracking_hash: str | None


class PathLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a path sheet: what, where, by whom, when; ``is_conflict`` where it and another contradict.

    ``is_told`` to the applicant: nothing is from where two entries contradict each other on where the case stands.
    """

    kind: str
    office_id: str
    actor: str
    at: datetime
    is_conflict: bool
    is_told: bool


class CaseSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A case with its path; ``told_status`` is where it stands as far as nobody contests it."""

    case: CaseRow
    service_name_uk: str
    service_name_en: str | None
    told_status: CaseStatus
    is_status_disputed: bool
    path: tuple[PathLine, ...]


class CaseCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub holds of an office's cases: those of today, and all."""

    office_id: str
    registered_today: int = 0
    issued_today: int = 0
    cases: int = 0
    issued: int = 0
    archived: int = 0
    receipts: int = 0
    paid_kopecks: int = 0
    in_conflict: int = 0


class CaseSearch(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for: a number, or the cases of a day, or those in which a person must decide.

    Of one office and body, where the person sees no more.
    """

    number: str | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    is_in_conflict: bool = False
    office_id: str | None = None
    provider_id: str | None = None


class CaseNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A case as a program compares registers: no person in it."""

    number: str
    paid_kopecks: int
