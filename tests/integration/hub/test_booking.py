"""From the rules of an office to a booking over the internet: hold, confirm, move, cancel, and nobody twice."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from functools import partial
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

import central_hub
from central_hub.appointments import commands, queries
from central_hub.appointments.commands.booking import HOLDS_OF_SOURCE_MAX
from central_hub.appointments.commands.reminding import Site
from central_hub.appointments.model import (
    Actor,
    BookingOver,
    BookingUnknown,
    DayNotOpen,
    SoldByOffice,
)
from central_hub.notifications.listeners import Carrier
from central_hub.notifications.model import GatewayAway
from central_hub.provisioning.commands import begin_anew
from central_hub.storage import HubStore, replica
from central_hub.storage.appointment_tables import outgoing_messages
from edge_node.appointments import commands as at_office
from edge_node.appointments import queries as office_queries
from sync.vocabulary.appointment import SeatTaken
from sync.vocabulary.appointment_rules import AppointmentRules, DayException, DeskGroup
from sync.vocabulary.booking import Transfer, Way
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.ids import StaffId
from sync.vocabulary.offers import (
    Details,
    HoldExpired,
    NotBookable,
    SlotGone,
    SlotWanted,
    TooManyBookings,
    TooManyHolds,
)
from sync.vocabulary.office import OpeningDay
from sync.web.i18n import Texts
from tests.support.booking_office import BookingOffice
from tests.support.clock import HandClock, SeededIds
from tests.support.hub_node import HubNode
from tests.support.internet import LONG, OLHA, RULES, SHORT, SHV, TUESDAY, Internet

CITY = Actor(staff_id=StaffId("city-head"), office_id=None)


@pytest.fixture
def office(receiving_office: BookingOffice) -> BookingOffice:
    return receiving_office


def office_books(office: BookingOffice, slot: str, *, phone: str = "0671112233", service_code: str = "01-01"):
    wanted = SlotWanted(day=TUESDAY, slot=time.fromisoformat(slot), service_code=service_code)
    kept = office.run(at_office.hold, wanted)
    details = Details(name="Іван Коваль", phone=phone)
    return office.run(at_office.confirm, details, hold_id=kept.hold_id, way=Way.TELEPHONE)


@pytest.mark.usefixtures("office")
def test_the_hub_opens_the_weekdays_of_three_weeks_by_the_rules_it_hears(internet: Internet) -> None:
    days = internet.days()
    assert [day.on.isoweekday() for day in days] == [1, 2, 3, 4, 5] * 3 + [1]
    assert (days[0].on, days[-1].on) == (date(2026, 11, 23), date(2026, 12, 14))
    assert len(days[0].state.seats) == 15
    assert internet.follow() == 0


@pytest.mark.usefixtures("office")
def test_the_next_day_opens_at_six_in_the_morning(internet: Internet, clock: HandClock) -> None:
    clock.move(hours=21)
    assert internet.follow() == 0
    clock.move(hours=1)
    assert internet.follow() == 1
    assert internet.days()[-1].on == date(2026, 12, 15)


@pytest.mark.usefixtures("office")
def test_a_long_service_takes_its_seats_in_a_row_and_what_is_kept_is_nobody_elses(internet: Internet) -> None:
    first, second = internet.hold("09:30", service=LONG), internet.hold("09:30", service=LONG)
    with pytest.raises(SlotGone):
        internet.hold("09:45")
    booking = internet.look(internet.confirm(first)).booking
    assert booking.seat_ids == ("0930-1", "0945-1")
    assert (booking.name, booking.phone, booking.service_code) == ("Ольга Мельник", "+380501112233", "09-01")
    assert internet.look(internet.confirm(second)).booking.seat_ids == ("0930-2", "0945-2")


@pytest.mark.usefixtures("office")
def test_what_is_kept_for_one_is_not_given_to_the_office(internet: Internet, clock: HandClock) -> None:
    kept = internet.hold("09:00")
    document_id = f"appointments.SHV.{TUESDAY}.all"
    give = partial(commands.give, document_id=document_id, by=CITY, now=clock.now(), ids=internet.ids)
    with pytest.raises(SeatTaken):
        internet.store.run_now(partial(give, transfer=Transfer(seat_ids=("0900-1", "0915-1"))))
    internet.store.run_now(partial(give, transfer=Transfer(seat_ids=("0915-1",))))
    assert internet.look(internet.confirm(kept)).booking.seat_ids == ("0900-1",)


@pytest.mark.usefixtures("office")
def test_what_nobody_confirms_is_free_after_ten_minutes(internet: Internet, clock: HandClock) -> None:
    late, other = internet.hold("09:00"), internet.hold("09:00")
    internet.store.run_now(partial(commands.let_go, hold_id=other))
    internet.hold("09:00")
    clock.move(minutes=10)
    with pytest.raises(HoldExpired):
        internet.confirm(late)
    internet.hold("09:00")
    internet.hold("09:00")


@pytest.mark.usefixtures("office")
def test_confirmed_twice_it_is_one_booking(internet: Internet) -> None:
    kept = internet.hold("09:00")
    assert internet.confirm(kept) == internet.confirm(kept)
    internet.hold("09:00")


@pytest.mark.usefixtures("office")
def test_one_person_has_four_bookings_at_most_however_the_number_is_written(internet: Internet) -> None:
    for day in (1, 2, 3, 4):
        link = internet.book("09:00", on=date(2026, 12, day))
    with pytest.raises(TooManyBookings):
        internet.book("09:00", Details(name="О. Мельник", phone="+38 (050) 111-22-33"), on=date(2026, 12, 7))
    internet.book("09:00", Details(name="Інша", phone="0509998877"), on=date(2026, 12, 7))
    internet.cancel(link)
    internet.book("09:15", on=date(2026, 12, 7))


def test_bookings_of_the_office_count_as_soon_as_the_hub_hears(internet: Internet, office: BookingOffice) -> None:
    for slot in ("09:00", "09:15", "09:30", "09:45"):
        office_books(office, slot, phone=OLHA.phone)
    with pytest.raises(TooManyBookings):
        office_books(office, "10:00", phone=OLHA.phone)
    link = internet.book("09:00")  # parted, each counts what it has heard
    internet.cancel(link)
    office.mend()
    internet.index()
    with pytest.raises(TooManyBookings):
        internet.book("09:00")


@pytest.mark.usefixtures("office")
def test_a_booking_moves_to_another_day_with_its_person_or_stays(internet: Internet, clock: HandClock) -> None:
    link = internet.book("09:00")
    moved = internet.move(link, internet.hold("09:45", on=date(2026, 12, 2)))
    with pytest.raises(BookingUnknown):
        internet.look(link)
    now = internet.look(moved)
    assert (now.day.day, now.booking.seat_id, now.booking.name) == ("2026-12-02", "0945-1", OLHA.name)
    expired = internet.hold("09:00")
    clock.move(minutes=11)
    with pytest.raises(HoldExpired):
        internet.move(moved, expired)
    assert internet.look(moved).booking.name == OLHA.name
    internet.cancel(moved)
    with pytest.raises(BookingUnknown):
        internet.cancel(moved)


@pytest.mark.usefixtures("office")
def test_what_has_begun_is_not_changed_any_more(internet: Internet, clock: HandClock) -> None:
    link = internet.book("09:00", on=date(2026, 11, 24))
    clock.move(days=1, hours=1)
    with pytest.raises(BookingOver):
        internet.cancel(link)


@pytest.mark.usefixtures("office")
def test_the_city_sells_nothing_within_the_lead_beyond_the_horizon_or_off_the_rules(
    internet: Internet, clock: HandClock
) -> None:
    with pytest.raises(SlotGone):
        internet.hold("09:45", on=date(2026, 11, 23))  # it is 8:03 at the office
    with pytest.raises(DayNotOpen):
        internet.hold("09:00", on=date(2026, 12, 15))
    with pytest.raises(DayNotOpen):
        internet.hold("09:00", on=date(2026, 11, 29))
    with pytest.raises(SlotGone):
        internet.hold("11:00")
    with pytest.raises(InvalidInput):
        internet.confirm(internet.hold("09:00"), Details(name="Ольга", phone="12"))


@pytest.mark.usefixtures("office")
def test_one_place_cannot_keep_a_whole_day_from_others(internet: Internet, clock: HandClock) -> None:
    for day in range(1, 5):
        for slot in ("09:00", "09:15"):
            internet.hold(slot, on=date(2026, 12, day), source="a machine")
    assert HOLDS_OF_SOURCE_MAX == 8
    with pytest.raises(TooManyHolds):
        internet.hold("09:30", source="a machine")
    internet.hold("09:30", source="elsewhere")


def test_closing_a_day_keeps_what_is_booked_and_shows_it_to_a_person(internet: Internet, office: BookingOffice) -> None:
    link = internet.book("09:00")
    ours = office_books(office, "09:30")
    closed = AppointmentRules(hours=RULES.hours, groups=RULES.groups, exceptions=(DayException(day=TUESDAY),))
    office.run(at_office.set_rules, closed)
    office.mend()
    internet.follow()
    office.mend()
    assert internet.look(link).booking.seat_id == "0900-1"
    with pytest.raises(SlotGone):
        internet.hold("09:15")
    with pytest.raises(SlotGone):
        office_books(office, "09:15")
    clashing = office.store.read_now(partial(office_queries.clashes, office_id=SHV, now=office.clock.now()))
    assert [(line.booking.seat_id, line.is_ours) for line in clashing] == [("0900-1", False), ("0930-3", True)]
    assert clashing[1].booking.code == ours.code


def test_longer_hours_add_seats_to_days_already_open(internet: Internet, office: BookingOffice) -> None:
    hours = tuple(OpeningDay(weekday=day, opens="09:00", closes="11:00") for day in range(1, 6))
    groups = (DeskGroup(group="all", desks=3, internet_desks=2), DeskGroup(group="social", desks=1, internet_desks=0))
    office.run(
        at_office.set_rules,
        AppointmentRules(hours=hours, groups=groups, slot_minutes=30, service_minutes={SHORT.code: 15}),
    )
    office.mend()
    assert internet.follow() == 32  # sixteen days longer, and as many of the new group
    office.mend()
    assert internet.look(internet.book("10:45")).booking.seat_id == "1045-1"
    with pytest.raises(SlotGone):
        internet.hold("10:00", service=LONG)
    assert office_books(office, "10:00", service_code="09-01").document_id == "appointments.SHV.2026-12-01.social"


def test_an_office_without_desks_for_it_books_nothing(office: BookingOffice, internet: Internet) -> None:
    office.run(at_office.set_rules, AppointmentRules(hours=RULES.hours))
    with pytest.raises(NotBookable):
        office_books(office, "09:00")
    office.mend()
    with pytest.raises(NotBookable):
        internet.hold("09:00")


def test_what_the_office_sold_the_office_changes(internet: Internet, office: BookingOffice, store: HubStore) -> None:
    booked = office_books(office, "09:30")
    office.mend()
    internet.index()
    day = store.read_now(partial(queries.open_day, document_id=booked.document_id))
    booking_id = day.state.seats[booked.seat_id].booking_id
    link = store.read_now(partial(queries.link_of, booking_id=booking_id))
    assert internet.look(link).is_ours is False
    with pytest.raises(SoldByOffice):
        internet.cancel(link)


@pytest.mark.usefixtures("office")
def test_a_hundred_people_want_ten_seats_and_ten_get_them(internet: Internet) -> None:
    def try_to_book(number: int) -> str | None:
        slot = ("09:00", "09:15", "09:30", "09:45", "10:00")[number % 5]
        details = Details(name=f"Хтось {number}", phone=f"050{number:07}")
        try:
            return internet.book(slot, details, source=str(number))
        except SlotGone:
            return None

    with ThreadPoolExecutor(16) as people:
        links = [link for link in people.map(try_to_book, range(100)) if link is not None]
    (day,) = [day for day in internet.days() if day.on == TUESDAY]
    assert len(links) == len(set(links)) == 10
    assert day.state.conflicts == ()
    assert {internet.look(link).booking.seat_id for link in links} == {
        f"{slot}-{desk}" for slot in ("0900", "0915", "0930", "0945", "1000") for desk in (1, 2)
    }


def test_a_restored_hub_opens_only_days_that_its_former_life_cannot_have_opened(
    internet: Internet, office: BookingOffice, store: HubStore, clock: HandClock, ids: SeededIds
) -> None:
    clock.move(minutes=5)
    store.run_now(partial(begin_anew, incarnation=ids.new(), now=clock.now()))
    office.line.hello()
    hours = tuple(OpeningDay(weekday=day, opens="09:00", closes="11:00") for day in range(1, 6))
    office.run(at_office.set_rules, AppointmentRules(hours=hours, groups=RULES.groups))
    office.mend()
    assert internet.follow() == 0  # the days it knows may have more seats than it knows
    clock.move(days=1)
    assert internet.follow() == 1
    assert internet.days()[-1].on == date(2026, 12, 15)


def test_unsold_seats_go_to_the_office_that_has_sold_its_own(internet: Internet, office: BookingOffice) -> None:
    for number, slot in enumerate(("09:00", "09:15", "09:30", "09:45", "10:00")):
        office_books(office, slot, phone=f"067000000{number}")
    with pytest.raises(SlotGone):
        office_books(office, "09:00")
    office.mend()
    now = office.clock.now()
    shared = internet.store.read_now(partial(commands.days_to_share, office_id=SHV, now=now))
    assert "appointments.SHV.2026-12-01.all" in shared
    share = partial(commands.share, document_id="appointments.SHV.2026-12-01.all", now=now, ids=internet.ids)
    assert internet.store.run_now(share) == 2
    office.mend()
    assert office_books(office, "09:00").seat_id == "0900-2"


def test_nobody_may_set_the_rules_of_another_office(office: BookingOffice, kyv: HubNode, internet: Internet) -> None:
    assert office.mend() == []
    stored = internet.store.read_now(partial(replica.document, document_id="appointment-rules.SHV"))
    assert stored is not None
    kyv.snapshots["appointment-rules.SHV"] = stored.snapshot
    forged = kyv.change("appointment-rules.SHV", event="appointment_rules_set", rules="{}")
    kyv.chain[-1] = msgspec.structs.replace(forged, kind="appointment_rules")
    (result,) = kyv.push().results
    assert result.outcome != "accepted" or "out-of-scope" in {item.code for item in kyv.pull().items}
    assert internet.store.read_now(partial(queries.rules_of, office_id=SHV)) == RULES


class Telephones:
    """A gateway that takes every message, or is away."""

    def __init__(self) -> None:
        self.is_away, self.heard = False, {}

    async def send(self, *, phone: str, text: str, request_id: str) -> None:
        if self.is_away:
            raise GatewayAway
        assert request_id not in self.heard
        self.heard[request_id] = (phone, text)


@pytest.mark.usefixtures("office")
def test_people_are_reminded_the_day_before_without_their_names(internet: Internet, clock: HandClock) -> None:
    link = internet.book("09:00")
    internet.cancel(internet.book("09:15"))
    remind = partial(commands.remind, site=Site(address="https://city.example"), ids=internet.ids)
    assert internet.store.run_now(partial(remind, now=clock.now())) == 0
    clock.move(days=7, hours=2)
    assert internet.store.run_now(partial(remind, now=clock.now())) == 1
    assert internet.store.run_now(partial(remind, now=clock.now())) == 0

    telephones = Telephones()
    texts = Texts.load([Path(central_hub.__file__).parent])
    carrier = Carrier(internet.store, clock=clock, gateway=telephones, texts=texts)
    telephones.is_away = True
    assert asyncio.run(carrier.carry()) == 0
    telephones.is_away = False
    assert asyncio.run(carrier.carry()) == 0  # not so soon again
    clock.move(minutes=2)
    assert asyncio.run(carrier.carry()) == 1
    assert asyncio.run(carrier.carry()) == 0
    ((phone, text),) = telephones.heard.values()
    assert phone == "+380501112233"
    assert "01.12.2026 09:00" in text
    assert f"https://city.example/appointments/{link}" in text
    assert "Мельник" not in text
    in_outbox = select(outgoing_messages.c.phone)
    assert internet.store.read_now(lambda reader: reader.column(in_outbox)) == [None]
    clock.move(days=91)
    assert asyncio.run(carrier.carry()) == 0
    assert internet.store.read_now(lambda reader: reader.column(in_outbox)) == []


@pytest.mark.usefixtures("office")
def test_a_cancelled_appointment_reminds_nobody(internet: Internet, clock: HandClock) -> None:
    link = internet.book("09:00", on=date(2026, 11, 24))
    remind = partial(commands.remind, site=Site(address=""), ids=internet.ids, now=clock.now())
    clock.move(hours=2)
    assert internet.store.run_now(partial(remind, now=clock.now())) == 1
    internet.cancel(link)
    carrier = Carrier(internet.store, clock=clock, gateway=Telephones(), texts=Texts.load([]))
    assert asyncio.run(carrier.carry()) == 0
