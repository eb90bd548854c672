"""The hub of the simulated city: the gateway's real commands over the real store, asked as its controllers ask them."""

from collections.abc import Callable, Container
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from central_hub.node_gateway import commands, queries
from central_hub.node_gateway.controllers.authentication import as_speaker
from central_hub.node_gateway.model import (
    ChainForked,
    Node,
    NodeForked,
    NodeRetired,
    NodeUnknown,
    NotReleasable,
    ProtocolMismatch,
    Sessions,
    Speaker,
)
from central_hub.provisioning.commands import begin_anew
from central_hub.storage import HubStore
from central_hub.storage.replica import CITY, office_scope, scopes_by_document
from central_hub.storage.tables import alarms, operations, streams
from sync.replication import messages
from sync.replication.identity import RequestToSign, verify
from sync.replication.messages import (
    PROTOCOLS,
    CheckoutAnswer,
    CheckoutRequest,
    ErasureDone,
    HealRequest,
    HelloAnswer,
    HelloRequest,
    PullAnswer,
    PushAnswer,
    PushRequest,
)
from sync.replication.transport import SESSION_CODES, HubRefusal, SessionLost, TooLarge, Unreachable
from sync.vocabulary.errors import Forbidden, Refusal
from tests.simulation.clocks import MachineClock
from tests.simulation.journal import Journal
from tests.simulation.machine import DiskFull, Machine, PowerCut
from tests.simulation.network import Request
from tests.support.clock import SeededIds

TOO_LARGE = 413
UNEXPECTED = (SQLAlchemyError, LookupError, ValueError, TypeError)  # a 500: a bug, whatever was sent
MERGED_AT_ONCE = 50


_OF_LIFE = (streams.c.node_id == operations.c.node_id) & (streams.c.incarnation == operations.c.incarnation)
_LEFT_BEHIND = (operations.c.quarantine_code == "depends-on-quarantined") & streams.c.ended_at.is_not(None)
_SET_APART = (
    select(operations.c.operation_id)
    .join(streams, _OF_LIFE)
    .where(operations.c.state == "quarantined")
    .where((operations.c.quarantine_code == "out-of-scope") | _LEFT_BEHIND)
    .order_by(operations.c.arrival)
)


_FOUND = (
    select(operations.c.operation_id, operations.c.document_id, operations.c.body)
    .where(operations.c.state == "quarantined", operations.c.quarantine_code == "found")
    .order_by(operations.c.arrival)
)


class Found(msgspec.Struct):
    """What an office brought of a case that the hub lacks."""

    operation_id: str
    document_id: str
    body: bytes | None


def open_hub(path: Path) -> HubStore:
    return HubStore(f"sqlite:///{path}")


def pragma(tx: Any, text: str) -> Any:
    return tx._connection.exec_driver_sql(f"pragma {text}").scalar()


class SimulatedHub:
    """``answer`` is the gateway; sessions live in its memory, so a power cut ends them."""

    def __init__(self, path: Path, *, clock: MachineClock, seed: int, journal: Journal) -> None:
        self.clock, self.journal = clock, journal
        self.ids = SeededIds(clock, seed)
        self.sessions = Sessions()
        self.machine = Machine(path, open_store=open_hub, pragma=pragma)
        self.machine.on_boot = self._boot
        self.broken_promises: list[str] = []
        self.was_restored = False
        self.restores = 0  # noted beside the backup
        self.heard: list[tuple[Speaker, PushRequest, PushAnswer]] = []
        self.overheard: list[str] = []
        self.files: Any = None  # of a city whose clerks scan
        self.bugs: list[str] = []  # what the gateway should never raise
        self._reviewed: set[str] = set()  # since the last restore
        self.commands: dict[str, Callable[..., Any]] = {
            "push": commands.push,
            "pull": queries.pull,
            "merge": commands.merge_received,
        }

    def _boot(self) -> None:
        """Sessions are gone; what was acknowledged must not be."""
        self.sessions = Sessions()
        self._look_for(self.heard)

    def _look_for(self, heard: list[tuple[Speaker, PushRequest, PushAnswer]]) -> None:
        """Whatever was acknowledged is here."""
        sent = {each.operation_id for _, push, _answer in heard for each in push.operations}
        statement = select(operations.c.operation_id)
        here = set(self.machine.read(lambda reader: reader.column(statement)))
        self.broken_promises += sorted(sent - here)

    def answer(self, request: Request) -> bytes:
        """The body of the answer.

        Raises:
            Unreachable, SessionLost, TooLarge, HubRefusal: as the node's transport tells them apart.
        """
        try:
            answer = self._answer(request)
        except (PowerCut, DiskFull) as error:
            self.journal.note("hub failed", type(error).__name__)
            raise Unreachable("500") from error
        except UNEXPECTED as error:
            self.bugs.append(f"{request.target}: {error!r:.300}")
            raise Unreachable("500") from error
        except Refusal as refusal:
            self.journal.note("refused", request.target, refusal.code)
            raise _as_heard(refusal) from refusal
        self.journal.note("answered", request.office_id, request.target, _gist(answer))
        return b"" if answer is None else messages.encode(answer)

    def _answer(self, request: Request) -> Any:
        node = self._signing_node(request)
        path = urlsplit(request.target).path
        if path == "/sync/hello":
            return self._hello(request, node)
        speaker = self._speaker(request, node)
        if path.startswith("/blobs/"):
            return self.files.answer(self.machine, speaker, request, now=self.clock.now())
        words = path.removeprefix("/sync/").split("/")
        return self._told(speaker, words, request) if request.method == "GET" else self._did(speaker, words[0], request)

    def _told(self, speaker: Speaker, words: list[str], request: Request) -> Any:
        match words:
            case ["pull"]:
                return self._pull(speaker, parse_qs(urlsplit(request.target).query, keep_blank_values=True))
            case ["digest"]:
                return self.machine.read(partial(queries.digest, speaker=speaker))
            case ["digest", bucket]:
                return self.machine.read(partial(queries.digest_bucket, speaker=speaker, bucket=int(bucket)))
        raise LookupError(request.target)

    def _did(self, speaker: Speaker, word: str, request: Request) -> Any:
        now, body = self.clock.now(), request.body
        match word:
            case "push":
                return self._push(speaker, messages.decode(body, PushRequest))
            case "documents":
                found = self.machine.read(partial(commands.recognise, request=messages.decode(body, CheckoutRequest)))
                grant = partial(commands.check_out, speaker=speaker, found=found, now=now)
                return CheckoutAnswer(item=self.machine.run(grant))
            case "heal":
                asked = messages.decode(body, HealRequest)
                return self.machine.run(partial(commands.heal, speaker=speaker, request=asked, now=now))
            case "erasures":
                done = messages.decode(body, ErasureDone)
                self.machine.run(partial(commands.confirm_erasures, speaker=speaker, done=done, now=now))
                return None
        raise LookupError(request.target)

    def _signing_node(self, request: Request) -> Node:
        node: Node | None = self.machine.read(partial(queries.node, node_id=request.node_id))
        if node is None:
            raise NodeUnknown
        covered = RequestToSign(
            method=request.method, target=request.target, body=request.body, nonce=request.nonce
        ).covered()
        verify(node.public_key, request.signature, covered)
        return node

    def _speaker(self, request: Request, node: Node) -> Speaker:
        if node.retired_at is not None and not request.target.startswith("/sync/push"):
            raise NodeRetired
        if request.protocol not in PROTOCOLS:
            raise ProtocolMismatch(protocol=PROTOCOLS[-1])
        incarnation = self.sessions.incarnation(node_id=node.node_id, nonce=request.nonce, now=self.clock.now())
        if incarnation in node.ended:
            raise NodeForked
        return as_speaker(node, incarnation, protocol=request.protocol)

    def _hello(self, request: Request, node: Node) -> HelloAnswer:
        hello = messages.decode(request.body, HelloRequest)
        if hello.node_id != node.node_id:
            raise Forbidden
        if request.protocol != hello.protocol:
            raise ProtocolMismatch(protocol=PROTOCOLS[-1])
        self.sessions.hear_hello(node_id=node.node_id, nonce=request.nonce)
        now = self.clock.now()
        speaker = as_speaker(node, hello.incarnation, protocol=hello.protocol)
        answer = self.machine.run(partial(commands.greet, speaker=speaker, hello=hello, now=now))
        heard: HelloAnswer = commands.for_protocol(answer, hello.protocol)
        if heard.status not in commands.OPENS_SESSION:
            return heard
        nonce = self.ids.new()
        self.sessions.open(node_id=node.node_id, incarnation=hello.incarnation, nonce=nonce, now=now)
        return msgspec.structs.replace(heard, nonce=nonce)

    def _push(self, speaker: Speaker, pushed: PushRequest) -> PushAnswer:
        if pushed.incarnation != speaker.incarnation:
            raise Forbidden
        push = partial(self.commands["push"], speaker=speaker, request=pushed, now=self.clock.now())
        try:
            answer: PushAnswer = self.machine.run(push)
        except ChainForked:
            self.machine.run(partial(commands.note_fork, speaker=speaker, now=self.clock.now()))
            raise
        self.heard.append((speaker, pushed, answer))
        self._look_for(self.heard[-1:])
        return answer

    def _pull(self, speaker: Speaker, asked: dict[str, list[str]]) -> PullAnswer:
        refetch = asked["refetch"][0] if "refetch" in asked else None
        cursor, limit = int(asked["cursor"][0]), int(asked["limit"][0])
        read = partial(self.commands["pull"], speaker=speaker, cursor=cursor, limit=limit, refetch=refetch)
        answer: PullAnswer = self.machine.read(read)
        self._look_for_foreign(speaker, answer)
        return answer

    def _look_for_foreign(self, speaker: Speaker, answer: PullAnswer) -> None:
        """Nobody is told of a document that nobody of theirs reads; the night's comparison would only take it back."""
        told = {item.document_id for item in answer.items if item.what in {"operation", "snapshot"}}
        readers = self.machine.read(partial(scopes_by_document, document_ids=told))
        theirs = {CITY, office_scope(speaker.office_id)}
        self.overheard += [
            f"{speaker.office_id} was told of {each}" for each in told if not readers.get(each, set()) & theirs
        ]

    def merge(self, *, limit: int) -> bool:
        """One step of the merging process; whether there was anything to merge."""
        try:
            merged = self.machine.run(partial(self.commands["merge"], limit=limit, now=self.clock.now()))
        except (PowerCut, DiskFull) as error:
            self.journal.note("hub failed", type(error).__name__)
            return False
        except UNEXPECTED as error:
            self.bugs.append(f"merge: {error!r:.300}")
            return False
        self.journal.note("merged", merged)
        return bool(merged)

    def review(self, *, poisoned: Container[str]) -> int:
        """A person lets count what only came from an office no more in scope, as it worked before it heard of that.

        And what an ended life of a node was to make anew. Each once: what an operation follows may be missing for good.
        """
        found = self.machine.read(lambda reader: reader.column(_SET_APART))
        honest = [str(each) for each in found if each not in poisoned and each not in self._reviewed]
        self._reviewed.update(honest)
        for operation_id in honest:
            now = self.clock.now()
            release = partial(commands.release, operation_id=operation_id, actor_id="reviewer", office_id=None, now=now)
            with suppress(NotReleasable):
                self.machine.surely(release)
                self.journal.note("released", operation_id)
        return len(honest)

    def forked(self) -> set[str]:
        """The nodes of which people were told that two machines write as one."""
        statement = select(alarms.c.subject).where(alarms.c.kind == "forked")
        return set(self.machine.read(lambda reader: reader.column(statement)))

    def look_through_found(self, is_right: Callable[["Found"], bool]) -> bool:
        """A person lets count what only an office holds, or discards it; whether there was any."""
        rows = self.machine.read(lambda reader: reader.rows(_FOUND, Found))
        for found in rows:
            decide = commands.release if is_right(found) else commands.discard
            who = {"operation_id": found.operation_id, "actor_id": "reviewer", "office_id": None}
            self.machine.surely(partial(decide, **who, now=self.clock.now()))
            self.journal.note("found", found.document_id, decide.__name__)
        return bool(rows)

    # -- mishaps -----------------------------------------------------------------------------------------------------

    def restore(self) -> None:
        """Yesterday's disk, as another incarnation of the hub: what it acknowledged since, its nodes keep."""
        self.heard.clear()
        self._reviewed.clear()
        self.was_restored = True
        self.machine.restore()
        begin = partial(begin_anew, incarnation=self.ids.new(), now=self.clock.now(), restores=self.restores)
        self.machine.surely(begin)
        self.restores += 1


def _gist(answer: Any) -> object:
    """What of an answer is the same in every run: snapshots of equal documents differ in their bytes."""
    match answer:
        case PullAnswer():
            return [(item.seq, item.what, item.document_id, item.operation_id) for item in answer.items]
        case PushAnswer():
            return [(result.operation_id, result.outcome, result.code) for result in answer.results]
        case HelloAnswer():
            leases = [(each.year, each.first, each.last) for each in answer.leases]  # every hub has seals of its own
            return (answer.status, answer.acknowledged_oseq, leases)
    return type(answer).__name__


def _as_heard(refusal: Refusal) -> Exception:
    """What the node's transport makes of the problem it is sent."""
    if refusal.status == TOO_LARGE:
        return TooLarge()
    if refusal.code in SESSION_CODES:
        return SessionLost(refusal.code)
    return HubRefusal(refusal.status, refusal.code)
