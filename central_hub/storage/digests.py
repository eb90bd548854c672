"""The digest of a scope at the hub, read page by page: its memory does not grow with the documents."""

from collections.abc import Iterable, Iterator

import msgspec
from sqlalchemy import case, func, null, select

from central_hub.storage.tables import documents, feed, grants, operations
from central_hub.storage.transaction import Reader
from sync.documents.document import merge
from sync.replication.digests import PAGE_ROWS, DocumentDigest


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    document_id: str
    digest: bytes | None
    generation: int
    snapshot: bytes | None


def of_scope(reader: Reader, *, scopes: Iterable[str]) -> Iterator[DocumentDigest]:
    """Every document of the scopes: where an operation of a node does not count, the node holds what the hub does."""
    is_granted = select(grants.c.document_id).where(
        grants.c.document_id == documents.c.document_id, grants.c.scope.in_(list(scopes))
    )
    # the bytes are read only where there is no digest beside them
    missing = case((documents.c.digest.is_(None), documents.c.snapshot), else_=null()).label("snapshot")
    statement = (
        select(documents.c.document_id, documents.c.digest, documents.c.generation, missing)
        .where(is_granted.exists())
        .order_by(documents.c.document_id)
        .limit(PAGE_ROWS)
    )
    after = ""
    while rows := reader.rows(statement.where(documents.c.document_id > after), _Row):
        for row in rows:
            digest = row.digest or merge(row.snapshot, [], clients=[]).digest
            yield DocumentDigest(document_id=row.document_id, digest=digest, generation=row.generation)
        after = rows[-1].document_id


def last_told(reader: Reader, *, scopes: Iterable[str]) -> int:
    """The last number of the feed that these scopes were told."""
    return reader.count(select(func.max(feed.c.seq)).where(feed.c.scope.in_(list(scopes))))


def unmerged(reader: Reader, *, node_id: str) -> int:
    """How many operations of this node are taken and not merged."""
    condition = (operations.c.node_id == node_id) & (operations.c.state == "received")
    return reader.count(select(func.count()).select_from(operations).where(condition))


def merged_bodies(reader: Reader, *, document_id: str, generation: int) -> list[bytes]:
    """The bytes of the document's operations that count, as far as they are kept."""
    statement = select(operations.c.body).where(
        operations.c.document_id == document_id,
        operations.c.state == "merged",
        operations.c.generation == generation,
        operations.c.body.is_not(None),
    )
    return [body for body in reader.column(statement) if isinstance(body, bytes)]


def merged_clients(reader: Reader, *, document_id: str, generation: int, clients: Iterable[int]) -> set[int]:
    """Those of the client ids that an operation that counts bore in this generation of the document."""
    statement = select(operations.c.client_id).where(
        operations.c.document_id == document_id,
        operations.c.state == "merged",
        operations.c.generation == generation,
        operations.c.client_id.in_(list(clients)),
    )
    return {client for client in reader.column(statement) if isinstance(client, int)}
