"""What a node changed after an operation that does not count, in a case that its office reads no more."""

from collections.abc import Callable
from functools import partial

import pytest

from central_hub.node_gateway import commands
from central_hub.node_gateway.commands import merge_received
from central_hub.storage import HubStore, ingest
from sync.documents import document as documents
from sync.documents.document import view
from sync.documents.validator import check_operation
from sync.replication.messages import Operation, PullItem
from tests.support.clock import HandClock
from tests.support.hub_node import HubNode

NewNode = Callable[[str], HubNode]
EDIT = {"event": "edited", "field": "fee_kopecks"}


@pytest.fixture
def nov(new_node: NewNode) -> HubNode:
    node = new_node("NOV").join()
    node.pull()
    return node


@pytest.fixture
def lent(shv: HubNode, kyv: HubNode) -> str:
    """A case of SHV that KYV holds, to hand over its result."""
    case_id = shv.case(pickup_office_id="KYV").document_id
    shv.push()
    kyv.pull()
    kyv.snapshots[case_id] = shv.snapshots[case_id]
    return case_id


def hand_over_at(node: HubNode, case_id: str, office_id: str) -> None:
    """Choose another office to hand the result over."""
    before = view(node.snapshots[case_id]).fields["pickup_office_id"]
    edit = {"field": "pickup_office_id", "base": before, "value": office_id}
    node.change(case_id, fields={"pickup_office_id": office_id}, event="edited", **edit)


def spoil(node: HubNode, case_id: str) -> Operation:
    before = node.snapshots[case_id]
    operation = node.change(case_id, fields={"number": "KYV-2026-0000009-0"})
    node.snapshots[case_id] = before
    return operation


def codes(node: HubNode) -> list[str | None]:
    """What became of every operation of the node."""
    node.push()
    return [each.code for each in node.push().results]


def told(node: HubNode, case_id: str) -> list[tuple[str, str | None]]:
    return [(item.what, item.operation_id) for item in node.pull().items if item.document_id == case_id]


def notices(items: tuple[PullItem, ...]) -> list[tuple[str | None, bool, bool]]:
    """Of each operation set apart: its id, whether the hub awaits what followed, whether the document came along."""
    return [(each.operation_id, each.is_awaited, bool(each.update)) for each in items if each.what == "quarantined"]


def counted(store: HubStore, operation: Operation) -> str:
    (known,) = store.read_now(partial(ingest.known, operation_ids=[operation.operation_id])).values()
    return known.state


def remake(node: HubNode, case_id: str, made: Operation, *, after: Operation) -> Operation:
    """The events of ``made`` once more, without it."""
    client_id = made.client_id + 1
    written = check_operation(made.update, client_id=made.client_id).written
    events = {key: value for (root, key), value in written.items() if root == "ev" and isinstance(value, dict)}
    update = documents.change(None, client_id=client_id, fields={}, events=events, attachments={})
    return node.append(case_id, client_id=client_id, update=update, rebase_of=after.operation_id)


def test_of_a_case_that_is_read_no_more_each_operation_is_judged_for_itself(
    shv: HubNode, kyv: HubNode, lent: str
) -> None:
    spoilt, honest = spoil(kyv, lent), kyv.change(lent, event="issued")
    kyv.greeted()
    hand_over_at(shv, lent, "SHV")
    shv.push()
    assert codes(kyv) == ["field-fixed", None]
    assert ("operation", honest.operation_id) in told(shv, lent)
    assert notices(kyv.pull().items) == [(spoilt.operation_id, False, False)]
    assert notices(kyv.refetch().items) == [(spoilt.operation_id, False, False)]


def test_what_followed_is_judged_again_where_its_office_ceases_to_read_the_case(
    shv: HubNode, kyv: HubNode, lent: str
) -> None:
    spoilt, honest = spoil(kyv, lent), kyv.change(lent, event="issued")
    assert codes(kyv) == ["field-fixed", "depends-on-quarantined"]
    hand_over_at(shv, lent, "SHV")
    shv.push()
    assert codes(kyv) == ["field-fixed", None]
    assert ("operation", honest.operation_id) in told(shv, lent)
    heard = kyv.pull().items
    assert notices(heard) == [(spoilt.operation_id, False, False), (honest.operation_id, False, False)]
    assert ("released", honest.operation_id) in [(each.what, each.operation_id) for each in heard]


def test_what_was_made_anew_meanwhile_does_not_count_twice(
    shv: HubNode, kyv: HubNode, lent: str, store: HubStore
) -> None:
    """The node heard of it while it read the case, and said so after it had ceased to."""
    spoilt, honest = spoil(kyv, lent), kyv.change(lent, event="issued")
    assert codes(kyv) == ["field-fixed", "depends-on-quarantined"]
    assert notices(kyv.pull().items)[0] == (spoilt.operation_id, True, True)
    hand_over_at(shv, lent, "SHV")
    shv.push()
    anew = remake(kyv, lent, honest, after=spoilt)
    assert codes(kyv) == ["field-fixed", None, "counted-already"]
    assert [counted(store, each) for each in (honest, anew)] == ["merged", "superseded"]
    assert store.read_now(ingest.quarantined)[0].operation_id == spoilt.operation_id
    assert len(store.read_now(ingest.quarantined)) == 1


def test_who_reads_the_case_again_makes_anew_what_followed_the_second_making(
    shv: HubNode, kyv: HubNode, lent: str
) -> None:
    spoilt, honest = spoil(kyv, lent), kyv.change(lent, event="issued")
    assert codes(kyv) == ["field-fixed", "depends-on-quarantined"]
    for office_id in ("SHV", "KYV"):
        hand_over_at(shv, lent, office_id)
        shv.push()
    anew = remake(kyv, lent, honest, after=spoilt)
    kyv.change(lent, event="withdrawn")
    assert codes(kyv)[2:] == ["counted-already", "depends-on-quarantined"]
    assert (anew.operation_id, True, True) in notices(kyv.pull().items)
    kyv.change(lent, event="withdrawn", rebase_of=anew.operation_id)
    assert codes(kyv)[4:] == [None]


def test_what_is_written_over_one_that_does_not_count_waits_with_it_for_a_person(
    shv: HubNode, kyv: HubNode, lent: str, store: HubStore, clock: HandClock
) -> None:
    kyv.greeted()
    hand_over_at(shv, lent, "SHV")
    shv.push()
    first = kyv.change(lent, fields={"fee_kopecks": 1}, base=4542, value=1, **EDIT)
    kyv.push()
    kyv.pull()
    kyv.greeted()
    kyv.change(lent, fields={"fee_kopecks": 2}, base=1, value=2, **EDIT)
    assert codes(kyv) == ["out-of-scope", "out-of-scope"]
    second = kyv.chain[1]
    now = clock.now()
    for each in (second, first):
        release = partial(commands.release, actor_id="head", office_id="CEN", now=now)
        store.run_now(partial(release, operation_id=each.operation_id))
        while store.run_now(partial(merge_received, limit=9, now=now)):
            pass
    assert codes(kyv) == [None, None]
    assert [counted(store, each) for each in (first, second)] == ["merged", "merged"]


def test_what_was_made_anew_while_it_waited_does_not_count_twice(
    shv: HubNode, kyv: HubNode, lent: str, store: HubStore
) -> None:
    """It missed a change that came late, and what its node made in between did not count."""
    shv.change(lent, fields={"fee_kopecks": 1}, base=4542, value=1, **EDIT)
    kyv.snapshots[lent] = shv.snapshots[lent]
    waiting = kyv.change(lent, fields={"fee_kopecks": 2}, base=1, value=2, **EDIT)
    spoilt = spoil(kyv, lent)
    kyv.push()
    anew = remake(kyv, lent, waiting, after=spoilt)
    kyv.push()
    shv.push()
    assert [counted(store, each) for each in (waiting, spoilt, anew)] == ["superseded", "quarantined", "merged"]
    kyv.change(lent, event="issued")
    assert codes(kyv) == ["counted-already", "field-fixed", None, None]


def test_who_takes_a_case_back_unheard_is_told_all_of_it(
    shv: HubNode, kyv: HubNode, lent: str, clock: HandClock
) -> None:
    """It may have let go of the case between its own change and the hub's hearing of it."""
    hand_over_at(kyv, lent, "SHV")
    clock.move(seconds=1)
    hand_over_at(kyv, lent, "KYV")
    kyv.greeted()
    kyv.push(1, 1)
    assert told(kyv, lent) == [("drop", None)]
    kyv.push(2, 2)
    assert told(kyv, lent) == [("snapshot", None)]


def test_a_case_kept_apart_as_one_that_is_nowhere_is_heard_of_where_another_brings_it(
    shv: HubNode, kyv: HubNode, lent: str
) -> None:
    case_id = "case-of-shv"
    kyv.snapshots[case_id] = kyv.snapshots[lent]
    guest = kyv.change(case_id, event="issued")
    assert codes(kyv)[0] is not None
    assert notices(kyv.pull().items) == [(guest.operation_id, True, False)]
    shv.case(case_id=case_id)
    shv.push()
    assert notices(kyv.pull().items) == [(guest.operation_id, False, False)]


def test_a_fetched_scope_tells_a_case_once_whatever_of_it_is_set_apart(kyv: HubNode, lent: str) -> None:
    spoilt, followed = spoil(kyv, lent), kyv.change(lent, event="issued")
    assert codes(kyv) == ["field-fixed", "depends-on-quarantined"]
    items = tuple(item for item in kyv.refetch().items if item.document_id == lent)
    assert notices(items) == [(spoilt.operation_id, True, True), (followed.operation_id, False, False)]
    assert [item.what for item in items] == ["quarantined", "quarantined", "snapshot"]
