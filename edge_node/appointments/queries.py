"""What may be asked of the office's days of appointments; the replica's documents say it all."""

from edge_node.appointments.model import OpenDay
from sync.replication import outbox
from sync.storage import Reader, replica
from sync.vocabulary.appointment import KIND, Side, fold_day, hub_side, node_side
from sync.vocabulary.booking import DayShares, shares
from sync.vocabulary.case import from_entry

DAYS_MAX = 62


def own_side(reader: Reader) -> Side:
    """This life of this node."""
    stream = replica.stream(reader)
    return node_side(stream.node_id, stream.incarnation)


def city_side(reader: Reader) -> Side | None:
    """The life of the hub last heard; ``None`` before the first word with it."""
    incarnation = replica.link(reader).hub_incarnation
    return None if incarnation is None else hub_side(incarnation)


def open_day(reader: Reader, *, document_id: str) -> OpenDay | None:
    """The day of this document."""
    stored = replica.document(reader, document_id=document_id)
    view = outbox.view(reader, document_id)
    if stored is None or stored.kind != KIND or view is None:
        return None
    events = tuple(from_entry(event_id, entry) for event_id, entry in view.events.items())
    return OpenDay(
        document_id=document_id,
        office_id=str(view.fields.get("office_id")),
        day=str(view.fields.get("day")),
        group=str(view.fields.get("group")),
        events=events,
        state=fold_day(events),
    )


def open_days(reader: Reader, *, since: str) -> list[DayShares]:
    """The days from ``since`` on, each with the shares of its sides; at most ``DAYS_MAX``."""
    found = (open_day(reader, document_id=document_id) for document_id in replica.document_ids(reader, kind=KIND))
    days = sorted((day for day in found if day is not None and day.day >= since), key=lambda day: (day.day, day.group))
    return [shares_of(reader, day) for day in days[:DAYS_MAX]]


def shares_of(reader: Reader, day: OpenDay) -> DayShares:
    """What each side owns of the day."""
    live = [side for side in (own_side(reader), city_side(reader)) if side is not None]
    return DayShares(
        document_id=day.document_id,
        office_id=day.office_id,
        day=day.day,
        group=day.group,
        shares=shares(day.state, live=live),
        conflicts=len(day.state.conflicts),
    )
