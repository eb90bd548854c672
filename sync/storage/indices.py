"""What keeps a node with years of cases as quick as one with a day's: the few rows that matter, found among all."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations = Migrations("replica_indices")


@migrations()
def few_among_many(database: sqlite_utils.Database) -> None:
    """Every page and every round with the hub asks for these."""
    database.executescript("""
        create index replica_operations_apart on replica_operations (state) where state = 'quarantined';
        create index replica_operations_rebased on replica_operations (rebase_of) where rebase_of is not null;
        create index replica_operations_kept on replica_operations (settled_at)
            where state = 'acknowledged' and body is not null;
        create index replica_documents_by_kind on replica_documents (kind, document_id) where kind <> 'case';
        create index replica_blobs_to_send on replica_blobs (lane = 'archive', size, sha256) where state = 'pending';
        create index replica_blobs_to_let_go on replica_blobs (used_at, sha256) where state = 'uploaded';
        create index replica_blobs_erased on replica_blobs (sha256) where state = 'erased';
    """)


@migrations()
def sums_of_blobs(database: sqlite_utils.Database) -> None:
    """How much the blobs take is asked at every scan."""
    database.executescript("""
        create table replica_blob_use (
            only integer primary key check (only = 1), held_bytes integer not null, pending_bytes integer not null);
        insert into replica_blob_use select 1, coalesce(sum(size), 0),
            coalesce(sum(size) filter (where state != 'uploaded'), 0) from replica_blobs;
        create trigger replica_blobs_came after insert on replica_blobs begin
            update replica_blob_use set held_bytes = held_bytes + new.size,
                pending_bytes = pending_bytes + new.size * (new.state != 'uploaded');
        end;
        create trigger replica_blobs_went after delete on replica_blobs begin
            update replica_blob_use set held_bytes = held_bytes - old.size,
                pending_bytes = pending_bytes - old.size * (old.state != 'uploaded');
        end;
        create trigger replica_blobs_changed after update of size, state on replica_blobs begin
            update replica_blob_use set held_bytes = held_bytes + new.size - old.size,
                pending_bytes = pending_bytes
                    + new.size * (new.state != 'uploaded') - old.size * (old.state != 'uploaded');
        end;
    """)
