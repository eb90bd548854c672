"""kill -9 of hub and office under load: what was told is there, once, and the same everywhere."""

import pytest

from tests.processes.city import City
from tests.processes.killing import kill_often

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]

KILLS = 20


def test_twenty_kills_under_load_lose_and_double_nothing(city: City):
    kill_often(city, kills=KILLS, seed=1)
