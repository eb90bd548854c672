"""How long a closed case is kept."""

from datetime import date

from sync.vocabulary.errors import InvalidInput

RETENTION_YEARS_MIN = 3  # Cabinet resolution 588: information on each case at least three years


def retained_until(closed_on: date, *, retention_years: int = RETENTION_YEARS_MIN) -> date:
    """The first day on which the case may be destroyed: counted from 1 January after the year of closing.

    Raises ``InvalidInput`` for fewer than three years.
    """
    if retention_years < RETENTION_YEARS_MIN:
        raise InvalidInput(field="retention_years", rule="at-least", minimum=RETENTION_YEARS_MIN)
    return date(closed_on.year + 1 + retention_years, 1, 1)


def may_be_destroyed(closed_on: date, *, retention_years: int, today: date, is_held: bool) -> bool:
    """Whether the term has run out and no complaint, court or audit holds the case."""
    return not is_held and today >= retained_until(closed_on, retention_years=retention_years)
