"""The append-only log of the queue."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from edge_node.queue.model import Alarm, Facts, Happening, LogEntry, Ticket
from sync.storage import Reader, Transaction
from sync.vocabulary.ids import DeskId, StaffId, TicketId
from sync.vocabulary.working_days import local_day


def add_to_log(
    tx: Transaction,
    *,
    kind: Happening,
    now: datetime,
    ticket: Ticket | None = None,
    desk_id: DeskId | None = None,
    staff_id: StaffId | None = None,
    reason: str | None = None,
    waited: timedelta | None = None,
    facts: Facts | None = None,
) -> int:
    """Add a line to the append-only log; its sequence number."""
    sql = """
        insert into queue_events
            (at, day, kind, ticket_id, sphere, desk_id, staff_id, reason, waited_seconds, facts)
        values (:at, :day, :kind, :ticket_id, :sphere, :desk_id, :staff_id, :reason, :waited_seconds, :facts)
        returning sequence
        """
    sequence = tx.scalar(
        sql,
        at=now,
        day=local_day(now),
        kind=kind,
        ticket_id=None if ticket is None else ticket.id,
        sphere=None if ticket is None else ticket.sphere,
        desk_id=desk_id,
        staff_id=staff_id,
        reason=reason,
        waited_seconds=None if waited is None else int(waited.total_seconds()),
        facts=facts,
    )
    if not isinstance(sequence, int):
        raise TypeError(sequence)
    return sequence


def log_of_ticket(reader: Reader, *, ticket_id: TicketId) -> list[LogEntry]:
    """All that happened to a ticket, in order: who called it, where and why."""
    sql = "select * from queue_events where ticket_id = :ticket_id order by sequence"
    return reader.rows(sql, LogEntry, ticket_id=ticket_id)


def log_after(reader: Reader, *, sequence: int, limit: int) -> list[LogEntry]:
    """The next lines after ``sequence``, oldest first."""
    sql = "select * from queue_events where sequence > :sequence order by sequence limit :limit"
    return reader.rows(sql, LogEntry, sequence=sequence, limit=limit)


def log_of_tickets(reader: Reader, *, ticket_ids: Iterable[TicketId], until: int) -> list[LogEntry]:
    """All that happened to these tickets up to the line ``until``, in order."""
    sql = """
        select * from queue_events
        where ticket_id in (select value from json_each(:ticket_ids)) and sequence <= :until order by sequence
        """
    return reader.rows(sql, LogEntry, ticket_ids=sorted(set(ticket_ids)), until=until)


def log_lines(reader: Reader, *, sequences: Iterable[int]) -> list[LogEntry]:
    """The lines of these numbers."""
    sql = "select * from queue_events where sequence in (select value from json_each(:sequences))"
    return reader.rows(sql, LogEntry, sequences=sorted(set(sequences)))


def last_of_desk(reader: Reader, *, desk_id: DeskId) -> LogEntry | None:
    """The newest line of a desk's work, on a ticket or of the desk; alarms and assignments are none."""
    sql = """
        select * from queue_events where desk_id = :desk_id and kind not in ('alarm', 'alarm_answered', 'desk_assigned')
        order by sequence desc limit 1
        """
    return reader.row(sql, LogEntry, desk_id=desk_id)


def last_of_ticket(reader: Reader, *, ticket_id: TicketId) -> LogEntry | None:
    """The newest line of a ticket."""
    sql = "select * from queue_events where ticket_id = :ticket_id order by sequence desc limit 1"
    return reader.row(sql, LogEntry, ticket_id=ticket_id)


def open_alarms(reader: Reader, *, now: datetime) -> list[Alarm]:
    """Silent alarms of today that nobody has answered yet, oldest first."""
    # SQLite takes the index over both kinds only where both are named
    sql = """
        select raised.sequence, raised.at, raised.desk_id, desks.number as desk_number
        from queue_events raised join desks on desks.id = raised.desk_id
        where raised.kind in ('alarm', 'alarm_answered') and raised.kind = 'alarm' and raised.day = :day
          and not exists (
            select 1 from queue_events answered
            where answered.kind in ('alarm', 'alarm_answered') and answered.kind = 'alarm_answered'
              and answered.day = :day and answered.desk_id = raised.desk_id
              and answered.sequence > raised.sequence)
        order by raised.sequence
        """
    return reader.rows(sql, Alarm, day=local_day(now))


def last_sequence(reader: Reader) -> int:
    """The newest line of the log, 0 while it is empty."""
    found = reader.scalar("select max(sequence) from queue_events")
    return found if isinstance(found, int) else 0
