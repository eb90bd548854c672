"""Giving a desk other spheres while the hall is at work."""

import pytest

from edge_node.queue import commands, queries
from edge_node.queue.model import DeskAssigned, Happening, SphereLeftAlone
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import StaffId
from tests.support.hall import Hall

HEAD = StaffId("head")
PASSPORTS, PENSIONS = Sphere.PASSPORTS, Sphere.PENSIONS


def assign(hall: Hall, desk, *spheres: Sphere):
    return hall.do(commands.assign_desk, desk_id=desk.id, spheres=spheres, by=HEAD, now=hall.clock.now())


def test_a_desk_calls_for_its_new_sphere_from_the_next_call_on(hall: Hall):
    first, second = (hall.open_desk(desk) for desk in hall.set_up((PASSPORTS,), (PENSIONS,)))
    waiting = hall.take(PENSIONS)
    heard: list[DeskAssigned] = []
    hall.store.subscribe(DeskAssigned, heard.append)
    assert assign(hall, first, PENSIONS, PASSPORTS).spheres == tuple(
        sphere for sphere in Sphere if sphere in {PASSPORTS, PENSIONS}
    )
    assert hall.call(first).id == waiting.id
    assert [event.desk_number for event in heard] == [1]
    assert second.spheres == (PENSIONS,)


def test_who_changed_what_stands_in_the_log(hall: Hall):
    first, _ = hall.set_up((PASSPORTS,), (PENSIONS, PASSPORTS))
    assign(hall, first, PENSIONS)
    assign(hall, first, PENSIONS)
    lines = hall.store.read_now(lambda reader: queries.log_after(reader, sequence=0, limit=100))
    [line] = [line for line in lines if line.kind is Happening.DESK_ASSIGNED]
    assert line.staff_id == HEAD
    assert line.facts is not None
    assert (line.facts.spheres_before, line.facts.spheres) == ((PASSPORTS,), (PENSIONS,))


def test_a_sphere_that_people_wait_for_keeps_a_desk(hall: Hall):
    first, _ = hall.set_up((PASSPORTS,), (PENSIONS,))
    hall.take(PASSPORTS)
    with pytest.raises(SphereLeftAlone):
        assign(hall, first, PENSIONS)
    assert hall.do(queries.desks)[0].spheres == (PASSPORTS,)


def test_a_desk_without_a_sphere_is_refused(hall: Hall):
    [desk] = hall.set_up((PASSPORTS,))
    with pytest.raises(InvalidInput):
        assign(hall, desk)


def test_an_act_before_the_assignment_can_still_be_taken_back(hall: Hall):
    first, _ = (hall.open_desk(desk) for desk in hall.set_up((PASSPORTS,), (PASSPORTS,)))
    hall.take(PASSPORTS)
    hall.call(first)
    assign(hall, first, PENSIONS)
    hall.do(commands.undo_last, desk_id=first.id, by=StaffId("clerk-1"), now=hall.clock.now())
