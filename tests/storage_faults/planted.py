"""Bugs planted in the write path, so that the checker is checked: each breaks one promise of the disk."""

import sqlite3
from functools import partial
from pathlib import Path

import msgspec
from sqlalchemy import select, update

from central_hub.storage.tables import operations
from central_hub.storage.transaction import Transaction
from sync.replication import inbox
from sync.replication.messages import PullAnswer, PushAnswer, PushRequest
from sync.storage import Transaction as NodeTransaction
from sync.storage import replica
from sync.storage import store as storage
from tests.storage_faults.hub_work import HubWork
from tests.storage_faults.told import Told, tell
from tests.storage_faults.work import HUB, PAGE, Work, project


class AnswersBeforeTheSync(Work):
    """``synchronous=NORMAL``: the commit is written, and not yet on the disk, when the answer leaves."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        careful = storage.connect

        def careless(path: Path) -> sqlite3.Connection:
            connection = careful(path)
            connection.execute("pragma synchronous=normal")
            return connection

        storage.connect = careless
        super().__init__(folder, seed=seed)


class AnswersBeforeTheCommit(Work):
    """The answer leaves from inside the transaction."""

    def register(self, key: str) -> None:
        registration = self._registration(key)

        def early(tx: NodeTransaction) -> None:
            self._answer(registration(tx), key)

        self._desk.store.run_now(early)


class CursorAheadOfItsData(Work):
    """The cursor is stored in a transaction before that of the items."""

    def pull(self) -> None:
        store = self._desk.store
        heard = store.read_now(replica.link).cursor
        items = tuple(self._item(seq) for seq in range(heard + 1, heard + 1 + PAGE))
        store.run_now(partial(replica.heard, hub_incarnation=HUB, cursor=items[-1].seq))
        answer = PullAnswer(hub_incarnation=HUB, cursor=items[-1].seq, items=items)
        desk = self._desk
        store.run_now(partial(inbox.receive, answer=answer, project=project, ids=desk.ids, now=desk.clock.now()))
        tell(Told(cursor=answer.cursor))


class CountsAfterwards(Work):
    """The counter of official numbers is advanced in a transaction after that of the case."""

    def register(self, key: str) -> None:
        counter = partial(NodeTransaction.column, sql="select next from replica_leases order by year, first")
        before = self._desk.store.read_now(counter)[0]
        registration = self._registration(key)

        def uncounted(tx: NodeTransaction) -> msgspec.Struct:
            case = registration(tx)
            tx.execute("update replica_leases set next = :before", before=before)
            return case

        case = self._desk.store.run_now(uncounted)
        self._desk.store.run_now(lambda tx: tx.execute("update replica_leases set next = next + 1"))
        self._answer(case, key)


class ChainApart(Work):
    """The stream's head is stored in a transaction after that of the operation."""

    def take_step(self) -> None:
        super().take_step()
        store = self._desk.store
        head = store.read_now(replica.stream)
        before = store.read_now(partial(replica.hash_before, oseq=head.oseq))
        store.run_now(partial(replica.advance_stream, oseq=head.oseq - 1, head_hash=before))
        store.run_now(partial(replica.advance_stream, oseq=head.oseq, head_hash=head.head_hash))


class HubAnswersBeforeTheCommit(HubWork):
    """A push is acknowledged from inside the transaction that appends it."""

    def _append(self, tx: Transaction, request: PushRequest) -> PushAnswer:
        answer = super()._append(tx, request)
        tell(Told(held=answer.acknowledged_oseq, node=self._node.node_id))
        return answer


class HubMergesApart(HubWork):
    """Operations count as merged in a transaction before that of the documents."""

    def merge(self) -> None:
        received = select(operations.c.operation_id).where(operations.c.state == "received")
        taken = self._store.run_now(lambda tx: tx.column(received))
        settling = update(operations).where(operations.c.operation_id.in_(taken))
        self._store.run_now(lambda tx: tx.execute(settling.values(state="merged")))
        self._store.run_now(lambda tx: tx.execute(settling.values(state="received")))
        super().merge()


PLANTED: dict[str, type[Work]] = {
    "normal": AnswersBeforeTheSync,
    "early": AnswersBeforeTheCommit,
    "cursor": CursorAheadOfItsData,
    "counter": CountsAfterwards,
    "chain": ChainApart,
}

PLANTED_AT_HUB: dict[str, type[HubWork]] = {
    "early": HubAnswersBeforeTheCommit,
    "apart": HubMergesApart,
}
