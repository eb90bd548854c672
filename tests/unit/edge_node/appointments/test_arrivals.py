"""A booking becomes a ticket at its hour; who is early waits, who is late loses the place."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest

from edge_node.appointments import commands, queries
from edge_node.appointments.listeners import AppointmentKeeper
from edge_node.appointments.model import BookedElsewhere, CameTooEarly, CameTooLate
from edge_node.printing import queries as printing
from sync.vocabulary.appointment import AppointmentKind, BookingNotFound, SeatTaken
from sync.vocabulary.appointment_rules import DayException
from sync.vocabulary.booking import BookingWanted, Transfer, Way
from sync.vocabulary.offers import Details, SlotGone, SlotWanted, TooManyBookings
from tests.support.office_day import CLERK, RULES, SHV, OfficeDay

TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
NINE = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeDay]:
    opened = OfficeDay(tmp_path)
    opened.grant(TODAY)
    opened.grant(TOMORROW)
    yield opened
    opened.close()


def outcomes(office: OfficeDay, day: date = TODAY) -> list[AppointmentKind | None]:
    sheet = office.store.read_now(partial(queries.day_sheet, office_id=SHV, day=day))
    return [line.booking.outcome for line in sheet.lines]


@pytest.mark.parametrize("minutes", [-30, 0, 10])
def test_whoever_reports_about_the_hour_waits_with_a_ticket_of_that_hour(office: OfficeDay, minutes: int):
    booked = office.book(TODAY, time(9, 0))
    office.move_to(NINE + timedelta(minutes=minutes))
    checked_in = office.arrive(booked.code.lower())
    assert checked_in.ticket.appointment_at == checked_in.ticket.due_at == NINE
    assert outcomes(office) == [AppointmentKind.ARRIVED]
    assert checked_in.print_job_id is not None
    job = office.store.read_now(partial(printing.print_job, job_id=checked_in.print_job_id))
    assert job is not None


def test_reported_twice_it_is_one_ticket(office: OfficeDay):
    booked = office.book(TODAY, time(9, 0))
    office.move_to(NINE)
    first = office.arrive(booked.code)
    again = office.arrive(booked.code)
    assert (again.ticket.id, again.print_job_id) == (first.ticket.id, None)


@pytest.mark.parametrize(("minutes", "refusal"), [(-31, CameTooEarly), (11, CameTooLate)])
def test_before_and_after_that_the_visitor_takes_an_ordinary_ticket(office: OfficeDay, minutes: int, refusal: type):
    booked = office.book(TODAY, time(9, 0))
    office.move_to(NINE + timedelta(minutes=minutes))
    with pytest.raises(refusal):
        office.arrive(booked.code)
    assert outcomes(office) == [None]


def test_a_code_of_another_day_or_of_nobody_opens_nothing(office: OfficeDay):
    booked = office.book(TOMORROW, time(9, 0))
    for code in (booked.code, "ZZZZZZZZ"):
        with pytest.raises(BookingNotFound):
            office.arrive(code)


def test_who_does_not_come_is_recorded_once_and_by_itself(office: OfficeDay):
    office.book(TODAY, time(9, 0))
    came = office.book(TODAY, time(9, 15), phone="0671112233")
    keeper = AppointmentKeeper(office.store, office_id=SHV, clock=office.clock, ids=office.ids)
    office.move_to(NINE + timedelta(minutes=10))
    office.arrive(came.code)
    assert asyncio.run(keeper.release()) == 0
    office.clock.move(minutes=20)
    assert asyncio.run(keeper.release()) == 1
    assert asyncio.run(keeper.release()) == 0
    assert outcomes(office) == [AppointmentKind.MISSED, AppointmentKind.ARRIVED]


def test_a_missed_or_kept_appointment_counts_no_more_among_the_four(office: OfficeDay):
    for slot in (time(9, 0), time(9, 15), time(9, 30), time(9, 45)):
        office.book(TODAY, slot)
    with pytest.raises(TooManyBookings):
        office.book(TODAY, time(10, 0))
    office.move_to(NINE + timedelta(minutes=11))
    office.store.run_now(partial(commands.release_missed, office_id=SHV, now=office.clock.now(), ids=office.ids))
    office.book(TODAY, time(10, 0))


def test_what_is_kept_for_one_is_not_booked_by_another_under_its_name(office: OfficeDay):
    wanted = SlotWanted(day=TOMORROW, slot=time(9, 0), service_code=office.service.code)
    kept = office.act(commands.hold, wanted=wanted)
    by_name = BookingWanted(seat_id=kept.seat_ids[0], name="Хтось")
    with pytest.raises(SeatTaken):
        office.act(commands.book, wanted=by_name, document_id=kept.document_id)
    with pytest.raises(SlotGone):
        office.act(commands.hold, wanted=wanted)
    office.clock.move(minutes=10)
    office.act(commands.hold, wanted=wanted)


def test_what_is_kept_for_one_is_not_given_to_the_city(office: OfficeDay):
    wanted = SlotWanted(day=TOMORROW, slot=time(9, 0), service_code=office.service.code)
    kept = office.act(commands.hold, wanted=wanted)
    given = Transfer(seat_ids=(*kept.seat_ids, "0915-2"))
    with pytest.raises(SeatTaken):
        office.act(commands.give, transfer=given, document_id=kept.document_id)
    details = Details(name="Іван Коваль", phone="0501112233")
    office.act(commands.confirm, details=details, hold_id=kept.hold_id, way=Way.TELEPHONE)
    office.act(commands.give, transfer=Transfer(seat_ids=("0915-2",)), document_id=kept.document_id)


def test_a_hundred_callers_want_twelve_seats_and_twelve_get_them(office: OfficeDay):
    def try_to_book(number: int) -> str | None:
        try:
            return office.book(TOMORROW, time(9 + number % 3, 15 * (number % 4)), phone=f"067{number:07}").code
        except SlotGone:
            return None

    with ThreadPoolExecutor(16) as callers:
        codes = [code for code in callers.map(try_to_book, range(100)) if code is not None]
    assert len(codes) == len(set(codes)) == 12
    (day,) = office.store.read_now(partial(queries.days_on, office_id=SHV, day=TOMORROW))
    assert day.state.conflicts == ()
    assert day.state.free(office.store.read_now(queries.own_side)) == []


def test_a_booking_moves_with_its_person_and_its_old_seat_is_free(office: OfficeDay):
    booked = office.book(TOMORROW, time(9, 0))
    kept = office.act(commands.hold, wanted=SlotWanted(day=TODAY, slot=time(11, 0), service_code=office.service.code))
    said = {"code": booked.code, "document_id": booked.document_id, "hold_id": kept.hold_id}
    moved = office.act(commands.move, **said)
    assert office.act(commands.move, **said) == moved
    (line,) = office.store.read_now(partial(queries.day_sheet, office_id=SHV, day=TODAY)).lines
    assert (line.booking.name, line.booking.code, line.is_ours) == ("Іван Коваль", moved.code, True)
    office.book(TOMORROW, time(9, 0), phone="0631112233")
    with pytest.raises(BookingNotFound):
        office.act(commands.cancel_booking, code=booked.code, document_id=booked.document_id)


def test_the_citys_bookings_are_seen_and_reported_for_but_not_cancelled_here(office: OfficeDay):
    document_id = office.grant(date(2026, 11, 25))
    office.sell_for_the_city(document_id, count=1, service_code=office.service.code)
    (line,) = office.store.read_now(partial(queries.day_sheet, office_id=SHV, day=date(2026, 11, 25))).lines
    assert line.is_ours is False
    with pytest.raises(BookedElsewhere):
        office.act(commands.cancel_booking, code=line.booking.code, document_id=document_id)
    office.move_to(line.begins_at)
    assert office.arrive(line.booking.code).ticket.appointment_at == line.begins_at


def test_closing_a_day_shows_who_must_be_called(office: OfficeDay):
    office.book(TOMORROW, time(9, 0))
    asked = partial(queries.clashes, office_id=SHV, now=office.clock.now())
    assert office.store.read_now(asked) == []
    closed = msgspec.structs.replace(RULES, exceptions=(DayException(day=TOMORROW),))
    office.store.run_now(partial(commands.set_rules, rules=closed, by=CLERK, now=office.clock.now(), ids=office.ids))
    (line,) = office.store.read_now(asked)
    assert line.booking.name == "Іван Коваль"
    with pytest.raises(SlotGone):
        office.book(TOMORROW, time(10, 0), phone="0631112233")


def test_idle_seats_go_to_the_city_that_has_sold_its_own(tmp_path: Path):
    office = OfficeDay(tmp_path)
    document_id = office.grant(TOMORROW, ours=2, citys=1)
    keeper = AppointmentKeeper(office.store, office_id=SHV, clock=office.clock, ids=office.ids)
    assert asyncio.run(keeper.share()) == 0
    office.sell_for_the_city(document_id, count=10)
    assert asyncio.run(keeper.share()) == 6
    assert asyncio.run(keeper.share()) == 0
    office.close()


def test_only_the_days_asked_for_are_opened(office: OfficeDay):
    assert [day.day for day in office.store.read_now(partial(queries.open_days, since="2026-11-24"))] == ["2026-11-24"]
