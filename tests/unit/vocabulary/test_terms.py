"""When a case is due: the worked examples of the domain, and every form of the catalogue."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.term import TermKind, days_left, due_at, due_on, parse_term
from sync.vocabulary.working_days import (
    KYIV,
    Pause,
    WorkingCalendar,
    local_day,
    orthodox_easter,
    public_holidays,
    wartime_calendar,
)

NO_HOLIDAYS = WorkingCalendar()
PEACE = WorkingCalendar(holidays=public_holidays([2025, 2026]))
WARTIME = wartime_calendar([2025, 2026])


def at_noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=KYIV).astimezone(UTC)


def due(term: str, registered: str, *, calendar: WorkingCalendar = NO_HOLIDAYS, **more: Sequence[Pause] | int) -> str:
    return due_on(parse_term(term).usual, registered_at=at_noon(registered), calendar=calendar, **more).isoformat()


def pause(began: str, ended: str | None) -> Pause:
    return Pause(began_on=date.fromisoformat(began), ended_on=date.fromisoformat(ended) if ended else None)


def test_a_term_ending_on_a_sunday_ends_on_monday() -> None:
    assert due("C30", "2025-05-30") == "2025-06-30"


def test_ten_working_days_are_counted_from_the_day_after() -> None:
    assert due("W10", "2025-06-24") == "2025-07-08"


def test_days_without_movement_do_not_count() -> None:
    assert due("C30", "2025-09-01") == "2025-10-01"
    assert due("C30", "2025-09-01", pauses=[pause("2025-09-03", "2025-09-10")]) == "2025-10-08"


def test_suspended_days_do_not_count() -> None:
    assert due("C30", "2025-09-29", pauses=[pause("2025-10-06", "2025-10-20")]) == "2025-11-12"


def test_a_prolongation_adds_its_days() -> None:
    assert due("C30", "2025-09-29", extended_days=15) == "2025-11-13"


def test_a_pause_still_open_changes_nothing_yet() -> None:
    assert due("C30", "2025-09-01", pauses=[pause("2025-09-03", None)]) == "2025-10-01"


def test_a_holiday_is_a_working_day_under_martial_law() -> None:
    assert due("W5", "2025-12-22", calendar=PEACE) == "2025-12-30"
    assert due("W5", "2025-12-22", calendar=WARTIME) == "2025-12-29"
    assert due("W20", "2025-04-14", calendar=WARTIME) == "2025-05-12"
    assert due("W20", "2025-04-14", calendar=PEACE) == "2025-05-15"


def test_working_days_skip_a_pause_but_not_its_weekends_twice() -> None:
    assert due("W5", "2025-06-02", pauses=[pause("2025-06-03", "2025-06-09")]) == "2025-06-13"


def test_the_same_day_and_the_next() -> None:
    assert due("D0", "2025-06-27") == "2025-06-27"
    assert due("D0", "2025-06-28") == "2025-06-30"
    assert due("D1", "2025-06-26") == "2025-06-27"
    assert due("D1", "2025-06-27") == "2025-06-30"


def test_a_month_ends_on_its_own_day_or_the_last() -> None:
    assert due("M1", "2025-09-15") == "2025-10-15"
    assert due("M1", "2025-01-31") == "2025-02-28"
    assert due("M3", "2025-11-28") == "2026-03-02"


def test_hours_pass_on_working_days_only() -> None:
    friday = datetime(2025, 6, 27, 15, tzinfo=KYIV)
    span = parse_term("H24").usual
    moment = due_at(span, registered_at=friday, calendar=NO_HOLIDAYS)
    assert moment == datetime(2025, 6, 30, 15, tzinfo=KYIV)
    assert due_on(span, registered_at=friday, calendar=NO_HOLIDAYS) == date(2025, 6, 30)
    two_hours = parse_term("H2").usual
    assert due_at(two_hours, registered_at=friday, calendar=NO_HOLIDAYS) == datetime(2025, 6, 27, 17, tzinfo=KYIV)


def test_twenty_four_hours_are_twenty_four_when_the_clocks_change() -> None:
    before = datetime(2025, 3, 30, 1, tzinfo=KYIV)
    every_day = WorkingCalendar(extra_working=frozenset({date(2025, 3, 30), date(2025, 3, 31)}))
    moment = due_at(parse_term("H24").usual, registered_at=before, calendar=every_day)
    assert moment - before.astimezone(UTC) == datetime(2025, 1, 2, tzinfo=UTC) - datetime(2025, 1, 1, tzinfo=UTC)


def test_a_term_of_days_ends_with_the_day() -> None:
    moment = due_at(parse_term("W1").usual, registered_at=at_noon("2025-06-24"), calendar=NO_HOLIDAYS)
    assert moment.astimezone(KYIV).isoformat() == "2025-06-25T23:59:59+03:00"


def test_a_late_evening_in_utc_is_the_next_day_in_kharkiv() -> None:
    assert local_day(datetime(2025, 6, 24, 22, tzinfo=UTC)) == date(2025, 6, 25)


@pytest.mark.parametrize(
    ("text", "usual", "others"),
    [
        ("D0", "D0", []),
        ("W20 / W10 терміново", "W20", [("W10", TermKind.URGENT)]),
        ("W20 / W7", "W20", [("W7", TermKind.URGENT)]),
        (
            "W5 (W2/D1/H2 терміново)",
            "W5",
            [("W2", TermKind.URGENT), ("D1", TermKind.URGENT), ("H2", TermKind.URGENT)],
        ),
        ("H1-D1", "D1", [("H1", TermKind.SHORTEST)]),
        ("W1-C10", "C10", [("W1", TermKind.SHORTEST)]),
        ("D0-C10", "C10", [("D0", TermKind.SHORTEST)]),
        ("D0 або W10", "W10", [("D0", TermKind.SHORTEST)]),
        ("W10 (повторно W5)", "W10", [("W5", TermKind.REPEAT)]),
        ("C10 (до C30 з перевіркою)", "C10", [("C30", TermKind.WITH_INSPECTION)]),
    ],
)
def test_each_published_term_is_understood(text: str, usual: str, others: list[tuple[str, TermKind]]) -> None:
    term = parse_term(text)
    assert (str(term.usual), [(str(o), o.kind) for o in term.others]) == (usual, others)


def test_remarks_of_a_term_are_kept() -> None:
    assert parse_term("M1 (або день — платно)").note == "або день — платно"
    assert parse_term("C10 (облік)").note == "облік"
    assert parse_term("C15?").note == "?"
    assert parse_term("C30 або перше засідання колегіального органу").is_collegial


@pytest.mark.parametrize("text", ["", "скоро", "30", "(W5)"])
def test_no_other_text_is_a_term(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_term(text)
    assert (refused.value.field, refused.value.rule) == ("term", "term")


def test_days_left_are_none_on_the_last_day_and_negative_after() -> None:
    assert days_left(date(2025, 6, 30), today=date(2025, 6, 30)) == 0
    assert days_left(date(2025, 6, 30), today=date(2025, 7, 2)) == -2


@pytest.mark.parametrize(("year", "day"), [(2024, "05-05"), (2025, "04-20"), (2026, "04-12"), (2027, "05-02")])
def test_easter_falls_where_the_church_says(year: int, day: str) -> None:
    assert orthodox_easter(year).isoformat() == f"{year}-{day}"


def test_martial_law_may_end() -> None:
    calendar = WorkingCalendar(
        holidays=frozenset({date(2025, 12, 25), date(2024, 12, 25)}),
        martial_law_from=date(2022, 2, 24),
        martial_law_until=date(2025, 1, 1),
    )
    assert calendar.is_working(date(2024, 12, 25))
    assert not calendar.is_working(date(2025, 12, 25))


def test_a_saturday_may_be_worked() -> None:
    saturday = date(2025, 6, 28)
    assert not NO_HOLIDAYS.is_working(saturday)
    assert WorkingCalendar(extra_working=frozenset({saturday})).is_working(saturday)


def test_hours_that_end_at_midnight_end_with_the_working_day() -> None:
    thursday_noon = datetime(2025, 2, 6, 12, tzinfo=KYIV)
    span = parse_term("H36").usual
    assert due_on(span, registered_at=thursday_noon, calendar=NO_HOLIDAYS) == date(2025, 2, 7)
