"""kill -9 of a node whose desks call and whose kiosks issue: no number twice, no visitor called by two, none lost."""

from pathlib import Path

import pytest

from tests.processes.calling import KIOSKS, kill_often
from tests.processes.hall import HallOfProcesses

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]

DESKS = 64
KILLS = 10


def test_ten_kills_of_a_busy_hall_double_and_lose_nothing(tmp_path: Path) -> None:
    hall = HallOfProcesses(tmp_path, desks=DESKS, kiosks=KIOSKS, seed=1)
    try:
        kill_often(hall, kills=KILLS, seed=1)
    finally:
        hall.close()
    assert len(hall.answers.called) > KILLS
