"""Payments while the terminal's cable is cut after any byte, and node and drivers are killed."""

import pytest

from tests.processes.city import City
from tests.processes.paying import storm

pytestmark = [pytest.mark.processes, pytest.mark.timeout(900)]

CHARGES = 100


def test_a_hundred_payments_under_faults_are_in_the_ledger_as_at_the_terminal(city: City):
    assert f"charges={CHARGES}" in storm(city.offices[0], count=CHARGES, seed=1)
