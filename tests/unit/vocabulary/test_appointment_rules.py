"""Which slots follow from the rules of an office, and which days are open for booking."""

from datetime import UTC, date, datetime, time

import msgspec
import pytest

from sync.vocabulary.appointment import SeatId
from sync.vocabulary.appointment_rules import (
    NO_RULES,
    AppointmentRules,
    DayException,
    DeskGroup,
    RulesKind,
    as_fact,
    begins_at,
    check_rules,
    fold_rules,
    group_of,
    hours_on,
    last_day_open,
    rows_of,
    seats_needed,
    seats_on,
    slot_of,
    slots_on,
)
from sync.vocabulary.case import CaseEvent
from sync.vocabulary.catalogue import Sphere
from sync.vocabulary.clock import tick
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.office import OpeningDay

MONDAY, SATURDAY, SUNDAY = date(2026, 11, 23), date(2026, 11, 28), date(2026, 11, 29)
RULES = AppointmentRules(
    hours=tuple(OpeningDay(weekday=day, opens="09:00", closes="10:00") for day in range(1, 6)),
    groups=(
        DeskGroup(group="all", desks=2, internet_desks=1),
        DeskGroup(group="social", desks=1, internet_desks=1),
        DeskGroup(group="city", desks=0, internet_desks=0),
    ),
)


def with_exception(**hours: object) -> AppointmentRules:
    return msgspec.structs.replace(RULES, exceptions=(DayException(**hours),))


def test_a_weekday_has_the_slots_that_end_before_closing():
    assert slots_on(RULES, MONDAY) == [time(9, 0), time(9, 15), time(9, 30), time(9, 45)]
    assert slots_on(RULES, MONDAY, slot_minutes=20) == [time(9, 0), time(9, 20), time(9, 40)]
    assert slots_on(RULES, MONDAY, slot_minutes=60) == [time(9, 0)]


def test_a_weekend_without_hours_has_none():
    assert hours_on(RULES, SATURDAY) is None
    assert seats_on(RULES, SATURDAY, group="all") == []


@pytest.mark.parametrize(
    ("hours", "slots"),
    [
        ({"day": MONDAY}, 0),
        ({"day": MONDAY, "opens": "09:00", "closes": "09:30"}, 2),
        ({"day": SATURDAY, "opens": "10:00", "closes": "10:45"}, 0),
    ],
    ids=["closed", "short", "another-day"],
)
def test_an_exception_goes_before_the_weekday(hours: dict[str, object], slots: int):
    expected = 4 if hours["day"] != MONDAY else slots
    assert len(slots_on(with_exception(**hours), MONDAY)) == expected


def test_a_moved_working_day_receives_on_a_saturday():
    rules = with_exception(day=SATURDAY, opens="10:00", closes="10:30")
    assert seats_on(rules, SATURDAY, group="social") == ["1000-1", "1015-1"]


def test_holidays_are_working_days_unless_the_head_closes_on_them():
    christmas = date(2026, 12, 25)
    assert hours_on(RULES, christmas) == ("09:00", "10:00")
    closing = msgspec.structs.replace(RULES, closes_on_holidays=True)
    assert hours_on(closing, christmas) is None
    worked = msgspec.structs.replace(closing, exceptions=(DayException(day=christmas, opens="09:00", closes="09:15"),))
    assert hours_on(worked, christmas) == ("09:00", "09:15")


def test_a_holiday_on_a_sunday_closes_the_monday_after_it_also_in_the_next_year():
    closing = msgspec.structs.replace(RULES, closes_on_holidays=True)
    assert hours_on(closing, date(2028, 1, 3)) is None  # 1 January 2028 is a Saturday


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (datetime(2026, 11, 23, 3, 59, tzinfo=UTC), date(2026, 12, 13)),
        (datetime(2026, 11, 23, 4, 0, tzinfo=UTC), date(2026, 12, 14)),
        (datetime(2026, 7, 1, 2, 59, tzinfo=UTC), date(2026, 7, 21)),
        (datetime(2026, 7, 1, 3, 0, tzinfo=UTC), date(2026, 7, 22)),
        (datetime(2026, 11, 22, 22, 30, tzinfo=UTC), date(2026, 12, 13)),
    ],
    ids=["winter-before-six", "winter-at-six", "summer-before-six", "summer-at-six", "after-midnight-in-kyiv"],
)
def test_a_day_opens_twenty_one_days_ahead_at_six_by_the_clocks_of_kyiv(now: datetime, last: date):
    assert last_day_open(now) == last


def test_a_slot_is_the_same_hour_on_the_wall_when_the_clocks_change():
    """The last Sunday of October 2026 is the 25th: nine o'clock is three hours from UTC before, two after."""
    assert begins_at(date(2026, 10, 24), time(9, 0)) == datetime(2026, 10, 24, 6, 0, tzinfo=UTC)
    assert begins_at(date(2026, 10, 25), time(9, 0)) == datetime(2026, 10, 25, 7, 0, tzinfo=UTC)
    assert begins_at(date(2027, 3, 28), time(9, 0)) == datetime(2027, 3, 28, 6, 0, tzinfo=UTC)


def test_a_sphere_without_desks_of_its_own_goes_to_the_desks_for_all():
    assert group_of(RULES, Sphere.SOCIAL) == "social"
    assert group_of(RULES, Sphere.CITY) == "all"
    assert group_of(msgspec.structs.replace(RULES, groups=()), Sphere.CITY) is None


def test_a_long_service_takes_seats_end_to_end_at_one_desk():
    seats = [SeatId(seat) for seat in ("0900-1", "0915-1", "0930-2", "0945-2", "1000-1", "0945-1")]
    assert seats_needed(25, slot_minutes=15) == 2
    assert rows_of(seats, length=2, slot_minutes=15) == {
        time(9, 0): ("0900-1", "0915-1"),
        time(9, 30): ("0930-2", "0945-2"),
        time(9, 45): ("0945-1", "1000-1"),
    }
    assert rows_of(seats, length=3, slot_minutes=15) == {}


@pytest.mark.parametrize("seat_id", ["", "0900", "2400-1", "0960-1", "0900-0", "0900-100", "x"])
def test_what_is_no_seat_is_refused(seat_id: str):
    with pytest.raises(InvalidInput):
        slot_of(SeatId(seat_id))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slot_minutes": 7}, "slot_minutes"),
        ({"hours": (OpeningDay(weekday=2, opens="17:00", closes="09:00"),)}, "closes_2"),
        ({"exceptions": (DayException(day=MONDAY, opens="09:00"),)}, "exceptions"),
        ({"groups": (DeskGroup(group="all", desks=1, internet_desks=2),)}, "internet_all"),
        ({"groups": (DeskGroup(group="nobody", desks=1, internet_desks=1),)}, "groups"),
        (
            {
                "hours": (OpeningDay(weekday=1, opens="08:00", closes="20:00"),),
                "groups": (DeskGroup(group="all", desks=11, internet_desks=1),),
            },
            "desks_all",
        ),
        ({"service_minutes": {"01-01": 0}}, "service_minutes"),
    ],
)
def test_rules_nobody_could_keep_are_refused(change: dict[str, object], field: str):
    with pytest.raises(InvalidInput) as refused:
        check_rules(msgspec.structs.replace(RULES, **change))
    assert refused.value.field == field


def test_the_rules_set_last_count_and_what_a_newer_version_wrote_does_not():
    now = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)

    def set_to(event_id: str, rules: str, *, later: int) -> CaseEvent:
        at = now.replace(minute=later)
        facts = {"rules": rules}
        return CaseEvent(
            id=event_id,
            kind=RulesKind.RULES_SET,
            clock=tick(None, at),
            at=at,
            node_id="node",
            office_id="SHV",
            actor_id="head",
            facts=facts,
        )

    events = [set_to("2", as_fact(RULES), later=2), set_to("1", as_fact(NO_RULES), later=1)]
    assert fold_rules([]) == NO_RULES
    assert fold_rules(events) == fold_rules(reversed(events)) == RULES
    assert fold_rules([*events, set_to("3", '{"slots": "as the stars stand"}', later=3)]) == RULES
