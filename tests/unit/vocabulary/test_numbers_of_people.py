"""Identifiers of people and bodies: what passes, what is refused, and by which rule."""

from datetime import date

import pytest

from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers import rnokpp, unzr
from sync.vocabulary.identifiers.edrpou import check_edrpou
from sync.vocabulary.identifiers.email import check_email
from sync.vocabulary.identifiers.iban import TREASURY_BANK_CODE, bank_code, check_iban
from sync.vocabulary.identifiers.phone import check_phone, format_phone, is_mobile
from sync.vocabulary.identifiers.rnokpp import check_rnokpp, synthetic_rnokpp
from sync.vocabulary.identifiers.unzr import check_unzr, synthetic_unzr

VALID_RNOKPP = [
    ("3347301210", date(1991, 8, 24), False),
    ("3347300100", date(1991, 8, 24), True),
    ("2125011422", date(1958, 3, 7), True),
    ("3138022374", date(1985, 11, 30), False),
    ("3658403056", date(2000, 2, 29), False),
    ("2629844489", date(1972, 1, 1), True),
    ("3778600710", date(2003, 6, 15), False),
    ("1716009067", date(1946, 12, 25), True),
]


def rule_of(refused: pytest.ExceptionInfo[InvalidInput]) -> str:
    return refused.value.rule


@pytest.mark.parametrize(("number", "born_on", "is_female"), VALID_RNOKPP)
def test_an_rnokpp_tells_birth_and_sex(number: str, born_on: date, is_female: bool) -> None:  # noqa: FBT001
    assert check_rnokpp(number) == number
    assert rnokpp.birth_date(number) == born_on
    assert rnokpp.is_female(number) is is_female


def test_a_remainder_of_ten_gives_check_digit_zero() -> None:
    assert check_rnokpp("3347300070") == "3347300070"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("3347301211", "check-digit"),
        ("0000000000", "not-zero"),
        ("334730121", "ten-digits"),
        ("33473012100", "ten-digits"),
        ("33473O1210", "ten-digits"),
        ("٣٣٤٧٣٠١٢١٠", "ten-digits"),
        ("", "ten-digits"),
    ],
)
def test_a_wrong_rnokpp_is_refused_by_its_rule(text: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_rnokpp(text)
    assert (refused.value.field, rule_of(refused)) == ("rnokpp", rule)


def test_spaces_in_an_rnokpp_do_not_matter() -> None:
    assert check_rnokpp(" 3347 301 210 ") == "3347301210"


def test_the_register_may_leave_the_birth_date_empty() -> None:
    assert rnokpp.birth_date("0000000000") is None


@pytest.mark.parametrize(("born_on", "serial"), [(date(1899, 12, 31), 0), (date(2000, 1, 1), 5000)])
def test_no_synthetic_rnokpp_outside_its_bounds(born_on: date, serial: int) -> None:
    with pytest.raises(InvalidInput):
        synthetic_rnokpp(born_on, serial=serial, is_female=True)


@pytest.mark.parametrize(
    "number",
    [
        "19910824-00026",
        "20000213-01467",
        "19580307-01143",
        "19851130-02235",
        "20000229-00306",
        "20030615-00070",
    ],
)
def test_an_unzr_passes_with_and_without_its_hyphen(number: str) -> None:
    assert check_unzr(number) == number
    assert check_unzr(number.replace("-", "")) == number
    assert check_unzr(number.replace("-", "–")) == number


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("19910824-00027", "check-digit"),
        ("19910231-00027", "birth-date"),
        ("1991082-00027", "unzr"),
        ("3347301210", "unzr"),
    ],
)
def test_a_wrong_unzr_is_refused_by_its_rule(text: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_unzr(text)
    assert rule_of(refused) == rule


def test_an_unzr_tells_the_birth_date() -> None:
    assert unzr.birth_date("20000213-01467") == date(2000, 2, 13)
    assert synthetic_unzr(date(2000, 2, 13), serial=146) == "20000213-01467"
    with pytest.raises(InvalidInput):
        synthetic_unzr(date(2000, 2, 13), serial=10_000)


@pytest.mark.parametrize("code", ["38008294", "38025423", "04392209", "33868924", "00032129"])
def test_a_published_edrpou_passes(code: str) -> None:
    assert check_edrpou(code) == code
    assert check_edrpou(code.lstrip("0")) == code


@pytest.mark.parametrize(
    ("text", "rule"), [("38008295", "check-digit"), ("123456789", "eight-digits"), ("", "eight-digits")]
)
def test_a_wrong_edrpou_is_refused_by_its_rule(text: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_edrpou(text)
    assert rule_of(refused) == rule


def test_a_treasury_iban_passes_and_names_its_bank() -> None:
    iban = check_iban("UA23 8999 9803 3417 9879 0100 1392 3")
    assert iban == "UA238999980334179879010013923"
    assert bank_code(iban) == TREASURY_BANK_CODE


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("UA238999980334179879010013924", "check-digit"),
        ("UA23899998033417987901001392", "iban"),
        ("DE89370400440532013000", "iban"),
    ],
)
def test_a_wrong_iban_is_refused_by_its_rule(text: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_iban(text)
    assert rule_of(refused) == rule


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+380501234567", "+380501234567"),
        ("380501234567", "+380501234567"),
        ("80501234567", "+380501234567"),
        ("050 123-45-67", "+380501234567"),
        ("(057) 725 03 33", "+380577250333"),
        ("725-03-33", "+380577250333"),
    ],
)
def test_a_phone_is_kept_in_one_form(text: str, phone: str) -> None:
    assert check_phone(text) == phone


@pytest.mark.parametrize("text", ["", "12345", "+48601234567", "050123456", "05012345678", "050123456a"])
def test_no_other_text_is_a_phone(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_phone(text)
    assert rule_of(refused) == "phone"


def test_messages_go_to_mobiles_only() -> None:
    assert is_mobile("+380501234567")
    assert not is_mobile("+380577250333")
    assert format_phone("+380577250333") == "+380 57 725 03 33"


def test_an_email_is_kept_with_a_small_domain() -> None:
    assert check_email(" Taras.Sh@Example.COM.ua ") == "Taras.Sh@example.com.ua"


@pytest.mark.parametrize("text", ["", "taras", "a@b", "a b@c.ua", "a..b@c.ua", ".a@c.ua", "a@-c.ua", "a@" + "c" * 260])
def test_no_other_text_is_an_email(text: str) -> None:
    with pytest.raises(InvalidInput):
        check_email(text)
