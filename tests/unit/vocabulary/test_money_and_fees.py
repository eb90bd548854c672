"""Fees are formulas; what is not understood is left to the clerk."""

import pytest

from sync.vocabulary.errors import InvalidInput, NotFound
from sync.vocabulary.fee_formula import parse_fee
from sync.vocabulary.money import FeeKind, checked_amount, compute, format_kopecks, subsistence_minimum

PM = 302_800


def prices(text: str) -> dict[str, int | None]:
    fee = parse_fee(text)
    return {v.key: compute(fee, variant_key=v.key, subsistence_minimum_kopecks=PM) for v in fee.variants}


@pytest.mark.parametrize(
    ("amount_kopecks", "text"),
    [
        (0, "0,00 грн"),
        (5, "0,05 грн"),
        (4542, "45,42 грн"),
        (104_542, "1 045,42 грн"),
        (123_456_789, "1 234 567,89 грн"),
        (-4542, "−45,42 грн"),
    ],
)
def test_money_is_written_with_a_comma_and_groups_of_three(amount_kopecks: int, text: str) -> None:
    assert format_kopecks(amount_kopecks) == text.replace(" ", "\u00a0")


def test_registration_in_time_and_late_cost_what_the_city_published() -> None:
    assert prices("PM%1.5 (у строк) / PM%2.5 (з порушенням)") == {"in_time": 4542, "late": 7570}


def test_a_pair_without_words_is_in_time_and_late_and_keeps_its_remark() -> None:
    text = "PM%1.5 / PM%2.5; якщо разом з 01-01 — один збір"
    assert prices(text) == {"in_time": 4542, "late": 7570}
    assert parse_fee(text).note == "якщо разом з 01-01 — один збір"


def test_property_fees_are_rounded_to_ten_hryvnias_and_rise_with_haste() -> None:
    assert prices("PM×0.1 (×1/×2/×5), до 10 грн") == {
        "standard": 30_000,
        "urgent_two_days": 303_000,
        "urgent_one_day": 606_000,
        "urgent_two_hours": 1_514_000,
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PM×0.1", {"standard": 30_280}),
        ("PM×0.05, до 10 грн", {"standard": 15_000}),
        ("PM×0.3, до 10 грн", {"standard": 91_000}),
        ("PM×0.05 папір / PM×0.025 електронна", {"paper": 15_140, "electronic": 7_570}),
        ("FIX 0.85 держмито", {"standard": 85}),
        ("FIX 372 / 498 (2022)", {"standard": 37_200, "urgent": 49_800}),
        ("FIX 557.32 / 810.32 (2016-17); 682 / 1034 (2022 M)", {"standard": 68_200, "urgent": 103_400}),
    ],
)
def test_each_published_form_becomes_a_rule(text: str, expected: dict[str, int]) -> None:
    assert prices(text) == expected


@pytest.mark.parametrize(("text", "note"), [("0", None), ("0 (помилка органу)", "помилка органу")])
def test_a_free_service_costs_nothing(text: str, note: str | None) -> None:
    fee = parse_fee(text)
    assert (fee.kind, fee.note) == (FeeKind.FREE, note)
    assert compute(fee, subsistence_minimum_kopecks=PM) == 0


@pytest.mark.parametrize(
    "text",
    [
        "FIX 0.05 % / плата за оформлення",
        "FIX 1 / 2 / 3",
        "за домовленістю",
        "PM×0.1 (×3)",
        "PM×0.0001",
        "PM%1 / PM%2 / PM%3",
        "PM×1 / PM×2",
        "договір (×1)",
        "PM%1.5 (для друзів)",
        "",
    ],
)
def test_what_is_not_understood_is_left_to_the_clerk(text: str) -> None:
    fee = parse_fee(text)
    assert (fee.kind, fee.variants, fee.note) == (FeeKind.BY_CLERK, (), text)
    assert compute(fee, subsistence_minimum_kopecks=PM) is None


def test_without_a_choice_the_first_variant_counts() -> None:
    fee = parse_fee("FIX 372 / 498 (2022)")
    assert compute(fee, subsistence_minimum_kopecks=PM) == 37_200
    with pytest.raises(NotFound):
        compute(fee, variant_key="free_of_charge", subsistence_minimum_kopecks=PM)


def test_a_year_not_yet_configured_takes_the_latest_known_and_says_so() -> None:
    assert subsistence_minimum(2025).year == 2025
    latest = subsistence_minimum(2026)
    assert (latest.year, latest.kopecks) == (2025, PM)
    assert subsistence_minimum(2026, table={2025: 1, 2026: 2}).kopecks == 2
    with pytest.raises(NotFound):
        subsistence_minimum(2023)


@pytest.mark.parametrize("amount_kopecks", [0, -1, 100_000_001])
def test_no_terminal_is_asked_for_a_senseless_amount(amount_kopecks: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_amount(amount_kopecks)
    assert refused.value.rule == "between"
    assert checked_amount(4542) == 4542
