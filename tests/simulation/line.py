"""An office's line to the hub: the real engine's requests, carried by the simulated network."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

import msgspec

from edge_node.case_register import commands as register
from sync.replication import erasure, inbox, messages, refetch, verification
from sync.replication.engine import Engine
from sync.replication.identity import NodeKey, RequestToSign
from sync.replication.inbox import DocumentChanged
from sync.replication.messages import (
    PROTOCOL,
    CheckoutAnswer,
    CheckoutRequest,
    ErasureDone,
    HealAnswer,
    HealRequest,
    HelloAnswer,
    HelloRequest,
    PullAnswer,
    PushAnswer,
    PushRequest,
)
from sync.replication.transport import HubRefusal, SessionLost, TooLarge, Unreachable
from sync.replication.verification import Ask, Later, VerifyReport
from sync.storage import Transaction, link, replica
from sync.storage.upgrade import forget_copies
from tests.simulation.journal import Journal
from tests.simulation.machine import DiskFull, Machine, PowerCut
from tests.simulation.network import Network, Request
from tests.support.clock import SeededIds

FORBIDDEN = 403
PULL_LIMIT = 50  # small, so that a day's feed takes several answers
M = TypeVar("M", bound=msgspec.Struct)
FAILURES = (Unreachable, SessionLost, TooLarge, HubRefusal, PowerCut, DiskFull)


class Hears(Protocol):
    """What answers at the other end."""

    def answer(self, request: Request) -> bytes: ...


class Caller(msgspec.Struct, kw_only=True):
    """Who speaks over the line."""

    office_id: str
    key: NodeKey
    machine: Machine[Any]
    ids: SeededIds
    now: Callable[[], datetime]


class Line:
    """One node's conversation with the hub; ``push_once`` and ``pull_once`` as the client's two loops."""

    def __init__(self, caller: Caller, *, hub: Hears, network: Network, journal: Journal) -> None:
        self.caller = caller
        self._hub, self._network, self._journal = hub, network, journal
        self.receive = refetch.receive  # what a planted bug replaces
        self.on_greeted: Callable[[], None] = lambda: None
        self.pushes = 0  # that the hub took
        self.speaks = PROTOCOL
        self.boot()

    def boot(self) -> None:
        """Nothing of the session outlives a power cut."""
        self.engine = Engine(sign=self.caller.key.sign)
        self.is_turned_away = self.is_unknown = False

    def tried(self, step: Callable[[], bool]) -> bool:
        """Whether ``step`` moved something or is to be tried again at once; after a failure a node pauses."""
        try:
            return step()
        except SessionLost:
            self.engine.on_session_lost()
            return True
        except TooLarge:
            self.engine.on_too_large()
            return True
        except (Unreachable, HubRefusal, PowerCut, DiskFull) as failure:
            if isinstance(failure, HubRefusal) and failure.code == "node-unknown":
                self.is_unknown = True  # a restored hub has forgotten that it was let in
            self._journal.note("failed", self.caller.office_id, type(failure).__name__)
        return False

    def push_once(self) -> bool:
        """Greet, or push the head of the outbox; whether there was anything to say."""
        state = self.caller.machine.read(inbox.node_state)
        self.engine.protocol = min(self.speaks, self.engine.protocol)
        match self.engine.next_request(state, now=self.caller.now()):
            case HelloRequest() as hello:
                greeted = self._greet(hello)
                self._carry_out(self.engine.on_hello(greeted, state))
                self._journal.note("greeted", self.caller.office_id, greeted.status)
                if self.engine.nonce is not None:
                    self.on_greeted()
                return True
            case PushRequest() as push:
                pushed = self._ask("POST", "/sync/push", push, PushAnswer)
                self.pushes += 1
                self._carry_out(self.engine.on_push(pushed, state))
                return True
        return False

    def _greet(self, hello: HelloRequest) -> HelloAnswer:
        try:
            greeted = self._ask("POST", "/sync/hello", hello, HelloAnswer, nonce=self.caller.ids.new())
        except SessionLost as lost:  # refused at the door: as the client, it does not knock faster
            self.is_turned_away = True
            self.is_unknown = str(lost) == "signature-wrong"  # a restored hub has forgotten the key it came back with
            raise HubRefusal(FORBIDDEN, str(lost)) from lost
        self.is_turned_away, self.is_unknown = greeted.status == "upgrade", False
        return greeted

    def pull_once(self) -> bool:
        """Hear what the hub tells, or the next page of the whole scope; whether there was anything."""
        if self.engine.nonce is None or self.engine.is_parting:
            return False
        asked = self.caller.machine.read(replica.link)
        answer = self._ask("GET", refetch.pull_target(asked, limit=PULL_LIMIT, wait_seconds=0), None, PullAnswer)
        if answer.hub_incarnation != asked.hub_incarnation:
            raise SessionLost("another hub")
        now = self.caller.now()
        take = partial(self.receive, answer=answer, asked=asked, project=self._project, ids=self.caller.ids, now=now)
        self.caller.machine.run(take)
        doubted = self.caller.machine.read(partial(link.doubted, limit=PULL_LIMIT))
        for document_id in doubted:
            self._ask_for_doubted(document_id)
        is_more = asked.refetch_after is not None or bool(doubted)
        return bool(answer.items) or answer.cursor != asked.cursor or is_more

    def _ask_for_doubted(self, document_id: str) -> None:
        answer = self._ask("POST", "/sync/heal", HealRequest(document_id=document_id, snapshot=b""), HealAnswer)
        settle = partial(refetch.settle_doubt, document_id=document_id, answer=answer, project=self._project)
        self.caller.machine.run(settle)

    def check_out(self, *, number: str, second_factor: str) -> bool:
        """Fetch one case by its number; whether it came."""
        request = CheckoutRequest(number=number, second_factor=second_factor)
        item = self._ask("POST", "/sync/documents", request, CheckoutAnswer).item
        self.caller.machine.run(partial(inbox.receive_one, item=item, project=self._project, now=self.caller.now()))
        return True

    def verify(self) -> VerifyReport | None:
        """The nightly comparison with the hub; ``None`` where the line let it down."""
        caller = self.caller
        looking = verification.verify(caller.machine.store, project=self._project, ids=caller.ids, now=caller.now)
        answer: msgspec.Struct | None = None
        try:
            while True:
                wish = looking.send(answer)
                answer = (
                    self._ask(wish.method, wish.target, wish.message, wish.answer) if isinstance(wish, Ask) else None
                )
                if isinstance(wish, Later):
                    self.tried(self.push_once)
                    self.tried(self.pull_once)
        except StopIteration as ended:
            report: VerifyReport = ended.value
            return report
        except FAILURES:
            return None

    def finish_erasures(self) -> bool:
        """Leave nothing of what was erased on the disk, and tell the hub; whether there was anything to do."""
        machine = self.caller.machine
        due = machine.read(erasure.unconfirmed)
        if not due:
            return False
        document_ids = [each.document_id for each in due]
        machine.run(partial(erasure.finish_purge, document_ids=document_ids))
        machine.store.scrub()
        forget_copies(machine.path)
        self._carry(
            "POST", "/sync/erasures", ErasureDone(generations={each.document_id: each.generation for each in due})
        )
        machine.run(partial(erasure.mark_confirmed, document_ids=document_ids, now=self.caller.now()))
        return True

    def _carry_out(self, effects: list[Any]) -> None:
        self.caller.machine.run(partial(inbox.carry_out, effects=effects, ids=self.caller.ids, now=self.caller.now()))

    def _ask(
        self, method: str, target: str, message: msgspec.Struct | None, answer: type[M], *, nonce: str | None = None
    ) -> M:
        return messages.decode(self._carry(method, target, message, nonce=nonce), answer)

    def _carry(self, method: str, target: str, message: msgspec.Struct | None, *, nonce: str | None = None) -> bytes:
        body = b"" if message is None else messages.encode(message)
        nonce = nonce or self.engine.nonce
        if nonce is None:
            raise SessionLost("not greeted yet")
        covered = RequestToSign(method=method, target=target, body=body, nonce=nonce).covered()
        request = Request(
            office_id=self.caller.office_id,
            node_id=self.caller.machine.read(replica.stream).node_id,
            method=method,
            target=target,
            nonce=nonce,
            protocol=self.engine.protocol,
            body=body,
            signature=self.caller.key.sign(covered),
        )
        return self._network.carry(request, self._hub.answer)

    @staticmethod
    def _project(tx: Transaction, changed: DocumentChanged) -> None:
        if changed.kind != "case":
            return
        if changed.view is None:
            register.remove(tx, changed.document_id)
        else:
            register.project(tx, changed.document_id, changed.view)
