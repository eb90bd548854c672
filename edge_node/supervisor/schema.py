"""Tables of the wallboard."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations = Migrations("supervisor")


@migrations()
def create(database: sqlite_utils.Database) -> None:
    """Which tickets waited past which bound: once each, so that a restart says nothing twice."""
    database.executescript("""
        create table wait_alerts (
            ticket_id text not null, minutes integer not null, at text not null, day text not null,
            number text not null, sphere text not null, seen_at text, seen_by text,
            primary key (ticket_id, minutes)) without rowid;
        create index wait_alerts_of_day on wait_alerts (day, minutes);
    """)
