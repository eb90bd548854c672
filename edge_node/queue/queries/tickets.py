"""Reading and writing tickets."""

from datetime import date, datetime

from edge_node.queue.model import Ticket, rank_at
from edge_node.queue.queries.rules import first_day
from sync.storage import Reader, Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId, TicketId
from sync.vocabulary.ticket import Purpose, TicketState


def ticket(reader: Reader, *, ticket_id: TicketId) -> Ticket | None:
    """The ticket with this id, of any day."""
    return reader.row("select * from tickets_with_desk where id = :id", Ticket, id=ticket_id)


def ticket_by_token(reader: Reader, *, token: str) -> Ticket | None:
    """The ticket whose status page this token opens."""
    return reader.row("select * from tickets_with_desk where token = :token", Ticket, token=token)


def waiting_since(reader: Reader, *, before: datetime, day: date) -> list[Ticket]:
    """Who waits and took a ticket before that moment, of the days from ``day`` on, oldest first."""
    sql = """
        select * from tickets_with_desk where state = 'waiting' and day >= :day and issued_at <= :before
        order by issued_at, id
        """
    return reader.rows(sql, Ticket, before=before, day=day)


def ticket_by_number(reader: Reader, *, number: str, day: date) -> Ticket | None:
    """The ticket with this number on ``day``."""
    sql = "select * from tickets_with_desk where day = :day and number = :number"
    return reader.row(sql, Ticket, day=day, number=number)


def ticket_at_desk(reader: Reader, *, desk_id: DeskId) -> Ticket | None:
    """The ticket that was called to this desk or is being served there."""
    sql = "select * from tickets_with_desk where desk_id = :desk_id and state in ('called', 'serving')"
    return reader.row(sql, Ticket, desk_id=desk_id)


def desks_waited_for(reader: Reader) -> set[DeskId]:
    """The desks that somebody waits for, or is put aside for, and for no other."""
    sql = """
        select distinct wanted_desk_id from tickets
        where wanted_desk_id is not null and state in ('waiting', 'parked')
        """
    return {DeskId(str(found)) for found in reader.column(sql)}


def is_full(reader: Reader, *, since: date, waiting_max: int) -> bool:
    """Whether ``waiting_max`` people wait in the whole hall, of the days from ``since`` on.

    Who waits is counted only once so many numbers were given: until then nobody has to be counted.
    """
    given = _as_count(
        reader.scalar("select coalesce(sum(last), 0) from ticket_counters where day >= :since", since=since)
    )
    if given <= waiting_max:
        return False
    sql = "select count(*) from tickets where state = 'waiting' and day >= :since"
    return _as_count(reader.scalar(sql, since=since)) >= waiting_max


def count_ahead(reader: Reader, *, ticket: Ticket, now: datetime) -> int:
    """How many wait for the same sphere and are called before ``ticket`` as things stand at ``now``."""
    sql = """
        select (select count(*) from tickets
                where state = 'waiting' and due_at is null and sphere = :sphere and day >= :since
                  and :due_at is null and (rank_at, id) < (:rank_at, :id))
             + (select count(*) from tickets
                where state = 'waiting' and due_at <= :hour and sphere = :sphere and day >= :since and id <> :id)
        """
    return _as_count(
        reader.scalar(
            sql,
            since=first_day(reader, now=now),
            sphere=ticket.sphere,
            due_at=ticket.due_at,
            hour=ticket.due_at or now,
            rank_at=ticket.rank_at,
            id=ticket.id,
        )
    )


def draw_count(tx: Transaction, *, sphere: Sphere, day: date) -> int:
    """The next count of the sphere on this day, from 1."""
    sql = """
        insert into ticket_counters (day, sphere, last) values (:day, :sphere, 1)
        on conflict (day, sphere) do update set last = last + 1 returning last
        """
    return _as_count(tx.scalar(sql, day=day, sphere=sphere))


def skip_counts(tx: Transaction, *, sphere: Sphere, day: date, count: int) -> int:
    """Leave out the next ``count`` counts of the sphere on this day; the last of them."""
    sql = """
        insert into ticket_counters (day, sphere, last) values (:day, :sphere, :count)
        on conflict (day, sphere) do update set last = last + :count returning last
        """
    return _as_count(tx.scalar(sql, day=day, sphere=sphere, count=count))


def add_ticket(tx: Transaction, ticket: Ticket) -> None:
    """Keep a fresh ticket, which waits from now."""
    tx.execute(
        """
        insert into tickets (id, number, day, token, sphere, purpose, priority, language, needs_sign_language, state,
                             issued_at, rank_at, appointment_at, due_at)
        values (:id, :number, :day, :token, :sphere, :purpose, :priority, :language, :needs_sign_language, 'waiting',
                :issued_at, :rank_at, :appointment_at, :due_at)
        """,
        id=ticket.id,
        number=ticket.number,
        day=ticket.day,
        token=ticket.token,
        sphere=ticket.sphere,
        purpose=ticket.purpose,
        priority=ticket.priority,
        language=ticket.language,
        needs_sign_language=ticket.needs_sign_language,
        issued_at=ticket.issued_at,
        rank_at=ticket.rank_at,
        appointment_at=ticket.appointment_at,
        due_at=ticket.due_at,
    )


def mark_called(tx: Transaction, *, ticket_id: TicketId, desk_id: DeskId, now: datetime) -> None:
    """The ticket stands at the desk; its recalls count from now."""
    sql = """
        update tickets set state = 'called', desk_id = :desk_id, called_at = :now, recalled_at = null,
               recall_count = 0, wanted_desk_id = null, parked_until = null, serving_at = null
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


def mark_ended(tx: Transaction, *, ticket_id: TicketId, state: TicketState, now: datetime) -> None:
    """The ticket came to one of its ends."""
    sql = "update tickets set state = :state, finished_at = :now, wanted_desk_id = null where id = :id"
    tx.execute(sql, id=ticket_id, state=state, now=now)


def mark_sent_on(tx: Transaction, *, ticket: Ticket, sphere: Sphere, wanted_desk_id: DeskId | None) -> None:
    """The ticket waits again, for a sphere or for one desk, with its time waited and the credit of a transfer."""
    sql = """
        update tickets set transfer_count = transfer_count + 1, rank_at = :rank_at, due_at = null where id = :id
        """
    transfers = ticket.transfer_count + 1
    rank = rank_at(ticket.issued_at, priority=ticket.priority, transfers=transfers)
    tx.execute(sql, id=ticket.id, rank_at=rank)
    mark_waiting(tx, ticket_id=ticket.id, sphere=sphere, wanted_desk_id=wanted_desk_id)


def mark_waiting(tx: Transaction, *, ticket_id: TicketId, sphere: Sphere, wanted_desk_id: DeskId | None) -> None:
    """The ticket waits again, as if it had not been called, with the rank it has."""
    sql = """
        update tickets set state = 'waiting', sphere = :sphere, wanted_desk_id = :wanted_desk_id, desk_id = null,
               called_at = null, recalled_at = null, recall_count = 0, serving_at = null, finished_at = null,
               parked_until = null
        where id = :id
        """
    tx.execute(sql, id=ticket_id, sphere=sphere, wanted_desk_id=wanted_desk_id)


def mark_restored(tx: Transaction, *, ticket_id: TicketId, now: datetime) -> None:
    """Who did not come has come: once."""
    tx.execute("update tickets set restored_at = :now where id = :id", id=ticket_id, now=now)


def mark_parked(tx: Transaction, *, ticket_id: TicketId, until: datetime, wanted_desk_id: DeskId | None) -> None:
    """The ticket leaves its desk for a while; it comes back to any desk of the sphere, or to one."""
    sql = """
        update tickets set state = 'parked', parked_until = :until, wanted_desk_id = :wanted_desk_id, desk_id = null,
               called_at = null, recalled_at = null, recall_count = 0, serving_at = null
        where id = :id
        """
    tx.execute(sql, id=ticket_id, until=until, wanted_desk_id=wanted_desk_id)


def mark_next_service(tx: Transaction, *, ticket_id: TicketId, sphere: Sphere, purpose: Purpose) -> None:
    """One service of the visit is done; the ticket is for the next."""
    sql = """
        update tickets set sphere = :sphere, purpose = :purpose, services_done = services_done + 1, due_at = null
        where id = :id
        """
    tx.execute(sql, id=ticket_id, sphere=sphere, purpose=purpose)


def mark_back(tx: Transaction, *, ticket_id: TicketId, state: TicketState) -> None:
    """The ticket stands at its desk again, in the state it had before its end was taken back."""
    tx.execute("update tickets set state = :state, finished_at = null where id = :id", id=ticket_id, state=state)


def waiting_only_for(reader: Reader, *, desk_id: DeskId) -> list[Ticket]:
    """Who waits, or is put aside, for this one desk."""
    sql = "select * from tickets_with_desk where wanted_desk_id = :desk_id and state in ('waiting', 'parked')"
    return reader.rows(sql, Ticket, desk_id=desk_id)


def free_from_desk(tx: Transaction, *, ticket_id: TicketId) -> None:
    """Whoever waits for one desk waits for any desk of the sphere."""
    tx.execute("update tickets set wanted_desk_id = null where id = :id", id=ticket_id)


def parked(reader: Reader, *, until: datetime | None = None) -> list[Ticket]:
    """Tickets put aside, the first to come back first; only those whose time is over at ``until``, if given."""
    sql = """
        select * from tickets_with_desk where state = 'parked' and parked_until <= coalesce(:until, '9999')
        order by parked_until, id
        """
    return reader.rows(sql, Ticket, until=until)


def unended_before(reader: Reader, *, day: date) -> list[Ticket]:
    """Tickets of days before ``day`` that nobody ended."""
    sql = """
        select * from tickets_with_desk where state in ('waiting', 'called', 'serving', 'parked') and day < :day
        order by day, id
        """
    return reader.rows(sql, Ticket, day=day)


def _as_count(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(value)
    return value
