"""Writing what happens to seats of the hub's share, in one event for each act."""

from collections.abc import Mapping
from datetime import datetime

from central_hub.appointments import queries
from central_hub.appointments.model import Actor, DayNotOpen
from central_hub.directory.commands import log_access
from central_hub.storage import replica
from central_hub.storage.replica import OwnChange, office_scope
from central_hub.storage.transaction import Transaction
from sync.ambient import Ids
from sync.documents.document import Entry, Scalar
from sync.vocabulary.appointment import KIND, Act, keyed_event_id
from sync.vocabulary.booking import DayShares, OpenDay, event_under, open_day_of
from sync.vocabulary.case import CaseEvent, to_entry
from sync.vocabulary.clock import tick
from sync.vocabulary.errors import Forbidden

THE_HUB = "hub"  # as the node of its events
BY_ITSELF = Actor(staff_id=THE_HUB, office_id=None)


def day_of(tx: Transaction, document_id: str, *, by: Actor) -> OpenDay:
    """The day, with the hub locked: it is one side, however many processes serve it; raises DayNotOpen, Forbidden."""
    replica.lock(tx)
    day = queries.open_day(tx, document_id=document_id)
    if day is None:
        raise DayNotOpen(document_id=document_id)
    check_office(day.office_id, by=by)
    return day


def check_office(office_id: str, *, by: Actor) -> None:
    """Raises Forbidden for another office's days."""
    if by.office_id not in {None, office_id}:
        raise Forbidden


def known(day: OpenDay, *, by: Actor) -> CaseEvent | None:
    """What was done under this key before."""
    return event_under(day, by.key, staff_id=by.staff_id)


def record(
    tx: Transaction,
    day: OpenDay,
    acts: list[Act],
    *,
    fields: Mapping[str, Scalar] | None = None,
    by: Actor,
    now: datetime,
    ids: Ids,
) -> None:
    """Make the events part of the day, tell its office, and keep the index of bookings in step."""
    side, seen = queries.own_side(tx), max((event.clock for event in day.events), default=None)
    events: dict[str, Entry] = {}
    for act in acts:
        seen = tick(seen, now)
        event_id = ids.new()
        if by.key is not None and len(acts) == 1:
            event_id = keyed_event_id(by.key, staff_id=by.staff_id, document_id=day.document_id)
        event = CaseEvent(
            id=event_id,
            kind=act.kind,
            clock=seen,
            at=now,
            node_id=THE_HUB,
            office_id=day.office_id,
            actor_id=by.staff_id,
            facts={"side": side, "seats": " ".join(act.seats), **act.facts},
        )
        events[event_id] = to_entry(event)
    own = OwnChange(
        document_id=day.document_id,
        kind=KIND,
        fields=dict(fields or {}),
        events=events,
        scope=office_scope(day.office_id),
    )
    said = replica.record_own(tx, own, operation_id=ids.new(), now=now)
    queries.index_day(tx, open_day_of(day.document_id, fields=said.fields, entries=said.events))


def told(tx: Transaction, document_id: str, *, action: str, by: Actor, now: datetime) -> DayShares:
    """The day as it stands after an act, which goes into the access log."""
    day = day_of(tx, document_id, by=by)
    log(tx, day, action=action, by=by, now=now)
    return queries.shares_of(tx, day)


def log(tx: Transaction, day: OpenDay, *, action: str, by: Actor, now: datetime) -> None:
    """Who touched the day."""
    log_access(tx, actor_id=by.staff_id, office_id=by.office_id, action=action, subject=day.document_id, now=now)
