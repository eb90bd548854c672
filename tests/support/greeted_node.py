"""A replica and its engine, greeted by a hub of a few words."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec

from sync.documents import document as documents
from sync.replication import inbox, outbox, refetch
from sync.replication.engine import Engine
from sync.replication.identity import NodeKey
from sync.replication.messages import HelloAnswer, HelloRequest, PullAnswer, PullItem, PushRequest
from sync.replication.outbox import Change
from sync.storage import Store, replica
from tests.support.clock import HandClock, SeededIds

KEY = NodeKey.generate()


class GreetedNode:
    """Writes, is greeted, hears; what it shows its slices stands in ``projected``."""

    def __init__(self, path: Path) -> None:
        self.clock = HandClock()
        self.ids = SeededIds(self.clock)
        self.store = Store(path, [replica.migrations])
        self.store.run_now(partial(replica.begin_stream, node_id="node-1", incarnation="one"))
        self.engine = Engine(sign=KEY.sign, version="7")
        self.projected: list[str] = []

    def write(self, document_id: str = "case-1", **fields: int) -> str:
        operation_id = self.ids.new()
        change = Change(document_id=document_id, fields=fields)
        command = partial(outbox.record, change=change, operation_id=operation_id, now=self.clock.now())
        self.store.run_now(command)
        return operation_id

    def greeted(self, status: str = "ok", **said: object) -> list[object]:
        told = {
            "status": status,
            "nonce": "n",
            "hub_incarnation": "hub-1",
            "acknowledged_oseq": 0,
            "server_time": self.clock.now() + timedelta(seconds=3),
        }
        answer = msgspec.convert(told | said, HelloAnswer)
        effects = self.engine.on_hello(answer, self.store.read_now(inbox.node_state))
        command = partial(inbox.carry_out, effects=effects, ids=self.ids, now=self.clock.now())
        self.store.run_now(command)
        return list(effects)

    def says(self) -> HelloRequest | PushRequest | None:
        return self.engine.next_request(self.store.read_now(inbox.node_state), now=self.clock.now())

    @property
    def link(self) -> replica.Link:
        return self.store.read_now(replica.link)

    def hears(self, *items: PullItem, cursor: int = 9, after: str | None = None, asked: replica.Link | None = None):
        answer = PullAnswer(hub_incarnation="hub-1", cursor=cursor, items=items, refetch_after=after)
        take = partial(
            refetch.receive,
            answer=answer,
            asked=asked or self.link,
            project=lambda _tx, changed: self.projected.append(changed.document_id),
            ids=self.ids,
            now=self.clock.now(),
        )
        self.store.run_now(take)

    def documents(self) -> list[str]:
        return self.store.read_now(partial(replica.document_ids, kind="case"))


def snapshot(document_id: str, node: GreetedNode, **said: object) -> PullItem:
    update = documents.change(None, client_id=5, fields={"a": 1}, events={}, attachments={})
    told = {"seq": 1, "what": "snapshot", "document_id": document_id, "kind": "case", "update": update}
    return msgspec.convert(told | said, PullItem)
