"""Walking the trees, and keeping the range honest."""

from random import Random

import pytest

from edge_node.queue.model.waits.features import NAMES
from edge_node.queue.model.waits.forecast import OUTCOMES_MAX, Calibration, Drift, Forecast, Outcomes, forecast
from edge_node.queue.model.waits.forest import Forest, Forests, TreesWrong, pack, shipped, unpack

STUMP = Forest(roots=[0, 3], feature=[0, -1, -1, -1], value=[2.5, 1.0, 3.0, 1.0], above=[2, 0, 0, 0])


def people(count: float) -> list[float]:
    return [count, *[0.0] * (len(NAMES) - 1)]


@pytest.mark.parametrize(("count", "minutes"), [(1, 4), (2.5, 4), (3, 16)])
def test_at_or_below_the_threshold_the_way_goes_down_and_the_leaves_add_up_to_a_square_root(count, minutes):
    assert STUMP.minutes(people(count)) == minutes


def test_trees_say_at_most_five_hours():
    assert Forest(roots=[0], feature=[-1], value=[100.0], above=[0]).minutes(people(1)) == 300


def test_the_ends_never_cross_the_middle():
    forests = Forests(names=NAMES, low=STUMP, middle=Forest(roots=[], feature=[], value=[], above=[]), high=STUMP)
    made = forecast(forests, people(3))
    assert made.low <= made.middle <= made.high
    narrow = made.calibrated(Calibration(low=-9, high=-9))
    assert narrow.low <= narrow.middle <= narrow.high


def test_packed_forests_come_out_as_they_were():
    forests = Forests(names=NAMES, low=STUMP, middle=STUMP, high=STUMP)
    assert unpack(pack(forests)) == forests
    assert pack(forests) == pack(forests)


@pytest.mark.parametrize("packed", [b"", b"no trees", pack(Forests(names=("x",), low=STUMP, middle=STUMP, high=STUMP))])
def test_a_file_of_other_trees_is_refused(packed: bytes):
    with pytest.raises(TreesWrong):
        unpack(packed)


def test_the_shipped_trees_are_of_these_features_and_tell_more_people_a_longer_wait():
    forests = shipped()
    few, many = (forests.middle.minutes([count, 1, count, 600, *[5.0] * (len(NAMES) - 4)]) for count in (1.0, 40.0))
    assert few < many


@pytest.mark.parametrize(("spread", "shift"), [(1.0, 0.0), (3.0, 0.0), (0.4, 0.0), (1.0, 12.0)])
def test_in_an_office_the_trees_misjudge_the_range_comes_to_cover_80_percent(spread: float, shift: float):
    random = Random(7)
    outcomes, covered = Outcomes(), []
    for _ in range(4000):
        made = Forecast(low=20, middle=30, high=40)
        truth = 30 + shift + spread * random.gauss(0, 7.8)  # 80 % within ten minutes when the spread is 1
        told = made.calibrated(outcomes.calibration())
        covered.append(told.low <= truth <= told.high)
        outcomes.add(made, minutes=truth)
    assert 0.77 <= sum(covered[1000:]) / 3000 <= 0.83


def test_only_the_latest_outcomes_count():
    outcomes = Outcomes()
    for _ in range(50):
        outcomes.add(Forecast(low=0, middle=5, high=10), minutes=100)
    wide = outcomes.calibration()
    for _ in range(OUTCOMES_MAX):
        outcomes.add(Forecast(low=0, middle=5, high=10), minutes=5)
    assert outcomes.calibration().high < 0 < wide.high


def test_nothing_is_moved_before_the_first_outcome():
    assert Outcomes().calibration() == Calibration()


def test_a_queue_slower_than_the_trees_say_is_soon_told_longer():
    drift, made = Drift(), Forecast(low=9, middle=16, high=25)
    assert drift.roots == 0
    for _ in range(400):
        drift.add(made.shifted(drift.roots), roots=drift.roots, minutes=25)
    assert made.shifted(drift.roots).middle == pytest.approx(20, abs=1.5)
    for _ in range(400):
        drift.add(made.shifted(drift.roots), roots=drift.roots, minutes=16)
    assert made.shifted(drift.roots).middle == pytest.approx(16, abs=0.5)


def test_no_shift_goes_below_nothing_or_past_five_hours():
    made = Forecast(low=1, middle=16, high=290)
    assert made.shifted(-2).low == 0
    assert made.shifted(2).high == 300
