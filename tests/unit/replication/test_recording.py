"""What a local change leaves: the operation as it travels, the document as it stands, the clock as it goes on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest

from sync.documents import document as documents
from sync.replication import outbox
from sync.replication.identity import link_hash
from sync.replication.messages import OPERATION_BYTES_MAX, Operation
from sync.replication.outbox import AHEAD_MAX, Change, OperationRecorded
from sync.storage import quarantine, replica
from sync.storage.replica import OperationState, StoredDocument, StoredOperation
from sync.vocabulary.clock import Hlc, tick, wall_time
from sync.vocabulary.errors import InvalidInput
from tests.support.clock import OPENING
from tests.support.office_replica import CASE, OfficeReplica, a_case_event, an_item, an_update

MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeReplica]:
    office = OfficeReplica(tmp_path / "node.db")
    yield office
    office.store.close()


def clock(office: OfficeReplica, now: datetime, *, after: str | None = None) -> Hlc:
    view = office.view(after) if after else None
    return office.store.run_now(partial(outbox.next_clock, now=now, after=view))


def hear_event(office: OfficeReplica, at: datetime, document_id: str = "case-2") -> None:
    events = {"ev-1": {"clock": tick(None, at)}}
    update = documents.change(None, client_id=5, fields={}, events=events, attachments={})
    office.hears(an_item("snapshot", document_id, update=update))


def test_an_operation_is_kept_with_all_that_it_takes_to_send_it_and_to_make_it_anew(office: OfficeReplica) -> None:
    event = a_case_event("ev-1", OPENING)
    scan = {"sha256": "ab", "size": 1}
    change = Change(document_id=CASE, kind="archive_item", fields={"a": 1}, events=(event,), attachments={"att": scan})
    operation_id = office.ids.new()
    view = office.store.run_now(partial(outbox.record, change=change, operation_id=operation_id, now=OPENING))
    stored = office.operation(operation_id)
    assert stored == StoredOperation(
        operation_id=operation_id,
        document_id=CASE,
        kind="archive_item",
        client_id=documents.fresh_client_id(now=OPENING, operation_id=operation_id),
        oseq=1,
        hash=office.store.read_now(replica.stream).head_hash,
        body=stored.body,
        made_at=OPENING,
        state=OperationState.WAITING,
        change=stored.change,
    )
    assert outbox.change_of(stored) == change
    assert view == office.view() == documents.view(stored.body or b"")
    assert (view.fields, view.attachments, list(view.events)) == ({"a": 1}, {"att": scan}, ["ev-1"])


def test_what_an_earlier_version_made_cannot_be_made_anew(office: OfficeReplica) -> None:
    stored = office.operation(office.write(a=1))
    assert outbox.change_of(msgspec.structs.replace(stored, change=None)) is None


def test_an_operation_of_an_erased_document_is_of_its_generation(office: OfficeReplica) -> None:
    office.hears(an_item("erase", update=an_update(number="1"), generation=3))
    stored = office.operation(office.write(b=2))
    assert stored.generation == 3
    assert office.fields() == {"number": "1", "b": 2}
    assert outbox.as_operation(stored) == Operation(
        operation_id=stored.operation_id,
        document_id=CASE,
        kind="case",
        oseq=1,
        client_id=stored.client_id,
        made_at=OPENING,
        update=stored.body or b"",
        generation=3,
    )


def test_each_operation_is_chained_to_the_one_before(office: OfficeReplica) -> None:
    head = b""
    for stored in (office.operation(office.write(a=value)) for value in range(3)):
        head = link_hash(head, outbox.as_operation(stored))
        assert stored.hash == head


def test_whoever_waits_for_something_to_send_is_woken_by_the_operations_id(office: OfficeReplica) -> None:
    heard: list[OperationRecorded] = []
    office.store.subscribe(OperationRecorded, heard.append)
    operation_id = office.write(a=1)
    assert heard == [OperationRecorded(operation_id=operation_id)]


def test_an_operation_that_just_travels_is_taken_and_one_byte_more_is_refused(office: OfficeReplica) -> None:
    def size(characters: int) -> int:
        return len(documents.change(None, client_id=5, fields={"text": "x" * characters}, events={}, attachments={}))

    room = OPERATION_BYTES_MAX - (len(office.operation(office.write("case-0", text="x" * 60_000)).body or b"") - 60_000)
    assert size(room) > OPERATION_BYTES_MAX - 10
    fitting = office.operation(office.write("case-1", text="x" * room))
    assert len(fitting.body or b"") == OPERATION_BYTES_MAX
    with pytest.raises(InvalidInput) as refused:
        office.write("case-2", text="x" * (room + 1))
    said = refused.value
    assert (said.field, said.rule, said.facts["maximum"]) == ("case-2", "operation-size", OPERATION_BYTES_MAX)
    assert office.document("case-2") is None


def test_a_change_after_one_that_does_not_count_names_it_once_and_one_of_another_document_never(
    office: OfficeReplica,
) -> None:
    block = partial(quarantine.block, document_id=CASE, operation_id="poison", code="rebase")
    office.store.run_now(block)
    named = [office.operation(office.write(document_id, a=1)).rebase_of for document_id in ("case-2", CASE, CASE)]
    assert named == [None, "poison", None]


def test_a_change_of_a_document_kept_apart_names_nothing_and_it_stays_apart(office: OfficeReplica) -> None:
    office.store.run_now(partial(quarantine.block, document_id=CASE, operation_id="poison", code="apart"))
    assert office.operation(office.write(a=1)).rebase_of is None
    assert office.store.read_now(partial(quarantine.block_of, document_id=CASE)) is not None


def test_a_change_of_which_a_part_is_missing_waits_for_it_and_loses_nothing(office: OfficeReplica) -> None:
    first = an_update(k=0)
    second = an_update(first, client_id=6, k=1)
    both = documents.merge(first, [second], clients=(5, 6)).snapshot
    third = an_update(both, client_id=7, k=2)
    for client_id, update in ((7, third), (6, second)):
        office.hears(an_item("operation", operation_id=office.ids.new(), client_id=client_id, update=update))
    stored = office.document()
    assert stored is not None
    assert stored.waiting == (6, 7)
    office.hears(an_item("operation", operation_id=office.ids.new(), client_id=5, update=first))
    whole = documents.merge(None, [first, second, third], clients=())
    assert office.document() == StoredDocument(
        document_id=CASE, kind="case", snapshot=office.document().snapshot, digest=whole.digest
    )
    assert office.fields() == {"k": 2}


def test_a_document_of_the_hub_in_this_ones_place_waits_for_nothing(office: OfficeReplica) -> None:
    first = an_update(k=0)
    second = an_update(first, client_id=6, k=1)
    office.hears(an_item("operation", operation_id=office.ids.new(), client_id=6, update=second))
    replace = partial(outbox.replace, document_id=CASE, kind="case", snapshot=first, generation=2)
    view = office.store.run_now(replace)
    stored = office.document()
    assert stored is not None
    assert (stored.waiting, stored.generation, stored.kind) == ((), 2, "case")
    assert stored.digest == documents.merge(first, [], clients=()).digest
    assert view.fields == office.fields() == {"k": 0}


def test_a_document_not_held_says_nothing(office: OfficeReplica) -> None:
    assert office.view("case-9") is None


def test_each_event_of_this_node_comes_after_the_one_before_though_its_clock_goes_back(office: OfficeReplica) -> None:
    moments = (OPENING, OPENING, OPENING - timedelta(hours=1), OPENING + timedelta(hours=1))
    readings = [clock(office, at) for at in moments]
    assert readings == sorted(set(readings))
    assert wall_time(readings[-1]) == moments[-1]


def test_an_event_comes_after_those_of_its_document_however_far_ahead_they_are(office: OfficeReplica) -> None:
    far = OPENING + timedelta(days=4000)
    hear_event(office, far)
    office.write("case-1", a=1)
    assert clock(office, OPENING, after="case-2") > tick(None, far)
    assert clock(office, OPENING, after="case-2") > tick(None, far)
    elsewhere = clock(office, OPENING, after="case-1")
    assert wall_time(elsewhere) <= OPENING + AHEAD_MAX


def test_an_event_later_than_its_document_follows_this_machines_clock(office: OfficeReplica) -> None:
    hear_event(office, OPENING - timedelta(hours=5))
    assert wall_time(clock(office, OPENING, after="case-2")) == OPENING


def test_a_clock_less_than_a_day_ahead_is_followed_and_one_further_ahead_is_not(office: OfficeReplica) -> None:
    hear_event(office, OPENING + AHEAD_MAX + MILLISECOND)
    assert clock(office, OPENING) == tick(None, OPENING)
    hear_event(office, OPENING + AHEAD_MAX - MILLISECOND, "case-3")
    assert wall_time(clock(office, OPENING)) == OPENING + AHEAD_MAX - MILLISECOND


def test_a_clock_that_was_set_right_again_is_believed(office: OfficeReplica) -> None:
    """This machine itself stood years ahead for a while."""
    ahead = OPENING + timedelta(days=4000)
    clock(office, ahead)
    assert clock(office, OPENING) == tick(None, OPENING)
    assert clock(office, OPENING) > tick(None, OPENING)


def test_what_was_seen_of_others_is_kept_for_what_follows(office: OfficeReplica) -> None:
    seen = tick(None, OPENING + timedelta(hours=2))
    hear_event(office, OPENING + timedelta(hours=2))
    first = clock(office, OPENING, after="case-2")
    second = clock(office, OPENING)
    assert seen < first < second
    assert wall_time(second) == OPENING + timedelta(hours=2)


def test_a_reading_of_another_form_orders_nothing_and_hides_no_other(office: OfficeReplica) -> None:
    good = tick(None, datetime(2026, 1, 1, tzinfo=UTC))
    events = {"ev-1": {"clock": 5}, "ev-2": {"kind": "started"}, "ev-3": {"clock": good}}
    update = documents.change(None, client_id=5, fields={}, events=events, attachments={})
    assert outbox.clocks_in(documents.view(update)) == [good]


def test_what_stands_in_no_chain_or_has_no_bytes_cannot_be_sent(office: OfficeReplica) -> None:
    stored = office.operation(office.write(a=1))
    for odd in (msgspec.structs.replace(stored, oseq=None), msgspec.structs.replace(stored, body=None)):
        with pytest.raises(LookupError, match=stored.operation_id):
            outbox.as_operation(odd)
    assert outbox.as_operation(msgspec.structs.replace(stored, oseq=None), oseq=7).oseq == 7
