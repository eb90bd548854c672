"""Numbers the house gives out itself, and the second factor beside them."""

import pytest

from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers import tracking
from sync.vocabulary.identifiers.official_number import (
    normalised_official_number,
    office_numeric_code,
    official_number,
    parse_official_number,
)
from sync.vocabulary.identifiers.ticket_number import parse_ticket_number, ticket_number

SALT = "0123456789abcdef" * 2


def test_an_official_number_has_office_year_counter_and_check_digit() -> None:
    assert official_number("SHV", year=2026, counter=1234) == "SHV-2026-0001234-2"
    parsed = parse_official_number("SHV-2026-0001234-2")
    assert (parsed.office_id, parsed.year, parsed.counter) == ("SHV", 2026, 1234)
    assert str(parsed) == "SHV-2026-0001234-2"


def test_the_office_code_enters_the_check_digit_two_digits_a_letter() -> None:
    assert office_numeric_code("SHV") == "281731"


@pytest.mark.parametrize(
    "typed", ["shv 2026 0001234 2", "SHV20260001234-2", "SHV–2026–0001234–2", " SНV-2026-0001234-2"]
)
def test_an_official_number_is_read_however_it_is_typed(typed: str) -> None:
    assert normalised_official_number(typed) == "SHV-2026-0001234-2"


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("SHV-2026-0001234-3", "check-digit"),
        ("SHV-2026-0001243-2", "check-digit"),
        ("KYV-2026-0001234-2", "check-digit"),
        ("SHV-2026-1234-2", "official-number"),
        ("SHV-2026-0000000-0", "official-number"),
        ("SHV-1026-0001234-2", "official-number"),
        ("ШВЧ-2026-0001234-2", "official-number"),
        ("", "official-number"),
    ],
)
def test_a_wrong_official_number_is_refused_by_its_rule(typed: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_official_number(typed)
    assert (refused.value.field, refused.value.rule) == ("number", rule)


@pytest.mark.parametrize(
    ("office", "year", "counter", "field"),
    [
        ("shv", 2026, 1, "office_id"),
        ("SHV", 1999, 1, "year"),
        ("SHV", 2026, 0, "counter"),
        ("SHV", 2026, 10**7, "counter"),
    ],
)
def test_no_official_number_out_of_bounds(office: str, year: int, counter: int, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        official_number(office, year=year, counter=counter)
    assert refused.value.field == field


@pytest.mark.parametrize(("counter", "number"), [(1, "А001"), (37, "А037"), (999, "А999"), (1000, "А1000")])
def test_a_ticket_number_grows_a_digit_after_999(counter: int, number: str) -> None:
    assert ticket_number("А", counter) == number
    assert parse_ticket_number(number) == ("А", counter)


def test_a_ticket_number_typed_in_latin_is_understood() -> None:
    assert parse_ticket_number("c 037") == ("С", 37)


@pytest.mark.parametrize("typed", ["", "А37", "А0037", "А000", "037", "Q037", "А10000"])
def test_no_other_text_is_a_ticket_number(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_ticket_number(typed)
    assert refused.value.rule == "ticket-number"


@pytest.mark.parametrize(("letter", "counter"), [("A", 1), ("Ы", 1), ("А", 0), ("А", 10_000)])
def test_no_ticket_number_out_of_bounds(letter: str, counter: int) -> None:
    with pytest.raises(InvalidInput):
        ticket_number(letter, counter)


def test_the_second_factor_is_the_end_of_the_phone_or_else_of_the_document() -> None:
    assert tracking.second_factor(phone="+380501234567", document_number="АА123456") == "4567"
    assert tracking.second_factor(phone=None, document_number="АА123456") == "3456"
    with pytest.raises(InvalidInput):
        tracking.second_factor(phone=None, document_number="б/н")


def test_a_case_opens_to_its_second_factor_alone() -> None:
    stored = tracking.seal("4567", salt=SALT).tracking_hash
    assert tracking.is_tracked_by(stored, factor="4567")
    assert not tracking.is_tracked_by(stored, factor="4568")
    assert not tracking.is_tracked_by(None, factor="4567")
    assert not tracking.is_tracked_by("not a hash", factor="4567")


def test_the_same_factor_leaves_different_hashes_in_two_cases() -> None:
    one = tracking.seal("4567", salt=SALT).tracking_hash
    other = tracking.seal("4567", salt=SALT[::-1]).tracking_hash
    assert one.split("$")[1] != other.split("$")[1]


def test_a_salt_must_be_32_hexadecimal_digits() -> None:
    with pytest.raises(InvalidInput):
        tracking.seal("4567", salt="salt")


def test_a_second_factor_is_four_digits() -> None:
    assert tracking.check_second_factor(" 45 67 ") == "4567"
    with pytest.raises(InvalidInput):
        tracking.check_second_factor("456")
