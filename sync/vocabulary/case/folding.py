"""From events to the state of a case: commutative, idempotent, and nothing is silently lost."""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from sync.vocabulary.case.events import CaseEvent, EventKind, order
from sync.vocabulary.case.facts import text_fact, whole_fact
from sync.vocabulary.case.resolving import resolved
from sync.vocabulary.case.state import FIXED_FIELDS, CaseReceipt, CaseState, Conflict, ConflictReason, Subject
from sync.vocabulary.case.traces import traces
from sync.vocabulary.case.transitions import FINALITY, MOVES
from sync.vocabulary.errors import Fact

K = EventKind


def fold(events: Iterable[CaseEvent]) -> CaseState:
    """What the case is after ``events``, whatever their order and however often each came.

    A move the table does not know stays in ``path`` and in ``conflicts`` until an event ``resolved`` names it.
    """
    unique: dict[str, CaseEvent] = {}
    for event in events:
        kept = unique.setdefault(event.id, event)
        if kept != event:  # no honest replica changes an event; the choice must only be the same everywhere
            unique[event.id] = max(kept, event, key=_bytes)
    return reduce(step, sorted(unique.values(), key=order), CaseState.draft())


def step(state: CaseState, event: CaseEvent) -> CaseState:
    """The state after one more event, which must be the latest by ``order``."""
    state = replace(state, path=(*state.path, event))
    if event.kind not in _KNOWN:
        return state
    kind = EventKind(event.kind)
    if kind in MOVES:
        return _moved(state, kind, event)
    return _ASIDE[kind](state, event)


def standing_fields(fields: Mapping[str, Fact], state: CaseState) -> dict[str, Fact]:
    """The fields of a case as they stand: as registered, and over that every edit as the events fold.

    The document's own map lets the higher client id win, which need not be the edit that the fold takes for the later.
    """
    return {**fields, **state.edited_fields}


def _bytes(event: CaseEvent) -> bytes:
    return msgspec.json.encode(event, order="sorted")


def _moved(state: CaseState, kind: EventKind, event: CaseEvent) -> CaseState:
    move = MOVES[kind]
    if state.status in move.sources:
        return replace(state, status=move.target, status_event_id=event.id, **traces(state, kind, event))
    reason, against = ConflictReason.IMPOSSIBLE_MOVE, state.status_event_id
    conflicted = _contradicted(state, event, reason, subject=Subject.STATUS, against=against)
    if FINALITY.get(move.target, 0) > FINALITY.get(state.status, 0):
        return replace(conflicted, status=move.target, status_event_id=event.id, **traces(state, kind, event))
    return conflicted


def _contradicted(
    state: CaseState,
    event: CaseEvent,
    reason: ConflictReason,
    *,
    subject: Subject = Subject.ENTRY,
    about: str = "",
    against: str = "",
) -> CaseState:
    conflict = Conflict(
        event_id=event.id,
        kind=event.kind,
        reason=reason,
        status_before=state.status,
        subject=subject,
        about=about,
        against_id=against,
    )
    return replace(state, conflicts=(*state.conflicts, conflict))


def _received(state: CaseState, event: CaseEvent) -> CaseState:
    return _with_receipt(state, event, known=state.receipts)


def _refunded(state: CaseState, event: CaseEvent) -> CaseState:
    return _with_receipt(state, event, known=state.refunds)


def _with_receipt(state: CaseState, event: CaseEvent, *, known: tuple[CaseReceipt, ...]) -> CaseState:
    reference, amount_kopecks = text_fact(event, "reference"), whole_fact(event, "amount_kopecks")
    if reference is None or amount_kopecks is None or amount_kopecks <= 0:
        return _contradicted(state, event, ConflictReason.MALFORMED)
    receipt = CaseReceipt(
        terminal_id=text_fact(event, "terminal_id") or "",
        reference=reference,
        amount_kopecks=amount_kopecks,
        at=event.at,
        event_id=event.id,
        is_refund=event.kind == K.PAYMENT_REFUNDED,
    )
    same = [r for r in known if (r.terminal_id, r.reference) == (receipt.terminal_id, receipt.reference)]
    if same:
        if same[0].amount_kopecks == amount_kopecks:
            return state
        about, against = f"{receipt.terminal_id}/{reference}", same[0].event_id
        reason = ConflictReason.RECEIPT_DIFFERS
        return _contradicted(state, event, reason, subject=Subject.RECEIPT, about=about, against=against)
    return replace(state, **{"refunds" if receipt.is_refund else "receipts": (*known, receipt)})


def _edited(state: CaseState, event: CaseEvent) -> CaseState:
    """The later value stands; it is a conflict when its author had not seen the one it replaces."""
    field = text_fact(event, "field")
    if field is None or field in FIXED_FIELDS or "value" not in event.facts:
        return _contradicted(state, event, ConflictReason.MALFORMED)
    value = event.facts["value"]
    edited_by = {**state.edited_by, field: event.id}
    edited = replace(state, edited_fields={**state.edited_fields, field: value}, edited_by=edited_by)
    if field not in state.edited_fields or state.edited_fields[field] in (event.facts.get("base"), value):
        return edited
    against, reason = state.edited_by[field], ConflictReason.STALE_EDIT
    return _contradicted(edited, event, reason, subject=Subject.FIELD, about=field, against=against)


def _attached(state: CaseState, event: CaseEvent) -> CaseState:
    attachment_id = text_fact(event, "attachment_id")
    if attachment_id is None:
        return _contradicted(state, event, ConflictReason.MALFORMED)
    if attachment_id in state.attachment_ids:
        return state
    return replace(state, attachment_ids=(*state.attachment_ids, attachment_id))


def _appealed(state: CaseState, _event: CaseEvent) -> CaseState:
    return replace(state, is_appealed=True)


def _checked_out(state: CaseState, _event: CaseEvent) -> CaseState:
    return state


_KNOWN = frozenset(EventKind)
_ASIDE: Mapping[EventKind, Callable[[CaseState, CaseEvent], CaseState]] = MappingProxyType(
    {
        K.PAYMENT_RECEIVED: _received,
        K.PAYMENT_REFUNDED: _refunded,
        K.EDITED: _edited,
        K.SCAN_ATTACHED: _attached,
        K.APPEALED: _appealed,
        K.CHECKED_OUT: _checked_out,
        K.RESOLVED: resolved,
    }
)
