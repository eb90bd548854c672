"""A session with the hub in the name of an office that is shut: its key, its state, and no store behind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from sync.ambient import SystemIds
from sync.replication import inbox
from sync.replication.engine import Engine
from sync.replication.identity import NodeKey
from sync.replication.messages import DigestAnswer, HelloAnswer, PullAnswer
from sync.replication.transport import Transport
from tests.benchmarks.measure import utc_now
from tests.benchmarks.office import BenchOffice

TIMEOUT_SECONDS = 60


class HubSession:
    """Asks the hub and keeps nothing."""

    def __init__(self, transport: Transport, *, nonce: str, cursor: int) -> None:
        self._transport = transport
        self._nonce = nonce
        self.cursor = cursor  # how far the office has heard

    async def pull(self, cursor: int) -> PullAnswer:
        """What came after ``cursor``; nothing is waited for."""
        target = f"/sync/pull?cursor={cursor}"
        return await self._transport.ask("GET", target, nonce=self._nonce, message=None, answer=PullAnswer)

    async def digest(self) -> DigestAnswer:
        """The digest of the scope."""
        return await self._transport.ask("GET", "/sync/digest", nonce=self._nonce, message=None, answer=DigestAnswer)


@asynccontextmanager
async def hub_session(office: BenchOffice) -> AsyncIterator[HubSession]:
    """Greet, and ask over one connection of the office's line."""
    store, key = office.open_store(), NodeKey.load(office.process.folder / "node.key")
    state = store.read_now(inbox.node_state)
    store.close()
    hello = Engine(sign=key.sign).next_request(state, now=utc_now())
    async with httpx.AsyncClient(
        base_url=office.line.address, verify=office.hub.trust(), trust_env=False, timeout=TIMEOUT_SECONDS
    ) as client:
        transport = Transport(client, node_id=state.stream.node_id, key=key)
        nonce = SystemIds().new()
        greeted = await transport.ask("POST", "/sync/hello", nonce=nonce, message=hello, answer=HelloAnswer)
        yield HubSession(transport, nonce=greeted.nonce, cursor=state.link.cursor)
