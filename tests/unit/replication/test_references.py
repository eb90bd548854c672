"""Which files a document names is known without reading the documents."""

from pathlib import Path

import pytest
import sqlite_utils

from sync.documents import document as documents
from sync.storage import Store, references, replica

CASE, OTHER = "01CASE", "01OTHER"
SCAN, TEXT = "ab" * 32, "cd" * 32


def names(store: Store) -> list[tuple[str, str]]:
    sql = "select document_id || ' ' || sha256 from replica_references order by 1"
    both = store.read_now(lambda tx: tx.column(sql))
    return [(document_id, sha256) for document_id, sha256 in (str(each).split() for each in both)]


@pytest.fixture
def store(tmp_path: Path):
    store = Store(tmp_path / "node.db", [replica.migrations])
    yield store
    store.close()


def test_a_document_names_what_it_named_before_and_what_comes(store: Store) -> None:
    for hashes in ({SCAN}, {SCAN, TEXT}, set()):
        store.run_now(lambda tx, hashes=hashes: references.name_files(tx, document_id=CASE, hashes=hashes))
    assert names(store) == [(CASE, SCAN), (CASE, TEXT)]


def test_a_document_in_the_place_of_another_names_its_own_alone(store: Store) -> None:
    store.run_now(lambda tx: references.name_files(tx, document_id=CASE, hashes={SCAN}))
    store.run_now(lambda tx: references.name_files(tx, document_id=OTHER, hashes={SCAN}))
    store.run_now(lambda tx: references.name_only(tx, document_id=CASE, hashes={TEXT}))
    assert names(store) == [(CASE, TEXT), (OTHER, SCAN)]
    store.run_now(lambda tx: references.name_only(tx, document_id=CASE, hashes=()))
    assert names(store) == [(OTHER, SCAN)]


def test_a_file_is_named_besides_a_document_only_by_others(store: Store) -> None:
    store.run_now(lambda tx: references.name_files(tx, document_id=CASE, hashes={SCAN}))
    assert not store.read_now(lambda tx: references.is_named(tx, sha256=SCAN, besides=CASE))
    assert store.read_now(lambda tx: references.is_named(tx, sha256=SCAN, besides=OTHER))
    assert not store.read_now(lambda tx: references.is_named(tx, sha256=TEXT, besides=OTHER))


def test_a_document_that_is_let_go_names_nothing(store: Store) -> None:
    store.run_now(lambda tx: references.name_files(tx, document_id=CASE, hashes={SCAN}))
    store.run_now(lambda tx: replica.forget_document(tx, document_id=CASE))
    assert names(store) == []


def test_the_documents_of_an_earlier_version_name_their_files_too(tmp_path: Path) -> None:
    """Also where the bytes hold a scan twice, and where they were put together without yrs."""
    earlier = sqlite_utils.Database(tmp_path / "earlier.db")
    replica.migrations.apply(earlier, stop_before="references")
    scan = {"sha256": SCAN, "size": 5, "media_type": "image/png"}
    first = documents.change(None, client_id=1, fields={"n": 1}, events={}, attachments={"01A": scan})
    text = {"kind": "text", "sha256": TEXT, "size": 1}
    second = documents.change(first, client_id=2, fields={}, events={}, attachments={"01B": text, "01C": scan})
    plain = documents.change(None, client_id=3, fields={"n": 1}, events={}, attachments={})
    for document_id, snapshot in (
        (CASE, documents.merge(first, [second], clients=(1, 2)).snapshot),
        (OTHER, documents.merge(None, [first], clients=(1,)).snapshot),
        ("01PLAIN", plain),
    ):
        earlier.execute(
            "insert into replica_documents (document_id, kind, snapshot) values (?, 'case', ?)", [document_id, snapshot]
        )
    earlier.conn.commit()
    earlier.close()

    store = Store(tmp_path / "earlier.db", [replica.migrations])

    assert names(store) == [(CASE, SCAN), (CASE, TEXT), (OTHER, SCAN)]
    store.close()
