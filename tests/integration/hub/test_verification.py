"""A node compares itself with the hub by digests; what differs is found and healed, with an alarm."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import update

from central_hub.node_gateway import commands
from central_hub.node_gateway.listeners import look_through
from central_hub.storage import HubStore, Transaction, fixity, ingest, tables
from central_hub.storage import replica as hub_replica
from sync.documents import document as documents
from sync.replication import inbox, outbox
from sync.replication.blobs import BlobFolder
from sync.replication.verification import Ask, VerifyReport, verify
from sync.storage import Store, quarantine, replica
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode


class Office:
    """A node's store that hears what its line to the hub brings."""

    def __init__(self, folder: Path, line: HubNode, *, clock: HandClock, ids: SeededIds) -> None:
        self.store = Store(folder / "node.db", [replica.migrations])
        self.store.run_now(partial(replica.begin_stream, node_id=line.node_id, incarnation=ids.new()))
        self._line, self._clock, self._ids = line, clock, ids
        self.hear()

    def hear(self) -> None:
        cursor = self.store.read_now(replica.link).cursor
        answer = self._line.pull(cursor=cursor)
        command = partial(inbox.receive, project=_nothing, ids=self._ids, now=self._clock.now())
        self.store.run_now(partial(command, answer=answer))

    def verify(self) -> VerifyReport:
        looking, answer = verify(self.store, project=_nothing, ids=self._ids, now=self._clock.now), None
        while True:
            try:
                wish = looking.send(answer)
            except StopIteration as ended:
                report: VerifyReport = ended.value
                return report
            answer = None
            if isinstance(wish, Ask):
                answer = self._line.ask(wish.method, wish.target, wish.message, wish.answer)
            else:
                self.hear()

    def view(self, document_id: str) -> documents.DocumentView | None:
        return self.store.read_now(partial(outbox.view, document_id=document_id))

    def alarms(self) -> list[object]:
        return list(self.store.read_now(lambda reader: reader.column("select subject from replica_alarms")))


def _nothing(_tx: object, _changed: object) -> None:
    """No slice keeps rows here."""


def held_by(store: HubStore, document_id: str) -> bytes:
    stored = store.read_now(partial(hub_replica.document, document_id=document_id))
    assert stored is not None
    return stored.snapshot


@pytest.fixture
def office(tmp_path: Path, kyv: HubNode, clock: HandClock, ids: SeededIds) -> Iterator[Office]:
    (tmp_path / "node").mkdir()
    opened = Office(tmp_path / "node", kyv, clock=clock, ids=ids)
    yield opened
    opened.store.close()


def test_what_is_equal_is_said_to_be(office: Office, shv: HubNode) -> None:
    shv.case(pickup_office_id="KYV")
    shv.push()
    office.hear()
    report = office.verify()
    assert report.is_settled
    assert (report.healed, report.unhealed, office.alarms()) == ((), (), [])
    assert report.documents > 100  # the offices and the catalogue too


def test_what_the_node_lost_comes_back(office: Office, shv: HubNode) -> None:
    case = shv.case(pickup_office_id="KYV")
    shv.push()
    office.hear()
    whole = office.view(case.document_id)
    office.store.run_now(partial(replica.forget_document, document_id=case.document_id))
    report = office.verify()
    assert report.healed == (case.document_id,)
    assert office.view(case.document_id) == whole
    assert office.alarms() == [case.document_id]


def test_an_operation_the_hub_lost_is_merged_again(office: Office, shv: HubNode, store: HubStore) -> None:
    case = shv.case(pickup_office_id="KYV")
    shv.push()
    before = shv.snapshots[case.document_id]
    shv.change(case.document_id, event="handed_over")
    shv.push(first=2)
    office.hear()
    rotted = documents.merge(before, [], clients=[])
    lose = update(tables.documents).where(tables.documents.c.document_id == case.document_id)
    store.run_now(lambda tx: tx.execute(lose.values(snapshot=rotted.snapshot, digest=rotted.digest)))
    assert office.verify().healed == (case.document_id,)
    assert len(documents.view(held_by(store, case.document_id)).events) == 2


def test_a_node_writes_nothing_by_way_of_healing(office: Office, shv: HubNode, store: HubStore) -> None:
    case = shv.case(pickup_office_id="KYV")
    shv.push()
    office.hear()
    stored = office.store.read_now(partial(replica.document, document_id=case.document_id))
    assert stored is not None
    forged = documents.change(stored.snapshot, client_id=99, fields={"fee_kopecks": 1}, events={}, attachments={})
    office.store.run_now(partial(outbox.absorb, document_id=case.document_id, kind="case", updates=((99, forged),)))
    report = office.verify()
    assert report.healed == (case.document_id,)
    assert documents.view(held_by(store, case.document_id)).fields["fee_kopecks"] == 4542
    mended = office.store.read_now(partial(outbox.view, document_id=case.document_id))
    assert mended is not None
    assert mended.fields["fee_kopecks"] == 4542


def forget(store: HubStore, document_id: str) -> None:
    """The hub as a backup from before the document brings it back."""
    rows = {
        "documents": "document_id",
        "cases": "case_id",
        "grants": "document_id",
        "operations": "document_id",
        "feed": "document_id",
    }

    def lose(tx: Transaction) -> None:
        for name, key in reversed(rows.items()):
            table = tables.metadata.tables[name]
            tx.execute(table.delete().where(table.c[key] == document_id))

    store.run_now(lose)


@pytest.fixture
def lost(office: Office, shv: HubNode, kyv: HubNode, store: HubStore, clock: HandClock) -> str:
    """A case that neither the hub nor the office that made it knows any more; another one holds it and worked on it."""
    case = shv.case(pickup_office_id="KYV")
    shv.push()
    office.hear()
    kyv.snapshots[case.document_id] = shv.snapshots[case.document_id]
    forget(store, case.document_id)
    clock.move(minutes=5)
    return case.document_id


def found_in(store: HubStore, document_id: str) -> list[str]:
    found = store.read_now(partial(ingest.quarantined_in, document_id=document_id))
    return [each.operation_id for each in found if each.quarantine_code == "found"]


def decide(store: HubStore, decision: Callable[..., None], operation_id: str, clock: HandClock) -> None:
    who = {"operation_id": operation_id, "actor_id": "head", "office_id": None}
    store.run_now(partial(decision, **who, now=clock.now()))
    store.run_now(partial(commands.merge_received, limit=50, now=clock.now()))


def test_what_only_another_office_still_holds_counts_when_a_person_lets_it(
    office: Office, kyv: HubNode, store: HubStore, lost: str, clock: HandClock
) -> None:
    kyv.change(lost, event="issued")
    kyv.push()
    assert [each.quarantine_code for each in store.read_now(partial(ingest.quarantined_in, document_id=lost))] == [
        "out-of-scope"
    ]
    office.hear()
    assert office.verify().unhealed == ()  # kept apart for its own operation, and shown all the same
    assert office.view(lost) is not None
    (operation_id,) = found_in(store, lost)
    office.verify()
    assert found_in(store, lost) == [operation_id]
    decide(store, commands.release, operation_id, clock)
    assert {entry["kind"] for entry in documents.view(held_by(store, lost)).events.values()} == {"registered", "issued"}
    assert store.read_now(partial(ingest.quarantined_in, document_id=lost)) == []
    office.hear()
    report = office.verify()
    assert (report.healed, report.unhealed, report.is_settled) == ((), (), True)


def test_what_its_maker_says_later_stood_in_the_copy(
    office: Office, shv: HubNode, store: HubStore, lost: str, clock: HandClock
) -> None:
    office.verify()
    (operation_id,) = found_in(store, lost)
    decide(store, commands.release, operation_id, clock)
    registration = shv.chain[0]
    shv.incarnation, shv.chain, shv.acknowledged_oseq = "01ANOTHERLIFE", [], 0
    shv.greeted()
    shv.chain.append(structs.replace(registration, oseq=1))
    shv.push()
    known = store.read_now(partial(ingest.known, operation_ids=[registration.operation_id]))
    assert known[registration.operation_id].state == "merged"


def test_a_copy_that_a_person_discards_is_let_go_of(
    office: Office, store: HubStore, lost: str, clock: HandClock
) -> None:
    assert office.verify().unhealed == (lost,)
    assert office.view(lost) is not None
    (operation_id,) = found_in(store, lost)
    decide(store, commands.discard, operation_id, clock)
    found = store.read_now(partial(ingest.operation, operation_id=operation_id))
    assert found is not None
    assert (found.state, found.body) == ("discarded", None)
    office.hear()
    assert office.verify().healed == (lost,)
    assert office.view(lost) is None
    assert found_in(store, lost) == []


def test_a_copy_with_nothing_that_the_hub_did_not_hear_of_is_not_kept(
    office: Office, kyv: HubNode, store: HubStore
) -> None:
    """The node's own registration was set apart; it is no news that the node holds it."""
    case = kyv.case(number="KYV-2026-9999999-9")
    kyv.push()
    office.store.run_now(
        partial(outbox.absorb, document_id=case.document_id, kind="case", updates=((case.client_id, case.update),))
    )
    office.hear()
    office.verify()
    assert found_in(store, case.document_id) == []


def test_a_document_in_which_something_was_set_apart_is_compared_too(office: Office, shv: HubNode) -> None:
    """The hub's notice of a life that this node lost came again, and the hub let what was made anew count long ago."""
    case = shv.case(pickup_office_id="KYV")
    shv.push()
    office.hear()
    apart = partial(quarantine.block, document_id=case.document_id, operation_id="lost", code="rebase")
    office.store.run_now(apart)
    assert (office.verify().healed, office.alarms()) == ((), [])
    office.store.run_now(partial(replica.forget_document, document_id=case.document_id))
    assert office.verify().healed == (case.document_id,)


def test_what_the_hub_set_apart_hides_no_difference(office: Office, kyv: HubNode, shv: HubNode) -> None:
    case = shv.case(pickup_office_id="KYV")
    shv.push()
    kyv.snapshots[case.document_id] = shv.snapshots[case.document_id]
    kyv.change(case.document_id, fields={"number": "KYV-2026-0000001-0"})
    kyv.push()
    office.hear()
    assert (office.verify().healed, office.alarms()) == ((), [])
    office.store.run_now(partial(replica.forget_document, document_id=case.document_id))
    assert office.verify().healed == (case.document_id,)


@pytest.mark.parametrize("rotten", [b"handed_ouer", b"\xff" * 11])
def test_what_rotted_on_the_disk_is_found_and_comes_whole_again(office: Office, shv: HubNode, rotten: bytes) -> None:
    """Whether it still reads as a document or not; and the digest that was stored with it is as it was."""
    case = shv.case(pickup_office_id="KYV")
    shv.change(case.document_id, event="handed_over")
    shv.push()
    office.hear()
    whole = office.view(case.document_id)
    stored = office.store.read_now(partial(replica.document, document_id=case.document_id))
    assert stored is not None
    bytes_now = stored.snapshot.replace(b"handed_over", rotten)
    assert bytes_now != stored.snapshot
    office.store.run_now(partial(replica.save_document, document=structs.replace(stored, snapshot=bytes_now)))
    assert office.verify().healed == (case.document_id,)
    assert office.view(case.document_id) == whole
    assert office.alarms() == [case.document_id]
    assert office.verify().healed == ()


@pytest.mark.parametrize("rotten", [b"handed_ouer", b"\xff" * 11])
def test_what_rotted_at_the_hub_is_put_together_again(
    office: Office, shv: HubNode, store: HubStore, tmp_path: Path, clock: HandClock, *, rotten: bytes
) -> None:
    """Whether it still reads as a document or not: of its operations, or of a node's copy where they are forgotten."""
    case = shv.case(pickup_office_id="KYV")
    shv.change(case.document_id, event="handed_over")
    shv.push()
    office.hear()
    whole = documents.view(held_by(store, case.document_id))
    its = tables.documents.c.document_id == case.document_id
    forget = update(tables.operations).where(tables.operations.c.document_id == case.document_id).values(body=None)
    for command in (None, forget):
        bytes_now = held_by(store, case.document_id).replace(b"handed_over", rotten)
        store.run_now(lambda tx, now=bytes_now: tx.execute(update(tables.documents).where(its).values(snapshot=now)))
        if command is not None:
            store.run_now(lambda tx, command=command: tx.execute(command))
        asyncio.run(look_through(store, BlobFolder(tmp_path / "blobs"), clock))
        assert office.verify().healed == (case.document_id,)
        assert documents.view(held_by(store, case.document_id)) == whole
    clock.move(days=10)
    asyncio.run(look_through(store, BlobFolder(tmp_path / "blobs"), clock))
    assert store.read_now(partial(fixity.rot_lately, now=clock.now())) == 0


def test_what_rotted_at_the_hub_and_is_whole_nowhere_is_taken_by_nobody(
    office: Office, shv: HubNode, store: HubStore, tmp_path: Path, clock: HandClock
) -> None:
    case = shv.case(pickup_office_id="KYV")
    shv.push()
    office.hear()
    shv.change(case.document_id, event="handed_over")
    shv.push(first=2)
    before = office.view(case.document_id)
    its = tables.documents.c.document_id == case.document_id
    rotten = held_by(store, case.document_id).replace(b"handed_over", b"\xff" * 11)
    store.run_now(lambda tx: tx.execute(update(tables.documents).where(its).values(snapshot=rotten)))
    forget = update(tables.operations).where(tables.operations.c.document_id == case.document_id).values(body=None)
    store.run_now(lambda tx: tx.execute(forget))
    asyncio.run(look_through(store, BlobFolder(tmp_path / "blobs"), clock))

    assert office.verify().healed == ()
    assert office.view(case.document_id) == before
