"""What remains of an erased case: how it went, by which office and for how much; nothing a person said or wrote."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sync.vocabulary.case import (
    CaseEvent,
    CaseState,
    CaseStatus,
    EventKind,
    choice_facts,
    disputes,
    fold,
    from_entry,
    standing_fields,
    to_entry,
)
from sync.vocabulary.case.redaction import redacted_entry, redacted_fields
from sync.vocabulary.clock import tick
from sync.vocabulary.errors import Fact

K = EventKind
START = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
TO_PROGRESS = (K.REGISTERED, K.HANDED_OVER, K.ACCEPTED_BY_PROVIDER, K.STARTED)
MONEY = {"terminal_id": "T1", "reference": "R1"}


def an_event(kind: str, minute: int, **facts: Fact) -> CaseEvent:
    moment = START + timedelta(minutes=minute)
    return CaseEvent(
        id=f"{minute:03}-{kind}",
        kind=kind,
        clock=tick(None, moment),
        at=moment,
        node_id="SHV-1",
        office_id="SHV",
        actor_id="head",
        facts=facts,
    )


def settled(*events: CaseEvent) -> list[CaseEvent]:
    """The events, and the resolution by which the word of the last holds."""
    state = fold(events)
    (dispute,) = disputes(state)
    return [*events, an_event(K.RESOLVED, 90, **choice_facts(dispute, events[-1], state=state))]


def erased(events: list[CaseEvent]) -> CaseState:
    return fold(from_entry(event.id, redacted_entry(to_entry(event))) for event in events)


def test_a_tombstone_names_the_case_the_offices_and_the_act_and_no_person():
    fields: dict[str, Fact] = {
        "number": "SHV-2026-0001234-2",
        "service_code": "00034",
        "home_office_id": "SHV",
        "fee_kopecks": 4542,
        "applicant_last_name": "Кульбабенко",
        "of_a_later_version": "Кульбабенко",
    }
    assert redacted_fields(fields, act="Акт № 7", on=date(2031, 11, 16)) == {
        "number": "SHV-2026-0001234-2",
        "service_code": "00034",
        "home_office_id": "SHV",
        "fee_kopecks": 4542,
        "erased_on": "2031-11-16",
        "erasure_act": "Акт № 7",
    }


def test_an_act_written_before_the_erasure_gives_way_to_the_one_that_ordered_it():
    fields: dict[str, Fact] = {"erased_on": "2020-01-01", "erasure_act": "?"}
    said = redacted_fields(fields, act="Акт № 7", on=date(2031, 11, 16))
    assert said == {"erased_on": "2031-11-16", "erasure_act": "Акт № 7"}


def test_an_event_keeps_who_did_it_and_when_and_not_what_was_written():
    entry = to_entry(an_event(K.DECIDED_REFUSED, 1, reasons="Кульбабенко не подала довідку", days=3))
    assert redacted_entry(entry) == {name: value for name, value in entry.items() if name != "reasons"}


def test_that_a_telephone_was_changed_is_kept_and_neither_of_its_values():
    entry = to_entry(an_event(K.EDITED, 1, field="applicant_phone", base="+380501111111", value="+380502222222"))
    assert redacted_entry(entry) == {**entry, "base": None, "value": None}


def test_a_change_of_what_the_tombstone_keeps_is_kept_with_its_values():
    edit = an_event(K.EDITED, 1, field="pickup_office_id", base="SHV", value="KYV")
    assert redacted_entry(to_entry(edit)) == to_entry(edit)
    assert standing_fields({"pickup_office_id": "SHV"}, erased([edit])) == {"pickup_office_id": "KYV"}


def test_a_value_is_not_made_up_where_there_was_none():
    assert redacted_entry({"kind": "edited", "field": "applicant_phone"}) == {
        "kind": "edited",
        "field": "applicant_phone",
    }


@pytest.mark.parametrize("base", ["Кульбабенко", "closed"])
def test_a_base_is_kept_only_where_it_is_a_status_and_of_no_field(base: str):
    entry: dict[str, Fact] = {"kind": "resolved", "field": "applicant_last_name", "base": base, "status": "closed"}
    assert redacted_entry(entry)["base"] is None
    del entry["field"]
    assert redacted_entry(entry)["base"] == ("closed" if base == "closed" else None)


def test_an_erased_case_stands_where_it_stood():
    history = [an_event(kind, minute) for minute, kind in enumerate(TO_PROGRESS)]
    history[0] = an_event(K.REGISTERED, 0, number="SHV-2026-0001234-2", due_on="2026-12-16", applicant_last_name="К.")
    pause = [an_event(K.SUSPENDED, 5), an_event(K.RESUMED, 3000, due_on="2026-12-18")]
    longer = an_event(K.EXTENDED, 3001, days=15, due_on="2027-01-04")
    before, after = fold([*history, *pause, longer]), erased([*history, *pause, longer])
    assert (after.status, after.number, after.due_on) == (before.status, before.number, before.due_on)
    assert (after.paused_days, after.extended_days) == (before.paused_days, before.extended_days) == (2, 15)


def test_a_decision_that_a_person_settled_stays_settled_after_the_erasure():
    history = [an_event(kind, minute) for minute, kind in enumerate(TO_PROGRESS)]
    contested = settled(*history, an_event(K.DECIDED_GRANTED, 5), an_event(K.DECIDED_REFUSED, 6))
    state = erased(contested)
    assert (state.status, state.conflicts) == (CaseStatus.DECISION_REFUSED, ())


@pytest.mark.parametrize("kind", [K.PAYMENT_RECEIVED, K.PAYMENT_REFUNDED])
def test_the_money_of_an_erased_case_is_what_it_was(kind: EventKind):
    payment = an_event(K.PAYMENT_RECEIVED, 1, terminal_id="T1", reference="R1", amount_kopecks=9000)
    disputed = [an_event(kind, minute, **MONEY, amount_kopecks=amount) for minute, amount in ((2, 4542), (3, 7570))]
    before = [an_event(K.REGISTERED, 0), *([payment] if kind is K.PAYMENT_REFUNDED else []), *disputed]
    events = settled(*before)
    assert erased(events).paid_kopecks == fold(events).paid_kopecks
    assert erased(events).conflicts == ()
