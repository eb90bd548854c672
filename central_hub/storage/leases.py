"""Ranges of official numbers, and what they are sealed with."""

from datetime import datetime

from sqlalchemy import func, select

from central_hub.storage.tables import number_leases, seal_keys
from central_hub.storage.transaction import Reader
from sync.replication.messages import NumberLease


def seal_key(reader: Reader) -> bytes:
    """Made with the database, and brought back with it: a restored hub knows its own seals."""
    found = reader.scalar(select(seal_keys.c.key))
    if not isinstance(found, bytes):
        raise LookupError("this hub has no key for its seals")  # noqa: TRY004 - the row is missing, not its type wrong
    return found


def is_leased(reader: Reader, *, node_id: str, incarnation: str, lease: NumberLease) -> bool:
    """Whether this very range is leased to this incarnation of the node."""
    condition = (
        (number_leases.c.node_id == node_id)
        & (number_leases.c.incarnation == incarnation)
        & (number_leases.c.year == lease.year)
        & (number_leases.c.first == lease.first)
        & (number_leases.c.last == lease.last)
    )
    return reader.scalar(select(number_leases.c.first).where(condition)) is not None


def overlaps(reader: Reader, *, office_id: str, lease: NumberLease) -> bool:
    """Whether any number of the range is leased already."""
    condition = (
        (number_leases.c.office_id == office_id)
        & (number_leases.c.year == lease.year)
        & (number_leases.c.first <= lease.last)
        & (number_leases.c.last >= lease.first)
    )
    return reader.scalar(select(number_leases.c.first).where(condition).limit(1)) is not None


def leased_since(reader: Reader, *, node_id: str, since: datetime) -> int:
    """How many ranges this node got after ``since``, in all its incarnations."""
    condition = (number_leases.c.node_id == node_id) & (number_leases.c.leased_at > since)
    return reader.count(select(func.count()).select_from(number_leases).where(condition))
