"""What the wallboard asks; every SQL string of the slice."""

from datetime import datetime, timedelta

import msgspec

from edge_node.queue import queries as queue
from edge_node.queue.model import Desk, Ticket
from edge_node.staff import queries as staff
from edge_node.supervisor.model import BOUNDS, DeskNow, WaitAlert, Wallboard
from sync.storage import Reader, Transaction
from sync.vocabulary.hall import WAIT_LIMIT_MINUTES, WAIT_TARGET_MINUTES
from sync.vocabulary.ids import StaffId, TicketId
from sync.vocabulary.working_days import local_day

ALERTS_SHOWN_MAX = 30


class _Passed(msgspec.Struct, frozen=True, kw_only=True):
    minutes: int
    tickets: int


def wallboard(reader: Reader, *, now: datetime) -> Wallboard:
    """The hall at ``now``."""
    hall = queue.queue_now(reader, now=now)
    waiting = {each.sphere: each.waiting for each in hall.waiting}
    desks = queue.desks(reader)
    names = staff.names(reader, staff_ids=[desk.occupant_id for desk in desks if desk.occupant_id is not None])
    return Wallboard(
        at=now,
        queues=hall.waiting,
        desks=tuple(
            _desk_now(reader, desk, names=names, waiting=sum(waiting.get(sphere, 0) for sphere in desk.spheres))
            for desk in desks
        ),
        late=tuple(_waited(reader, minutes=WAIT_TARGET_MINUTES, now=now)),
        alerts=tuple(alerts(reader, minutes=WAIT_LIMIT_MINUTES, now=now)),
        alarms=tuple(queue.open_alarms(reader, now=now)),
        passed=_passed(reader, now=now),
    )


def alerts(reader: Reader, *, minutes: int, now: datetime) -> list[WaitAlert]:
    """Tickets that passed the bound today: those nobody took note of first, then the newest."""
    sql = """
        select wait_alerts.*, tickets.state from wait_alerts
        left join tickets on tickets.id = wait_alerts.ticket_id
        where wait_alerts.day = :day and wait_alerts.minutes = :minutes
        order by wait_alerts.seen_at is not null, wait_alerts.at desc, wait_alerts.ticket_id desc limit :limit
        """
    return reader.rows(sql, WaitAlert, day=local_day(now), minutes=minutes, limit=ALERTS_SHOWN_MAX)


def untold(reader: Reader, *, now: datetime) -> list[WaitAlert]:
    """Who waits past a bound of which nothing was said yet."""
    told = {minutes: {row.ticket_id for row in _told(reader, minutes=minutes, since=now)} for minutes in BOUNDS}
    return [
        WaitAlert(ticket_id=ticket.id, minutes=minutes, at=now, number=ticket.number, sphere=ticket.sphere)
        for minutes in BOUNDS
        for ticket in _waited(reader, minutes=minutes, now=now)
        if ticket.id not in told[minutes]
    ]


def add_alerts(tx: Transaction, found: list[WaitAlert], *, now: datetime) -> None:
    """Keep them; one that is kept already stays as it is."""
    sql = """
        insert into wait_alerts (ticket_id, minutes, at, day, number, sphere)
        values (:ticket_id, :minutes, :at, :day, :number, :sphere) on conflict do nothing
        """
    day = local_day(now)
    rows = [{**msgspec.structs.asdict(each), "day": day} for each in found]
    tx.execute_many(sql, [{name: row[name] for name in _KEPT} for row in rows])


def is_told(reader: Reader, *, ticket_id: TicketId) -> bool:
    """Whether the ticket passed a bound."""
    sql = "select exists (select 1 from wait_alerts where ticket_id = :ticket_id)"
    return reader.scalar(sql, ticket_id=ticket_id) == 1


def mark_seen(tx: Transaction, *, ticket_id: TicketId, by: StaffId, now: datetime) -> None:
    """The supervisor took note of every bound the ticket passed; who did so first stays."""
    sql = "update wait_alerts set seen_at = :now, seen_by = :by where ticket_id = :ticket_id and seen_at is null"
    tx.execute(sql, ticket_id=ticket_id, by=by, now=now)


_KEPT = ("ticket_id", "minutes", "at", "day", "number", "sphere")


def _waited(reader: Reader, *, minutes: int, now: datetime) -> list[Ticket]:
    before = now - timedelta(minutes=minutes)
    return queue.waiting_since(reader, before=before, day=queue.first_day(reader, now=now))


def _told(reader: Reader, *, minutes: int, since: datetime) -> list[WaitAlert]:
    sql = "select * from wait_alerts where minutes = :minutes and day >= :day"
    return reader.rows(sql, WaitAlert, minutes=minutes, day=queue.first_day(reader, now=since))


def _passed(reader: Reader, *, now: datetime) -> dict[int, int]:
    sql = "select minutes, count(*) as tickets from wait_alerts where day = :day group by minutes"
    found = {row.minutes: row.tickets for row in reader.rows(sql, _Passed, day=local_day(now))}
    return {minutes: found.get(minutes, 0) for minutes in BOUNDS}


def _desk_now(reader: Reader, desk: Desk, *, names: dict[str, str], waiting: int) -> DeskNow:
    ticket = queue.ticket_at_desk(reader, desk_id=desk.id)
    last = None if desk.occupant_id is None else queue.last_of_desk(reader, desk_id=desk.id)
    return DeskNow(
        desk=desk,
        occupant=None if desk.occupant_id is None else names.get(desk.occupant_id, desk.occupant_id),
        ticket=ticket,
        since=desk.break_since or (None if last is None else last.at),
        waiting=waiting,
    )
