"""Desks that rest or close, help that is called for, and the end of the day."""

from datetime import timedelta

import pytest

from edge_node.catalogue import queries as catalogue
from edge_node.queue import commands, queries
from edge_node.queue.model import (
    AlarmAnswered,
    AlarmRaised,
    BreakReason,
    Desk,
    DeskClosed,
    DeskHasOpenTicket,
    DeskNotOnBreak,
    DeskOnBreak,
    IssuingStopped,
    NoAlarm,
    WaitRange,
    Wish,
)
from sync.storage import Transaction
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.office import Office, OpeningDay
from sync.vocabulary.ticket import Purpose
from tests.support.hall import Hall, clerk

HEAD = StaffId("head")
OFFICE = Office(
    id=OfficeId("SHV"),
    name_uk="Центр",
    name_en="Centre",
    address_uk="вул.",
    hours=(OpeningDay(weekday=1, opens="08:00", closes="09:00"),),
    is_verified=True,
)


def keep_office(tx: Transaction, office: Office) -> None:
    catalogue.save_office(tx, office)


def test_a_desk_on_a_break_calls_nobody_and_is_not_counted_as_open(hall: Hall, desk: Desk) -> None:
    facts = {"desk_id": desk.id, "by": clerk(desk), "now": hall.clock.now()}
    hall.take()
    with pytest.raises(DeskNotOnBreak):
        hall.do(commands.end_break, **facts)
    hall.do(commands.begin_break, reason=BreakReason.REST, **facts)
    with pytest.raises(DeskOnBreak):
        hall.call(desk)
    assert hall.store.read_now(queries.open_desks) == []
    hall.do(commands.end_break, **facts)
    hall.call(desk)
    with pytest.raises(DeskHasOpenTicket):
        hall.do(commands.begin_break, reason=BreakReason.REST, **facts)


def test_when_the_head_closes_a_desk_its_visitors_wait_on_with_the_same_paper(hall: Hall) -> None:
    one, two = (hall.open_desk(d) for d in hall.set_up((Sphere.PASSPORTS,), (Sphere.PASSPORTS,)))
    standing, sent = hall.take(), hall.take()
    hall.call(one)
    hall.call(two)
    facts = {"ticket_id": sent.id, "by": clerk(two), "now": hall.clock.now()}
    hall.do(commands.transfer_to_desk, desk_id=one.id, **facts)
    hall.do(commands.close_desk, desk_id=one.id, by=HEAD, now=hall.clock.now())
    assert [hall.serve(two).number for _ in range(2)] == [standing.number, sent.number]
    moved = [entry for entry in hall.log(sent) if entry.reason == "desk-closed"]
    assert [entry.staff_id for entry in moved] == [HEAD]
    with pytest.raises(DeskClosed):
        hall.do(commands.close_desk, desk_id=one.id, by=HEAD, now=hall.clock.now())


def test_a_silent_alarm_stands_until_somebody_answers_it(hall: Hall, desk: Desk) -> None:
    heard: list[object] = []
    hall.store.subscribe(AlarmRaised, heard.append)
    hall.store.subscribe(AlarmAnswered, heard.append)
    facts = {"desk_id": desk.id, "now": hall.clock.now()}
    with pytest.raises(NoAlarm):
        hall.do(commands.answer_alarm, by=HEAD, **facts)
    raised = hall.do(commands.raise_alarm, by=clerk(desk), **facts)
    assert hall.do(commands.raise_alarm, by=clerk(desk), **facts) == raised
    assert hall.store.read_now(lambda reader: queries.open_alarms(reader, now=hall.clock.now())) == [raised]
    hall.do(commands.answer_alarm, by=HEAD, **facts)
    assert hall.store.read_now(lambda reader: queries.open_alarms(reader, now=hall.clock.now())) == []
    assert [type(event) for event in heard] == [AlarmRaised, AlarmAnswered]


@pytest.mark.parametrize(("minutes", "is_refused"), [(50, False), (70, True)])
def test_no_ticket_is_issued_that_closing_time_would_not_reach(
    hall: Hall,
    desk: Desk,
    minutes: int,
    is_refused: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    hall.do(keep_office, OFFICE)
    expected = WaitRange(from_minutes=minutes - 10, to_minutes=minutes + 10)
    facts = {"expected": expected, "office_id": OFFICE.id, "now": hall.clock.now()}
    if is_refused:
        with pytest.raises(IssuingStopped) as refused:
            hall.do(commands.refuse_past_closing, **facts)
        assert refused.value.facts == {"closes_at": "09:00"}
        hall.do(commands.issue_past_closing, by=HEAD, now=hall.clock.now())
        hall.do(commands.refuse_past_closing, **facts)
        hall.do(commands.issue_until_closing, by=HEAD, now=hall.clock.now())
        with pytest.raises(IssuingStopped):
            hall.do(commands.refuse_past_closing, **facts)
    else:
        hall.do(commands.refuse_past_closing, **facts)


def test_hours_that_nobody_verified_or_that_are_not_today_s_refuse_nobody(hall: Hall, desk: Desk) -> None:
    hours = WaitRange(from_minutes=500, to_minutes=600)
    facts = {"expected": hours, "office_id": OFFICE.id}
    hall.do(commands.refuse_past_closing, **facts, now=hall.clock.now())
    hall.do(keep_office, OFFICE)
    hall.do(commands.refuse_past_closing, **facts, now=hall.clock.now() + timedelta(days=1))


def test_a_refused_issue_takes_its_number_back(hall: Hall, desk: Desk) -> None:
    hall.do(keep_office, OFFICE)
    hall.clock.move(hours=2)

    def take(tx: Transaction) -> None:
        wish = Wish(sphere=Sphere.PASSPORTS, purpose=Purpose.FILE)
        commands.issue_ticket(tx, wish=wish, token=hall.ids.new(), now=hall.clock.now(), ids=hall.ids)
        expected = WaitRange(from_minutes=0, to_minutes=5)
        commands.refuse_past_closing(tx, expected=expected, office_id=OFFICE.id, now=hall.clock.now())

    with pytest.raises(IssuingStopped):
        hall.do(take)
    assert hall.take().number == "Д001"
