"""Counts of free copies."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("copying")


@migrations()
def create_copy_runs(db: Database) -> None:
    db.conn.execute(
        """
        create table copy_runs (
          run_id text primary key,
          sheets integer not null,
          copies integer not null,
          state text not null,
          reason text,
          begun_at text not null
        ) strict
        """
    )
    db.conn.execute("create index copy_runs_begun_at on copy_runs (begun_at)")


@migrations()
def count_by_desk(db: Database) -> None:
    """Where it was copied, and who said how a run of unknown end had ended; the few open runs are asked about."""
    db.conn.execute("alter table copy_runs add column desk_id text")
    db.conn.execute("alter table copy_runs add column settled_by text")
    db.conn.execute(
        "create index copy_runs_open on copy_runs (begun_at) "
        "where state = 'begun' or state = 'queued' or state = 'unknown'"
    )
