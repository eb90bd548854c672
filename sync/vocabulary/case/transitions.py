"""Which event may follow which status, and where it leads (DOMAIN: the status machine of a case)."""

import msgspec

from sync.vocabulary.case.events import EventKind
from sync.vocabulary.case.state import CaseState, CaseStatus

S = CaseStatus
K = EventKind


class Move(msgspec.Struct, frozen=True):
    """Where an event leads, and its lawful starting points."""

    target: CaseStatus
    sources: tuple[CaseStatus, ...]


_BEFORE_DECISION = (
    S.REGISTERED,
    S.LEFT_WITHOUT_MOVEMENT,
    S.HANDED_OVER,
    S.ACCEPTED_BY_PROVIDER,
    S.IN_PROGRESS,
    S.SUSPENDED,
)

MOVES: dict[EventKind, Move] = {
    K.REGISTERED: Move(S.REGISTERED, (S.DRAFT,)),
    K.LEFT_WITHOUT_MOVEMENT: Move(S.LEFT_WITHOUT_MOVEMENT, (S.REGISTERED,)),
    K.REMEDIED: Move(S.REGISTERED, (S.LEFT_WITHOUT_MOVEMENT,)),
    K.RETURNED: Move(S.RETURNED, (S.LEFT_WITHOUT_MOVEMENT,)),
    K.HANDED_OVER: Move(S.HANDED_OVER, (S.REGISTERED,)),
    K.ACCEPTED_BY_PROVIDER: Move(S.ACCEPTED_BY_PROVIDER, (S.HANDED_OVER,)),
    K.STARTED: Move(S.IN_PROGRESS, (S.ACCEPTED_BY_PROVIDER,)),
    K.SUSPENDED: Move(S.SUSPENDED, (S.IN_PROGRESS,)),
    K.RESUMED: Move(S.IN_PROGRESS, (S.SUSPENDED,)),
    K.EXTENDED: Move(S.IN_PROGRESS, (S.IN_PROGRESS,)),
    K.DECIDED_GRANTED: Move(S.DECISION_GRANTED, (S.IN_PROGRESS,)),
    K.DECIDED_REFUSED: Move(S.DECISION_REFUSED, (S.IN_PROGRESS,)),
    K.RESULT_RECEIVED: Move(S.RESULT_RECEIVED, (S.DECISION_GRANTED, S.DECISION_REFUSED, S.RETURNED)),
    K.READY_FOR_ISSUE: Move(S.READY_FOR_ISSUE, (S.RESULT_RECEIVED,)),
    K.UNCLAIMED: Move(S.UNCLAIMED, (S.READY_FOR_ISSUE,)),
    K.ISSUED: Move(S.ISSUED, (S.READY_FOR_ISSUE, S.UNCLAIMED)),
    K.SENT_BY_POST: Move(S.SENT_BY_POST, (S.READY_FOR_ISSUE, S.UNCLAIMED)),
    K.ISSUED_ELECTRONICALLY: Move(S.ISSUED_ELECTRONICALLY, (S.READY_FOR_ISSUE, S.UNCLAIMED)),
    # law 2073-IX art. 65: the applicant may withdraw until the decision
    K.WITHDRAWN: Move(S.WITHDRAWN, _BEFORE_DECISION),
    # a registration made by mistake; once the provider has the case it can only be withdrawn or decided
    K.ANNULLED: Move(S.ANNULLED, (S.REGISTERED, S.LEFT_WITHOUT_MOVEMENT, S.HANDED_OVER)),
    K.CLOSED: Move(S.CLOSED, (S.ISSUED, S.SENT_BY_POST, S.ISSUED_ELECTRONICALLY, S.WITHDRAWN, S.ANNULLED)),
    K.ARCHIVED: Move(S.ARCHIVED, (S.CLOSED,)),
    K.DESTROYED: Move(S.DESTROYED, (S.ARCHIVED,)),
    K.TRANSFERRED: Move(S.TRANSFERRED, (S.ARCHIVED,)),
}

# An impossible move to a status of higher finality wins all the same: what was handed to a person is out of the house.
FINALITY: dict[CaseStatus, int] = {
    S.ISSUED: 1,
    S.SENT_BY_POST: 1,
    S.ISSUED_ELECTRONICALLY: 1,
    S.WITHDRAWN: 1,
    S.ANNULLED: 1,
    S.CLOSED: 2,
    S.ARCHIVED: 3,
    S.DESTROYED: 4,
    S.TRANSFERRED: 4,
}

HANDING_OUT = frozenset({K.ISSUED, K.SENT_BY_POST, K.ISSUED_ELECTRONICALLY})
ANYTIME = frozenset({K.PAYMENT_RECEIVED, K.PAYMENT_REFUNDED, K.SCAN_ATTACHED, K.EDITED, K.CHECKED_OUT, K.APPEALED})
_GONE = frozenset({S.DRAFT, S.DESTROYED, S.TRANSFERRED})


def is_final(status: CaseStatus) -> bool:
    """Whether the applicant has nothing more to wait for."""
    return status in FINALITY


def next_steps(state: CaseState) -> frozenset[EventKind]:
    """The kinds of event that may lawfully be added now; ``resolved`` only while there is a conflict.

    A result is not handed out while it is disputed where the case stands.
    """
    moves = {kind for kind, move in MOVES.items() if state.status in move.sources}
    if state.is_status_disputed:
        moves -= HANDING_OUT
    aside = ANYTIME if state.status not in _GONE else frozenset()
    resolution = {K.RESOLVED} if state.conflicts else set()
    return frozenset(moves | aside | resolution)
