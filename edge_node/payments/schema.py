"""The ledger of charges: rows change state, and are never deleted.

They stay when their case is erased: money taken and given back is accounted for longer than a case lives (Law of
Ukraine 996-XIV on Accounting, art. 8). What they hold is of the money, and of who worked at the till: sums, the
terminal's numbers, a card's mask; never a name, a number or an address of who paid.
"""

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


@migrations()
def keep_shifts_voids_and_recipients(db: Database) -> None:
    """Charges learn their kind, recipient and shift."""
    for column in (
        "kind text not null default 'charge'",
        "reverses text references charges (id)",
        "merchant_id text not null default '0'",
        "shift_id text",
    ):
        db.conn.execute(f"alter table charges add column {column}")
    # a charge is undone once, whatever was tried in vain before
    db.conn.execute(
        "create unique index charges_undone on charges (reverses) "
        "where reverses is not null and state in ('intended', 'sending', 'unknown', 'approved')"
    )
    db.conn.execute("create index charges_shift on charges (shift_id)")
    db.conn.execute(
        """
        create table shifts (
          id text primary key,
          number integer not null unique,
          terminal text not null,
          office_id text not null,
          state text not null,
          opened_by text not null,
          opened_at text not null,
          closed_by text,
          closed_at text,
          ledger_kopecks integer,
          terminal_kopecks integer,
          settlement text,
          slip text not null default '',
          report_id text
        ) strict
        """
    )
    db.conn.execute("create unique index shifts_open on shifts (terminal) where state in ('open', 'closing')")
    db.conn.execute(
        """
        create table merchants (
          terminal text not null,
          provider_id text not null,
          merchant_id text not null,
          said_by text not null,
          said_at text not null,
          primary key (terminal, provider_id)
        ) strict, without rowid
        """
    )


@migrations()
def keep_bank_receipts(db: Database) -> None:
    db.conn.execute(
        """
        create table bank_receipts (
          id text primary key,
          case_id text not null,
          number text not null,
          bank text not null,
          paid_on text not null,
          amount_kopecks integer not null check (amount_kopecks > 0),
          receipt_key text not null unique,
          loose_key text not null,
          entered_by text not null,
          entered_at text not null
        ) strict
        """
    )
    db.conn.execute("create index bank_receipts_alike on bank_receipts (loose_key)")
    db.conn.execute("create index bank_receipts_case on bank_receipts (case_id)")


@migrations()
def say_why_a_shift_did_not_end(db: Database) -> None:
    db.conn.execute("alter table shifts add column trouble text")


@migrations()
def keep_what_interrupted_ends_had_counted(db: Database) -> None:
    db.conn.execute("alter table shifts add column carried_kopecks integer not null default 0")
