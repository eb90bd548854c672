"""An erased document at this node: only the hub's tombstone remains, in no page of the database and in no file else."""

from datetime import datetime

import msgspec

from sync.documents import document as documents
from sync.documents.document import DocumentView
from sync.replication import outbox
from sync.replication.blobs import BlobFolder
from sync.replication.messages import PullItem
from sync.storage import references, replica
from sync.storage.replica import StoredDocument
from sync.storage.transaction import Reader, Transaction


class UnconfirmedErasure(msgspec.Struct, frozen=True, kw_only=True):
    """A directive carried out in the tables; the hub has not been told yet that nothing is left."""

    document_id: str
    generation: int
    erased_at: datetime


def erase(tx: Transaction, item: PullItem, *, now: datetime) -> DocumentView | None:
    """Put the tombstone in the document's place and purge what it was; ``None`` where it stood there before.

    What waits for the hub keeps its bytes until the hub has taken and refused it: the node's chain goes through it.
    Heard again, it is confirmed again: the hub, or this node, may have been restored since.
    """
    stored = replica.document(tx, document_id=item.document_id)
    if stored is not None and stored.generation > item.generation:
        return None
    is_standing = stored is not None and stored.generation == item.generation
    _purge(tx, item, None if is_standing else stored, now=now)
    if is_standing:
        return None
    return outbox.replace(tx, item.document_id, item.kind, snapshot=item.update, generation=item.generation)


def forget(tx: Transaction, item: PullItem, *, now: datetime) -> None:
    """The same where this node's office does not read the document, or no more: no tombstone stays either.

    What it held once may still stand in operations, in files and in free pages.
    """
    _purge(tx, item, replica.document(tx, document_id=item.document_id), now=now)
    replica.forget_document(tx, document_id=item.document_id)


def remember_files(tx: Transaction, *, document_id: str) -> None:
    """The document leaves this node, its files may stay: note whose they were, lest they outlast its erasure."""
    stored = replica.document(tx, document_id=document_id)
    for sha256 in documents.view(stored.snapshot).files if stored is not None else ():
        tx.execute(
            "insert into replica_dropped_files (document_id, sha256) values (:document_id, :sha256) "
            "on conflict (document_id, sha256) do nothing",
            document_id=document_id,
            sha256=sha256,
        )


def let_file_go(tx: Transaction, *, sha256: str) -> None:
    """A file that was made for a document while that was erased goes too, unless a document names it."""
    _purge_blobs(tx, "", {sha256})


def has_files_to_delete(reader: Reader) -> bool:
    return reader.scalar("select 1 from replica_blobs where state = 'erased' limit 1") is not None


def unconfirmed(reader: Reader) -> list[UnconfirmedErasure]:
    """Directives of which nothing waits for the hub any more, the oldest first."""
    return reader.rows(
        "select document_id, generation, erased_at from replica_erasures as erased where confirmed_at is null "
        "and not exists (select 1 from replica_operations as waiting where waiting.document_id = erased.document_id "
        "  and waiting.oseq is not null and waiting.settled_at is null) order by erased_at",
        UnconfirmedErasure,
    )


def finish_purge(tx: Transaction, *, document_ids: list[str]) -> None:
    """Drop the bytes of operations that the hub has refused since."""
    for document_id in document_ids:
        tx.execute(_PURGE_OPERATIONS, document_id=document_id)


def delete_files(tx: Transaction, *, folder: BlobFolder) -> None:
    """Delete the files of erased documents, half-fetched ones included; one that is gone already is no error."""
    for sha256 in tx.column("select sha256 from replica_blobs where state = 'erased'"):
        folder.remove(str(sha256))
    tx.execute("delete from replica_blobs where state = 'erased'")


def mark_confirmed(tx: Transaction, *, document_ids: list[str], now: datetime) -> None:
    """The hub knows that nothing is left here."""
    for document_id in document_ids:
        tx.execute(
            "update replica_erasures set confirmed_at = :now where document_id = :document_id and confirmed_at is null",
            document_id=document_id,
            now=now,
        )


def _purge(tx: Transaction, item: PullItem, stored: StoredDocument | None, *, now: datetime) -> None:
    hashes = {str(each) for each in tx.column(_DROPPED_FILES, document_id=item.document_id)}
    if stored is not None:
        hashes.update(documents.view(stored.snapshot).files)
    _purge_blobs(tx, item.document_id, hashes)
    for statement in _PURGES:
        tx.execute(statement, document_id=item.document_id)
    tx.execute(
        "insert into replica_erasures (document_id, generation, erased_at) values (:document_id, :generation, :now) "
        "on conflict (document_id, generation) do update set erased_at = excluded.erased_at, confirmed_at = null",
        document_id=item.document_id,
        generation=item.generation,
        now=now,
    )


def _purge_blobs(tx: Transaction, document_id: str, hashes: set[str]) -> None:
    """Mark those of the files that no other document names."""
    for sha256 in sorted(hashes):
        if references.is_named(tx, sha256=sha256, besides=document_id):
            continue
        tx.execute(
            "insert into replica_blobs (sha256, size, media_type, state) values (:sha256, 0, '', 'erased') "
            "on conflict (sha256) do update set state = 'erased'",
            sha256=sha256,
        )


_PURGE_OPERATIONS = (
    "update replica_operations set body = null, change = null "
    "where document_id = :document_id and (oseq is null or settled_at is not null)"
)
_PURGES = (
    _PURGE_OPERATIONS,
    "update replica_operations set change = null where document_id = :document_id",
    "delete from replica_blocks where document_id = :document_id",
    "delete from replica_refusals where document_id = :document_id",
    "delete from replica_dropped_files where document_id = :document_id",
    "delete from idempotency_keys where instr(answer, cast(:document_id as blob)) > 0",
)
_DROPPED_FILES = "select sha256 from replica_dropped_files where document_id = :document_id"
