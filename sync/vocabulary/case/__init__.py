"""A case: its events, the table of transitions, and the fold that says what it is."""

from sync.vocabulary.case.events import CaseEvent, EventKind, from_entry, order, rfc3339, to_entry
from sync.vocabulary.case.folding import fold, step
from sync.vocabulary.case.state import CaseReceipt, CaseState, CaseStatus, Conflict, ConflictReason
from sync.vocabulary.case.transitions import MOVES, is_final, next_steps

__all__ = [
    "MOVES",
    "CaseEvent",
    "CaseReceipt",
    "CaseState",
    "CaseStatus",
    "Conflict",
    "ConflictReason",
    "EventKind",
    "fold",
    "from_entry",
    "is_final",
    "next_steps",
    "order",
    "rfc3339",
    "step",
    "to_entry",
]
