"""kill -9 of hub and office under load: what was told is there, once, and the same everywhere."""

from random import Random

import pytest

from tests.processes.city import City, Clerks
from tests.processes.killing import kill_often
from tests.storage_faults import disk
from tests.support.processes import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]

KILLS = 20
ACTS_MAX = 150  # of the hub: the batches of a few registrations


def test_twenty_kills_under_load_lose_and_double_nothing(city: City):
    kill_often(city, kills=KILLS, seed=1)


@pytest.mark.parametrize("fault", ["kill", "torn"])
def test_a_hub_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing(city: City, fault: str):
    first = Random(fault).randint(1, ACTS_MAX)
    with Clerks(city.offices[0]) as clerks:
        city.hub.stop()
        clerks.register(10)  # they are pushed together when the hub is back
        city.hub.launch(**disk.environment_of(city.hub.folder, fault=fault, first=first))
        wait_until(city.hub.has_died, what=f"the hub dies at act {first}")
        city.hub.start()
    city.check()
