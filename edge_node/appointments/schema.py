"""Tables of the office's appointments: what its replica of the days does not say, as nobody else's business."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations = Migrations("appointments")


@migrations()
def create(database: sqlite_utils.Database) -> None:
    """Seats kept for who is about to book, and the tickets that bookings became."""
    database.executescript("""
        create table appointment_holds (
            document_id text not null, seat_id text not null, hold_id text not null, service_code text not null,
            expires_at text not null, code text, primary key (document_id, seat_id)) without rowid;
        create index appointment_holds_by_id on appointment_holds (hold_id);
        create table appointment_tickets (
            booking_id text primary key, ticket_id text not null, arrived_at text not null) without rowid;
    """)


@migrations()
def open_by_link(database: sqlite_utils.Database) -> None:
    """A slip's link stays when its booking moves, and is forgotten with its day; some have the table already."""
    database.executescript("""
        create table if not exists booking_links (
            link text primary key, document_id text not null, code text not null, day text not null) without rowid;
        create index if not exists booking_links_by_day on booking_links (day);
        create index if not exists booking_links_by_code on booking_links (code);
    """)


@migrations()
def keep_whose_hold(database: sqlite_utils.Database) -> None:
    """Where a time was chosen from: nobody keeps all of them."""
    database.executescript("""
        alter table appointment_holds add column source text not null default '';
        create index appointment_holds_by_source on appointment_holds (source);
    """)
