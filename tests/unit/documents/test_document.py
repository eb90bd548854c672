"""A document keeps everything it was told, in any order, however often."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from sync.documents import document
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


def test_later_operations_get_higher_client_ids():
    early = document.fresh_client_id(now=NOW, operation_id="01ARZ3NDEKTSV4RRFFQ69G5FAV")
    late = document.fresh_client_id(now=NOW.replace(second=1), operation_id="01ARZ3NDEKTSV4RRFFQ69G5FA0")
    assert early < late < 2**53


def test_an_absurd_clock_still_gives_a_lawful_client_id():
    for year in (1970, 2026, 3000):
        assert 0 <= document.fresh_client_id(now=NOW.replace(year=year), operation_id="0" * 26) < 2**53


def test_this_build_of_pycrdt_is_fit():
    document.self_test()
