"""How long a node waits for which answer of the hub."""

import asyncio

import httpx
import pytest

from sync.replication.identity import NodeKey
from sync.replication.transport import ANSWER_SECONDS, CONNECT_SECONDS, DIGEST_SECONDS, Transport, new_client


@pytest.mark.parametrize(
    ("target", "seconds"),
    [("/sync/digest", DIGEST_SECONDS), ("/sync/digest/7", DIGEST_SECONDS), ("/sync/pull?cursor=1", ANSWER_SECONDS)],
)
def test_a_digest_of_a_million_documents_is_waited_for_longer_than_a_long_poll(target: str, seconds: float) -> None:
    waited: list[dict[str, float]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        waited.append(request.extensions["timeout"])
        return httpx.Response(200)

    async def ask() -> None:
        real = new_client("http://hub.test")
        client = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url=real.base_url, timeout=real.timeout)
        await Transport(client, node_id="node-1", key=NodeKey.generate()).call("GET", target, nonce="n")

    asyncio.run(ask())
    assert [(each["read"], each["connect"]) for each in waited] == [(seconds, CONNECT_SECONDS)]
