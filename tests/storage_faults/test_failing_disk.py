"""A real process meets kills, torn writes, a full and a broken disk at any act: nothing that it told is absent."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.storage_faults.explorer import memory_folder
from tests.storage_faults.hurting import ROUNDS, FailingDisk, Hurt, Point, hurt_often
from tests.storage_faults.server import Server

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

POINTS = {"office": 72, "hub": 32}


@pytest.fixture
def folder() -> Iterator[Path]:
    with memory_folder() as path:
        yield Path(path)


@pytest.mark.parametrize(("house", "points"), POINTS.items())
def test_no_failing_act_of_the_disk_breaks_a_promise(folder: Path, house: str, points: int):
    hurt = hurt_often(folder, points=points, seed=1, house=house)
    assert hurt.found == [], str(hurt)
    assert hurt.points == points
    assert hurt.hit > points * 0.9, "the faults met the work"
    assert hurt.errors > points / 4, "a full or broken disk is told as an error"


def test_the_office_goes_on_when_a_full_disk_has_room_again(folder: Path):
    with Server() as server:
        failing = FailingDisk(folder, server)
        told = failing.work(Point(fault="enospc", first=failing.acts // 3, count=10), rounds=2 * ROUNDS)
    last_error = max(place for place, each in enumerate(told) if each.error)
    assert any(each.number for each in told[:last_error])
    assert any(each.number for each in told[last_error:]), "registered again, by the same process"


def test_the_checker_sees_an_answer_that_left_before_its_commit(folder: Path):
    hurt = Hurt()
    with Server() as server:
        failing = FailingDisk(folder, server, planted="early")
        for point in failing.points(20, random=Random(1)):
            failing.hurt(point, hurt)
    assert any("was acknowledged and is absent" in each for each in hurt.found), str(hurt)
