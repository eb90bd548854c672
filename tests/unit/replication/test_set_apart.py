"""Released, discarded or made anew: what the node holds afterwards is what the hub will hold, and people see why."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from sync.documents import document as documents
from sync.replication import rebase
from sync.storage import quarantine
from sync.storage.replica import OperationState
from sync.vocabulary.errors import NotFound
from tests.support.clock import OPENING
from tests.support.office_replica import CASE, OfficeReplica, a_case_event, an_item, an_update


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeReplica]:
    office = OfficeReplica(tmp_path / "node.db")
    yield office
    office.store.close()


def snapshot(office: OfficeReplica) -> bytes:
    held = office.document()
    return held.snapshot if held else b""


def make_anew(office: OfficeReplica, operation_id: str) -> None:
    command = partial(rebase.make_anew, operation_id=operation_id, ids=office.ids, now=office.clock.now())
    office.store.run_now(command)


def set_apart(office: OfficeReplica) -> tuple[str, bytes]:
    """An operation that does not count on a document that the hub holds; its id, and the hub's document."""
    office.write(a=1)
    hub = snapshot(office)
    poison = office.write(b=2)
    office.hears(an_item("quarantined", operation_id=poison, code="illegal", update=hub))
    return poison, hub


def test_a_document_made_anew_from_its_beginning_is_the_same_at_the_hub(office: OfficeReplica) -> None:
    first = office.write(a=1)
    office.write(events=(a_case_event("ev-1", OPENING),))
    office.write(b=2)
    office.hears(an_item("quarantined", operation_id=first, code="illegal"))
    make_anew(office, first)
    told = [each.body or b"" for each in office.waiting() if each.rebase_of == first]
    at_the_hub = documents.merge(None, told, clients=())
    held = office.document()
    assert held is not None
    assert (len(told), held.digest, held.waiting) == (3, at_the_hub.digest, ())
    assert office.fields() == {"a": 1, "b": 2}
    assert held.snapshot.count(b"ev-1") == 1


def test_what_is_made_anew_upon_the_hubs_document_is_the_same_there(office: OfficeReplica) -> None:
    poison, hub = set_apart(office)
    office.write(c=3)
    make_anew(office, poison)
    told = [each.body or b"" for each in office.waiting() if each.oseq and each.oseq > 2]
    held = office.document()
    assert held is not None
    assert held.digest == documents.merge(hub, told, clients=()).digest
    assert office.fields() == {"a": 1, "b": 2, "c": 3}


def test_a_released_operation_is_shown_to_the_slices_and_one_without_bytes_is_not(office: OfficeReplica) -> None:
    poison, _ = set_apart(office)
    office.shown.clear()
    office.hears(an_item("released", operation_id=poison))
    assert [each.view and each.view.fields for each in office.shown] == [{"a": 1, "b": 2}]
    office.hears(an_item("released", operation_id=office.ids.new()))
    assert len(office.shown) == 1


def test_a_released_operation_of_a_lost_life_is_remembered_as_one_that_came(office: OfficeReplica) -> None:
    lost = office.ids.new()
    released = an_item("released", operation_id=lost, client_id=5, update=an_update(a=1), kind="archive_item")
    office.hears(released)
    stored = office.operation(lost)
    assert (stored.state, stored.client_id, stored.kind) == (OperationState.REMOTE, 5, "archive_item")
    assert (stored.document_id, stored.made_at, stored.oseq) == (CASE, OPENING, None)


def test_a_release_lifts_only_its_own_block(office: OfficeReplica) -> None:
    poison, _ = set_apart(office)
    office.hears(an_item("released", operation_id=office.ids.new()))
    assert office.store.read_now(partial(quarantine.block_of, document_id=CASE)) is not None
    office.hears(an_item("released", operation_id=poison))
    assert office.store.read_now(partial(quarantine.block_of, document_id=CASE)) is None


def test_a_discarded_beginning_leaves_no_block_behind(office: OfficeReplica) -> None:
    first = office.write(a=1)
    office.hears(an_item("quarantined", operation_id=first, code="illegal"))
    office.hears(an_item("discarded", operation_id=first))
    assert office.document() is None
    assert office.store.read_now(partial(quarantine.block_of, document_id=CASE)) is None
    assert office.operation(first).body is not None


def test_what_cannot_be_made_anew_is_shown_with_the_reason(office: OfficeReplica) -> None:
    office.write(a=1)
    hub = snapshot(office)
    poison, later = office.write(b=2), office.write(c=3)
    office.store.run_now(lambda tx: tx.execute("update replica_operations set change = null"))
    office.hears(an_item("quarantined", operation_id=poison, code="illegal", update=hub))
    shown = {each.operation_id: each.code for each in office.store.read_now(quarantine.quarantined)}
    assert shown == {poison: "illegal", later: quarantine.DEPENDS}
    with pytest.raises(rebase.CannotBeMadeAnew) as refused:
        make_anew(office, poison)
    assert refused.value.facts == {"operation_id": poison}
    assert office.operation(poison).state is OperationState.QUARANTINED


@pytest.mark.parametrize("operation_id", ["no such operation", None])
def test_only_what_was_set_apart_is_decided_about(office: OfficeReplica, operation_id: str | None) -> None:
    asked = operation_id or office.write(a=1)
    for decide in (partial(make_anew, office, asked), lambda: discard(office, asked)):
        with pytest.raises(NotFound) as refused:
            decide()
        assert refused.value.facts == {"what": "operation"}


def discard(office: OfficeReplica, operation_id: str) -> None:
    office.store.run_now(partial(rebase.discard, operation_id=operation_id))
