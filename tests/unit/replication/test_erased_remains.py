"""An erasure takes exactly what belonged to the document: nothing of it stays, and nothing of another goes."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from sync.documents import document as documents
from sync.replication import blob_rows, erasure, inbox
from sync.replication.blob_rows import PendingBlob
from sync.replication.blobs import BlobFolder
from sync.replication.engine import HeldUpTo
from sync.replication.inbox import DocumentChanged
from sync.replication.messages import PullItem
from sync.storage import quarantine
from sync.storage.replica import StoredDocument
from tests.support.clock import OPENING
from tests.support.office_replica import CASE, OfficeReplica, an_item, an_update

OTHER = "case-2"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeReplica]:
    office = OfficeReplica(tmp_path / "node.db")
    yield office
    office.store.close()


@pytest.fixture
def folder(tmp_path: Path) -> BlobFolder:
    return BlobFolder(tmp_path / "blobs")


def tombstone(generation: int = 1, document_id: str = CASE) -> PullItem:
    return an_item("erase", document_id, update=an_update(client_id=9, number="SHV-1"), generation=generation)


def erase(office: OfficeReplica, item: PullItem) -> documents.DocumentView | None:
    return office.store.run_now(partial(erasure.erase, item=item, now=office.clock.now()))


def attach(office: OfficeReplica, document_id: str, **scans: object) -> None:
    attachments = {name: {"sha256": sha256} for name, sha256 in scans.items()}
    held = office.document(document_id)
    client_id = 20 + len(held.snapshot if held else b"")
    update = documents.change(
        held.snapshot if held else None, client_id=client_id, fields={}, events={}, attachments=attachments
    )
    office.hears(an_item("snapshot", document_id, update=update))


def keep(office: OfficeReplica, folder: BlobFolder, content: bytes) -> str:
    sha256 = folder.put(content)
    scan = PendingBlob(sha256=sha256, size=len(content), media_type="image/png")
    office.store.run_now(partial(blob_rows.queue_upload, blob=scan, lane="case", now=OPENING))
    return sha256


def held_up_to(office: OfficeReplica, oseq: int) -> None:
    carry_out = partial(inbox.carry_out, effects=[HeldUpTo(oseq=oseq)], ids=office.ids, now=office.clock.now())
    office.store.run_now(carry_out)


def test_the_tombstone_stands_in_the_documents_place(office: OfficeReplica) -> None:
    office.write(a=1)
    item = tombstone(generation=3)
    view = erase(office, item)
    whole = documents.merge(None, [item.update], clients=())
    assert office.document() == StoredDocument(
        document_id=CASE, kind="case", snapshot=whole.snapshot, generation=3, digest=whole.digest
    )
    assert view == office.view() == whole.view


def test_a_document_never_held_is_erased_too_lest_it_come_back(office: OfficeReplica) -> None:
    assert erase(office, tombstone()) is not None
    assert office.fields() == {"number": "SHV-1"}
    assert [each.document_id for each in office.store.read_now(erasure.unconfirmed)] == [CASE]


def test_an_erasure_is_carried_out_once_and_a_later_one_again(office: OfficeReplica) -> None:
    assert erase(office, tombstone(2)) is not None
    assert erase(office, tombstone(2)) is None
    assert erase(office, tombstone(1)) is None
    office.clock.move(hours=1)
    assert erase(office, tombstone(3)) is not None
    due = [(each.generation, each.erased_at) for each in office.store.read_now(erasure.unconfirmed)]
    assert due == [(2, OPENING), (3, OPENING + timedelta(hours=1))]


def test_an_erasure_heard_again_is_confirmed_again(office: OfficeReplica) -> None:
    """The hub was restored and ordered it again, or this node was and holds again what it had purged."""
    erase(office, tombstone())
    office.store.run_now(partial(erasure.mark_confirmed, document_ids=[CASE], now=OPENING))
    assert office.store.read_now(erasure.unconfirmed) == []
    assert erase(office, tombstone()) is None
    assert [each.document_id for each in office.store.read_now(erasure.unconfirmed)] == [CASE]


def test_of_a_document_this_office_does_not_read_no_tombstone_stays_either(office: OfficeReplica) -> None:
    told, unsent = office.write(a=1), office.write(b=2)
    held_up_to(office, 1)
    gone = an_item("erase", kind="case", generation=1)
    office.hears(gone)
    assert office.document() is None
    assert office.shown[-1] == DocumentChanged(document_id=CASE, kind="case", view=None, is_erased=True)
    assert [office.operation(each).body is None for each in (told, unsent)] == [True, False]
    assert office.store.read_now(erasure.unconfirmed) == []
    held_up_to(office, 2)
    assert [each.document_id for each in office.store.read_now(erasure.unconfirmed)] == [CASE]


def test_the_scans_of_a_document_dropped_before_go_with_its_erasure(office: OfficeReplica, folder: BlobFolder) -> None:
    own, shared = keep(office, folder, b"own"), keep(office, folder, b"shared")
    attach(office, CASE, one=shared, two=own)
    attach(office, OTHER, one=shared)
    office.hears(an_item("drop"))
    assert folder.path(own).exists()
    office.hears(an_item("erase", generation=1))
    office.store.run_now(partial(erasure.delete_files, folder=folder))
    assert (folder.path(own).exists(), folder.path(shared).exists()) == (False, True)


def test_a_scan_that_another_document_names_stays(office: OfficeReplica, folder: BlobFolder) -> None:
    own, shared = keep(office, folder, b"own"), keep(office, folder, b"shared")
    attach(office, CASE, one=shared, two=own, three=5)
    attach(office, OTHER, one=shared)
    erase(office, tombstone())
    office.store.run_now(partial(erasure.delete_files, folder=folder))
    assert (folder.path(own).exists(), folder.path(shared).exists()) == (False, True)
    assert office.store.read_now(lambda tx: tx.column("select sha256 from replica_blobs")) == [shared]
    office.store.run_now(partial(erasure.delete_files, folder=folder))
    assert folder.path(shared).exists()


def test_a_scan_this_node_never_kept_is_no_obstacle(office: OfficeReplica, folder: BlobFolder) -> None:
    attach(office, CASE, one="ab" * 32)
    erase(office, tombstone())
    office.store.run_now(partial(erasure.delete_files, folder=folder))
    assert office.store.read_now(lambda tx: tx.column("select sha256 from replica_blobs")) == []


def test_what_was_set_apart_and_refused_of_the_document_goes_and_of_others_stays(office: OfficeReplica) -> None:
    for document_id in (CASE, OTHER):
        office.store.run_now(partial(quarantine.block, document_id=document_id, operation_id="x", code="rebase"))
        office.hears(an_item("snapshot", document_id, update=b"\x01\x02\x03"))
        office.store.run_now(
            lambda tx, key=document_id: tx.execute(
                "insert into idempotency_keys (key, request_hash, answer, answered_at) "
                "values (:key, '', cast(:key as blob), '')",
                key=key,
            )
        )
    erase(office, tombstone())
    assert office.store.read_now(quarantine.refused_documents) == [OTHER]
    assert office.store.read_now(lambda tx: tx.column("select document_id from replica_blocks")) == [OTHER]
    assert office.store.read_now(lambda tx: tx.column("select key from idempotency_keys")) == [OTHER]


def test_bytes_of_the_documents_operations_go_and_those_of_others_stay(office: OfficeReplica) -> None:
    told, other, unsent = office.write(a=1), office.write(OTHER, a=1), office.write(b=2)
    held_up_to(office, 2)
    erase(office, tombstone())
    kept = {each: office.operation(each).body is not None for each in (told, other, unsent)}
    assert kept == {told: False, other: True, unsent: True}
    assert [office.operation(each).change is not None for each in (told, other, unsent)] == [False, True, False]
    assert office.store.read_now(erasure.unconfirmed) == []
    held_up_to(office, 3)
    assert [each.document_id for each in office.store.read_now(erasure.unconfirmed)] == [CASE]
    office.store.run_now(partial(erasure.finish_purge, document_ids=[CASE]))
    assert office.operation(unsent).body is None
    assert office.operation(other).body is not None


def test_only_what_is_named_is_confirmed_and_when(office: OfficeReplica) -> None:
    erase(office, tombstone())
    erase(office, tombstone(document_id=OTHER))
    confirm = partial(erasure.mark_confirmed, document_ids=[CASE], now=OPENING + timedelta(minutes=5))
    office.store.run_now(confirm)
    assert [each.document_id for each in office.store.read_now(erasure.unconfirmed)] == [OTHER]
    office.store.run_now(partial(erasure.mark_confirmed, document_ids=[CASE], now=OPENING + timedelta(days=1)))
    confirmed = office.store.read_now(lambda tx: tx.column("select confirmed_at from replica_erasures order by 1 desc"))
    assert confirmed[0] == "2026-11-23T06:05:00.000Z"
