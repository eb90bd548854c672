"""Whose turn it is: skills of desks, appointments, the score, and what the log says of the choice."""

from datetime import timedelta

import pytest

from edge_node.queue import commands
from edge_node.queue.model import APPOINTMENT_GRACE, CallReason, Desk, DeskPlan, Language, QueueEmpty, Ticket, Wish
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ticket import PriorityCategory, Purpose
from tests.support.hall import Hall, clerk


def set_up(hall: Hall, *plans: DeskPlan) -> list[Desk]:
    return [hall.open_desk(desk) for desk in hall.do(commands.set_up_desks, plans, ids=hall.ids)]


def a_desk(number: int, *languages: Language, signs: bool = False) -> DeskPlan:
    return DeskPlan(number=number, spheres=(Sphere.PASSPORTS,), languages=languages or tuple(Language), signs=signs)


def take(hall: Hall, *, in_minutes: int | None = None, **wish: object) -> Ticket:
    """A ticket, by an appointment at that many minutes from now, if given."""
    appointment = None if in_minutes is None else hall.clock.now() + timedelta(minutes=in_minutes)
    ticket = hall.do(
        commands.issue_ticket,
        wish=Wish(sphere=Sphere.PASSPORTS, purpose=Purpose.FILE, **wish),
        token=hall.ids.new(),
        now=hall.clock.now(),
        ids=hall.ids,
        appointment_at=appointment,
    )
    hall.clock.move(seconds=10)
    return ticket


def reason(hall: Hall, ticket: Ticket) -> str | None:
    return hall.log(ticket)[-1].reason


def test_who_needs_sign_language_is_called_by_a_desk_that_speaks_it_while_one_is_open(hall: Hall) -> None:
    silent, signing = set_up(hall, a_desk(1), a_desk(2, signs=True))
    deaf = take(hall, needs_sign_language=True)
    with pytest.raises(QueueEmpty):
        hall.call(silent)
    assert hall.call(signing).id == deaf.id


def test_nobody_waits_for_a_skill_that_no_open_desk_has(hall: Hall) -> None:
    ukrainian, english = set_up(hall, a_desk(1, Language.UKRAINIAN), a_desk(2, Language.ENGLISH, signs=True))
    ticket = take(hall, language=Language.ENGLISH, needs_sign_language=True)
    with pytest.raises(QueueEmpty):
        hall.call(ukrainian)
    hall.do(commands.leave_desk, desk_id=english.id, by=clerk(english), now=hall.clock.now())
    assert hall.call(ukrainian).id == ticket.id


def test_an_appointment_goes_first_at_its_hour_and_not_before(hall: Hall, desk: Desk) -> None:
    booked = take(hall, in_minutes=10)
    first, second = take(hall), take(hall)
    assert hall.serve(desk).id == first.id
    hall.clock.move(minutes=10)
    assert hall.call(desk).id == booked.id
    assert reason(hall, booked) == CallReason.APPOINTMENT
    assert hall.log(booked)[-1].facts.passed_over == second.number


def test_who_came_early_is_called_before_the_hour_where_nobody_else_waits(hall: Hall, desk: Desk) -> None:
    booked = take(hall, in_minutes=30)
    assert hall.call(desk).id == booked.id
    assert reason(hall, booked) == CallReason.EARLY_APPOINTMENT


def test_a_late_visitor_keeps_the_hour_within_the_grace_and_then_waits_as_others_do(hall: Hall, desk: Desk) -> None:
    grace = int(APPOINTMENT_GRACE.total_seconds() // 60)
    walk_in = take(hall)
    in_grace, too_late = take(hall, in_minutes=-grace), take(hall, in_minutes=-grace - 1)
    assert [hall.serve(desk).id for _ in range(3)] == [in_grace.id, walk_in.id, too_late.id]
    assert too_late.due_at is None
    assert too_late.appointment_at is not None


def test_after_two_appointments_somebody_without_one_is_called(hall: Hall, desk: Desk) -> None:
    walk_in = take(hall)
    booked = [take(hall, in_minutes=0) for _ in range(3)]
    called = [hall.serve(desk).id for _ in range(4)]
    assert called == [booked[0].id, booked[1].id, walk_in.id, booked[2].id]
    assert hall.log(walk_in)[1].reason == CallReason.TURN_AFTER_APPOINTMENTS


def test_appointments_of_those_with_priority_are_no_third_priority_in_a_row(hall: Hall, desk: Desk) -> None:
    walk_in = take(hall)
    veterans = [take(hall, priority=PriorityCategory.COMBATANT) for _ in range(2)]
    booked = take(hall, in_minutes=0, priority=PriorityCategory.COMBATANT)
    called = [hall.serve(desk).id for _ in range(4)]
    assert called == [booked.id, veterans[0].id, walk_in.id, veterans[1].id]


def test_a_right_by_law_counts_for_more_than_a_custom_of_the_hall(hall: Hall, desk: Desk) -> None:
    elderly = take(hall, priority=PriorityCategory.ELDERLY)
    hall.clock.move(minutes=14)
    veteran = take(hall, priority=PriorityCategory.COMBATANT)
    assert [hall.serve(desk).id for _ in range(2)] == [veteran.id, elderly.id]


def test_who_was_sent_on_goes_before_who_came_a_little_earlier(hall: Hall) -> None:
    one, two = (hall.open_desk(d) for d in hall.set_up((Sphere.PENSIONS,), (Sphere.PASSPORTS,)))
    waited = hall.take(Sphere.PASSPORTS)
    hall.clock.move(minutes=5)
    sent = hall.take(Sphere.PENSIONS)
    hall.call(one)
    facts = {"ticket_id": sent.id, "by": clerk(one), "now": hall.clock.now()}
    hall.do(commands.transfer_to_sphere, sphere=Sphere.PASSPORTS, **facts)
    assert hall.call(two).id == sent.id
    call = hall.log(sent)[-1]
    assert call.reason == CallReason.CREDIT_AFTER_TRANSFER
    assert (call.facts.credit_seconds, call.facts.head_start_seconds) == (600, 0)
    assert call.facts.waited_seconds == 10
    assert hall.ticket(waited.id).state == "waiting"


def test_the_log_names_who_was_passed_over_and_by_what_score(hall: Hall, desk: Desk) -> None:
    ordinary = take(hall)
    veteran = take(hall, priority=PriorityCategory.COMBATANT)
    hall.call(desk)
    facts = hall.log(veteran)[-1].facts
    assert facts.passed_over == ordinary.number
    assert facts.passed_over_seconds == 20
    assert facts.waited_seconds + facts.head_start_seconds == 10 + 45 * 60
    assert facts.priority_streak == 0
