"""One queue through one day, and the mean of such days."""

import pytest

from edge_node.queue.model.waits.bins import UNKNOWN, past_days
from edge_node.queue.model.waits.features import NAMES, Hall, features, hall_of
from edge_node.queue.model.waits.line import Line

NOBODY = Hall(waiting=0, desks=0, called_30=0)


def numbers(line: Line, *, people: int, minute: float) -> dict[str, float]:
    line.advance(minute)
    hall = hall_of([line])
    return dict(zip(NAMES, features(line, people=people, minute=minute, hall=hall, past=None), strict=True))


def a_line() -> Line:
    """Two desks from 8:00; A and B called after 10 and 15 minutes, C and D wait since 8:05 and 8:15."""
    line = Line()
    line.open_desks(2, minute=480)
    for ticket, minute in (("A", 480), ("B", 480), ("C", 485)):
        line.issue(ticket, minute=minute)
    line.call("A", minute=490)
    line.call("B", minute=495)
    line.issue("D", minute=495)
    return line


def test_every_number_has_its_name_and_no_other():
    assert len(NAMES) == len(set(NAMES))
    assert len(numbers(a_line(), people=2, minute=500)) == len(NAMES)


def test_the_numbers_are_those_of_the_line_at_that_moment():
    found = numbers(a_line(), people=2, minute=500)
    assert (found["people"], found["desks"], found["people_per_desk"]) == (2, 2, 1)
    assert (found["age_oldest"], found["age_mean"], found["age_last"]) == (15, 10, 5)
    assert (found["called_10"], found["called_60"], found["issued_15"], found["issued_30"]) == (1, 2, 1, 4)
    assert (found["since_call"], found["since_first_call"], found["wait_1"]) == (5, 10, 15)
    assert found["desk_minutes_per_call"] == 2 * 20 / 2
    assert found["gap_3"] == UNKNOWN
    assert found["by_mix"] == (2 * 60 / 2 + 15) / 2


def test_for_somebody_in_the_middle_the_line_ends_there():
    found = numbers(a_line(), people=1, minute=500)
    assert (found["people"], found["age_oldest"], found["age_last"]) == (1, 15, 15)


def test_who_comes_now_has_waited_nothing():
    assert numbers(a_line(), people=3, minute=500)["age_last"] == 0


def test_who_left_or_was_never_here_counts_no_call():
    line = a_line()
    line.leave("C", minute=500)
    line.call("C", minute=501)
    line.call("X", minute=501)
    assert list(line.waiting) == ["D"]
    assert len(line.calls) == 2


def test_time_never_goes_back():
    line = a_line()
    line.call("C", minute=100)
    assert line.calls[-1] == 495


def test_open_desks_are_averaged_over_the_hour():
    line = Line()
    line.open_desks(4, minute=480)
    line.open_desks(1, minute=520)
    line.advance(540)
    assert line.mean_desks(60) == pytest.approx((4 * 40 + 1 * 20) / 60)
    assert line.mean_desks(120) == pytest.approx((4 * 40 + 1 * 20) / 120)


def test_earlier_days_give_means_by_half_hour_and_a_pace_for_the_whole_day():
    line = a_line()
    line.advance(1440)
    past = past_days([line.bins, line.bins])
    assert past is not None
    assert (past.days, past.calls[16], past.last_call) == (2, 2, 495)
    assert past.wait[16] == 12.5
    assert past.wait[17] == UNKNOWN
    assert past.calls_within(30, minute=480) == 2
    assert past.calls_within(15, minute=480) == 1
    assert 0 < past.minutes_to_call(1, minute=480) < past.minutes_to_call(5, minute=480) <= 960


def test_before_the_first_day_has_ended_nothing_is_known_of_days():
    assert past_days([]) is None


def test_a_day_on_which_nobody_was_called_gives_no_pace():
    past = past_days([Line().bins])
    assert past is not None
    assert past.minutes_to_call(1, minute=1400) == 40
    assert past.desk_minutes_per_call == UNKNOWN
