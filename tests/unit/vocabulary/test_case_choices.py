"""What a person is shown of a contradiction, and what is written down when they choose a side of it."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.vocabulary.case import (
    CaseEvent,
    CaseState,
    CaseStatus,
    Dispute,
    EventKind,
    Subject,
    choice_facts,
    disputes,
    fold,
    status_said,
    undisputed,
)
from sync.vocabulary.clock import tick
from sync.vocabulary.errors import Fact

K = EventKind
START = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


def an_event(kind: str, minute: int, *, at: str = "SHV", **facts: Fact) -> CaseEvent:
    moment = START + timedelta(minutes=minute)
    return CaseEvent(
        id=f"{at}-{minute:03}",
        kind=kind,
        clock=tick(None, moment),
        at=moment,
        node_id=at,
        office_id=at,
        actor_id="head",
        facts=facts,
    )


PROGRESS = [
    an_event(kind, minute)
    for minute, kind in enumerate((K.REGISTERED, K.HANDED_OVER, K.ACCEPTED_BY_PROVIDER, K.STARTED))
]
GRANTED, REFUSED = an_event(K.DECIDED_GRANTED, 5), an_event(K.DECIDED_REFUSED, 6, at="KYV")


def an_edit(minute: int, base: Fact, value: Fact, *, at: str = "SHV", field: str = "applicant_phone") -> CaseEvent:
    return an_event(K.EDITED, minute, at=at, field=field, base=base, value=value)


def money(kind: str, minute: int, amount_kopecks: int, *, reference: str = "R1") -> CaseEvent:
    return an_event(kind, minute, terminal_id="T1", reference=reference, amount_kopecks=amount_kopecks)


def only(events: list[CaseEvent]) -> tuple[CaseState, Dispute]:
    state = fold(events)
    (dispute,) = disputes(state)
    return state, dispute


def test_the_choice_of_a_decision_names_what_it_settles_whose_word_holds_and_what_stood():
    state, dispute = only([*PROGRESS, GRANTED, REFUSED])
    assert choice_facts(dispute, REFUSED, state=state) == {
        "conflict_event_ids": REFUSED.id,
        "holds_event_id": REFUSED.id,
        "status": "decision_refused",
        "base": "decision_granted",
    }


def test_the_choice_of_a_value_names_the_field_the_value_and_what_stood():
    first, second = an_edit(5, "1", "2"), an_edit(6, "1", "3", at="KYV")
    state, dispute = only([*PROGRESS, first, second])
    assert choice_facts(dispute, first, state=state) == {
        "conflict_event_ids": second.id,
        "holds_event_id": first.id,
        "field": "applicant_phone",
        "value": "2",
        "base": "3",
    }
    assert dispute.key == "field:applicant_phone"


@pytest.mark.parametrize(("kind", "more"), [(K.PAYMENT_RECEIVED, {}), (K.PAYMENT_REFUNDED, {"is_refund": True})])
def test_the_choice_of_an_amount_names_the_transaction_and_whether_money_went_back(kind: str, more: dict[str, Fact]):
    paid, first, second = money(K.PAYMENT_RECEIVED, 4, 9000, reference="R0"), money(kind, 5, 4542), money(kind, 6, 7570)
    state, dispute = only([*PROGRESS, paid, first, second])
    assert (dispute.events, dispute.standing_id, dispute.key) == ((first, second), first.id, "receipt:T1/R1")
    assert (
        choice_facts(dispute, second, state=state)
        == {
            "conflict_event_ids": second.id,
            "holds_event_id": second.id,
            "terminal_id": "T1",
            "reference": "R1",
            "amount_kopecks": 7570,
        }
        | more
    )


@pytest.mark.parametrize("kind", [K.PAYMENT_RECEIVED, K.PAYMENT_REFUNDED])
def test_what_two_people_chose_apart_of_one_amount_is_settled_by_a_third(kind: str):
    """Also where money went back: the third word counts for what the second was about."""
    paid, first, second = money(K.PAYMENT_RECEIVED, 4, 9000, reference="R0"), money(kind, 5, 4542), money(kind, 6, 7570)
    state, dispute = only([*PROGRESS, paid, first, second])
    said = [
        an_event(K.RESOLVED, minute, at=office, **choice_facts(dispute, event, state=state))
        for event, minute, office in ((first, 9, "SHV"), (second, 10, "KYV"))
    ]
    events = [*PROGRESS, paid, first, second, *said]
    contested, again = only(events)
    larger = next(event for event in again.events if event.kind == K.RESOLVED and event.facts["amount_kopecks"] == 7570)
    settled = fold([*events, an_event(K.RESOLVED, 11, **choice_facts(again, larger, state=contested))])
    assert settled.conflicts == ()
    assert settled.paid_kopecks == fold([*PROGRESS, paid, money(kind, 5, 7570)]).paid_kopecks


@pytest.mark.parametrize("odd", [{}, {"amount_kopecks": None}, {"amount_kopecks": 0}, {"amount_kopecks": -7570}])
def test_a_word_that_names_no_amount_changes_no_sum_and_what_it_says_stood_before_is_not_asked(odd: dict[str, Fact]):
    events = [*PROGRESS, money(K.PAYMENT_RECEIVED, 5, 4542), money(K.PAYMENT_RECEIVED, 6, 7570)]
    facts: dict[str, Fact] = {"terminal_id": "T1", "reference": "R1", "base": "anything"}
    word = an_event(K.RESOLVED, 9, conflict_event_ids=events[-1].id, **(facts | odd))
    state = fold([*events, word])
    assert (state.paid_kopecks, state.conflicts) == (4542, ())


def test_a_word_that_names_no_value_leaves_the_one_that_stands():
    events = [*PROGRESS, an_edit(5, "1", "2"), an_edit(6, "1", "3", at="KYV")]
    word = an_event(K.RESOLVED, 9, conflict_event_ids=events[-1].id, field="applicant_phone")
    state = fold([*events, word])
    assert (state.edited_fields, state.conflicts) == ({"applicant_phone": "3"}, ())


def test_of_a_receipt_only_its_own_events_are_shown():
    receipts = [money(K.PAYMENT_RECEIVED, minute, amount) for minute, amount in ((4, 1), (5, 2))]
    other = money(K.PAYMENT_RECEIVED, 3, 9000, reference="R0")
    _, dispute = only([*PROGRESS, other, *receipts])
    assert (dispute.events, dispute.standing_id) == (tuple(receipts), receipts[0].id)


def test_every_entry_that_cannot_be_read_is_a_matter_of_its_own_and_its_word_does_not_stand():
    odd = [an_event(K.SCAN_ATTACHED, minute) for minute in (5, 6)]
    state = fold([*PROGRESS, *odd])
    found = disputes(state)
    assert [(each.subject, each.about, each.events, each.standing_id) for each in found] == [
        (Subject.ENTRY, event.id, (event,), "") for event in odd
    ]
    assert choice_facts(found[0], odd[0], state=state) == {
        "conflict_event_ids": odd[0].id,
        "holds_event_id": odd[0].id,
    }


def test_the_oldest_contradiction_comes_first_and_all_over_one_thing_are_one():
    phone = [an_edit(minute, "1", str(minute), at=at) for minute, at in ((7, "SHV"), (8, "KYV"), (9, "RCP"))]
    mail = [an_edit(minute, "a", str(minute), field="applicant_email") for minute in (10, 11)]
    found = disputes(fold([*PROGRESS, GRANTED, REFUSED, *phone, *mail]))
    assert [each.key for each in found] == ["status", "field:applicant_phone", "field:applicant_email"]
    assert [len(each.conflicts) for each in found] == [1, 2, 1]
    assert found[1].conflict_event_ids == f"{phone[1].id} {phone[2].id}"
    assert found[1].events == tuple(phone)


def test_the_conflicts_of_a_dispute_are_named_in_one_order_everywhere():
    edits = [an_edit(minute, "1", str(minute), at=at) for minute, at in ((5, "A"), (6, "Z"), (7, "B"))]
    _, dispute = only([*PROGRESS, *edits])
    assert dispute.conflict_event_ids == "B-007 Z-006"


def test_an_event_says_where_the_case_would_stand_by_it():
    assert status_said(REFUSED) == "decision_refused"
    assert status_said(an_event(K.RESOLVED, 9, status="closed")) == "closed"
    assert status_said(an_event(K.RESOLVED, 9)) is None
    assert status_said(an_event(K.APPEALED, 9)) is None
    assert status_said(an_event("of_a_newer_version", 9)) is None


def test_what_may_be_told_ends_before_the_first_contested_word():
    payment = money(K.PAYMENT_RECEIVED, 4, 4542)
    told = undisputed(fold([*PROGRESS, payment, GRANTED, REFUSED, money(K.PAYMENT_RECEIVED, 9, 1, reference="R2")]))
    assert (told.status, told.paid_kopecks) == (CaseStatus.IN_PROGRESS, 4542)
    assert told.path == (*PROGRESS, payment)


def test_that_a_case_was_registered_may_be_told_though_its_registration_is_contested():
    twice = [an_event(K.REGISTERED, 0, number="A"), an_event(K.REGISTERED, 1, at="KYV", number="B")]
    told = undisputed(fold(twice))
    assert (told.status, told.number, told.path) == (CaseStatus.REGISTERED, "A", (twice[0],))


def test_a_case_never_registered_tells_nothing_that_is_contested():
    state = fold([an_event(K.CLOSED, 1), an_event(K.ARCHIVED, 0)])
    assert undisputed(state).path == ()


def test_where_only_a_telephone_is_contested_all_else_is_told():
    state = fold([*PROGRESS, an_edit(20, "1", "2"), an_edit(21, "1", "3", at="KYV")])
    assert undisputed(state) is state
