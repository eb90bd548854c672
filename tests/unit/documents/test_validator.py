"""Bytes from outside are walked before yrs sees them: what the house writes passes, all else is refused by name."""

import pytest

from sync.documents import document
from sync.documents.encoding import ENTRY_VALUES_MAX, INTEGER_MAX
from sync.documents.validator import (
    SNAPSHOT_BYTES_MAX,
    SNAPSHOT_STRUCTS_MAX,
    STRUCTS_MAX,
    UPDATE_BYTES_MAX,
    VALUES_MAX,
    Anatomy,
    MalformedUpdate,
    check_operation,
    check_snapshot,
)
from sync.replication.messages import OPERATION_BYTES_MAX
from tests.support import updates as forged
from tests.support.updates import CLIENT, OTHER, item, operation, overwriting

EVENT = {"kind": "registered", "number": "SHV-2026-0000001-5", "sheets": 3, "is_urgent": False, "note": None}
FIELDS = {"fee_kopecks": 4542, "is_urgent": True, "note": None, "family_name": "Шевченко", "balance": -(2**40)}


def refused(update: bytes, *, client_id: int = CLIENT) -> str:
    with pytest.raises(MalformedUpdate) as caught:
        check_operation(update, client_id=client_id)
    return caught.value.rule


def refused_snapshot(update: bytes, **roots: None) -> str:
    with pytest.raises(MalformedUpdate) as caught:
        check_snapshot(update, **roots)
    return caught.value.rule


def first() -> bytes:
    return document.change(
        None, client_id=OTHER, fields=FIELDS, events={"01E": EVENT}, attachments={"01A": {"sha256": "00"}}
    )


def test_a_new_document_is_known_by_its_parts():
    anatomy = check_operation(first(), client_id=OTHER)
    assert anatomy.written == {
        **{("f", name): value for name, value in FIELDS.items()},
        ("ev", "01E"): EVENT,
        ("att", "01A"): {"sha256": "00"},
    }
    assert anatomy.overwritten == {}
    assert anatomy.deleted == frozenset()


def test_an_edit_names_what_it_overwrites_and_not_where_that_stands():
    edit = document.change(first(), client_id=CLIENT, fields={"note": "є"}, events={}, attachments={})
    (overwritten,) = check_operation(edit, client_id=CLIENT).deleted
    assert overwritten[0] == OTHER
    assert check_operation(edit, client_id=CLIENT) == Anatomy(
        written={}, overwritten={overwritten: "є"}, deleted=frozenset({overwritten})
    )


def test_numbers_up_to_the_last_exact_one_pass_and_come_back():
    for number in (0, 1, -1, 2**24 + 1, 2**31, -(2**31), INTEGER_MAX, -INTEGER_MAX):
        update = document.change(None, client_id=1, fields={"n": number}, events={}, attachments={})
        assert check_operation(update, client_id=1).written == {("f", "n"): number}


def test_an_operation_may_be_as_large_as_the_wire_allows_and_no_larger():
    assert UPDATE_BYTES_MAX == OPERATION_BYTES_MAX
    frame = len(operation(item(value=forged.any_text("a" * 20_000))))
    whole = operation(item(value=forged.any_text("a" * (20_000 + UPDATE_BYTES_MAX - frame))))
    assert len(whole) == UPDATE_BYTES_MAX
    check_operation(whole, client_id=CLIENT)
    assert refused(whole + b"\x00") == "size"


def test_an_operation_may_have_as_many_parts_as_its_limits_say():
    check_operation(operation(*(item(key=f"k{i}") for i in range(STRUCTS_MAX))), client_id=CLIENT)
    wide = forged.any_map(*((f"k{i}", b"\x78") for i in range(ENTRY_VALUES_MAX)))
    full = [item(root="ev", key=f"e{i}", value=wide) for i in range(VALUES_MAX // ENTRY_VALUES_MAX)]
    check_operation(operation(*full), client_id=CLIENT)
    assert refused(operation(*full, item())) == "value-count"
    too_full = [item(root="ev", key=f"e{i}", value=wide) for i in range(VALUES_MAX // (ENTRY_VALUES_MAX - 1) + 1)]
    assert refused(operation(*too_full)) == "value-count"
    one_less = forged.any_map(*((f"k{i}", b"\x78") for i in range(ENTRY_VALUES_MAX - 1)))
    check_operation(operation(*full[1:], item(root="ev", key="less", value=one_less), item()), client_id=CLIENT)


def test_a_key_may_have_64_letters():
    longest = "aZ09_.:-" * 8
    assert check_operation(operation(item(key=longest)), client_id=CLIENT).written == {("f", longest): True}


WRONG = {
    "two clients": (forged.update(forged.block(item()), forged.block(item(), client=OTHER)), "client-count"),
    "no client": (forged.update(deleted=forged.deletes((OTHER, 0, 1))), "client-count"),
    "another client": (forged.update(forged.block(item(), client=OTHER)), "foreign-client"),
    "a clock not from the start": (forged.update(forged.block(item(), clock=1)), "clock"),
    "a struct that is garbage": (operation(b"\x00\x01"), "garbage"),
    "garbage of another client": (bytes.fromhex("01 01 d8 04 00 00 e8 07 00"), "foreign-client"),
    "a gap of its own": (operation(b"\x0a\x05", item()), "skip"),
    "no struct": (forged.update(forged.block()), "struct-count"),
    "a struct too many": (operation(*(item(key=f"k{i}") for i in range(STRUCTS_MAX + 1))), "struct-count"),
    "more structs than bytes": (forged.update(forged.block(count=2**40)), "struct-count"),
    "a number of nine bytes": (b"\x01" + b"\xff" * 8 + b"\x01", "number-range"),
    "a number above 53 bits": (b"\x01\x01" + forged.unsigned(2**53), "number-range"),
    "a number longer than it need be": (b"\x81\x00", "number-range"),
    "deleted content": (operation(forged.with_content(forged.DELETED, b"\x01")), "content"),
    "old JSON": (operation(forged.with_content(forged.JSON, b"\x01" + forged.text("1"))), "depth"),
    "binary": (operation(forged.with_content(forged.BINARY, forged.text("x"))), "content"),
    "shared text": (operation(forged.with_content(forged.TEXT, forged.text("x"))), "content"),
    "an embed": (operation(forged.with_content(forged.EMBED, forged.text("{}"))), "content"),
    "a format": (operation(forged.with_content(forged.FORMAT, forged.text("b") + forged.text("1"))), "content"),
    "a nested map": (operation(forged.with_content(forged.TYPE, b"\x01")), "depth"),
    "a document in the document": (operation(forged.with_content(forged.SUBDOCUMENT, forged.text("g"))), "depth"),
    "an unknown content": (operation(forged.with_content(11, b"")), "content"),
    "no value": (operation(b"\x28\x01\x01f\x01k" + forged.any_content()), "content"),
    "two values": (operation(b"\x28\x01\x01f\x01k" + forged.any_content(b"\x78", b"\x78")), "content"),
    "two values over another": (
        operation(b"\xa8" + forged.unsigned(OTHER) + b"\x00" + forged.any_content(b"\x78", b"\x78")),
        "content",
    ),
    "nothing under a key": (operation(b"\x08\x01\x01f" + forged.any_content(b"\x78")), "key"),
    "an overwriting merged before": (operation(b"\x88" + forged.unsigned(OTHER) + b"\x00\x01\x78"), "key"),
    "a right origin": (operation(b"\x68" + forged.unsigned(OTHER) + b"\x00\x01\x78"), "origin"),
    "an origin of its own": (operation(item(), overwriting(CLIENT, 0)), "origin"),
    "an origin no operation can have": (operation(overwriting(OTHER, STRUCTS_MAX)), "clock"),
    "an unknown root": (operation(item(root="g")), "root"),
    "an item for a parent": (operation(b"\x28\x00" + forged.unsigned(OTHER) + b"\x00\x01k\x01\x78"), "root"),
    "a root not in ASCII": (operation(item(root="ф")), "root"),
    "a field with parts": (operation(item(value=forged.any_map(("a", b"\x78")))), "shape"),
    "an event without": (operation(item(root="ev")), "shape"),
    "an attachment without": (operation(item(root="att")), "shape"),
    "an empty key": (operation(item(key="")), "key"),
    "a key with a space": (operation(item(key="a b")), "key"),
    "a key with a name in it": (operation(item(key="Шевченко")), "key"),
    "a key too long": (operation(item(key="k" * 65)), "key"),
    "an empty key in an event": (operation(item(root="ev", value=forged.any_map(("", b"\x78")))), "key"),
    "a key twice": (operation(item(), item()), "key"),
    "an entry overwritten twice": (operation(overwriting(OTHER, 0), overwriting(OTHER, 0)), "key"),
    "a fact twice": (operation(item(root="ev", value=forged.any_map(("a", b"\x78"), ("a", b"\x79")))), "key"),
    "arrays 30,000 deep": (operation(item(value=forged.nested_arrays(30_000))), "depth"),
    "maps 16,000 deep": (operation(item(root="ev", value=forged.nested_maps(16_000))), "depth"),
    "maps 40,000 deep": (operation(item(root="ev", value=forged.nested_maps(40_000))), "size"),
    "an array": (operation(item(value=b"\x75\x00")), "depth"),
    "a map in an event": (operation(item(root="ev", value=forged.any_map(("a", b"\x76\x00")))), "depth"),
    "undefined": (operation(item(value=b"\x7f")), "content"),
    "a bigint": (operation(item(value=b"\x7a" + b"\x7f" * 8)), "content"),
    "an integer pycrdt never writes": (operation(item(value=b"\x7d\x05")), "content"),
    "bytes": (operation(item(value=b"\x74\x01x")), "content"),
    "an unknown tag": (operation(item(value=b"\x00")), "content"),
    "a half": (operation(item(value=forged.any_whole(0.5))), "number-range"),
    "beyond exact numbers": (operation(item(value=forged.any_whole(2.0**53))), "number-range"),
    "far beyond": (operation(item(value=forged.any_whole(-(2.0**63)))), "number-range"),
    "infinity": (operation(item(value=forged.any_whole(float("inf")))), "number-range"),
    "not a number": (operation(item(value=forged.any_whole(float("nan")))), "number-range"),
    "not UTF-8": (operation(item(value=forged.any_text(b"\xff"))), "text-encoding"),
    "half a letter": (operation(item(value=forged.any_text(b"\xed\xa0\x80"))), "text-encoding"),
    "a zero letter": (operation(item(value=forged.any_text("a\0b"))), "text-encoding"),
    "a text longer than the update": (operation(item(value=b"\x77" + forged.unsigned(2**40))), "truncated"),
    "more facts than an event has": (
        operation(item(root="ev", value=b"\x76" + forged.unsigned(ENTRY_VALUES_MAX + 1))),
        "value-count",
    ),
    "facts without end": (operation(item(root="ev", value=b"\x76" + forged.unsigned(2**40))), "value-count"),
    "a delete of what it does not overwrite": (
        operation(item(), deleted=forged.deletes((OTHER, 0, 1))),
        "delete-range",
    ),
    "a delete of the neighbour": (
        operation(overwriting(OTHER, 0), deleted=forged.deletes((OTHER, 1, 1))),
        "delete-range",
    ),
    "a delete of more": (operation(overwriting(OTHER, 0), deleted=forged.deletes((OTHER, 0, 2))), "delete-range"),
    "a delete of everything": (
        operation(overwriting(OTHER, 0), deleted=forged.deletes((OTHER, 0, 2**40))),
        "delete-range",
    ),
    "a delete of nothing": (operation(overwriting(OTHER, 0), deleted=forged.deletes((OTHER, 0, 0))), "delete-range"),
    "a delete without a range": (operation(item(), deleted=b"\x01\x05\x00"), "delete-range"),
    "deletes without end": (operation(item(), deleted=forged.unsigned(2**40) + b"\x05\x00"), "delete-range"),
    "something after the end": (operation(item()) + b"\x00", "trailing-bytes"),
    "two updates": (operation(item()) * 2, "trailing-bytes"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_the_house_never_writes_is_refused_by_name(what: str):
    update, rule = WRONG[what]
    assert refused(update) == rule


def test_an_operation_cut_at_any_byte_is_refused_as_truncated():
    edit = document.change(first(), client_id=CLIENT, fields=FIELDS, events={"01F": EVENT}, attachments={})
    for update, client in ((first(), OTHER), (edit, CLIENT)):
        for end in range(len(update)):
            assert refused(update[:end], client_id=client) == "truncated"


def test_a_document_compacted_merged_or_waiting_passes_whole():
    edit = document.change(first(), client_id=CLIENT, fields={"note": "x"}, events={}, attachments={})
    again = document.merge(first(), [edit], clients=[CLIENT]).snapshot
    third = document.change(again, client_id=CLIENT + 1, fields={"note": "y"}, events={"01F": EVENT}, attachments={})
    for snapshot in (
        b"\x00\x00",
        first(),
        again,
        document.merge(first(), [third], clients=[CLIENT + 1]).snapshot,
        document.merge(again, [third], clients=[CLIENT + 1]).snapshot,
    ):
        check_snapshot(snapshot)
        for end in range(len(snapshot)):
            assert refused_snapshot(snapshot[:end]) == "truncated"
        assert refused_snapshot(snapshot + b"\x00") == "trailing-bytes"


def test_what_a_newer_hub_keeps_under_another_name_passes_only_where_the_hub_is_heard():
    for value in (b"\x78", forged.any_map(("a", b"\x78"))):
        newer = operation(item(root="newer", value=value))
        assert refused_snapshot(newer) == "root"
        check_snapshot(newer, roots=None)
    assert refused_snapshot(operation(item(root="new er")), roots=None) == "root"
    assert refused_snapshot(operation(item(root="")), roots=None) == "root"
    assert refused_snapshot(operation(item(root="ev")), roots=None) == "shape"


def test_an_entry_replaced_since_keeps_its_place_only():
    gone = b"\x21\x01\x01f\x01k\x01"
    replaced = (forged.block(gone), forged.block(b"\xa1" + forged.unsigned(CLIENT) + b"\x00\x01", client=OTHER))
    check_snapshot(forged.update(*replaced, deleted=forged.deletes((CLIENT, 0, 1), (OTHER, 0, 1))))
    check_snapshot(operation(b"\x81" + forged.unsigned(OTHER) + b"\x00\x01"))
    check_snapshot(operation(b"\x88" + forged.unsigned(OTHER) + b"\x00\x01\x78"))


WRONG_SNAPSHOTS = {
    "a client twice": (forged.update(forged.block(item()), forged.block(item(key="l"))), "client-count"),
    "more clients than a document has": (forged.unsigned(SNAPSHOT_STRUCTS_MAX + 1), "client-count"),
    "garbage": (operation(b"\x00\x01"), "garbage"),
    "a gap": (operation(b"\x0a\x05", item()), "skip"),
    "deleted content for more than one": (operation(b"\x21\x01\x01f\x01k\x02"), "content"),
    "deleted content for none": (operation(b"\x21\x01\x01f\x01k\x00"), "content"),
    "deleted content under no key": (operation(b"\x01\x01\x01f\x01"), "content"),
    "deleted content in an unknown root": (operation(b"\x21\x01\x01g\x01k\x01"), "root"),
    "deleted content whose parent is an item": (
        operation(b"\x21\x00" + forged.unsigned(OTHER) + b"\x00\x01k\x01"),
        "root",
    ),
    "a root that the bytes do not hold": (operation(b"\x21\x01\x7ff", deleted=b""), "truncated"),
    "an entry over one of its own": (operation(item(), b"\x88" + forged.unsigned(CLIENT) + b"\x00\x01\x78"), "origin"),
    "deleted content over one of its own": (operation(b"\x81" + forged.unsigned(CLIENT) + b"\x00\x01"), "origin"),
    "a nested map": (operation(forged.with_content(forged.TYPE, b"\x01")), "depth"),
    "arrays 30,000 deep": (operation(item(value=forged.nested_arrays(30_000))), "depth"),
    "too large": (operation(item(value=forged.any_text("a" * SNAPSHOT_BYTES_MAX))), "size"),
    "a clock not from the start": (forged.update(forged.block(item(), clock=1)), "clock"),
    "no struct": (forged.update(forged.block()), "struct-count"),
    "a delete of more than an operation has": (
        operation(item(), deleted=forged.deletes((OTHER, STRUCTS_MAX, 1))),
        "delete-range",
    ),
    "deletes without end": (operation(item(), deleted=forged.deletes((OTHER, 0, 2**50))), "delete-range"),
}


@pytest.mark.parametrize("what", WRONG_SNAPSHOTS)
def test_what_no_document_of_the_house_holds_is_refused_by_name(what: str):
    update, rule = WRONG_SNAPSHOTS[what]
    assert refused_snapshot(update) == rule


def test_a_snapshot_may_delete_as_many_as_it_may_hold():
    ranges = [(client, 0, STRUCTS_MAX) for client in range(SNAPSHOT_STRUCTS_MAX // STRUCTS_MAX)]
    check_snapshot(forged.update(deleted=forged.deletes(*ranges)))
    check_snapshot(forged.update(deleted=forged.deletes((OTHER, STRUCTS_MAX - 1, 1))))
    assert refused_snapshot(forged.update(deleted=forged.deletes(*ranges, (10_000, 0, 1)))) == "delete-range"


def test_a_snapshot_may_be_as_large_as_its_limit_says():
    wide = forged.any_map(*((f"k{i}", forged.any_text("a" * 4000)) for i in range(1000)))
    frame = len(operation(item(root="ev", value=wide), item(value=forged.any_text("a" * 20_000))))
    rest = forged.any_text("a" * (20_000 + SNAPSHOT_BYTES_MAX - frame))
    whole = operation(item(root="ev", value=wide), item(value=rest))
    assert len(whole) == SNAPSHOT_BYTES_MAX
    check_snapshot(whole)
    assert refused_snapshot(whole + b"\x00") == "size"


def test_a_snapshot_may_have_as_many_structs_as_its_limit_says():
    many = [item(key=f"k{i}") for i in range(STRUCTS_MAX)]
    blocks = [forged.block(*many, client=client) for client in range(SNAPSHOT_STRUCTS_MAX // STRUCTS_MAX)]
    check_snapshot(forged.update(*blocks))
    assert refused_snapshot(forged.update(*blocks, forged.block(item(), client=10_000))) == "struct-count"
