"""What the supervisor sees on the wall, and who may move a desk to other spheres."""

from functools import partial
from pathlib import Path

import pytest

from edge_node.queue import commands as queue
from edge_node.queue.model import Desk
from edge_node.supervisor import commands, queries
from edge_node.supervisor.model import AlertNotFound, Wallboard
from sync.storage import Store
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import StaffId, TicketId
from sync.vocabulary.staff import Role
from tests.support.hall import MIGRATIONS, Hall, clerk
from tests.support.hall_app import hall_app, visiting

PAGE = {"accept": "text/html"}
HEAD = StaffId("head")
PASSPORTS, PENSIONS = Sphere.PASSPORTS, Sphere.PENSIONS


@pytest.fixture
def hall(tmp_path: Path):
    hall = Hall(tmp_path)
    yield hall
    hall.close()


@pytest.fixture
def desks(hall: Hall) -> list[Desk]:
    return [hall.open_desk(desk) for desk in hall.set_up((PASSPORTS,), (PENSIONS,))]


def wall(hall: Hall) -> Wallboard:
    return hall.store.read_now(partial(queries.wallboard, now=hall.clock.now()))


def look(hall: Hall) -> list[tuple[str, int]]:
    return [(each.number, each.minutes) for each in hall.do(commands.tell_of_waits, now=hall.clock.now())]


def test_a_ticket_is_told_of_once_at_each_bound(hall: Hall, desks: list[Desk]):
    number = hall.take().number
    hall.clock.move(minutes=14)
    assert look(hall) == []
    hall.clock.move(minutes=2)
    assert look(hall) == [(number, 15)]
    assert look(hall) == []
    hall.clock.move(minutes=40)
    assert look(hall) == [(number, 45)]
    assert look(hall) == []
    assert wall(hall).passed == {15: 1, 45: 1}


def test_a_restart_does_not_tell_again(hall: Hall, desks: list[Desk], tmp_path: Path):
    hall.take()
    hall.clock.move(minutes=50)
    assert len(look(hall)) == 2
    hall.store.close()
    hall.store = Store(tmp_path / "node.db", MIGRATIONS)
    assert look(hall) == []
    assert [each.minutes for each in wall(hall).alerts] == [45]


def test_one_who_was_called_in_time_is_told_of_never(hall: Hall, desks: list[Desk]):
    hall.take()
    hall.clock.move(minutes=10)
    hall.call(desks[0])
    hall.clock.move(minutes=50)
    assert look(hall) == []


def test_the_supervisor_takes_note_once_and_it_stays(hall: Hall, desks: list[Desk]):
    ticket = hall.take()
    hall.clock.move(minutes=46)
    look(hall)
    assert wall(hall).alerts[0].seen_at is None
    hall.do(commands.take_note, ticket_id=ticket.id, by=HEAD, now=hall.clock.now())
    hall.do(commands.take_note, ticket_id=ticket.id, by=StaffId("other"), now=hall.clock.now())
    assert wall(hall).alerts[0].seen_by == HEAD
    with pytest.raises(AlertNotFound):
        hall.do(commands.take_note, ticket_id=TicketId("nobody"), by=HEAD, now=hall.clock.now())


def test_a_desk_is_idle_only_while_its_own_visitors_wait(hall: Hall, desks: list[Desk]):
    hall.take(PENSIONS)
    hall.clock.move(minutes=5)
    assert [each.is_idle(now=hall.clock.now()) for each in wall(hall).desks] == [False, True]
    hall.call(desks[1])
    assert wall(hall).idle_desks == 0


def test_the_wall_shows_alarms_and_the_head_answers_one(hall: Hall, desks: list[Desk], tmp_path: Path):
    hall.do(queue.raise_alarm, desk_id=desks[1].id, by=clerk(desks[1]), now=hall.clock.now())
    with visiting(hall_app(hall, folder=tmp_path), name=HEAD, role=Role.OFFICE_HEAD) as head:
        assert "Desk 2 calls for help" in head.get("/supervisor?lang=en", headers=PAGE).text
        head.post(f"/supervisor/alarms/{desks[1].id}/answer", headers=PAGE)
        assert "calls for help" not in head.get("/supervisor?lang=en", headers=PAGE).text


def test_the_wall_says_who_waits_too_long_until_it_is_noted(hall: Hall, desks: list[Desk], tmp_path: Path):
    ticket = hall.take()
    hall.clock.move(minutes=47)
    look(hall)
    with visiting(hall_app(hall, folder=tmp_path), name=HEAD, role=Role.OFFICE_HEAD) as head:
        assert f"Take note of {ticket.number}" in head.get("/supervisor?lang=en", headers=PAGE).text
        head.post(f"/supervisor/alerts/{ticket.id}/note", headers=PAGE)
        page = head.get("/supervisor?lang=en", headers=PAGE).text
    assert "Take note" not in page
    assert ticket.number in page


def test_desks_are_moved_to_other_spheres_without_a_mouse(hall: Hall, desks: list[Desk], tmp_path: Path):
    way = f"/supervisor/desks/{desks[0].id}/spheres"
    with visiting(hall_app(hall, folder=tmp_path), name=HEAD, role=Role.OFFICE_HEAD) as head:
        assert "Save desk 1" in head.get("/supervisor/desks?lang=en", headers=PAGE).text
        head.post(way, data={"spheres": ["passports", "pensions"]}, headers=PAGE)
        assert set(wall(hall).desks[0].desk.spheres) == {PASSPORTS, PENSIONS}
        head.post(way, data={"spheres": "pensions"}, headers=PAGE)
        assert wall(hall).desks[0].desk.spheres == (PENSIONS,)
        assert head.post(way, data={}, headers=PAGE).status_code == 422


def test_only_the_head_of_the_office_sees_the_wall_and_moves_desks(hall: Hall, desks: list[Desk], tmp_path: Path):
    with visiting(hall_app(hall, folder=tmp_path), name="oksana") as administrator:
        assert administrator.get("/supervisor", headers=PAGE).status_code == 403
        assert administrator.get("/supervisor/desks", headers=PAGE).status_code == 403
        way = f"/supervisor/desks/{desks[0].id}/spheres"
        assert administrator.post(way, data={"spheres": "pensions"}, headers=PAGE).status_code == 403


def test_the_desk_of_somebody_gone_is_closed_from_the_wall_and_its_visitor_waits_first(
    hall: Hall, desks: list[Desk], tmp_path: Path
):
    left, address = hall.take(), f"/supervisor/desks/{desks[0].id}/close"
    hall.take()
    hall.call(desks[0])
    with visiting(hall_app(hall, folder=tmp_path), name="head", role=Role.OFFICE_HEAD) as head:
        assert f'href="{address}"' in head.get("/supervisor", headers=PAGE).text
        asked = head.get(address, headers=PAGE).text
        assert left.number in asked
        assert f'action="{address}"' in asked
        assert hall.ticket(left.id).state.value == "called", "nothing is closed by looking"
        assert head.post(address, headers=PAGE).url.path == "/supervisor"
        assert f'href="{address}"' not in head.get("/supervisor", headers=PAGE).text
        assert head.get(address, headers=PAGE).status_code == 409
        assert head.post(address, headers=PAGE).status_code == 409
        assert head.get("/supervisor/desks/nowhere/close", headers=PAGE).status_code == 404
    assert hall.ticket(left.id).state.value == "waiting"
    assert hall.call(hall.open_desk(desks[0])).id == left.id
    with visiting(hall_app(hall, folder=tmp_path), name="ihor", role=Role.ADMINISTRATOR) as other:
        assert other.post(address, headers=PAGE).status_code == 403
