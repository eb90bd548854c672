"""What a point is, what its truth is, and what is left out."""

import pytest

from edge_node.queue.model.waits.forest import shipped
from edge_node.waits.evaluating import Told, evaluate, tell
from edge_node.waits.methods import SIMPLE
from edge_node.waits.watching import OfficeWatch, Point

from .conftest import MONDAY, Files


def told(files: Files) -> list[tuple[Told, float | None]]:
    return list(tell(files.days(), forests=shipped()))


def test_a_point_is_every_five_minutes_while_somebody_waits(files: Files):
    files.open(480, 1)
    files.ticket(481, 494)
    files.ticket(488, 501)
    assert [(point.minute, minutes) for point, minutes in told(files)] == [(485, 9), (490, 11), (495, 6), (500, 1)]


def test_the_truth_is_the_call_of_the_last_in_line_and_not_of_who_comes_later(files: Files):
    files.open(480, 1)
    files.ticket(484, 500)
    files.ticket(485, 510)
    files.ticket(486, 520)
    assert [minutes for point, minutes in told(files) if point.minute == 485] == [25]


def test_who_is_called_at_the_very_minute_waits_no_more_and_who_comes_in_it_waits(files: Files):
    files.open(480, 1)
    files.ticket(482, 490)
    files.ticket(490, 495)
    assert [(point.minute, minutes) for point, minutes in told(files)] == [(485, 5), (490, 5)]


def test_without_an_open_desk_there_is_no_point(files: Files):
    files.ticket(480, 521)
    files.open(500, 1)
    files.open(510, 0)
    files.open(515, 2)
    assert [point.minute for point, _ in told(files)] == [500, 505, 515, 520]


def test_a_queue_missing_in_the_desks_file_has_no_points_and_is_counted(files: Files):
    files.ticket(480, 521)
    files.ticket(480, 491, queue="Q2")
    files.open(480, 1, queue="Q2")
    assert {point.queue for point, _ in told(files)} == {"Q2"}
    assert [day.queues_without_desks for day in files.days()] == [1]


def test_queues_of_one_name_in_two_offices_are_two_queues(files: Files):
    for office in ("O1", "O2"):
        files.open(480, 1, office=office)
    files.ticket(480, 486, office="O1")
    files.ticket(480, 491, office="O2")
    assert [(point.office, point.minute, minutes) for point, minutes in told(files)] == [
        ("O1", 480, 6),
        ("O1", 485, 1),
        ("O2", 480, 11),
        ("O2", 485, 6),
        ("O2", 490, 1),
    ]


def test_more_than_300_minutes_or_never_is_left_out(files: Files):
    files.open(480, 1)
    files.ticket(480, 785)
    files.ticket(786, None)
    found = told(files)
    assert found[0][1] == 305
    assert found[-1][1] is None
    assert evaluate(files.days(), forests=shipped()).points == sum(
        minutes is not None and minutes <= 300 for _, minutes in found
    )


def test_the_simple_methods_say_what_their_names_say(files: Files):
    files.open(480, 2, published=7)
    files.ticket(480, 490)
    files.ticket(481, 496)
    for issued in (482, 483, 484):
        files.ticket(issued, 560)
    said = next(point.minutes for point, _ in told(files) if point.minute == 500)
    assert said["static"] == 3 * 7 / 2
    assert said["throughput"] == 3 * 60 / 2
    assert said["last_wait"] == 496 - 481
    assert said["mix"] == (90 + 15) / 2


@pytest.mark.parametrize("published", [0, ""])
def test_before_any_call_and_any_published_figure_a_reception_takes_the_norm(files: Files, published: int | str):
    files.open(480, 2, published=published)
    for _ in range(4):
        files.ticket(480, 540)
    first = told(files)[0][0]
    assert [first.minutes[name] for name in SIMPLE] == [30, 30, 30, 30]


def test_what_happens_after_a_moment_changes_nothing_said_before_it(files: Files, tmp_path):
    """Two days; the second is cut off at noon, and told otherwise from then on."""
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    whole, cut = Files(tmp_path / "whole"), Files(tmp_path / "cut")
    for each in (whole, cut):
        each.day(day=MONDAY, every=3)
    whole.day(day="2020-01-07", every=3)
    full = whole.days()
    noon = 600
    cut.open(480, 2, day="2020-01-07")
    for line in whole.tickets.read_text(encoding="utf-8").splitlines():
        fields = line.split(",")
        if fields[2] == "2020-01-07" and float(fields[4]) <= noon:
            called = float(fields[5]) if float(fields[5]) <= noon else None
            cut.ticket(float(fields[4]), called, day="2020-01-07")
    cut.open(noon + 1, 5, day="2020-01-07")
    before = [point for point, _ in tell(full, forests=shipped()) if (point.day, point.minute) <= ("2020-01-07", noon)]
    again = [
        point for point, _ in tell(cut.days(), forests=shipped()) if (point.day, point.minute) <= ("2020-01-07", noon)
    ]
    assert before == again
    assert sum(point.day == "2020-01-07" for point in before) > 10


def test_earlier_days_of_the_file_are_known_on_the_next(files: Files):
    files.day(day=MONDAY)
    files.day(day="2020-01-07")
    watch = OfficeWatch()
    known = [
        {point.past.days if point.past else 0 for point in watch.watch(day) if isinstance(point, Point)}
        for day in files.days()
    ]
    assert known == [{0}, {1}]
