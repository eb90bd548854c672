"""A disk without room: who cannot store says so and lives, and goes on when there is room again; nothing is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes.city import City, Clerks
from tests.support.processes import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

REFUSALS_MIN = 5


@contextmanager
def no_room(disk: Path) -> Iterator[None]:
    """A file takes all the room there is."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    try:
        yield
    finally:
        ballast.unlink()


@pytest.fixture
def disks(small_disks: dict[str, Path]) -> dict[str, Path]:
    if not small_disks:
        pytest.skip("only root may mount a small disk")
    return small_disks


def test_a_full_disk_at_the_office_is_said_and_survived(city: City, disks: dict[str, Path]):
    office = city.offices[0]
    with Clerks(office) as clerks:
        clerks.register(3)
        process = office.process.pid
        with no_room(disks["SHV"]):
            refused = office.refused.copy()
            wait_until(lambda: office.refused[507] >= refused[507] + REFUSALS_MIN, what="the clerks are told")
            assert office.refused - refused == {507: office.refused[507] - refused[507]}, "nothing else is said"
        clerks.register(5)
    assert office.process.pid == process
    assert office.process.is_ready()
    city.check()


def test_a_full_disk_at_the_hub_is_survived_and_the_office_goes_on(city: City, disks: dict[str, Path]):
    office = city.offices[0]
    with Clerks(office) as clerks:
        clerks.register(3)
        with no_room(disks["hub"]):
            clerks.register(10)
            waiting = office.rows("select count(*) from replica_operations where state = 'waiting'")
            assert waiting != [(0,)], "the hub takes nothing"
    city.check()
