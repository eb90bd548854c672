"""Tables of the staff: members as the hub publishes them, and the chained access log."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations = Migrations("staff")


@migrations()
def create(database: sqlite_utils.Database) -> None:
    database.executescript("""
        create table staff_members (
            staff_id text primary key, login text not null, name text not null, office_id text not null,
            is_active integer not null, password_hash text not null, record text not null) without rowid;
        create index staff_by_login on staff_members (login);
        create table access_log (
            seq integer primary key, at text not null, staff_id text, office_id text, action text not null,
            subject text not null, previous_hash text not null, hash text not null);
        create index access_log_by_subject on access_log (subject, seq);
        create index access_log_by_staff on access_log (staff_id, seq);
    """)


@migrations()
def keep_pins(database: sqlite_utils.Database) -> None:
    """A PIN opens a shared desk again on days on which its owner signed in here with the password."""
    database.executescript("""
        create table staff_pins (staff_id text primary key, pin_hash text not null, password_on text not null)
            without rowid;
    """)


@migrations()
def keep_own_passwords(database: sqlite_utils.Database) -> None:
    """A password given or chosen at this node counts here until the hub gives another than the one it stands for."""
    database.executescript("""
        create table staff_own_passwords (
            staff_id text primary key, password_hash text not null, replaces text not null, expires_at text)
            without rowid;
    """)
