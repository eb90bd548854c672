"""A machine that asks a hub to be let in by its code, as ``edge-node pair`` does, step by step."""

from functools import partial

from httpx import Response
from litestar.testing import TestClient
from msgspec import structs

from central_hub.provisioning import commands
from central_hub.provisioning.model import Decider, Pairing
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.replication import messages, pairing
from sync.replication.identity import NodeKey
from sync.replication.pairing import (
    Exchange,
    PairingAnswer,
    PairingQuestion,
    PairingRequest,
    PairingStanding,
)

SOMEBODY = Decider(actor_id="technician", office_id="CEN")
SEAL_KEY = b"s" * pairing.NONCE_BYTES


class AskingMachine:
    """``nonce`` and ``key`` are its own; ``authority`` is what it saw of whoever answers it."""

    def __init__(self, client: TestClient, *, nonce: bytes = b"n" * 32, authority: str = "", **facts: str) -> None:
        self._client = client
        self.nonce, self.authority, self.hub_nonce, self.seal = nonce, authority, b"", b""
        self.request = PairingRequest(
            node_id=facts.get("node_id", "01NODEOFTHESHVOFFICE000000"),
            incarnation="01INCARNATION",
            public_key=NodeKey.generate().public_key,
            office_id=facts.get("office_id", "SHV"),
            commitment=pairing.commitment(nonce),
        )

    @property
    def pairing_id(self) -> str:
        return pairing.pairing_id(self.request)

    @property
    def exchange(self) -> Exchange:
        return Exchange(request=self.request, hub_nonce=self.hub_nonce, authority=self.authority)

    @property
    def code(self) -> str:
        return pairing.code(self.exchange, node_nonce=self.nonce)

    def begin(self) -> "AskingMachine":
        answer = self.send_request()
        assert answer.status_code == 200, answer.text
        self.hub_nonce = messages.decode(answer.content, PairingAnswer).hub_nonce
        return self

    def send_request(self) -> Response:
        return self._client.post("/sync/pairings", content=messages.encode(self.request))

    def send_question(self, node_nonce: bytes = b"") -> Response:
        question = PairingQuestion(pairing_id=self.pairing_id, node_nonce=node_nonce)
        return self._client.post("/sync/pairings/standing", content=messages.encode(question))

    def ask(self) -> PairingStanding:
        """As a node does: it opens its nonce only once it has heard a seal, and takes no other afterwards."""
        answer = self.send_question(self.nonce if self.seal else b"")
        assert answer.status_code == 200, answer.text
        standing = messages.decode(answer.content, PairingStanding)
        self.seal = self.seal or standing.seal
        return standing

    def with_key(self, public_key: bytes) -> "AskingMachine":
        """The same words with somebody else's key."""
        self.request = structs.replace(self.request, public_key=public_key)
        return self


def type_code(store: HubStore, clock: Clock, machine: AskingMachine, code: str) -> Pairing:
    """Somebody types ``code`` at the hub beside this machine's request."""
    command = partial(commands.type_code, pairing_id=machine.pairing_id, typed=code, seal_key=SEAL_KEY, by=SOMEBODY)
    return store.run_now(partial(command, now=clock.now()))
