"""From events to the state of a case: commutative, idempotent, and nothing is silently lost."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import reduce
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec.structs import replace

from sync.vocabulary.case.events import CaseEvent, EventKind, order
from sync.vocabulary.case.state import CaseReceipt, CaseState, CaseStatus, Conflict, ConflictReason
from sync.vocabulary.case.transitions import FINALITY, MOVES
from sync.vocabulary.working_days import Pause, local_day

K = EventKind
Changes = dict[str, Any]  # keyword arguments of msgspec's replace: each is a field of CaseState


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


def _bytes(event: CaseEvent) -> bytes:
    return msgspec.json.encode(event, order="sorted")


def _moved(state: CaseState, kind: EventKind, event: CaseEvent) -> CaseState:
    move = MOVES[kind]
    if state.status in move.sources:
        return replace(state, status=move.target, **_traces(state, kind, event))
    conflicted = _contradicted(state, event, ConflictReason.IMPOSSIBLE_MOVE)
    if FINALITY.get(move.target, 0) > FINALITY.get(state.status, 0):
        return replace(conflicted, status=move.target, **_traces(state, kind, event))
    return conflicted


def _contradicted(state: CaseState, event: CaseEvent, reason: ConflictReason) -> CaseState:
    conflict = Conflict(event_id=event.id, kind=event.kind, reason=reason, status_before=state.status)
    return replace(state, conflicts=(*state.conflicts, conflict))


def _traces(state: CaseState, kind: EventKind, event: CaseEvent) -> Changes:
    """What a lawful move leaves besides the status."""
    changes: Changes = {}
    if kind in _MOMENTS:
        changes[_MOMENTS[kind]] = event.at
    if kind is K.REGISTERED:
        changes |= {name: _text(event, name) for name in _REGISTERED_FACTS}
    if kind in _DUE_KINDS and (due_on := _day(event, "due_on")) is not None:
        changes["due_on"] = due_on
    if kind is K.EXTENDED:
        changes["extended_days"] = state.extended_days + max(0, _whole(event, "days") or 0)
    if kind in _PAUSING:
        changes["pauses"] = (*state.pauses, Pause(began_on=local_day(event.at)))
    elif state.pauses and state.pauses[-1].ended_on is None:
        changes["pauses"] = (*state.pauses[:-1], _ended(state.pauses[-1], event.at))
    return changes


def _ended(pause: Pause, at: datetime) -> Pause:
    return replace(pause, ended_on=max(pause.began_on, local_day(at)))


def _received(state: CaseState, event: CaseEvent) -> CaseState:
    return _with_receipt(state, event, known=state.receipts)


def _refunded(state: CaseState, event: CaseEvent) -> CaseState:
    return _with_receipt(state, event, known=state.refunds)


def _with_receipt(state: CaseState, event: CaseEvent, *, known: tuple[CaseReceipt, ...]) -> CaseState:
    reference, amount_kopecks = _text(event, "reference"), _whole(event, "amount_kopecks")
    if reference is None or amount_kopecks is None or amount_kopecks <= 0:
        return _contradicted(state, event, ConflictReason.MALFORMED)
    receipt = CaseReceipt(
        terminal_id=_text(event, "terminal_id") or "",
        reference=reference,
        amount_kopecks=amount_kopecks,
        at=event.at,
        event_id=event.id,
        is_refund=event.kind == K.PAYMENT_REFUNDED,
    )
    same = [r for r in known if (r.terminal_id, r.reference) == (receipt.terminal_id, receipt.reference)]
    if same:
        differs = same[0].amount_kopecks != amount_kopecks
        return _contradicted(state, event, ConflictReason.RECEIPT_DIFFERS) if differs else state
    return replace(state, **{"refunds" if receipt.is_refund else "receipts": (*known, receipt)})


def _edited(state: CaseState, event: CaseEvent) -> CaseState:
    """The later value stands; it is a conflict when its author had not seen the one it replaces."""
    field = _text(event, "field")
    if field is None or "value" not in event.facts:
        return _contradicted(state, event, ConflictReason.MALFORMED)
    value = event.facts["value"]
    edited = replace(state, edited_fields={**state.edited_fields, field: value})
    if field in state.edited_fields and state.edited_fields[field] not in (event.facts.get("base"), value):
        return _contradicted(edited, event, ConflictReason.STALE_EDIT)
    return edited


def _attached(state: CaseState, event: CaseEvent) -> CaseState:
    attachment_id = _text(event, "attachment_id")
    if attachment_id is None:
        return _contradicted(state, event, ConflictReason.MALFORMED)
    if attachment_id in state.attachment_ids:
        return state
    return replace(state, attachment_ids=(*state.attachment_ids, attachment_id))


def _appealed(state: CaseState, _event: CaseEvent) -> CaseState:
    return replace(state, is_appealed=True)


def _checked_out(state: CaseState, _event: CaseEvent) -> CaseState:
    return state


def _resolved(state: CaseState, event: CaseEvent) -> CaseState:
    settled = set((_text(event, "conflict_event_ids") or "").split())
    open_conflicts = tuple(c for c in state.conflicts if c.event_id not in settled)
    status = _text(event, "status")
    chosen = CaseStatus(status) if status in _STATUSES else state.status
    return replace(state, conflicts=open_conflicts, status=chosen)


def _text(event: CaseEvent, name: str) -> str | None:
    value = event.facts.get(name)
    return value if isinstance(value, str) and value else None


def _whole(event: CaseEvent, name: str) -> int | None:
    value = event.facts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _day(event: CaseEvent, name: str) -> date | None:
    try:
        return date.fromisoformat(_text(event, name) or "")
    except ValueError:
        return None


_KNOWN = frozenset(EventKind)
_STATUSES = frozenset(CaseStatus)
_REGISTERED_FACTS = ("number", "provider_id", "home_office_id", "accepting_office_id", "pickup_office_id")
_DUE_KINDS = frozenset({K.REGISTERED, K.REMEDIED, K.RESUMED, K.EXTENDED})
_PAUSING = frozenset({K.LEFT_WITHOUT_MOVEMENT, K.SUSPENDED})
_MOMENTS = {
    K.REGISTERED: "registered_at",
    K.DECIDED_GRANTED: "decided_at",
    K.DECIDED_REFUSED: "decided_at",
    K.RETURNED: "decided_at",
    K.ISSUED: "issued_at",
    K.SENT_BY_POST: "issued_at",
    K.ISSUED_ELECTRONICALLY: "issued_at",
    K.CLOSED: "closed_at",
    K.ARCHIVED: "archived_at",
}
_ASIDE: Mapping[EventKind, Callable[[CaseState, CaseEvent], CaseState]] = MappingProxyType(
    {
        K.PAYMENT_RECEIVED: _received,
        K.PAYMENT_REFUNDED: _refunded,
        K.EDITED: _edited,
        K.SCAN_ATTACHED: _attached,
        K.APPEALED: _appealed,
        K.CHECKED_OUT: _checked_out,
        K.RESOLVED: _resolved,
    }
)
