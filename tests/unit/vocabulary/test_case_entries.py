"""An event as it stands in the replicated document: what is refused, by which rule, and what survives."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from sync.vocabulary.case import CaseEvent, CaseStatus, EventKind, fold, from_entry, next_steps, to_entry
from sync.vocabulary.clock import tick
from sync.vocabulary.errors import Fact, InvalidInput

K = EventKind
S = CaseStatus
AT = datetime(2026, 11, 16, 8, 0, 0, 123_000, tzinfo=UTC)
GREATEST = 2**53 - 1  # beyond it two readers of one JSON number may read two numbers


def an_event(kind: str = K.EDITED, at: datetime = AT, **facts: Fact) -> CaseEvent:
    return CaseEvent(
        id="E1", kind=kind, clock=tick(None, at), at=at, node_id="SHV-1", office_id="SHV", actor_id="staff", facts=facts
    )


def test_every_scalar_survives_the_way_into_the_document_and_out_of_it():
    facts: dict[str, Fact] = {"none": None, "yes": True, "text": "", "most": GREATEST, "least": -GREATEST}
    event = an_event(**facts)
    assert from_entry("E1", to_entry(event)) == event
    assert from_entry("E1", to_entry(event)).facts == facts


def test_a_moment_is_kept_in_utc_wherever_it_was_written_down():
    kyiv = AT.astimezone(timezone(timedelta(hours=2)))
    assert to_entry(an_event(at=kyiv))["at"] == "2026-11-16T08:00:00.123Z"


@pytest.mark.parametrize("name", ["kind", "clock", "at", "node_id", "office_id", "actor_id", "id"])
def test_no_fact_takes_the_place_of_the_header(name: str):
    with pytest.raises(InvalidInput) as refused:
        to_entry(CaseEvent(**{**_header(), "facts": {name: "x"}}))
    assert (refused.value.field, refused.value.rule) == (name, "reserved")


@pytest.mark.parametrize("value", [GREATEST + 1, -GREATEST - 1, 1.5, [], {}, b""])
def test_no_replica_is_given_a_fact_that_another_would_read_otherwise(value: Fact):
    with pytest.raises(InvalidInput) as written:
        to_entry(CaseEvent(**{**_header(), "facts": {"odd": value}}))
    with pytest.raises(InvalidInput) as read:
        from_entry("E1", {**to_entry(an_event()), "odd": value})
    for refused in (written.value, read.value):
        assert (refused.field, refused.rule) == ("odd", "scalar")


def test_who_reads_of_a_damaged_header_is_told_what_is_wrong_with_it():
    entry = {**to_entry(an_event()), "node_id": 5}
    with pytest.raises(InvalidInput) as refused:
        from_entry("E1", entry)
    assert (refused.value.field, refused.value.rule) == ("ev", "event-header")
    assert "node_id" in str(refused.value.facts["reason"])


def test_a_moment_without_a_zone_is_no_moment():
    with pytest.raises(InvalidInput) as refused:
        from_entry("E1", {**to_entry(an_event()), "at": "2026-11-16T08:00:00"})
    assert (refused.value.field, refused.value.rule) == ("at", "aware-time")


@pytest.mark.parametrize(("last_taken", "first_refused"), [("0002", "0001"), ("9998", "9999")])
def test_a_moment_that_utc_may_not_have_is_no_moment(last_taken: str, first_refused: str):
    entry = to_entry(an_event())
    assert from_entry("E1", {**entry, "at": f"{last_taken}-01-01T00:00:00Z"}).at.year == int(last_taken)
    with pytest.raises(InvalidInput) as refused:
        from_entry("E1", {**entry, "at": f"{first_refused}-01-01T00:00:00Z"})
    assert (refused.value.field, refused.value.rule) == ("at", "aware-time")


def test_only_a_whole_calendar_day_is_a_due_day():
    assert fold([an_event(K.REGISTERED, due_on="2026-12-16")]).due_on == date(2026, 12, 16)
    for odd in ("", None, 20261216, "2026-02-30"):
        assert fold([an_event(K.REGISTERED, due_on=odd)]).due_on is None


def test_a_case_in_the_archive_may_still_be_appealed_and_one_that_is_gone_may_not():
    registered = an_event(K.REGISTERED)
    path = (K.WITHDRAWN, K.CLOSED, K.ARCHIVED, K.DESTROYED)
    history = [registered, *(an_event(kind, AT + timedelta(days=place)) for place, kind in enumerate(path, start=1))]
    history = [CaseEvent(**{**_header(event), "id": f"E{place}"}) for place, event in enumerate(history)]
    aside = {K.PAYMENT_RECEIVED, K.PAYMENT_REFUNDED, K.SCAN_ATTACHED, K.EDITED, K.CHECKED_OUT, K.APPEALED}
    assert next_steps(fold(history[:-1])) == aside | {K.DESTROYED, K.TRANSFERRED}
    assert next_steps(fold(history)) == set()
    assert next_steps(fold([])) == {K.REGISTERED}


def _header(event: CaseEvent | None = None) -> dict[str, object]:
    event = event or an_event()
    return {name: getattr(event, name) for name in event.__struct_fields__}
