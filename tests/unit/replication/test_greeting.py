"""Every answer of hello, and what a node makes of it: durably, in one transaction."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest

from sync.documents import document as documents
from sync.replication import inbox, leases, outbox, refetch
from sync.replication.engine import (
    BeginIncarnation,
    CursorReset,
    Freeze,
    HeldUpTo,
    HubTime,
    Leased,
    Refetch,
    UpgradeNeeded,
)
from sync.replication.incarnation import enrol_again
from sync.replication.messages import (
    HealAnswer,
    HelloRequest,
    NumberLease,
    OperationResult,
    PullAnswer,
    PullItem,
    PushAnswer,
    PushRequest,
)
from sync.storage import link, quarantine, replica
from sync.storage.replica import StoredOperation
from sync.vocabulary.clock import tick, wall_time
from tests.support.clock import OPENING
from tests.support.greeted_node import GreetedNode as Node
from tests.support.greeted_node import snapshot


@pytest.fixture
def node(tmp_path: Path):
    node = Node(tmp_path / "node.db")
    yield node
    node.store.close()


def test_a_greeting_proves_the_chain_and_tells_what_is_held(node: Node):
    node.write(a=1)
    node.write(a=2)
    lease = NumberLease(year=2026, first=1, last=5, seal=b"s")
    node.greeted(acknowledged_oseq=1, leases=(lease,))
    node.engine.on_session_lost()
    hello = node.says()
    assert isinstance(hello, HelloRequest)
    state = node.store.read_now(inbox.node_state)
    first = node.store.read_now(partial(replica.hash_before, oseq=2))
    assert (hello.acknowledged_oseq, hello.acknowledged_hash, hello.leases) == (1, first, (lease,))
    assert (hello.version, hello.oseq, hello.head_hash) == ("7", 2, state.stream.head_hash)


def test_what_the_hub_says_of_time_and_durability_is_kept(node: Node):
    node.greeted(durable_at=OPENING)
    assert (node.link.clock_offset_seconds, node.link.durable_at) == (3.0, OPENING)
    node.greeted()
    assert node.link.durable_at == OPENING


def test_a_rewound_node_begins_another_chain_and_greets_with_it(node: Node):
    waiting = node.write(a=1)
    assert node.greeted("rewound", acknowledged_oseq=7) == [BeginIncarnation()]
    hello = node.says()
    assert isinstance(hello, HelloRequest)
    assert (hello.incarnation != "one", hello.oseq, hello.cursor) == (True, 1, 0)
    node.greeted()
    push = node.says()
    assert isinstance(push, PushRequest)
    assert ([each.operation_id for each in push.operations], push.incarnation) == ([waiting], hello.incarnation)


def test_a_forked_node_says_nothing_more_until_it_is_let_in_again(node: Node):
    node.write(a=1)
    assert node.greeted("forked") == [Freeze(why="forked")]
    assert (node.link.frozen, node.says()) == ("forked", None)
    node.store.run_now(link.thaw)
    assert isinstance(node.says(), HelloRequest)


def test_a_revoked_node_tells_what_counts_yet_and_then_falls_silent(node: Node):
    for value in range(3):
        node.write(a=value)
    assert node.greeted("revoked", cut_off_oseq=2) == [HeldUpTo(oseq=0)]
    push = node.says()
    assert isinstance(push, PushRequest)
    assert [each.oseq for each in push.operations] == [1, 2]
    node.store.run_now(partial(replica.hold_up_to, oseq=2, now=node.clock.now()))
    assert isinstance(node.says(), HelloRequest)
    assert Freeze(why="revoked") in node.greeted("revoked", cut_off_oseq=2, acknowledged_oseq=2)
    assert node.says() is None


@pytest.mark.parametrize("cut_off_oseq", [None, 0])
def test_a_node_revoked_from_the_start_falls_silent_at_once(node: Node, cut_off_oseq: int | None):
    node.write(a=1)
    assert Freeze(why="revoked") in node.greeted("revoked", cut_off_oseq=cut_off_oseq)


def test_an_older_hub_is_greeted_in_its_own_protocol_and_a_stranger_is_not(node: Node):
    assert node.greeted("upgrade", protocols=(1,)) == []
    hello = node.says()
    assert isinstance(hello, HelloRequest)
    assert hello.protocol == 1
    assert node.greeted("upgrade", protocols=(1,)) == [UpgradeNeeded()]
    assert node.greeted("upgrade", protocols=(9,)) == [UpgradeNeeded()]
    assert node.engine.protocol == 2


def test_a_node_that_never_met_the_hub_hears_it_from_the_start(node: Node):
    assert CursorReset(hub_incarnation="hub-1") in node.greeted()
    assert [type(each) for each in node.greeted()] == [HubTime, HeldUpTo]


def test_a_restored_hub_is_told_the_rest_again_and_fetched_whole(node: Node):
    for value in range(3):
        node.write(a=value)
    node.greeted(acknowledged_oseq=3)
    effects = node.greeted("hub_restored", hub_incarnation="hub-2", acknowledged_oseq=1)
    assert Refetch(hub_incarnation="hub-2") in effects
    push = node.says()
    assert isinstance(push, PushRequest)
    assert [each.oseq for each in push.operations] == [2, 3]
    assert (node.link.refetch_after, node.link.hub_incarnation) == ("", "hub-2")
    assert "refetch=" in refetch.pull_target(node.link)
    assert Refetch(hub_incarnation="hub-2") not in node.greeted("refetch", hub_incarnation="hub-2")


def test_a_restored_hubs_range_takes_the_place_of_those_held(node: Node):
    """Of those neither may remember what was drawn; the hub is told of them until it cannot lose them any more."""
    draw = partial(leases.draw_number, year=2026)
    former, fresh = NumberLease(year=2026, first=1, last=9), NumberLease(year=2026, first=101, last=109)
    node.greeted(leases=(former,))
    assert node.store.run_now(draw) == 1
    node.greeted("hub_restored", hub_incarnation="hub-2", leases=(fresh,))
    assert [node.store.run_now(draw) for _ in range(2)] == [101, 102]
    assert node.store.read_now(leases.numbers_left) == {2026: 7}
    assert node.store.read_now(leases.held) == (former, fresh)


def test_bytes_that_are_kept_no_more_cannot_be_told_again_so_another_chain_begins(node: Node):
    for value in range(3):
        node.write(a=value)
    node.greeted(acknowledged_oseq=3)
    node.store.run_now(lambda tx: tx.execute("update replica_operations set body = null where oseq = 2"))
    node.greeted("hub_restored", hub_incarnation="hub-2", acknowledged_oseq=1)
    hello = node.says()
    assert isinstance(hello, HelloRequest)
    assert (hello.incarnation != "one", hello.oseq) == (True, 2)


def test_a_range_leased_to_the_chain_that_ends_is_not_drawn_from_by_the_next(node: Node):
    """Its seal names the incarnation that greeted: to a hub that forgot it, no other could prove that it was leased."""
    lease = NumberLease(year=2026, first=1, last=9, seal=b"s")
    node.write(a=1)
    node.greeted(acknowledged_oseq=1)
    node.store.run_now(lambda tx: tx.execute("update replica_operations set body = null"))
    node.greeted("hub_restored", hub_incarnation="hub-2", leases=(lease,))
    assert node.store.read_now(leases.numbers_left) == {}
    assert node.store.read_now(leases.held) == (msgspec.structs.replace(lease, incarnation="one"),)


def test_what_a_restored_node_heard_of_its_lost_life_is_told_to_a_restored_hub(node: Node):
    node.greeted()
    own = snapshot("case-9", node, what="operation", operation_id=node.ids.new(), client_id=5, is_own=True)
    node.hears(own)
    assert node.store.read_now(replica.backlog).count == 0
    node.greeted("hub_restored", hub_incarnation="hub-2")
    assert isinstance(node.says(), HelloRequest)
    (outgoing,) = node.store.read_now(inbox.node_state).outbox
    assert outgoing.operation.document_id == "case-9"


def test_a_refetch_goes_page_by_page_drops_what_is_gone_and_keeps_what_is_unsent(node: Node):
    node.greeted()
    for document_id in ("case-1", "case-2", "case-4"):
        node.hears(snapshot(document_id, node), cursor=3)
    node.write("case-3", a=1)
    node.greeted("refetch")
    node.hears(snapshot("case-1", node), cursor=20, after="case-2")
    assert node.documents() == ["case-1", "case-3", "case-4"]
    assert (node.link.refetch_after, node.link.refetch_cursor, node.link.cursor) == ("case-2", 20, 3)
    stale = msgspec.structs.replace(node.link, refetch_after="")
    node.hears(cursor=21, after="case-9", asked=stale)
    assert node.link.refetch_after == "case-2"
    node.hears(cursor=22)
    assert node.documents() == ["case-1", "case-3"]
    assert (node.link.refetch_after, node.link.refetch_cursor, node.link.cursor) == (None, None, 20)
    assert refetch.pull_target(node.link, limit=5, wait_seconds=1) == "/sync/pull?cursor=20&limit=5&wait=1"


def test_what_a_restored_hub_does_not_tell_is_asked_for_before_it_goes(node: Node):
    """It may have forgotten the document, and so may the office that made it."""
    node.greeted()
    node.hears(snapshot("case-1", node), snapshot("case-2", node), snapshot("case-3", node), cursor=3)
    node.greeted("hub_restored", hub_incarnation="hub-2")
    asked, answer = node.link, PullAnswer(hub_incarnation="hub-2", cursor=20, items=(snapshot("case-1", node),))
    take = partial(refetch.receive, answer=answer, asked=asked, project=lambda _tx, _changed: None, ids=node.ids)
    node.store.run_now(partial(take, now=node.clock.now() + timedelta(days=2)))
    assert node.documents() == ["case-1", "case-2", "case-3"]
    assert node.store.read_now(partial(link.doubted, limit=9)) == ["case-2", "case-3"]
    for document_id, is_kept in (("case-2", True), ("case-3", False)):
        heard = HealAnswer(item=None, is_kept=is_kept)
        settle = partial(
            refetch.settle_doubt, document_id=document_id, answer=heard, project=lambda _tx, _changed: None
        )
        node.store.run_now(settle)
    assert node.documents() == ["case-1", "case-2"]
    assert node.store.read_now(partial(link.doubted, limit=9)) == []


def test_what_the_feed_said_before_a_refetch_began_is_not_taken_in_the_middle_of_it(node: Node):
    node.greeted()
    asked = node.link
    node.greeted("refetch")
    node.hears(snapshot("case-1", node), asked=asked)
    assert (node.documents(), node.link.cursor) == ([], 0)


def test_a_range_drawn_to_its_end_is_told_until_the_hub_cannot_lose_it(node: Node):
    lease = NumberLease(year=2026, first=1, last=1)
    node.greeted(leases=(lease,))
    node.store.run_now(partial(leases.draw_number, year=2026))
    assert node.store.read_now(leases.held) == (lease,)
    node.greeted(durable_at=OPENING + timedelta(hours=1))
    assert node.store.read_now(leases.held) == ()


def test_an_item_that_cannot_be_taken_blocks_nothing_and_is_asked_for_as_a_whole(node: Node):
    node.greeted()
    bad = snapshot("case-1", node, update=b"\x01\x02\x03")
    node.hears(bad, snapshot("case-2", node), msgspec.structs.replace(bad, document_id="case-3"), cursor=9)
    assert (node.documents(), node.link.cursor) == (["case-2"], 9)
    assert node.store.read_now(quarantine.refused_documents) == ["case-1", "case-3"]
    assert [alarm.kind for alarm in node.store.read_now(quarantine.alarms)] == ["refused", "refused"]
    whole = partial(inbox.receive_whole, project=lambda _tx, _changed: None, now=node.clock.now())
    node.store.run_now(partial(whole, item=bad))
    assert node.store.read_now(quarantine.count_refusals) == 2
    node.store.run_now(partial(whole, item=snapshot("case-1", node)))
    assert node.store.read_now(quarantine.refused_documents) == ["case-3"]
    assert node.documents() == ["case-1", "case-2"]


def test_a_document_that_no_page_can_show_is_merged_and_raises_an_alarm(node: Node):
    def unreadable(_tx: object, _changed: object) -> None:
        raise KeyError("number")

    node.greeted()
    answer = PullAnswer(hub_incarnation="hub-1", cursor=4, items=(snapshot("case-1", node),))
    take = partial(inbox.receive, answer=answer, project=unreadable, ids=node.ids, now=node.clock.now())
    node.store.run_now(take)
    assert (node.documents(), node.link.cursor) == (["case-1"], 4)
    assert node.store.read_now(quarantine.count_refusals) == 1


def test_a_fault_of_this_house_is_not_taken_for_one_of_the_hub(node: Node):
    def broken(_tx: object, _changed: object) -> None:
        raise AssertionError

    node.greeted()
    answer = PullAnswer(hub_incarnation="hub-1", cursor=4, items=(snapshot("case-1", node),))
    take = partial(inbox.receive, answer=answer, project=broken, ids=node.ids, now=node.clock.now())
    with pytest.raises(AssertionError):
        node.store.run_now(take)
    assert (node.documents(), node.link.cursor) == ([], 0)


def event_at(years: float) -> dict[str, object]:
    return {"kind": "started", "clock": tick(None, OPENING + timedelta(days=365 * years))}


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_years_off_drags_no_other_along_but_is_followed_in_its_own_document(node: Node, years: float):
    node.greeted()
    update = documents.change(
        None, client_id=5, fields={}, events={"ev-1": event_at(years), "ev-2": {"clock": "?"}}, attachments={}
    )
    node.hears(snapshot("case-1", node, update=update))
    view = node.store.read_now(partial(outbox.view, document_id="case-1"))
    assert view is not None
    there = node.store.run_now(partial(outbox.next_clock, now=OPENING, after=view))
    elsewhere = node.store.run_now(partial(outbox.next_clock, now=OPENING))
    assert there > max(outbox.clocks_in(view))
    assert wall_time(elsewhere) - OPENING <= outbox.AHEAD_MAX


def test_a_clock_a_little_ahead_is_followed(node: Node):
    node.greeted()
    seen = tick(None, OPENING + timedelta(hours=2))
    node.store.run_now(partial(outbox.see_clock, seen=seen, now=OPENING))
    assert node.store.run_now(partial(outbox.next_clock, now=OPENING)) > seen


def test_a_range_told_twice_is_one(node: Node):
    lease = NumberLease(year=2026, first=1, last=5)
    assert Leased(leases=(lease,)) in node.greeted(leases=(lease,))
    node.greeted(leases=(lease,))
    assert node.store.read_now(leases.numbers_left) == {2026: 5}


def test_the_hubs_word_on_a_push_settles_it(node: Node):
    operation_id = node.write(a=1)
    results = (OperationResult(operation_id=operation_id, outcome="accepted"),)
    standing = node.store.read_now(inbox.node_state)
    effects = node.engine.on_push(PushAnswer(results=results, acknowledged_oseq=1), standing)
    node.store.run_now(partial(inbox.carry_out, effects=effects, ids=node.ids, now=node.clock.now()))
    assert node.says() is not None
    assert node.store.read_now(replica.backlog).count == 0


def test_a_node_let_in_again_begins_another_chain_and_speaks(node: Node):
    node.greeted("forked")
    node.store.run_now(partial(enrol_again, incarnation="two"))
    hello = node.says()
    assert isinstance(hello, HelloRequest)
    assert hello.incarnation == "two"


def test_what_stands_in_no_chain_is_never_sent(node: Node):
    node.greeted()
    node.hears(snapshot("case-1", node, what="operation", operation_id=node.ids.new(), client_id=5))
    (stored,) = node.store.read_now(lambda reader: reader.rows("select * from replica_operations", StoredOperation))
    with pytest.raises(LookupError):
        outbox.as_operation(stored)


def test_an_erased_document_is_told_to_the_slices_once(node: Node):
    node.greeted()
    node.hears(snapshot("case-1", node))
    tombstone = snapshot("case-1", node, what="erase", generation=1)
    node.hears(tombstone)
    node.hears(tombstone)
    assert node.projected == ["case-1", "case-1"]


def test_a_document_out_of_scope_goes_unless_the_hub_lacks_something_of_it(node: Node):
    node.greeted()
    node.hears(snapshot("case-1", node))
    node.write("case-2", a=1)
    for document_id in ("case-1", "case-2"):
        node.hears(PullItem(seq=4, what="drop", document_id=document_id, kind="case"))
    assert node.documents() == ["case-2"]


def test_healed_a_document_is_the_hubs_unless_something_of_it_waits_here(node: Node):
    node.greeted()
    more = documents.change(None, client_id=6, fields={"b": 2}, events={}, attachments={})
    take = partial(inbox.receive_instead, project=lambda _tx, _changed: None, ids=node.ids, now=node.clock.now())
    view = partial(outbox.view, document_id="case-1")
    node.hears(snapshot("case-1", node, update=more))
    node.store.run_now(partial(take, item=snapshot("case-1", node)))
    said = node.store.read_now(view)
    assert said is not None
    assert said.fields == {"a": 1}
    node.write("case-1", c=3)
    node.store.run_now(partial(take, item=snapshot("case-1", node, update=more)))
    said = node.store.read_now(view)
    assert said is not None
    assert said.fields == {"a": 1, "b": 2, "c": 3}
