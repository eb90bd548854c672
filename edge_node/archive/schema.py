"""Scans that are not finished; a finished one is an attachment of its case, its bytes lie under their hash."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("archive")


@migrations()
def keep_unfinished_scans(db: Database) -> None:
    db.conn.execute(
        """
        create table scan_batches (
          scan_id text primary key,
          case_id text not null,
          kind text not null,
          title text not null,
          pages_expected integer,
          pages integer not null,
          stopped_by text,
          begun_at text not null
        ) strict
        """
    )
    db.conn.execute("create index scan_batches_case on scan_batches (case_id)")


@migrations()
def journal_text_jobs(db: Database) -> None:
    db.conn.execute(
        """
        create table text_jobs (
          scan_id text primary key,
          case_id text not null,
          staff_id text not null,
          office_id text not null,
          attempts integer not null default 0,
          failed_because text,
          queued_at text not null
        ) strict
        """
    )
