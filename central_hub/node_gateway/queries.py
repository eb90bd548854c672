"""What the gateway asks and writes: nodes, streams, leases, the feed, the hub's view of cases, blobs."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import BigInteger, cast, func, insert, select, update

from central_hub.node_gateway.model import FIRST_PROTOCOL, CursorLost, Node, Speaker, Stream
from central_hub.storage import digests, replica, telling, totals
from central_hub.storage.replica import upsert
from central_hub.storage.streams import repeated_hash
from central_hub.storage.tables import (
    blob_references,
    blobs,
    cases,
    grants,
    nodes,
    number_leases,
    operations,
    streams,
)
from central_hub.storage.telling import Hearer
from central_hub.storage.transaction import Reader, Transaction
from sync.replication.digests import bucket_of, buckets_of
from sync.replication.messages import DigestAnswer, DigestBucket, NumberLease, PullAnswer, PullItem


class FoundCase(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    number: str
    tracking_hash: str | None


_NODE_COLUMNS = tuple(nodes.c[name] for name in Node.__struct_fields__ if name != "ended")


def node(reader: Reader, *, node_id: str) -> Node | None:
    found = reader.row(select(*_NODE_COLUMNS).where(nodes.c.node_id == node_id), Node)
    ended = select(streams.c.incarnation).where(streams.c.node_id == node_id, streams.c.ended_at.is_not(None))
    return None if found is None else replace(found, ended=tuple(map(str, reader.column(ended))))


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
    if isinstance(found, bytes):
        return found
    return repeated_hash(reader, node_id=speaker.node_id, incarnation=speaker.incarnation, oseq=oseq)


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


def bearers(reader: Reader, *, numbers: Iterable[str]) -> dict[str, str]:
    """The cases that bear these official numbers, by number."""

    class Bearer(msgspec.Struct):
        number: str
        case_id: str

    statement = select(cases.c.number, cases.c.case_id).where(cases.c.number.in_(list(numbers)))
    return {each.number: each.case_id for each in reader.rows(statement, Bearer)}


def case_to_check_out(reader: Reader, *, number: str) -> FoundCase | None:
    statement = select(cases.c.case_id, cases.c.number, cases.c.tracking_hash)
    return reader.row(statement.where(cases.c.number == number), FoundCase)


def save_cases(tx: Transaction, rows: dict[str, dict[str, object]], *, new_ids: AbstractSet[str]) -> None:
    """Write the rows of many cases, by their ids."""
    totals.follow(tx, rows, new_ids=new_ids)
    replica.save_rows(tx, cases, "case_id", [{"case_id": key} | row for key, row in rows.items()], new_ids=new_ids)


def pull(reader: Reader, *, speaker: Speaker, cursor: int, limit: int, refetch: str | None = None) -> PullAnswer:
    """What the node is told after ``cursor``; or the documents after the id ``refetch``, empty at first, of its scope.

    Raises:
        CursorLost: the feed does not reach back to ``cursor``, or never came so far.
    """
    hearer = Hearer(node_id=speaker.node_id, scopes=speaker.scopes, origin=speaker.origin)
    if refetch is not None:
        return telling.whole_scope(reader, hearer=hearer, after=refetch, limit=limit)
    state = replica.current(reader)
    if not state.horizon <= cursor <= state.seq:
        raise CursorLost
    answer = telling.news(reader, hearer=hearer, cursor=cursor, limit=limit)
    if speaker.protocol != FIRST_PROTOCOL:
        return answer
    return replace(answer, items=tuple(_without_erasure(item) for item in answer.items))


def _without_erasure(item: PullItem) -> PullItem:
    """The first protocol has no word for an erasure: the node lets go of the document."""
    return replace(item, what="drop", update=b"") if item.what == "erase" else item


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


def may_bring_blob(reader: Reader, *, sha256: str, speaker: Speaker) -> bool:
    """Whether the node reads a document that names the blob, or wrote to one: who scans may lose the case meanwhile."""
    if may_touch_blob(reader, sha256=sha256, scopes=speaker.scopes):
        return True
    wrote = (
        select(operations.c.operation_id)
        .join(blob_references, blob_references.c.document_id == operations.c.document_id)
        .where(
            blob_references.c.sha256 == sha256,
            operations.c.node_id == speaker.node_id,
            operations.c.state == "merged",
        )
        .limit(1)
    )
    return reader.scalar(wrote) is not None


def has_blob(reader: Reader, *, sha256: str) -> bool:
    return reader.scalar(select(blobs.c.sha256).where(blobs.c.sha256 == sha256)) is not None


def blobs_bytes(reader: Reader) -> int:
    """What the scans of all offices weigh together."""
    return reader.count(select(cast(func.sum(blobs.c.size), BigInteger)))


def save_blob(tx: Transaction, *, sha256: str, size: int, now: datetime) -> None:
    if not has_blob(tx, sha256=sha256):
        tx.execute(insert(blobs).values(sha256=sha256, size=size, stored_at=now))


def hub_incarnation(reader: Reader) -> str:
    return replica.incarnation(reader)


def digest(reader: Reader, *, speaker: Speaker) -> DigestAnswer:
    """All buckets of the node's scope."""
    found = digests.of_scope(reader, scopes=speaker.scopes)
    return DigestAnswer(
        seq=digests.last_told(reader, scopes=speaker.scopes),
        buckets=buckets_of(found),
        unmerged=digests.unmerged(reader, node_id=speaker.node_id),
    )


def digest_bucket(reader: Reader, *, speaker: Speaker, bucket: int) -> DigestBucket:
    """The entries of one bucket; none for a number that is no bucket's."""
    found = digests.of_scope(reader, scopes=speaker.scopes)
    return DigestBucket(
        documents={each.document_id: each.entry for each in found if bucket_of(each.document_id) == bucket}
    )
