"""A morning of two nodes with a hub, written down byte by byte: what a version really says, for later ones to answer.

``python -m tests.support.conversation PATH`` records the version it runs in; recorded files are never made anew.
"""

import base64
import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from litestar.testing import TestClient

from central_hub.app import Surroundings, create_app
from central_hub.provisioning import commands as provisioning
from central_hub.settings import HubSettings
from central_hub.storage import HubStore
from sync.documents.document import view
from sync.replication.messages import PROTOCOL
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode


class Recorder:
    """Stands between nodes and the hub's app, and keeps every exchange under ``/sync``."""

    def __init__(self, client: TestClient) -> None:
        self._client = client
        self.exchanges: list[dict[str, Any]] = []

    def post(self, target: str, *, content: bytes) -> httpx.Response:
        return self.request("POST", target, content=content, headers={})

    def request(self, method: str, target: str, *, content: bytes, headers: dict[str, str]) -> httpx.Response:
        answer = self._client.request(method, target, content=content, headers=headers)
        self.exchanges.append(
            {
                "node": headers.get("Vikno-Node"),
                "nonce": headers.get("Vikno-Nonce"),
                "protocol": headers.get("Vikno-Protocol"),
                "method": method,
                "target": target,
                "body": base64.b64encode(content).decode(),
                "status": answer.status_code,
                "answer": base64.b64encode(answer.content).decode(),
            }
        )
        return answer


def record(folder: Path) -> dict[str, Any]:
    """The conversation, and the keys to sign it again under another hub's nonces."""
    clock = HandClock()
    ids = SeededIds(clock, seed=11)
    store = HubStore(f"sqlite:///{folder / 'hub.db'}")
    store.run_now(partial(provisioning.begin_city, incarnation=ids.new(), ids=ids, now=clock.now()))
    around = Surroundings(settings=HubSettings(folder=folder), store=store, clock=clock, ids=ids)
    with TestClient(create_app(around)) as client:
        recorder = Recorder(client)
        shv, kyv = (HubNode(recorder, store, office_id=office_id, clock=clock, ids=ids) for office_id in ("SHV", "KYV"))
        tokens = {node.office_id: _join(node) for node in (shv, kyv)}
        clock.move(minutes=5)
        case = shv.case(pickup_office_id="KYV")
        shv.change(case.document_id, event="handed_over")
        other = shv.case()
        shv.push()
        kyv.pull()
        kyv.checked_out(str(view(other.update).fields["number"]))
        shv.change(other.document_id, event="handed_over")
        shv.push(first=4)
        kyv.pull()
    store.close()
    nodes = [
        {
            "office_id": node.office_id,
            "node_id": node.node_id,
            "incarnation": node.incarnation,
            "private_key": base64.b64encode(_private_bytes(node, folder)).decode(),
            "token": tokens[node.office_id],
        }
        for node in (shv, kyv)
    ]
    return {"protocol": PROTOCOL, "begun_at": "2026-11-23T06:00:00Z", "nodes": nodes, "exchanges": recorder.exchanges}


def _join(node: HubNode) -> str:
    token = node.token()
    assert node.enrol(token).status_code == 200
    node.hello()
    return token


def _private_bytes(node: HubNode, folder: Path) -> bytes:
    path = folder / f"{node.office_id}.key"
    node.key.save(path)
    return path.read_bytes()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        said = record(Path(folder))
    Path(sys.argv[1]).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
