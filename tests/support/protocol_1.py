"""The messages of the first protocol as its nodes read them: frozen, so that what a hub answers them is held to it."""

from datetime import datetime
from typing import Literal

import msgspec
import zstandard


class NumberLease(msgspec.Struct, frozen=True, kw_only=True):
    year: int
    first: int
    last: int


class HelloAnswer(msgspec.Struct, frozen=True, kw_only=True):
    status: Literal["ok", "upgrade"]
    nonce: str
    hub_incarnation: str
    acknowledged_oseq: int
    server_time: datetime
    leases: tuple[NumberLease, ...] = ()


class OperationResult(msgspec.Struct, frozen=True, kw_only=True):
    operation_id: str
    outcome: Literal["accepted", "duplicate", "quarantined"]
    code: str | None = None


class PushAnswer(msgspec.Struct, frozen=True, kw_only=True):
    results: tuple[OperationResult, ...]
    acknowledged_oseq: int


class PullItem(msgspec.Struct, frozen=True, kw_only=True):
    seq: int
    what: Literal["operation", "snapshot", "drop"]
    document_id: str
    kind: Literal["case", "administrative_service", "office", "staff_member"]
    operation_id: str | None = None
    client_id: int | None = None
    made_at: datetime | None = None
    update: bytes = b""


class PullAnswer(msgspec.Struct, frozen=True, kw_only=True):
    hub_incarnation: str
    cursor: int
    items: tuple[PullItem, ...] = ()


class CheckoutAnswer(msgspec.Struct, frozen=True, kw_only=True):
    item: PullItem


ANSWERS: dict[str, type[msgspec.Struct]] = {
    "hello": HelloAnswer,
    "push": PushAnswer,
    "pull": PullAnswer,
    "documents": CheckoutAnswer,
}


def read_as_first(target: str, body: bytes) -> msgspec.Struct:
    """What a node of the first protocol reads in the answer to ``/sync/…``."""
    call = target.removeprefix("/sync/").partition("?")[0]
    plain = zstandard.ZstdDecompressor().decompress(body, max_output_size=16 << 20)
    return msgspec.msgpack.decode(plain, type=ANSWERS[call])
