"""What a case is, derived from its events."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from sync.vocabulary.case.events import CaseEvent
from sync.vocabulary.errors import Fact
from sync.vocabulary.working_days import Pause

# what a case is known by and belongs to, from its registration on: no edit changes it, and no person's word on one
FIXED_FIELDS = frozenset(
    {"number", "home_office_id", "accepting_office_id", "service_code", "service_version", "tracking_hash"}
)


class CaseStatus(StrEnum):
    """Where a case stands; the words people read are in the catalogues under ``status:<value>``."""

    DRAFT = "draft"
    REGISTERED = "registered"
    LEFT_WITHOUT_MOVEMENT = "left_without_movement"
    HANDED_OVER = "handed_over"
    ACCEPTED_BY_PROVIDER = "accepted_by_provider"
    IN_PROGRESS = "in_progress"
    SUSPENDED = "suspended"
    DECISION_GRANTED = "decision_granted"
    DECISION_REFUSED = "decision_refused"
    RETURNED = "returned"
    RESULT_RECEIVED = "result_received"
    READY_FOR_ISSUE = "ready_for_issue"
    UNCLAIMED = "unclaimed"
    ISSUED = "issued"
    SENT_BY_POST = "sent_by_post"
    ISSUED_ELECTRONICALLY = "issued_electronically"
    WITHDRAWN = "withdrawn"
    ANNULLED = "annulled"
    CLOSED = "closed"
    ARCHIVED = "archived"
    DESTROYED = "destroyed"
    TRANSFERRED = "transferred"


class ConflictReason(StrEnum):
    """Why an event contradicts those before it; read through ``conflict:<value>``."""

    IMPOSSIBLE_MOVE = "impossible-move"
    STALE_EDIT = "stale-edit"
    RECEIPT_DIFFERS = "receipt-differs"
    RESOLVED_APART = "resolved-apart"
    MALFORMED = "malformed"


class Subject(StrEnum):
    """What a conflict is about; read through ``conflict-about:<value>``."""

    STATUS = "status"
    FIELD = "field"
    RECEIPT = "receipt"
    ENTRY = "entry"


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """An event that could not follow: kept, shown, and waiting for a person's ``resolved``.

    ``against_id`` is the event it contradicts, where there is one; ``about`` tells one field or receipt from another.
    """

    event_id: str
    kind: str
    reason: ConflictReason
    status_before: CaseStatus
    subject: Subject = Subject.ENTRY
    about: str = ""
    against_id: str = ""


class CaseReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """Money of one terminal transaction, known by (``terminal_id``, ``reference``); a refund has its own."""

    terminal_id: str
    reference: str
    amount_kopecks: int
    at: datetime
    event_id: str
    is_refund: bool = False


class CaseState(msgspec.Struct, frozen=True, kw_only=True):
    """A case after its events; ``path`` is the path sheet, in order, with unknown kinds and losing events in it.

    ``status_event_id`` and ``edited_by`` name the events whose word stands, ``settled`` the resolution of each conflict
    that is closed.
    """

    status: CaseStatus = CaseStatus.DRAFT
    status_event_id: str = ""
    path: tuple[CaseEvent, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    receipts: tuple[CaseReceipt, ...] = ()
    refunds: tuple[CaseReceipt, ...] = ()
    pauses: tuple[Pause, ...] = ()
    extended_days: int = 0
    edited_fields: dict[str, Fact] = {}
    edited_by: dict[str, str] = {}
    settled: dict[str, str] = {}
    attachment_ids: tuple[str, ...] = ()
    is_appealed: bool = False
    number: str | None = None
    due_on: date | None = None
    provider_id: str | None = None
    home_office_id: str | None = None
    accepting_office_id: str | None = None
    pickup_office_id: str | None = None
    registered_at: datetime | None = None
    decided_at: datetime | None = None
    issued_at: datetime | None = None
    closed_at: datetime | None = None
    archived_at: datetime | None = None

    @property
    def paid_kopecks(self) -> int:
        """What was received less what was given back; each terminal transaction once."""
        return sum(r.amount_kopecks for r in self.receipts) - sum(r.amount_kopecks for r in self.refunds)

    @property
    def is_in_conflict(self) -> bool:
        """Whether a person must still decide."""
        return bool(self.conflicts)

    @property
    def is_status_disputed(self) -> bool:
        """Whether a person must still decide where the case stands."""
        return any(conflict.subject is Subject.STATUS for conflict in self.conflicts)

    @property
    def paused_days(self) -> int:
        """Whole days of pauses that have ended."""
        return sum((p.ended_on - p.began_on).days for p in self.pauses if p.ended_on is not None)

    @classmethod
    def draft(cls) -> "CaseState":
        """Before the first event."""
        return cls()
