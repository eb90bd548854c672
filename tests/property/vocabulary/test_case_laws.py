"""The fold of a case gives the same answer in any order, in any parts, however often each event came."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.vocabulary.case import (
    MOVES,
    CaseEvent,
    CaseState,
    CaseStatus,
    EventKind,
    fold,
    from_entry,
    is_final,
    next_steps,
    order,
    step,
    to_entry,
)
from sync.vocabulary.clock import tick

START = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "number": st.sampled_from(["SHV-2026-0001234-2", ""]),
        "due_on": st.sampled_from(["2026-12-16", "soon"]),
        "days": st.integers(-3, 30),
        "terminal_id": st.sampled_from(["T1", "T2"]),
        "reference": st.sampled_from(["R1", "R2"]),
        "amount_kopecks": st.sampled_from([4542, 7570, -1, True]),
        "field": st.sampled_from(["phone", "email"]),
        "base": st.sampled_from([None, "a", "b"]),
        "value": st.sampled_from([None, "a", "b"]),
        "attachment_id": st.sampled_from(["A1", "A2"]),
        "conflict_event_ids": st.sampled_from(["E00 E01", "E02"]),
        "status": st.sampled_from([*CaseStatus, "odd"]),
    },
)


@st.composite
def histories(draw: st.DrawFn) -> list[CaseEvent]:
    kinds = st.sampled_from([*EventKind, "of_a_newer_version"])
    events = []
    for place in range(draw(st.integers(0, 14))):
        at = START + timedelta(days=draw(st.integers(0, 5)))
        node_id = draw(st.sampled_from(["SHV", "KYV", "RCP"]))
        events.append(
            CaseEvent(
                id=f"E{place:02}",
                kind=draw(kinds),
                clock=tick(None, at),
                at=at,
                node_id=node_id,
                office_id=node_id,
                actor_id="staff",
                facts=draw(FACTS),
            )
        )
    return events


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_order_and_duplicates_do_not_matter(events: list[CaseEvent], random) -> None:
    shuffled = [*events, *random.sample(events, k=len(events) // 2)]
    random.shuffle(shuffled)
    assert fold(shuffled) == fold(events)


@given(histories())
@settings(max_examples=50, deadline=None)
def test_no_event_is_lost_and_every_contradiction_was_an_event(events: list[CaseEvent]) -> None:
    state = fold(events)
    assert sorted(state.path, key=order) == list(state.path)
    assert {event.id for event in state.path} == {event.id for event in events}
    assert {conflict.event_id for conflict in state.conflicts} <= {event.id for event in events}


@given(histories())
@settings(max_examples=50, deadline=None)
def test_money_is_the_sum_of_distinct_transactions(events: list[CaseEvent]) -> None:
    state = fold(events)
    for kept in (state.receipts, state.refunds):
        assert len({(receipt.terminal_id, receipt.reference) for receipt in kept}) == len(kept)
        assert all(receipt.amount_kopecks > 0 for receipt in kept)


@given(histories())
@settings(max_examples=50, deadline=None)
def test_a_status_leaves_a_final_one_only_for_a_more_final_or_by_a_person(events: list[CaseEvent]) -> None:
    state = CaseState.draft()
    for event in sorted(events, key=order):
        after = step(state, event)
        if event.kind in MOVES and event.kind not in next_steps(state) and after.status is not state.status:
            assert is_final(after.status)
            assert after.conflicts[-1].event_id == event.id
        state = after


@given(histories())
@settings(max_examples=50, deadline=None)
def test_a_lawful_step_is_never_a_conflict(events: list[CaseEvent]) -> None:
    state = fold(events)
    for kind in next_steps(state) & MOVES.keys():
        at = START + timedelta(days=9)
        event = CaseEvent(
            id="E99", kind=kind, clock=tick(None, at), at=at, node_id="SHV", office_id="SHV", actor_id="staff"
        )
        after = step(state, event)
        assert after.status is MOVES[kind].target
        assert after.conflicts == state.conflicts


@given(histories())
@settings(max_examples=50, deadline=None)
def test_an_event_survives_its_entry(events: list[CaseEvent]) -> None:
    for event in events:
        assert from_entry(event.id, msgspec.json.decode(msgspec.json.encode(to_entry(event)))) == event
