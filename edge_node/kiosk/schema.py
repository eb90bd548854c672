"""What opens a booking made at the kiosk: the link on its slip."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations = Migrations("kiosk")


@migrations()
def create(database: sqlite_utils.Database) -> None:
    """A link stays when its booking moves to another time, and is forgotten with its day."""
    database.executescript("""
        create table booking_links (
            link text primary key, document_id text not null, code text not null, day text not null) without rowid;
        create index booking_links_by_day on booking_links (day);
        create index booking_links_by_code on booking_links (code);
    """)
