"""A case: its events, the table of transitions, the fold that says what it is, and what contradicts itself in it."""

from sync.vocabulary.case.disputes import Dispute, choice_facts, disputes, may_notify, status_said, undisputed
from sync.vocabulary.case.events import CaseEvent, EventKind, from_entry, order, rfc3339, to_entry
from sync.vocabulary.case.folding import fold, standing_fields, step
from sync.vocabulary.case.state import (
    FIXED_FIELDS,
    CaseReceipt,
    CaseState,
    CaseStatus,
    Conflict,
    ConflictReason,
    Subject,
)
from sync.vocabulary.case.transitions import MOVES, is_final, next_steps

__all__ = [
    "FIXED_FIELDS",
    "MOVES",
    "CaseEvent",
    "CaseReceipt",
    "CaseState",
    "CaseStatus",
    "Conflict",
    "ConflictReason",
    "Dispute",
    "EventKind",
    "Subject",
    "choice_facts",
    "disputes",
    "fold",
    "from_entry",
    "is_final",
    "may_notify",
    "next_steps",
    "order",
    "rfc3339",
    "standing_fields",
    "status_said",
    "step",
    "to_entry",
    "undisputed",
]
