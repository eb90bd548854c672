"""What earlier versions said is still understood, and what is answered to them is what they can read."""

import base64
import json
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from litestar.testing import TestClient

from central_hub.provisioning import commands as provisioning
from central_hub.storage import HubStore
from sync.documents.document import DocumentView, merge
from sync.replication import inbox, messages
from sync.replication.engine import Engine
from sync.replication.identity import NODE_HEADER, NONCE_HEADER, PROTOCOL_HEADER, SIGNATURE_HEADER, RequestToSign
from sync.replication.messages import HelloAnswer, HelloRequest, PullAnswer, PushAnswer, PushRequest
from sync.storage import Store, replica
from tests.support import protocol_1
from tests.support.clock import HandClock, SeededIds
from tests.support.protocol_1 import read_as_first

RECORDED = Path(__file__).parents[2] / "conversations" / "protocol_1.json"
SAID = json.loads(RECORDED.read_text(encoding="utf-8"))


class Replayed:
    """The nodes of the recording, signing what they said under this hub's nonces."""

    def __init__(self, client: TestClient, store: HubStore, *, clock: HandClock) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - only here

        self._client = client
        self._keys = {
            node["node_id"]: Ed25519PrivateKey.from_private_bytes(base64.b64decode(node["private_key"]))
            for node in SAID["nodes"]
        }
        self._nonces: dict[str, str] = {}
        for node in SAID["nodes"]:
            command = partial(provisioning.make_token, office_id=node["office_id"], now=clock.now())
            store.run_now(partial(command, token=node["token"]))

    def say(self, exchange: dict[str, Any]) -> bytes:
        """The hub's answer to what was said then."""
        node_id, target = exchange["node"], exchange["target"]
        body = base64.b64decode(exchange["body"])
        if node_id is None:
            answer = self._client.post(target, content=body)
        else:
            is_hello = target == "/sync/hello"
            nonce = exchange["nonce"] if is_hello else self._nonces[node_id]
            covered = RequestToSign(method=exchange["method"], target=target, body=body, nonce=nonce).covered()
            headers = {
                NODE_HEADER: node_id,
                NONCE_HEADER: nonce,
                PROTOCOL_HEADER: exchange["protocol"],
                SIGNATURE_HEADER: base64.b64encode(self._keys[node_id].sign(covered)).decode(),
            }
            answer = self._client.request(exchange["method"], target, content=body, headers=headers)
            if is_hello and answer.is_success:
                read = read_as_first(target, answer.content)
                assert isinstance(read, protocol_1.HelloAnswer)
                self._nonces[node_id] = read.nonce
        assert answer.status_code == exchange["status"], f"{target}: {answer.text}"
        return answer.content


def heard(answers: list[bytes]) -> dict[str, DocumentView]:
    """What a node holds after these answers to ``pull`` and ``documents``, as far as they are cases."""
    held: dict[str, bytes] = {}
    for target, body in answers:
        read = read_as_first(target, body)
        items = read.items if isinstance(read, protocol_1.PullAnswer) else (read.item,)
        for item in items:
            if item.kind == "case" and item.what != "drop":
                held[item.document_id] = merge(held.get(item.document_id), [item.update], clients=()).snapshot
    return {document_id: merge(snapshot, [], clients=()).view for document_id, snapshot in held.items()}


def test_nodes_of_the_first_protocol_are_served_as_they_were(
    client: TestClient, store: HubStore, clock: HandClock
) -> None:
    replayed = Replayed(client, store, clock=clock)
    then: list[tuple[str, bytes]] = []
    now: list[tuple[str, bytes]] = []
    for exchange in SAID["exchanges"]:
        answer = replayed.say(exchange)
        target = exchange["target"]
        if target == "/sync/push":
            read = read_as_first(target, answer)
            assert isinstance(read, protocol_1.PushAnswer)
            assert {result.outcome for result in read.results} == {"accepted"}
        elif target.startswith(("/sync/pull", "/sync/documents")):
            now.append((target, answer))
            then.append((target, base64.b64decode(exchange["answer"])))
    assert heard(now) == heard(then)
    assert len(heard(then)) == 2


def test_a_node_understands_a_hub_of_the_first_protocol(tmp_path: Path, clock: HandClock, ids: SeededIds) -> None:
    kyv = SAID["nodes"][1]
    store = Store(tmp_path / "node.db", [replica.migrations])
    store.run_now(partial(replica.begin_stream, node_id=kyv["node_id"], incarnation=kyv["incarnation"]))
    engine = Engine(sign=lambda _covered: b"")
    told: list[tuple[str, bytes]] = []
    for exchange in SAID["exchanges"]:
        if exchange["node"] != kyv["node_id"]:
            continue
        target, body = exchange["target"], base64.b64decode(exchange["answer"])
        if target == "/sync/hello":
            state = store.read_now(inbox.node_state)
            assert isinstance(engine.next_request(state, now=clock.now()), HelloRequest)
            effects = engine.on_hello(messages.decode(body, HelloAnswer), state)
            store.run_now(partial(inbox.carry_out, effects=effects, ids=ids, now=clock.now()))
        elif target.startswith("/sync/pull"):
            told.append((target, body))
            take = partial(inbox.receive, project=lambda _tx, _changed: None, ids=ids, now=clock.now())
            store.run_now(partial(take, answer=messages.decode(body, PullAnswer)))
    views = heard(told)
    for document_id, view in views.items():
        stored = store.read_now(partial(replica.document, document_id=document_id))
        assert stored is not None
        assert merge(stored.snapshot, [], clients=()).view == view
    assert views
    store.close()


def test_what_the_first_protocol_chained_is_hashed_as_it_was() -> None:
    pushes = [exchange for exchange in SAID["exchanges"] if exchange["target"] == "/sync/push"]
    for exchange in pushes:
        request = messages.decode(base64.b64decode(exchange["body"]), PushRequest)
        answer = messages.decode(base64.b64decode(exchange["answer"]), PushAnswer)
        assert [result.operation_id for result in answer.results] == [each.operation_id for each in request.operations]
        assert set(msgspec.msgpack.decode(msgspec.msgpack.encode(request.operations[0]))) == {
            "operation_id",
            "document_id",
            "kind",
            "oseq",
            "client_id",
            "made_at",
            "update",
        }
