"""An office of the first version: its database as that version left it, and what it had told the hub by then.

The file was made by that version and is never made anew: of three registered cases the hub acknowledged the first; the
second says something, in a field and in an event, that no version knows yet.
"""

import asyncio
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx
import msgspec
import zstandard

from central_hub.directory.commands import put_staff
from central_hub.node_gateway.model import Speaker
from central_hub.node_gateway.queries import save_lease
from central_hub.storage import HubStore, Transaction
from sync.ambient import SystemClock, SystemIds
from sync.replication import enrolment
from sync.replication.identity import NodeKey, covered_head
from sync.replication.messages import (
    EnrolRequest,
    HelloAnswer,
    HelloRequest,
    NumberLease,
    Operation,
    PushAnswer,
    PushRequest,
)
from sync.replication.transport import Transport
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Role, StaffMember
from tests.support.processes import Hub

LEFT = Path(__file__).parents[1] / "conversations" / "protocol_1_node.db.zst"
OFFICE_ID = OfficeId("KYV")
OLENA = StaffMember(  # she registered the cases
    id=StaffId("01K91QW0000000000000000001"),
    login="olena",
    name="Олена Петренко",
    roles=frozenset({Role.ADMINISTRATOR}),
    office_id=OFFICE_ID,
)
LEASE = NumberLease(year=2026, first=1, last=2_000)
FROM_THE_FUTURE = "KYV-2026-0000002-1"
NUMBERS = ("KYV-2026-0000001-3", FROM_THE_FUTURE, "KYV-2026-0000003-9")


def put_down(folder: Path, *, port: int, hub: Hub) -> None:
    """The node's folder as it was; and at ``hub`` what had come of it: its numbers, its people, its first case."""
    folder.mkdir()
    key = NodeKey.generate()
    key.save(folder / "node.key")
    settings = f'office_id = "{OFFICE_ID}"\n\n[listen]\nport = {port}\n\n[hub]\nurl = "{hub.nodes_address}"\n'
    (folder / "edge-node.toml").write_text(settings, encoding="utf-8")
    database = folder / "node.db"
    database.write_bytes(zstandard.decompress(LEFT.read_bytes()))
    with closing(sqlite3.connect(database)) as node, node:
        node.row_factory = sqlite3.Row
        hub_incarnation = asyncio.run(_tell(node, key, hub=hub))
        node.execute("update replica_link set hub_incarnation = ?", (hub_incarnation,))


async def _tell(node: sqlite3.Connection, key: NodeKey, *, hub: Hub) -> str:
    """Enrol, greet and push the first operation, in the first protocol; who the hub is."""
    stream = node.execute("select * from replica_stream").fetchone()
    speaker = Speaker(
        node_id=stream["node_id"],
        office_id=OFFICE_ID,
        public_key=key.public_key,
        incarnation=stream["incarnation"],
        protocol=1,
    )
    secret, known_by = enrolment.split(hub.token(OFFICE_ID))
    request = EnrolRequest(
        token=secret,
        node_id=speaker.node_id,
        incarnation=speaker.incarnation,
        public_key=key.public_key,
        office_id=OFFICE_ID,
    )
    enrolment.send(hub.nodes_address, request, known_by=known_by)
    store = HubStore(f"sqlite:///{hub.folder / 'hub.db'}")
    store.run_now(partial(_remember, speaker=speaker))
    store.close()
    push = _first_push(node, key, speaker=speaker)
    hello = HelloRequest(
        protocol=1,
        node_id=speaker.node_id,
        incarnation=speaker.incarnation,
        oseq=stream["oseq"],
        head_hash=stream["head_hash"],
        cursor=0,
        hub_incarnation=None,
        numbers_left={LEASE.year: LEASE.last},
        clock=SystemClock().now(),
    )
    async with httpx.AsyncClient(base_url=hub.nodes_address, verify=hub.trust(), trust_env=False) as client:
        transport = Transport(client, node_id=speaker.node_id, key=key)
        transport.protocol = 1
        greeted = await transport.ask("POST", "/sync/hello", nonce="first", message=hello, answer=HelloAnswer)
        pushed = await transport.ask("POST", "/sync/push", nonce=greeted.nonce, message=push, answer=PushAnswer)
    assert [result.outcome for result in pushed.results] == ["accepted"]
    return greeted.hub_incarnation


def _remember(tx: Transaction, *, speaker: Speaker) -> None:
    """Who works at the office, and which numbers the node has."""
    now = SystemClock().now()
    put_staff(tx, OLENA, ids=SystemIds(), now=now)
    save_lease(tx, speaker, LEASE, now=now)


def _first_push(node: sqlite3.Connection, key: NodeKey, *, speaker: Speaker) -> PushRequest:
    row = dict(node.execute("select *, body as 'update' from replica_operations where oseq = 1").fetchone())
    covered = covered_head(
        node_id=speaker.node_id, incarnation=speaker.incarnation, oseq=row["oseq"], head_hash=row["hash"]
    )
    operation = msgspec.convert(row, type=Operation)
    return PushRequest(incarnation=speaker.incarnation, operations=(operation,), signature=key.sign(covered))
