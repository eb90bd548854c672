"""The facts a case is made of, and how one stands in the replicated document: a flat JSON object under its id."""

from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from enum import StrEnum

import msgspec

from sync.vocabulary.clock import Hlc, check_hlc
from sync.vocabulary.errors import Fact, InvalidInput

INT_MAX = 2**53  # what every JSON reader and Yjs keep exactly
HEADER = ("kind", "clock", "at", "node_id", "office_id", "actor_id")


class EventKind(StrEnum):
    """Every kind this version knows; a newer version may send others, which are kept."""

    REGISTERED = "registered"
    LEFT_WITHOUT_MOVEMENT = "left_without_movement"
    REMEDIED = "remedied"
    RETURNED = "returned"
    HANDED_OVER = "handed_over"
    ACCEPTED_BY_PROVIDER = "accepted_by_provider"
    STARTED = "started"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    EXTENDED = "extended"
    DECIDED_GRANTED = "decided_granted"
    DECIDED_REFUSED = "decided_refused"
    RESULT_RECEIVED = "result_received"
    READY_FOR_ISSUE = "ready_for_issue"
    UNCLAIMED = "unclaimed"
    ISSUED = "issued"
    SENT_BY_POST = "sent_by_post"
    ISSUED_ELECTRONICALLY = "issued_electronically"
    WITHDRAWN = "withdrawn"
    ANNULLED = "annulled"
    CLOSED = "closed"
    ARCHIVED = "archived"
    DESTROYED = "destroyed"
    TRANSFERRED = "transferred"
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_REFUNDED = "payment_refunded"
    SCAN_ATTACHED = "scan_attached"
    EDITED = "edited"
    CHECKED_OUT = "checked_out"
    APPEALED = "appealed"
    RESOLVED = "resolved"


class CaseEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable fact of a case: what, by whom, where, when (``at`` by the node's clock, ``clock`` for the order).

    ``facts`` are scalars under names that are not header names. Known facts by kind: ``registered`` number, due_on,
    provider_id, home_office_id, accepting_office_id, pickup_office_id; ``resumed``, ``remedied``, ``extended`` due_on
    (and ``extended`` days); ``payment_received`` and ``payment_refunded`` terminal_id, reference, amount_kopecks;
    ``edited`` field, base, value; ``scan_attached`` attachment_id; ``resolved`` conflict_event_ids (separated by
    spaces) and, where the person sets it, status.
    """

    id: str
    kind: str
    clock: Hlc
    at: datetime
    node_id: str
    office_id: str
    actor_id: str
    facts: dict[str, Fact] = {}


class _Header(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    clock: str
    at: datetime
    node_id: str
    office_id: str
    actor_id: str


def order(event: CaseEvent) -> tuple[str, str, str]:
    """The place of an event among its case's: by hybrid clock, then node, then id; the same on every replica."""
    return (event.clock, event.node_id, event.id)


def to_entry(event: CaseEvent) -> dict[str, Fact]:
    """The flat JSON object kept under ``event.id`` in root ``ev``: header and facts side by side.

    Raises ``InvalidInput`` for a fact whose name is a header's or whose value no replica would keep.
    """
    for name, value in event.facts.items():
        if name in HEADER or name == "id":
            raise InvalidInput(field=name, rule="reserved")
        _check_fact(name, value)
    return {
        "kind": str(event.kind),
        "clock": event.clock,
        "at": rfc3339(event.at),
        "node_id": event.node_id,
        "office_id": event.office_id,
        "actor_id": event.actor_id,
        **event.facts,
    }


def from_entry(event_id: str, entry: Mapping[str, object]) -> CaseEvent:
    """The event kept under ``event_id``; kinds and facts of a newer version survive.

    Raises ``InvalidInput`` for a missing or wrong header field, or a fact that is not a scalar.
    """
    try:
        header = msgspec.convert({name: entry[name] for name in HEADER if name in entry}, _Header)
    except msgspec.ValidationError as error:
        raise InvalidInput(field="ev", rule="event-header", reason=str(error)) from error
    if header.at.tzinfo is None or not MINYEAR < header.at.year < MAXYEAR:  # a moment that UTC has, too
        raise InvalidInput(field="at", rule="aware-time")
    facts = {name: _check_fact(name, value) for name, value in entry.items() if name not in HEADER}
    return CaseEvent(
        id=event_id,
        kind=header.kind,
        clock=check_hlc(header.clock),
        at=header.at,
        node_id=header.node_id,
        office_id=header.office_id,
        actor_id=header.actor_id,
        facts=facts,
    )


def rfc3339(moment: datetime) -> str:
    """``moment`` in UTC with milliseconds and ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _check_fact(name: str, value: object) -> Fact:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int) and abs(value) < INT_MAX:
        return value
    raise InvalidInput(field=name, rule="scalar")
