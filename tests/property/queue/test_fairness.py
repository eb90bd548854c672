"""The queue under everything that can happen in a hall: numbers, calls and turns stay right."""

import asyncio
import tempfile
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge_node.queue import commands
from edge_node.queue.model import (
    PRIORITY_IN_A_ROW_MAX,
    CallReason,
    Desk,
    QueueEmpty,
    Ticket,
    TicketNotWaiting,
    Wish,
)
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ticket import PriorityCategory, Purpose
from tests.support.hall import Hall, clerk

SPHERES = (Sphere.PASSPORTS, Sphere.PENSIONS, Sphere.BUSINESS)
DESKS = ((Sphere.PASSPORTS, Sphere.PENSIONS), (Sphere.PASSPORTS, Sphere.BUSINESS), SPHERES)


class HallOfAnyDay(RuleBasedStateMachine):
    """Visitors come, clerks call, send on, lose and finish them, in any order; the test keeps a second book of it."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.hall = Hall(Path(self._folder.name))
        self.waiting: dict[str, Ticket] = {}
        self.numbers: list[str] = []
        self.calls: dict[int, list[tuple[bool, bool]]] = {1: [], 2: [], 3: []}

    def teardown(self) -> None:
        self.hall.close()
        self._folder.cleanup()

    @initialize()
    def open_the_office(self) -> None:
        self.desks = [self.hall.open_desk(desk) for desk in self.hall.set_up(*DESKS)]
        self.standing: dict[int, Ticket] = {}

    @rule(sphere=st.sampled_from(SPHERES), has_priority=st.booleans(), minutes=st.integers(0, 30))
    def somebody_comes(self, sphere: Sphere, has_priority: bool, minutes: int) -> None:  # noqa: FBT001 - drawn by hypothesis
        ticket = self.hall.take(sphere, priority=PriorityCategory.ELDERLY if has_priority else None)
        self.hall.clock.move(minutes=minutes)
        self.waiting[ticket.id] = ticket
        self.numbers.append(ticket.number)

    @rule(index=st.integers(0, 2))
    def a_clerk_calls(self, index: int) -> None:
        desk = self.desks[index]
        if desk.number in self.standing:
            return
        mine = [ticket for ticket in self.waiting.values() if self._may(desk, ticket)]
        if not mine:
            with pytest.raises(QueueEmpty):
                self.hall.call(desk)
            return
        called = self.hall.call(desk)
        assert called.id in {ticket.id for ticket in mine}
        self._check_turn(desk, called, mine)
        del self.waiting[called.id]
        self.standing[desk.number] = called

    def _may(self, desk: Desk, ticket: Ticket) -> bool:
        if ticket.wanted_desk_id is not None:
            return ticket.wanted_desk_id == desk.id
        return ticket.sphere in desk.spheres

    def _check_turn(self, desk: Desk, called: Ticket, mine: list[Ticket]) -> None:
        sent = self.hall.log(called)[-1].reason == CallReason.SENT_TO_THIS_DESK
        ordinary_waited = any(ticket.priority is None for ticket in mine)
        self.calls[desk.number].append((called.priority is not None and not sent, ordinary_waited))
        streak = self.calls[desk.number][-(PRIORITY_IN_A_ROW_MAX + 1) :]
        if len(streak) > PRIORITY_IN_A_ROW_MAX:
            assert not all(of_priority and others for of_priority, others in streak), "three with priority in a row"
        overtaken = [ticket for ticket in mine if ticket.issued_at + timedelta(minutes=45) < called.issued_at]
        assert not [ticket for ticket in overtaken if ticket.priority is None], "somebody starved"

    @precondition(lambda self: self.standing)
    @rule(data=st.data(), end=st.sampled_from(["finish", "no-show", "sphere", "desk"]))
    def a_visit_ends(self, data: st.DataObject, end: str) -> None:
        number = data.draw(st.sampled_from(sorted(self.standing)))
        ticket = self.standing.pop(number)
        facts = {"ticket_id": ticket.id, "by": clerk(self.desks[number - 1]), "now": self.hall.clock.now()}
        if end == "finish":
            self.hall.do(commands.start_serving, **facts)
            self.hall.do(commands.finish, **facts)
        elif end == "no-show":
            self.hall.do(commands.no_show, **facts)
        elif end == "sphere":
            sent = self.hall.do(commands.transfer_to_sphere, sphere=data.draw(st.sampled_from(SPHERES)), **facts)
            self.waiting[sent.id] = sent
        else:
            there = data.draw(st.sampled_from(self.desks))
            sent = self.hall.do(commands.transfer_to_desk, desk_id=there.id, **facts)
            self.waiting[sent.id] = sent

    @invariant()
    def no_number_was_given_twice(self) -> None:
        assert len(set(self.numbers)) == len(self.numbers)


TestHallOfAnyDay = HallOfAnyDay.TestCase
TestHallOfAnyDay.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@settings(max_examples=5, deadline=None)
@given(clerks=st.integers(2, 12), visitors=st.integers(1, 40))
def test_nobody_is_called_twice_and_no_number_given_twice_by_many_at_once(clerks: int, visitors: int) -> None:
    """All take and call at the same moment, on one store, as the web process does."""
    with tempfile.TemporaryDirectory() as folder:
        hall = Hall(Path(folder))
        try:
            desks = [hall.open_desk(desk) for desk in hall.set_up(*[(Sphere.PASSPORTS,)] * clerks)]
            asyncio.run(_rush(hall, desks=desks, visitors=visitors))
        finally:
            hall.close()


async def _rush(hall: Hall, *, desks: list[Desk], visitors: int) -> None:
    wish = Wish(sphere=Sphere.PASSPORTS, purpose=Purpose.FILE)
    issues = (
        partial(commands.issue_ticket, wish=wish, token=f"token-{count}", now=hall.clock.now(), ids=hall.ids)
        for count in range(visitors)
    )
    tickets = await asyncio.gather(*(hall.store.run(issue) for issue in issues))
    assert len({ticket.number for ticket in tickets}) == visitors

    def call(desk: Desk) -> partial[Ticket]:
        return partial(commands.call_next, desk_id=desk.id, by=clerk(desk), now=hall.clock.now())

    answers = await asyncio.gather(*(hall.store.run(call(desk)) for desk in desks), return_exceptions=True)
    called = [answer for answer in answers if isinstance(answer, Ticket)]
    assert len(called) == min(len(desks), visitors)
    assert max(Counter(ticket.id for ticket in called).values()) == 1
    assert all(isinstance(answer, Ticket | QueueEmpty) for answer in answers)


def test_two_clerks_who_call_the_same_number_get_one_visitor(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    desks = [hall.open_desk(desk) for desk in hall.set_up((Sphere.PASSPORTS,), (Sphere.PASSPORTS,))]
    ticket = hall.take()

    async def both() -> list[object]:
        calls = (
            partial(commands.call_number, desk_id=desk.id, number=ticket.number, by=clerk(desk), now=hall.clock.now())
            for desk in desks
        )
        return await asyncio.gather(*(hall.store.run(call) for call in calls), return_exceptions=True)

    answers = asyncio.run(both())
    hall.close()
    assert {type(answer) for answer in answers} == {Ticket, TicketNotWaiting}
