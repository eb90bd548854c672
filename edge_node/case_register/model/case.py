"""A case as this node sees it, and why a step with it is refused."""

from datetime import date, datetime

import msgspec

from sync.vocabulary.applicant import Applicant
from sync.vocabulary.case import CaseReceipt, CaseState, CaseStatus, Subject
from sync.vocabulary.errors import Fact, Forbidden, NotFound, Refusal
from sync.vocabulary.ids import CaseId, OfficeId, ProviderId, ServiceCode, StaffId


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Whose hand an event is: the person, and the office where they did it."""

    staff_id: StaffId
    office_id: OfficeId


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """The row of a case: what lists and searches need; rebuilt from the document whenever it changes."""

    case_id: CaseId
    number: str | None
    status: CaseStatus
    service_code: ServiceCode
    service_version: int
    provider_id: ProviderId
    home_office_id: OfficeId
    accepting_office_id: OfficeId
    pickup_office_id: OfficeId
    applicant_name: str
    registered_at: datetime | None
    due_on: date | None
    fee_kopecks: int
    paid_kopecks: int
    is_in_conflict: bool
    changed_at: datetime | None


class RegisterRow(msgspec.Struct, frozen=True, kw_only=True):
    """The columns only searches use, beside the case."""

    case: Case
    name_key: str
    rnokpp: str | None
    phone: str | None
    issued_at: datetime | None
    issued_office_id: OfficeId | None
    office_ids: tuple[OfficeId, ...]
    receipt_ids: tuple[str, ...] = ()  # of the events that told of money


class SharedReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that more than one case was told of, and those of them that this node holds."""

    event_id: str
    numbers: tuple[str, ...]
    case_ids: tuple[CaseId, ...]


class CaseCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Cases this office took in, and results it handed over, since a moment."""

    registered: int
    issued: int


class CaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """A case opened: its row, the applicant, every field, and the state its events fold to."""

    case: Case
    applicant: Applicant
    fields: dict[str, Fact]
    state: CaseState
    attachments: dict[str, dict[str, Fact]]


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What a case is opened with: fields of the document, and facts of the event ``registered``."""

    fields: dict[str, Fact]
    facts: dict[str, Fact]


class CaseDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A case as the API tells it: the row, the applicant, the path sheet, what was paid, and what may come next."""

    case: Case
    applicant: Applicant
    path: tuple["PathLine", ...]
    receipts: tuple[CaseReceipt, ...]
    next_steps: tuple[str, ...]
    disputes: tuple["OpenDispute", ...] = ()


class PathLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the path sheet: what, by whom, where, when; ``is_conflict`` where it and another contradict.

    ``actor_name`` is empty for who works at another office, and for the node itself (``actor_id`` ``node``).
    """

    event_id: str
    kind: str
    at: datetime
    office_id: str
    actor_id: str
    actor_name: str
    facts: dict[str, Fact]
    is_conflict: bool


class DisputeSide(msgspec.Struct, frozen=True, kw_only=True):
    """One word in a dispute: a status, the value of a field, kopecks, or the kind of an entry; and who said it."""

    line: PathLine
    says: Fact
    is_standing: bool


class OpenDispute(msgspec.Struct, frozen=True, kw_only=True):
    """What a person must decide: all sides, in their order; ``about`` is the field where it is one."""

    key: str
    subject: Subject
    about: str
    conflict_event_ids: str
    sides: tuple[DisputeSide, ...]


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """The side that holds, out of the dispute as the person saw it (``conflict_event_ids``), and why."""

    dispute: str
    conflict_event_ids: str
    holds_event_id: str
    reasons: str


class CaseChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The row of a case was rebuilt: pages that show it may look again."""

    case_id: CaseId
    status: CaseStatus


class CaseNotHere(NotFound):
    """This office has no such case."""


class CaseNotYours(Forbidden):
    """The case belongs to another office or another body."""


class CaseErased(Refusal):
    """The case was erased by an act: what is left of it says so, and nothing is added to it."""


class DisputeChanged(Refusal):
    """The dispute is no longer what the person saw: settled by another, or contradicted once more."""


class IllegalStep(Refusal):
    """The table of transitions knows no such step from where the case stands."""
