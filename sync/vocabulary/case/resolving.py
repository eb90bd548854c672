"""A person's word on a conflict: what it settles, and when it contradicts what others had written meanwhile."""

from msgspec.structs import replace

from sync.vocabulary.case.events import CaseEvent, EventKind
from sync.vocabulary.case.facts import text_fact, whole_fact
from sync.vocabulary.case.state import FIXED_FIELDS, CaseState, CaseStatus, Conflict, ConflictReason, Subject
from sync.vocabulary.case.traces import traces
from sync.vocabulary.case.transitions import MOVES
from sync.vocabulary.errors import Fact

CHOICE = ("status", "field", "value", "terminal_id", "reference", "amount_kopecks")  # what a person chose, by subject
_STATUSES = frozenset(CaseStatus) - {CaseStatus.DRAFT}
_KNOWN = frozenset(EventKind)


def resolved(state: CaseState, event: CaseEvent) -> CaseState:
    """``state`` after a person's word; the conflicts it names and that were open are settled as it says.

    It settles nothing, and is a conflict itself, where another resolution settled one of them otherwise, or where what
    it replaces is no longer what its author saw (``base``).
    """
    named = set((text_fact(event, "conflict_event_ids") or "").split())
    opened = {conflict.event_id for conflict in state.conflicts}
    earlier = [state.settled[event_id] for event_id in sorted(named - opened) if event_id in state.settled]
    against = next((each for each in earlier if _choice_of(state, each) != _choice(event)), None)
    if against is None and not _is_base_standing(state, event):
        against = _writer(state, event)
    if against is not None:
        return replace(state, conflicts=(*state.conflicts, _contradiction(state, event, against)))
    settled = state.settled | dict.fromkeys(named & opened, event.id)
    remaining = tuple(conflict for conflict in state.conflicts if conflict.event_id not in named)
    return _applied(replace(state, conflicts=remaining, settled=settled), event, named=named)


def subject_of(event: CaseEvent) -> tuple[Subject, str]:
    """What a resolution is about, and which one of its kind."""
    if text_fact(event, "status") is not None:
        return Subject.STATUS, ""
    if (field := text_fact(event, "field")) is not None:
        return Subject.FIELD, field
    if (reference := text_fact(event, "reference")) is not None:
        return Subject.RECEIPT, f"{text_fact(event, 'terminal_id') or ''}/{reference}"
    return Subject.ENTRY, ""


def _applied(state: CaseState, event: CaseEvent, *, named: set[str]) -> CaseState:
    match subject_of(event):
        case Subject.STATUS, _:
            return _with_status(state, event, named=named)
        case Subject.FIELD, field:
            if field in FIXED_FIELDS or "value" not in event.facts:
                return state
            edited_fields = {**state.edited_fields, field: event.facts["value"]}
            return replace(state, edited_fields=edited_fields, edited_by={**state.edited_by, field: event.id})
        case Subject.RECEIPT, _:
            return _with_amount(state, event)
    return state


def _with_status(state: CaseState, event: CaseEvent, *, named: set[str]) -> CaseState:
    status = text_fact(event, "status")
    if status not in _STATUSES or status == state.status:
        return state
    chosen = CaseStatus(status)
    state = replace(state, status=chosen, status_event_id=event.id)
    for each in state.path:  # the move that holds after all leaves what it would have left at once
        if each.id in named and each.kind in _KNOWN and (kind := EventKind(each.kind)) in MOVES:
            state = replace(state, **traces(state, kind, each)) if MOVES[kind].target is chosen else state
    return state


def _with_amount(state: CaseState, event: CaseEvent) -> CaseState:
    amount_kopecks = whole_fact(event, "amount_kopecks")
    if amount_kopecks is None or amount_kopecks <= 0:
        return state
    key = (text_fact(event, "terminal_id") or "", text_fact(event, "reference"))
    name = "refunds" if event.facts.get("is_refund") is True else "receipts"
    known = state.refunds if name == "refunds" else state.receipts
    counted = tuple(
        replace(receipt, amount_kopecks=amount_kopecks) if (receipt.terminal_id, receipt.reference) == key else receipt
        for receipt in known
    )
    return replace(state, **{name: counted})


def _is_base_standing(state: CaseState, event: CaseEvent) -> bool:
    if "base" not in event.facts:
        return True
    base = event.facts["base"]
    match subject_of(event):
        case Subject.STATUS, _:
            return state.status.value in {base, text_fact(event, "status")}
        case Subject.FIELD, field:
            return field not in state.edited_fields or state.edited_fields[field] in (base, event.facts.get("value"))
    return True


def _writer(state: CaseState, event: CaseEvent) -> str:
    """Whose word the resolution would have overwritten unseen."""
    subject, about = subject_of(event)
    return state.edited_by.get(about, "") if subject is Subject.FIELD else state.status_event_id


def _contradiction(state: CaseState, event: CaseEvent, against: str) -> Conflict:
    subject, about = subject_of(event)
    return Conflict(
        event_id=event.id,
        kind=event.kind,
        reason=ConflictReason.RESOLVED_APART,
        status_before=state.status,
        subject=subject,
        about=about,
        against_id=against,
    )


def _choice_of(state: CaseState, event_id: str) -> tuple[Fact, ...]:
    return next((_choice(event) for event in state.path if event.id == event_id), ())


def _choice(event: CaseEvent) -> tuple[Fact, ...]:
    return tuple(event.facts.get(name) for name in CHOICE)
