"""What the gateway asks and writes: nodes, streams, leases, the feed, the hub's view of cases, blobs."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, func, insert, or_, select, update

from central_hub.node_gateway.model import PULL_BYTES_MAX, Node, Speaker, Stream
from central_hub.storage import digests, replica
from central_hub.storage.replica import FeedRow, upsert
from central_hub.storage.tables import (
    blob_references,
    blobs,
    cases,
    documents,
    feed,
    grants,
    nodes,
    number_leases,
    operations,
    streams,
)
from central_hub.storage.transaction import Reader, Transaction
from sync.replication.digests import bucket_of, buckets_of
from sync.replication.messages import DigestAnswer, DigestBucket, NumberLease, PullAnswer, PullItem

_CASE_OF_NUMBER = select(cases.c.case_id).where(cases.c.number == bindparam("number"))  # asked for every new case


class FeedItem(FeedRow, frozen=True, kw_only=True):
    """A row of the feed with the bytes it tells."""

    kind: str
    client_id: int | None = None
    made_at: datetime | None = None
    body: bytes | None = None
    snapshot: bytes | None = None
    generation: int = 0
    quarantine_code: str | None = None


class FoundCase(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    number: str
    tracking_hash: str | None


def node(reader: Reader, *, node_id: str) -> Node | None:
    columns = (nodes.c.node_id, nodes.c.office_id, nodes.c.public_key, nodes.c.retired_at)
    return reader.row(select(*columns).where(nodes.c.node_id == node_id), Node)


def mark_seen(tx: Transaction, *, node_id: str, now: datetime) -> None:
    tx.execute(update(nodes).where(nodes.c.node_id == node_id).values(seen_at=now))


def stream(reader: Reader, speaker: Speaker) -> Stream | None:
    condition = (streams.c.node_id == speaker.node_id) & (streams.c.incarnation == speaker.incarnation)
    return reader.row(select(streams.c.oseq, streams.c.head_hash).where(condition), Stream)


def save_stream(tx: Transaction, speaker: Speaker, head: Stream) -> None:
    key = {"node_id": speaker.node_id, "incarnation": speaker.incarnation}
    upsert(tx, streams, key=key, values=msgspec.structs.asdict(head))


def hash_at(reader: Reader, speaker: Speaker, *, oseq: int) -> bytes | None:
    """The chain's hash after ``oseq``; empty before the first operation, ``None`` where the hub holds none."""
    if oseq == 0:
        return b""
    condition = (
        (operations.c.node_id == speaker.node_id)
        & (operations.c.incarnation == speaker.incarnation)
        & (operations.c.oseq == oseq)
    )
    found = reader.scalar(select(operations.c.hash).where(condition))
    return found if isinstance(found, bytes) else None


def last_leased(reader: Reader, *, office_id: str, year: int) -> int:
    condition = (number_leases.c.office_id == office_id) & (number_leases.c.year == year)
    return reader.count(select(func.max(number_leases.c.last)).where(condition))


def save_lease(tx: Transaction, speaker: Speaker, lease: NumberLease, *, now: datetime) -> None:
    tx.execute(
        insert(number_leases).values(
            office_id=speaker.office_id,
            node_id=speaker.node_id,
            incarnation=speaker.incarnation,
            leased_at=now,
            year=lease.year,
            first=lease.first,
            last=lease.last,
        )
    )


def leases_of(reader: Reader, *, node_id: str) -> list[NumberLease]:
    """Every range leased to this node, in any of its incarnations."""
    columns = (number_leases.c.year, number_leases.c.first, number_leases.c.last)
    return reader.rows(select(*columns).where(number_leases.c.node_id == node_id), NumberLease)


def case_id_of(reader: Reader, *, number: str) -> str | None:
    found = reader.scalar(_CASE_OF_NUMBER, number=number)
    return found if isinstance(found, str) else None


def case_to_check_out(reader: Reader, *, number: str) -> FoundCase | None:
    statement = select(cases.c.case_id, cases.c.number, cases.c.tracking_hash)
    return reader.row(statement.where(cases.c.number == number), FoundCase)


def save_cases(tx: Transaction, rows: dict[str, dict[str, object]], *, new_ids: AbstractSet[str]) -> None:
    """Write the rows of many cases, by their ids."""
    replica.save_rows(tx, cases, "case_id", [{"case_id": key} | row for key, row in rows.items()], new_ids=new_ids)


def feed_after(reader: Reader, *, scopes: Iterable[str], origin: str, cursor: int, limit: int) -> list[FeedItem]:
    """What these scopes were told after ``cursor``, but for the words of ``origin`` itself; in order."""
    statement = (
        select(
            feed,
            func.coalesce(documents.c.kind, operations.c.kind).label("kind"),
            documents.c.snapshot,
            func.coalesce(documents.c.generation, 0).label("generation"),
            operations.c.client_id,
            operations.c.made_at,
            operations.c.body,
            operations.c.quarantine_code,
        )
        .outerjoin(documents, documents.c.document_id == feed.c.document_id)
        .outerjoin(operations, operations.c.operation_id == feed.c.operation_id)
        .where(
            feed.c.scope.in_(list(scopes)),
            feed.c.seq > cursor,
            or_(feed.c.origin.is_(None), feed.c.origin != origin),
        )
        .order_by(feed.c.seq)
        .limit(limit)
    )
    return reader.rows(statement, FeedItem)


def pull(reader: Reader, *, speaker: Speaker, cursor: int, limit: int) -> PullAnswer:
    """What the node is told after ``cursor``; the new cursor moves on also when nothing of it is for this node."""
    state = replica.state(reader)
    if state is None:
        raise LookupError("this hub was not initialised")
    found = feed_after(reader, scopes=speaker.scopes, origin=speaker.origin, cursor=cursor, limit=limit)
    items: list[PullItem] = []
    weight = 0
    for item in found:
        told = _as_told(item)
        weight += len(told.update)
        if items and weight > PULL_BYTES_MAX:
            break
        items.append(told)
    is_all = len(items) == len(found) < limit
    return PullAnswer(
        hub_incarnation=state.incarnation,
        cursor=max(cursor, state.seq) if is_all else items[-1].seq,
        items=tuple(items),
    )


def _as_told(item: FeedItem) -> PullItem:
    values: dict[str, object] = {"seq": item.seq, "what": item.what, "document_id": item.document_id, "kind": item.kind}
    match item.what:
        case "operation":
            values |= {"operation_id": item.operation_id, "client_id": item.client_id, "made_at": item.made_at}
            values["update"] = item.body
        case "snapshot" | "erase":
            values |= {"update": item.snapshot, "generation": item.generation}
        case "quarantined":  # without a document its node is told that there is none
            values |= {"operation_id": item.operation_id, "code": item.quarantine_code}
            values |= {"update": item.snapshot or b"", "generation": item.generation}
        case "released":
            values |= {"operation_id": item.operation_id, "client_id": item.client_id, "made_at": item.made_at}
            values |= {"update": item.body or b"", "generation": item.generation}
        case "discarded":
            values |= {"operation_id": item.operation_id}
    return msgspec.convert(values, type=PullItem)


def refer_to_blobs(tx: Transaction, *, document_id: str, hashes: Iterable[str]) -> None:
    known = set(tx.column(select(blob_references.c.sha256).where(blob_references.c.document_id == document_id)))
    rows = [{"sha256": sha256, "document_id": document_id} for sha256 in sorted(set(hashes) - known)]
    tx.execute_many(insert(blob_references), rows)


def may_touch_blob(reader: Reader, *, sha256: str, scopes: Iterable[str]) -> bool:
    """Whether a document in these scopes names the blob."""
    statement = (
        select(blob_references.c.document_id)
        .join(grants, grants.c.document_id == blob_references.c.document_id)
        .where(blob_references.c.sha256 == sha256, grants.c.scope.in_(list(scopes)))
        .limit(1)
    )
    return reader.scalar(statement) is not None


def has_blob(reader: Reader, *, sha256: str) -> bool:
    return reader.scalar(select(blobs.c.sha256).where(blobs.c.sha256 == sha256)) is not None


def save_blob(tx: Transaction, *, sha256: str, size: int, now: datetime) -> None:
    if not has_blob(tx, sha256=sha256):
        tx.execute(insert(blobs).values(sha256=sha256, size=size, stored_at=now))


def hub_incarnation(reader: Reader) -> str:
    return replica.incarnation(reader)


def digest(reader: Reader, *, speaker: Speaker) -> DigestAnswer:
    """All buckets of the node's scope."""
    found = digests.of_scope(reader, scopes=speaker.scopes, node_id=speaker.node_id)
    return DigestAnswer(
        seq=digests.last_told(reader, scopes=speaker.scopes),
        buckets=buckets_of(found),
        unmerged=digests.unmerged(reader, node_id=speaker.node_id),
    )


def digest_bucket(reader: Reader, *, speaker: Speaker, bucket: int) -> DigestBucket:
    """The entries of one bucket; none for a number that is no bucket's."""
    found = digests.of_scope(reader, scopes=speaker.scopes, node_id=speaker.node_id)
    return DigestBucket(
        documents={each.document_id: each.entry for each in found if bucket_of(each.document_id) == bucket}
    )
