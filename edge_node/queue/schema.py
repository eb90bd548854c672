"""Tables of the queue."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations = Migrations("queue")

_STATEMENTS = (
    """
    create table desks (
        id text primary key,
        number integer not null unique,
        spheres text not null,
        occupant_id text unique,
        occupied_at text,
        priority_streak integer not null default 0
    )
    """,
    """
    create table tickets (
        id text primary key,
        number text not null,
        day text not null,
        token text not null unique,
        sphere text not null,
        purpose text not null,
        priority text,
        language text not null,
        state text not null,
        issued_at text not null,
        rank_at text not null,
        desk_id text references desks (id),
        called_at text,
        recalled_at text,
        recall_count integer not null default 0,
        serving_at text,
        finished_at text,
        wanted_desk_id text references desks (id),
        unique (day, number)
    )
    """,
    """
    create index tickets_waiting on tickets (day, rank_at, id) where state = 'waiting'
    """,
    """
    create index tickets_sent_to_desk on tickets (wanted_desk_id) where wanted_desk_id is not null
    """,
    """
    create unique index tickets_at_desk on tickets (desk_id) where state in ('called', 'serving')
    """,
    """
    create view tickets_with_desk as
        select tickets.*, desks.number as desk_number from tickets left join desks on desks.id = tickets.desk_id
    """,
    """
    create table ticket_counters (
        day text not null,
        sphere text not null,
        last integer not null,
        primary key (day, sphere)
    ) without rowid
    """,
    """
    create table queue_events (
        sequence integer primary key autoincrement,
        at text not null,
        day text not null,
        kind text not null,
        ticket_id text,
        sphere text,
        desk_id text,
        staff_id text,
        reason text,
        waited_seconds integer
    )
    """,
    """
    create index queue_events_of_ticket on queue_events (ticket_id) where ticket_id is not null
    """,
    """
    create index queue_calls on queue_events (day, at) where kind in ('called', 'recalled')
    """,
    """
    create trigger queue_events_never_change before update on queue_events
        begin select raise(abort, 'the log of the queue is append-only'); end
    """,
    """
    create trigger queue_events_never_vanish before delete on queue_events
        begin select raise(abort, 'the log of the queue is append-only'); end
    """,
)


@migrations()
def create_queue(db: sqlite_utils.Database) -> None:
    """Desks, tickets, the counters of the day and the append-only log.

    Indices over the waiting and the open are partial: they stay as small as the hall, whatever the years left behind.
    """
    for statement in _STATEMENTS:
        db.execute(statement)


_SECOND = (
    'alter table desks add column languages text not null default \'["uk","en"]\'',
    "alter table desks add column signs integer not null default 0",
    "alter table desks add column appointment_streak integer not null default 0",
    "alter table desks add column break_reason text",
    "alter table desks add column break_since text",
    "alter table tickets add column needs_sign_language integer not null default 0",
    "alter table tickets add column appointment_at text",
    "alter table tickets add column due_at text",
    "alter table tickets add column parked_until text",
    "alter table tickets add column transfer_count integer not null default 0",
    "alter table tickets add column services_done integer not null default 0",
    "alter table tickets add column restored_at text",
    "alter table queue_events add column facts text",
    "create index tickets_in_turn on tickets (sphere, rank_at, id, day) where state = 'waiting' and due_at is null",
    "create index tickets_due on tickets (sphere, due_at, id) where state = 'waiting' and due_at is not null",
    """
    create index tickets_unended on tickets (day, id) where state in ('waiting', 'called', 'serving', 'parked')
    """,
    "create index tickets_parked on tickets (parked_until) where state = 'parked'",
    "create index queue_events_of_desk on queue_events (desk_id, sequence) where desk_id is not null",
    "create index queue_alarms on queue_events (day) where kind in ('alarm', 'alarm_answered')",
    "create table queue_rules (one integer primary key check (one = 1), record text not null)",
    "drop view tickets_with_desk",
    """
    create view tickets_with_desk as
        select tickets.*, desks.number as desk_number from tickets left join desks on desks.id = tickets.desk_id
    """,
)


@migrations()
def give_tickets_their_whole_life(db: sqlite_utils.Database) -> None:
    """Skills and breaks of desks, appointments, parking and several services of tickets, facts in the log.

    A turn is found in an index by sphere: the first of each that a desk serves, whoever else waits.
    """
    for statement in _SECOND:
        db.execute(statement)


_WAITS = (
    """
    create table wait_days (
        day text not null,
        sphere text not null,
        bins text not null,
        primary key (day, sphere)
    ) without rowid
    """,
    "create table wait_forecasts (sphere text primary key, at text not null, knots text not null) without rowid",
    """
    create table wait_promises (
        ticket_id text primary key,
        day text not null,
        sphere text not null,
        at text not null,
        people integer not null,
        taught_low real,
        taught_middle real,
        taught_high real,
        told_low real not null,
        told_middle real not null,
        told_high real not null,
        shown_from integer not null,
        shown_to integer not null,
        simple real not null
    ) without rowid
    """,
    "create index wait_promises_of_day on wait_promises (day)",
)


@migrations()
def keep_what_waits_teach(db: sqlite_utils.Database) -> None:
    """Finished days as the waits are learned from them, the present forecasts, and what each ticket was promised."""
    for statement in _WAITS:
        db.execute(statement)


@migrations()
def keep_by_how_much_waits_drift(db: sqlite_utils.Database) -> None:
    """With each promise, how far the trees' word had been shifted for what the queue did lately."""
    db.execute("alter table wait_promises add column roots real not null default 0")
