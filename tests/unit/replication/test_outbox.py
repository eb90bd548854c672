"""A local change is part of the replica, the chain and the outbox, or of none of them."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from sync.replication import inbox, leases, outbox
from sync.replication.identity import chain_hash
from sync.replication.incarnation import begin_incarnation
from sync.replication.leases import NumbersExhausted
from sync.replication.messages import NumberLease, PullAnswer, PullItem
from sync.replication.outbox import Change
from sync.storage import Store, Transaction, link, replica
from sync.storage.replica import OperationState
from sync.vocabulary.errors import InvalidInput
from tests.support.clock import HandClock, SeededIds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def ids(clock: HandClock) -> SeededIds:
    return SeededIds(clock)


@pytest.fixture
def store(tmp_path: Path):
    store = Store(tmp_path / "node.db", [replica.migrations])
    store.run_now(partial(replica.begin_stream, node_id="node-1", incarnation="one"))
    yield store
    store.close()


def write(store: Store, ids: SeededIds, clock: HandClock, document_id: str = "case-1", **fields: str | int):
    change = Change(document_id=document_id, fields=fields)
    return store.run_now(partial(outbox.record, change=change, operation_id=ids.new(), now=clock.now()))


def test_changes_chain_up_and_wait_for_the_hub(store: Store, ids: SeededIds, clock: HandClock):
    write(store, ids, clock, a=1)
    assert write(store, ids, clock, b=2).fields == {"a": 1, "b": 2}
    state = store.read_now(inbox.node_state)
    assert [outgoing.operation.oseq for outgoing in state.outbox] == [1, 2]
    operations = tuple(outgoing.operation for outgoing in state.outbox)
    assert chain_hash(b"", operations) == state.stream.head_hash == state.outbox[-1].head_hash
    assert store.read_now(replica.backlog).count == 2


def test_the_chain_covers_operations_as_they_are_sent_whatever_the_clock_counts_in(store: Store, ids: SeededIds):
    """Times are kept in milliseconds; a hash over microseconds would be refused by the hub for ever."""
    change = Change(document_id="case-1", fields={"a": 1})
    at = datetime(2026, 11, 21, 22, 11, 56, 123_456, tzinfo=UTC)
    store.run_now(partial(outbox.record, change=change, operation_id=ids.new(), now=at))
    (outgoing,) = store.read_now(inbox.node_state).outbox
    assert chain_hash(b"", (outgoing.operation,)) == outgoing.head_hash


def test_every_operation_has_a_client_id_of_its_own(store: Store, ids: SeededIds, clock: HandClock):
    for value in range(50):
        write(store, ids, clock, a=value)
    outgoing = store.read_now(inbox.node_state).outbox
    assert len({one.operation.client_id for one in outgoing}) == 50


def test_a_refused_change_leaves_no_trace(store: Store, ids: SeededIds, clock: HandClock):
    with pytest.raises(InvalidInput):
        write(store, ids, clock, text="я" * 70_000)
    assert store.read_now(replica.backlog).count == 0
    assert store.read_now(replica.stream).oseq == 0


def test_what_the_hub_says_twice_is_taken_once(store: Store, ids: SeededIds, clock: HandClock):
    write(store, ids, clock, a=1)
    (outgoing,) = store.read_now(inbox.node_state).outbox
    item = PullItem(
        seq=5,
        what="operation",
        document_id="case-2",
        kind="case",
        operation_id=ids.new(),
        client_id=outgoing.operation.client_id,
        made_at=clock.now(),
        update=outgoing.operation.update,
    )
    seen: list[str] = []
    answer = PullAnswer(hub_incarnation="hub", cursor=5, items=(item, item))
    receive = partial(
        inbox.receive,
        answer=answer,
        project=lambda _, changed: seen.append(changed.document_id),
        ids=ids,
        now=clock.now(),
    )
    store.run_now(receive)
    store.run_now(receive)
    assert seen == ["case-2"]
    assert store.read_now(replica.link).cursor == 5


def test_a_document_with_unsent_changes_is_not_dropped(store: Store, ids: SeededIds, clock: HandClock):
    write(store, ids, clock, a=1)
    drop = PullItem(seq=1, what="drop", document_id="case-1", kind="case")
    answer = PullAnswer(hub_incarnation="hub", cursor=1, items=(drop,))
    store.run_now(partial(inbox.receive, answer=answer, project=lambda _tx, _changed: None, ids=ids, now=clock.now()))
    assert store.read_now(partial(outbox.view, document_id="case-1")) is not None


def test_a_new_incarnation_rechains_the_unsent_and_gives_up_its_numbers(store: Store, ids: SeededIds, clock: HandClock):
    for value in range(3):
        write(store, ids, clock, a=value)
    store.run_now(partial(replica.hold_up_to, oseq=1, now=clock.now()))
    store.run_now(partial(link.note_hub_time, offset_seconds=0.0, durable_at=clock.now()))
    store.run_now(partial(leases.accept, lease=NumberLease(year=2026, first=1, last=10)))
    before = [one.operation.operation_id for one in store.read_now(inbox.node_state).outbox]

    store.run_now(partial(begin_incarnation, incarnation="two"))

    state = store.read_now(inbox.node_state)
    assert [one.operation.operation_id for one in state.outbox] == before
    assert [one.operation.oseq for one in state.outbox] == [1, 2]
    assert chain_hash(b"", tuple(one.operation for one in state.outbox)) == state.stream.head_hash
    assert (state.stream.incarnation, state.numbers_left, state.link.cursor) == ("two", {}, 0)


def test_a_new_incarnation_also_chains_what_the_hub_may_lose_with_its_disk(
    store: Store, ids: SeededIds, clock: HandClock
):
    for value in range(3):
        write(store, ids, clock, a=value)
    store.run_now(partial(replica.hold_up_to, oseq=2, now=clock.now()))
    store.run_now(partial(begin_incarnation, incarnation="two"))
    assert [one.operation.oseq for one in store.read_now(inbox.node_state).outbox] == [1, 2, 3]


@pytest.mark.parametrize(("is_durable", "sent"), [(False, 1), (True, 0)])
def test_a_new_incarnation_chains_what_the_hub_set_apart_and_may_forget(
    store: Store, ids: SeededIds, clock: HandClock, *, is_durable: bool, sent: int
):
    """A person at a restored hub sees it again; here it stays set apart meanwhile."""
    write(store, ids, clock, a=1)
    (outgoing,) = store.read_now(inbox.node_state).outbox
    operation_id = outgoing.operation.operation_id
    settle = partial(replica.settle_operation, operation_id=operation_id, state=OperationState.QUARANTINED)
    store.run_now(partial(settle, code="out-of-scope", now=clock.now()))
    if is_durable:
        store.run_now(partial(link.note_hub_time, offset_seconds=0.0, durable_at=clock.now()))
    store.run_now(partial(begin_incarnation, incarnation="two"))

    assert len(store.read_now(inbox.node_state).outbox) == sent
    stored = store.read_now(partial(replica.operation, operation_id=operation_id))
    assert stored is not None
    assert stored.state == OperationState.QUARANTINED


def test_a_new_incarnation_still_tells_which_ranges_the_earlier_ones_drew_from(
    store: Store, ids: SeededIds, clock: HandClock
):
    """A restored hub may have forgotten them, and their cases come in the new chain."""
    leased_at, first = clock.now(), store.read_now(replica.stream).incarnation
    for number in (1, 2, 3):
        lease = NumberLease(year=2026, first=number * 10, last=number * 10, seal=b"s")
        store.run_now(partial(leases.accept, lease=lease, leased_at=leased_at))
    assert [store.run_now(draw) for _ in (1, 2)] == [10, 20]
    assert [lease.first for lease in store.read_now(leases.held)] == [10, 20, 30]
    store.run_now(partial(begin_incarnation, incarnation="two"))
    store.run_now(partial(begin_incarnation, incarnation="three"))
    assert {(lease.first, lease.incarnation) for lease in store.read_now(leases.held)} == {
        (10, first),
        (20, first),
        (30, first),
    }
    with pytest.raises(NumbersExhausted):
        store.run_now(draw)
    later = leased_at + timedelta(seconds=1)
    store.run_now(partial(link.note_hub_time, offset_seconds=0.0, durable_at=later))
    assert store.read_now(leases.held) == ()


def draw(tx: Transaction) -> int:
    return leases.draw_number(tx, year=2026)


def test_numbers_are_drawn_once_each_until_the_ranges_end(store: Store):
    for first in (1, 101):
        store.run_now(partial(leases.accept, lease=NumberLease(year=2026, first=first, last=first + 1)))
    assert [store.run_now(draw) for _ in range(4)] == [1, 2, 101, 102]
    with pytest.raises(NumbersExhausted):
        store.run_now(draw)


def test_a_lease_heard_again_gives_no_number_again(store: Store):
    lease = NumberLease(year=2026, first=1, last=3)
    store.run_now(partial(leases.accept, lease=lease))
    drawn = store.run_now(draw)
    store.run_now(partial(leases.accept, lease=lease))
    assert store.run_now(draw) == drawn + 1


def test_a_hub_that_holds_less_than_it_did_is_sent_the_rest_again(store: Store, ids: SeededIds, clock: HandClock):
    for value in range(4):
        write(store, ids, clock, a=value)
    store.run_now(partial(replica.hold_up_to, oseq=4, now=clock.now()))
    assert store.read_now(inbox.node_state).outbox == ()
    store.run_now(partial(replica.hold_up_to, oseq=2, now=clock.now()))
    assert [one.operation.oseq for one in store.read_now(inbox.node_state).outbox] == [3, 4]


def test_a_lease_held_without_its_seal_gets_it_when_it_is_told_again(store: Store):
    lease = NumberLease(year=2026, first=1, last=3)
    store.run_now(partial(leases.accept, lease=lease))
    drawn = store.run_now(draw)
    sealed = NumberLease(year=2026, first=1, last=3, seal=b"of the hub")
    store.run_now(partial(leases.accept, lease=sealed))
    store.run_now(partial(leases.accept, lease=NumberLease(year=2026, first=1, last=3, seal=b"of another")))
    assert store.read_now(leases.held) == (sealed,)
    assert store.run_now(draw) == drawn + 1
