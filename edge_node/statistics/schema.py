"""Tables of the hall's figures: all of them can be made again out of the log of the queue."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sync.vocabulary.hall import COUNTS

migrations = Migrations("statistics")


@migrations()
def create(database: sqlite_utils.Database) -> None:
    """Figures by cell, how far each day was read, and what of it the hub was told."""
    counts = ", ".join(f"{name} integer not null" for name in COUNTS)
    database.executescript(f"""
        create table hall_figures (
            day text not null, hour integer not null, sphere text not null, desk_id text not null,
            staff_id text not null, {counts}, primary key (day, hour, sphere, desk_id, staff_id)) without rowid;
        create table hall_days (
            day text primary key, revision integer not null,
            told_revision integer not null default 0, told_to text) without rowid;
        create table hall_read (one integer primary key check (one = 1), sequence integer not null);
    """)
