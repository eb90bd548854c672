"""The merging process beside a real app: it may die, the app goes on, and what killed it is set apart."""

import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from litestar.testing import TestClient
from sqlalchemy import literal, select

from central_hub.app import Surroundings, create_app
from central_hub.merging import SupervisedMerger
from central_hub.merging.sign import WAITS_MAX, Sign, wait_while
from central_hub.merging.worker import BATCH_FIRST, BATCH_MAX, BATCH_SECONDS, next_batch, when_free
from central_hub.settings import HubSettings
from central_hub.storage import HubStore, engine
from central_hub.storage.tables import alarms, cases, operations
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode
from tests.support.processes import Hub, wait_until

NESTED = 60_000
# one entry of root "f" holding arrays in arrays: no check of structure lets it through
FRESH_CLIENT = 1 << 40  # one that wrote nothing in the document yet
DEADLY = b"\x01\x01\x09\x00\x28\x01\x01f\x01k\x01" + b"\x75\x01" * NESTED + b"\x7e\x00"

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def node(store: HubStore, clock: HandClock, ids: SeededIds, tmp_path: Path) -> Iterator[HubNode]:
    """A node of an app whose merging is apart, as production's is."""
    around = Surroundings(
        settings=HubSettings(folder=tmp_path), store=store, clock=clock, ids=ids, merger=SupervisedMerger
    )
    with TestClient(create_app(around)) as client:
        yield HubNode(client, store, office_id="SHV", clock=clock, ids=ids).join()


def fates(store: HubStore) -> list[tuple[str, str | None]]:
    statement = operations.select().where(operations.c.node_id.is_not(None)).order_by(operations.c.arrival)

    def read(reader) -> list[tuple[str, str | None]]:
        return [(row.state, row.quarantine_code) for row in reader._connection.execute(statement)]

    return store.read_now(read)


def plant(store: HubStore, operation_id: str) -> Callable[[], None]:
    """Put the deadly bytes where checked ones stood, before they are merged."""
    swap = (
        operations.update()
        .where(operations.c.operation_id == operation_id)
        .values(body=DEADLY, client_id=FRESH_CLIENT, state="received")
    )
    return lambda: store.run_now(lambda tx: tx.execute(swap))


def test_a_database_that_another_holds_for_long_is_waited_for(
    sqlite_city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_SECONDS", 0.01)
    path = shutil.copy(sqlite_city, tmp_path / "hub.db")
    store, tries = HubStore(f"sqlite:///{path}"), 0
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("begin immediate")

        def try_again() -> None:
            nonlocal tries
            tries += 1
            if tries > 3:
                other.rollback()

        store.watch_writes(try_again, lambda: None)
        assert when_free(store, lambda tx: tx.scalar(select(literal(7)))) == 7
    store.close()
    assert tries == 4


def test_what_is_pushed_is_merged_and_polls_are_woken(node: HubNode, store: HubStore) -> None:
    node.case(pickup_office_id="KYV")
    node.push()
    wait_until(lambda: fates(store) == [("merged", None)], what="the merge")


def test_an_operation_that_kills_the_worker_twice_is_set_apart_and_others_are_merged(
    node: HubNode, store: HubStore
) -> None:
    spoilt = node.case()
    node.push()
    wait_until(lambda: fates(store) == [("merged", None)], what="the merge")
    plant(store, spoilt.operation_id)()
    node.case()
    node.push()
    wait_until(lambda: fates(store) == [("quarantined", "kills-the-worker"), ("merged", None)], what="the second death")
    (alarm,) = store.read_now(lambda reader: reader.column(alarms.select().with_only_columns(alarms.c.subject)))
    assert alarm == spoilt.operation_id
    assert [item.code for item in node.pull().items if item.what == "quarantined"] == ["kills-the-worker"]


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_worker_ends_with_the_hub(tmp_path: Path, how: signal.Signals) -> None:
    hub = Hub(tmp_path)
    hub.start()
    wait_until(lambda: children(hub.pid), what="the worker's start")
    (worker,) = children(hub.pid)
    os.kill(hub.pid, how)
    wait_until(lambda: not Path(f"/proc/{worker}").exists(), what="the worker's end")
    hub.stop()


def test_an_operation_that_cannot_be_written_stops_nobody_else(
    node: HubNode, store: HubStore, clock: HandClock
) -> None:
    """A fault of ours that no rule foresaw: here the register holds a row of a case that no document stands for."""
    spoilt = node.case()
    row = dict.fromkeys(("fee_kopecks", "paid_kopecks", "receipt_count", "conflict_count"), 0)
    words = {"number": "1", "status": "draft", "home_office_id": "SHV", "applicant": "", "changed_at": clock.now()}
    orphan = cases.insert().values(case_id=spoilt.document_id, **row, **words)
    store.run_now(lambda tx: tx.execute(orphan))
    node.case()
    node.push()
    wait_until(
        lambda: fates(store) == [("quarantined", "kills-the-worker"), ("merged", None)], what="the others' merge"
    )


def test_a_batch_of_merges_grows_and_shrinks_to_what_fits_into_the_time_that_pages_may_wait():
    assert next_batch(100, seconds=BATCH_SECONDS) == 100
    assert next_batch(400, seconds=BATCH_SECONDS * 2) == 200
    assert (
        next_batch(100, seconds=BATCH_SECONDS * 2) == BATCH_FIRST
    )  # the machine is busy, the operations are not large
    assert next_batch(40, seconds=BATCH_SECONDS) == 80
    assert next_batch(100, seconds=BATCH_SECONDS * 5) == 20
    assert next_batch(100, seconds=BATCH_SECONDS / 4) == 200
    assert next_batch(BATCH_MAX, seconds=0.0) == BATCH_MAX
    assert next_batch(1, seconds=3_600.0) == 1


def test_whoever_waits_for_the_database_goes_on_as_soon_as_the_other_lets_go():
    sign = Sign.new()
    sign.begin_merging()
    asked: list[bool] = []

    def is_held() -> bool:
        asked.append(sign.is_merging)
        if len(asked) == 3:
            sign.end_merging()
        return sign.is_merging

    wait_while(is_held)
    sign.close()
    assert asked == [True, True, True]


def test_who_holds_it_too_long_is_waited_for_by_the_database_itself():
    asked: list[None] = []
    wait_while(lambda: asked.append(None) is None)
    assert len(asked) == WAITS_MAX
