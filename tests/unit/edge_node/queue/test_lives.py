"""What becomes of a ticket besides being served: put aside, missed, taken back, sent on, carried over midnight."""

from datetime import timedelta

import pytest

from edge_node.queue import commands, queries
from edge_node.queue.commands.undoing import UNDO_WITHIN
from edge_node.queue.model import (
    CallUndone,
    Desk,
    Happening,
    NothingToUndo,
    Overnight,
    QueueEmpty,
    RestoredAlready,
    Ticket,
    TicketNotMissed,
    TicketNotParked,
    TicketNotServing,
    TicketNotWaiting,
)
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import StaffId
from sync.vocabulary.ticket import Purpose, TicketState
from tests.support.hall import Hall, clerk


def kinds(hall: Hall, ticket: Ticket) -> list[Happening]:
    return [entry.kind for entry in hall.log(ticket)]


def park(hall: Hall, desk: Desk, ticket: Ticket, *, minutes: int = 10, only: Desk | None = None) -> Ticket:
    return hall.do(
        commands.park,
        ticket_id=ticket.id,
        minutes=minutes,
        only_desk_id=None if only is None else only.id,
        by=clerk(desk),
        now=hall.clock.now(),
    )


def called_and_missed(hall: Hall, desk: Desk) -> Ticket:
    ticket = hall.call(desk)
    return hall.do(commands.no_show, ticket_id=ticket.id, by=clerk(desk), now=hall.clock.now())


def test_a_ticket_put_aside_comes_back_by_itself_to_the_place_it_had(hall: Hall, desk: Desk) -> None:
    first = hall.take()
    second = hall.take()
    hall.call(desk)
    assert park(hall, desk, first).state is TicketState.PARKED
    assert hall.serve(desk).id == second.id
    third = hall.take()
    hall.clock.move(minutes=10)
    assert hall.call(desk).id == first.id
    assert hall.ticket(third.id).state is TicketState.WAITING
    assert kinds(hall, first) == ["issued", "called", "parked", "returned", "called"]


def test_a_ticket_put_aside_is_called_by_nobody_until_its_time_or_until_it_is_brought_back(
    hall: Hall, desk: Desk
) -> None:
    ticket = hall.take()
    hall.call(desk)
    park(hall, desk, ticket)
    with pytest.raises(QueueEmpty):
        hall.call(desk)
    hall.do(commands.bring_back, ticket_id=ticket.id, by=clerk(desk), now=hall.clock.now())
    assert hall.call(desk).id == ticket.id
    with pytest.raises(TicketNotParked):
        hall.do(commands.bring_back, ticket_id=ticket.id, by=clerk(desk), now=hall.clock.now())


def test_a_ticket_may_be_kept_for_the_desk_that_put_it_aside(hall: Hall) -> None:
    one, two = (hall.open_desk(d) for d in hall.set_up((Sphere.PASSPORTS,), (Sphere.PASSPORTS,)))
    ticket = hall.take()
    hall.call(one)
    park(hall, one, ticket, only=one)
    hall.clock.move(minutes=10)
    with pytest.raises(QueueEmpty):
        hall.call(two)
    assert hall.call(one).id == ticket.id


@pytest.mark.parametrize("minutes", [0, 121])
def test_nobody_is_put_aside_for_no_time_or_for_half_a_day(hall: Hall, desk: Desk, minutes: int) -> None:
    hall.take()
    with pytest.raises(InvalidInput):
        park(hall, desk, hall.call(desk), minutes=minutes)


def test_who_was_called_in_vain_gets_the_place_back_once(hall: Hall, desk: Desk) -> None:
    missed = hall.take()
    hall.take()
    facts = {"number": missed.number, "by": clerk(desk)}
    with pytest.raises(TicketNotMissed):
        hall.do(commands.restore, **facts, now=hall.clock.now())
    called_and_missed(hall, desk)
    hall.do(commands.restore, **facts, now=hall.clock.now())
    assert called_and_missed(hall, desk).id == missed.id
    with pytest.raises(RestoredAlready):
        hall.do(commands.restore, **facts, now=hall.clock.now())


def test_a_call_by_mistake_is_taken_back_with_the_place_and_the_turn_of_the_desk(hall: Hall, desk: Desk) -> None:
    ticket = hall.take()
    before = hall.store.read_now(lambda reader: queries.desk(reader, desk_id=desk.id))
    heard: list[CallUndone] = []
    hall.store.subscribe(CallUndone, heard.append)
    hall.call(desk)
    undone = hall.do(commands.undo_last, desk_id=desk.id, by=clerk(desk), now=hall.clock.now())
    assert undone == ticket
    assert [event.number for event in heard] == [ticket.number]
    assert hall.store.read_now(lambda reader: queries.desk(reader, desk_id=desk.id)) == before
    assert hall.log(ticket)[-1].facts.undoes == hall.log(ticket)[-2].sequence
    assert hall.store.read_now(lambda reader: queries.last_calls(reader, now=hall.clock.now())) == []


def test_an_end_by_mistake_is_taken_back(hall: Hall, desk: Desk) -> None:
    hall.take()
    facts = {"by": clerk(desk), "now": hall.clock.now()}
    ticket = called_and_missed(hall, desk)
    assert hall.do(commands.undo_last, desk_id=desk.id, **facts).state is TicketState.CALLED
    hall.do(commands.start_serving, ticket_id=ticket.id, **facts)
    hall.do(commands.finish, ticket_id=ticket.id, **facts)
    assert hall.do(commands.undo_last, desk_id=desk.id, **facts).state is TicketState.SERVING


def test_only_the_last_act_of_the_minute_is_taken_back_and_only_once(hall: Hall, desk: Desk) -> None:
    facts = {"desk_id": desk.id, "by": clerk(desk)}
    with pytest.raises(NothingToUndo):
        hall.do(commands.undo_last, **facts, now=hall.clock.now())
    hall.take()
    hall.call(desk)
    late = hall.clock.now() + UNDO_WITHIN + timedelta(seconds=1)
    with pytest.raises(NothingToUndo):
        hall.do(commands.undo_last, **facts, now=late)
    hall.do(commands.undo_last, **facts, now=hall.clock.now())
    with pytest.raises(NothingToUndo):
        hall.do(commands.undo_last, **facts, now=hall.clock.now())


def test_a_second_service_of_a_visit_has_times_of_its_own_on_the_same_ticket(hall: Hall) -> None:
    both, pensions = (hall.open_desk(d) for d in hall.set_up((Sphere.PASSPORTS, Sphere.BUSINESS), (Sphere.PENSIONS,)))
    ticket = hall.take()
    facts = {"ticket_id": ticket.id, "purpose": Purpose.CONSULT, "by": clerk(both), "now": hall.clock.now()}
    hall.call(both)
    with pytest.raises(TicketNotServing):
        hall.do(commands.next_service, sphere=Sphere.BUSINESS, **facts)
    hall.do(commands.start_serving, ticket_id=ticket.id, by=clerk(both), now=hall.clock.now())
    stays = hall.do(commands.next_service, sphere=Sphere.BUSINESS, **facts)
    assert (stays.state, stays.sphere, stays.services_done) == (TicketState.SERVING, Sphere.BUSINESS, 1)
    moves = hall.do(commands.next_service, sphere=Sphere.PENSIONS, **facts)
    assert (moves.state, moves.services_done, moves.issued_at) == (TicketState.WAITING, 2, ticket.issued_at)
    assert hall.serve(pensions).id == ticket.id
    expected = ["issued", "called", "serving", "next_service", "serving", "next_service", "called", "serving", "served"]
    assert kinds(hall, ticket) == expected
    spheres = [entry.sphere for entry in hall.log(ticket)]
    assert spheres == [Sphere.PASSPORTS] * 3 + [Sphere.BUSINESS] * 2 + [Sphere.PENSIONS] * 4


def test_a_visitor_for_another_authority_is_redirected(hall: Hall, desk: Desk) -> None:
    ticket = hall.take()
    hall.call(desk)
    facts = {"ticket_id": ticket.id, "by": clerk(desk), "now": hall.clock.now()}
    hall.do(commands.start_serving, **facts)
    assert hall.do(commands.redirect, to="Пенсійний фонд", **facts).state is TicketState.REDIRECTED
    assert hall.log(ticket)[-1].facts.other == "Пенсійний фонд"


def test_staff_cancel_a_waiting_ticket_or_note_that_its_visitor_has_gone(hall: Hall, desk: Desk) -> None:
    facts = {"by": clerk(desk), "now": hall.clock.now()}
    one, two = hall.take(), hall.take()
    assert hall.do(commands.cancel_ticket, ticket_id=one.id, **facts).state is TicketState.CANCELLED
    assert hall.do(commands.note_left, ticket_id=two.id, **facts).state is TicketState.LEFT
    assert hall.log(two)[-1].staff_id == clerk(desk)
    with pytest.raises(TicketNotWaiting):
        hall.do(commands.note_left, ticket_id=one.id, **facts)


def test_at_midnight_who_still_waits_is_noted_as_left(hall: Hall, desk: Desk) -> None:
    ticket = hall.take()
    hall.clock.move(hours=24)
    hall.take()
    assert hall.ticket(ticket.id).state is TicketState.LEFT
    assert hall.log(ticket)[-1].reason == "midnight"


def test_an_office_that_carries_its_queue_over_calls_yesterday_s_visitors_first(hall: Hall, desk: Desk) -> None:
    hall.do(commands.set_overnight, overnight=Overnight.CARRY_OVER, by=StaffId("head"), now=hall.clock.now())
    waited, stood = hall.take(), hall.take()
    hall.call(desk)
    hall.clock.move(hours=24)
    hall.take()
    assert hall.ticket(waited.id).state is TicketState.LEFT, "it stood at a desk"
    assert hall.call(desk).id == stood.id
    hall.clock.move(hours=24 * 8)
    assert hall.do(commands.end_past_days, now=hall.clock.now()) == 2
