"""The hall as anybody may see it, and how long one waits."""

from datetime import datetime

from edge_node.queue.model import LastCall, QueueNow, QueuePace, SphereQueue, estimate
from edge_node.queue.model.waits.office import SphereForecast
from edge_node.queue.queries import desks, waits
from edge_node.queue.queries.expecting import learned
from edge_node.queue.queries.log import last_sequence
from edge_node.queue.queries.pace import Waiters, paces, waiting_by_sphere
from sync.storage import Reader
from sync.vocabulary.catalogue import SPHERES, Sphere
from sync.vocabulary.working_days import local_day

LAST_CALLS = 5
RECALLS_AMONG_LAST_CALLS_MAX = 6  # rows read per line shown, so that recalls do not push calls off the board


def queue_now(reader: Reader, *, now: datetime) -> QueueNow:
    """Who waits for what, which desks are open, and the last calls."""
    waiting = {row.sphere: row for row in waiting_by_sphere(reader, now=now)}
    forecasts = waits.forecasts(reader, now=now)
    return QueueNow(
        at=now,
        sequence=last_sequence(reader),
        waiting=tuple(
            _sphere_queue(pace, sphere=sphere, row=waiting.get(sphere), forecast=forecasts.get(sphere), now=now)
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


def _sphere_queue(
    pace: QueuePace, *, sphere: Sphere, row: Waiters | None, forecast: SphereForecast | None, now: datetime
) -> SphereQueue:
    return SphereQueue(
        sphere=sphere,
        letter=SPHERES[sphere].letter,
        waiting=pace.ahead,
        open_desks=pace.open_desks,
        longest_wait_seconds=0 if row is None else int((now - row.oldest_at).total_seconds()),
        expected=estimate(pace) if forecast is None or pace.ahead == 0 else learned(forecast, ahead=pace.ahead).range,
    )


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
