"""What waits for whom, and which steps a person is offered with a case."""

from edge_node.back_office.model import BODY_PILES, FRONT_PILES, NEEDS_DECISION, STEPS, OfferedStep, Pile, StepKey
from edge_node.case_register import commands as register
from edge_node.case_register import queries as cases
from edge_node.case_register.model import Case, CaseFile
from edge_node.staff.model import Person
from sync.storage import Reader
from sync.vocabulary.case import CaseStatus, EventKind, next_steps
from sync.vocabulary.case.redaction import is_erased
from sync.vocabulary.staff import Permission, permissions

PILE_MAX = 100


def piles(reader: Reader, *, by: Person) -> list[Pile]:
    """The cases that wait for this person's office or body, each pile due soonest first; raises ``Forbidden``.

    What contradicts itself comes before everything else.
    """
    scope = register.scope_of(by)
    kinds = FRONT_PILES if scope.provider_id is None else BODY_PILES
    contested = cases.in_conflict(reader, scope=scope, limit=PILE_MAX)
    first = [Pile(key=NEEDS_DECISION, cases=tuple(contested))] if contested else []
    return first + [
        Pile(key=key, cases=tuple(cases.listed(reader, statuses=statuses, scope=scope, limit=PILE_MAX)))
        for key, statuses in kinds.items()
    ]


def offered_steps(file: CaseFile, *, by: Person) -> list[OfferedStep]:
    """The steps of this person's role, in the order of a case's life; those not possible now say why."""
    held = permissions(by.roles)
    return [OfferedStep(key=key, why_not=_why_not(key, file)) for key, step in STEPS.items() if step.permission in held]


def may_resolve(case: Case, *, by: Person) -> bool:
    """Whether this person settles what contradicts itself in the case: a head, at the office where it is registered."""
    return Permission.RESOLVE_CONFLICTS in permissions(by.roles) and by.office_id == case.home_office_id


_ORDER = list(CaseStatus)
_BEGINS_AT = {
    StepKey.HAND_OVER: CaseStatus.REGISTERED,
    StepKey.ACCEPT: CaseStatus.HANDED_OVER,
    StepKey.START: CaseStatus.ACCEPTED_BY_PROVIDER,
    StepKey.DECIDE: CaseStatus.IN_PROGRESS,
    StepKey.RECEIVE_RESULT: CaseStatus.DECISION_GRANTED,
    StepKey.ISSUE: CaseStatus.READY_FOR_ISSUE,
}


def _why_not(key: StepKey, file: CaseFile) -> str | None:
    if is_erased(file.fields):
        return "erased"
    possible = next_steps(file.state)
    if STEPS[key].kinds[0] in possible:
        return None
    if key is StepKey.DECIDE and EventKind.STARTED in possible:
        return None
    if key is StepKey.ISSUE and file.state.is_status_disputed:
        return "disputed"
    if file.state.status in {CaseStatus.SUSPENDED, CaseStatus.LEFT_WITHOUT_MOVEMENT}:
        return "paused"
    is_over = _ORDER.index(file.state.status) > _ORDER.index(_BEGINS_AT[key])
    return "done" if is_over else f"{key.value}-not-yet"
