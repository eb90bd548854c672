"""The wire: msgpack under zstd over HTTP; every field that a later version adds has a default.

The version stands in the ``Vikno-Protocol`` header; unknown fields are ignored by msgspec, as they must be.
"""

from datetime import datetime
from typing import Literal, TypeVar

import msgspec
import zstandard

from sync.vocabulary.errors import InvalidInput

M = TypeVar("M", bound=msgspec.Struct)

PROTOCOL = 2
PROTOCOLS = (1, 2)  # what this version speaks with the other side, which may be a version behind or ahead
OPERATIONS_MAX = 500  # a push: what one durable append of the hub takes well under a second
PUSH_BYTES_MAX = 1 << 20
OPERATION_BYTES_MAX = 64 << 10
ANSWER_BYTES_MAX = 16 << 20  # decoded size of any message: a bomb stops here
SMALL_BYTES_MAX = 256 << 10  # decoded size of a message that carries no documents: what a greeting of years holds
PULL_ITEMS_MAX = 500
PULL_WAIT_SECONDS = 25
MEDIA_TYPE = "application/vnd.vikno+msgpack+zstd"

DIGEST_BUCKETS = 256
BLOB_OFFSET_HEADER = "Vikno-Offset"  # how much of a blob the other side has already
BLOB_SIZE_HEADER = "Vikno-Size"  # of the whole, beside a part of it

DocumentKind = str  # case, appointment_day, administrative_service, office, staff_member; a later version adds others


class Operation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of one document, by one fresh client id; ``oseq`` is its place in its node's chain.

    What a later version adds has a default and travels, and is hashed, only where it differs from it: so a chain of an
    earlier version keeps its hashes. ``generation`` is that of the document: an erasure begins the next. ``rebase_of``
    names the quarantined operation after whose loss this change was made anew.
    """

    operation_id: str
    document_id: str
    kind: DocumentKind
    oseq: int
    client_id: int
    made_at: datetime
    update: bytes
    generation: int = 0
    rebase_of: str | None = None


class NumberLease(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The official counters ``first`` to ``last`` of ``year`` are this incarnation's alone.

    ``seal`` is the hub's word for it: a hub restored from a backup believes a lease it forgot by its seal.
    """

    year: int
    first: int
    last: int
    seal: bytes = b""
    incarnation: str = ""  # that drew from it, where it is an earlier one than that which speaks


class EnrolRequest(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    node_id: str
    incarnation: str
    public_key: bytes  # Ed25519, 32 bytes
    office_id: str


class EnrolAnswer(msgspec.Struct, frozen=True, kw_only=True):
    hub_incarnation: str
    office_id: str


class HelloRequest(msgspec.Struct, frozen=True, kw_only=True):
    protocol: int
    node_id: str
    incarnation: str
    oseq: int
    head_hash: bytes
    cursor: int
    hub_incarnation: str | None
    numbers_left: dict[int, int]  # counters not drawn yet, by year
    clock: datetime
    acknowledged_oseq: int = 0  # how far the hub said it holds this chain,
    acknowledged_hash: bytes = b""  # and the chain's hash there
    leases: tuple[NumberLease, ...] = ()  # held now, and drawn from before: what a restored hub may not know
    version: str = ""  # of the software


HelloStatus = Literal["ok", "rewound", "forked", "revoked", "hub_restored", "refetch", "upgrade"]


class HelloAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``acknowledged_oseq``: how far the hub holds this chain durably; ``nonce`` signs every request that follows.

    ``ok``: go on. ``rewound``: the hub holds more of this chain than the node: begin a new incarnation. ``forked``:
    other operations under these numbers, or a later incarnation speaks: two machines write as one; say nothing until
    enrolled anew. ``revoked``: operations up to ``cut_off_oseq`` are still taken, nothing else. ``hub_restored``: the
    hub is not the one last heard: push again from ``acknowledged_oseq``, draw from the leases told here alone, and
    refetch. ``refetch``: the cursor is below the horizon of the feed: fetch every document of the scope as a snapshot.
    ``upgrade``: speak one of ``protocols``.
    """

    status: HelloStatus
    nonce: str
    hub_incarnation: str
    acknowledged_oseq: int
    server_time: datetime
    leases: tuple[NumberLease, ...] = ()
    cut_off_oseq: int | None = None
    protocols: tuple[int, ...] = (1,)
    durable_at: datetime | None = None  # what the hub took before this moment also survives the loss of its disk
    authorities: tuple[bytes, ...] = ()  # certificates (PEM) of the authorities to trust from now on
    operations_max: int = OPERATIONS_MAX  # of a push,
    push_bytes_max: int = PUSH_BYTES_MAX  # and its updates together, until the next greeting


class PushRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the chain; ``signature`` covers the hash of its head, and so all of it."""

    incarnation: str
    operations: tuple[Operation, ...]
    signature: bytes


class OperationResult(msgspec.Struct, frozen=True, kw_only=True):
    operation_id: str
    outcome: Literal["accepted", "duplicate", "quarantined"]
    code: str | None = None


class PushAnswer(msgspec.Struct, frozen=True, kw_only=True):
    results: tuple[OperationResult, ...]
    acknowledged_oseq: int


PullWhat = Literal["operation", "snapshot", "drop", "erase", "quarantined", "released", "discarded"]


class PullItem(msgspec.Struct, frozen=True, kw_only=True):
    """``operation``: one change, ``is_own`` where this node made it in an earlier incarnation.

    ``snapshot``: a document newly in scope, whole. ``drop``: it left the scope.
    ``erase``: only ``update``, a redacted snapshot of ``generation``, may remain of the document. ``quarantined``: the
    node's own ``operation_id`` was taken durably, but does not count, by ``code``; ``update`` is the document as it
    counts, empty where there is none or the node does not read it. Where it ``is_awaited``, there is none, or what the
    node changed after it is to be made anew with ``rebase_of``; else all of that is judged for itself as it was sent.
    ``released``: it counts after all. ``discarded``: it never will.
    """

    seq: int
    what: PullWhat
    document_id: str
    kind: DocumentKind
    operation_id: str | None = None
    client_id: int | None = None
    made_at: datetime | None = None
    update: bytes = b""
    code: str | None = None
    generation: int = 0
    is_own: bool = False
    is_awaited: bool = True


class PullAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``refetch_after``: while the node refetches, the document id to go on after; ``None`` when all were told."""

    hub_incarnation: str
    cursor: int
    items: tuple[PullItem, ...] = ()
    refetch_after: str | None = None


class DigestAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``buckets``: 256 × 8 bytes over the node's scope, as the hub told it up to ``seq``.

    ``unmerged``: how many of the node's own operations are taken and not merged yet.
    """

    seq: int
    buckets: bytes
    unmerged: int = 0


class DigestBucket(msgspec.Struct, frozen=True, kw_only=True):
    """The entries of the documents of one bucket, by document id."""

    documents: dict[str, bytes]


class HealRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A document whose digests differ: what the node holds of it; empty where it holds nothing."""

    document_id: str
    snapshot: bytes


class HealAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The document as the hub holds it after looking at the node's; ``None`` when it is none of the node's.

    ``is_kept``: the hub does not know it: the node's copy stays where it is, and a person looks at what it showed.
    """

    item: PullItem | None
    is_kept: bool = False


class ErasureDone(msgspec.Struct, frozen=True, kw_only=True):
    """The node purged everything of these documents before these generations."""

    generations: dict[str, int]


class KeyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The node's next public key, signed by the key it replaces (as every request) and by itself (``proof``)."""

    public_key: bytes
    proof: bytes


class CheckoutRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A citizen stands at another office: the number on her paper and the second factor she alone knows."""

    number: str
    second_factor: str


class CheckoutAnswer(msgspec.Struct, frozen=True, kw_only=True):
    item: PullItem


def encode(message: msgspec.Struct) -> bytes:
    """``message`` as it travels."""
    return zstandard.compress(msgspec.msgpack.encode(message), level=3)


def decode(body: bytes, type_: type[M], *, bytes_max: int = ANSWER_BYTES_MAX) -> M:
    """The message in ``body``.

    Raises:
        InvalidInput: it is no such message, or would grow beyond ``bytes_max``.
    """
    try:
        # a size in the frame's header outranks the limit given below
        if zstandard.frame_content_size(body) > bytes_max:
            raise InvalidInput(field="body", rule="size", maximum=bytes_max)
        plain = zstandard.ZstdDecompressor().decompress(body, max_output_size=bytes_max, allow_extra_data=False)
        return msgspec.msgpack.decode(plain, type=type_)
    except zstandard.ZstdError as error:
        raise InvalidInput(field="body", rule="zstd") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(field="body", rule="message") from error
