"""Tickets while paper ends, the printer loses power, confirmations are lost, and node and drivers are killed."""

import pytest

from tests.processes.city import City
from tests.processes.printing import storm

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]

TICKETS = 50


def test_fifty_tickets_under_faults_come_out_once_and_stand_in_the_journal(city: City):
    assert f"tickets={TICKETS}" in storm(city.offices[0], count=TICKETS, seed=1)
