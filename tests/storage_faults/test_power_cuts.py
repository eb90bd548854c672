"""The power may go between any two writes: what was told is there, and the database agrees with itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage_faults.explorer import explore, explore_share, memory_folder, record_first_start, record_work
from tests.storage_faults.planted import PLANTED, PLANTED_AT_HUB

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

STATES = {"office": 14_000, "hub": 6_000}
STATES_OF_A_BUG = 800


@pytest.fixture
def folder() -> Iterator[Path]:
    with memory_folder() as path:
        yield Path(path)


@pytest.mark.parametrize(("house", "states"), STATES.items())
def test_no_power_cut_breaks_a_promise(folder: Path, house: str, states: int):
    explored = explore(record_work(folder, rounds=6, house=house), states=states, seed=1)
    assert explored.bad == 0, "\n".join([*explored.found, str(explored)])
    assert explored.states >= states
    assert explored.contents > 10, "many moments of the work were seen"


def test_an_office_starts_again_whenever_its_first_start_was_cut(folder: Path):
    explored = explore(record_first_start(folder), states=STATES_OF_A_BUG, seed=1)
    assert explored.bad == 0, "\n".join([*explored.found, str(explored)])


@pytest.mark.parametrize(
    ("house", "planted"),
    [*(("office", name) for name in PLANTED), *(("hub", name) for name in PLANTED_AT_HUB)],
)
def test_the_explorer_finds_what_is_planted(folder: Path, house: str, planted: str):
    recording = record_work(folder, rounds=3, house=house, planted=planted)
    explored = explore_share(recording, 0, states=STATES_OF_A_BUG, seed=1)
    assert explored.bad > 0, explored
