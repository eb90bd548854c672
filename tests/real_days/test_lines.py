"""What a trace tells of a line's desks."""

from tests.real_days.lines import VISIT_MINUTES_USUAL, Trace


def trace(calls: list[tuple[float, float]], changes: list[tuple[float, int]]) -> Trace:
    followed = Trace()
    followed.follow(calls, changes=changes)
    return followed


def test_a_desk_that_is_waited_for_was_kept_by_the_visitor_before() -> None:
    told = trace([(480, 480), (492, 481), (500, 482)], [(480, 1)])
    assert told.visit_minutes()[:2] == [12, 8]


def test_two_desks_take_turns() -> None:
    told = trace([(480, 479), (482, 479), (490, 480), (495, 481)], [(480, 2)])
    assert told.visit_minutes()[:2] == [10, 13]


def test_where_nobody_waited_a_visit_took_as_long_as_is_usual_at_most_until_the_next_call() -> None:
    told = trace([(480, 480), (486, 481), (550, 550), (553, 553), (600, 600)], [(480, 1)])
    assert told.visit_minutes() == [6, 6, 3, 6, 6]


def test_of_a_line_that_tells_nothing_a_visit_is_as_long_as_anywhere() -> None:
    assert trace([(480, 480)], [(480, 1)]).visit_minutes() == [VISIT_MINUTES_USUAL]


def test_a_desk_opens_with_its_first_call_and_closes_when_the_file_has_one_less() -> None:
    told = trace([(490, 480), (491, 481), (500, 482), (505, 483)], [(480, 2), (498, 1), (900, 0)])
    assert told.desks() == ((490, 1), (491, 2), (498, 1), (900, 0))


def test_while_a_line_is_called_from_it_has_a_desk_whatever_the_file_looked_up() -> None:
    told = trace([(480, 480), (490, 481)], [(478, 0), (485, 0), (495, 0)])
    assert told.desks() == ((480, 1), (495, 0))
