"""What an event that moves a case leaves besides the status."""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from sync.vocabulary.case.events import CaseEvent, EventKind
from sync.vocabulary.case.facts import day_fact, text_fact, whole_fact
from sync.vocabulary.case.state import CaseState
from sync.vocabulary.working_days import Pause, local_day

K = EventKind
Changes = dict[str, Any]  # keyword arguments of msgspec's replace: each is a field of CaseState


def traces(state: CaseState, kind: EventKind, event: CaseEvent) -> Changes:
    """The fields of ``state`` that the move of ``event`` changes."""
    changes: Changes = {}
    if kind in _MOMENTS:
        changes[_MOMENTS[kind]] = event.at
    if kind is K.REGISTERED:
        changes |= {name: text_fact(event, name) for name in _REGISTERED_FACTS}
    if kind in _DUE_KINDS and (due_on := day_fact(event, "due_on")) is not None:
        changes["due_on"] = due_on
    if kind is K.EXTENDED:
        changes["extended_days"] = state.extended_days + max(0, whole_fact(event, "days") or 0)
    if kind in _PAUSING:
        changes["pauses"] = (*state.pauses, Pause(began_on=local_day(event.at)))
    elif state.pauses and state.pauses[-1].ended_on is None:
        changes["pauses"] = (*state.pauses[:-1], _ended(state.pauses[-1], event.at))
    return changes


def _ended(pause: Pause, at: datetime) -> Pause:
    return replace(pause, ended_on=max(pause.began_on, local_day(at)))


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
