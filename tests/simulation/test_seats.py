"""Seeded days on which hub and offices promise seats while parted: no seat twice, and no honest promise set apart."""

import pytest

from tests.simulation.runs import run
from tests.simulation.seats import DaysWithSeats

SEEDS = (1, 2, 3, 4)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_seat_is_promised_to_two_people_however_long_the_sides_are_parted(seed: int) -> None:
    summary = run(seed, offices=3, days=1, life=DaysWithSeats)
    assert summary.is_clean, "\n".join(summary.examples)
