"""The line fails in every way lines do, under load; when it is mended hub and offices hold the same, once each."""

import pytest

from tests.processes.city import City, Clerks
from tests.support.faulty_proxy import WHOLE, Faults
from tests.support.processes import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

CASES = 10
BROKEN_MIN = 3  # so often a fault must have been met before the line is mended
FLAPS = 5


def work_over(city: City, faults: Faults) -> None:
    """Registrations at both offices while their lines are so."""
    for office in city.offices:
        office.line.set(faults)
    with Clerks(city.offices[0]) as here, Clerks(city.offices[1]) as there:
        here.register(CASES)
        there.register(CASES)


def broken(city: City) -> int:
    """How many connections the lines have broken."""
    return sum(office.line.broken for office in city.offices)


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(Faults(is_cut=True), id="cut"),
        pytest.param(Faults(answers_lost=1.0), id="no answer comes back"),
        pytest.param(Faults(torn_after_bytes=3_000), id="torn in the middle of requests"),
    ],
)
def test_after_a_broken_line_nothing_is_lost_or_doubled(city: City, faults: Faults):
    before = broken(city)
    work_over(city, faults)
    if not faults.is_cut:
        wait_until(lambda: broken(city) >= before + BROKEN_MIN, what="the fault is met")
    city.check()


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(Faults(lost=0.3), id="three of ten are lost"),
        pytest.param(Faults(latency_seconds=2.0), id="two seconds late"),
        pytest.param(Faults(answers_lost=0.5), id="every other answer is lost"),
        pytest.param(Faults(trickle_bytes=200), id="a trickle"),
    ],
)
def test_over_a_bad_line_everything_arrives_once(city: City, faults: Faults):
    work_over(city, faults)
    city.check_unmended()
    city.check()


def test_a_flapping_line_loses_and_doubles_nothing(city: City):
    office = city.offices[0]
    with Clerks(office) as clerks:
        for _ in range(FLAPS):
            clerks.register(3)
            office.line.set(Faults(is_cut=True))
            clerks.register(3)
            office.line.set(WHOLE)
    city.check()
