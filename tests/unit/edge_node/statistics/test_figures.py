"""What the log says in figures."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from edge_node.queue import commands as queue
from edge_node.queue.model import Desk
from edge_node.statistics import commands, listeners, queries
from edge_node.statistics.model import Grouping, Period
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.hall import Figures, total
from sync.vocabulary.working_days import local_day
from tests.support.hall import Hall, clerk


@pytest.fixture
def hall(tmp_path: Path):
    hall = Hall(tmp_path)
    yield hall
    hall.close()


@pytest.fixture
def desks(hall: Hall) -> list[Desk]:
    return [hall.open_desk(desk) for desk in hall.set_up((Sphere.PASSPORTS,), (Sphere.PENSIONS,))]


def period(hall: Hall, *, days: int = 0, staff_id: str | None = None) -> Period:
    today = local_day(hall.clock.now())
    return Period(since=today - timedelta(days=days), until=today, staff_id=staff_id)


def figures(hall: Hall, **facts: object) -> Figures:
    listeners.catch_up(hall.store)
    return hall.store.read_now(partial(queries.figures, period=period(hall, **facts)))


def receive(hall: Hall, desk: Desk, *, walk: int, minutes: int) -> None:
    ticket = hall.call(desk)
    hall.clock.move(seconds=walk)
    hall.do(queue.start_serving, ticket_id=ticket.id, by=clerk(desk), now=hall.clock.now())
    hall.clock.move(minutes=minutes)
    hall.do(queue.finish, ticket_id=ticket.id, by=clerk(desk), now=hall.clock.now())


def test_a_visit_is_a_wait_a_walk_and_a_reception(hall: Hall, desks: list[Desk]):
    hall.take()
    hall.clock.move(minutes=20, seconds=-10)
    receive(hall, desks[0], walk=30, minutes=16)
    assert figures(hall) == Figures(
        issued=1,
        called=1,
        wait_seconds=1200,
        came=1,
        walk_seconds=30,
        receptions=1,
        service_seconds=960,
        long_receptions=1,
        served=1,
    )


def test_a_wait_is_counted_once_and_against_both_bounds(hall: Hall, desks: list[Desk]):
    ticket = hall.take()
    hall.clock.move(minutes=46)
    hall.call(desks[0])
    sent = {"ticket_id": ticket.id, "by": clerk(desks[0]), "now": hall.clock.now()}
    hall.do(queue.transfer_to_sphere, sphere=Sphere.PENSIONS, **sent)
    hall.clock.move(minutes=3)
    hall.call(desks[1])
    whole = figures(hall)
    assert (whole.called, whole.past_limit, whole.in_target) == (1, 1, 0)


def test_what_was_taken_back_never_was(hall: Hall, desks: list[Desk]):
    hall.take()
    before = figures(hall)
    hall.call(desks[0])
    assert figures(hall).called == 1
    hall.do(queue.undo_last, desk_id=desks[0].id, by=clerk(desks[0]), now=hall.clock.now())
    assert figures(hall) == before


def test_a_no_show_and_one_who_left_are_told_apart(hall: Hall, desks: list[Desk]):
    first, second = hall.take(), hall.take()
    hall.call(desks[0])
    hall.do(queue.no_show, ticket_id=first.id, by=clerk(desks[0]), now=hall.clock.now())
    hall.do(queue.give_up_ticket, token=second.token, now=hall.clock.now())
    assert (figures(hall).no_show, figures(hall).left, figures(hall).served) == (1, 1, 0)


def test_figures_stand_side_by_side_by_desk_sphere_administrator_hour_and_day(hall: Hall, desks: list[Desk]):
    for sphere, desk in ((Sphere.PASSPORTS, desks[0]), (Sphere.PENSIONS, desks[1]), (Sphere.PENSIONS, desks[1])):
        hall.take(sphere)
        receive(hall, desk, walk=10, minutes=10)
    whole = figures(hall)
    for by, expected in (
        (Grouping.DESK, {desks[0].id: 1, desks[1].id: 2}),
        (Grouping.SPHERE, {"passports": 1, "pensions": 2}),
        (Grouping.STAFF, {"clerk-1": 1, "clerk-2": 2}),
        (Grouping.HOUR, {"8": 3}),
        (Grouping.DAY, {"2026-11-23": 3}),
    ):
        groups = hall.store.read_now(partial(queries.groups, period=period(hall), by=by))
        assert {group.key: group.figures.served for group in groups if group.figures.served} == expected
        assert total(group.figures for group in groups) == whole
    assert figures(hall, staff_id="clerk-2").served == 2


def test_a_step_that_another_took_meanwhile_is_not_taken_twice(hall: Hall, desks: list[Desk]):
    hall.take()
    step = hall.store.read_now(partial(queries.next_step, since=0, limit=100))
    assert step is not None
    assert hall.do(commands.take, step=step)
    assert not hall.do(commands.take, step=step)
    assert figures(hall).issued == 1


def test_made_again_out_of_the_log_they_are_the_same_and_what_was_wrong_is_put_right(hall: Hall, desks: list[Desk]):
    hall.take()
    receive(hall, desks[0], walk=10, minutes=10)
    right = figures(hall)
    assert listeners.rebuild(hall.store) == 0
    hall.do(lambda tx: tx.execute("update hall_figures set served = 77, issued = 3"))
    assert listeners.rebuild(hall.store) > 0
    assert figures(hall) == right
    assert listeners.rebuild(hall.store) == 0
