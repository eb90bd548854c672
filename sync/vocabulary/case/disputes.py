"""Open conflicts as a person decides them: what is contested, who said what, and what may be told meanwhile."""

import msgspec

from sync.vocabulary.case.events import CaseEvent, EventKind, order
from sync.vocabulary.case.facts import text_fact, whole_fact
from sync.vocabulary.case.folding import fold
from sync.vocabulary.case.state import CaseState, Conflict, Subject
from sync.vocabulary.case.transitions import MOVES
from sync.vocabulary.errors import Fact


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """Conflicts over one thing; ``events`` are all that contradict each other over it, in their order.

    ``standing_id`` is the event whose word stands until a person decides.
    """

    subject: Subject
    about: str
    conflicts: tuple[Conflict, ...]
    events: tuple[CaseEvent, ...]
    standing_id: str

    @property
    def key(self) -> str:
        """Tells this dispute from the others of its case."""
        return f"{self.subject}:{self.about}" if self.about else self.subject.value

    @property
    def conflict_event_ids(self) -> str:
        """What a resolution names, separated by spaces."""
        return " ".join(sorted(conflict.event_id for conflict in self.conflicts))


def disputes(state: CaseState) -> tuple[Dispute, ...]:
    """What a person must decide, the oldest contradiction first; an unreadable entry is only taken note of."""
    grouped: dict[tuple[Subject, str], list[Conflict]] = {}
    for conflict in state.conflicts:
        about = conflict.event_id if conflict.subject is Subject.ENTRY else conflict.about
        grouped.setdefault((conflict.subject, about), []).append(conflict)
    return tuple(_dispute(state, subject, about, found) for (subject, about), found in grouped.items())


def choice_facts(dispute: Dispute, event: CaseEvent, *, state: CaseState) -> dict[str, Fact]:
    """The facts of the event ``resolved`` by which the word of ``event`` holds; for an entry, that it was noted."""
    named: dict[str, Fact] = {"conflict_event_ids": dispute.conflict_event_ids, "holds_event_id": event.id}
    match dispute.subject:
        case Subject.STATUS:
            return named | {"status": status_said(event), "base": state.status.value}
        case Subject.FIELD:
            base = state.edited_fields.get(dispute.about)
            return named | {"field": dispute.about, "value": event.facts.get("value"), "base": base}
        case Subject.RECEIPT:
            receipt: dict[str, Fact] = {
                "terminal_id": text_fact(event, "terminal_id"),
                "reference": text_fact(event, "reference"),
                "amount_kopecks": whole_fact(event, "amount_kopecks"),
            }
            is_refund = event.kind == EventKind.PAYMENT_REFUNDED or event.facts.get("is_refund") is True
            return named | receipt | ({"is_refund": True} if is_refund else {})
    return named


def status_said(event: CaseEvent) -> str | None:
    """Where the case would stand by the word of this event."""
    if event.kind == EventKind.RESOLVED:
        return text_fact(event, "status")
    return next((move.target.value for kind, move in MOVES.items() if kind == event.kind), None)


def may_notify(state: CaseState) -> bool:
    """Whether the applicant may be told how the case stands: never while a person must still decide."""
    return not state.is_in_conflict


def undisputed(state: CaseState) -> CaseState:
    """The case before the first of the events that contradict each other on where it stands: what may be told of it."""
    contested = [each for dispute in disputes(state) if dispute.subject is Subject.STATUS for each in dispute.events]
    if not contested:
        return state
    first = min(map(order, contested))
    registered = next((event.id for event in state.path if event.kind == EventKind.REGISTERED), "")
    return fold(event for event in state.path if order(event) < first or event.id == registered)


def _dispute(state: CaseState, subject: Subject, about: str, conflicts: list[Conflict]) -> Dispute:
    ids = {each.event_id for each in conflicts} | {each.against_id for each in conflicts}
    match subject:
        case Subject.STATUS:
            standing_id = state.status_event_id
        case Subject.FIELD:
            standing_id = state.edited_by.get(about, "")
        case Subject.RECEIPT:
            standing_id = next((r.event_id for r in (*state.receipts, *state.refunds) if r.event_id in ids), "")
        case Subject.ENTRY:
            standing_id = ""
    ids.add(standing_id)
    return Dispute(
        subject=subject,
        about=about,
        conflicts=tuple(conflicts),
        events=tuple(event for event in state.path if event.id in ids),
        standing_id=standing_id,
    )
