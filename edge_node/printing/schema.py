"""The print journal."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("printing")


@migrations()
def create_print_jobs(db: Database) -> None:
    db.conn.execute(
        """
        create table print_jobs (
          id text primary key,
          kind text not null,
          subject_id text not null,
          details text not null,
          copies integer not null check (copies between 1 and 5),
          state text not null,
          reason text,
          device_reference text,
          copy_of text references print_jobs (id),
          ordered_at text not null,
          sent_at text,
          ended_at text,
          settled_by text
        ) strict
        """
    )
    db.conn.execute("create index print_jobs_open on print_jobs (state, id) where state in ('ordered', 'sending')")
    db.conn.execute("create index print_jobs_ordered_at on print_jobs (ordered_at)")
    db.conn.execute("create index print_jobs_subject on print_jobs (subject_id)")


@migrations()
def index_what_is_not_done(db: Database) -> None:
    """The runner and the technician look for the few jobs that are not done, among those of years."""
    db.conn.execute("drop index print_jobs_open")
    db.conn.execute(
        "create index print_jobs_open on print_jobs (state, id) "
        "where state = 'ordered' or state = 'sending' or state = 'queued' or state = 'unknown'"
    )
    db.conn.execute("create index print_jobs_failed on print_jobs (id) where state = 'failed' and settled_by is null")
    db.conn.execute("create index print_jobs_copies on print_jobs (copy_of, id) where copy_of is not null")
