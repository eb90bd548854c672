"""How fast each sphere's queue is called, as far as it can be told without having learned anything."""

from collections import Counter
from datetime import datetime, timedelta

import msgspec

from edge_node.queue.model import QueuePace
from edge_node.queue.queries import desks
from edge_node.queue.queries.rules import first_day
from sync.storage import Reader
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.working_days import local_day

PACE_WINDOW = timedelta(hours=1)


class Waiters(msgspec.Struct, frozen=True, kw_only=True):
    sphere: Sphere
    waiting: int
    oldest_at: datetime


class _Call(msgspec.Struct, frozen=True, kw_only=True):
    sphere: Sphere
    waited_seconds: int | None


def paces(reader: Reader, *, now: datetime) -> dict[Sphere, QueuePace]:
    """For each sphere the office serves: who waits, which desks are open and how fast they call."""
    waiting = {row.sphere: row.waiting for row in waiting_by_sphere(reader, now=now)}
    calls = _first_calls(reader, now=now)
    called = Counter(call.sphere for call in calls)
    last_waits = {call.sphere: call.waited_seconds for call in calls if call.waited_seconds is not None}
    return {
        sphere: QueuePace(
            ahead=waiting.get(sphere, 0),
            open_desks=served.open_desks,
            called_last_hour=called[sphere],
            last_wait_minutes=None if sphere not in last_waits else last_waits[sphere] / 60,
        )
        for sphere, served in desks.desks_by_sphere(reader).items()
    }


def pace_of(reader: Reader, *, sphere: Sphere, ahead: int, now: datetime) -> QueuePace | None:
    """The same of one sphere, for whoever has ``ahead`` others before them; ``None`` where it is not served."""
    open_desks = desks.open_desks_of(reader, sphere=sphere)
    if open_desks is None:
        return None
    waits = [call.waited_seconds for call in _first_calls(reader, now=now, sphere=sphere)]
    last = next((wait for wait in reversed(waits) if wait is not None), None)
    return QueuePace(
        ahead=ahead,
        open_desks=open_desks,
        called_last_hour=len(waits),
        last_wait_minutes=None if last is None else last / 60,
    )


def waiting_by_sphere(reader: Reader, *, now: datetime) -> list[Waiters]:
    """Who waits for what; spheres nobody waits for are not named."""
    sql = """
        select sphere, count(*) as waiting, min(issued_at) as oldest_at
        from tickets where state = 'waiting' and day >= :since group by sphere
        """
    return reader.rows(sql, Waiters, since=first_day(reader, now=now))


def _first_calls(reader: Reader, *, now: datetime, sphere: Sphere | None = None) -> list[_Call]:
    """First calls within the window, oldest first; of one sphere, if given."""
    sql = """
        select sphere, waited_seconds from queue_events
        where day = :day and kind in ('called', 'recalled') and kind = 'called' and at >= :since
          and (:sphere is null or sphere = :sphere)
        order by at, sequence
        """
    return reader.rows(sql, _Call, day=local_day(now), since=now - PACE_WINDOW, sphere=sphere)
