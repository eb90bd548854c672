"""Writing what happens to seats: one event of this life of the node, in the name of who asked."""

from datetime import datetime

import msgspec

from edge_node.appointments import queries
from edge_node.appointments.model import DayNotOpen
from edge_node.staff.model import Person
from sync.ambient import Ids
from sync.replication import outbox
from sync.replication.outbox import Change
from sync.storage import Transaction, replica
from sync.vocabulary.appointment import KIND, Act, keyed_event_id
from sync.vocabulary.booking import OpenDay, event_under
from sync.vocabulary.case import CaseEvent
from sync.vocabulary.errors import Forbidden


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, under which key of idempotency; ``source`` is the address a visitor asks from, empty for staff."""

    person: Person
    key: str | None = None
    source: str = ""


def day_of(tx: Transaction, document_id: str, *, by: Actor) -> OpenDay:
    """The day; raises DayNotOpen, Forbidden where it is another office's."""
    day = queries.open_day(tx, document_id=document_id)
    if day is None:
        raise DayNotOpen(document_id=document_id)
    if by.person.office_id != day.office_id:
        raise Forbidden
    return day


def known(day: OpenDay, *, by: Actor) -> CaseEvent | None:
    """What was done under this key before."""
    return event_under(day, by.key, staff_id=by.person.staff_id)


def record(tx: Transaction, day: OpenDay, act: Act, *, by: Actor, now: datetime, ids: Ids) -> None:
    """Make the event part of the day and tell the hub when it can be told."""
    event_id = ids.new()
    if by.key is not None:
        event_id = keyed_event_id(by.key, staff_id=by.person.staff_id, document_id=day.document_id)
    event = CaseEvent(
        id=event_id,
        kind=act.kind,
        clock=outbox.next_clock(tx, now=now, after=outbox.view(tx, day.document_id)),
        at=now,
        node_id=replica.stream(tx).node_id,
        office_id=day.office_id,
        actor_id=by.person.staff_id,
        facts={"side": queries.own_side(tx), "seats": " ".join(act.seats), **act.facts},
    )
    change = Change(document_id=day.document_id, kind=KIND, events=(event,))
    outbox.record(tx, change, operation_id=ids.new(), now=now)
