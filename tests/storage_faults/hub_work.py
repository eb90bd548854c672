"""A morning of the hub over its real store: pushes appended, merged behind, numbers leased; told when durable."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from sqlalchemy.exc import OperationalError

from central_hub.node_gateway import commands
from central_hub.node_gateway.model import NodeUnknown, Speaker
from central_hub.provisioning import commands as provisioning
from central_hub.storage import HubStore
from central_hub.storage.transaction import Transaction
from sync.replication.identity import chain_hash
from sync.replication.messages import PROTOCOL, EnrolRequest, HelloRequest, PushAnswer, PushRequest
from tests.storage_faults.told import Told, tell
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode

DATABASE = "hub.db"
CASES = 3  # registered between two pushes
ROUNDS_BETWEEN_CHECKPOINTS = 3
OFFICE = "SHV"


def address(folder: Path) -> str:
    return f"sqlite:///{folder / DATABASE}"


def found(folder: Path) -> None:
    """A hub of a city that has just begun."""
    clock = HandClock()
    ids = SeededIds(clock)
    store = HubStore(address(folder))
    store.run_now(partial(provisioning.begin_city, incarnation=ids.new(), ids=ids, now=clock.now()))
    store.close()


class HubWork:
    """One process of the hub, over ``folder``, and a node that speaks to it; ``seed`` draws the ids."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        self._folder = folder
        self._clock = HandClock()
        self._clock.move(hours=seed)
        self._ids = SeededIds(self._clock, seed)
        self._store = HubStore(address(folder))
        self._node = HubNode(None, self._store, office_id=OFFICE, clock=self._clock, ids=self._ids)
        self._speaker = Speaker(
            node_id=self._node.node_id,
            office_id=OFFICE,
            public_key=self._node.key.public_key,
            incarnation=self._node.incarnation,
        )
        self._pushed = 0

    def close(self) -> None:
        self._store.close()

    def live(self, rounds: int) -> None:
        """Rounds of work; a failing disk fails single commands, never the process."""
        acts = (self.enrol, self.greet, *(act for place in range(rounds) for act in self._round(place)))
        for act in acts:
            try:
                act()
            except (OperationalError, sqlite3.Error) as error:
                tell(Told(error=str(error).splitlines()[0]))

    def _round(self, place: int) -> Iterator["partial[None]"]:
        yield partial(self.push)
        yield partial(self.merge)
        if place % ROUNDS_BETWEEN_CHECKPOINTS == ROUNDS_BETWEEN_CHECKPOINTS - 1:
            yield partial(self.greet)
            yield partial(self.checkpoint)

    def enrol(self) -> None:
        now, node = self._clock.now(), self._node
        token = self._ids.new()
        self._store.run_now(partial(provisioning.make_token, token=token, office_id=OFFICE, now=now))
        request = EnrolRequest(
            token=token,
            node_id=node.node_id,
            incarnation=node.incarnation,
            public_key=node.key.public_key,
            office_id=OFFICE,
        )
        self._store.run_now(partial(provisioning.enrol, request=request, now=now))
        tell(Told(enrolled=node.node_id))

    def greet(self) -> None:
        """The node greets and is leased numbers; one whose enrolment met a full disk is enrolled again."""
        try:
            self._greet()
        except NodeUnknown:
            self.enrol()
            self._greet()

    def _greet(self) -> None:
        now = self._clock.now()
        hello = HelloRequest(
            protocol=PROTOCOL,
            node_id=self._node.node_id,
            incarnation=self._node.incarnation,
            oseq=len(self._node.chain),
            head_hash=chain_hash(b"", tuple(self._node.chain)),
            cursor=0,
            hub_incarnation=None,
            numbers_left={},
            clock=now,
        )
        greeted = self._store.run_now(partial(commands.greet, speaker=self._speaker, hello=hello, now=now))
        for lease in greeted.leases:
            self._node.numbers += range(lease.first, lease.last + 1)
            tell(Told(leased=(lease.first, lease.last)))

    def push(self) -> None:
        """Cases and a step, or what was not answered before, in one batch."""
        node = self._node
        for _ in range(CASES if node.numbers else 0):
            case = node.case()
            node.change(case.document_id, event="handed_over")
        self._clock.move(minutes=1)
        request = node.push_request(self._pushed + 1)
        if not request.operations:
            return
        answer = self._store.run_now(partial(self._append, request=request))
        self._pushed = answer.acknowledged_oseq
        tell(Told(held=answer.acknowledged_oseq, node=node.node_id))

    def _append(self, tx: Transaction, request: PushRequest) -> PushAnswer:
        return commands.push(tx, speaker=self._speaker, request=request, now=self._clock.now())

    def merge(self) -> None:
        merge = partial(commands.merge_received, limit=50, now=self._clock.now())
        while self._store.run_now(merge):
            pass
        tell(Told(merged=self._pushed, node=self._node.node_id))

    def checkpoint(self) -> None:
        """What a commit does by itself after a thousand pages."""
        with closing(sqlite3.connect(self._folder / DATABASE)) as connection:
            connection.execute("pragma wal_checkpoint(passive)")
