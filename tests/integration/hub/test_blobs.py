"""Scans over a line that is torn anywhere, to and from the hub's real server."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from shutil import copy

import httpx
import pytest
import uvicorn

from central_hub.app import Surroundings, create_app
from central_hub.node_gateway import queries
from central_hub.settings import HubSettings
from central_hub.storage import HubStore, replica
from central_hub.storage.transaction import Transaction
from edge_node.app import MIGRATIONS
from sync.replication import blob_rows
from sync.replication.blob_exchange import BlobExchange
from sync.replication.blob_rows import PendingBlob
from sync.replication.blobs import CHUNK_BYTES, BlobFolder
from sync.replication.transport import Transport, Unreachable
from sync.storage import Store
from sync.web.serving import QuietServer
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode

CONTENT = random.Random(5).randbytes(5 * CHUNK_BYTES + 4321)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
BLOB = PendingBlob(sha256=SHA256, size=len(CONTENT), media_type="application/pdf")


def name_it(store: HubStore, *offices: str, sha256: str = SHA256) -> None:
    """A case that these offices read names the file."""

    def name(tx: Transaction) -> None:
        queries.refer_to_blobs(tx, document_id="case-1", hashes=[sha256])
        for office_id in offices:
            now = HandClock().now()
            replica.add_grant(tx, document_id="case-1", scope=f"office/{office_id}", reason="home", now=now)

    store.run_now(name)


class TornLine:
    """A relay that breaks a connection after so many bytes from the node, or from the hub."""

    def __init__(self, hub_port: int) -> None:
        self._hub_port = hub_port
        self._passing: set[asyncio.Task[None]] = set()
        self.up_bytes: int | None = None
        self.down_bytes: int | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._pass, host="127.0.0.1", port=0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            for task in tuple(self._passing):
                task.cancel()
            await asyncio.gather(*self._passing, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)
        hub_reader, hub_writer = await asyncio.open_connection("127.0.0.1", self._hub_port)
        try:
            with suppress(ConnectionError):
                await asyncio.gather(self._pump(reader, hub_writer, "up"), self._pump(hub_reader, writer, "down"))
        finally:
            for each in (writer, hub_writer):
                each.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        while piece := await reader.read(16_384):
            left = getattr(self, f"{way}_bytes")
            if left is not None:
                writer.write(piece[:left])
                await writer.drain()
                setattr(self, f"{way}_bytes", max(0, left - len(piece)))
                if left <= len(piece):
                    setattr(self, f"{way}_bytes", None)
                    raise ConnectionResetError
            else:
                writer.write(piece)
                await writer.drain()
        raise ConnectionResetError


@asynccontextmanager
async def serving(store: HubStore, folder: Path, clock: HandClock) -> AsyncIterator[int]:
    """The hub's app on a port."""
    app = create_app(
        Surroundings(settings=HubSettings(folder=folder), store=store, clock=clock, ids=SeededIds(clock, 3))
    )
    server = QuietServer(uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait for
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


def open_store(folder: Path) -> Store:
    folder.mkdir(exist_ok=True)
    return Store(folder / "node.db", MIGRATIONS)


@asynccontextmanager
async def exchange(node: HubNode, address: str, folder: Path, clock: HandClock) -> AsyncIterator[BlobExchange]:
    """The node's side, with a database of its own."""
    store = open_store(folder)
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=10) as client:
        store.bind_loop(asyncio.get_running_loop())
        made = BlobExchange(
            store=store,
            transport=Transport(client, node_id=node.node_id, key=node.key),
            folder=BlobFolder(folder / "blobs"),
            clock=clock,
            nonce=lambda: node.nonce,
        )
        try:
            yield made
        finally:
            store.bind_loop(None)
            store.close()


def in_folder(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "blobs").rglob("*") if path.is_file())


@pytest.fixture
def database_url(tmp_path: Path, sqlite_city: Path) -> str:
    """Files are the same over either database."""
    copy(sqlite_city, tmp_path / "hub.db")
    return f"sqlite:///{tmp_path / 'hub.db'}"


@asynccontextmanager
async def joined(store: HubStore, port: int, office_id: str, clock: HandClock, *, seed: int) -> AsyncIterator[HubNode]:
    """A node of the office, enrolled and greeted."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as client:
        node = HubNode(client, store, office_id=office_id, clock=clock, ids=SeededIds(clock, seed))
        await asyncio.to_thread(node.join)
        yield node


def queue(exchanging: BlobExchange, *, content: bytes = CONTENT) -> None:
    exchanging.folder.put(content)
    exchanging._store.run_now(partial(blob_rows.queue_upload, blob=BLOB, lane="case", now=HandClock().now()))


async def send_all(exchanging: BlobExchange) -> int:
    """Send until nothing waits; how often the line was torn."""
    tears = 0
    while exchanging._store.read_now(blob_rows.count_pending):
        try:
            await exchanging.send_step()
        except Unreachable:
            tears += 1
    return tears


@pytest.mark.anyio
async def test_an_upload_torn_ten_times_anywhere_goes_on_where_it_was(store: HubStore, tmp_path: Path) -> None:
    clock, chance = HandClock(), random.Random(11)
    name_it(store, "SHV")
    async with serving(store, tmp_path, clock) as port, joined(store, port, "SHV", clock, seed=5) as node:
        line = TornLine(port)
        async with line.open() as address, exchange(node, address, tmp_path / "node", clock) as exchanging:
            queue(exchanging)
            tears = 0
            for place in range(10):
                if place % 2:
                    line.down_bytes = chance.randrange(1, 200)  # the chunk is kept, and its answer lost
                else:
                    line.up_bytes = chance.randrange(1, 2 * CHUNK_BYTES)
                with suppress(Unreachable):
                    while line.up_bytes is not None or line.down_bytes is not None:
                        await exchanging.send_step()
                tears += 1
            await send_all(exchanging)
        assert BlobFolder(tmp_path / "blobs").get(SHA256) == CONTENT
        assert in_folder(tmp_path) == [SHA256]
        assert store.read_now(partial(queries.has_blob, sha256=SHA256))
    assert tears == 10


@pytest.mark.anyio
async def test_a_download_torn_ten_times_goes_on_after_a_restart_of_the_node(store: HubStore, tmp_path: Path) -> None:
    clock, chance = HandClock(), random.Random(12)
    name_it(store, "SHV")
    BlobFolder(tmp_path / "blobs").put(CONTENT)
    async with serving(store, tmp_path, clock) as port, joined(store, port, "SHV", clock, seed=5) as node:
        line = TornLine(port)
        async with line.open() as address:
            held = 0
            for _ in range(10):
                async with exchange(node, address, tmp_path / "node", clock) as exchanging:
                    line.down_bytes = chance.randrange(1, CHUNK_BYTES * 3 // 2)
                    with pytest.raises(Unreachable):
                        await exchanging.fetch(BLOB)
                    was, held = held, exchanging.folder.held(SHA256, owner="fetched")
                    assert held >= was
                    if held > 3 * CHUNK_BYTES:
                        break
            assert held
            async with exchange(node, address, tmp_path / "node", clock) as exchanging:
                await exchanging.fetch(BLOB)
                assert exchanging._store.read_now(partial(blob_rows.is_uploaded, sha256=SHA256))
    assert in_folder(tmp_path / "node") == [SHA256]


@pytest.mark.anyio
async def test_two_nodes_bring_the_same_file_at_once(store: HubStore, tmp_path: Path) -> None:
    clock = HandClock()
    name_it(store, "SHV", "KYV")
    async with (
        serving(store, tmp_path, clock) as port,
        joined(store, port, "SHV", clock, seed=5) as shv,
        joined(store, port, "KYV", clock, seed=6) as kyv,
        exchange(shv, f"http://127.0.0.1:{port}", tmp_path / "shv", clock) as first,
        exchange(kyv, f"http://127.0.0.1:{port}", tmp_path / "kyv", clock) as second,
    ):
        queue(first)
        queue(second)
        await asyncio.gather(send_all(first), send_all(second))
        assert (first._store.read_now(blob_rows.use).pending_bytes, in_folder(tmp_path)) == (0, [SHA256])


@pytest.mark.anyio
async def test_a_file_that_rotted_before_the_hub_had_it_is_said_and_blocks_nothing(
    store: HubStore, tmp_path: Path
) -> None:
    clock = HandClock()
    name_it(store, "SHV")
    async with (
        serving(store, tmp_path, clock) as port,
        joined(store, port, "SHV", clock, seed=5) as node,
        exchange(node, f"http://127.0.0.1:{port}", tmp_path / "node", clock) as exchanging,
    ):
        queue(exchanging)
        exchanging.folder.path(SHA256).write_bytes(b"x" + CONTENT[1:])
        await send_all(exchanging)
        kinds = exchanging._store.read_now(lambda reader: reader.column("select kind from replica_alarms"))
    assert (kinds, in_folder(tmp_path)) == (["blob-damaged"], [])


@pytest.mark.anyio
async def test_operations_go_before_the_next_chunk(store: HubStore, tmp_path: Path) -> None:
    clock = HandClock()
    name_it(store, "SHV")
    async with (
        serving(store, tmp_path, clock) as port,
        joined(store, port, "SHV", clock, seed=5) as node,
        exchange(node, f"http://127.0.0.1:{port}", tmp_path / "node", clock) as exchanging,
    ):
        queue(exchanging)
        await exchanging.send_step()
        waiting = "insert into replica_operations (operation_id, document_id, kind, client_id, oseq, made_at, state) "
        exchanging._store.run_now(lambda tx: tx.execute(f"{waiting} values ('o', 'd', 'case', 1, 1, 't', 'waiting')"))
        hub_folder = BlobFolder(tmp_path / "blobs")
        before = hub_folder.held(SHA256, owner=node.node_id)
        await exchanging.send_step()
        assert hub_folder.held(SHA256, owner=node.node_id) == before == CHUNK_BYTES
        exchanging._store.run_now(lambda tx: tx.execute("update replica_operations set state = 'acknowledged'"))
        await send_all(exchanging)
    assert hub_folder.get(SHA256) == CONTENT


@pytest.mark.anyio
async def test_a_file_whose_case_the_hub_does_not_know_yet_waits(store: HubStore, tmp_path: Path) -> None:
    clock = HandClock()
    async with (
        serving(store, tmp_path, clock) as port,
        joined(store, port, "SHV", clock, seed=5) as node,
        exchange(node, f"http://127.0.0.1:{port}", tmp_path / "node", clock) as exchanging,
    ):
        queue(exchanging)
        await exchanging.send_step()
        assert exchanging._store.read_now(blob_rows.count_pending) == 1
        name_it(store, "SHV")
        clock.move(seconds=21)
        await send_all(exchanging)
    assert in_folder(tmp_path) == [SHA256]


@pytest.mark.anyio
async def test_whole_requests_of_the_first_protocol_still_work(store: HubStore, tmp_path: Path) -> None:
    clock = HandClock()
    name_it(store, "SHV")
    async with serving(store, tmp_path, clock) as port, joined(store, port, "SHV", clock, seed=5) as node:
        answer = await asyncio.to_thread(partial(node.send, "PUT", f"/blobs/{SHA256}", CONTENT))
        assert answer.status_code == 204
        fetched = await asyncio.to_thread(partial(node.send, "GET", f"/blobs/{SHA256}"))
    assert fetched.content == CONTENT
    assert in_folder(tmp_path) == [SHA256]
