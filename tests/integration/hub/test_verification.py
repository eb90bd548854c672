"""A node compares itself with the hub by digests; what differs is found and healed, with an alarm."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import update

from central_hub.storage import HubStore, tables
from central_hub.storage import replica as hub_replica
from sync.documents import document as documents
from sync.replication import inbox, outbox
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
