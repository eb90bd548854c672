"""Generated days and people: the same seed gives the same, and both could be real."""

from datetime import date
from statistics import mean, median

import pytest

from edge_node.replay.applicants import synthetic_applicant
from edge_node.replay.synthetic import CLOSES_MINUTE, OPENS_MINUTE, synthetic_days
from sync.vocabulary.applicant import NotifyBy, TaxIdKind, check_notification, checked

PEOPLE = 2000


def test_the_same_seed_gives_the_same_days():
    assert synthetic_days(3, seed=5) == synthetic_days(3, seed=5)
    assert synthetic_days(3, seed=5) != synthetic_days(3, seed=6)


@pytest.mark.parametrize("seed", range(5))
def test_a_generated_day_has_the_shape_of_the_real_ones(seed: int):
    """Real offices: 830 to 2 700 tickets, mean wait 22 minutes, median 8; closing time leaves few uncalled."""
    large, small = synthetic_days(2, seed=seed)
    assert 1_700 <= len(large.visits) <= 2_100
    assert 800 <= len(small.visits) <= 1_000
    for day in (large, small):
        waits = [visit.called_minute - visit.issued_minute for visit in day.visits if visit.called_minute is not None]
        assert median(waits) < mean(waits) < 60
        assert len(waits) > 0.85 * len(day.visits)
        assert 0.02 < mean(visit.is_no_show for visit in day.visits) < 0.08


def test_nobody_comes_or_is_called_outside_the_hours_or_before_their_ticket():
    (day,) = synthetic_days(1, seed=1)
    for visit in day.visits:
        assert OPENS_MINUTE <= visit.issued_minute < CLOSES_MINUTE
        assert visit.called_minute is None or visit.issued_minute <= visit.called_minute < CLOSES_MINUTE


def test_a_queue_calls_in_the_order_of_its_tickets():
    (day,) = synthetic_days(1, seed=1)
    for queue in {visit.queue for visit in day.visits}:
        called = [visit.called_minute for visit in day.visits if visit.queue == queue and visit.called_minute]
        assert called == sorted(called)


def test_every_applicant_passes_the_checks_of_the_intake_without_a_warning():
    today = date(2026, 11, 21)
    for number in range(PEOPLE):
        applicant = synthetic_applicant(number, seed="1/RCP")
        normal, warnings = checked(applicant, today=today)
        assert normal == applicant
        assert check_notification(normal, NotifyBy.SMS) is NotifyBy.SMS
        refused = applicant.tax_id_kind is TaxIdKind.REFUSED
        assert [warning.code for warning in warnings] == (["look-for-the-mark"] if refused else [])


def test_the_same_seed_gives_the_same_people_and_another_others():
    assert synthetic_applicant(3, seed="1/RCP") == synthetic_applicant(3, seed="1/RCP")
    assert synthetic_applicant(3, seed="1/RCP") != synthetic_applicant(3, seed="1/SHV")


def test_hardly_two_applicants_share_a_document():
    documents = {synthetic_applicant(number, seed="1/RCP").document_number for number in range(PEOPLE)}
    assert len(documents) > PEOPLE - 10
