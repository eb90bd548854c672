"""Numbers the house makes pass the checks of the house, and one slip of the pen is always noticed."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from sync.vocabulary.applicant import Applicant, DocumentKind, checked
from sync.vocabulary.clock import Hlc, check_hlc, merge, tick
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.fee_formula import parse_fee
from sync.vocabulary.identifiers import rnokpp, unzr
from sync.vocabulary.identifiers.names import ALPHABET, check_name, search_key
from sync.vocabulary.identifiers.official_number import luhn_digit, official_number, parse_official_number
from sync.vocabulary.identifiers.ticket_number import parse_ticket_number, ticket_number
from sync.vocabulary.identifiers.transliteration import to_latin
from sync.vocabulary.money import compute
from sync.vocabulary.term import TermSpan, TermUnit, due_on
from sync.vocabulary.working_days import WorkingCalendar

BIRTHS = st.dates(date(1900, 1, 1), date(2026, 11, 21))
OFFICES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)
NAMES = st.text(ALPHABET + ALPHABET.upper(), min_size=1, max_size=30)
MOMENTS = st.datetimes(datetime(1960, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(BIRTHS, st.integers(0, rnokpp.SERIAL_MAX), st.booleans())
@settings(max_examples=50)
def test_a_synthetic_rnokpp_tells_what_it_was_made_of(born_on: date, serial: int, is_female: bool) -> None:  # noqa: FBT001
    number = rnokpp.synthetic_rnokpp(born_on, serial=serial, is_female=is_female)
    assert rnokpp.check_rnokpp(number) == number
    assert (rnokpp.birth_date(number), rnokpp.is_female(number)) == (born_on, is_female)


@given(BIRTHS, st.integers(0, 9999), st.integers(0, 12), st.integers(1, 9))
@settings(max_examples=50)
def test_one_wrong_digit_of_an_unzr_is_noticed(born_on: date, serial: int, place: int, shift: int) -> None:
    """Weights 7, 3 and 1 have no factor in common with ten: every single wrong digit shows."""
    digits = unzr.synthetic_unzr(born_on, serial=serial).replace("-", "")
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    with pytest.raises(InvalidInput):
        unzr.check_unzr(wrong)


@given(OFFICES, st.integers(2000, 2999), st.integers(1, 9_999_999))
@settings(max_examples=50)
def test_an_official_number_is_read_back_whole(office: str, year: int, counter: int) -> None:
    parsed = parse_official_number(official_number(office, year=year, counter=counter))
    assert (parsed.office_id, parsed.year, parsed.counter) == (office, year, counter)


@given(OFFICES, st.integers(1, 9_999_999), st.integers(0, 6), st.integers(1, 9))
@settings(max_examples=50)
def test_one_wrong_digit_of_an_official_number_is_noticed(office: str, counter: int, place: int, shift: int) -> None:
    number = official_number(office, year=2026, counter=counter)
    place += len("SHV-2026-")
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    with pytest.raises(InvalidInput):
        parse_official_number(wrong)


@given(st.sampled_from("АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЮЯ"), st.integers(1, 9999))
@settings(max_examples=50)
def test_a_ticket_number_is_read_back_whole(letter: str, counter: int) -> None:
    assert parse_ticket_number(ticket_number(letter, counter)) == (letter, counter)


@given(st.text(max_size=20))
@settings(max_examples=50)
def test_no_text_breaks_the_checks_but_by_a_refusal(text: str) -> None:
    applicant = Applicant(
        last_name=text, first_name="Ім", document_kind=DocumentKind.OTHER, document_number=text, phone=text, unzr=text
    )
    with suppress(InvalidInput):
        checked(applicant, today=date(2026, 11, 21))
    with suppress(InvalidInput):
        parse_official_number(text)
    assert parse_fee(text).text == text


@given(NAMES)
@settings(max_examples=50)
def test_a_canonical_name_stays_as_it_is(name: str) -> None:
    once = check_name(name, field="last_name")
    assert check_name(once, field="last_name") == once
    assert search_key(once) == search_key(name)
    assert to_latin(once).isascii()


@given(st.lists(MOMENTS, min_size=1, max_size=20))
@settings(max_examples=50)
def test_a_local_clock_only_goes_forward(moments: list[datetime]) -> None:
    last: Hlc | None = None
    for now in moments:
        reading = tick(last, now)
        assert check_hlc(reading) == reading
        assert last is None or reading > last
        last = reading


@given(MOMENTS, MOMENTS, MOMENTS)
@settings(max_examples=50)
def test_after_a_merge_the_clock_is_later_than_both(here: datetime, there: datetime, now: datetime) -> None:
    last, seen = tick(None, here), tick(None, there)
    merged = merge(last, seen, now)
    assert merged > last
    assert merged > seen
    assert merge(None, seen, now) > seen


def test_a_counter_run_full_moves_to_the_next_millisecond() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    full = Hlc(tick(None, now)[:-4] + "ffff")
    assert tick(full, now) == tick(None, now + timedelta(milliseconds=1))


@pytest.mark.parametrize("text", ["", "0-0", "f" * 12 + "-0000", "000000000000-00000", "00000000000G-0000"])
def test_no_other_text_is_a_reading(text: str) -> None:
    with pytest.raises(InvalidInput):
        merge(None, Hlc(text), datetime(2026, 11, 21, tzinfo=UTC))


@given(st.integers(1, 60), st.dates(date(2024, 1, 1), date(2027, 1, 1)), st.sampled_from(list(TermUnit)))
@settings(max_examples=50)
def test_a_due_day_is_a_working_day_and_a_longer_term_is_never_earlier(value: int, day: date, unit: TermUnit) -> None:
    calendar = WorkingCalendar(holidays=frozenset({date(2025, 1, 1), date(2026, 1, 1)}))
    noon = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    due = due_on(TermSpan(value=value, unit=unit), registered_at=noon, calendar=calendar)
    later = due_on(TermSpan(value=value + 1, unit=unit), registered_at=noon, calendar=calendar)
    assert calendar.is_working(due)
    assert day <= due <= later


@given(st.integers(0, 10_000_000))
@settings(max_examples=50)
def test_a_rounded_fee_is_within_half_a_step_of_the_exact_one(minimum_kopecks: int) -> None:
    amount = compute(parse_fee("PM×0.3, до 10 грн"), subsistence_minimum_kopecks=minimum_kopecks)
    assert amount is not None
    assert amount % 1000 == 0
    assert abs(amount * 10 - minimum_kopecks * 3) <= 5000


@given(st.text("0123456789", min_size=1, max_size=30))
def test_the_check_digit_is_the_one_that_the_library_counts(digits: str):
    assert luhn_digit(digits) == luhn.calc_check_digit(digits)
