"""What is lost and what is doubled; the times; the report."""

from datetime import UTC, date, datetime
from io import StringIO

import msgspec
import pytest
from rich.console import Console

from edge_node.replay.hub import HubCase, OfficeCounts
from edge_node.replay.record import OfficeRecord
from edge_node.replay.report import Counts, OfficeReport, Report, as_json, peak_memory, print_report
from edge_node.replay.tally import Tally
from edge_node.replay.verdict import Verdict, has_caught_up, heard_tickets, judge
from sync.vocabulary.ids import OfficeId

RCP = OfficeId("RCP")
DAY = date(2026, 11, 21)


def a_record() -> OfficeRecord:
    """Two tickets, two cases, one of them paid."""
    record = OfficeRecord(RCP, source="O19")
    record.issued("А001", day=DAY)
    record.issued("А002", day=DAY)
    record.registered_case("RCP-2026-0000001-1")
    record.registered_case("RCP-2026-0000002-2")
    record.paid("RCP-2026-0000002-2", kopecks=500)
    return record


def at_hub(*cases: tuple[str, int]) -> list[HubCase]:
    return [HubCase(number=number, paid_kopecks=paid) for number, paid in cases]


WHOLE = (("RCP-2026-0000001-1", 0), ("RCP-2026-0000002-2", 500))


def test_a_hub_that_equals_the_office_has_lost_and_doubled_nothing():
    before = ("RCP-2025-0000009-9", 0)
    verdict = judge(a_record(), at_hub=at_hub(before, *WHOLE), known_before={before[0]}, hub_tickets=2)
    assert verdict == Verdict()
    assert (verdict.lost, verdict.doubled) == (0, 0)


def test_a_case_the_hub_does_not_have_is_lost_with_its_payment():
    verdict = judge(a_record(), at_hub=at_hub(WHOLE[0]), known_before=(), hub_tickets=2)
    assert verdict == Verdict(cases_lost=1, payments_lost=1)


def test_a_case_nobody_acknowledged_was_registered_twice():
    verdict = judge(a_record(), at_hub=at_hub(*WHOLE, ("RCP-2026-0000003-3", 0)), known_before=(), hub_tickets=2)
    assert verdict == Verdict(cases_doubled=1)


def test_a_case_that_stands_twice_at_the_hub_is_doubled():
    verdict = judge(a_record(), at_hub=at_hub(*WHOLE, WHOLE[0]), known_before=(), hub_tickets=2)
    assert verdict == Verdict(cases_doubled=1)


def test_one_number_for_two_cases_is_doubled():
    record = a_record()
    record.registered_case("RCP-2026-0000001-1")
    assert judge(record, at_hub=at_hub(*WHOLE), known_before=(), hub_tickets=2) == Verdict(cases_doubled=1)


@pytest.mark.parametrize(("paid", "verdict"), [(499, Verdict(payments_lost=1)), (1000, Verdict(payments_doubled=1))])
def test_another_sum_at_the_hub_is_a_payment_lost_or_doubled(paid: int, verdict: Verdict):
    cases = at_hub(WHOLE[0], (WHOLE[1][0], paid))
    assert judge(a_record(), at_hub=cases, known_before=(), hub_tickets=2) == verdict


def test_one_ticket_number_twice_in_a_day_is_doubled_but_not_on_two_days():
    record = a_record()
    record.issued("А001", day=DAY)
    assert judge(record, at_hub=at_hub(*WHOLE), known_before=(), hub_tickets=3).tickets_doubled == 1
    record = a_record()
    record.issued("А001", day=date(2026, 11, 22))
    assert judge(record, at_hub=at_hub(*WHOLE), known_before=(), hub_tickets=3) == Verdict()


@pytest.mark.parametrize(("told", "lost", "doubled"), [(1, 1, 0), (3, 0, 1), (None, 0, 0)])
def test_tickets_the_office_told_the_hub_of_are_those_it_issued(told: int | None, lost: int, doubled: int):
    verdict = judge(a_record(), at_hub=at_hub(*WHOLE), known_before=(), hub_tickets=told)
    assert (verdict.tickets_lost, verdict.tickets_doubled) == (lost, doubled)


def test_tickets_are_not_compared_across_midnight():
    noon, next_day = datetime(2026, 11, 21, 10, tzinfo=UTC), datetime(2026, 11, 21, 22, tzinfo=UTC)
    before = OfficeCounts(office_id=RCP, tickets=900, told_at=noon)
    assert heard_tickets(OfficeCounts(office_id=RCP, tickets=950, told_at=noon), before=before) == 50
    assert heard_tickets(OfficeCounts(office_id=RCP, tickets=950, told_at=next_day), before=before) is None
    assert heard_tickets(OfficeCounts(office_id=RCP), before=before) is None


def test_the_hub_has_caught_up_when_cases_and_money_are_there():
    before = OfficeCounts(office_id=RCP, cases=10, paid_kopecks=100)
    now = OfficeCounts(office_id=RCP, cases=12, paid_kopecks=600)
    assert has_caught_up(now, before=before, cases=2, paid_kopecks=500)
    assert not has_caught_up(now, before=before, cases=3, paid_kopecks=500)
    assert not has_caught_up(now, before=before, cases=2, paid_kopecks=501)


def test_what_was_acknowledged_before_the_mend_is_what_the_hub_has_to_catch_up_with():
    record = a_record()
    record.was_cut()
    assert record.is_cut
    record.was_mended()
    record.registered_case("RCP-2026-0000003-3")
    assert not record.is_cut
    assert record.mended is not None
    assert (record.mended.cases, record.mended.payments, record.mended.paid_kopecks) == (2, 1, 500)


def test_percentiles_are_times_somebody_really_waited():
    tally = Tally()
    for milliseconds in range(1, 101):
        tally.answered("issue", milliseconds / 1000)
    times = tally.percentiles("issue")
    assert times is not None
    assert (times.count, times.p50, times.p95, times.p99, times.longest) == (100, 50, 95, 99, 100)
    assert tally.percentiles("call") is None


def a_report(verdict: Verdict) -> Report:
    counts = Counts(tickets=2, calls=2, served=2, no_shows=0, cases=2, payments=1, paid_kopecks=500)
    office = OfficeReport(
        office_id=RCP,
        source="O19",
        desks=10,
        desks_of_the_day=43,
        planned=counts,
        office=counts,
        hub=msgspec.structs.replace(counts, calls=None),
        verdict=verdict,
        cuts=1,
        seconds_until_equal_after_mend=1.5,
        charges={"approved": 1},
        refusals={},
    )
    tally = Tally()
    tally.answered("issue", 0.01)
    times = tally.percentiles("issue")
    assert times is not None
    return Report(
        day="2020-01-09",
        seed=7,
        speed=100,
        began_at=datetime(2026, 11, 21, 22, tzinfo=UTC),
        seconds=300,
        offices=(office,),
        lost=verdict.lost,
        doubled=verdict.doubled,
        quarantined=0,
        seconds_until_equal_after_last_mend=1.5,
        seconds_until_equal_at_end=0.3,
        requests=100,
        requests_per_second=3.3,
        repeats=0,
        lag_seconds_max=0,
        cpus=2,
        load_average=0.5,
        times={"issue": times},
        memory=(),
    )


def test_a_report_is_clean_only_when_nothing_is_lost_doubled_or_late():
    assert a_report(Verdict()).is_clean
    assert not a_report(Verdict(cases_lost=1)).is_clean
    assert not a_report(Verdict(payments_doubled=1)).is_clean
    assert not msgspec.structs.replace(a_report(Verdict()), seconds_until_equal_at_end=None).is_clean


def test_the_report_reads_back_from_its_json():
    report = a_report(Verdict())
    assert msgspec.json.decode(as_json(report), type=Report) == report


def test_the_report_shows_a_person_the_day_the_office_and_the_hub():
    out = StringIO()
    print_report(a_report(Verdict()), Console(file=out, width=160))
    text = out.getvalue()
    assert "10 of 43" in text
    assert "lost 0, doubled 0, quarantined 0" in text
    assert "1.5 s after the last mend" in text


def test_a_process_that_is_gone_has_no_peak():
    (gone,) = peak_memory({"hub": 2**22 + 1})
    assert gone.peak_mib is None
