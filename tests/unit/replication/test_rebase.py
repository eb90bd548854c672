"""What followed an operation that does not count is made anew upon the hub's document, exactly once."""

from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec
import pytest

from sync.documents import document as documents
from sync.documents.document import DocumentView
from sync.replication import inbox, outbox, rebase
from sync.replication.engine import Settled
from sync.replication.incarnation import begin_incarnation
from sync.replication.messages import OperationResult, PullAnswer, PullItem
from sync.replication.outbox import Change
from sync.storage import Store, quarantine, replica
from sync.storage.replica import OperationState
from sync.vocabulary.case import CaseEvent, EventKind
from sync.vocabulary.errors import NotFound
from tests.support.clock import HandClock, SeededIds

CASE = "case-1"


class Node:
    """A node's replica, and a document as the hub holds it."""

    def __init__(self, path: Path) -> None:
        self.clock = HandClock()
        self.ids = SeededIds(self.clock)
        self.store = Store(path, [replica.migrations])
        self.store.run_now(partial(replica.begin_stream, node_id="node-1", incarnation="one"))
        self.seq = 0
        self.projected: list[DocumentView | None] = []

    def write(self, *, event: str | None = None, **fields: str | int) -> str:
        """Change the case; the operation's id."""
        now, operation_id = self.clock.move(seconds=1), self.ids.new()
        events = () if event is None else (an_event(event, now),)
        change = Change(document_id=CASE, fields=fields, events=events)
        self.store.run_now(partial(outbox.record, change=change, operation_id=operation_id, now=now))
        return operation_id

    def hears(self, what: str, operation_id: str | None, **said: object) -> None:
        """An item of the feed, in the words of the hub."""
        self.seq += 1
        told = {"seq": self.seq, "what": what, "document_id": CASE, "kind": "case", "operation_id": operation_id}
        answer = PullAnswer(hub_incarnation="hub", cursor=self.seq, items=(msgspec.convert(told | said, PullItem),))
        receive = partial(inbox.receive, answer=answer, project=self._project, ids=self.ids, now=self.clock.now())
        self.store.run_now(receive)

    def _project(self, _tx: object, changed: inbox.DocumentChanged) -> None:
        self.projected.append(changed.view)

    def settle(self, *operation_ids: str, code: str | None = None) -> None:
        outcome = "quarantined" if code else "accepted"
        results = tuple(OperationResult(operation_id=each, outcome=outcome, code=code) for each in operation_ids)
        effects = [Settled(results=results)]
        self.store.run_now(partial(inbox.carry_out, effects=effects, ids=self.ids, now=self.clock.now()))

    def snapshot(self) -> bytes:
        stored = self.store.read_now(partial(replica.document, document_id=CASE))
        return stored.snapshot if stored else b""

    def fields(self) -> dict[str, object] | None:
        view = self.store.read_now(partial(outbox.view, document_id=CASE))
        return None if view is None else dict(view.fields)

    def state(self, operation_id: str) -> OperationState:
        stored = self.store.read_now(partial(replica.operation, operation_id=operation_id))
        assert stored is not None
        return stored.state

    def waiting(self) -> list[replica.StoredOperation]:
        return self.store.read_now(partial(replica.waiting_operations, limit=100))

    def made_anew(self) -> list[replica.StoredOperation]:
        return [each for each in self.waiting() if each.rebase_of is not None]

    def anew(self, operation_id: str) -> None:
        command = partial(rebase.make_anew, operation_id=operation_id, ids=self.ids, now=self.clock.now())
        self.store.run_now(command)


def an_event(event_id: str, now: datetime) -> CaseEvent:
    return CaseEvent(
        id=event_id,
        kind=EventKind.STARTED,
        clock="019000000000-0000",
        at=now,
        node_id="node-1",
        office_id="SHV",
        actor_id="oksana",
        facts={},
    )


@pytest.fixture
def node(tmp_path: Path):
    node = Node(tmp_path / "node.db")
    yield node
    node.store.close()


def test_what_followed_is_made_anew_upon_the_hubs_document_and_the_poison_is_gone(node: Node):
    first = node.write(a=1)
    hub = node.snapshot()
    poison = node.write(b=2)
    later = node.write(c=3)
    node.settle(first, poison, later)
    node.hears("quarantined", poison, code="illegal", update=hub)
    assert node.fields() == {"a": 1, "c": 3}
    assert node.projected[-1] is not None
    assert (node.state(poison), node.state(later)) == (OperationState.QUARANTINED, OperationState.SUPERSEDED)
    (anew,) = node.made_anew()
    assert (anew.rebase_of, anew.client_id != 0) == (poison, True)


def test_a_notice_told_twice_makes_nothing_twice(node: Node):
    node.write(a=1)
    hub = node.snapshot()
    poison, _ = node.write(b=2), node.write(c=3)
    for _ in range(2):
        node.hears("quarantined", poison, code="illegal", update=hub)
    assert len(node.made_anew()) == 1


def test_with_nothing_after_it_the_next_change_names_the_poison_once(node: Node):
    node.write(a=1)
    hub = node.snapshot()
    poison = node.write(b=2)
    for _ in range(2):
        node.hears("quarantined", poison, code="illegal", update=hub)
    assert node.made_anew() == []
    node.write(c=3)
    node.write(d=4)
    assert [each.rebase_of for each in node.waiting()] == [None, None, poison, None]


def test_what_was_not_sent_and_counts_no_more_still_travels_so_that_the_chain_has_no_gap(node: Node):
    first = node.write(a=1)
    hub = node.snapshot()
    poison = node.write(b=2)
    node.settle(first, poison)
    node.write(c=3)
    node.hears("quarantined", poison, code="illegal", update=hub)
    assert [each.oseq for each in node.waiting()] == [3, 4]
    assert node.store.read_now(replica.backlog).count == 2


def test_dependents_refused_in_the_push_itself_are_made_anew_when_the_reason_comes(node: Node):
    first = node.write(a=1)
    hub = node.snapshot()
    poison, later = node.write(b=2), node.write(c=3)
    node.settle(first)
    node.settle(poison, code="illegal")
    node.settle(later, code=quarantine.DEPENDS)
    node.hears("quarantined", poison, code="illegal", update=hub)
    node.hears("quarantined", later, code=quarantine.DEPENDS, update=hub)
    assert node.state(later) == OperationState.SUPERSEDED
    assert len(node.made_anew()) == 1
    assert node.fields() == {"a": 1, "c": 3}


def test_events_keep_their_ids_and_are_not_told_again_by_a_restored_node(node: Node):
    """The rebase was done in a life the node lost: the hub's document holds its events already."""
    node.write(a=1)
    hub = node.snapshot()
    poison = node.write(b=2)
    node.write(event="ev-1")
    told = {"ev-1": {"kind": "started", "clock": "019000000000-0000"}}
    anew = documents.change(hub, client_id=7, fields={}, events=told, attachments={})
    whole = documents.merge(hub, [anew], clients=[7]).snapshot
    node.store.run_now(partial(begin_incarnation, incarnation="two"))
    node.hears("quarantined", poison, code="illegal", update=whole)
    assert node.made_anew() == []
    assert [each.operation_id for each in node.store.read_now(quarantine.quarantined)] == [poison]


def test_an_unknown_operation_of_a_lost_life_is_shown_and_what_it_would_block_is_made_anew(node: Node):
    node.write(a=1)
    hub = node.snapshot()
    node.write(c=3)
    lost = node.ids.new()
    node.hears("quarantined", lost, code="illegal", update=hub)
    (anew,) = node.made_anew()
    assert anew.rebase_of == lost
    (shown,) = node.store.read_now(quarantine.quarantined)
    assert (shown.operation_id, shown.can_be_made_anew) == (lost, False)
    with pytest.raises(rebase.CannotBeMadeAnew):
        node.anew(lost)


@pytest.mark.parametrize("code", [quarantine.DEPENDS, rebase.ERASED])
def test_what_depended_in_a_lost_life_leaves_no_trace(node: Node, code: str):
    node.hears("quarantined", node.ids.new(), code=code, update=b"")
    assert node.store.read_now(quarantine.quarantined) == []


def test_what_was_erased_leaves_nothing_to_decide(node: Node):
    late = node.write(a=1)
    node.settle(late, code=rebase.ERASED)
    node.hears("quarantined", late, code=rebase.ERASED, update=node.snapshot())
    assert node.state(late) == OperationState.DISCARDED
    assert node.made_anew() == []


def test_a_document_the_hub_never_held_is_kept_until_a_person_makes_it_anew(node: Node):
    first, second = node.write(a=1), node.write(b=2)
    node.hears("quarantined", first, code="illegal")
    node.hears("quarantined", second, code=quarantine.DEPENDS)
    node.hears("drop", "none")
    assert node.fields() == {"a": 1, "b": 2}
    assert node.made_anew() == []
    node.anew(first)
    assert node.fields() == {"a": 1, "b": 2}
    assert [each.rebase_of for each in node.made_anew()] == [first, first]
    assert node.store.read_now(quarantine.quarantined) == []


def test_a_document_the_hub_never_held_goes_with_its_discarded_first_operation(node: Node):
    first, second = node.write(a=1), node.write(b=2)
    node.hears("quarantined", first, code="illegal")
    node.hears("quarantined", second, code=quarantine.DEPENDS)
    node.hears("discarded", first)
    assert node.fields() is None
    assert node.projected == [None]
    assert {node.state(first), node.state(second)} == {OperationState.DISCARDED}


def test_a_discarded_operation_of_a_document_the_hub_holds_changes_nothing_more(node: Node):
    node.write(a=1)
    hub = node.snapshot()
    poison = node.write(b=2)
    node.hears("quarantined", poison, code="illegal", update=hub)
    assert node.store.run_now(partial(rebase.discard, operation_id=poison)) is False
    assert node.fields() == {"a": 1}
    node.hears("quarantined", poison, code="illegal", update=hub)
    assert node.state(poison) == OperationState.DISCARDED
    with pytest.raises(NotFound):
        node.store.run_now(partial(rebase.discard, operation_id=poison))


def test_a_released_operation_counts_again_and_blocks_nothing(node: Node):
    node.write(a=1)
    hub = node.snapshot()
    poison = node.write(b=2)
    node.hears("quarantined", poison, code="illegal", update=hub)
    node.hears("released", poison)
    assert node.fields() == {"a": 1, "b": 2}
    assert node.state(poison) == OperationState.ACKNOWLEDGED
    node.write(c=3)
    assert node.made_anew() == []


def test_a_released_operation_of_a_lost_life_brings_its_own_bytes_or_changes_nothing(node: Node):
    node.write(a=1)
    update = documents.change(node.snapshot(), client_id=9, fields={"z": 9}, events={}, attachments={})
    node.hears("released", node.ids.new(), update=update, client_id=9)
    node.hears("released", node.ids.new())
    assert node.fields() == {"a": 1, "z": 9}


def test_a_technician_makes_the_change_anew_once_its_cause_is_mended(node: Node):
    node.write(a=1)
    hub = node.snapshot()
    poison = node.write(b=2)
    node.hears("quarantined", poison, code="illegal", update=hub)
    node.anew(poison)
    (anew,) = node.made_anew()
    assert anew.rebase_of == poison
    assert node.fields() == {"a": 1, "b": 2}
    assert node.state(poison) == OperationState.SUPERSEDED


def test_an_operation_of_an_earlier_version_is_not_dropped_in_silence(node: Node):
    """It does not say what it was made of: a person sees it instead."""
    node.write(a=1)
    hub = node.snapshot()
    poison, later = node.write(b=2), node.write(c=3)
    node.store.run_now(lambda tx: tx.execute("update replica_operations set change = null"))
    node.hears("quarantined", poison, code="illegal", update=hub)
    assert node.state(later) == OperationState.QUARANTINED
    assert node.fields() == {"a": 1}


def test_where_neither_side_holds_the_document_nothing_is_kept_apart(node: Node):
    lost = node.ids.new()
    node.hears("quarantined", lost, code="illegal")
    assert node.fields() is None
    assert node.store.read_now(partial(quarantine.block_of, document_id=CASE)) is None
    node.store.run_now(partial(rebase.discard, operation_id=lost))
    assert node.store.read_now(quarantine.quarantined) == []


def test_once_the_hub_holds_a_document_that_was_kept_apart_what_followed_is_made_anew(node: Node):
    """A restored hub refuses what a guest changed until the document's own office has told it again."""
    first = node.write(a=1)
    hub = node.snapshot()
    poison, later = node.write(b=2), node.write(c=3)
    node.settle(first)
    node.hears("quarantined", poison, code="out-of-scope")
    node.hears("quarantined", later, code=quarantine.DEPENDS)
    node.hears("quarantined", poison, code="out-of-scope")
    assert node.fields() == {"a": 1, "b": 2, "c": 3}
    node.hears("snapshot", None, update=hub)
    assert node.fields() == {"a": 1, "c": 3}
    assert [each.rebase_of for each in node.made_anew()] == [poison]
    node.hears("released", poison)
    assert node.fields() == {"a": 1, "b": 2, "c": 3}
    assert node.store.read_now(quarantine.quarantined) == []
