"""The numbers that a public feed of the queue tells."""

from datetime import datetime

import msgspec

from edge_node.queue.model import ticket_number
from sync.storage import Reader
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.queue_monitor import LineEnds
from sync.vocabulary.working_days import local_day


class _Issued(msgspec.Struct, frozen=True, kw_only=True):
    sphere: Sphere
    last: int


class _Called(msgspec.Struct, frozen=True, kw_only=True):
    sphere: Sphere
    number: str


def line_ends(reader: Reader, *, now: datetime) -> dict[Sphere, LineEnds]:
    """The last number issued today and the one called last, by sphere; spheres without a ticket are not named."""
    issued = reader.rows("select sphere, last from ticket_counters where day = :day", _Issued, day=local_day(now))
    sql = """
        select sphere, number, max(called_at) from tickets where day = :day and called_at is not null group by sphere
        """
    called = {row.sphere: row.number for row in reader.rows(sql, _Called, day=local_day(now))}
    return {
        row.sphere: LineEnds(issued=ticket_number(row.sphere, row.last), called=called.get(row.sphere))
        for row in issued
    }
