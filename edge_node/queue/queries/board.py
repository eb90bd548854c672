"""The hall as anybody may see it, and how long one waits."""

from collections import Counter
from datetime import datetime, timedelta

import msgspec

from edge_node.queue.model import LastCall, Place, QueueNow, QueuePace, SphereQueue, Ticket, estimate
from edge_node.queue.queries import desks, tickets
from edge_node.queue.queries.log import last_sequence
from edge_node.queue.queries.rules import first_day
from sync.storage import Reader
from sync.vocabulary.catalogue import SPHERES, Sphere
from sync.vocabulary.working_days import local_day

LAST_CALLS = 5
RECALLS_AMONG_LAST_CALLS_MAX = 6  # rows read per line shown, so that recalls do not push calls off the board
PACE_WINDOW = timedelta(hours=1)


class _Waiting(msgspec.Struct, frozen=True, kw_only=True):
    sphere: Sphere
    waiting: int
    oldest_at: datetime


class _Call(msgspec.Struct, frozen=True, kw_only=True):
    sphere: Sphere
    waited_seconds: int | None


def queue_now(reader: Reader, *, now: datetime) -> QueueNow:
    """Who waits for what, which desks are open, and the last calls."""
    waiting = {row.sphere: row for row in _waiting_by_sphere(reader, now=now)}
    return QueueNow(
        at=now,
        sequence=last_sequence(reader),
        waiting=tuple(
            _sphere_queue(sphere, row=waiting.get(sphere), pace=pace, now=now)
            for sphere, pace in paces(reader, now=now).items()
        ),
        open_desks=tuple(desks.open_desks(reader)),
        last_calls=tuple(last_calls(reader, now=now)),
    )


def last_calls(reader: Reader, *, now: datetime, limit: int = LAST_CALLS) -> list[LastCall]:
    """The last tickets called today, newest call or recall first, each once."""
    rows = _calls(reader, now=now, limit=limit * RECALLS_AMONG_LAST_CALLS_MAX)
    newest: dict[str, LastCall] = {}
    for row in rows:
        newest.setdefault(row.number, row)
    return list(newest.values())[:limit]


def calls_after(reader: Reader, *, sequence: int, now: datetime) -> list[LastCall]:
    """Calls and recalls of today that came after ``sequence`` of the log, oldest first: what a lost page missed."""
    sql = """
        select queue_events.sequence, tickets.number, desks.number as desk_number, queue_events.at as called_at,
               tickets.recall_count
        from queue_events
        join tickets on tickets.id = queue_events.ticket_id
        join desks on desks.id = queue_events.desk_id
        where queue_events.day = :day and queue_events.kind in ('called', 'recalled')
          and not exists (select 1 from queue_events undone
                          where undone.ticket_id = queue_events.ticket_id and undone.kind = 'undone'
                            and json_extract(undone.facts, '$.undoes') = queue_events.sequence)
          and queue_events.sequence > :sequence
        order by queue_events.sequence
        """
    return reader.rows(sql, LastCall, day=local_day(now), sequence=sequence)


def place_of(reader: Reader, *, ticket: Ticket, now: datetime) -> Place:
    """How many are ahead of a waiting ticket, and the range it may expect to wait from now."""
    ahead = tickets.count_ahead(reader, ticket=ticket, now=now)
    pace = paces(reader, now=now).get(ticket.sphere)
    expected = None if pace is None else estimate(msgspec.structs.replace(pace, ahead=ahead))
    return Place(ahead=ahead, expected=expected)


def paces(reader: Reader, *, now: datetime) -> dict[Sphere, QueuePace]:
    """For each sphere the office serves: who waits, which desks are open and how fast they call."""
    waiting = {row.sphere: row.waiting for row in _waiting_by_sphere(reader, now=now)}
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


def _sphere_queue(sphere: Sphere, *, row: _Waiting | None, pace: QueuePace, now: datetime) -> SphereQueue:
    return SphereQueue(
        sphere=sphere,
        letter=SPHERES[sphere].letter,
        waiting=pace.ahead,
        open_desks=pace.open_desks,
        longest_wait_seconds=0 if row is None else int((now - row.oldest_at).total_seconds()),
        expected=estimate(pace),
    )


def _waiting_by_sphere(reader: Reader, *, now: datetime) -> list[_Waiting]:
    sql = """
        select sphere, count(*) as waiting, min(issued_at) as oldest_at
        from tickets where state = 'waiting' and day >= :since group by sphere
        """
    return reader.rows(sql, _Waiting, since=first_day(reader, now=now))


def _first_calls(reader: Reader, *, now: datetime) -> list[_Call]:
    """First calls within the window, oldest first."""
    sql = """
        select sphere, waited_seconds from queue_events
        where day = :day and kind in ('called', 'recalled') and kind = 'called' and at >= :since order by at, sequence
        """
    return reader.rows(sql, _Call, day=local_day(now), since=now - PACE_WINDOW)


def _calls(reader: Reader, *, now: datetime, limit: int) -> list[LastCall]:
    """Calls and recalls of today, newest first."""
    sql = """
        select queue_events.sequence, tickets.number, desks.number as desk_number, queue_events.at as called_at,
               tickets.recall_count
        from queue_events
        join tickets on tickets.id = queue_events.ticket_id
        join desks on desks.id = queue_events.desk_id
        where queue_events.day = :day and queue_events.kind in ('called', 'recalled')
          and not exists (select 1 from queue_events undone
                          where undone.ticket_id = queue_events.ticket_id and undone.kind = 'undone'
                            and json_extract(undone.facts, '$.undoes') = queue_events.sequence)
        order by queue_events.at desc, queue_events.sequence desc limit :limit
        """
    return reader.rows(sql, LastCall, day=local_day(now), limit=limit)
