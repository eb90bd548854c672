"""A case is what its events make it: the lawful path, what stops it, what contradicts it."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from sync.vocabulary.case import (
    MOVES,
    CaseEvent,
    CaseState,
    CaseStatus,
    ConflictReason,
    EventKind,
    fold,
    from_entry,
    is_final,
    next_steps,
    to_entry,
)
from sync.vocabulary.clock import tick
from sync.vocabulary.errors import Fact, InvalidInput

K = EventKind
S = CaseStatus
START = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)

TO_ISSUE = [
    K.REGISTERED,
    K.HANDED_OVER,
    K.ACCEPTED_BY_PROVIDER,
    K.STARTED,
    K.DECIDED_GRANTED,
    K.RESULT_RECEIVED,
    K.READY_FOR_ISSUE,
    K.ISSUED,
]


def an_event(
    kind: str, minute: int, *, node_id: str = "SHV-1", event_id: str | None = None, **facts: Fact
) -> CaseEvent:
    at = START + timedelta(minutes=minute)
    return CaseEvent(
        id=event_id or f"{node_id}:{minute:06}:{kind}",
        kind=kind,
        clock=tick(None, at),
        at=at,
        node_id=node_id,
        office_id=node_id[:3],
        actor_id="staff",
        facts=facts,
    )


def path(*kinds: str) -> list[CaseEvent]:
    return [an_event(kind, minute) for minute, kind in enumerate(kinds)]


def a_payment(minute: int, reference: str, amount_kopecks: int, *, kind: str = K.PAYMENT_RECEIVED) -> CaseEvent:
    return an_event(
        kind,
        minute,
        event_id=f"pay-{minute}",
        terminal_id="T1",
        reference=reference,
        amount_kopecks=amount_kopecks,
    )


def test_a_case_goes_from_registration_to_the_archive() -> None:
    state = fold(path(*TO_ISSUE, K.CLOSED, K.ARCHIVED))
    assert state.status is S.ARCHIVED
    assert not state.is_in_conflict
    assert [event.kind for event in state.path] == [*TO_ISSUE, "closed", "archived"]
    assert state.issued_at == START + timedelta(minutes=7)
    assert None not in (state.registered_at, state.decided_at, state.closed_at, state.archived_at)


def test_registration_states_number_due_day_and_offices() -> None:
    registered = an_event(
        K.REGISTERED,
        0,
        number="SHV-2026-0001234-2",
        due_on="2026-12-16",
        provider_id="migration",
        home_office_id="SHV",
        accepting_office_id="SHV",
        pickup_office_id="KYV",
    )
    state = fold([registered])
    assert (state.number, state.due_on) == ("SHV-2026-0001234-2", date(2026, 12, 16))
    assert (state.provider_id, state.home_office_id, state.pickup_office_id) == ("migration", "SHV", "KYV")


def test_a_refusal_is_a_result_too() -> None:
    state = fold(path(*TO_ISSUE[:4], K.DECIDED_REFUSED, *TO_ISSUE[5:]))
    assert (state.status, state.is_in_conflict) == (S.ISSUED, False)


def test_a_suspended_case_stops_its_clock() -> None:
    day = 24 * 60
    events = [
        *path(*TO_ISSUE[:4]),
        an_event(K.SUSPENDED, 1 * day),
        an_event(K.RESUMED, 15 * day, due_on="2026-12-30"),
        an_event(K.EXTENDED, 16 * day, days=15, due_on="2027-01-14"),
    ]
    state = fold(events)
    assert (state.status, state.paused_days, state.extended_days) == (S.IN_PROGRESS, 14, 15)
    assert state.due_on == date(2027, 1, 14)
    assert fold(events[:5]).paused_days == 0


def test_each_pause_ends_by_its_own_resumption() -> None:
    day = 24 * 60
    stops = [an_event(kind, place * day) for kind, place in ((K.SUSPENDED, 1), (K.RESUMED, 3), (K.SUSPENDED, 5))]
    state = fold([*path(*TO_ISSUE[:4]), *stops, an_event(K.RESUMED, 9 * day)])
    assert [(p.ended_on - p.began_on).days for p in state.pauses if p.ended_on] == [2, 4]
    assert state.paused_days == 6


def test_a_prolongation_that_does_not_say_how_long_adds_nothing() -> None:
    events = [*path(*TO_ISSUE[:4]), an_event(K.EXTENDED, 5), an_event(K.EXTENDED, 6, days=-3)]
    assert fold(events).extended_days == 0


def test_a_case_left_without_movement_is_remedied_or_returned() -> None:
    remedied = fold(path(K.REGISTERED, K.LEFT_WITHOUT_MOVEMENT, K.REMEDIED, K.HANDED_OVER))
    assert (remedied.status, remedied.is_in_conflict) == (S.HANDED_OVER, False)
    returned = fold(path(K.REGISTERED, K.LEFT_WITHOUT_MOVEMENT, K.RETURNED, K.RESULT_RECEIVED))
    assert (returned.status, len(returned.pauses)) == (S.RESULT_RECEIVED, 1)
    assert returned.pauses[0].ended_on is not None


def test_two_decisions_made_apart_are_a_conflict_for_a_person() -> None:
    events = [*path(*TO_ISSUE[:5]), an_event(K.DECIDED_REFUSED, 9, node_id="KYV-1")]
    state = fold(events)
    assert state.status is S.DECISION_GRANTED
    (conflict,) = state.conflicts
    assert (conflict.reason, conflict.status_before) == (ConflictReason.IMPOSSIBLE_MOVE, S.DECISION_GRANTED)
    assert K.RESOLVED in next_steps(state)


def test_a_person_resolves_a_conflict_and_may_choose_the_status() -> None:
    events = [*path(*TO_ISSUE[:5]), an_event(K.DECIDED_REFUSED, 9, node_id="KYV-1")]
    losing = fold(events).conflicts[0].event_id
    kept = fold([*events, an_event(K.RESOLVED, 10, conflict_event_ids=losing)])
    assert (kept.status, kept.is_in_conflict) == (S.DECISION_GRANTED, False)
    chosen = fold([*events, an_event(K.RESOLVED, 10, conflict_event_ids=losing, status="decision_refused")])
    assert (chosen.status, chosen.is_in_conflict) == (S.DECISION_REFUSED, False)
    assert K.RESOLVED not in next_steps(chosen)


def test_a_resolution_settles_only_the_conflicts_it_names() -> None:
    events = [
        *path(*TO_ISSUE[:5]),
        an_event(K.DECIDED_REFUSED, 9, node_id="KYV-1"),
        an_event(K.SUSPENDED, 9, node_id="RCP-1"),
    ]
    first, second = fold(events).conflicts
    state = fold([*events, an_event(K.RESOLVED, 10, conflict_event_ids=first.event_id, status="no such status")])
    assert state.conflicts == (second,)
    assert state.status is S.DECISION_GRANTED
    assert fold([*events, an_event(K.RESOLVED, 10)]).conflicts == (first, second)


def test_a_withdrawal_wins_over_progress_made_apart() -> None:
    early = fold([*path(*TO_ISSUE[:4]), an_event(K.WITHDRAWN, 5), an_event(K.DECIDED_GRANTED, 9, node_id="KYV-1")])
    late = fold([*path(*TO_ISSUE[:5]), an_event(K.WITHDRAWN, 9, node_id="KYV-1")])
    assert early.status is late.status is S.WITHDRAWN
    assert early.is_in_conflict
    assert late.is_in_conflict


def test_a_result_issued_twice_stays_issued_and_is_a_conflict() -> None:
    state = fold([*path(*TO_ISSUE), an_event(K.ISSUED, 8, node_id="KYV-1")])
    assert (state.status, len(state.conflicts)) == (S.ISSUED, 1)
    assert state.issued_at == START + timedelta(minutes=7)


def test_a_case_withdrawn_cannot_be_reopened_by_a_late_event() -> None:
    state = fold([*path(K.REGISTERED, K.WITHDRAWN, K.CLOSED), an_event(K.HANDED_OVER, 9, node_id="KYV-1")])
    assert (state.status, state.is_in_conflict) == (S.CLOSED, True)


def test_one_terminal_transaction_is_paid_once() -> None:
    events = [*path(K.REGISTERED), a_payment(1, "R1", 4542), a_payment(2, "R1", 4542), a_payment(3, "R2", 1000)]
    state = fold([*events, *events])
    assert (state.paid_kopecks, len(state.receipts), state.is_in_conflict) == (5542, 2, False)


def test_the_same_reference_of_two_terminals_is_two_payments_and_a_kopeck_counts() -> None:
    other = an_event(K.PAYMENT_RECEIVED, 2, terminal_id="T2", reference="R1", amount_kopecks=1)
    no_terminal = an_event(K.PAYMENT_RECEIVED, 3, reference="R1", amount_kopecks=100)
    state = fold([*path(K.REGISTERED), a_payment(1, "R1", 4542), other, no_terminal])
    assert state.paid_kopecks == 4643
    assert [receipt.terminal_id for receipt in state.receipts] == ["T1", "T2", ""]


def test_one_transaction_told_with_two_amounts_is_a_conflict() -> None:
    state = fold([*path(K.REGISTERED), a_payment(1, "R1", 4542), a_payment(2, "R1", 7570)])
    assert (state.paid_kopecks, state.conflicts[0].reason) == (4542, ConflictReason.RECEIPT_DIFFERS)


def test_a_refund_lessens_what_was_paid_once() -> None:
    refund = a_payment(2, "B1", 4542, kind=K.PAYMENT_REFUNDED)
    again = a_payment(3, "B1", 4542, kind=K.PAYMENT_REFUNDED)
    state = fold([*path(K.REGISTERED), a_payment(1, "R1", 4542), refund, again])
    assert (state.paid_kopecks, len(state.refunds)) == (0, 1)


@pytest.mark.parametrize(
    "event",
    [
        an_event(K.PAYMENT_RECEIVED, 1, terminal_id="T1", reference="R1"),
        an_event(K.PAYMENT_RECEIVED, 1, terminal_id="T1", reference="R1", amount_kopecks=-5),
        an_event(K.PAYMENT_RECEIVED, 1, terminal_id="T1", reference="R1", amount_kopecks=0),
        an_event(K.PAYMENT_RECEIVED, 1, terminal_id="T1", reference="", amount_kopecks=5),
        an_event(K.PAYMENT_RECEIVED, 1, terminal_id="T1", reference="R1", amount_kopecks=True),
        an_event(K.PAYMENT_RECEIVED, 1, terminal_id="T1", amount_kopecks=5),
        an_event(K.EDITED, 1, field="phone"),
        an_event(K.EDITED, 1, value="x"),
        an_event(K.SCAN_ATTACHED, 1),
    ],
)
def test_an_event_without_its_facts_counts_for_nothing_and_is_shown(event: CaseEvent) -> None:
    state = fold([*path(K.REGISTERED), event])
    assert state.paid_kopecks == 0
    assert state.conflicts[0].reason is ConflictReason.MALFORMED
    assert state.path[-1] == event


def test_two_edits_of_one_value_made_apart_are_a_conflict() -> None:
    first = an_event(K.EDITED, 1, field="applicant_phone", base="+380501111111", value="+380502222222")
    apart = an_event(K.EDITED, 2, node_id="KYV-1", field="applicant_phone", base="+380501111111", value="+380503333333")
    after = an_event(K.EDITED, 3, field="applicant_phone", base="+380502222222", value="+380504444444")
    assert fold([*path(K.REGISTERED), first, after]).conflicts == ()
    state = fold([*path(K.REGISTERED), first, apart])
    assert state.conflicts[0].reason is ConflictReason.STALE_EDIT
    assert state.edited_fields == {"applicant_phone": "+380503333333"}


def test_the_same_edit_made_twice_is_no_conflict() -> None:
    one = an_event(K.EDITED, 1, field="applicant_phone", base=None, value="+380502222222")
    other = an_event(K.EDITED, 2, node_id="KYV-1", field="applicant_phone", base=None, value="+380502222222")
    assert not fold([*path(K.REGISTERED), one, other]).is_in_conflict


def test_what_happens_beside_the_path_does_not_move_it() -> None:
    events = [
        *path(K.REGISTERED),
        an_event(K.SCAN_ATTACHED, 1, attachment_id="A1"),
        an_event(K.SCAN_ATTACHED, 2, attachment_id="A1"),
        an_event(K.CHECKED_OUT, 3),
        an_event(K.APPEALED, 4),
    ]
    state = fold(events)
    assert (state.status, state.attachment_ids, state.is_appealed) == (S.REGISTERED, ("A1",), True)
    assert len(state.path) == 5


def test_a_kind_of_a_newer_version_is_kept_and_disturbs_nothing() -> None:
    state = fold([*path(K.REGISTERED), an_event("blessed", 1, colour="blue")])
    assert (state.status, state.is_in_conflict) == (S.REGISTERED, False)
    assert state.path[-1].facts == {"colour": "blue"}


def test_two_events_under_one_id_give_every_replica_the_same() -> None:
    honest, forged = an_event(K.REGISTERED, 0, event_id="E1"), an_event(K.ANNULLED, 9, event_id="E1")
    assert fold([honest, forged]) == fold([forged, honest])
    assert len(fold([honest, forged]).path) == 1


def test_a_damaged_due_day_is_no_due_day() -> None:
    assert fold([an_event(K.REGISTERED, 0, due_on="soon")]).due_on is None
    assert fold([an_event(K.REGISTERED, 0, number=5)]).number is None


def test_the_next_steps_are_the_lawful_ones() -> None:
    assert next_steps(CaseState.draft()) == {K.REGISTERED}
    registered = next_steps(fold(path(K.REGISTERED)))
    assert {K.HANDED_OVER, K.LEFT_WITHOUT_MOVEMENT, K.WITHDRAWN, K.ANNULLED, K.PAYMENT_RECEIVED} <= registered
    assert K.ISSUED not in registered
    assert next_steps(fold(path(K.REGISTERED, K.WITHDRAWN, K.CLOSED, K.ARCHIVED, K.DESTROYED))) == set()


def test_every_status_but_the_last_has_a_way_on() -> None:
    leads_on = {source for move in MOVES.values() for source in move.sources}
    assert set(CaseStatus) - leads_on == {S.DESTROYED, S.TRANSFERRED}
    assert set(CaseStatus) - {move.target for move in MOVES.values()} == {S.DRAFT}
    assert is_final(S.ISSUED)
    assert not is_final(S.READY_FOR_ISSUE)


def test_an_event_is_kept_as_one_flat_object() -> None:
    event = an_event(K.PAYMENT_RECEIVED, 1, terminal_id="T1", reference="R1", amount_kopecks=4542)
    entry = to_entry(event)
    assert entry == {
        "kind": "payment_received",
        "clock": event.clock,
        "at": "2026-11-16T08:01:00.000Z",
        "node_id": "SHV-1",
        "office_id": "SHV",
        "actor_id": "staff",
        "terminal_id": "T1",
        "reference": "R1",
        "amount_kopecks": 4542,
    }
    assert from_entry(event.id, msgspec.json.decode(msgspec.json.encode(entry))) == event


@pytest.mark.parametrize("facts", [{"clock": "x"}, {"id": "x"}, {"big": 2**63}, {"deep": {}}, {"real": 1.5}])
def test_no_event_is_written_that_a_replica_would_misread(facts) -> None:
    event = msgspec.structs.replace(an_event(K.EDITED, 1), facts=facts)
    with pytest.raises(InvalidInput):
        to_entry(event)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": None},
        {"clock": "yesterday"},
        {"at": "yesterday"},
        {"at": "2026-11-16T08:01:00"},
        {"node_id": 5},
        {"nested": [1]},
        {"huge": 2**60},
    ],
)
def test_a_damaged_entry_is_refused(changes) -> None:
    entry = {**to_entry(an_event(K.REGISTERED, 0)), **changes}
    with pytest.raises(InvalidInput):
        from_entry("E1", entry)


def test_an_entry_without_a_header_field_is_refused() -> None:
    entry = to_entry(an_event(K.REGISTERED, 0))
    del entry["actor_id"]
    with pytest.raises(InvalidInput) as refused:
        from_entry("E1", entry)
    assert refused.value.rule == "event-header"
