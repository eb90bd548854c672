"""Taking and leaving a desk."""

import pytest

from edge_node.queue import commands
from edge_node.queue.model import (
    Desk,
    DeskAlreadyChosen,
    DeskHasOpenTicket,
    DeskNotFound,
    DeskOfAnother,
    DeskPlan,
    DeskTaken,
)
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId, StaffId
from tests.support.hall import Hall, clerk


def test_one_administrator_has_a_desk(hall: Hall, desk: Desk) -> None:
    with pytest.raises(DeskTaken):
        hall.do(commands.occupy_desk, desk_id=desk.id, by=StaffId("stranger"), now=hall.clock.now())


def test_one_desk_has_an_administrator(hall: Hall) -> None:
    one, two = hall.set_up((Sphere.PASSPORTS,), (Sphere.PASSPORTS,))
    hall.open_desk(one)
    with pytest.raises(DeskAlreadyChosen) as refused:
        hall.do(commands.occupy_desk, desk_id=two.id, by=clerk(one), now=hall.clock.now())
    assert refused.value.facts == {"desk_number": 1}


def test_taking_ones_own_desk_again_changes_nothing(hall: Hall, desk: Desk) -> None:
    hall.clock.move(minutes=5)
    assert hall.open_desk(desk) == desk


def test_a_desk_with_a_visitor_cannot_be_left(hall: Hall, desk: Desk) -> None:
    hall.take()
    hall.call(desk)
    with pytest.raises(DeskHasOpenTicket):
        hall.do(commands.leave_desk, desk_id=desk.id, by=clerk(desk), now=hall.clock.now())


def test_only_who_has_the_desk_leaves_it(hall: Hall, desk: Desk) -> None:
    with pytest.raises(DeskOfAnother):
        hall.do(commands.leave_desk, desk_id=desk.id, by=StaffId("stranger"), now=hall.clock.now())
    left = hall.do(commands.leave_desk, desk_id=desk.id, by=clerk(desk), now=hall.clock.now())
    assert left.occupant_id is None


def test_an_unknown_desk_is_not_found(hall: Hall) -> None:
    with pytest.raises(DeskNotFound):
        hall.do(commands.occupy_desk, desk_id=DeskId("01NONE"), by=StaffId("somebody"), now=hall.clock.now())


def test_setting_up_again_keeps_desks_and_changes_their_spheres(hall: Hall, desk: Desk) -> None:
    (again,) = hall.do(commands.set_up_desks, [DeskPlan(number=1, spheres=(Sphere.PENSIONS,))], ids=hall.ids)
    assert again.id == desk.id
    assert again.occupant_id == clerk(desk)
    assert again.spheres == (Sphere.PENSIONS,)
