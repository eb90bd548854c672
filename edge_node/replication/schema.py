"""What is known of each time this node's database was brought back."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations = Migrations("replication")


@migrations()
def keep_restorations(database: sqlite_utils.Database) -> None:
    database.executescript("""
        create table restorations (restored_at text primary key, record text not null) without rowid;
    """)
