"""Steps of a case between registration and archive: who takes them, what they need, why one is not offered now."""

from enum import StrEnum
from typing import Annotated, Protocol, runtime_checkable

import msgspec

from edge_node.case_register.model import Case
from sync.replication.messages import CheckoutRequest, PullItem
from sync.vocabulary.applicant import DocumentKind
from sync.vocabulary.case import CaseStatus, EventKind
from sync.vocabulary.errors import Forbidden, NotFound, Refusal
from sync.vocabulary.ids import CaseId
from sync.vocabulary.staff import Permission

ACT_NUMBER_CHARACTERS_MAX = 40
REASONS_CHARACTERS_MAX = 2000
DOCUMENT_CHARACTERS_MAX = 40
DISPUTE_CHARACTERS_MAX = 200
EVENT_ID_CHARACTERS_MAX = 64
CONFLICTS_CHARACTERS_MAX = 10_000  # a case that contradicts itself a hundred times over is still settled at once
BATCH_MAX = 100  # a courier's bag
CASES_TOPIC = "cases"  # some case moved: live lists ask again


def topic_of(case_id: str) -> str:
    """The topic of one case's live page."""
    return f"case-{case_id}"


class StepKey(StrEnum):
    """What a button says; read through ``step:<value>``."""

    HAND_OVER = "hand-over"
    ACCEPT = "accept"
    START = "start"
    DECIDE = "decide"
    RECEIVE_RESULT = "receive-result"
    ISSUE = "issue"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Who may take a step, and the events it writes, in their order."""

    permission: Permission
    kinds: tuple[EventKind, ...]


STEPS: dict[StepKey, Step] = {
    StepKey.HAND_OVER: Step(permission=Permission.HAND_OVER_CASES, kinds=(EventKind.HANDED_OVER,)),
    StepKey.ACCEPT: Step(permission=Permission.ACCEPT_CASES, kinds=(EventKind.ACCEPTED_BY_PROVIDER,)),
    StepKey.START: Step(permission=Permission.DECIDE_CASES, kinds=(EventKind.STARTED,)),
    StepKey.DECIDE: Step(permission=Permission.DECIDE_CASES, kinds=(EventKind.DECIDED_GRANTED,)),
    StepKey.RECEIVE_RESULT: Step(
        permission=Permission.RECEIVE_RESULTS, kinds=(EventKind.RESULT_RECEIVED, EventKind.READY_FOR_ISSUE)
    ),
    StepKey.ISSUE: Step(permission=Permission.ISSUE_RESULTS, kinds=(EventKind.ISSUED,)),
}


class OfferedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step this person's role takes: now, or not now and why (keyed ``why-not:<value>``)."""

    key: StepKey
    why_not: str | None = None


class Verdict(StrEnum):
    """How a case was decided."""

    GRANTED = "granted"
    REFUSED = "refused"


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The decision of the providing body; a refusal says its reasons (law 2073-IX)."""

    verdict: Verdict
    act_number: Annotated[str, msgspec.Meta(min_length=1, max_length=ACT_NUMBER_CHARACTERS_MAX)]
    reasons: Annotated[str, msgspec.Meta(max_length=REASONS_CHARACTERS_MAX)] = ""


class Handing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To whom the result is handed: the document they show at the desk."""

    document_kind: DocumentKind
    document_number: Annotated[str, msgspec.Meta(min_length=1, max_length=DOCUMENT_CHARACTERS_MAX)]


class Resolution(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which side of a dispute holds, and why; ``conflict_event_ids`` says what of it the person saw."""

    dispute: Annotated[str, msgspec.Meta(min_length=1, max_length=DISPUTE_CHARACTERS_MAX)]
    conflict_event_ids: Annotated[str, msgspec.Meta(min_length=1, max_length=CONFLICTS_CHARACTERS_MAX)]
    holds_event_id: Annotated[str, msgspec.Meta(max_length=EVENT_ID_CHARACTERS_MAX)] = ""
    reasons: Annotated[str, msgspec.Meta(max_length=REASONS_CHARACTERS_MAX)] = ""


class Batch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cases handed over together, as the courier takes them."""

    case_ids: Annotated[tuple[CaseId, ...], msgspec.Meta(min_length=1, max_length=BATCH_MAX)]


class Pile(msgspec.Struct, frozen=True, kw_only=True):
    """Cases that wait for the same thing; ``key`` read through ``pile:<key>``."""

    key: str
    cases: tuple[Case, ...]


@runtime_checkable  # Litestar checks what it hands to a controller
class CaseSource(Protocol):
    """Where a case of another office comes from; the client of the hub is one."""

    async def checkout(self, request: CheckoutRequest) -> PullItem:
        """Fetch one case and keep it; raises ``Unreachable`` or ``HubRefusal``."""
        ...


class LineCut(Refusal):
    """The city cannot be asked now: the line is cut."""

    status = 503


class CaseNotFetched(NotFound):
    """The city has no such case, or the four digits do not fit; which of the two is not said."""


class NotHomeOffice(Forbidden):
    """Contradictions of a case are settled where it was registered, so that two offices do not settle them twice."""


NEEDS_DECISION = "needs-decision"  # the pile of cases that contradict themselves; shown only where there are any

# the piles on a desk, most urgent first; every status belongs to one at most
FRONT_PILES: dict[str, frozenset[CaseStatus]] = {
    "to-hand-over": frozenset({CaseStatus.REGISTERED}),
    "results-to-receive": frozenset({CaseStatus.DECISION_GRANTED, CaseStatus.DECISION_REFUSED, CaseStatus.RETURNED}),
    "ready-for-issue": frozenset({CaseStatus.RESULT_RECEIVED, CaseStatus.READY_FOR_ISSUE, CaseStatus.UNCLAIMED}),
    "with-provider": frozenset(
        {CaseStatus.HANDED_OVER, CaseStatus.ACCEPTED_BY_PROVIDER, CaseStatus.IN_PROGRESS, CaseStatus.SUSPENDED}
    ),
}
BODY_PILES: dict[str, frozenset[CaseStatus]] = {
    "to-accept": frozenset({CaseStatus.HANDED_OVER}),
    "in-progress": frozenset({CaseStatus.ACCEPTED_BY_PROVIDER, CaseStatus.IN_PROGRESS}),
    "suspended": frozenset({CaseStatus.SUSPENDED}),
}
