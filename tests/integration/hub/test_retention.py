"""What the hub forgets after ninety days, what it never does, and how a node that was away so long finds back."""

from collections.abc import Callable
from functools import partial

import msgspec
import pytest
from sqlalchemy import func, select

from central_hub.node_gateway import commands
from central_hub.storage import HubStore, replica
from central_hub.storage.retention import BATCH_ROWS
from central_hub.storage.tables import documents, feed, grants, operations
from sync.documents.document import merge, view
from tests.support.clock import HandClock
from tests.support.hub_node import HubNode


class Kept(msgspec.Struct):
    operation_id: str
    hash: bytes
    body: bytes | None


@pytest.fixture
def compact(store: HubStore, clock: HandClock) -> Callable[[], list[int]]:
    def until_done() -> list[int]:
        batches = []
        while done := store.run_now(partial(commands.compact, now=clock.now())):
            batches.append(done)
        return batches

    return until_done


def kept(store: HubStore, node: HubNode) -> dict[str, Kept]:
    statement = select(operations.c.operation_id, operations.c.hash, operations.c.body)
    found = store.read_now(lambda reader: reader.rows(statement.where(operations.c.node_id == node.node_id), Kept))
    return {each.operation_id: each for each in found}


def told(store: HubStore) -> int:
    return store.read_now(lambda reader: reader.count(select(func.count()).select_from(feed)))


def readable(store: HubStore, node: HubNode) -> dict[str, bytes]:
    class Row(msgspec.Struct):
        document_id: str
        snapshot: bytes

    scopes = ["city", f"office/{node.office_id}"]
    statement = select(documents.c.document_id, documents.c.snapshot).join(
        grants, grants.c.document_id == documents.c.document_id
    )
    found = store.read_now(lambda reader: reader.rows(statement.where(grants.c.scope.in_(scopes)), Row))
    return {row.document_id: row.snapshot for row in found}


def test_nothing_is_forgotten_before_its_time(shv: HubNode, store: HubStore, clock: HandClock, compact: Callable):
    shv.case()
    shv.push()
    before = told(store)
    clock.move(days=89)
    assert compact() == []
    assert told(store) == before
    assert all(each.body for each in kept(store, shv).values())


def test_after_ninety_days_headers_and_hashes_remain(
    shv: HubNode, store: HubStore, clock: HandClock, compact: Callable
):
    shv.case()
    shv.push()
    clock.move(days=1)
    shv.hello(y2026=2000)
    clock.move(days=90)
    assert sum(compact()) > 0
    (left,) = kept(store, shv).values()
    assert (left.body, len(left.hash)) == (None, 32)
    assert told(store) == 0
    assert store.read_now(replica.current).horizon > 0
    shv.hello()
    shv.case()
    shv.push()
    assert [each.outcome for each in shv.push().results] == ["duplicate", "duplicate"]


def test_what_a_person_may_still_release_keeps_its_bytes(
    shv: HubNode, store: HubStore, clock: HandClock, compact: Callable
):
    apart = shv.append("case-1", update=b"no update at all")
    shv.push()
    clock.move(days=400)
    compact()
    assert kept(store, shv)[apart.operation_id].body == apart.update


def test_a_node_that_was_away_so_long_fetches_its_scope_and_holds_what_the_hub_does(
    shv: HubNode, kyv: HubNode, store: HubStore, clock: HandClock, compact: Callable
):
    first, second = (shv.case(pickup_office_id="KYV").document_id for _ in range(2))
    shv.push()
    clock.move(days=1)
    shv.hello(y2026=2000)
    clock.move(days=100)
    compact()
    shv.change(first, event="handed_over")
    shv.hello()
    shv.push()

    assert kyv.greeted().status == "refetch"
    held: dict[str, bytes] = {}
    page = kyv.refetch(limit=50)
    cursor = page.cursor
    held |= {item.document_id: item.update for item in page.items}
    shv.change(second, event="handed_over")
    shv.push()
    while page.refetch_after is not None:
        page = kyv.refetch(page.refetch_after, limit=50)
        held |= {item.document_id: item.update for item in page.items}
    for item in kyv.pull(cursor=cursor).items:
        held[item.document_id] = merge(held[item.document_id], [item.update], clients=()).snapshot

    expected = readable(store, kyv)
    assert {key: view(snapshot) for key, snapshot in held.items()} == {
        key: view(snapshot) for key, snapshot in expected.items()
    }


def test_an_operation_told_late_is_told_as_the_document_it_became_part_of(
    shv: HubNode, kyv: HubNode, store: HubStore, clock: HandClock, compact: Callable
):
    """Its bytes went before the feed that names it did: no day of greetings lies between."""
    case_id = shv.case(pickup_office_id="KYV").document_id
    shv.push()
    shv.change(case_id, event="handed_over")
    shv.push()
    clock.move(days=100)
    store.run_now(lambda tx: tx.execute(operations.update().values(body=None)))
    kyv.greeted()
    assert [item.what for item in kyv.pull().items] == ["snapshot", "snapshot"]
    assert view(kyv.pull(cursor=0).items[-1].update) == view(shv.snapshots[case_id])


def test_a_batch_is_bounded(shv: HubNode, store: HubStore, clock: HandClock, compact: Callable):
    state = store.read_now(replica.current)
    rows = [
        {"scope": "city", "seq": -1 - number, "what": "drop", "document_id": "gone"}
        for number in range(BATCH_ROWS + 10)
    ]
    store.run_now(lambda tx: tx.execute_many(feed.insert(), rows))
    clock.move(days=1)
    shv.hello(y2026=2000)
    clock.move(days=100)
    assert max(compact()) == BATCH_ROWS
    assert told(store) == 0
    assert store.read_now(replica.current).horizon >= state.seq
