"""Tables of the catalogue: every version of a service, the one in force marked; and the offices."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations = Migrations("catalogue")


@migrations()
def create(database: sqlite_utils.Database) -> None:
    database.executescript("""
        create table services (
            service_code text not null, version integer not null, sphere text not null, search_key text not null,
            record text not null, primary key (service_code, version)) without rowid;
        create index services_by_sphere on services (sphere, service_code);
        create table offices (
            office_id text primary key, record text not null) without rowid;
    """)
