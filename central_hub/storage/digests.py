"""The digest of a scope at the hub, read page by page: its memory does not grow with the documents."""

from collections.abc import Iterable, Iterator

from sqlalchemy import bindparam, func, select, text

from central_hub.storage.tables import documents, feed, operations
from central_hub.storage.transaction import Reader
from sync.documents.document import merge
from sync.replication.digests import PAGE_ROWS, DocumentDigest


def of_scope(reader: Reader, *, scopes: Iterable[str]) -> Iterator[DocumentDigest]:
    """Every document of the scopes, once: where an operation of a node does not count, it holds what the hub does."""
    before: list[str] = []
    for scope in scopes:
        yield from _of_one(reader, scope=scope, before=before)
        before.append(scope)


# by the grants of a scope, in their order: an office of a few cases is not compared with all of the city's
_OF_ONE = """
    select documents.document_id, documents.digest, documents.generation
    from grants cross join documents
    where grants.scope = :scope and grants.document_id > :after and documents.document_id = grants.document_id
    and not exists (select 1 from grants as told where told.document_id = grants.document_id and told.scope in :before)
    order by grants.document_id limit :limit
"""


def _of_one(reader: Reader, *, scope: str, before: list[str]) -> Iterator[DocumentDigest]:
    """Those of a scope that the scopes ``before`` do not hold."""
    statement = text(_OF_ONE).bindparams(bindparam("before", expanding=True))
    parameters = {"scope": scope, "before": before or [""], "limit": PAGE_ROWS}
    after = ""
    while rows := reader.tuples(statement, after=after, **parameters):
        for document_id, digest, generation in rows:
            known = digest or _computed(reader, document_id=document_id)
            yield DocumentDigest(document_id=document_id, digest=known, generation=generation)
        after = document_id


def _computed(reader: Reader, *, document_id: str) -> bytes:
    """Of a document stored before digests were kept."""
    snapshot = reader.scalar(select(documents.c.snapshot).where(documents.c.document_id == document_id))
    return merge(snapshot, [], clients=[]).digest if isinstance(snapshot, bytes) else b""


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


def all_clients(reader: Reader, *, document_id: str, generation: int) -> set[int]:
    """The client ids of every operation that counts in this generation of the document."""
    statement = select(operations.c.client_id).where(
        operations.c.document_id == document_id,
        operations.c.state == "merged",
        operations.c.generation == generation,
    )
    return {client for client in reader.column(statement) if isinstance(client, int)}


def merged_clients(reader: Reader, *, document_id: str, generation: int, clients: Iterable[int]) -> set[int]:
    """Those of the client ids that an operation that counts bore in this generation of the document."""
    statement = select(operations.c.client_id).where(
        operations.c.document_id == document_id,
        operations.c.state == "merged",
        operations.c.generation == generation,
        operations.c.client_id.in_(list(clients)),
    )
    return {client for client in reader.column(statement) if isinstance(client, int)}
