"""A document read here no more: what was sent of it counts or not for itself, and it goes when the hub has it all."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from sync.documents import document as documents
from sync.replication import inbox, rebase
from sync.replication.engine import HeldUpTo
from sync.storage import quarantine
from sync.storage.replica import OperationState
from tests.support.clock import OPENING
from tests.support.office_replica import CASE, OfficeReplica, a_case_event, an_item, an_update

UNREAD = {"code": "illegal", "is_awaited": False}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeReplica]:
    office = OfficeReplica(tmp_path / "node.db")
    yield office
    office.store.close()


def holds(office: OfficeReplica, *, up_to: int) -> None:
    """The hub has taken the chain so far."""
    effects = [HeldUpTo(oseq=up_to)]
    office.store.run_now(partial(inbox.carry_out, effects=effects, ids=office.ids, now=office.clock.now()))


def snapshot(office: OfficeReplica) -> bytes:
    held = office.document()
    return held.snapshot if held else b""


def states(office: OfficeReplica, *operation_ids: str) -> list[OperationState]:
    return [office.operation(each).state for each in operation_ids]


def block(office: OfficeReplica) -> quarantine.Block | None:
    return office.store.read_now(partial(quarantine.block_of, document_id=CASE))


def test_one_set_apart_in_a_document_not_read_here_takes_nothing_along(office: OfficeReplica) -> None:
    poison, honest = office.write(a=1), office.write(b=2)
    holds(office, up_to=2)
    office.hears(an_item("quarantined", operation_id=poison, **UNREAD))
    assert states(office, poison, honest) == [OperationState.QUARANTINED, OperationState.ACKNOWLEDGED]
    assert (office.document(), block(office), office.waiting()) == (None, None, [])
    assert [changed.view for changed in office.shown] == [None]


def test_a_document_that_was_to_go_goes_once_the_hub_has_all_of_it(office: OfficeReplica) -> None:
    office.write(a=1)
    office.hears(an_item("drop"))
    assert (office.fields(), office.shown) == ({"a": 1}, [])
    holds(office, up_to=1)
    office.hears()
    assert (office.document(), [changed.view for changed in office.shown]) == (None, [None])
    office.hears()
    assert len(office.shown) == 1


def test_a_notice_puts_off_what_is_not_sent_as_well(office: OfficeReplica) -> None:
    poison, _ = office.write(a=1), office.write(b=2)
    holds(office, up_to=1)
    office.hears(an_item("quarantined", operation_id=poison, **UNREAD))
    assert office.fields() == {"a": 1, "b": 2}
    holds(office, up_to=2)
    office.hears()
    assert office.document() is None


def test_a_document_that_is_read_again_stays(office: OfficeReplica) -> None:
    office.write(a=1)
    office.hears(an_item("drop"), an_item("snapshot", update=an_update(b=2)))
    holds(office, up_to=1)
    office.hears()
    assert office.fields() == {"a": 1, "b": 2}


def test_what_left_and_came_again_names_nothing_that_was_set_apart_before(office: OfficeReplica) -> None:
    office.write(a=1)
    hub = snapshot(office)
    poison = office.write(b=2)
    holds(office, up_to=2)
    office.hears(an_item("quarantined", operation_id=poison, code="illegal", update=hub))
    office.hears(an_item("drop"), an_item("snapshot", update=hub))
    again = office.write(c=3)
    assert office.operation(again).rebase_of is None


def test_where_nothing_is_awaited_what_followed_stands_upon_the_hubs_document_as_it_was_sent(
    office: OfficeReplica,
) -> None:
    office.write(a=1)
    hub = snapshot(office)
    poison, later, counted = office.write(b=2), office.write(c=3), office.write(d=4)
    body = office.operation(counted).body or b""
    hub = documents.merge(hub, [body], clients=()).snapshot
    office.hears(an_item("quarantined", operation_id=poison, update=hub, **UNREAD))
    assert office.fields() == {"a": 1, "c": 3, "d": 4}
    assert states(office, later, counted) == [OperationState.WAITING, OperationState.WAITING]
    assert [each.rebase_of for each in office.waiting()] == [None] * 4
    assert block(office) is None


def test_where_nothing_is_awaited_what_was_made_anew_in_a_lost_life_is_not_told_again(office: OfficeReplica) -> None:
    first = office.write(a=1)
    hub = snapshot(office)
    poison = office.write(b=2)
    event = a_case_event("ev-1", OPENING)
    told = office.write(events=(event,), c=3)
    view = documents.view(snapshot(office))
    anew = documents.change(hub, client_id=99, fields={}, events=view.events, attachments={})
    whole = documents.merge(hub, [anew], clients=()).snapshot
    office.hears(an_item("quarantined", operation_id=poison, update=whole, **UNREAD))
    assert states(office, first, told) == [OperationState.WAITING, OperationState.SUPERSEDED]
    assert office.fields() == {"a": 1}


def test_one_that_counted_before_it_was_made_anew_asks_no_person(office: OfficeReplica) -> None:
    anew = office.write(a=1)
    holds(office, up_to=1)
    office.hears(an_item("quarantined", operation_id=anew, code="counted-already", is_awaited=False))
    assert states(office, anew) == [OperationState.SUPERSEDED]
    assert office.fields() == {"a": 1}


def test_one_that_hangs_on_another_is_made_anew_where_the_hub_awaits_it(office: OfficeReplica) -> None:
    office.write(a=1)
    hub = snapshot(office)
    hanging = office.write(b=2)
    holds(office, up_to=2)
    office.hears(an_item("quarantined", operation_id=hanging, code="depends-on-quarantined", update=hub))
    assert states(office, hanging) == [OperationState.SUPERSEDED]
    assert [each.rebase_of for each in office.waiting()] == [hanging]
    assert office.fields() == {"a": 1, "b": 2}


def test_a_released_operation_brings_no_document_back_that_is_not_read_here(office: OfficeReplica) -> None:
    operation = office.write(a=1)
    body = office.operation(operation).body
    holds(office, up_to=1)
    office.hears(an_item("drop"), an_item("released", operation_id=operation, update=body))
    assert (office.document(), states(office, operation)) == (None, [OperationState.ACKNOWLEDGED])


def test_what_was_kept_apart_as_nowhere_else_goes_where_the_hub_holds_it_for_others(office: OfficeReplica) -> None:
    guest = office.write(a=1)
    holds(office, up_to=1)
    office.hears(an_item("quarantined", operation_id=guest, code="number-missing"), an_item("drop"))
    assert office.fields() == {"a": 1}
    office.hears(an_item("quarantined", operation_id=guest, code="number-missing", is_awaited=False))
    assert (office.document(), block(office)) == (None, None)


def test_what_was_set_apart_of_a_document_that_left_is_made_anew_elsewhere(office: OfficeReplica) -> None:
    """Here it would be a document of that one change, which the hub would tell nobody of."""
    poison = office.write(a=1)
    holds(office, up_to=1)
    office.hears(an_item("quarantined", operation_id=poison, **UNREAD))
    command = partial(rebase.make_anew, operation_id=poison, ids=office.ids, now=office.clock.now())
    with pytest.raises(rebase.DocumentNotHere):
        office.store.run_now(command)
    assert states(office, poison) == [OperationState.QUARANTINED]
