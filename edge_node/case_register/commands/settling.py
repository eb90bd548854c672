"""Contradictions of a case: shown with every side of them, and settled by the word of a person."""

from datetime import datetime

from edge_node.case_register.commands.opening import path_line, path_sheet
from edge_node.case_register.commands.recording import project, standing, written
from edge_node.case_register.model import (
    Actor,
    Case,
    CaseDetails,
    CaseFile,
    DisputeChanged,
    DisputeSide,
    OpenDispute,
    Settlement,
)
from edge_node.staff import queries as staff
from sync.ambient import Ids
from sync.replication import outbox
from sync.replication.outbox import Change
from sync.storage import Reader, Transaction
from sync.vocabulary.case import CaseEvent, Dispute, EventKind, Subject, choice_facts, disputes, next_steps, status_said
from sync.vocabulary.case.redaction import is_erased
from sync.vocabulary.errors import Fact
from sync.vocabulary.ids import CaseId


def details(reader: Reader, *, file: CaseFile) -> CaseDetails:
    """What the API tells of an opened case."""
    possible = () if is_erased(file.fields) else sorted(next_steps(file.state))
    return CaseDetails(
        case=file.case,
        applicant=file.applicant,
        path=tuple(path_sheet(reader, file)),
        receipts=(*file.state.receipts, *file.state.refunds),
        next_steps=tuple(possible),
        disputes=tuple(open_disputes(reader, file)),
    )


def open_disputes(reader: Reader, file: CaseFile) -> list[OpenDispute]:
    """What a person must decide in this case, each with all who contradict each other; nothing in an erased one."""
    return [] if is_erased(file.fields) else [_shown(reader, dispute) for dispute in disputes(file.state)]


def settle(tx: Transaction, settlement: Settlement, *, case_id: str, by: Actor, now: datetime, ids: Ids) -> Case:
    """Write down which side of a dispute holds, and why; every side stays on the path sheet.

    Raises:
        CaseNotHere: this node holds no such case.
        CaseErased: only its tombstone is left.
        DisputeChanged: what the person saw is not what is contested: settled by another, or contradicted once more.
    """
    view, state = standing(tx, case_id=CaseId(case_id))
    dispute = next((each for each in disputes(state) if each.key == settlement.dispute), None)
    if dispute is None or dispute.conflict_event_ids != settlement.conflict_event_ids:
        raise DisputeChanged
    side = next((event for event in dispute.events if event.id == settlement.holds_event_id), None)
    if side is None:
        raise DisputeChanged
    facts: dict[str, Fact] = {**choice_facts(dispute, side, state=state), "reasons": settlement.reasons}
    event = written(tx, EventKind.RESOLVED, facts, after=view, by=by, now=now, ids=ids)
    fields = {dispute.about: facts["value"]} if dispute.subject is Subject.FIELD else {}
    change = Change(document_id=case_id, fields=fields, events=(event,))
    return project(tx, case_id, outbox.record(tx, change, operation_id=ids.new(), now=now))


def _shown(reader: Reader, dispute: Dispute) -> OpenDispute:
    known = staff.names(reader, staff_ids=(event.actor_id for event in dispute.events))
    return OpenDispute(
        key=dispute.key,
        subject=dispute.subject,
        about=dispute.about if dispute.subject is Subject.FIELD else "",
        conflict_event_ids=dispute.conflict_event_ids,
        sides=tuple(
            DisputeSide(
                line=path_line(event, known, is_conflict=True),
                says=_said(dispute.subject, event),
                is_standing=event.id == dispute.standing_id,
            )
            for event in dispute.events
        ),
    )


def _said(subject: Subject, event: CaseEvent) -> Fact:
    match subject:
        case Subject.STATUS:
            return status_said(event)
        case Subject.FIELD:
            return event.facts.get("value")
        case Subject.RECEIPT:
            return event.facts.get("amount_kopecks")
        case Subject.ENTRY:
            return event.kind
