"""Tables of the register: one row per case, rebuilt from its document; which offices may see it."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations = Migrations("case_register")


@migrations()
def create(database: sqlite_utils.Database) -> None:
    database.executescript("""
        create table cases (
            case_id text primary key, number text, status text not null,
            service_code text not null, service_version integer not null, provider_id text not null,
            home_office_id text not null, accepting_office_id text not null, pickup_office_id text not null,
            applicant_name text not null, name_key text not null, rnokpp text, phone text,
            registered_at text, due_on text, fee_kopecks integer not null, paid_kopecks integer not null,
            is_in_conflict integer not null, changed_at text,
            issued_at text, issued_office_id text) without rowid;
        create index cases_by_number on cases (number);
        create index cases_by_name on cases (name_key);
        create index cases_by_rnokpp on cases (rnokpp);
        create index cases_by_phone on cases (phone);
        create index cases_by_registration on cases (home_office_id, registered_at);
        create index cases_by_acceptance on cases (accepting_office_id, registered_at);
        create index cases_by_issue on cases (issued_office_id, issued_at);
        create index cases_by_provider on cases (provider_id, status, due_on);
        create table case_offices (
            office_id text not null, case_id text not null references cases on delete cascade,
            primary key (office_id, case_id)) without rowid;
        create index case_offices_by_case on case_offices (case_id);
    """)


@migrations()
def conflicts(database: sqlite_utils.Database) -> None:
    database.executescript("create index cases_in_conflict on cases (case_id) where is_in_conflict = 1;")


@migrations()
def piles(database: sqlite_utils.Database) -> None:
    """A pile is read from its beginning, however many cases there are."""
    database.executescript("""
        drop index cases_by_provider;
        create index cases_by_status on cases (status, due_on is null, due_on, number);
        create index cases_by_provider on cases (provider_id, status, due_on is null, due_on, number);
    """)


@migrations()
def receipts(database: sqlite_utils.Database) -> None:
    """Which payment serves which case, of all cases that this node holds; filled as they change."""
    database.executescript("""
        create table case_receipts (
            event_id text not null, case_id text not null references cases on delete cascade,
            is_shared integer not null default 0,
            primary key (event_id, case_id)) without rowid;
        create index case_receipts_by_case on case_receipts (case_id);
        create index case_receipts_shared on case_receipts (event_id) where is_shared = 1;
    """)
