"""An erased document leaves no trace in the node's database, its log and its files."""

from functools import partial
from pathlib import Path

from sync.documents import document as documents
from sync.replication import erasure, inbox, outbox
from sync.replication.blob_rows import PendingBlob, queue_upload
from sync.replication.blobs import BlobFolder
from sync.replication.messages import PullItem
from sync.replication.outbox import Change
from sync.storage import Store, replica
from tests.support.clock import HandClock, SeededIds

MARKER = "Кульбабенко"


def new_store(path: Path, ids: SeededIds) -> Store:
    store = Store(path, [replica.migrations])
    store.run_now(partial(replica.begin_stream, node_id=ids.new(), incarnation=ids.new()))
    return store


def tombstone(document_id: str, *, generation: int = 1) -> PullItem:
    update = documents.change(None, client_id=9, fields={"number": "SHV-1"}, events={}, attachments={})
    return PullItem(seq=5, what="erase", document_id=document_id, kind="case", update=update, generation=generation)


def test_nothing_of_the_document_is_left_in_any_file(tmp_path: Path) -> None:
    clock = HandClock()
    ids = SeededIds(clock)
    store, folder = new_store(tmp_path / "node.db", ids), BlobFolder(tmp_path / "blobs")
    sha256 = folder.put(MARKER.encode())
    scan = {"sha256": sha256, "size": 22, "media_type": "image/png"}
    for name in ("Інша", MARKER, "Третя"):
        change = Change(document_id=f"case-{name}", fields={"applicant_last_name": name})
        store.run_now(partial(outbox.record, change=change, operation_id=ids.new(), now=clock.now()))
    change = Change(document_id=f"case-{MARKER}", attachments={ids.new(): scan})
    store.run_now(partial(outbox.record, change=change, operation_id=ids.new(), now=clock.now()))
    store.run_now(
        partial(
            queue_upload, blob=PendingBlob(sha256=sha256, size=22, media_type="image/png"), lane="case", now=clock.now()
        )
    )
    store.run_now(partial(replica.hold_up_to, oseq=4, now=clock.now()))
    folder.path(sha256).with_name(f"{sha256}.fetched.partial").write_bytes(MARKER.encode())
    assert any(MARKER.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    view = store.run_now(partial(erasure.erase, item=tombstone(f"case-{MARKER}"), now=clock.now()))
    assert view is not None
    assert view.fields == {"number": "SHV-1"}
    store.run_now(partial(erasure.delete_files, folder=folder))
    store.scrub()
    # the document's own id bears the marker on purpose here: only ids may remain
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    found = {path.name: path.read_bytes().replace(f"case-{MARKER}".encode(), b"") for path in left}
    assert [name for name, content in found.items() if MARKER.encode() in content] == []
    assert [each.document_id for each in store.read_now(erasure.unconfirmed)] == [f"case-{MARKER}"]
    store.close()


def test_what_was_half_fetched_of_an_erased_scan_goes_with_it(tmp_path: Path) -> None:
    folder = BlobFolder(tmp_path / "blobs")
    sha256, other = folder.put(MARKER.encode()), "e" * 64
    for name, owner in (("f" * 64, "fetched"), ("f" * 64, "own"), (other, "fetched")):
        folder.append(name, MARKER.encode(), owner=owner, offset=0, size=100)
    folder.remove("f" * 64)
    folder.remove(sha256)
    folder.remove(sha256)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{other}.fetched.partial"]


def test_a_late_change_of_the_older_generation_brings_nothing_back(tmp_path: Path) -> None:
    clock = HandClock()
    ids = SeededIds(clock)
    store = new_store(tmp_path / "node.db", ids)
    late = documents.change(None, client_id=3, fields={"applicant_last_name": MARKER}, events={}, attachments={})
    store.run_now(partial(erasure.erase, item=tombstone("case-1"), now=clock.now()))
    assert store.run_now(partial(erasure.erase, item=tombstone("case-1"), now=clock.now())) is None
    item = PullItem(seq=6, what="snapshot", document_id="case-1", kind="case", update=late)
    store.run_now(partial(inbox.receive_one, item=item, project=lambda _tx, _changed: None, now=clock.now()))
    view = store.read_now(partial(outbox.view, document_id="case-1"))
    store.close()
    assert view is not None
    assert MARKER not in str(view)


def test_what_waits_for_the_hub_keeps_its_bytes_until_it_was_heard(tmp_path: Path) -> None:
    clock = HandClock()
    ids = SeededIds(clock)
    store = new_store(tmp_path / "node.db", ids)
    change = Change(document_id="case-1", fields={"applicant_last_name": MARKER})
    store.run_now(partial(outbox.record, change=change, operation_id=ids.new(), now=clock.now()))
    store.run_now(partial(erasure.erase, item=tombstone("case-1"), now=clock.now()))
    assert store.read_now(erasure.unconfirmed) == []
    (waiting,) = store.read_now(partial(replica.waiting_operations, limit=10))
    assert waiting.body is not None
    store.run_now(partial(replica.hold_up_to, oseq=1, now=clock.now()))
    (unconfirmed,) = store.read_now(erasure.unconfirmed)
    store.run_now(partial(erasure.finish_purge, document_ids=[unconfirmed.document_id]))
    store.run_now(partial(erasure.mark_confirmed, document_ids=[unconfirmed.document_id], now=clock.now()))
    assert store.read_now(erasure.unconfirmed) == []
    store.scrub()
    content = b"".join(path.read_bytes() for path in tmp_path.glob("node.db*"))
    store.close()
    assert MARKER.encode() not in content
