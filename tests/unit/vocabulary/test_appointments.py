"""Seats of a day: who may book them, give them away and take them back."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from sync.vocabulary.appointment import (
    AppointmentKind,
    BookingNotFound,
    Seat,
    SeatNotYours,
    check_booked,
    check_free,
    check_seats,
    document_id_of,
    fold_day,
    hub_side,
    is_of_node,
    keyed_event_id,
    node_side,
    seats_of,
)
from sync.vocabulary.case import CaseEvent
from sync.vocabulary.clock import tick
from sync.vocabulary.errors import Fact, InvalidInput
from sync.vocabulary.ids import OfficeId

K = AppointmentKind
HUB, NODE, REBORN = hub_side("H1"), node_side("N", "1"), node_side("N", "2")
START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def an_event(minute: int, kind: str, seats: str, *, side: str = HUB, **facts: Fact) -> CaseEvent:
    at = START + timedelta(minutes=minute)
    return CaseEvent(
        id=f"E{minute:02}",
        kind=kind,
        clock=tick(None, at),
        at=at,
        node_id="hub",
        office_id="SHV",
        actor_id="clerk",
        facts={"side": side, "seats": seats, **facts},
    )


GRANTED = [an_event(0, K.GRANTED, "0900-1 0930-1", to=HUB), an_event(1, K.GRANTED, "0900-2", to=NODE)]


def test_every_desk_of_every_slot_is_a_seat():
    assert seats_of([time(9), time(9, 30)], desks=range(1, 3)) == ["0900-1", "0900-2", "0930-1", "0930-2"]


def test_a_side_sees_only_its_own_seats_as_free():
    day = fold_day(GRANTED)
    assert (day.free(HUB), day.free(NODE), day.free(REBORN)) == (["0900-1", "0930-1"], ["0900-2"], [])


def test_what_is_given_belongs_to_the_other_side_from_then_on():
    day = fold_day([*GRANTED, an_event(2, K.GIVEN, "0900-1", to=NODE)])
    check_free(day, ["0900-1"], side=NODE)
    with pytest.raises(SeatNotYours):
        check_free(day, ["0900-1"], side=HUB)


def test_a_booked_seat_is_neither_given_nor_booked_again():
    events = [*GRANTED, an_event(2, K.BOOKED, "0900-1", code="AB")]
    booked = fold_day(events)
    assert booked.seats["0900-1"] == Seat(owner=HUB, code="AB", booking_id="E02")
    after = fold_day([*events, an_event(3, K.GIVEN, "0900-1", to=NODE), an_event(4, K.BOOKED, "0900-1", code="CD")])
    assert (after.seats, after.conflicts) == (booked.seats, ("E03", "E04"))


def test_only_the_side_that_owns_a_booking_cancels_it_and_only_under_its_code():
    day = fold_day([*GRANTED, an_event(2, K.BOOKED, "0900-1", code="AB")])
    check_booked(day, "0900-1", code="AB", side=HUB)
    with pytest.raises(SeatNotYours):
        check_booked(day, "0900-1", code="AB", side=NODE)
    for seat_id, code in (("0900-1", "XY"), ("0930-1", "AB"), ("1200-1", "AB")):
        with pytest.raises(BookingNotFound):
            check_booked(day, seat_id, code=code, side=HUB)
    wrong = [an_event(3, K.CANCELLED, "0900-1", code="XY"), an_event(4, K.CANCELLED, "0900-1", code="AB", side=NODE)]
    assert fold_day([*GRANTED, an_event(2, K.BOOKED, "0900-1", code="AB"), *wrong]).conflicts == ("E03", "E04")
    right = an_event(3, K.CANCELLED, "0900-1", code="AB")
    assert fold_day([*GRANTED, an_event(2, K.BOOKED, "0900-1", code="AB"), right]).free(HUB) == ["0900-1", "0930-1"]


def test_seats_taken_back_keep_who_sits_on_them():
    events = [*GRANTED, an_event(2, K.BOOKED, "0900-2", side=NODE, code="AB")]
    day = fold_day([*events, an_event(3, K.RECLAIMED, "0900-2", **{"from": NODE})])
    assert day.seats["0900-2"] == Seat(owner=HUB, code="AB", booking_id="E02")
    assert fold_day([*events, an_event(3, K.RECLAIMED, "0900-2", **{"from": REBORN})]).conflicts == ("E03",)


@pytest.mark.parametrize(
    "event",
    [
        an_event(2, K.GRANTED, "0900-1", to=NODE),
        an_event(2, K.GRANTED, "1000-1"),
        an_event(2, K.GIVEN, "0900-1"),
        an_event(2, K.BOOKED, "0900-1"),
        an_event(2, K.BOOKED, "1000-1", code="AB"),
        an_event(2, K.BOOKED, "", code="AB"),
        an_event(2, K.BOOKED, "0900-1", side=NODE, code="AB"),
    ],
)
def test_what_no_honest_side_writes_changes_no_seat_and_is_shown(event: CaseEvent):
    day = fold_day([*GRANTED, event])
    assert (day.seats, day.conflicts) == (fold_day(GRANTED).seats, ("E02",))


def test_a_machine_is_known_in_every_life():
    assert is_of_node(NODE, node_id="N")
    assert is_of_node(REBORN, node_id="N")
    assert not is_of_node("N2/1", node_id="N")


def test_a_day_has_a_name_without_people_in_it():
    assert document_id_of(OfficeId("SHV"), date(2026, 11, 23), "all") == "appointments.SHV.2026-11-23.all"
    one, other = (keyed_event_id(key, staff_id="s", document_id="d") for key in ("k", "l"))
    assert one == keyed_event_id("k", staff_id="s", document_id="d") != other


def test_a_day_has_a_bounded_number_of_seats():
    check_seats(["0900-1"])
    for seats in ([], ["0900-1"] * 501):
        with pytest.raises(InvalidInput):
            check_seats(seats)
