"""Contradictions of parted offices: every word is kept, a person decides, and what they had not seen cannot be lost."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.vocabulary.case import (
    CaseEvent,
    CaseState,
    CaseStatus,
    ConflictReason,
    Dispute,
    EventKind,
    Subject,
    choice_facts,
    disputes,
    fold,
    may_notify,
    next_steps,
    standing_fields,
    undisputed,
)
from sync.vocabulary.clock import tick
from sync.vocabulary.errors import Fact

K = EventKind
S = CaseStatus
START = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
TO_PROGRESS = (K.REGISTERED, K.HANDED_OVER, K.ACCEPTED_BY_PROVIDER, K.STARTED)
PHONE = "applicant_phone"


def an_event(kind: str, minute: int, *, at: str = "SHV", **facts: Fact) -> CaseEvent:
    moment = START + timedelta(minutes=minute)
    return CaseEvent(
        id=f"{at}-{minute:03}-{kind}",
        kind=kind,
        clock=tick(None, moment),
        at=moment,
        node_id=at,
        office_id=at,
        actor_id="head",
        facts=facts,
    )


def history(*kinds: EventKind) -> list[CaseEvent]:
    return [an_event(kind, minute) for minute, kind in enumerate(kinds)]


def an_edit(minute: int, base: Fact, value: Fact, *, at: str = "SHV") -> CaseEvent:
    return an_event(K.EDITED, minute, at=at, field=PHONE, base=base, value=value)


def only(state: CaseState) -> Dispute:
    (dispute,) = disputes(state)
    return dispute


def chosen(state: CaseState, event: CaseEvent, minute: int, *, at: str = "SHV") -> CaseEvent:
    """The resolution by which the word of ``event`` holds, made in knowledge of ``state``."""
    return an_event(K.RESOLVED, minute, at=at, **choice_facts(only(state), event, state=state))


GRANTED, REFUSED = an_event(K.DECIDED_GRANTED, 5), an_event(K.DECIDED_REFUSED, 6, at="KYV")
CONTESTED = [*history(*TO_PROGRESS), GRANTED, REFUSED]


def test_a_dispute_shows_both_decisions_and_which_of_them_stands():
    dispute = only(fold(CONTESTED))
    assert (dispute.subject, dispute.events, dispute.standing_id) == (Subject.STATUS, (GRANTED, REFUSED), GRANTED.id)
    assert [event.office_id for event in dispute.events] == ["SHV", "KYV"]


def test_the_losing_decision_may_be_chosen_and_leaves_its_own_trace():
    before = fold(CONTESTED)
    state = fold([*CONTESTED, chosen(before, REFUSED, 9)])
    assert (state.status, state.decided_at, state.conflicts) == (S.DECISION_REFUSED, REFUSED.at, ())
    assert all(decision in state.path for decision in (GRANTED, REFUSED))


def test_a_contradiction_that_arrives_late_opens_a_new_conflict():
    before = fold(CONTESTED)
    late = an_event(K.WITHDRAWN, 4, at="RCP")
    state = fold([*CONTESTED, chosen(before, GRANTED, 9), late])
    assert {conflict.event_id for conflict in state.conflicts} >= {GRANTED.id}
    assert state.status is S.WITHDRAWN


def test_what_was_handed_out_meanwhile_is_not_undone_by_who_did_not_know():
    went_on = [an_event(kind, 7 + place) for place, kind in enumerate((K.RESULT_RECEIVED, K.READY_FOR_ISSUE, K.ISSUED))]
    resolution = chosen(fold(CONTESTED), REFUSED, 30)
    state = fold([*CONTESTED, *went_on, resolution])
    assert state.status is S.ISSUED
    apart = state.conflicts[-1]
    assert (apart.reason, apart.event_id, apart.against_id) == (
        ConflictReason.RESOLVED_APART,
        resolution.id,
        went_on[-1].id,
    )
    assert REFUSED.id in {conflict.event_id for conflict in state.conflicts}


def test_two_people_who_decide_differently_apart_are_a_conflict_of_their_own():
    before = fold(CONTESTED)
    one, other = chosen(before, GRANTED, 9), chosen(before, REFUSED, 10, at="KYV")
    state = fold([*CONTESTED, one, other])
    assert state.status is S.DECISION_GRANTED
    assert only(state).events == (GRANTED, one, other)
    settled = fold([*CONTESTED, one, other, chosen(state, other, 11)])
    assert (settled.status, settled.conflicts) == (S.DECISION_REFUSED, ())


def test_two_people_who_decide_alike_apart_are_of_one_mind():
    before = fold(CONTESTED)
    one, other = chosen(before, REFUSED, 9), chosen(before, REFUSED, 10, at="KYV")
    state = fold([*CONTESTED, one, other])
    assert (state.status, state.conflicts) == (S.DECISION_REFUSED, ())


def test_a_result_is_not_handed_out_while_it_is_disputed_where_the_case_stands():
    ready = [*CONTESTED, an_event(K.RESULT_RECEIVED, 7), an_event(K.READY_FOR_ISSUE, 8)]
    assert K.ISSUED not in next_steps(fold(ready))
    kept = fold([*ready, chosen(fold(ready), ready[-1], 9)])
    assert (kept.status, K.ISSUED in next_steps(kept)) == (S.READY_FOR_ISSUE, True)


def test_a_contested_telephone_stops_no_result():
    ready = history(*TO_PROGRESS, K.DECIDED_GRANTED, K.RESULT_RECEIVED, K.READY_FOR_ISSUE)
    state = fold([*ready, an_edit(20, "1", "2"), an_edit(21, "1", "3", at="KYV")])
    assert state.is_in_conflict
    assert K.ISSUED in next_steps(state)


def test_both_values_of_a_field_are_shown_and_the_earlier_may_be_chosen():
    first, second = an_edit(5, "1", "2"), an_edit(6, "1", "3", at="KYV")
    events = [*history(K.REGISTERED), first, second]
    before = fold(events)
    assert (only(before).events, only(before).standing_id) == ((first, second), second.id)
    state = fold([*events, chosen(before, first, 9)])
    assert (state.edited_fields, state.conflicts) == ({PHONE: "2"}, ())


def test_an_edit_the_resolver_had_not_seen_is_not_lost():
    first, second = an_edit(5, "1", "2"), an_edit(6, "1", "3", at="KYV")
    events = [*history(K.REGISTERED), first, second]
    resolution = chosen(fold(events), first, 9)
    unseen = an_edit(7, "3", "4", at="KYV")
    state = fold([*events, unseen, resolution])
    assert state.edited_fields == {PHONE: "4"}
    assert unseen in only(state).events
    after = an_edit(10, "3", "5", at="KYV")
    assert fold([*events, resolution, after]).conflicts[-1].against_id == resolution.id


def test_an_edit_back_and_forth_with_knowledge_of_each_other_is_no_conflict():
    edits = [an_edit(5, "1", "2"), an_edit(6, "2", "3", at="KYV"), an_edit(7, "3", "2")]
    assert not fold([*history(K.REGISTERED), *edits]).is_in_conflict


@pytest.mark.parametrize("field", ["number", "home_office_id", "service_code"])
def test_no_edit_changes_what_a_case_is_known_by(field: str):
    state = fold([*history(K.REGISTERED), an_event(K.EDITED, 1, field=field, base="SHV", value="KYV")])
    assert standing_fields({field: "SHV"}, state) == {field: "SHV"}
    assert state.conflicts[0].reason is ConflictReason.MALFORMED


def test_a_person_decides_which_amount_the_terminal_took():
    def a_payment(minute: int, amount_kopecks: int, *, at: str) -> CaseEvent:
        facts = {"terminal_id": "T1", "reference": "R1", "amount_kopecks": amount_kopecks}
        return an_event(K.PAYMENT_RECEIVED, minute, at=at, **facts)

    events = [*history(K.REGISTERED), a_payment(1, 4542, at="SHV"), a_payment(2, 7570, at="KYV")]
    before = fold(events)
    state = fold([*events, chosen(before, events[-1], 9)])
    assert (before.paid_kopecks, state.paid_kopecks, state.conflicts) == (4542, 7570, ())


def test_an_entry_nobody_can_read_is_taken_note_of():
    odd = an_event(K.SCAN_ATTACHED, 1)
    before = fold([*history(K.REGISTERED), odd])
    assert fold([*before.path, chosen(before, odd, 2)]).conflicts == ()


def test_nobody_is_notified_while_a_person_must_still_decide():
    before = fold(CONTESTED)
    assert not may_notify(before)
    assert may_notify(fold([*CONTESTED, chosen(before, GRANTED, 9)]))


def test_only_what_nobody_contests_is_told():
    ready = [*CONTESTED, an_event(K.RESULT_RECEIVED, 7), an_event(K.READY_FOR_ISSUE, 8)]
    assert undisputed(fold(ready)).status is S.IN_PROGRESS
    twice = fold([*history(K.REGISTERED), an_event(K.REGISTERED, 1, at="KYV")])
    assert undisputed(twice).status is S.REGISTERED
    phone = fold([*history(K.REGISTERED), an_edit(20, "1", "2"), an_edit(21, "1", "3", at="KYV")])
    assert undisputed(phone) == phone
