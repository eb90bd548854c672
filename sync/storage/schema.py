"""The replica's own tables on a node, brought forward one migration after another."""

import re

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations = Migrations("replica")

_NAMED_FILE = re.compile(rb"sha256.{0,4}?([0-9a-f]{64})", re.DOTALL)  # as attachments stand in snapshots
_ROWS_AT_ONCE = 1_000


@migrations()
def create(database: sqlite_utils.Database) -> None:
    database.executescript("""
        create table replica_documents (
            document_id text primary key, kind text not null, snapshot blob not null,
            waiting text not null default '[]') without rowid;
        create table replica_operations (
            operation_id text primary key, document_id text not null, kind text not null, client_id integer not null,
            oseq integer unique, hash blob, body blob, made_at text not null, state text not null,
            quarantine_code text);
        create index replica_operations_of_document on replica_operations (document_id);
        create index replica_outbox on replica_operations (oseq) where state = 'waiting';
        create table replica_stream (
            only integer primary key check (only = 1), node_id text not null, incarnation text not null,
            oseq integer not null, head_hash blob not null, clock text);
        create table replica_link (
            only integer primary key check (only = 1), hub_incarnation text, cursor integer not null,
            synced_at text, offline_since text);
        insert into replica_link (only, cursor) values (1, 0);
        create table replica_leases (
            year integer not null, first integer not null, last integer not null, next integer not null,
            primary key (year, first));
        create table replica_blobs (
            sha256 text primary key, size integer not null, media_type text not null, state text not null);
        create table idempotency_keys (
            key text primary key, request_hash text not null, answer blob not null, answered_at text not null);
    """)


@migrations()
def second_protocol(database: sqlite_utils.Database) -> None:
    database.executescript("""
        alter table replica_documents add column generation integer not null default 0;
        alter table replica_documents add column digest blob not null default x'';
        alter table replica_operations add column change blob;
        alter table replica_operations add column generation integer not null default 0;
        alter table replica_operations add column rebase_of text;
        alter table replica_operations add column settled_at text;
        alter table replica_link add column frozen text;
        alter table replica_link add column refetch_after text;
        alter table replica_link add column refetch_cursor integer;
        alter table replica_link add column durable_at text;
        alter table replica_link add column clock_offset_seconds real;
        alter table replica_leases add column seal blob not null default x'';
        alter table replica_blobs add column lane text not null default 'case';
        alter table replica_blobs add column uploaded_at text;
        alter table replica_blobs add column used_at text;
        create table replica_blocks (document_id text primary key, operation_id text not null, code text not null);
        create table replica_refusals (
            seq integer primary key, what text not null, document_id text not null, operation_id text, body blob,
            why text not null, at text not null);
        create table replica_alarms (
            alarm_id integer primary key, at text not null, kind text not null, subject text not null, seen_at text);
        create table replica_erasures (
            document_id text not null, generation integer not null, erased_at text not null, confirmed_at text,
            primary key (document_id, generation));
    """)


@migrations()
def settled_operations(database: sqlite_utils.Database) -> None:
    database.executescript("""
        update replica_operations set settled_at = made_at where state in ('acknowledged', 'quarantined');
        drop index replica_outbox;
        create index replica_outbox on replica_operations (oseq) where oseq is not null and settled_at is null;
    """)


@migrations()
def scope_told_again(database: sqlite_utils.Database) -> None:
    """The first protocol had no words for what does not count and what is erased: the whole scope is asked for once."""
    database.execute("update replica_link set refetch_after = '', refetch_cursor = null where hub_incarnation != ''")


@migrations()
def leases_of_earlier_incarnations(database: sqlite_utils.Database) -> None:
    """``incarnation``: which earlier one held the range; empty where it is the one that stands."""
    database.executescript("""
        alter table replica_leases add column incarnation text not null default '';
        alter table replica_leases add column leased_at text;
    """)


@migrations()
def dropped_files(database: sqlite_utils.Database) -> None:
    """Whose the files were of documents that left the scope: they stay until room is needed, or until an erasure."""
    database.execute(
        "create table replica_dropped_files (document_id text not null, sha256 text not null, "
        "primary key (document_id, sha256)) without rowid"
    )


@migrations()
def departures(database: sqlite_utils.Database) -> None:
    """Documents to let go of as soon as the hub has everything of them."""
    database.execute("create table replica_departures (document_id text primary key) without rowid")


@migrations()
def refetch_of_a_restored_hub(database: sqlite_utils.Database) -> None:
    """``replica_untold``: held here and not told by a restored hub, which is to say whether it knows the document."""
    database.execute("alter table replica_link add column refetch_keeps integer not null default 0")
    database.execute("create table replica_untold (document_id text primary key) without rowid")


@migrations()
def references(database: sqlite_utils.Database) -> None:
    """Which files each document names: an erasure finds whose they are too without reading every document."""
    database.executescript("""
        create table replica_references (
            document_id text not null, sha256 text not null, primary key (document_id, sha256)) without rowid;
        create index replica_references_by_file on replica_references (sha256);
    """)
    written = "select document_id, snapshot from replica_documents where instr(snapshot, cast('sha256' as blob)) > 0"
    named = database.execute(written)
    while some := named.fetchmany(_ROWS_AT_ONCE):
        rows = [(document_id, each.decode()) for document_id, held in some for each in _NAMED_FILE.findall(held)]
        database.conn.executemany("insert into replica_references values (?, ?) on conflict do nothing", rows)
