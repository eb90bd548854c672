"""A document keeps everything it was told, in any order, however often."""

from datetime import UTC, datetime
from itertools import permutations

import pytest
from pycrdt import Doc, Map

from sync.documents import document
from sync.documents.encoding import ENTRY_VALUES_MAX, INTEGER_MAX, MalformedUpdate
from sync.documents.validator import STRUCTS_MAX, VALUES_MAX, check_operation
from sync.vocabulary.errors import InvalidInput

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def field(snapshot: bytes | None, *, client: int, **fields: str | int) -> bytes:
    return document.change(snapshot, client_id=client, fields=fields, events={}, attachments={})


def test_integers_and_events_come_back_as_they_were():
    update = document.change(
        None,
        client_id=7,
        fields={"fee_kopecks": 4542, "is_urgent": True, "note": None},
        events={"01E": {"kind": "registered", "number": "SHV-2026-0000001-5", "sheets": 3}},
        attachments={"01A": {"sha256": "00", "size": 10}},
    )
    seen = document.view(update)
    assert seen.fields == {"fee_kopecks": 4542, "is_urgent": True, "note": None}
    assert seen.events == {"01E": {"kind": "registered", "number": "SHV-2026-0000001-5", "sheets": 3}}
    assert seen.attachments == {"01A": {"sha256": "00", "size": 10}}
    assert isinstance(seen.fields["fee_kopecks"], int)


def test_every_order_of_dependent_edits_ends_alike():
    first = field(None, client=1, k=1)
    second = field(first, client=2, k=2)
    third = field(document.merge(first, [second], clients=[]).snapshot, client=3, k=3)
    for order in permutations([first, second, third]):
        snapshot = None
        for update in order:
            snapshot = document.merge(snapshot, [update, update], clients=[1, 2, 3]).snapshot
        assert snapshot is not None
        assert document.view(snapshot).fields == {"k": 3}


def test_a_gap_is_told_and_not_compacted_away():
    first = field(None, client=1, k=1)
    second = field(first, client=2, k=2)
    third = field(document.merge(first, [second], clients=[]).snapshot, client=3, k=3)
    early = document.merge(first, [third], clients=[1, 3])
    assert early.waiting == {3}
    assert document.merge(early.snapshot, [second], clients=[1, 2, 3]).waiting == frozenset()


def test_a_number_that_would_not_survive_is_refused_by_name():
    with pytest.raises(InvalidInput) as refused:
        field(None, client=1, big=2**63)
    assert refused.value.facts == {"field": "big", "rule": "integer-range", "maximum": 2**53 - 1}


def test_the_last_exact_number_is_kept_and_the_next_one_refused():
    assert document.view(field(None, client=1, n=INTEGER_MAX)).fields == {"n": INTEGER_MAX}
    assert document.view(field(None, client=1, n=-INTEGER_MAX)).fields == {"n": -INTEGER_MAX}
    for number in (INTEGER_MAX + 1, -INTEGER_MAX - 1):
        with pytest.raises(InvalidInput):
            field(None, client=1, n=number)


@pytest.mark.parametrize(
    ("entry", "name", "rule"),
    [
        ({"note": "a\0b"}, "note", "invalid"),
        ({"note": "\ud800"}, "note", "invalid"),
        ({"share": 0.5}, "share", "scalar"),
        ({"list": [1]}, "list", "scalar"),
        ({"map": {"a": 1}}, "map", "scalar"),
        ({"": 1}, "", "pattern"),
        ({"ім'я": 1}, "ім'я", "pattern"),
        ({"k" * 65: 1}, "k" * 65, "pattern"),
    ],
)
def test_what_the_city_would_refuse_is_refused_at_once(entry, name: str, rule: str):
    nothing = {"fields": {}, "events": {}, "attachments": {}}
    for changed in ({"fields": entry}, {"events": {"01E": entry}}, {"attachments": {"01A": entry}}):
        with pytest.raises(InvalidInput) as refused:
            document.change(None, client_id=1, **(nothing | changed))
        assert refused.value.facts == {"field": name, "rule": rule}


@pytest.mark.parametrize("root", ["events", "attachments"])
def test_an_entry_goes_under_an_id(root: str):
    nothing = {"fields": {}, "events": {}, "attachments": {}}
    with pytest.raises(InvalidInput) as refused:
        document.change(None, client_id=1, **(nothing | {root: {"a b": {"kind": "x"}}}))
    assert refused.value.facts == {"field": "a b", "rule": "pattern"}


@pytest.mark.parametrize(
    ("fields", "entry_sizes", "maximum"),
    [
        (STRUCTS_MAX - 1, [0], STRUCTS_MAX),
        (VALUES_MAX - STRUCTS_MAX * 3 - 100, [STRUCTS_MAX, STRUCTS_MAX, STRUCTS_MAX + 100], VALUES_MAX),
        (0, [ENTRY_VALUES_MAX], ENTRY_VALUES_MAX),
    ],
)
def test_an_operation_may_have_as_many_parts_as_the_city_takes(fields: int, entry_sizes: list[int], maximum: int):
    entries = {f"e{i}": {f"k{j}": j for j in range(size)} for i, size in enumerate(entry_sizes)}
    parts = {f"f{i}": i for i in range(fields)}
    full = document.change(None, client_id=1, fields=parts, events=entries, attachments={})
    check_operation(full, client_id=1)
    if maximum == ENTRY_VALUES_MAX:
        entries["e0"]["more"] = 1
    else:
        parts["more"] = 1
    with pytest.raises(InvalidInput) as refused:
        document.change(None, client_id=1, fields=parts, events={}, attachments=entries)
    assert refused.value.facts == {"field": "document", "rule": "operation-size", "maximum": maximum}


def test_an_operation_changes_something():
    with pytest.raises(ValueError, match="not enough values"):
        document.change(None, client_id=1, fields={}, events={}, attachments={})


def test_half_an_operation_that_waits_is_not_compacted_away():
    first, other = field(None, client=1, a=1), field(None, client=2, b=1)
    both = document.merge(first, [other], clients=[]).snapshot
    edit = field(both, client=3, a=5, b=6)
    half = document.merge(first, [edit], clients=[3])
    assert half.view.fields == {"a": 5}
    assert half.waiting == {3}
    whole = document.merge(half.snapshot, [other], clients=[])
    assert whole.view.fields == {"a": 5, "b": 6}
    assert whole.waiting == frozenset()
    assert whole.digest == document.merge(both, [edit], clients=[]).digest


def test_what_waits_is_found_in_the_bytes_though_nobody_names_it():
    first = field(None, client=1, a=1)
    edit = field(first, client=2, a=2)
    early = document.merge(None, [edit], clients=[])
    assert early.waiting == {2}
    assert document.merge(early.snapshot, [first], clients=[]).view.fields == {"a": 2}


def test_a_change_that_should_be_there_and_is_not_is_waited_for():
    assert document.merge(field(None, client=1, a=1), [], clients=[1, 9]).waiting == {9}


def removal(snapshot: bytes, name: str) -> bytes:
    """An update that only deletes: another program's, or a later version's."""
    replica: Doc[Map[object]] = Doc(client_id=99)
    replica.apply_update(snapshot)
    updates: list[bytes] = []
    subscription = replica.observe(lambda happened: updates.append(bytes(happened.update)))
    del replica.get("f", type=Map)[name]
    replica.unobserve(subscription)
    return updates[0]


def test_an_update_that_only_deletes_merges_and_a_missing_one_shows_in_the_digest():
    first = field(None, client=1, a=1, b=2)
    removed = removal(first, "a")
    after = document.merge(first, [removed], clients=[])
    assert after.view.fields == {"b": 2}
    assert document.clocks(after.snapshot) == document.clocks(first)
    assert after.digest != document.merge(first, [], clients=[]).digest
    assert document.merge(first, [removed, removed], clients=[]).digest == after.digest


def test_an_update_that_deletes_what_is_not_here_yet_waits():
    first = field(None, client=1, a=1)
    early = document.merge(None, [removal(first, "a")], clients=[])
    assert early.waiting == {1}
    late = document.merge(early.snapshot, [first], clients=early.waiting)
    assert late.view.fields == {}
    assert late.waiting == frozenset()


def test_a_redacted_document_says_what_is_left_and_holds_no_byte_of_the_rest():
    full = document.change(
        None,
        client_id=1,
        fields={"number": "SHV-1", "family_name": "МАРКЕР"},
        events={"01E": {"kind": "registered", "note": "МАРКЕР"}},
        attachments={"01A": {"title": "МАРКЕР"}},
    )
    assert "МАРКЕР".encode() in full
    left = document.DocumentView(fields={"number": "SHV-1"}, events={"01E": {"kind": "registered"}}, attachments={})
    tombstone = document.redacted(left, client_id=2)
    assert document.view(tombstone) == left
    assert "МАРКЕР".encode() not in tombstone
    assert document.clocks(tombstone) == {2: 2}


def test_a_panic_of_yrs_is_told_as_an_error_anybody_can_catch():
    names: Map[object] = Doc().get("f", type=Map)
    with pytest.raises(document.DocumentPanic) as told, document._panics_told:
        names["k"] = "\ud800"
    assert type(told.value.__cause__).__name__ == "PanicException"


@pytest.mark.parametrize("other", [KeyboardInterrupt, SystemExit, GeneratorExit, ValueError])
def test_nothing_but_a_panic_is_told_as_one(other: type[BaseException]):
    with pytest.raises(other), document._panics_told:
        raise other


def test_bytes_that_are_no_update_are_a_value_error():
    for nonsense in (b"", b"\xff", b"nonsense", field(None, client=1, a=1)[:-1]):
        with pytest.raises(ValueError):  # noqa: PT011 - yrs' own words
            document.merge(None, [nonsense], clients=[])
        with pytest.raises(ValueError):  # noqa: PT011 - yrs' own words
            document.view(nonsense)


def test_a_document_of_another_shape_is_a_value_error():
    replica: Doc[Map[object]] = Doc()
    replica.get("f", type=Map)["share"] = 0.5
    with pytest.raises(ValueError, match="Expected"):
        document.view(replica.get_update())


def test_a_state_vector_cut_short_or_overlong_is_refused():
    assert document.decode_state_vector(b"\x01\xbc\x05\x03") == {700: 3}
    with pytest.raises(MalformedUpdate):
        document.decode_state_vector(b"\x01" + b"\xff" * 9)


def test_later_operations_get_higher_client_ids():
    early = document.fresh_client_id(now=NOW, operation_id="01ARZ3NDEKTSV4RRFFQ69G5FAV")
    late = document.fresh_client_id(now=NOW.replace(second=1), operation_id="01ARZ3NDEKTSV4RRFFQ69G5FA0")
    assert early < late < 2**53


def test_a_client_id_is_seconds_and_the_last_22_bits_of_the_operations_id():
    second_two = document.EPOCH.replace(second=2)
    assert document.fresh_client_id(now=second_two, operation_id="7" + "Z" * 25) == (2 << 22) + (1 << 22) - 1
    assert document.fresh_client_id(now=second_two, operation_id="0" * 25 + "1") == (2 << 22) + 1
    assert document.fresh_client_id(now=document.EPOCH.replace(year=2025), operation_id="0" * 25 + "1") == 1


def test_of_two_who_wrote_one_field_unseen_the_higher_client_is_read_however_they_come():
    one, other = (
        document.change(None, client_id=client_id, fields={"a": client_id}, events={}, attachments={})
        for client_id in (1, 2)
    )
    assert document.merge(None, [one, other], clients=[]).view.fields == {"a": 2}
    assert document.merge(other, [one], clients=[]).view.fields == {"a": 2}


def test_a_history_of_many_operations_is_one_document():
    events = [
        document.change(None, client_id=each, fields={}, events={f"e{each}": {"kind": "x"}}, attachments={})
        for each in range(1, 301)
    ]
    whole = document.merge(None, events, clients=[])
    assert len(whole.view.events) == 300
    assert document.clocks(whole.snapshot) == dict.fromkeys(range(1, 301), 1)
    assert document.view(whole.snapshot) == whole.view


def test_a_digest_asks_nothing_of_the_order_in_which_things_are_kept():
    one = document.DocumentView(fields={"a": 1, "b": 2}, events={}, attachments={})
    other = document.DocumentView(fields={"b": 2, "a": 1}, events={}, attachments={})
    assert document.digest({1: 2, 3: 4}, one) == document.digest({3: 4, 1: 2}, other)
    assert len(document.digest({}, one)) == document.DIGEST_BYTES


def test_an_absurd_clock_still_gives_a_lawful_client_id():
    for year in (1970, 2026, 3000):
        assert 0 <= document.fresh_client_id(now=NOW.replace(year=year), operation_id="0" * 26) < 2**53


def test_this_build_of_pycrdt_is_fit():
    document.self_test()


def test_a_build_that_loses_what_it_merges_is_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(document, "merge_updates", lambda *updates: updates[0])
    with pytest.raises(RuntimeError, match="out of order"):
        document.self_test()
