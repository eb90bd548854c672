"""Calling a visitor, and what the desk refuses."""

import msgspec
import pytest

from edge_node.queue import commands
from edge_node.queue.model import (
    CallReason,
    Desk,
    DeskClosed,
    DeskHasOpenTicket,
    DeskOfAnother,
    QueueEmpty,
    RecalledTooOften,
    RecalledTooSoon,
    SphereNotServed,
    Ticket,
    TicketCalled,
    TicketNotAtDesk,
    TicketNotCalled,
    TicketNotFound,
    TicketNotServing,
    TicketNotWaiting,
    TicketRecalled,
)
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import DeskId, StaffId
from sync.vocabulary.ticket import PriorityCategory, TicketState
from tests.support.hall import Hall, clerk

STRANGER = StaffId("stranger")


def reason(hall: Hall, ticket: Ticket) -> str | None:
    return hall.log(ticket)[-1].reason


def test_who_waits_longest_is_called(hall: Hall, desk: Desk) -> None:
    first = hall.take()
    hall.take()
    called = hall.call(desk)
    assert called.id == first.id
    assert called.state is TicketState.CALLED
    assert called.desk_number == 1
    assert reason(hall, first) == CallReason.LONGEST_WAITING


def test_a_desk_calls_only_the_spheres_it_serves(hall: Hall) -> None:
    passports, pensions = (hall.open_desk(d) for d in hall.set_up((Sphere.PASSPORTS,), (Sphere.PENSIONS,)))
    hall.take(Sphere.PASSPORTS)
    with pytest.raises(QueueEmpty):
        hall.call(pensions)
    assert hall.call(passports).number == "Д001"


def test_a_right_to_priority_goes_first_but_at_most_twice_in_a_row(hall: Hall, desk: Desk) -> None:
    ordinary = [hall.take() for _ in range(2)]
    with_right = [hall.take(priority=PriorityCategory.ELDERLY) for _ in range(4)]
    called = [hall.serve(desk).id for _ in range(6)]
    expected = [with_right[0], with_right[1], ordinary[0], with_right[2], with_right[3], ordinary[1]]
    assert called == [ticket.id for ticket in expected]


def test_the_log_says_that_somebody_was_called_after_two_with_priority(hall: Hall, desk: Desk) -> None:
    ordinary = hall.take()
    for _ in range(3):
        hall.take(priority=PriorityCategory.ELDERLY)
    hall.serve(desk)
    hall.serve(desk)
    assert hall.call(desk).id == ordinary.id
    assert reason(hall, ordinary) == CallReason.TURN_AFTER_PRIORITY


def test_priority_does_not_overtake_who_has_waited_the_longest_time_allowed(hall: Hall, desk: Desk) -> None:
    ordinary = hall.take()
    hall.clock.move(minutes=46)
    hall.take(priority=PriorityCategory.ELDERLY)
    assert hall.call(desk).id == ordinary.id


def test_an_empty_queue_says_so(hall: Hall, desk: Desk) -> None:
    with pytest.raises(QueueEmpty):
        hall.call(desk)


def test_a_desk_with_a_visitor_calls_nobody_else(hall: Hall, desk: Desk) -> None:
    hall.take()
    hall.take()
    hall.call(desk)
    with pytest.raises(DeskHasOpenTicket) as refused:
        hall.call(desk)
    assert refused.value.facts == {"ticket_number": "Д001"}


def test_only_who_has_the_desk_calls_there(hall: Hall, desk: Desk) -> None:
    hall.take()
    with pytest.raises(DeskOfAnother):
        hall.do(commands.call_next, desk_id=desk.id, by=STRANGER, now=hall.clock.now())


def test_a_number_may_be_called_out_of_turn_and_the_log_says_so(hall: Hall, desk: Desk) -> None:
    hall.take()
    second = hall.take()
    called = hall.do(commands.call_number, desk_id=desk.id, number=" д002", by=clerk(desk), now=hall.clock.now())
    assert called.id == second.id
    assert reason(hall, second) == CallReason.BY_NUMBER


def test_a_number_that_does_not_wait_cannot_be_called(hall: Hall, desk: Desk) -> None:
    hall.take()
    hall.serve(desk)
    for number, refusal in (("Д001", TicketNotWaiting), ("Д999", TicketNotFound)):
        with pytest.raises(refusal):
            hall.do(commands.call_number, desk_id=desk.id, number=number, by=clerk(desk), now=hall.clock.now())


def test_a_recall_needs_a_pause_and_the_third_is_the_last(hall: Hall, desk: Desk) -> None:
    hall.take()
    ticket = hall.call(desk)
    with pytest.raises(RecalledTooSoon) as refused:
        hall.do(commands.recall, ticket_id=ticket.id, by=clerk(desk), now=hall.clock.now())
    assert refused.value.facts["seconds"] == 20
    for _ in range(3):
        ticket = hall.do(commands.recall, ticket_id=ticket.id, by=clerk(desk), now=hall.clock.move(seconds=20))
    assert ticket.recall_count == 3
    with pytest.raises(RecalledTooOften):
        hall.do(commands.recall, ticket_id=ticket.id, by=clerk(desk), now=hall.clock.move(seconds=20))


def test_who_did_not_come_frees_the_desk(hall: Hall, desk: Desk) -> None:
    hall.take()
    second = hall.take()
    ticket = hall.call(desk)
    gone = hall.do(commands.no_show, ticket_id=ticket.id, by=clerk(desk), now=hall.clock.now())
    assert gone.state is TicketState.NO_SHOW
    assert hall.call(desk).id == second.id


def test_a_ticket_goes_through_its_states_in_order_only(hall: Hall, desk: Desk) -> None:
    facts = {"by": clerk(desk), "now": hall.clock.now()}
    waiting = hall.take()
    for command in (commands.recall, commands.start_serving, commands.no_show):
        with pytest.raises(TicketNotCalled):
            hall.do(command, ticket_id=waiting.id, **facts)
    hall.call(desk)
    with pytest.raises(TicketNotServing):
        hall.do(commands.finish, ticket_id=waiting.id, **facts)
    hall.do(commands.start_serving, ticket_id=waiting.id, **facts)
    with pytest.raises(TicketNotCalled):
        hall.do(commands.no_show, ticket_id=waiting.id, **facts)
    assert hall.do(commands.finish, ticket_id=waiting.id, **facts).state is TicketState.SERVED


def test_a_ticket_at_the_desk_of_another_is_not_touched(hall: Hall, desk: Desk) -> None:
    hall.take()
    ticket = hall.call(desk)
    for command in (commands.recall, commands.start_serving, commands.no_show):
        with pytest.raises(DeskOfAnother):
            hall.do(command, ticket_id=ticket.id, by=STRANGER, now=hall.clock.now())


def test_a_visitor_sent_to_another_sphere_keeps_the_time_waited(hall: Hall) -> None:
    passports, pensions = (hall.open_desk(d) for d in hall.set_up((Sphere.PASSPORTS,), (Sphere.PENSIONS,)))
    sent = hall.take(Sphere.PASSPORTS)
    hall.take(Sphere.PENSIONS)
    hall.call(passports)
    facts = {"ticket_id": sent.id, "by": clerk(passports), "now": hall.clock.now()}
    with pytest.raises(SphereNotServed):
        hall.do(commands.transfer_to_sphere, sphere=Sphere.BUSINESS, **facts)
    hall.do(commands.transfer_to_sphere, sphere=Sphere.PENSIONS, **facts)
    again = hall.call(pensions)
    assert again.id == sent.id
    assert again.issued_at == sent.issued_at


def test_a_visitor_sent_to_a_desk_is_called_only_there(hall: Hall) -> None:
    one, two, three = hall.set_up((Sphere.PASSPORTS,), (Sphere.PASSPORTS,), (Sphere.PENSIONS,))
    hall.open_desk(one)
    sent = hall.take()
    hall.call(one)
    facts = {"ticket_id": sent.id, "by": clerk(one), "now": hall.clock.now()}
    with pytest.raises(DeskClosed):
        hall.do(commands.transfer_to_desk, desk_id=three.id, **facts)
    hall.open_desk(two)
    hall.open_desk(three)
    hall.do(commands.transfer_to_desk, desk_id=three.id, **facts)
    with pytest.raises(QueueEmpty):
        hall.call(two)
    assert hall.call(three).id == sent.id
    assert reason(hall, sent) == CallReason.SENT_TO_THIS_DESK


def test_a_visitor_sent_to_a_desk_that_closes_waits_for_any_desk(hall: Hall) -> None:
    one, two = (hall.open_desk(d) for d in hall.set_up((Sphere.PASSPORTS,), (Sphere.PENSIONS,)))
    sent = hall.take()
    hall.call(one)
    hall.do(commands.transfer_to_desk, ticket_id=sent.id, desk_id=two.id, by=clerk(one), now=hall.clock.now())
    hall.do(commands.leave_desk, desk_id=two.id, by=clerk(two), now=hall.clock.now())
    assert hall.call(one).id == sent.id


def test_only_a_ticket_at_a_desk_can_be_sent_on(hall: Hall, desk: Desk) -> None:
    waiting = hall.take()
    with pytest.raises(TicketNotAtDesk):
        hall.do(commands.transfer_to_desk, ticket_id=waiting.id, desk_id=desk.id, by=clerk(desk), now=hall.clock.now())


def test_an_unknown_ticket_is_not_found(hall: Hall, desk: Desk) -> None:
    with pytest.raises(TicketNotFound):
        hall.do(commands.recall, ticket_id=DeskId("01NONE"), by=clerk(desk), now=hall.clock.now())


def test_the_world_hears_of_a_call_and_of_a_recall(hall: Hall, desk: Desk) -> None:
    heard: list[msgspec.Struct] = []
    hall.store.subscribe(TicketCalled, heard.append)
    hall.store.subscribe(TicketRecalled, heard.append)
    hall.take()
    ticket = hall.call(desk)
    hall.do(commands.recall, ticket_id=ticket.id, by=clerk(desk), now=hall.clock.move(seconds=20))
    assert [type(event) for event in heard] == [TicketCalled, TicketRecalled]
    assert {(event.number, event.desk_number) for event in heard} == {("Д001", 1)}


def test_the_world_does_not_hear_of_a_refused_call(hall: Hall, desk: Desk) -> None:
    heard: list[msgspec.Struct] = []
    hall.store.subscribe(TicketCalled, heard.append)
    with pytest.raises(QueueEmpty):
        hall.call(desk)
    assert heard == []
