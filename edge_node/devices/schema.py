"""Tables of the devices' journal."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations = Migrations("devices")


@migrations()
def create_journal(db: sqlite_utils.Database) -> None:
    """Acts, and the last word on every device's health."""
    db.execute(
        """
        create table device_acts (
            id integer primary key,
            ref text not null,
            device text not null,
            method text not null,
            arguments_digest text not null,
            asked_at text not null,
            state text not null,
            settled_at text,
            facts text not null default '{}'
        )
        """
    )
    db.execute("create index device_acts_open on device_acts (id) where state = 'intended'")
    db.execute("create index device_acts_of_ref on device_acts (ref)")
    db.execute(
        """
        create table device_health (
            name text primary key,
            family text not null,
            driver text not null,
            state text not null,
            reasons text not null,
            since text not null
        )
        """
    )


@migrations()
def remember_health(db: sqlite_utils.Database) -> None:
    """Every change of a device's health: a printer that is lost each afternoon is found only in hindsight."""
    db.execute(
        """
        create table device_health_changes (
            id integer primary key,
            name text not null,
            state text not null,
            reasons text not null,
            at text not null
        )
        """
    )
    db.execute("create index device_health_changes_of on device_health_changes (name, id)")
    db.execute("create index device_acts_of_device on device_acts (device, id)")
