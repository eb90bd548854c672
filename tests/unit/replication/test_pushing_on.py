"""While the hub takes one stretch of the chain the node settles the one before: none is told twice, none is left."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import msgspec
import pytest

from sync.replication import messages, outbox
from sync.replication.blobs import BlobFolder
from sync.replication.client import HubClient
from sync.replication.engine import Engine
from sync.replication.identity import NodeKey
from sync.replication.messages import HelloAnswer, OperationResult, PushAnswer, PushRequest
from sync.replication.outbox import Change
from sync.replication.transport import Transport
from sync.storage import Store, quarantine, replica
from tests.support.clock import HandClock, SeededIds

KEY = NodeKey.generate()
AT_ONCE = 10
MADE = 25
CUT_OFF = 15
SECONDS_MAX = 30


class TakingHub:
    """Takes ``AT_ONCE`` operations in a push and nothing else; ``fails_at`` are the pushes that it loses, by number."""

    def __init__(self, clock: HandClock, *, fails_at: frozenset[int] = frozenset()) -> None:
        self._clock = clock
        self._fails_at = fails_at
        self.pushes: list[list[int]] = []
        self.asked: str | None = None  # that it should not be asked

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        match request.url.path:
            case "/sync/hello":
                return self._answer(
                    HelloAnswer(
                        status="ok",
                        nonce="n",
                        hub_incarnation="hub-1",
                        acknowledged_oseq=0,
                        server_time=self._clock.now(),
                        operations_max=AT_ONCE,
                    )
                )
            case "/sync/push":
                return self._take(messages.decode(request.content, PushRequest))
            case _:
                await asyncio.Event().wait()  # there are no news
                raise AssertionError

    def _take(self, push: PushRequest) -> httpx.Response:
        self.pushes.append([each.oseq for each in push.operations])
        if len(self.pushes) in self._fails_at:
            return httpx.Response(502)
        results = tuple(OperationResult(operation_id=each.operation_id, outcome="accepted") for each in push.operations)
        return self._answer(PushAnswer(results=results, acknowledged_oseq=push.operations[-1].oseq))

    @staticmethod
    def _answer(message: HelloAnswer | PushAnswer) -> httpx.Response:
        return httpx.Response(200, content=messages.encode(message))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store(tmp_path: Path, clock: HandClock) -> Iterator[Store]:
    """A node that made ``MADE`` changes without a line."""
    opened = Store(tmp_path / "node.db", [replica.migrations])
    opened.run_now(partial(replica.begin_stream, node_id="node-1", incarnation="one"))
    ids = SeededIds(clock)
    for number in range(MADE):
        change = Change(document_id=f"case-{number % 3}", fields={"a": number})
        opened.run_now(partial(outbox.record, change=change, operation_id=ids.new(), now=clock.now()))
    yield opened
    opened.close()


def told(store: Store, hub: TakingHub, clock: HandClock, folder: Path) -> None:
    """Keep the line until nothing waits."""
    client = HubClient(
        store=store,
        transport=Transport(
            httpx.AsyncClient(transport=httpx.MockTransport(hub), base_url="http://hub.test"), node_id="node-1", key=KEY
        ),
        engine=Engine(sign=KEY.sign),
        project=lambda _tx, _changed: None,
        clock=clock,
        ids=SeededIds(clock, 2),
        blob_folder=BlobFolder(folder / "blobs"),
    )
    asyncio.run(_until_told(store, client.exchange))


async def _until_told(store: Store, exchange: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.timeout(SECONDS_MAX), asyncio.TaskGroup() as group:
        line = group.create_task(_kept(exchange))
        while (await store.read(replica.backlog)).count and (await store.read(replica.link)).frozen is None:
            pass
        line.cancel()


class PartingHub(TakingHub):
    """Has retired the node: takes what it made up to ``CUT_OFF``; any other question ends its session."""

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path not in {"/sync/hello", "/sync/push"}:
            self.asked = request.url.path
            return httpx.Response(403, json={"code": "node-retired"})
        answer = await super().__call__(request)
        if request.url.path == "/sync/push":
            return answer
        greeted = messages.decode(answer.content, HelloAnswer)
        held = self.pushes[-1][-1] if self.pushes else 0
        return self._answer(
            msgspec.structs.replace(greeted, status="revoked", acknowledged_oseq=held, cut_off_oseq=CUT_OFF)
        )


async def _kept(exchange: Callable[[], Awaitable[None]]) -> None:
    await exchange()


def test_a_backlog_is_told_in_order_and_each_operation_once(store: Store, clock: HandClock, tmp_path: Path):
    hub = TakingHub(clock)
    told(store, hub, clock, tmp_path)
    assert hub.pushes == [list(range(1, 11)), list(range(11, 21)), list(range(21, 26))]


def test_a_stretch_whose_answer_is_lost_is_told_again_and_those_before_it_are_not(
    store: Store, clock: HandClock, tmp_path: Path
):
    hub = TakingHub(clock, fails_at=frozenset({2}))
    told(store, hub, clock, tmp_path)
    assert hub.pushes == [list(range(1, 11)), list(range(11, 21)), list(range(11, 21)), list(range(21, 26))]
    assert store.read_now(replica.acknowledged_oseq) == MADE


def test_a_retired_node_tells_what_counts_and_asks_for_nothing_it_could_not_take(
    store: Store, clock: HandClock, tmp_path: Path
):
    refused = {"seq": 1, "what": "snapshot", "document_id": "case-0", "operation_id": None, "body": b""}
    store.run_now(partial(quarantine.refuse_item, **refused, why="ValueError", now=clock.now()))
    hub = PartingHub(clock)
    told(store, hub, clock, tmp_path)
    assert hub.pushes == [list(range(1, 11)), list(range(11, CUT_OFF + 1))]
    assert hub.asked is None
    assert store.read_now(replica.link).frozen == "revoked"
