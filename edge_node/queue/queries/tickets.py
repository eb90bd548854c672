"""Reading and writing tickets."""

from datetime import date, datetime, timedelta

import msgspec

from edge_node.queue.model import Desk, LogEntry, Ticket, Waiting, Wish, rank_at
from sync.storage import Reader, Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId, StaffId, TicketId
from sync.vocabulary.working_days import local_day


def ticket(reader: Reader, *, ticket_id: TicketId) -> Ticket | None:
    """The ticket with this id, of any day."""
    return reader.row("select * from tickets_with_desk where id = :id", Ticket, id=ticket_id)


def ticket_by_token(reader: Reader, *, token: str) -> Ticket | None:
    """The ticket whose status page this token opens."""
    return reader.row("select * from tickets_with_desk where token = :token", Ticket, token=token)


def ticket_by_number(reader: Reader, *, number: str, day: date) -> Ticket | None:
    """The ticket with this number on ``day``."""
    sql = "select * from tickets_with_desk where day = :day and number = :number"
    return reader.row(sql, Ticket, day=day, number=number)


def ticket_at_desk(reader: Reader, *, desk_id: DeskId) -> Ticket | None:
    """The ticket that was called to this desk or is being served there."""
    sql = "select * from tickets_with_desk where desk_id = :desk_id and state in ('called', 'serving')"
    return reader.row(sql, Ticket, desk_id=desk_id)


def first_in_turn(reader: Reader, *, desk: Desk, day: date) -> Ticket | None:
    """The lowest rank among those waiting that ``desk`` may serve."""
    return reader.row(
        """
        select * from tickets_with_desk
        where state = 'waiting' and day = :day
          and (wanted_desk_id = :desk_id
               or (wanted_desk_id is null and sphere in (select value from json_each(:spheres))))
        order by rank_at, id limit 1
        """,
        Ticket,
        day=day,
        desk_id=desk.id,
        spheres=desk.spheres,
    )


def first_ordinary_in_turn(reader: Reader, *, desk: Desk, day: date) -> Ticket | None:
    """The same among those who did not declare a right to priority."""
    return reader.row(
        """
        select * from tickets_with_desk
        where state = 'waiting' and day = :day and priority is null
          and (wanted_desk_id = :desk_id
               or (wanted_desk_id is null and sphere in (select value from json_each(:spheres))))
        order by rank_at, id limit 1
        """,
        Ticket,
        day=day,
        desk_id=desk.id,
        spheres=desk.spheres,
    )


def waiting_for_desk(reader: Reader, *, desk: Desk, day: date, limit: int) -> list[Waiting]:
    """Who waits for ``desk``, in order of rank."""
    return reader.rows(
        """
        select id, number, sphere, purpose, priority is not null as has_priority,
               wanted_desk_id is not null as is_for_this_desk, issued_at
        from tickets
        where state = 'waiting' and day = :day
          and (wanted_desk_id = :desk_id
               or (wanted_desk_id is null and sphere in (select value from json_each(:spheres))))
        order by rank_at, id limit :limit
        """,
        Waiting,
        day=day,
        desk_id=desk.id,
        spheres=desk.spheres,
        limit=limit,
    )


def is_anybody_sent_to(reader: Reader, *, desk_id: DeskId) -> bool:
    """Whether somebody waits for this one desk."""
    sql = "select exists (select 1 from tickets where wanted_desk_id = :desk_id and state = 'waiting')"
    return reader.scalar(sql, desk_id=desk_id) == 1


def count_waiting(reader: Reader, *, day: date) -> int:
    """How many wait in the whole hall."""
    sql = "select count(*) from tickets where state = 'waiting' and day = :day"
    return _as_count(reader.scalar(sql, day=day))


def count_ahead(reader: Reader, *, ticket: Ticket) -> int:
    """How many wait for the same sphere and rank before ``ticket``."""
    sql = """
        select count(*) from tickets
        where state = 'waiting' and day = :day and sphere = :sphere and (rank_at, id) < (:rank_at, :id)
        """
    return _as_count(reader.scalar(sql, day=ticket.day, sphere=ticket.sphere, rank_at=ticket.rank_at, id=ticket.id))


def log_of_ticket(reader: Reader, *, ticket_id: TicketId) -> list[LogEntry]:
    """All that happened to a ticket, in order: who called it, where and why."""
    sql = "select * from queue_events where ticket_id = :ticket_id order by sequence"
    return reader.rows(sql, LogEntry, ticket_id=ticket_id)


def draw_count(tx: Transaction, *, sphere: Sphere, day: date) -> int:
    """The next count of the sphere on this day, from 1."""
    sql = """
        insert into ticket_counters (day, sphere, last) values (:day, :sphere, 1)
        on conflict (day, sphere) do update set last = last + 1 returning last
        """
    return _as_count(tx.scalar(sql, day=day, sphere=sphere))


class NewTicket(msgspec.Struct, frozen=True, kw_only=True):
    """What a ticket starts with."""

    id: TicketId
    number: str
    token: str
    wish: Wish


def add_ticket(tx: Transaction, *, new: NewTicket, now: datetime) -> None:
    """Keep a fresh ticket in the state ``issued``."""
    tx.execute(
        """
        insert into tickets (id, number, day, token, sphere, purpose, priority, language, state, issued_at, rank_at)
        values (:id, :number, :day, :token, :sphere, :purpose, :priority, :language, 'waiting', :issued_at, :rank_at)
        """,
        id=new.id,
        number=new.number,
        day=local_day(now),
        token=new.token,
        sphere=new.wish.sphere,
        purpose=new.wish.purpose,
        priority=new.wish.priority,
        language=new.wish.language,
        issued_at=now,
        rank_at=rank_at(now, priority=new.wish.priority),
    )


def mark_called(tx: Transaction, *, ticket_id: TicketId, desk_id: DeskId, now: datetime) -> None:
    """The ticket stands at the desk; its recalls count from now."""
    sql = """
        update tickets set state = 'called', desk_id = :desk_id, called_at = :now, recalled_at = null,
               recall_count = 0, wanted_desk_id = null
        where id = :id
        """
    tx.execute(sql, id=ticket_id, desk_id=desk_id, now=now)


def mark_recalled(tx: Transaction, *, ticket_id: TicketId, now: datetime) -> None:
    """One more recall."""
    sql = "update tickets set recall_count = recall_count + 1, recalled_at = :now where id = :id"
    tx.execute(sql, id=ticket_id, now=now)


def mark_serving(tx: Transaction, *, ticket_id: TicketId, now: datetime) -> None:
    """The visitor sits at the desk."""
    tx.execute("update tickets set state = 'serving', serving_at = :now where id = :id", id=ticket_id, now=now)


def mark_ended(tx: Transaction, *, ticket_id: TicketId, state: str, now: datetime) -> None:
    """The ticket came to one of its ends."""
    sql = "update tickets set state = :state, finished_at = :now where id = :id"
    tx.execute(sql, id=ticket_id, state=state, now=now)


def mark_sent_on(tx: Transaction, *, ticket_id: TicketId, sphere: Sphere, desk_id: DeskId | None) -> None:
    """The ticket waits again and keeps its rank, for a sphere or for one desk."""
    sql = """
        update tickets set state = 'waiting', sphere = :sphere, wanted_desk_id = :desk_id, desk_id = null,
               called_at = null, recalled_at = null, recall_count = 0, serving_at = null
        where id = :id
        """
    tx.execute(sql, id=ticket_id, sphere=sphere, desk_id=desk_id)


def free_from_desk(tx: Transaction, *, desk_id: DeskId) -> None:
    """Whoever waits for this one desk now waits for any desk of the sphere."""
    sql = "update tickets set wanted_desk_id = null where wanted_desk_id = :desk_id and state = 'waiting' and day >= ''"
    tx.execute(sql, desk_id=desk_id)


def end_past_days(tx: Transaction, *, today: date, now: datetime) -> int:
    """Tickets of earlier days that nobody ended count as left; how many there were."""
    waited = tx.execute(
        "update tickets set state = 'left', finished_at = :now where state = 'waiting' and day < :today",
        today=today,
        now=now,
    )
    stood = tx.execute(
        "update tickets set state = 'left', finished_at = :now where state in ('called', 'serving') and day < :today",
        today=today,
        now=now,
    )
    return waited + stood


def add_to_log(
    tx: Transaction,
    *,
    kind: str,
    now: datetime,
    ticket: Ticket | None = None,
    desk_id: DeskId | None = None,
    staff_id: StaffId | None = None,
    reason: str | None = None,
    waited: timedelta | None = None,
) -> int:
    """Add a line to the append-only log; its sequence number."""
    sql = """
        insert into queue_events (at, day, kind, ticket_id, sphere, desk_id, staff_id, reason, waited_seconds)
        values (:at, :day, :kind, :ticket_id, :sphere, :desk_id, :staff_id, :reason, :waited_seconds)
        returning sequence
        """
    return _as_count(
        tx.scalar(
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
        )
    )


def _as_count(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(value)
    return value
