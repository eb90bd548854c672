"""Seeded days on which clerks scan: the hub has the bytes of every scan, whole, before anybody lets go of them."""

from pathlib import Path

import pytest

from tests.simulation.city import City
from tests.simulation.files import SCAN_BYTES, DaysWithFiles
from tests.simulation.runs import run
from tests.simulation.weather import CALM

SEEDS = (1, 2, 3, 5, 8, 13)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
def test_scans_reach_the_hub_whole_over_any_line(seed: int) -> None:
    summary = run(seed, offices=3, days=1, life=DaysWithFiles)
    assert summary.is_clean, "\n".join(summary.examples)


def test_a_scan_reaches_the_hub_though_its_office_lost_the_case_meanwhile(tmp_path: Path) -> None:
    city = City(tmp_path, seed=3, offices=2, weather=CALM)
    days = DaysWithFiles(city)
    days.heal()
    home, guest = city.offices
    assert home.accept_case(pickup_office_id=guest.office_id) is not None
    days.heal()
    scanned = days.files[1].scan()
    assert scanned is not None
    assert guest.edit(scanned[0], "pickup_office_id", home.office_id)
    days.heal()
    assert guest.case_ids() == []
    assert city.hub.files.folder.size(scanned[1]) == SCAN_BYTES
    days.inspect()
    assert days.summary.violations == {}
    city.close()
