"""Taking a ticket."""

import sqlite3

import pytest

from edge_node.queue import commands, queries
from edge_node.queue.commands import tickets as ticket_commands
from edge_node.queue.model import Desk, QueueFull, SphereNotServed, TicketNotFound, TicketNotWaiting, ticket_number
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ticket import TicketState
from tests.support.hall import Hall, clerk


def test_numbers_start_at_one_and_grow_with_the_sphere(hall: Hall, desk: Desk) -> None:
    assert [hall.take().number for _ in range(3)] == ["Д001", "Д002", "Д003"]


def test_a_number_past_999_has_four_digits() -> None:
    assert ticket_number(Sphere.PASSPORTS, 999) == "Д999"
    assert ticket_number(Sphere.PASSPORTS, 1000) == "Д1000"


def test_numbers_start_again_at_midnight_in_kyiv(hall: Hall, desk: Desk) -> None:
    """The day is the hall's, not Greenwich's: at 22:30 UTC it is tomorrow in Kyiv."""
    assert hall.take().number == "Д001"
    hall.clock.move(hours=15, minutes=30)
    assert hall.take().number == "Д002"
    hall.clock.move(hours=1)
    assert hall.take().number == "Д001"


def test_a_sphere_that_no_desk_serves_gives_no_ticket(hall: Hall, desk: Desk) -> None:
    with pytest.raises(SphereNotServed):
        hall.take(Sphere.PENSIONS)


def test_a_full_hall_gives_no_ticket(hall: Hall, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket_commands, "WAITING_MAX", 2)
    hall.take()
    hall.take()
    with pytest.raises(QueueFull):
        hall.take()


def test_a_visitor_may_give_up_while_waiting(hall: Hall, desk: Desk) -> None:
    ticket = hall.take()
    left = hall.do(commands.give_up_ticket, token=ticket.token, now=hall.clock.now())
    assert left.state is TicketState.CANCELLED
    with pytest.raises(TicketNotWaiting):
        hall.do(commands.give_up_ticket, token=ticket.token, now=hall.clock.now())


def test_a_wrong_token_opens_nothing(hall: Hall, desk: Desk) -> None:
    with pytest.raises(TicketNotFound):
        hall.do(commands.give_up_ticket, token="01WRONG", now=hall.clock.now())


def test_people_ahead_are_those_of_the_same_sphere_who_came_before(hall: Hall, desk: Desk) -> None:
    first, second = hall.take(), hall.take()
    places = [
        hall.store.read_now(lambda r, t=t: queries.place_of(r, ticket=t, now=hall.clock.now())) for t in (first, second)
    ]
    assert [place.ahead for place in places] == [0, 1]


def test_yesterdays_waiting_count_as_left_when_the_first_desk_opens(hall: Hall, desk: Desk) -> None:
    waiting = hall.take()
    hall.do(commands.leave_desk, desk_id=desk.id, by=clerk(desk), now=hall.clock.now())
    hall.clock.move(days=1)
    hall.open_desk(desk)
    assert hall.ticket(waiting.id).state is TicketState.LEFT


def test_nobody_can_rewrite_the_log(hall: Hall, desk: Desk) -> None:
    hall.take()
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        hall.store.run_now(lambda tx: tx.execute("update queue_events set reason = 'priority'"))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        hall.store.run_now(lambda tx: tx.execute("delete from queue_events"))
