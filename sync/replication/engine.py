"""What a node says to the hub next, and what an answer means: no clock, no socket, no database.

The caller reads ``NodeState``, sends what ``next_request`` gives, and carries out the effects of the answer in one
transaction. Everything may be lost, doubled or late: a request is decided from the durable state alone, and the
session with the hub is the only thing remembered here.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from sync.replication.identity import covered_head
from sync.replication.messages import (
    OPERATIONS_MAX,
    PROTOCOL,
    PROTOCOLS,
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
    """What the engine decides from: where the chain and the link stand, the head of the outbox, numbers held."""

    stream: Stream
    link: Link
    outbox: tuple[OutgoingOperation, ...]
    numbers_left: dict[int, int]
    acknowledged_oseq: int = 0
    acknowledged_hash: bytes = b""
    leases: tuple[NumberLease, ...] = ()


class GiveUpNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """Draw no more from the ranges held so far: a restored hub cannot tell whether this machine was put back too."""


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


class Refetch(msgspec.Struct, frozen=True, kw_only=True):
    """The feed cannot be gone on with: every document of the scope is fetched whole, then the feed goes on."""

    hub_incarnation: str


class BeginIncarnation(msgspec.Struct, frozen=True, kw_only=True):
    """The hub holds more of this chain than the node: begin another, and hear what was lost from the hub."""


class Freeze(msgspec.Struct, frozen=True, kw_only=True):
    """Say nothing more until a technician enrols the node anew."""

    why: Literal["forked", "revoked"]


class HubTime(msgspec.Struct, frozen=True, kw_only=True):
    """The hub's clock at its answer, and the moment before which nothing it took can be lost."""

    at: datetime
    durable_at: datetime | None


class UpgradeNeeded(msgspec.Struct, frozen=True, kw_only=True):
    """The hub speaks no protocol of this node's."""


Effect: TypeAlias = (
    GiveUpNumbers
    | Leased
    | Settled
    | HeldUpTo
    | CursorReset
    | Refetch
    | BeginIncarnation
    | Freeze
    | HubTime
    | UpgradeNeeded
)


class Engine:
    """One node's conversation with the hub; ``version`` is the software's, for the hub's eyes only."""

    def __init__(self, *, sign: Callable[[bytes], bytes], version: str = "") -> None:
        self._sign = sign
        self._version = version
        self._limit = self._operations_max = OPERATIONS_MAX  # the hub's word, and what it took of late
        self._bytes_max = PUSH_BYTES_MAX
        self._cut_off_oseq: int | None = None
        self._greeted_as: str | None = None  # the incarnation that the session is of
        self.protocol = PROTOCOL  # of every request until the session ends
        self.nonce: str | None = None

    @property
    def is_parting(self) -> bool:
        """The hub has retired this node: it takes what counts, and any other question would end the session."""
        return self._cut_off_oseq is not None

    def next_request(self, state: NodeState, *, now: datetime) -> HelloRequest | PushRequest | None:
        """What to say now, or nothing; a frozen node says nothing."""
        if state.link.frozen is not None:
            return None
        sendable = self._sendable(state)
        is_greeted = self.nonce is not None and self._greeted_as == state.stream.incarnation
        if not is_greeted or (self._cut_off_oseq is not None and not sendable):
            return self._hello(state, now=now)
        return self._push(state, sendable) if sendable else None

    def _sendable(self, state: NodeState) -> tuple[OutgoingOperation, ...]:
        if self._cut_off_oseq is None:
            return state.outbox
        return tuple(each for each in state.outbox if each.operation.oseq <= self._cut_off_oseq)

    def _hello(self, state: NodeState, *, now: datetime) -> HelloRequest:
        return HelloRequest(
            protocol=self.protocol,
            node_id=state.stream.node_id,
            incarnation=state.stream.incarnation,
            oseq=state.stream.oseq,
            head_hash=state.stream.head_hash,
            cursor=state.link.cursor,
            hub_incarnation=state.link.hub_incarnation,
            numbers_left=state.numbers_left,
            clock=now,
            acknowledged_oseq=state.acknowledged_oseq,
            acknowledged_hash=state.acknowledged_hash,
            leases=state.leases,
            version=self._version,
        )

    def _push(self, state: NodeState, sendable: tuple[OutgoingOperation, ...]) -> PushRequest:
        batch: list[OutgoingOperation] = []
        weight = 0
        for outgoing in sendable[: self._operations_max]:
            weight += len(outgoing.operation.update) + HEADER_BYTES
            if batch and weight > self._bytes_max:
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
        """The hub greeted back: the session is open, or the node begins anew, freezes, or speaks an older protocol."""
        self.nonce, self._cut_off_oseq, self._greeted_as = None, None, state.stream.incarnation
        self._limit = max(1, min(answer.operations_max, OPERATIONS_MAX))
        self._operations_max = min(self._operations_max, self._limit)
        self._bytes_max = min(answer.push_bytes_max, PUSH_BYTES_MAX)
        match answer.status:
            case "upgrade":
                return self._fall_back(answer)
            case "rewound":
                return [BeginIncarnation()]
            case "forked":
                return [Freeze(why="forked")]
            case "revoked":
                return self._finish(answer, state)
            case "ok" | "hub_restored" | "refetch":
                return self._go_on(answer, state)

    def _go_on(self, answer: HelloAnswer, state: NodeState) -> list[Effect]:
        """The session is open; lost answers are made good, and what the hub says is heard from where it must be."""
        self.nonce = answer.nonce
        effects: list[Effect] = [HubTime(at=answer.server_time, durable_at=answer.durable_at)]
        is_same_hub = state.link.hub_incarnation == answer.hub_incarnation
        if answer.status == "hub_restored" or not is_same_hub:
            effects.append(GiveUpNumbers())
        if answer.leases:
            effects.append(Leased(leases=answer.leases))
        # after the numbers, whose seal names the incarnation that greeted: here another may begin
        effects.append(HeldUpTo(oseq=answer.acknowledged_oseq))
        if answer.status == "ok" and not is_same_hub:
            effects.append(CursorReset(hub_incarnation=answer.hub_incarnation))
        # a refetch that is under way with this hub goes on where it is
        if answer.status != "ok" and not (is_same_hub and state.link.refetch_after is not None):
            effects.append(Refetch(hub_incarnation=answer.hub_incarnation))
        return effects

    def _fall_back(self, answer: HelloAnswer) -> list[Effect]:
        """Greet again in the highest protocol that both speak and that was not tried yet."""
        common = [each for each in PROTOCOLS if each in answer.protocols and each < self.protocol]
        if not common:
            self.protocol = PROTOCOL
            return [UpgradeNeeded()]
        self.protocol = max(common)
        return []

    def _finish(self, answer: HelloAnswer, state: NodeState) -> list[Effect]:
        """Revoked: what was made before the cut-off may still be told, in as many pushes as it takes."""
        cut_off_oseq = answer.cut_off_oseq or 0
        if min(cut_off_oseq, state.stream.oseq) <= answer.acknowledged_oseq:
            return [HeldUpTo(oseq=answer.acknowledged_oseq), Freeze(why="revoked")]
        self.nonce, self._cut_off_oseq = answer.nonce, cut_off_oseq
        return [HeldUpTo(oseq=answer.acknowledged_oseq)]

    def on_push(self, answer: PushAnswer, state: NodeState) -> list[Effect]:
        """The hub has appended the batch durably; where it holds more than the node made, the greeting says why."""
        self._operations_max = self._limit
        if answer.acknowledged_oseq > state.stream.oseq:  # a copy of this disk speaks too, or it is one
            self.on_session_lost()
        return [Settled(results=answer.results)]

    def on_too_large(self) -> None:
        """The hub took no such batch: the next is half of it."""
        self._operations_max = max(1, self._operations_max // 2)

    def on_session_lost(self) -> None:
        """The hub does not know the session, or where the chain stands: greet again, in the latest protocol first."""
        self.nonce, self._cut_off_oseq = None, None
        self.protocol = PROTOCOL
