"""A node's outbox pushed over HTTP to a real hub, signed and merged, beside rows that are only carried and kept."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import httpx
import msgspec
import pytest
import zstandard

from edge_node.intake import commands as intake
from edge_node.intake.model import CaseApplication
from edge_node.replay.applicants import synthetic_applicant
from sync.documents.document import view
from sync.replication import inbox, leases
from sync.replication.engine import Engine
from sync.replication.messages import HelloAnswer, PushAnswer, PushRequest
from sync.replication.transport import Transport
from sync.storage import Reader, Transaction, replica
from sync.vocabulary.identifiers.tracking import SALT_HEX_LENGTH, Sealed, second_factor
from tests.benchmarks.measure import (
    Figures,
    PlainDatabase,
    cpu_seconds,
    own_cpu_seconds,
    peak_mebibytes,
    utc_now,
)
from tests.support.builders import an_application
from tests.support.clock import SeededIds
from tests.support.front_desk import FrontDesk
from tests.support.hub_node import HubNode
from tests.support.processes import Hub, Served, free_port

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

ROUNDS = 3
CASES_A_ROUND = 1_000
BATCH = 500
SENT = "update rows set is_sent = 1 where id = ?"
OUTBOX = "create table rows (id text primary key, kind text, body blob, is_sent integer)"


class Carried:
    """Bytes of the requests of one client."""

    def __init__(self) -> None:
        self.body_bytes = 0

    async def count(self, request: httpx.Request) -> None:
        self.body_bytes += len(request.content)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    served = Hub(tmp_path)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def floor_hub(tmp_path: Path) -> Iterator[Served]:
    port = free_port()
    arguments = [sys.executable, "-m", "tests.benchmarks.bare", str(port), str(tmp_path)]
    served = Served(arguments, port=port, log=tmp_path / "floor.log")
    served.start()
    yield served
    served.stop()


class Node:
    """An office with a real store, enrolled with a real hub, whose numbers were leased there."""

    def __init__(self, folder: Path, hub: Hub) -> None:
        self.desk = FrontDesk(folder)
        self._people = 0
        self._move_to(utc_now())
        with httpx.Client(base_url=hub.nodes_address, verify=hub.trust(), trust_env=False) as client:
            known = HubNode(client, None, office_id="SHV", clock=self.desk.clock, ids=SeededIds(self.desk.clock, 2))
            self.desk.do(replica.restart_stream, incarnation=known.incarnation)
            self.desk.do(Transaction.execute, "update replica_stream set node_id = :node_id", node_id=known.node_id)
            assert known.enrol(hub.token("SHV").partition(".")[0]).is_success
            while len(known.numbers) < ROUNDS * CASES_A_ROUND:
                for lease in known.hello().leases:
                    self.desk.do(leases.accept, lease)
        self.key, self.node_id = known.key, known.node_id
        self.address, self.trust = hub.nodes_address, hub.trust()

    def _move_to(self, now: datetime) -> None:
        self.desk.clock.move(seconds=(now - self.desk.clock.now()).total_seconds())

    def fill_outbox(self) -> None:
        """Register a round's cases, each of another person: what repeats would be pressed to nothing."""
        by, ids = self.desk.who("oksana"), self.desk.ids
        for _ in range(CASES_A_ROUND):
            self._people += 1
            application = an_application(applicant=synthetic_applicant(self._people, seed="bench"))
            salt = f"{self._people:064x}"[-SALT_HEX_LENGTH:]
            digits = sha256(salt.encode()).hexdigest()
            sealed = Sealed(salt=salt, factor=factor_of(application), tracking_hash=f"{salt}${digits}")
            command = partial(
                intake.register_case, application=application, by=by, sealed=sealed, now=self.desk.clock.now(), ids=ids
            )
            self.desk.store.run_now(command)

    async def push_all(self, carried: Carried) -> int:
        """Greet, then push until the outbox is empty, settling each answer durably; how many were accepted."""
        store, accepted = self.desk.store, 0
        engine = Engine(sign=self.key.sign)
        hooks = {"request": [carried.count]}
        async with httpx.AsyncClient(
            base_url=self.address, verify=self.trust, event_hooks=hooks, trust_env=False, timeout=60
        ) as client:
            transport = Transport(client, node_id=self.node_id, key=self.key)
            while request := engine.next_request(state := await store.read(inbox.node_state), now=utc_now()):
                if isinstance(request, PushRequest):
                    pushed = await transport.ask(
                        "POST", "/sync/push", nonce=engine.nonce or "", message=request, answer=PushAnswer
                    )
                    accepted += sum(result.outcome == "accepted" for result in pushed.results)
                    effects = engine.on_push(pushed)
                else:
                    nonce = self.desk.ids.new()
                    greeted = await transport.ask(
                        "POST", "/sync/hello", nonce=nonce, message=request, answer=HelloAnswer
                    )
                    effects = engine.on_hello(greeted, state)
                    carried.body_bytes = 0
                await store.run(partial(inbox.carry_out, effects=effects, ids=self.desk.ids, now=utc_now()))
        return accepted


def factor_of(application: CaseApplication) -> str:
    """What tracking will ask; its hash here is any 64 digits, for sealing thousands would take a minute."""
    return second_factor(phone=application.applicant.phone, document_number=application.applicant.document_number)


def records_of(node: Node) -> list[tuple[str, str, bytes]]:
    """What the cases in the outbox say, as records without history."""

    def read(reader: Reader) -> list[tuple[str, str, bytes]]:
        waiting = replica.waiting_operations(reader, limit=-1)
        stored = [replica.document(reader, document_id=operation.document_id) for operation in waiting]
        return [
            (document.document_id, document.kind, msgspec.msgpack.encode(view(document.snapshot)))
            for document in stored
            if document is not None
        ]

    return node.desk.store.read_now(read)


async def push_floor(path: Path, address: str, carried: Carried) -> None:
    """The same records from a plain outbox to a plain table: msgpack and zstd, batches of 500, FULL at both ends."""
    outbox = PlainDatabase(path, [])
    hooks = {"request": [carried.count]}
    async with httpx.AsyncClient(base_url=address, event_hooks=hooks, trust_env=False, timeout=60) as client:
        while rows := outbox.rows("select id, kind, body from rows where is_sent = 0 limit ?", (BATCH,)):
            body = zstandard.compress(msgspec.msgpack.encode(rows), level=3)
            answer = await client.post("/push", content=body)
            kept = msgspec.msgpack.decode(answer.content, type=list[str])
            outbox.write((SENT, (row_id,)) for row_id in kept)
    outbox.close()


def test_push_and_merge(hub: Hub, floor_hub: Served, tmp_path: Path, figures: Figures) -> None:
    node = Node(tmp_path, hub)
    rates, floors, wire, floor_wire, hub_cpu, node_cpu = [], [], [], [], [], []
    for place in range(ROUNDS):
        node.fill_outbox()
        records = records_of(node)
        outbox_path = tmp_path / f"outbox-{place}.db"
        plain = PlainDatabase(outbox_path, [OUTBOX])
        plain.write(("insert into rows values (?, ?, ?, 0)", record) for record in records)
        plain.close()

        carried, spent, own = Carried(), cpu_seconds(hub.pid), own_cpu_seconds()
        begun = perf_counter()
        assert asyncio.run(node.push_all(carried)) == CASES_A_ROUND
        rates.append(CASES_A_ROUND / (perf_counter() - begun))
        hub_cpu.append((cpu_seconds(hub.pid) - spent) / CASES_A_ROUND * 1000)
        node_cpu.append((own_cpu_seconds() - own) / CASES_A_ROUND * 1000)
        wire.append(carried.body_bytes / CASES_A_ROUND)

        carried, begun = Carried(), perf_counter()
        asyncio.run(push_floor(outbox_path, floor_hub.address, carried))
        floors.append(CASES_A_ROUND / (perf_counter() - begun))
        floor_wire.append(carried.body_bytes / CASES_A_ROUND)
    with closing(sqlite3.connect(tmp_path / "floor.db")) as connection:
        assert connection.execute("select count(*) from rows").fetchone() == (ROUNDS * CASES_A_ROUND,)
    figures.note("operations pushed and merged at the hub", rates, "/s", floors=floors)
    figures.note("  bytes a document on the wire", wire, "B", floors=floor_wire)
    figures.note("  CPU seconds of the hub for 1,000", hub_cpu, "s")
    figures.note("  CPU seconds of the node for 1,000", node_cpu, "s")
    figures.note("  peak memory of the hub", [peak_mebibytes(hub.pid)], "MiB", floors=[peak_mebibytes(floor_hub.pid)])
    node.desk.close()
