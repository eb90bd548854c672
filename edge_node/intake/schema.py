"""Table of the intake: applications being filled in, kept so that a page survives a reload."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations = Migrations("intake")


@migrations()
def create(database: sqlite_utils.Database) -> None:
    database.executescript("""
        create table intake_drafts (
            draft_id text primary key, staff_id text not null, changed_at text not null, record text not null)
            without rowid;
        create index intake_drafts_by_staff on intake_drafts (staff_id, changed_at);
    """)
