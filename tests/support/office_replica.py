"""An office's replica without its line: what it writes, and what it is told in the words of the hub."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec

from sync.documents import document as documents
from sync.documents.document import DocumentView
from sync.replication import inbox, outbox
from sync.replication.inbox import DocumentChanged
from sync.replication.messages import PullAnswer, PullItem
from sync.replication.outbox import Change
from sync.storage import Store, indices, replica
from sync.storage.replica import StoredDocument, StoredOperation
from sync.vocabulary.case import CaseEvent
from sync.vocabulary.clock import tick
from tests.support.clock import HandClock, SeededIds

CASE = "case-1"


class OfficeReplica:
    """A store with the replica's tables, a clock moved by hand, and what its slices were shown."""

    def __init__(self, path: Path, *, node_id: str = "node-1") -> None:
        self.clock = HandClock()
        self.ids = SeededIds(self.clock)
        self.store = Store(path, [replica.migrations, indices.migrations])
        self.store.run_now(partial(replica.begin_stream, node_id=node_id, incarnation="one"))
        self.shown: list[DocumentChanged] = []

    def show(self, _tx: object, changed: DocumentChanged) -> None:
        """What a slice does with a changed document: here, remember that it came."""
        self.shown.append(changed)

    def write(self, document_id: str = CASE, *, events: tuple[CaseEvent, ...] = (), **fields: str | int) -> str:
        """Change a document; the operation's id."""
        operation_id = self.ids.new()
        change = Change(document_id=document_id, fields=fields, events=events)
        self.store.run_now(partial(outbox.record, change=change, operation_id=operation_id, now=self.clock.now()))
        return operation_id

    def hears(self, *items: PullItem, cursor: int = 9) -> None:
        answer = PullAnswer(hub_incarnation="hub-1", cursor=cursor, items=items)
        take = partial(inbox.receive, answer=answer, project=self.show, ids=self.ids, now=self.clock.now())
        self.store.run_now(take)

    def document(self, document_id: str = CASE) -> StoredDocument | None:
        return self.store.read_now(partial(replica.document, document_id=document_id))

    def view(self, document_id: str = CASE) -> DocumentView | None:
        return self.store.read_now(partial(outbox.view, document_id=document_id))

    def fields(self, document_id: str = CASE) -> dict[str, object] | None:
        view = self.view(document_id)
        return None if view is None else dict(view.fields)

    def operation(self, operation_id: str) -> StoredOperation:
        found = self.store.read_now(partial(replica.operation, operation_id=operation_id))
        assert found is not None
        return found

    def waiting(self) -> list[StoredOperation]:
        return self.store.read_now(partial(replica.waiting_operations, limit=1000))


def an_item(what: str, document_id: str = CASE, **said: object) -> PullItem:
    told = {"seq": 1, "what": what, "document_id": document_id, "kind": "case"}
    return msgspec.convert(told | said, PullItem)


def an_update(snapshot: bytes | None = None, *, client_id: int = 5, **fields: str | int) -> bytes:
    return documents.change(snapshot, client_id=client_id, fields=fields, events={}, attachments={})


def a_case_event(event_id: str, at: datetime) -> CaseEvent:
    return CaseEvent(
        id=event_id,
        kind="started",
        clock=tick(None, at),
        at=at.astimezone(UTC),
        node_id="node-1",
        office_id="SHV",
        actor_id="oksana",
    )


MINUTE = timedelta(minutes=1)
