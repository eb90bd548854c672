"""The ledger of charges: rows change state, and are never deleted."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("payments")


@migrations()
def create_charges(db: Database) -> None:
    db.conn.execute(
        """
        create table charges (
          id text primary key,
          case_id text not null,
          amount_kopecks integer not null check (amount_kopecks > 0),
          charged_kopecks integer not null,
          terminal text not null,
          state text not null,
          reason text,
          code text,
          baseline text,
          slip text,
          staff_id text not null,
          office_id text not null,
          began_at text not null,
          sent_at text,
          ended_at text,
          payment_key text unique,
          settled_by text
        ) strict
        """
    )
    # two open charges on one terminal cannot be told apart by any inquiry: the table itself forbids them
    db.conn.execute(
        "create unique index charges_open on charges (terminal) where state in ('intended', 'sending', 'unknown')"
    )
    db.conn.execute("create index charges_case on charges (case_id)")
