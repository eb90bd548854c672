"""A local change of a replicated document: replica, chain and outbox in the transaction that makes it."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from sync.documents import document as documents
from sync.documents.document import DocumentView, Entry, Scalar
from sync.replication.identity import link_hash
from sync.replication.messages import OPERATION_BYTES_MAX, DocumentKind, Operation
from sync.storage import quarantine, references, replica
from sync.storage.replica import OperationState, StoredDocument, StoredOperation
from sync.storage.transaction import Reader, Transaction
from sync.vocabulary.case import CaseEvent, to_entry
from sync.vocabulary.clock import Hlc, check_hlc, merge, tick
from sync.vocabulary.errors import InvalidInput

AHEAD_MAX = timedelta(
    hours=24
)  # a machine set to the wrong day or time zone is followed, one set to another year is not


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one operation adds to one document."""

    document_id: str
    kind: DocumentKind = "case"
    fields: Mapping[str, Scalar] = {}
    events: tuple[CaseEvent, ...] = ()
    attachments: Mapping[str, Entry] = {}


class OperationRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """Something waits for the hub; the client wakes up."""

    operation_id: str


def record(tx: Transaction, change: Change, *, operation_id: str, now: datetime) -> DocumentView:
    """Make ``change`` part of the replica and queue it for the hub; what the document says after it.

    Where an operation of this node on the document does not count at the hub, this one names it: it was made without.

    Raises:
        InvalidInput: the operation is too large to travel, or holds a number that would not survive.
    """
    block = quarantine.block_of(tx, document_id=change.document_id)
    if block is None or block.code != "rebase":
        return _record(tx, change, operation_id=operation_id, now=now, rebase_of=None)
    return record_again(tx, change, operation_id=operation_id, now=now, rebase_of=block.operation_id)


def record_again(tx: Transaction, change: Change, *, operation_id: str, now: datetime, rebase_of: str) -> DocumentView:
    """The same for a change made without ``rebase_of``, which does not count; raises as ``record``."""
    quarantine.unblock(tx, document_id=change.document_id)
    return _record(tx, change, operation_id=operation_id, now=now, rebase_of=rebase_of)


def _record(
    tx: Transaction, change: Change, *, operation_id: str, now: datetime, rebase_of: str | None
) -> DocumentView:
    stored = replica.document(tx, document_id=change.document_id)
    client_id = documents.fresh_client_id(now=now, operation_id=operation_id)
    update = documents.change(
        stored.snapshot if stored else None,
        client_id=client_id,
        fields=change.fields,
        events={event.id: to_entry(event) for event in change.events},
        attachments=change.attachments,
    )
    if len(update) > OPERATION_BYTES_MAX:
        raise InvalidInput(field=change.document_id, rule="operation-size", maximum=OPERATION_BYTES_MAX)
    stream = replica.stream(tx)
    operation = Operation(
        operation_id=operation_id,
        document_id=change.document_id,
        kind=change.kind,
        oseq=stream.oseq + 1,
        client_id=client_id,
        made_at=_whole_milliseconds(now),
        update=update,
        generation=stored.generation if stored else 0,
        rebase_of=rebase_of,
    )
    head_hash = link_hash(stream.head_hash, operation)
    replica.append_operation(tx, _as_stored(operation, change, head_hash))
    replica.advance_stream(tx, oseq=operation.oseq, head_hash=head_hash)
    tx.emit(OperationRecorded(operation_id=operation_id))
    before = stored or StoredDocument(document_id=change.document_id, kind=change.kind, snapshot=b"")
    return _merge_into(tx, before, updates=((client_id, update),))


def change_of(stored: StoredOperation) -> Change | None:
    """What an operation of this node was made of; ``None`` where an earlier version did not keep it."""
    return None if stored.change is None else msgspec.msgpack.decode(stored.change, type=Change)


def _whole_milliseconds(moment: datetime) -> datetime:
    """As the store keeps times: the chain covers an operation as it will be read back and sent."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def absorb(
    tx: Transaction, document_id: str, kind: DocumentKind, *, updates: tuple[tuple[int | None, bytes], ...]
) -> DocumentView:
    """Merge ``updates`` (each with its client id, where it has one) into the replica; what the document says now."""
    stored = replica.document(tx, document_id=document_id)
    before = stored or StoredDocument(document_id=document_id, kind=kind, snapshot=b"")
    return _merge_into(tx, before, updates=updates)


def _merge_into(
    tx: Transaction, before: StoredDocument, *, updates: tuple[tuple[int | None, bytes], ...]
) -> DocumentView:
    """The same where the document, or an empty one in its place, was read already."""
    clients = {client_id for client_id, _ in updates if client_id is not None}
    merged = documents.merge(
        before.snapshot or None, [update for _, update in updates], clients=clients.union(before.waiting)
    )
    after = msgspec.structs.replace(
        before, snapshot=merged.snapshot, waiting=tuple(sorted(merged.waiting)), digest=merged.digest
    )
    replica.save_document(tx, after)
    references.name_files(tx, document_id=after.document_id, hashes=merged.view.files)
    return merged.view


def replace(tx: Transaction, document_id: str, kind: DocumentKind, *, snapshot: bytes, generation: int) -> DocumentView:
    """Let ``snapshot`` be all there is of the document, whatever was here; what it says."""
    merged = documents.merge(snapshot, [], clients=())
    replica.save_document(
        tx,
        StoredDocument(
            document_id=document_id,
            kind=kind,
            snapshot=merged.snapshot,
            generation=generation,
            digest=merged.digest,
        ),
    )
    references.name_only(tx, document_id=document_id, hashes=merged.view.files)
    return merged.view


def next_clock(tx: Transaction, *, now: datetime, after: DocumentView | None = None) -> Hlc:
    """The hybrid time of the next event: later than every event this node made, and than all of the document ``after``.

    A machine whose clock is years ahead would drag every clock in the city along, for ever: the reading kept here
    follows others at most ``AHEAD_MAX`` beyond this machine's own clock. What order people see is decided within one
    document, and there an event always comes after those it was made in sight of, however far ahead they are: so a
    wrong clock costs the documents it wrote to nothing but odd readings, and the others nothing at all. Folds sort by
    the readings as they stand and read no clock, so every replica folds alike.
    """
    own = _clock(tx)
    cap = tick(None, now + AHEAD_MAX)
    clock = tick(None if own is None or own > cap else own, now)
    seen = max(clocks_in(after), default=None) if after is not None else None
    if seen is not None and seen > clock:
        clock = merge(clock, seen, now)
    replica.set_clock(tx, clock=min(clock, cap))
    return clock


def see_clock(tx: Transaction, seen: Hlc, *, now: datetime) -> None:
    """An event of another node was seen: what follows here comes after it, unless its clock is far ahead."""
    own = _clock(tx)
    if seen <= tick(None, now + AHEAD_MAX) and (own is None or own <= seen):
        replica.set_clock(tx, clock=merge(own, seen, now))


def clocks_in(said: DocumentView) -> list[Hlc]:
    """The readings of a document's events; an event of a form this version does not know orders nothing here."""
    found: list[Hlc] = []
    for entry in said.events.values():
        with suppress(InvalidInput):
            found.append(check_hlc(str(entry.get("clock"))))
    return found


def _clock(reader: Reader) -> Hlc | None:
    clock = replica.stream(reader).clock
    return None if clock is None else Hlc(clock)


def view(reader: Reader, document_id: str) -> DocumentView | None:
    """What the replica holds of a document, or ``None``."""
    stored = replica.document(reader, document_id=document_id)
    return None if stored is None else documents.view(stored.snapshot)


def as_operation(stored: StoredOperation, *, oseq: int | None = None) -> Operation:
    """An operation of the outbox, as it travels and as its hash covers it; at ``oseq`` where it is chained anew."""
    place = stored.oseq if oseq is None else oseq
    if place is None or stored.body is None:
        raise LookupError(f"operation {stored.operation_id} is not of this node's chain")
    return msgspec.convert(
        {
            "operation_id": stored.operation_id,
            "document_id": stored.document_id,
            "kind": stored.kind,
            "oseq": place,
            "client_id": stored.client_id,
            "made_at": stored.made_at,
            "update": stored.body,
            "generation": stored.generation,
            "rebase_of": stored.rebase_of,
        },
        type=Operation,
    )


def _as_stored(operation: Operation, change: Change, head_hash: bytes) -> StoredOperation:
    return StoredOperation(
        operation_id=operation.operation_id,
        document_id=operation.document_id,
        kind=operation.kind,
        client_id=operation.client_id,
        oseq=operation.oseq,
        hash=head_hash,
        body=operation.update,
        made_at=operation.made_at,
        state=OperationState.WAITING,
        change=msgspec.msgpack.encode(change),
        generation=operation.generation,
        rebase_of=operation.rebase_of,
    )
