"""The replica's own tables on a node: documents, operations, the stream, the cursor, leased numbers.

An operation is written once and kept; ``state`` says how far it got. Rows of other streams are kept without bytes:
they are what tells a second delivery from a first.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from sync.storage import schema
from sync.storage.transaction import Reader, Transaction

migrations = schema.migrations


class OperationState(StrEnum):
    WAITING = "waiting"  # in the outbox: the hub has not said it is durable there
    ACKNOWLEDGED = "acknowledged"
    QUARANTINED = "quarantined"
    REMOTE = "remote"
    SUPERSEDED = "superseded"  # its change was made anew as another operation
    DISCARDED = "discarded"  # a person decided that it never counts


class StoredDocument(msgspec.Struct, frozen=True, kw_only=True):
    document_id: str
    kind: str
    snapshot: bytes
    waiting: tuple[int, ...] = ()  # client ids whose changes miss something still on its way
    generation: int = 0
    digest: bytes = b""


class StoredOperation(msgspec.Struct, frozen=True, kw_only=True):
    operation_id: str
    document_id: str
    kind: str
    client_id: int
    oseq: int | None
    hash: bytes | None
    body: bytes | None
    made_at: datetime
    state: OperationState
    quarantine_code: str | None = None
    change: bytes | None = None  # the `Change` it was made of, in msgpack: to make it anew
    generation: int = 0
    rebase_of: str | None = None
    settled_at: datetime | None = None  # when the hub's word on it was heard; until then it is sent, whatever its state


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """Where this node's own chain of operations stands."""

    node_id: str
    incarnation: str
    oseq: int
    head_hash: bytes
    clock: str | None = None


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """How far this node has heard the hub, and when the two last spoke."""

    hub_incarnation: str | None = None
    cursor: int = 0
    synced_at: datetime | None = None
    offline_since: datetime | None = None
    frozen: str | None = None  # "forked" or "revoked": nothing is said until the node is enrolled anew
    refetch_after: str | None = None  # while refetching: the last document told; "" at its beginning
    refetch_cursor: int | None = None  # and the cursor to go on from at its end
    refetch_keeps: bool = False  # what is not told may be nowhere else: it is asked for
    durable_at: datetime | None = None
    clock_offset_seconds: float | None = None  # the hub's clock less this one


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """What waits to be told to the hub."""

    count: int
    byte_count: int
    oldest_at: datetime | None


def begin_stream(tx: Transaction, *, node_id: str, incarnation: str) -> None:
    """Start this node's chain: once, when the node is made."""
    tx.execute(
        "insert into replica_stream (only, node_id, incarnation, oseq, head_hash) "
        "values (1, :node_id, :incarnation, 0, x'')",
        node_id=node_id,
        incarnation=incarnation,
    )


def stream(reader: Reader) -> Stream:
    """Where the chain stands; the node was initialised, so there is one."""
    found = reader.row("select * from replica_stream", Stream)
    if found is None:
        raise LookupError("this node has no stream: it was not initialised")
    return found


def link(reader: Reader) -> Link:
    return reader.row("select * from replica_link", Link) or Link()


def document(reader: Reader, *, document_id: str) -> StoredDocument | None:
    return reader.row(
        "select * from replica_documents where document_id = :document_id", StoredDocument, document_id=document_id
    )


def document_ids(reader: Reader, *, kind: str) -> list[str]:
    """The documents of a kind; of any but the cases they are few among many, and found by their index."""
    narrow = "" if kind == "case" else "kind <> 'case' and "
    sql = f"select document_id from replica_documents where {narrow}kind = :kind order by 1"  # noqa: S608 - ours
    rows = reader.column(sql, kind=kind)
    return [str(document_id) for document_id in rows]


class HeldDocument(msgspec.Struct, frozen=True, kw_only=True):
    document_id: str
    kind: str


def settled_documents(reader: Reader, *, after: str, up_to: str | None, settled_before: datetime) -> list[HeldDocument]:
    """Documents in a range of ids in which nothing of this node's own is unsent, or was sent a moment ago."""
    return reader.rows(
        "select document_id, kind from replica_documents as held where document_id > :after "
        "and (:up_to is null or document_id <= :up_to) and not exists (select 1 from replica_operations as own "
        "where own.document_id = held.document_id and own.body is not null "
        "and coalesce(own.settled_at >= :settled_before, own.oseq is not null)) order by document_id",
        HeldDocument,
        after=after,
        up_to=up_to,
        settled_before=settled_before,
    )


def save_document(tx: Transaction, document: StoredDocument) -> None:
    tx.execute(
        "insert into replica_documents (document_id, kind, snapshot, waiting, generation, digest) "
        "values (:document_id, :kind, :snapshot, :waiting, :generation, :digest) "
        "on conflict (document_id) do update set snapshot = excluded.snapshot, waiting = excluded.waiting, "
        "generation = excluded.generation, digest = excluded.digest",
        **msgspec.structs.asdict(document),
    )


def forget_document(tx: Transaction, *, document_id: str) -> None:
    tx.execute("delete from replica_documents where document_id = :document_id", document_id=document_id)
    tx.execute("delete from replica_references where document_id = :document_id", document_id=document_id)


def has_operation(reader: Reader, *, operation_id: str) -> bool:
    sql = "select 1 from replica_operations where operation_id = :operation_id"
    return reader.scalar(sql, operation_id=operation_id) is not None


def operation(reader: Reader, *, operation_id: str) -> StoredOperation | None:
    sql = "select * from replica_operations where operation_id = :operation_id"
    return reader.row(sql, StoredOperation, operation_id=operation_id)


def own_clients(reader: Reader, *, document_id: str) -> set[int]:
    """The clients of what this node itself changed in the document."""
    sql = "select client_id from replica_operations where document_id = :document_id and state <> 'remote'"
    return {int(str(client)) for client in reader.column(sql, document_id=document_id)}


def append_operation(tx: Transaction, operation: StoredOperation) -> None:
    tx.execute(
        "insert into replica_operations "
        "(operation_id, document_id, kind, client_id, oseq, hash, body, made_at, state, quarantine_code, change, "
        "generation, rebase_of, settled_at) values "
        "(:operation_id, :document_id, :kind, :client_id, :oseq, :hash, :body, :made_at, :state, :quarantine_code, "
        ":change, :generation, :rebase_of, :settled_at)",
        **msgspec.structs.asdict(operation),
    )


def advance_stream(tx: Transaction, *, oseq: int, head_hash: bytes) -> None:
    tx.execute("update replica_stream set oseq = :oseq, head_hash = :head_hash", oseq=oseq, head_hash=head_hash)


def take_off_chain(tx: Transaction) -> list[StoredOperation]:
    """What another chain is to begin with, in order; from now on no operation has a place in a chain.

    That is what waits, and what the hub acknowledged or set apart but may lose with its disk: what it forgot no person
    there could let count.
    """
    kept = tx.rows(
        "select * from replica_operations where body is not null and (state = 'waiting' "
        "or state in ('acknowledged', 'quarantined') "
        "and coalesce(settled_at > (select durable_at from replica_link), 1)) order by rowid",
        StoredOperation,
    )
    tx.execute("update replica_operations set oseq = null, hash = null where oseq is not null")
    return kept


def restart_stream(tx: Transaction, *, incarnation: str) -> None:
    """An empty chain under another incarnation; leased numbers are given up and the hub is heard from the start."""
    tx.execute(
        "update replica_leases set incarnation = (select incarnation from replica_stream) where incarnation = ''"
    )
    tx.execute(
        "update replica_stream set incarnation = :incarnation, oseq = 0, head_hash = x''", incarnation=incarnation
    )
    tx.execute("update replica_link set cursor = 0, refetch_after = null, refetch_cursor = null")


def has_unchained(reader: Reader) -> bool:
    """Whether the hub may have lost an operation of this node that stands in no chain: of a life it was told of."""
    sql = (
        "select 1 from replica_operations where oseq is null and body is not null "
        "and (state = 'acknowledged' or state = 'quarantined') "
        "and coalesce(settled_at > (select durable_at from replica_link), 1) limit 1"
    )
    return reader.scalar(sql) is not None


def rechain(tx: Transaction, *, operation_id: str, oseq: int, head_hash: bytes) -> None:
    """Give an operation its place in the chain; it waits for the hub again, and what is set apart stays so here."""
    tx.execute(
        "update replica_operations set oseq = :oseq, hash = :head_hash, settled_at = null, "
        "state = case state when 'quarantined' then state else 'waiting' end where operation_id = :operation_id",
        operation_id=operation_id,
        oseq=oseq,
        head_hash=head_hash,
    )


def set_clock(tx: Transaction, *, clock: str) -> None:
    tx.execute("update replica_stream set clock = :clock", clock=clock)


def waiting_operations(reader: Reader, *, limit: int, after: int = 0) -> list[StoredOperation]:
    """The outbox ``after`` a place, in the order of the chain; it has no gaps, so what counts no more is sent too."""
    return reader.rows(
        "select * from replica_operations where oseq > :after and settled_at is null order by oseq limit :limit",
        StoredOperation,
        after=after,
        limit=limit,
    )


def acknowledged_oseq(reader: Reader) -> int:
    """How far the hub said it holds the chain."""
    first_waiting = reader.scalar(
        "select min(oseq) from replica_operations where oseq is not null and settled_at is null"
    )
    return stream(reader).oseq if first_waiting is None else int(first_waiting) - 1


def hash_before(reader: Reader, *, oseq: int) -> bytes:
    """The chain's hash just before ``oseq``; empty before the first."""
    found = reader.scalar("select hash from replica_operations where oseq = :oseq", oseq=oseq - 1)
    return found if isinstance(found, bytes) else b""


def settle_operation(
    tx: Transaction, *, operation_id: str, state: OperationState, code: str | None, now: datetime
) -> None:
    """The hub's word on one operation; its bytes are kept until compaction."""
    tx.execute(
        "update replica_operations set settled_at = coalesce(settled_at, :now), "
        "state = case state when 'waiting' then :state else state end, "
        "quarantine_code = case state when 'waiting' then :code else quarantine_code end "
        "where operation_id = :operation_id and oseq is not null",
        operation_id=operation_id,
        state=state,
        code=code,
        now=now,
    )


def hold_up_to(tx: Transaction, *, oseq: int, now: datetime) -> None:
    """The hub holds the chain durably up to ``oseq``, no further: what is before is acknowledged, the rest waits."""
    tx.execute(
        "update replica_operations set settled_at = :now, "
        "state = case state when 'waiting' then 'acknowledged' else state end "
        "where oseq is not null and oseq <= :oseq and settled_at is null",
        oseq=oseq,
        now=now,
    )
    tx.execute(
        "update replica_operations set settled_at = null, "
        "state = case state when 'acknowledged' then 'waiting' else state end "
        "where oseq > :oseq and settled_at is not null",
        oseq=oseq,
    )


def lacks_bytes_after(reader: Reader, *, oseq: int) -> bool:
    """Whether the chain after ``oseq`` cannot be sent as it was: bytes of it were compacted or erased."""
    sql = "select 1 from replica_operations where oseq > :oseq and body is null limit 1"
    return reader.scalar(sql, oseq=oseq) is not None


def has_waiting(reader: Reader, *, document_id: str) -> bool:
    """Whether the hub has not been told everything of this document yet."""
    sql = "select 1 from replica_operations where document_id = :document_id and state = 'waiting'"
    return reader.scalar(sql, document_id=document_id) is not None


def backlog(reader: Reader) -> Backlog:
    found = reader.row(
        "select count(*) as count, coalesce(sum(length(body)), 0) as byte_count, min(made_at) as oldest_at "
        "from replica_operations where oseq is not null and settled_at is null",
        Backlog,
    )
    return found or Backlog(count=0, byte_count=0, oldest_at=None)


def count_quarantined(reader: Reader) -> int:
    return int(reader.scalar("select count(*) from replica_operations where state = 'quarantined'") or 0)


def heard(tx: Transaction, *, hub_incarnation: str, cursor: int) -> None:
    """The hub has been heard up to ``cursor``: in the same transaction as what it said."""
    tx.execute(
        "update replica_link set hub_incarnation = :hub_incarnation, cursor = :cursor",
        hub_incarnation=hub_incarnation,
        cursor=cursor,
    )


def mark_synced(tx: Transaction, *, at: datetime) -> None:
    tx.execute("update replica_link set synced_at = :at, offline_since = null", at=at)


def mark_offline(tx: Transaction, *, since: datetime) -> None:
    tx.execute("update replica_link set offline_since = coalesce(offline_since, :since)", since=since)
