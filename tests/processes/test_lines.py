"""The line fails in every way lines do, under load; when it is mended hub and offices hold the same, once each."""

import pytest

from tests.processes.city import City, Clerks
from tests.support.faulty_proxy import WHOLE, Faults
from tests.support.processes import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

CASES = 15
BROKEN_MIN = 3  # so often a fault must have been met before the line is mended
FLAPS = 6


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(Faults(is_cut=True), id="cut"),
        pytest.param(Faults(lost=0.3), id="three of ten are lost"),
        pytest.param(Faults(latency_seconds=2.0), id="two seconds late"),
        pytest.param(Faults(answers_lost=1.0), id="no answer comes back"),
        pytest.param(Faults(answers_lost=0.5), id="every other answer is lost"),
        pytest.param(Faults(trickle_bytes=200), id="a trickle"),
        pytest.param(Faults(torn_after_bytes=3_000), id="torn in the middle of requests"),
    ],
)
def test_a_failing_line_loses_and_doubles_nothing(city: City, faults: Faults):
    for office in city.offices:
        office.line.set(faults)
    broken = sum(office.line.broken for office in city.offices)
    with Clerks(city.offices[0]) as here, Clerks(city.offices[1]) as there:
        here.register(CASES)
        there.register(CASES)
        if faults.lost or faults.answers_lost or faults.torn_after_bytes:
            wait_until(
                lambda: sum(office.line.broken for office in city.offices) >= broken + BROKEN_MIN,
                what="the fault is met",
            )
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
