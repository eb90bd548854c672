"""Dates, times, money and spans are written as officials write them."""

from datetime import UTC, date, datetime

import pytest

from sync.web.formats import date_text, datetime_text, duration_text, money_text, number_text, time_text
from sync.web.i18n import speaking

NIGHT = datetime(2026, 11, 20, 23, 5, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 11, 5, tzinfo=UTC)


def test_a_moment_is_told_in_the_time_of_kyiv() -> None:
    assert date_text(NIGHT) == "21.11.2026"
    assert time_text(NIGHT) == "01:05"
    assert datetime_text(SUMMER) == "01.07.2026, 14:05"
    assert date_text(date(2026, 11, 21)) == "21.11.2026"


@pytest.mark.parametrize(
    ("kopecks", "uk", "en"),
    [
        (4542, "45,42 грн", "UAH 45.42"),
        (104542, "1 045,42 грн", "UAH 1,045.42"),
        (0, "0,00 грн", "UAH 0.00"),
        (-4542, "−45,42 грн", "UAH −45.42"),
    ],
)
def test_money_is_kopecks_made_readable(kopecks: int, uk: str, en: str) -> None:
    assert money_text(kopecks).replace("\u00a0", " ") == uk
    with speaking("en"):
        assert money_text(kopecks).replace("\u00a0", " ") == en


def test_numbers_take_the_separators_of_the_language() -> None:
    assert number_text(1234.5).replace("\u00a0", " ") == "1 234,5"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0.2, "менше хвилини"), (1, "1 хвилина"), (23, "23 хвилини"), (60, "1 година"), (325, "5 годин 25 хвилин")],
)
def test_a_span_is_told_in_hours_and_minutes(minutes: float, text: str) -> None:
    assert duration_text(minutes) == text
