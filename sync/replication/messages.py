"""The wire: msgpack under zstd over HTTP; every field that a later version adds has a default.

The version stands in the ``Vikno-Protocol`` header; unknown fields are ignored by msgspec, as they must be.
"""

from datetime import datetime
from typing import Literal, TypeVar

import msgspec
import zstandard

from sync.vocabulary.errors import InvalidInput

M = TypeVar("M", bound=msgspec.Struct)

PROTOCOL = 1
OPERATIONS_MAX = 500  # a push: what one durable append of the hub takes well under a second
PUSH_BYTES_MAX = 1 << 20
OPERATION_BYTES_MAX = 64 << 10
ANSWER_BYTES_MAX = 16 << 20  # decoded size of any message: a bomb stops here
PULL_ITEMS_MAX = 500
PULL_WAIT_SECONDS = 25
MEDIA_TYPE = "application/vnd.vikno+msgpack+zstd"

DocumentKind = Literal["case", "administrative_service", "office", "staff_member"]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one document, by one fresh client id; ``oseq`` is its place in its node's chain."""

    operation_id: str
    document_id: str
    kind: DocumentKind
    oseq: int
    client_id: int
    made_at: datetime
    update: bytes


class NumberLease(msgspec.Struct, frozen=True, kw_only=True):
    """The official counters ``first`` to ``last`` of ``year`` are this incarnation's alone."""

    year: int
    first: int
    last: int


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


class HelloAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``acknowledged_oseq``: how far the hub holds this chain durably; ``nonce`` signs every request that follows."""

    status: Literal["ok", "upgrade"]
    nonce: str
    hub_incarnation: str
    acknowledged_oseq: int
    server_time: datetime
    leases: tuple[NumberLease, ...] = ()


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


class PullItem(msgspec.Struct, frozen=True, kw_only=True):
    """``operation``: one change. ``snapshot``: a document newly in scope, whole. ``drop``: it left the scope."""

    seq: int
    what: Literal["operation", "snapshot", "drop"]
    document_id: str
    kind: DocumentKind
    operation_id: str | None = None
    client_id: int | None = None
    made_at: datetime | None = None
    update: bytes = b""


class PullAnswer(msgspec.Struct, frozen=True, kw_only=True):
    hub_incarnation: str
    cursor: int
    items: tuple[PullItem, ...] = ()


class CheckoutRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A citizen stands at another office: the number on her paper and the second factor she alone knows."""

    number: str
    second_factor: str


class CheckoutAnswer(msgspec.Struct, frozen=True, kw_only=True):
    item: PullItem


def encode(message: msgspec.Struct) -> bytes:
    """``message`` as it travels."""
    return zstandard.compress(msgspec.msgpack.encode(message), level=3)


def decode(body: bytes, type_: type[M]) -> M:
    """The message in ``body``.

    Raises:
        InvalidInput: it is no such message, or would grow beyond ``ANSWER_BYTES_MAX``.
    """
    try:
        # a size in the frame's header outranks the limit given below
        if zstandard.frame_content_size(body) > ANSWER_BYTES_MAX:
            raise InvalidInput(field="body", rule="size", maximum=ANSWER_BYTES_MAX)
        plain = zstandard.ZstdDecompressor().decompress(body, max_output_size=ANSWER_BYTES_MAX, allow_extra_data=False)
        return msgspec.msgpack.decode(plain, type=type_)
    except zstandard.ZstdError as error:
        raise InvalidInput(field="body", rule="zstd") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidInput(field="body", rule="message") from error
