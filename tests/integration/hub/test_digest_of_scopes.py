"""The digest of a node's scopes covers each document of them once, and no other office's."""

from collections.abc import Iterable

import pytest
from sqlalchemy import insert, update

from central_hub.storage import HubStore, digests
from central_hub.storage.tables import documents, grants
from sync.documents import document
from sync.replication.digests import PAGE_ROWS, DocumentDigest
from tests.support.clock import OPENING

SNAPSHOT = document.change(None, client_id=1, fields={"n": 1}, events={}, attachments={})


def tell(store: HubStore, *, ids: Iterable[str], scope: str) -> None:
    """Documents, granted to the scope."""
    standing = {"kind": "case", "snapshot": SNAPSHOT, "waiting": [], "generation": 2, "digest": b"12345678"}
    rows = [{"document_id": each, **standing} for each in ids]
    granted = [
        {"document_id": each["document_id"], "scope": scope, "granted_at": OPENING, "reason": "home"} for each in rows
    ]
    store.run_now(lambda tx: tx.execute_many(insert(documents), rows))
    store.run_now(lambda tx: tx.execute_many(insert(grants), granted))


def found(store: HubStore, *scopes: str) -> list[DocumentDigest]:
    return store.read_now(lambda reader: list(digests.of_scope(reader, scopes=scopes)))


@pytest.mark.parametrize("count", [PAGE_ROWS - 1, PAGE_ROWS, PAGE_ROWS + 1])
def test_every_document_of_a_scope_is_covered_page_by_page(store: HubStore, count: int) -> None:
    wanted = [f"01A{number:06}" for number in range(count)]
    tell(store, ids=wanted, scope="office:AAA")
    tell(store, ids=["01A000001X", "01Z"], scope="office:BBB")

    covered = found(store, "office:AAA")

    assert [each.document_id for each in covered] == wanted
    assert {(each.digest, each.generation) for each in covered} == {(b"12345678", 2)}


def test_a_document_that_two_scopes_of_a_node_read_is_covered_once(store: HubStore) -> None:
    tell(store, ids=["01A", "01B"], scope="office:AAA")
    tell(store, ids=["01C"], scope="node:one")
    both = {"document_id": "01A", "scope": "node:one", "granted_at": OPENING, "reason": "guest"}
    store.run_now(lambda tx: tx.execute_many(insert(grants), [both]))

    assert sorted(each.document_id for each in found(store, "office:AAA", "node:one")) == ["01A", "01B", "01C"]
    assert sorted(each.document_id for each in found(store, "node:one", "office:AAA")) == ["01A", "01B", "01C"]


def test_a_document_of_an_earlier_version_is_covered_by_what_it_says(store: HubStore) -> None:
    tell(store, ids=["01A"], scope="office:AAA")
    store.run_now(lambda tx: tx.execute(update(documents).where(documents.c.document_id == "01A").values(digest=None)))

    (covered,) = found(store, "office:AAA")

    assert covered.digest == document.merge(SNAPSHOT, [], clients=()).digest
