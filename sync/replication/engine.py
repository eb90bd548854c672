"""What a node says to the hub next, and what an answer means: no clock, no socket, no database.

The caller reads ``NodeState``, sends what ``next_request`` gives, and carries out the effects of the answer in one
transaction. Everything may be lost, doubled or late: a request is decided from the durable state alone, and the
session with the hub is the only thing remembered here.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

import msgspec

from sync.replication.identity import covered_head
from sync.replication.messages import (
    OPERATIONS_MAX,
    PROTOCOL,
    PUSH_BYTES_MAX,
    HelloAnswer,
    HelloRequest,
    NumberLease,
    Operation,
    OperationResult,
    PushAnswer,
    PushRequest,
)
from sync.storage.replica import Link, Stream

HEADER_BYTES = 200  # what an operation weighs beside its update, generously


class OutgoingOperation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that waits, and the chain's hash after it."""

    operation: Operation
    head_hash: bytes


class NodeState(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine decides from: where the chain and the link stand, and the head of the outbox."""

    stream: Stream
    link: Link
    outbox: tuple[OutgoingOperation, ...]
    numbers_left: dict[int, int]


class Leased(msgspec.Struct, frozen=True, kw_only=True):
    leases: tuple[NumberLease, ...]


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """The hub's word on each operation of a push."""

    results: tuple[OperationResult, ...]


class HeldUpTo(msgspec.Struct, frozen=True, kw_only=True):
    """The hub holds the chain durably up to here: an answer was lost, or a restored hub wants the rest again."""

    oseq: int


class CursorReset(msgspec.Struct, frozen=True, kw_only=True):
    """The hub is not the one last heard: what it says is heard again from the start."""

    hub_incarnation: str


class UpgradeNeeded(msgspec.Struct, frozen=True, kw_only=True):
    """The hub no longer speaks this node's protocol."""


Effect: TypeAlias = Leased | Settled | HeldUpTo | CursorReset | UpgradeNeeded


class Engine:
    """One node's conversation with the hub."""

    def __init__(self, *, sign: Callable[[bytes], bytes]) -> None:
        self._sign = sign
        self._operations_max = OPERATIONS_MAX
        self.nonce: str | None = None

    def next_request(self, state: NodeState, *, now: datetime) -> HelloRequest | PushRequest | None:
        """What to say now, or nothing."""
        if self.nonce is None:
            return HelloRequest(
                protocol=PROTOCOL,
                node_id=state.stream.node_id,
                incarnation=state.stream.incarnation,
                oseq=state.stream.oseq,
                head_hash=state.stream.head_hash,
                cursor=state.link.cursor,
                hub_incarnation=state.link.hub_incarnation,
                numbers_left=state.numbers_left,
                clock=now,
            )
        return self._push(state) if state.outbox else None

    def _push(self, state: NodeState) -> PushRequest:
        batch: list[OutgoingOperation] = []
        weight = 0
        for outgoing in state.outbox[: self._operations_max]:
            weight += len(outgoing.operation.update) + HEADER_BYTES
            if batch and weight > PUSH_BYTES_MAX:
                break
            batch.append(outgoing)
        head = batch[-1]
        covered = covered_head(
            node_id=state.stream.node_id,
            incarnation=state.stream.incarnation,
            oseq=head.operation.oseq,
            head_hash=head.head_hash,
        )
        return PushRequest(
            incarnation=state.stream.incarnation,
            operations=tuple(outgoing.operation for outgoing in batch),
            signature=self._sign(covered),
        )

    def on_hello(self, answer: HelloAnswer, state: NodeState) -> list[Effect]:
        """The hub greeted back: the session is open, and lost answers are made good."""
        if answer.status == "upgrade":
            return [UpgradeNeeded()]
        self.nonce = answer.nonce
        effects: list[Effect] = [HeldUpTo(oseq=answer.acknowledged_oseq)]
        if answer.leases:
            effects.append(Leased(leases=answer.leases))
        if state.link.hub_incarnation != answer.hub_incarnation:
            effects.append(CursorReset(hub_incarnation=answer.hub_incarnation))
        return effects

    def on_push(self, answer: PushAnswer) -> list[Effect]:
        """The hub has appended the batch durably."""
        self._operations_max = OPERATIONS_MAX
        return [Settled(results=answer.results)]

    def on_too_large(self) -> None:
        """The hub took no such batch: the next is half of it."""
        self._operations_max = max(1, self._operations_max // 2)

    def on_session_lost(self) -> None:
        """The hub does not know the session, or where the chain stands: greet again."""
        self.nonce = None
