"""The checker is checked: bugs that systems like this have had are planted, and each is caught by its seed."""

import pytest

from tests.simulation.planted import PLANTED
from tests.simulation.runs import first_catch

SEEDS_TRIED = 8  # from the one in the table on: a change of the weather may move a bug to the next


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_caught(name: str):
    planted = PLANTED[name]
    caught = first_catch(planted, range(planted.seed, planted.seed + SEEDS_TRIED))
    assert caught is not None, f"{name} goes unnoticed by {planted.caught_by}"


def test_enough_bugs_are_planted():
    assert len(PLANTED) >= 10
