"""A document in which nothing was written over is read and put together without yrs."""

import pytest

from sync.documents import document
from sync.documents.validator import Plain, check_snapshot, join, plain
from tests.support import updates as forged
from tests.support.updates import CLIENT, OTHER, item, operation, overwriting

EVENT = {"kind": "registered", "sheets": 3}
THIRD = CLIENT + 1


def opened() -> bytes:
    return document.change(
        None, client_id=OTHER, fields={"note": "є", "fee": 1}, events={"01E": EVENT}, attachments={"01A": {"n": None}}
    )


def event(client_id: int, name: str) -> bytes:
    return document.change(opened(), client_id=client_id, fields={}, events={name: EVENT}, attachments={})


def test_a_new_document_says_what_was_written() -> None:
    assert plain(opened()) == Plain(
        clocks={OTHER: 4},
        written={("f", "note"): "є", ("f", "fee"): 1, ("ev", "01E"): EVENT, ("att", "01A"): {"n": None}},
    )


def test_a_document_without_anything_is_one_too() -> None:
    assert plain(b"\x00\x00") == Plain(clocks={}, written={})


def test_plain_documents_are_one_after_another_in_one() -> None:
    joined = join([opened(), event(CLIENT, "01F"), event(THIRD, "01G")])
    read = plain(joined)
    assert read is not None
    assert read.clocks == {OTHER: 4, CLIENT: 1, THIRD: 1}
    assert {("ev", "01F"), ("ev", "01G"), ("f", "note")} <= read.written.keys()
    assert len(read.written) == 6
    check_snapshot(joined)
    assert document.view(document.merge(joined, [joined], clients=()).snapshot) == document.view(joined)


def test_one_document_joined_is_itself_and_none_is_the_empty_one() -> None:
    one = opened()  # yrs writes the parts of an event in whatever order
    assert join([one]) == one
    assert join([]) == b"\x00\x00"
    assert join(iter([b"\x00\x00", one])) == one


def test_what_a_later_version_keeps_under_another_name_is_plain_too() -> None:
    assert plain(operation(item(root="newer"))) == Plain(clocks={CLIENT: 1}, written={("newer", "k"): True})


NOT_PLAIN = {
    "an entry over another": operation(overwriting(OTHER, 0)),
    "an entry twice": forged.update(forged.block(item()), forged.block(item(), client=OTHER)),
    "something deleted": operation(item(), deleted=forged.deletes((OTHER, 0, 1))),
    "an entry that is gone": operation(b"\x21\x01\x01f\x01k\x01"),
    "something after the end": operation(item()) + b"\x00",
    "no delete set": operation(item(), deleted=b""),
    "an event without parts": operation(item(root="ev")),
    "an unknown shape of a name": operation(item(root="new er")),
    "a client twice": forged.update(forged.block(item()), forged.block(item(key="l"))),
    "nothing": b"",
}


@pytest.mark.parametrize("what", NOT_PLAIN)
def test_all_else_is_for_yrs_to_say(what: str) -> None:
    assert plain(NOT_PLAIN[what]) is None


def test_a_document_cut_at_any_byte_is_not_plain() -> None:
    whole = opened()
    for end in range(len(whole)):
        assert plain(whole[:end]) is None
