"""A hub that has too much to do says when to come again: the node does, and shows no cut line meanwhile."""

import asyncio
from functools import partial
from pathlib import Path

import httpx
import pytest

from sync.replication.blobs import BlobFolder
from sync.replication.client import HubClient
from sync.replication.engine import Engine
from sync.replication.identity import NodeKey
from sync.replication.transport import LATER_SECONDS_MAX, Later, Transport, Unreachable
from sync.storage import Store, replica
from tests.support.clock import HandClock, SeededIds

KEY = NodeKey.generate()
SECONDS = 2  # longer than the first pause after a failure ever is


class BusyHub:
    """Answers every request with ``answer``, and remembers when it was asked."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer
        self.asked_at: list[float] = []
        self.is_asked_again = asyncio.Event()

    async def __call__(self, _request: httpx.Request) -> httpx.Response:
        self.asked_at.append(asyncio.get_running_loop().time())
        if len(self.asked_at) > 1:
            self.is_asked_again.set()
        return self._answer

    def transport(self) -> Transport:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self), base_url="http://hub.test")
        return Transport(client, node_id="node-1", key=KEY)


def refusal(answer: httpx.Response) -> Unreachable:
    """What the node makes of the answer."""

    async def ask() -> Unreachable:
        with pytest.raises(Unreachable) as raised:
            await BusyHub(answer).transport().call("GET", "/sync/digest", nonce="n")
        return raised.value

    return asyncio.run(ask())


def later(answer: httpx.Response) -> int:
    """In how many seconds it comes again, as it was told."""
    raised = refusal(answer)
    assert isinstance(raised, Later)
    return raised.seconds


@pytest.mark.parametrize("status", [429, 503])
def test_it_is_told_when_to_come(status: int) -> None:
    assert later(httpx.Response(status, headers={"Retry-After": "7"})) == 7
    assert later(httpx.Response(status, headers={"Retry-After": "86400"})) == LATER_SECONDS_MAX


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "Sun, 22 Nov 2026 05:00:00 GMT"}, {"Retry-After": "-1"}])
def test_without_seconds_it_comes_again_as_after_any_failure(headers: dict[str, str]) -> None:
    assert not isinstance(refusal(httpx.Response(429, headers=headers)), Later)


def test_it_does_not_come_before_and_knows_that_the_line_is_up(tmp_path: Path) -> None:
    clock = HandClock()
    store = Store(tmp_path / "node.db", [replica.migrations])
    store.run_now(partial(replica.begin_stream, node_id="node-1", incarnation="one"))

    async def story() -> tuple[float, HubClient]:
        hub = BusyHub(httpx.Response(429, headers={"Retry-After": str(SECONDS)}))
        client = HubClient(
            store=store,
            transport=hub.transport(),
            engine=Engine(sign=KEY.sign, version="7"),
            project=lambda _tx, _changed: None,
            clock=clock,
            ids=SeededIds(clock),
            blob_folder=BlobFolder(tmp_path / "blobs"),
        )
        exchange = asyncio.create_task(client.exchange())
        await asyncio.wait_for(hub.is_asked_again.wait(), SECONDS * 10)
        exchange.cancel()
        await asyncio.gather(exchange, return_exceptions=True)
        return hub.asked_at[1] - hub.asked_at[0], client

    waited, client = asyncio.run(story())
    store.close()
    assert waited >= SECONDS
    assert client.health.offline_since is None
