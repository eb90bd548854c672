"""Steps of a case: the right checked, the line written on the path sheet, the access log kept, all at once."""

from collections.abc import Mapping
from datetime import datetime

from edge_node.archive.commands import archive_issued
from edge_node.back_office import queries
from edge_node.back_office.model import STEPS, Decision, Handing, NotHomeOffice, Resolution, StepKey, Verdict
from edge_node.case_register import commands as register
from edge_node.case_register.model import Actor, Case, Settlement
from edge_node.printing import commands as printing
from edge_node.printing.model import CourierBatch
from edge_node.staff import commands as staff
from edge_node.staff import queries as staff_queries
from edge_node.staff.model import Person
from sync.ambient import Ids
from sync.storage import Transaction
from sync.vocabulary.applicant import check_document_number
from sync.vocabulary.case import CaseStatus, EventKind
from sync.vocabulary.errors import Fact, Forbidden, InvalidInput
from sync.vocabulary.identifiers.names import masked_number
from sync.vocabulary.staff import Permission, permissions

BATCH_NUMBER_LETTERS = 6  # of the random part of an id: enough to tell the registers of one office apart


def take_step(tx: Transaction, *, case_id: str, step: StepKey, by: Person, now: datetime, ids: Ids) -> Case:
    """Hand over, accept, start, or receive the result of a case.

    Raises:
        CaseNotHere, CaseNotYours, Forbidden: as ``case_for``; also for a role that does not take this step.
        IllegalStep: the case does not stand where the step begins.
    """
    return _write(
        tx, case_id=case_id, step=step, lines=[(kind, {}) for kind in STEPS[step].kinds], by=by, now=now, ids=ids
    )


def hand_over_all(tx: Transaction, *, case_ids: tuple[str, ...], by: Person, now: datetime, ids: Ids) -> list[Case]:
    """Hand over several cases with their register, as the courier takes them: all or none; raises as ``take_step``."""
    cases = [take_step(tx, case_id=case_id, step=StepKey.HAND_OVER, by=by, now=now, ids=ids) for case_id in case_ids]
    if cases:
        order_id = ids.new()
        batch = CourierBatch(
            number=f"{_actor(by).office_id}-{order_id[-BATCH_NUMBER_LETTERS:]}",
            case_ids=tuple(case.case_id for case in cases),
            handed_at=now,
            handed_by=staff_queries.names(tx, staff_ids=[by.staff_id]).get(by.staff_id, ""),
        )
        printing.order_courier_batch(tx, batch=batch, order_id=order_id, now=now)
    return cases


def decide(tx: Transaction, decision: Decision, *, case_id: str, by: Person, now: datetime, ids: Ids) -> Case:
    """Record the decision of the providing body; a case accepted and not started yet is started by it.

    Raises as ``take_step``, and ``InvalidInput`` for a refusal without reasons.
    """
    reasons, act_number = decision.reasons.strip(), decision.act_number.strip()
    if not act_number:
        raise InvalidInput(field="act_number", rule="required")
    if decision.verdict is Verdict.REFUSED and not reasons:
        raise InvalidInput(field="reasons", rule="required")
    case = register.case_for(tx, by=by, case_id=case_id)
    granted = decision.verdict is Verdict.GRANTED
    kind = EventKind.DECIDED_GRANTED if granted else EventKind.DECIDED_REFUSED
    facts: dict[str, Fact] = {"act_number": act_number, **({"reasons": reasons} if reasons else {})}
    lines: list[tuple[EventKind, Mapping[str, Fact]]] = [(kind, facts)]
    if case.status is CaseStatus.ACCEPTED_BY_PROVIDER:
        lines.insert(0, (EventKind.STARTED, {}))
    return _write(tx, case_id=case_id, step=StepKey.DECIDE, lines=lines, by=by, now=now, ids=ids)


def issue(tx: Transaction, handing: Handing, *, case_id: str, by: Person, now: datetime, ids: Ids) -> Case:
    """Hand the result to the person with the document shown; archived at once where this is the home office.

    The path sheet keeps the kind of the document and the last four characters of its number. Raises as ``take_step``,
    and ``InvalidInput`` for a document number that breaks its rule.
    """
    file = register.open_file(tx, by=by, case_id=case_id)
    number = check_document_number(handing.document_kind, handing.document_number)
    facts: dict[str, Fact] = {
        "document_kind": handing.document_kind.value,
        "document_number": masked_number(number),
        "is_document_of_application": number == file.applicant.document_number,
    }
    lines: list[tuple[EventKind, Mapping[str, Fact]]] = [(EventKind.ISSUED, facts)]
    case = _write(tx, case_id=case_id, step=StepKey.ISSUE, lines=lines, by=by, now=now, ids=ids)
    printing.order_result_receipt(tx, case_id=case.case_id, order_id=ids.new(), now=now)
    return archive_issued(tx, case_id=case.case_id, by=_actor(by), now=now, ids=ids) or case


def resolve(tx: Transaction, resolution: Resolution, *, case_id: str, by: Person, now: datetime, ids: Ids) -> Case:
    """Settle a dispute of a case at its home office; a reason is given.

    Raises as ``case_for`` and ``settle``; Forbidden for who is no head, NotHomeOffice at another office, InvalidInput
    where no side was chosen or no reason given.
    """
    if Permission.RESOLVE_CONFLICTS not in permissions(by.roles):
        raise Forbidden
    case = register.case_for(tx, by=by, case_id=case_id)
    if not queries.may_resolve(case, by=by):
        raise NotHomeOffice(office_id=case.home_office_id)
    for name in ("holds_event_id", "reasons"):
        if not getattr(resolution, name).strip():
            raise InvalidInput(field=name, rule="required")
    settlement = Settlement(
        dispute=resolution.dispute,
        conflict_event_ids=resolution.conflict_event_ids,
        holds_event_id=resolution.holds_event_id,
        reasons=resolution.reasons.strip(),
    )
    case = register.settle(tx, settlement, case_id=case.case_id, by=_actor(by), now=now, ids=ids)
    staff.log_access(tx, by=by, action="case-resolved", subject=case.case_id, now=now)
    return case


def note_denied(tx: Transaction, *, case_id: str, by: Person, now: datetime) -> None:
    """Log that a step was refused for want of a right: in its own transaction, for the refusal undid the other."""
    staff.log_access(tx, by=by, action="case-denied", subject=case_id, now=now)


def _write(
    tx: Transaction,
    *,
    case_id: str,
    step: StepKey,
    lines: list[tuple[EventKind, Mapping[str, Fact]]],
    by: Person,
    now: datetime,
    ids: Ids,
) -> Case:
    if STEPS[step].permission not in permissions(by.roles):
        raise Forbidden
    case = register.case_for(tx, by=by, case_id=case_id)
    for kind, facts in lines:
        case = register.record_event(tx, case_id=case.case_id, kind=kind, facts=facts, by=_actor(by), now=now, ids=ids)
    staff.log_access(tx, by=by, action=f"case-{step.value}", subject=case.case_id, now=now)
    return case


def _actor(by: Person) -> Actor:
    if by.office_id is None:
        raise Forbidden
    return Actor(staff_id=by.staff_id, office_id=by.office_id)
