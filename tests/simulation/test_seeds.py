"""Seeded days of a city under faults: nothing is lost, doubled or different; and the checker sees what is."""

from pathlib import Path

import pytest

from tests.simulation.city import City


@pytest.mark.parametrize("seed", range(1, 5))
def test_a_day_of_faults_ends_with_one_city(tmp_path: Path, seed: int):
    city = City(tmp_path, seed=seed, offices=3)
    try:
        summary = city.live(days=1)
    finally:
        city.close()
    assert summary.is_clean, f"make simulate SEED={seed} OFFICES=3: {summary}"
    assert summary.operations > 100
    assert summary.faults > 20


def test_a_restored_hub_is_told_again_what_it_forgot(tmp_path: Path):
    city = City(tmp_path, seed=3, offices=2)
    try:
        city.heal()
        city.back_up_hub()
        for office in city.offices:
            number = office.accept_case(pickup_office_id=city.offices[0].office_id)
            assert number is not None
            city.numbers.add(number)
        city.heal()
        city.restore_hub()
        city.inspect()
        assert city.summary.lost == 2
        city.summary.lost = city.summary.diverged = 0
        city.heal()
        city.inspect()
    finally:
        city.close()
    assert city.summary.is_clean, city.summary


def test_the_checker_sees_a_case_that_the_hub_never_stored(tmp_path: Path):
    city = City(tmp_path, seed=1, offices=2)
    try:
        number = city.offices[0].accept_case(pickup_office_id=city.offices[0].office_id)
        assert number is None, "without a greeting an office has no numbers"
        city.heal()
        number = city.offices[0].accept_case(pickup_office_id=city.offices[0].office_id)
        assert number is not None
        city.numbers.add(number)
        city.inspect()
    finally:
        city.close()
    assert city.summary.lost == 1
    assert city.summary.diverged == 1


def test_the_checker_sees_a_number_given_twice(tmp_path: Path):
    city = City(tmp_path, seed=1, offices=1)
    try:
        city.heal()
        first = city.offices[0].accept_case(pickup_office_id=city.offices[0].office_id)
        city.offices[0].store.run_now(lambda tx: tx.execute("update replica_leases set next = next - 1"))
        second = city.offices[0].accept_case(pickup_office_id=city.offices[0].office_id)
        city.heal()
        city.inspect()
    finally:
        city.close()
    assert first == second
    assert city.summary.quarantined == 1
