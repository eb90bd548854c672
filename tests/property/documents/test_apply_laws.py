"""Laws of the document: the order, the batching and the repetition of what is heard decide nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Map

from sync.documents import document
from sync.documents.document import Merged
from sync.documents.validator import check_operation, check_snapshot
from tests.property.documents.histories import changes, entries, histories, keys, names, scalars

NOTHING = document.DocumentView(fields={}, events={}, attachments={})


def heard_at_once(updates: list[bytes]) -> Merged:
    return document.merge(None, updates, clients=[])


def heard_one_by_one(updates: list[bytes]) -> Merged:
    merged = heard_at_once(updates[:1])
    for update in updates[1:]:
        merged = document.merge(merged.snapshot, [update], clients=merged.waiting)
    return merged


def same(one: Merged, other: Merged) -> bool:
    return (one.view, one.digest, one.waiting) == (other.view, other.digest, other.waiting)


@settings(max_examples=50)
@given(histories(), st.data())
def test_any_order_any_batches_and_any_repetition_end_alike(history: list[bytes], data: st.DataObject):
    expected = heard_at_once(history)
    assert expected.waiting == frozenset()
    delivered = data.draw(st.permutations(history + data.draw(st.lists(st.sampled_from(history), max_size=4))))
    assert same(heard_one_by_one(delivered), expected)
    merged = None
    while delivered:
        size = data.draw(st.integers(1, len(delivered)))
        merged = document.merge(merged, delivered[:size], clients=[]).snapshot
        delivered = delivered[size:]
    assert same(document.merge(merged, [], clients=[]), expected)


@settings(max_examples=50)
@given(histories(), st.data())
def test_two_replicas_that_exchange_whole_documents_end_alike(history: list[bytes], data: st.DataObject):
    cut = data.draw(st.integers(1, len(history) - 1))
    order = data.draw(st.permutations(history))
    one, other = heard_one_by_one(order[:cut]), heard_one_by_one(order[cut:])
    expected = heard_at_once(history)
    assert same(document.merge(one.snapshot, [other.snapshot], clients=[]), expected)
    assert same(document.merge(other.snapshot, [one.snapshot], clients=[]), expected)


@settings(max_examples=50)
@given(histories(), st.data())
def test_a_gap_is_told_never_compacted_and_closes_when_the_rest_comes(history: list[bytes], data: st.DataObject):
    missing = data.draw(st.integers(0, len(history) - 1))
    heard = [update for i, update in enumerate(history) if i != missing]
    early = heard_one_by_one(data.draw(st.permutations(heard)))
    assert missing + 1 not in early.waiting
    late = document.merge(early.snapshot, [history[missing]], clients=early.waiting)
    assert same(late, heard_at_once(history))
    assert late.waiting == frozenset()


@settings(max_examples=50)
@given(histories(), st.data())
def test_a_missing_operation_shows_in_the_digest(history: list[bytes], data: st.DataObject):
    missing = data.draw(st.integers(0, len(history) - 1))
    heard = [update for i, update in enumerate(history) if i != missing]
    assert heard_at_once(heard).digest != heard_at_once(history).digest


@given(histories())
def test_what_is_put_together_without_yrs_is_what_yrs_makes_of_it(history: list[bytes]):
    by_yrs = heard_at_once([*history, history[0]])  # what comes twice is for yrs to sort out
    joined = heard_at_once(history)
    assert same(joined, by_yrs)
    assert same(document.merge(joined.snapshot, [history[0]], clients=[]), by_yrs)
    assert document.view(joined.snapshot) == by_yrs.view
    assert document.clocks(joined.snapshot) == document.clocks(by_yrs.snapshot)


def removal(snapshot: bytes, name: str) -> bytes:
    """An update that only deletes."""
    replica: Doc[Map[object]] = Doc(client_id=99)
    replica.apply_update(snapshot)
    updates: list[bytes] = []
    subscription = replica.observe(lambda happened: updates.append(bytes(happened.update)))
    del replica.get("f", type=Map)[name]
    replica.unobserve(subscription)
    return updates[0]


@settings(max_examples=50)
@given(histories(), st.data())
def test_an_update_that_only_deletes_merges_in_any_order_and_shows_in_the_digest(
    history: list[bytes], data: st.DataObject
):
    whole = heard_at_once(history)
    if not whole.view.fields:
        return
    name = data.draw(st.sampled_from(sorted(whole.view.fields)))
    removed = removal(whole.snapshot, name)
    expected = document.merge(whole.snapshot, [removed], clients=[])
    assert name not in expected.view.fields
    assert expected.digest != whole.digest
    assert same(heard_one_by_one(data.draw(st.permutations([*history, removed]))), expected)


@given(st.dictionaries(keys, scalars, min_size=1, max_size=20), st.dictionaries(keys, entries, max_size=5))
def test_what_is_written_is_what_is_read(fields: dict[str, object], events: dict[str, dict[str, object]]):
    update = document.change(None, client_id=7, fields=fields, events=events, attachments={})
    said = document.view(update)
    assert said == document.DocumentView(fields=fields, events=events, attachments={})
    types = [type(value) for value in said.fields.values()]
    assert sorted(types, key=str) == sorted((type(value) for value in fields.values()), key=str)


@settings(max_examples=50)
@given(histories())
def test_every_operation_and_every_document_of_the_house_passes_the_check(history: list[bytes]):
    for client_id, update in enumerate(history, start=1):
        anatomy = check_operation(update, client_id=client_id)
        assert anatomy.deleted <= anatomy.overwritten.keys()
        for end in range(1, len(history) + 1):
            check_snapshot(heard_one_by_one(history[:end]).snapshot)
            check_snapshot(heard_one_by_one(history[::-1][:end]).snapshot)


@given(changes())
def test_the_parts_of_a_new_document_are_what_yrs_makes_of_it(change: dict[str, dict[str, object]]):
    update = document.change(None, client_id=7, **change)
    said = document.view(update)
    written = {"f": said.fields, "ev": said.events, "att": said.attachments}
    assert check_operation(update, client_id=7).written == {
        (root, name): value for root, entries in written.items() for name, value in entries.items()
    }


@settings(max_examples=50)
@given(histories(), changes(), names, st.dictionaries(names, st.integers(0, 9), min_size=1))
def test_what_a_newer_version_keeps_survives_the_change_of_an_older_one(
    history: list[bytes], change: dict[str, dict[str, object]], root_end: str, kept: dict[str, object]
):
    newer: Doc[Map[object]] = Doc(client_id=500)
    newer.apply_update(heard_at_once(history).snapshot)
    newer.get(f"newer-{root_end}", type=Map).update(kept)
    newer.get("f", type=Map)["newer-field"] = "є"
    snapshot = newer.get_update()
    check_snapshot(snapshot, roots=None)
    update = document.change(snapshot, client_id=501, **change)
    check_operation(update, client_id=501)
    after = document.merge(snapshot, [update], clients=[501])
    assert after.view.fields["newer-field"] == "є"
    replica: Doc[Map[object]] = Doc()
    replica.apply_update(after.snapshot)
    assert replica.get(f"newer-{root_end}", type=Map).to_py() == kept


@settings(max_examples=50)
@given(histories())
def test_a_redacted_document_says_the_same_in_the_hand_of_one(history: list[bytes]):
    said = heard_at_once(history).view
    if said == NOTHING:
        return
    tombstone = document.redacted(said, client_id=900)
    assert document.view(tombstone) == said
    assert set(document.clocks(tombstone)) == {900}
