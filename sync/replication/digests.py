"""Two replicas compared without sending them: 256 buckets of 8 bytes over every document of a scope.

An entry covers a document's id, digest and generation; a bucket is the XOR of its entries, so the order of documents
and the way they are read do not matter.
"""

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from sync.documents import document as documents
from sync.documents.document import DIGEST_BYTES
from sync.replication.messages import DIGEST_BUCKETS
from sync.storage.transaction import Reader

PAGE_ROWS = 2_000  # what is held in memory while a scope is read


class DocumentDigest(msgspec.Struct, frozen=True, kw_only=True):
    """What a bucket covers of one document."""

    document_id: str
    digest: bytes
    generation: int = 0

    @property
    def entry(self) -> bytes:
        covered = self.document_id.encode() + b"\0" + self.digest + self.generation.to_bytes(8)
        return hashlib.sha256(covered).digest()[:DIGEST_BYTES]


def bucket_of(document_id: str) -> int:
    """Which of the 256 a document falls into."""
    return hashlib.sha256(document_id.encode()).digest()[0]


def buckets_of(found: Iterable[DocumentDigest]) -> bytes:
    """All buckets, one after another."""
    sums = [0] * DIGEST_BUCKETS
    for document in found:
        sums[bucket_of(document.document_id)] ^= int.from_bytes(document.entry)
    return b"".join(total.to_bytes(DIGEST_BYTES) for total in sums)


def differing(mine: bytes, theirs: bytes) -> list[int]:
    """The buckets in which two replicas differ."""
    places = range(0, DIGEST_BUCKETS * DIGEST_BYTES, DIGEST_BYTES)
    return [
        place // DIGEST_BYTES
        for place in places
        if mine[place : place + DIGEST_BYTES] != theirs[place : place + DIGEST_BYTES]
    ]


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    document_id: str
    digest: bytes
    generation: int
    snapshot: bytes | None


def of_node(reader: Reader) -> Iterator[DocumentDigest]:
    """Every document this node holds, but for those kept apart: the hub tells it nothing of them."""
    after = ""
    while rows := reader.rows(_OF_NODE, _Row, after=after, limit=PAGE_ROWS):
        for row in rows:
            yield DocumentDigest(
                document_id=row.document_id, digest=row.digest or _computed(row.snapshot), generation=row.generation
            )
        after = rows[-1].document_id


def _computed(snapshot: bytes | None) -> bytes:
    """Of a document stored before digests were kept."""
    return documents.merge(snapshot, [], clients=[]).digest if snapshot else b""


# the bytes are read only where there is no digest beside them
_OF_NODE = """
    select document_id, digest, generation, case when digest = x'' then snapshot end as snapshot
    from replica_documents
    where document_id > :after and document_id not in (select document_id from replica_blocks where code = 'apart')
    order by document_id limit :limit
"""
