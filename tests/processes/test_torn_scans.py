"""A scan whose way to the hub is torn again and again arrives whole."""

import pytest

from tests.processes.city import City, Clerks
from tests.processes.tearing import tear_uploads

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

TEARS = 10


def test_a_scan_torn_ten_times_anywhere_arrives_whole(city: City):
    with Clerks(city.offices[0]) as clerks:
        clerks.register(1)
    assert tear_uploads(city, tears=TEARS, seed=1) >= 1
    city.check()
