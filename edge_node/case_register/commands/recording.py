"""Changing a case: every change is an event of its document, and the row follows in the same transaction."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from edge_node.case_register import queries
from edge_node.case_register.model import (
    Actor,
    Case,
    CaseChanged,
    CaseErased,
    CaseNotHere,
    IllegalStep,
    Opening,
    RegisterRow,
    phone_key,
)
from edge_node.staff.model import Person
from sync.ambient import Ids
from sync.documents.document import DocumentView, Entry
from sync.replication import outbox
from sync.replication.leases import draw_number
from sync.replication.outbox import Change
from sync.storage import Reader, Transaction, replica
from sync.vocabulary.case import (
    FIXED_FIELDS,
    CaseEvent,
    CaseState,
    EventKind,
    fold,
    from_entry,
    next_steps,
    standing_fields,
)
from sync.vocabulary.case.redaction import is_erased
from sync.vocabulary.errors import Fact, InvalidInput
from sync.vocabulary.identifiers import names
from sync.vocabulary.identifiers.official_number import official_number
from sync.vocabulary.ids import CaseId, OfficeId, ProviderId, ServiceCode
from sync.vocabulary.working_days import local_day


def next_number(tx: Transaction, *, office_id: OfficeId, now: datetime) -> str:
    """Draw the next official number of this office; raises ``NumbersExhausted``."""
    year = local_day(now).year
    return official_number(office_id, year=year, counter=draw_number(tx, year=year))


def register(tx: Transaction, opening: Opening, *, case_id: CaseId, by: Actor, now: datetime, ids: Ids) -> Case:
    """Open a case whose number was drawn in this transaction: its fields and the event ``registered``."""
    event = written(tx, EventKind.REGISTERED, opening.facts, after=None, by=by, now=now, ids=ids)
    change = Change(document_id=case_id, fields=opening.fields, events=(event,))
    return project(tx, case_id, outbox.record(tx, change, operation_id=ids.new(), now=now))


def record_event(
    tx: Transaction,
    *,
    case_id: CaseId,
    kind: EventKind,
    facts: Mapping[str, Fact],
    by: Actor,
    now: datetime,
    ids: Ids,
    event_id: str | None = None,
) -> Case:
    """Add a step to the path sheet; the row after it.

    A fact that other machines may tell too brings an ``event_id`` derived from what it is: told twice, it is one event.

    Raises:
        CaseNotHere: this node holds no such case.
        CaseErased: only its tombstone is left.
        IllegalStep: the table of transitions does not allow it from where the case stands.
    """
    view, _ = _before(tx, case_id=case_id, kind=kind)
    event = written(tx, kind, facts, after=view, by=by, now=now, ids=ids)
    if event_id is not None:
        event = replace(event, id=event_id)
    view = outbox.record(tx, Change(document_id=case_id, events=(event,)), operation_id=ids.new(), now=now)
    return project(tx, case_id, view)


def attach(
    tx: Transaction,
    *,
    case_id: CaseId,
    attachments: Mapping[str, Entry],
    facts: Mapping[str, Fact],
    by: Actor,
    now: datetime,
    ids: Ids,
) -> Case:
    """Hang attachments on the case, each with its event ``scan_attached``; raises as ``record_event``."""
    view, _ = _before(tx, case_id=case_id, kind=EventKind.SCAN_ATTACHED)
    events = tuple(
        written(tx, EventKind.SCAN_ATTACHED, {**facts, "attachment_id": each}, after=view, by=by, now=now, ids=ids)
        for each in attachments
    )
    change = Change(document_id=case_id, events=events, attachments=attachments)
    return project(tx, case_id, outbox.record(tx, change, operation_id=ids.new(), now=now))


def note_check_out(tx: Transaction, *, case_id: CaseId, by: Person, now: datetime, ids: Ids) -> None:
    """Write on the path sheet that this office fetched the case: from then on it is its to see; once is enough."""
    if by.office_id is None or by.office_id in queries.office_ids(tx, case_id=case_id):
        return
    actor = Actor(staff_id=by.staff_id, office_id=by.office_id)
    record_event(tx, case_id=case_id, kind=EventKind.CHECKED_OUT, facts={}, by=actor, now=now, ids=ids)


def edit_field(
    tx: Transaction, *, case_id: CaseId, field: str, value: Fact, by: Actor, now: datetime, ids: Ids
) -> Case:
    """Write a field, and the event that says what stood there before.

    Raises as ``record_event``, and InvalidInput for a field that is fixed at registration.
    """
    if field in FIXED_FIELDS:
        raise InvalidInput(field=field, rule="reserved")
    view, state = _before(tx, case_id=case_id, kind=EventKind.EDITED)
    base = standing_fields(view.fields, state).get(field)
    facts = {"field": field, "base": base, "value": value}
    event = written(tx, EventKind.EDITED, facts, after=view, by=by, now=now, ids=ids)
    change = Change(document_id=case_id, fields={field: value}, events=(event,))
    return project(tx, case_id, outbox.record(tx, change, operation_id=ids.new(), now=now))


def require_standing(reader: Reader, *, case_id: CaseId) -> None:
    """Make sure that the case may still be written into; raises CaseNotHere, CaseErased."""
    standing(reader, case_id=case_id)


def standing(reader: Reader, *, case_id: CaseId) -> tuple[DocumentView, CaseState]:
    """What a case that may still be written into says, and where it stands; raises CaseNotHere, CaseErased."""
    view = outbox.view(reader, case_id)
    if view is None:
        raise CaseNotHere(case_id=case_id)
    if is_erased(view.fields):
        raise CaseErased(case_id=case_id)
    return view, state_of(view)


def project(tx: Transaction, document_id: str, view: DocumentView) -> Case:
    """Rebuild the row of a case from what its document says; the same row whatever the order its parts came in."""
    row = row_of(CaseId(document_id), view)
    queries.save(tx, row)
    tx.emit(CaseChanged(case_id=row.case.case_id, status=row.case.status))
    return row.case


def remove(tx: Transaction, document_id: str) -> None:
    """Forget a case that left this node's scope."""
    queries.remove(tx, case_id=document_id)


def row_of(case_id: CaseId, view: DocumentView) -> RegisterRow:
    """The row of the case, out of its document alone."""
    state = state_of(view)
    fields = standing_fields(view.fields, state)
    name = " ".join(filter(None, (_text(fields, f"applicant_{part}") for part in _NAME_PARTS)))
    case = Case(
        case_id=case_id,
        number=state.number or _text(fields, "number"),
        status=state.status,
        service_code=ServiceCode(_text(fields, "service_code") or ""),
        service_version=_whole(fields, "service_version"),
        provider_id=ProviderId(_text(fields, "provider_id") or state.provider_id or ""),
        home_office_id=_office(fields, state, "home_office_id"),
        accepting_office_id=_office(fields, state, "accepting_office_id"),
        pickup_office_id=_office(fields, state, "pickup_office_id"),
        applicant_name=name,
        registered_at=state.registered_at,
        due_on=state.due_on,
        fee_kopecks=_whole(fields, "fee_kopecks"),
        paid_kopecks=state.paid_kopecks,
        is_in_conflict=state.is_in_conflict and not is_erased(fields),
        changed_at=state.path[-1].at if state.path else None,
    )
    phone = _text(fields, "applicant_phone")
    return RegisterRow(
        case=case,
        name_key=names.search_key(name),
        rnokpp=_text(fields, "applicant_rnokpp"),
        phone=phone_key(phone) if phone else None,
        issued_at=state.issued_at,
        issued_office_id=_issuing_office(state),
        office_ids=_offices(case, state),
        receipt_ids=tuple(receipt.event_id for receipt in state.receipts),
    )


def state_of(view: DocumentView) -> CaseState:
    """What the events of the document fold to."""
    return fold(from_entry(event_id, entry) for event_id, entry in view.events.items())


_HANDED_OUT = frozenset({EventKind.ISSUED, EventKind.SENT_BY_POST, EventKind.ISSUED_ELECTRONICALLY})
_NAME_PARTS = ("last_name", "first_name", "patronymic")


def _before(tx: Transaction, *, case_id: CaseId, kind: EventKind) -> tuple[DocumentView, CaseState]:
    """What the case says, and where it stands, before a step that the table of transitions allows."""
    view, state = standing(tx, case_id=case_id)
    if kind not in next_steps(state):
        raise IllegalStep(status=state.status.value, step=kind.value)
    return view, state


def written(
    tx: Transaction,
    kind: EventKind,
    facts: Mapping[str, Fact],
    *,
    after: DocumentView | None,
    by: Actor,
    now: datetime,
    ids: Ids,
) -> CaseEvent:
    """The event that this node writes here and now; its clock is later than every event of the case ``after``."""
    return CaseEvent(
        id=ids.new(),
        kind=kind,
        clock=outbox.next_clock(tx, now=now, after=after),
        at=now,
        node_id=replica.stream(tx).node_id,
        office_id=by.office_id,
        actor_id=by.staff_id,
        facts=dict(facts),
    )


def _offices(case: Case, state: CaseState) -> tuple[OfficeId, ...]:
    """The offices of the fields, and those that checked the case out."""
    guests: Iterable[OfficeId] = (
        OfficeId(event.office_id) for event in state.path if event.kind == EventKind.CHECKED_OUT
    )
    own = (case.home_office_id, case.accepting_office_id, case.pickup_office_id)
    return tuple(sorted({office_id for office_id in (*own, *guests) if office_id}))


def _issuing_office(state: CaseState) -> OfficeId | None:
    if state.issued_at is None:
        return None
    return next((OfficeId(event.office_id) for event in reversed(state.path) if event.kind in _HANDED_OUT), None)


def _office(fields: Mapping[str, Fact], state: CaseState, name: str) -> OfficeId:
    said: str | None = getattr(state, name)
    return OfficeId(_text(fields, name) or said or "")


def _text(fields: Mapping[str, Fact], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) and value else None


def _whole(fields: Mapping[str, Fact], name: str) -> int:
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
