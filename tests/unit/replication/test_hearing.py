"""What the hub tells becomes part of the replica once, whole, with what was heard of its time; or people see it."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest

from sync.documents import document as documents
from sync.documents.encoding import MalformedUpdate
from sync.replication import blob_rows, inbox, outbox, refetch
from sync.replication.blob_rows import PendingBlob
from sync.replication.engine import BeginIncarnation, CursorReset, Freeze, HeldUpTo, HubTime, Refetch, Settled
from sync.replication.identity import chain_hash
from sync.replication.inbox import DocumentChanged
from sync.replication.messages import OperationResult, PullAnswer
from sync.storage import link, quarantine, replica
from sync.storage.replica import OperationState, StoredDocument, StoredOperation
from sync.vocabulary.clock import tick
from tests.support.clock import OPENING
from tests.support.office_replica import CASE, MINUTE, OfficeReplica, a_case_event, an_item, an_update

AHEAD = timedelta(seconds=90)  # of the hub's clock


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeReplica]:
    office = OfficeReplica(tmp_path / "node.db")
    yield office
    office.store.close()


def carry_out(office: OfficeReplica, *effects: object) -> None:
    command = partial(inbox.carry_out, effects=list(effects), ids=office.ids, now=office.clock.now())
    office.store.run_now(command)


def take(office: OfficeReplica, how: str, item: object) -> None:
    instead = partial(inbox.receive_instead, ids=office.ids)
    receive = {"one": inbox.receive_one, "instead": instead, "whole": inbox.receive_whole}[how]
    office.store.run_now(partial(receive, item=item, project=office.show, now=office.clock.now()))


def refusals(office: OfficeReplica) -> list[tuple[object, ...]]:
    sql = "select json_array(seq, what, document_id, operation_id, hex(body), why, at) from replica_refusals"
    return [tuple(msgspec.json.decode(str(row))) for row in office.store.read_now(lambda tx: tx.column(sql))]


def test_what_the_hub_settled_is_dated_by_its_own_clock_at_the_latest(office: OfficeReplica) -> None:
    """Else what a restored hub lost would be taken for durable, and be told to nobody."""
    first, second, third = office.write(a=1), office.write(a=2), office.write(a=3)
    carry_out(office, Settled(results=(OperationResult(operation_id=first, outcome="accepted"),)))
    assert office.operation(first).settled_at == OPENING + MINUTE
    carry_out(office, HubTime(at=OPENING + AHEAD, durable_at=None), HeldUpTo(oseq=2))
    assert office.operation(second).settled_at == OPENING + AHEAD + MINUTE
    assert office.operation(third).settled_at is None


def test_what_the_hub_set_apart_says_why(office: OfficeReplica) -> None:
    poison = office.write(a=1)
    carry_out(office, Settled(results=(OperationResult(operation_id=poison, outcome="quarantined", code="illegal"),)))
    stored = office.operation(poison)
    assert (stored.state, stored.quarantine_code) == (OperationState.QUARANTINED, "illegal")


def test_several_effects_are_carried_out_in_one_go(office: OfficeReplica) -> None:
    office.write(a=1)
    carry_out(office, CursorReset(hub_incarnation="hub-1"), Freeze(why="forked"), HeldUpTo(oseq=1))
    standing = office.store.read_now(replica.link)
    assert (standing.hub_incarnation, standing.cursor, standing.frozen) == ("hub-1", 0, "forked")
    assert office.waiting() == []


def test_scans_are_offered_again_only_to_a_hub_that_is_another(office: OfficeReplica) -> None:
    scan = PendingBlob(sha256="ab", size=1, media_type="image/png")
    office.store.run_now(partial(blob_rows.queue_upload, blob=scan, lane="case", now=OPENING))
    carry_out(office, CursorReset(hub_incarnation="hub-1"))
    office.store.run_now(lambda tx: tx.execute("update replica_blobs set state = 'uploaded'"))
    carry_out(office, CursorReset(hub_incarnation="hub-1"), Refetch(hub_incarnation="hub-1"))
    assert office.store.read_now(blob_rows.count_pending) == 0
    carry_out(office, Refetch(hub_incarnation="hub-2"))
    assert office.store.read_now(blob_rows.count_pending) == 1


def test_a_change_made_elsewhere_is_remembered_without_its_bytes(office: OfficeReplica) -> None:
    made_at, update = OPENING - timedelta(hours=1), an_update(a=1)
    said = {"operation_id": office.ids.new(), "client_id": 5, "made_at": made_at, "update": update, "generation": 2}
    item = an_item("operation", kind="archive_item", **said)
    office.hears(item)
    assert office.operation(item.operation_id or "") == StoredOperation(
        operation_id=item.operation_id or "",
        document_id=CASE,
        kind="archive_item",
        client_id=5,
        oseq=None,
        hash=None,
        body=None,
        made_at=made_at,
        state=OperationState.REMOTE,
        generation=2,
    )
    assert office.waiting() == []


def test_a_change_of_this_nodes_lost_life_is_remembered_with_its_bytes(office: OfficeReplica) -> None:
    """The hub may lose it too: then this node is the only one that can tell it again."""
    carry_out(office, HubTime(at=OPENING + AHEAD, durable_at=None))
    item = an_item("operation", operation_id=office.ids.new(), client_id=5, update=an_update(a=1), is_own=True)
    office.hears(item)
    stored = office.operation(item.operation_id or "")
    assert (stored.body, stored.state) == (item.update, OperationState.ACKNOWLEDGED)
    assert (stored.settled_at, stored.made_at) == (OPENING + AHEAD + MINUTE, OPENING)


def test_a_change_is_taken_once_however_often_it_is_told_and_a_snapshot_each_time(office: OfficeReplica) -> None:
    operation = an_item("operation", operation_id=office.ids.new(), client_id=5, update=an_update(a=1))
    office.hears(operation, operation)
    office.hears(operation)
    assert [each.document_id for each in office.shown] == [CASE]
    office.hears(an_item("snapshot", update=an_update(a=1)))
    assert len(office.shown) == 2


def test_a_slice_is_shown_what_the_document_is_and_that_it_is_not_erased(office: OfficeReplica) -> None:
    office.hears(an_item("snapshot", kind="office", update=an_update(a=1)))
    assert office.shown == [DocumentChanged(document_id=CASE, kind="office", view=office.view())]


def test_of_several_changes_of_one_document_a_slice_is_shown_the_last(office: OfficeReplica) -> None:
    first = an_update(a=1)
    second = an_update(first, client_id=6, a=2)
    items = [
        an_item("operation", operation_id=office.ids.new(), client_id=client_id, update=update)
        for client_id, update in ((5, first), (6, second))
    ]
    office.hears(*items, an_item("snapshot", "case-2", update=first))
    assert [(each.document_id, each.view and each.view.fields) for each in office.shown] == [
        (CASE, {"a": 2}),
        ("case-2", {"a": 1}),
    ]


def test_what_was_said_before_an_erasure_brings_nothing_back_and_what_came_after_counts(office: OfficeReplica) -> None:
    office.hears(an_item("erase", update=an_update(number="1"), generation=2))
    office.hears(an_item("snapshot", update=an_update(client_id=6, name="x"), generation=1))
    office.hears(an_item("operation", operation_id="op-1", client_id=7, update=an_update(client_id=7, name="x")))
    assert office.fields() == {"number": "1"}
    office.hears(an_item("snapshot", update=an_update(client_id=8, number="2"), generation=2))
    assert office.fields() == {"number": "2"}
    assert [each.is_erased for each in office.shown] == [True, False]


def test_an_erased_document_is_shown_with_what_is_left(office: OfficeReplica) -> None:
    office.hears(an_item("erase", kind="archive_item", update=an_update(number="1"), generation=1))
    tombstone = DocumentChanged(document_id=CASE, kind="archive_item", view=office.view(), is_erased=True)
    assert office.shown == [tombstone]


def test_a_document_out_of_scope_is_shown_as_gone_once(office: OfficeReplica) -> None:
    office.hears(an_item("snapshot", update=an_update(a=1)))
    office.hears(an_item("drop", kind="case"))
    assert office.shown[-1] == DocumentChanged(document_id=CASE, kind="case", view=None)
    assert office.document() is None


def test_what_cannot_be_taken_is_kept_word_for_word(office: OfficeReplica) -> None:
    office.hears(an_item("operation", seq=7, operation_id="op-1", client_id=5, update=b"\x01\x02\x03"))
    ((seq, what, document_id, operation_id, body, why, at),) = refusals(office)
    assert (seq, what, document_id, operation_id, body) == (7, "operation", CASE, "op-1", "010203")
    assert (why, at) == ("MalformedUpdate", "2026-11-23T06:00:00.000Z")
    (alarm,) = office.store.read_now(quarantine.alarms)
    assert (alarm.at, alarm.kind, alarm.subject) == (OPENING, "refused", CASE)
    assert office.store.read_now(partial(replica.has_operation, operation_id="op-1")) is False


def test_what_a_slice_cannot_show_is_kept_beside_with_what_it_was_about(office: OfficeReplica) -> None:
    def unreadable(_tx: object, changed: DocumentChanged) -> None:
        raise LookupError(changed.document_id)

    office.hears()
    receive = partial(inbox.take_items, items=(an_item("snapshot", seq=8, update=an_update(a=1)),), ids=office.ids)
    office.store.run_now(partial(receive, project=unreadable, now=office.clock.now()))
    ((seq, *_, why, _),) = refusals(office)
    assert (seq, why, office.fields()) == (8, "LookupError", {"a": 1})


def test_a_document_asked_for_by_name_is_taken_whole_or_not_at_all(office: OfficeReplica) -> None:
    take(office, "one", an_item("snapshot", update=an_update(a=1)))
    with pytest.raises(MalformedUpdate):
        take(office, "one", an_item("snapshot", update=b"\x01\x02\x03"))
    assert (office.fields(), office.store.read_now(replica.link).cursor) == ({"a": 1}, 0)
    assert len(office.shown) == 1
    take(office, "one", an_item("erase", update=an_update(number="1"), generation=1))
    take(office, "one", an_item("erase", update=an_update(number="1"), generation=1))
    assert len(office.shown) == 2


def test_the_hubs_document_takes_the_place_of_this_one_and_is_shown(office: OfficeReplica) -> None:
    office.hears(an_item("snapshot", update=an_update(a=1, b=1)))
    hub = an_update(client_id=6, a=2)
    take(office, "instead", an_item("snapshot", kind="case", update=hub, generation=3))
    stored = office.document()
    assert stored == StoredDocument(
        document_id=CASE,
        kind="case",
        snapshot=stored.snapshot if stored else b"",
        generation=3,
        digest=documents.merge(hub, [], clients=()).digest,
    )
    assert office.fields() == {"a": 2}
    assert office.shown[-1] == DocumentChanged(document_id=CASE, kind="case", view=office.view())


def test_a_document_this_node_never_held_comes_by_healing_too(office: OfficeReplica) -> None:
    take(office, "instead", an_item("snapshot", update=an_update(a=2)))
    assert (office.fields(), len(office.shown)) == ({"a": 2}, 1)


def test_healing_brings_no_erased_document_back(office: OfficeReplica) -> None:
    office.hears(an_item("erase", update=an_update(number="1"), generation=2))
    take(office, "instead", an_item("snapshot", update=an_update(client_id=6, name="x"), generation=1))
    assert office.fields() == {"number": "1"}
    take(office, "instead", an_item("snapshot", update=an_update(client_id=6, number="2"), generation=2))
    assert office.fields() == {"number": "2"}


def test_healing_makes_anew_what_followed_in_a_document_kept_apart_once_the_hub_holds_it(office: OfficeReplica) -> None:
    poison, later = office.write(a=1), office.write(c=3)
    carry_out(office, Settled(results=(OperationResult(operation_id=poison, outcome="quarantined", code="illegal"),)))
    office.hears(an_item("quarantined", operation_id=poison, code="illegal"))
    take(office, "instead", an_item("snapshot", update=an_update(b=2)))
    assert office.fields() == {"b": 2, "c": 3}
    assert office.shown[-1].view == office.view()
    assert [office.operation(each).state for each in (poison, later)] == ["quarantined", "superseded"]
    assert [each.rebase_of for each in office.waiting()] == [None, poison]


@pytest.mark.parametrize("how", ["instead", "whole"])
def test_what_no_healing_can_take_stays_with_people_and_the_document_as_it_was(office: OfficeReplica, how: str) -> None:
    office.hears(an_item("snapshot", update=an_update(a=1)))
    take(office, how, an_item("snapshot", seq=5, update=b"\x01\x02\x03"))
    assert (office.fields(), len(refusals(office))) == ({"a": 1}, 1)
    take(office, how, an_item("snapshot", seq=6, update=an_update(client_id=6, a=2)))
    assert office.fields() == {"a": 2}
    assert len(refusals(office)) == (0 if how == "whole" else 1)


def test_an_event_seen_goes_before_every_event_made_after_it(office: OfficeReplica) -> None:
    late, early = OPENING + timedelta(hours=3), OPENING - timedelta(hours=3)
    events = {f"ev-{place}": {"clock": tick(None, at)} for place, at in enumerate((late, early))}
    update = documents.change(None, client_id=5, fields={}, events=events, attachments={})
    office.hears(an_item("snapshot", update=update))
    assert office.store.run_now(partial(outbox.next_clock, now=OPENING)) > tick(None, late)


@pytest.mark.parametrize("how", ["one", "instead", "whole", "told"])
def test_a_newer_hubs_document_of_more_parts_is_taken_with_them(office: OfficeReplica, how: str) -> None:
    """Roots that this version does not know are kept for those who do."""
    item = an_item("snapshot", update=an_update(a=1).replace(b"\x01f\x01a", b"\x01z\x01a"))
    if how == "told":
        office.hears(item)
    else:
        take(office, how, item)
    stored = office.document()
    assert stored is not None
    assert b"\x01z\x01a" in stored.snapshot


@pytest.mark.parametrize("how", ["one", "whole"])
def test_a_document_that_comes_whole_is_shown_as_it_is(office: OfficeReplica, how: str) -> None:
    take(office, how, an_item("snapshot", kind="office", update=an_update(a=1)))
    assert office.shown == [DocumentChanged(document_id=CASE, kind="office", view=office.view())]


def test_a_document_that_must_not_go_is_not_shown_as_gone(office: OfficeReplica) -> None:
    """Else the slices forget a case that is still here."""
    poison = office.write("case-2", a=1)
    carry_out(office, HeldUpTo(oseq=1))
    office.write(a=1)
    office.hears(an_item("drop"))
    office.hears(an_item("quarantined", "case-2", operation_id=poison, code="illegal"), an_item("drop", "case-2"))
    assert (office.shown, office.fields("case-2")) == ([], {"a": 1})


def test_a_page_of_a_fetching_is_shown_to_the_slices_and_so_is_what_is_gone(office: OfficeReplica) -> None:
    office.hears(an_item("snapshot", "case-2", update=an_update(a=1)))
    office.shown.clear()
    office.store.run_now(partial(link.begin_refetch, hub_incarnation="hub-1"))
    page = PullAnswer(hub_incarnation="hub-1", cursor=20, items=(an_item("snapshot", update=an_update(a=1)),))
    receive = partial(refetch.receive, answer=page, asked=office.store.read_now(replica.link), ids=office.ids)
    office.store.run_now(partial(receive, project=office.show, now=OPENING + timedelta(days=2)))
    assert office.shown == [
        DocumentChanged(document_id=CASE, kind="case", view=office.view()),
        DocumentChanged(document_id="case-2", kind="case", view=None),
    ]


def test_each_operation_of_a_chain_begun_anew_bears_the_hash_after_it(office: OfficeReplica) -> None:
    """A push of the first few alone is signed over it."""
    for value in range(3):
        office.write(a=value)
    carry_out(office, BeginIncarnation())
    outbox_now = office.store.read_now(inbox.node_state).outbox
    operations = tuple(each.operation for each in outbox_now)
    assert [each.head_hash for each in outbox_now] == [chain_hash(b"", operations[: n + 1]) for n in range(3)]


def test_what_the_hub_holds_is_told_by_the_chains_hash(office: OfficeReplica) -> None:
    office.write(a=1)
    office.write(events=(a_case_event("ev-1", OPENING),))
    state = office.store.read_now(inbox.node_state)
    assert (state.acknowledged_oseq, state.acknowledged_hash, len(state.outbox)) == (0, b"", 2)
    carry_out(office, HeldUpTo(oseq=2))
    state = office.store.read_now(inbox.node_state)
    assert (state.acknowledged_oseq, state.acknowledged_hash) == (2, state.stream.head_hash)


def test_a_page_of_a_fetching_that_was_given_up_is_not_taken(office: OfficeReplica) -> None:
    office.hears(an_item("snapshot", update=an_update(a=1)), cursor=4)
    office.store.run_now(partial(link.begin_refetch, hub_incarnation="hub-1"))
    office.hears(an_item("snapshot", update=an_update(client_id=6, a=2)), cursor=5)
    assert (office.fields(), office.store.read_now(replica.link).cursor) == ({"a": 1}, 4)


def test_an_operation_that_came_with_its_document_is_remembered_and_shown_no_second_time(office: OfficeReplica) -> None:
    first = an_update(a=1)
    edit = an_update(first, client_id=6, a=2)
    whole = documents.merge(first, [edit], clients=[6]).snapshot
    office.hears(an_item("snapshot", update=whole))
    office.shown.clear()
    office.hears(an_item("operation", operation_id="1" * 26, client_id=6, update=edit))
    assert (office.shown, office.fields()) == ([], {"a": 2})
    assert office.operation("1" * 26).state == OperationState.REMOTE


def test_an_operation_of_which_the_document_has_but_a_part_is_merged(office: OfficeReplica) -> None:
    first, second = an_update(a=1), an_update(an_update(a=1), client_id=6, a=2)
    third = an_update(documents.merge(first, [second], clients=[6]).snapshot, client_id=7, a=3, b=3)
    office.hears(an_item("snapshot", update=first))
    office.hears(an_item("operation", operation_id="3" * 26, client_id=7, update=third))
    office.hears(an_item("operation", operation_id="4" * 26, client_id=7, update=third))
    office.hears(an_item("operation", operation_id="2" * 26, client_id=6, update=second))
    assert office.fields() == {"a": 3, "b": 3}
