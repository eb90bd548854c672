"""What may be asked of the days of appointments."""

from datetime import date, datetime

from sqlalchemy import func, select
from ulid import ULID

from central_hub.appointments.model import Life
from central_hub.storage import replica
from central_hub.storage.replica import StoredDocument
from central_hub.storage.tables import documents, nodes, operations, streams
from central_hub.storage.transaction import Reader
from sync.documents.document import view
from sync.vocabulary.appointment import KIND, Side, hub_side, node_side
from sync.vocabulary.booking import DayShares, OpenDay, open_day_of, shares_of_sides
from sync.vocabulary.ids import OfficeId

DAYS_MAX = 62


def own_side(reader: Reader) -> Side:
    """This life of the hub."""
    return hub_side(replica.incarnation(reader))


def office_side(reader: Reader, *, office_id: str) -> Side | None:
    """The life in which the office's node speaks now; ``None`` where there is none."""
    statement = (
        select(streams.c.node_id, streams.c.incarnation)
        .join(nodes, nodes.c.node_id == streams.c.node_id)
        .where(nodes.c.office_id == office_id, nodes.c.retired_at.is_(None), streams.c.ended_at.is_(None))
        .order_by(nodes.c.enrolled_at.desc(), streams.c.begun_at.desc())
        .limit(1)
    )
    life = reader.row(statement, Life)
    return None if life is None else node_side(life.node_id, life.incarnation)


def begun_at(reader: Reader) -> datetime:
    """When this life of the hub began."""
    return ULID.from_str(replica.incarnation(reader)).datetime


def is_restored(reader: Reader) -> bool:
    """Whether this life of the hub began after it had already taken something in: it came from a backup."""
    oldest = reader.scalar(select(func.min(operations.c.received_at)).where(operations.c.body.is_not(None)))
    return isinstance(oldest, datetime) and oldest < begun_at(reader)


def open_day(reader: Reader, *, document_id: str) -> OpenDay | None:
    """The day of this document."""
    stored = replica.document(reader, document_id=document_id)
    return None if stored is None or stored.kind != KIND else as_day(stored)


def open_days(reader: Reader, *, office_id: str, since: str) -> list[DayShares]:
    """The days of an office from ``since`` on, each with the shares of its sides; at most ``DAYS_MAX``."""
    prefix = f"appointments.{office_id}."
    statement = (
        select(documents)
        .where(documents.c.document_id >= f"{prefix}{since}", documents.c.document_id < f"{prefix}~")
        .order_by(documents.c.document_id)
        .limit(DAYS_MAX)
    )
    return [shares_of(reader, as_day(stored)) for stored in reader.rows(statement, StoredDocument)]


def shares_of(reader: Reader, day: OpenDay) -> DayShares:
    """What each side owns of the day."""
    return shares_of_sides(day, {own_side(reader), office_side(reader, office_id=day.office_id)})


def days_of(
    reader: Reader, *, office_id: OfficeId, since: date, until: date, group: str | None = None
) -> list[OpenDay]:
    """The days of an office, both ends included, of one group of desks or of all."""
    prefix = f"appointments.{office_id}."
    statement = (
        select(documents)
        .where(
            documents.c.document_id >= f"{prefix}{since.isoformat()}",
            documents.c.document_id < f"{prefix}{until.isoformat()}~",
            documents.c.kind == KIND,
        )
        .order_by(documents.c.document_id)
    )
    days = [as_day(stored) for stored in reader.rows(statement, StoredDocument)]
    return [day for day in days if group in {None, day.group}]


def as_day(stored: StoredDocument) -> OpenDay:
    """The day that a stored document describes."""
    said = view(stored.snapshot)
    return open_day_of(stored.document_id, fields=said.fields, entries=said.events)
