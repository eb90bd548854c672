"""A disk without room: who cannot store says so and lives, and goes on when there is room again; nothing is lost."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.processes.city import City, Clerks
from tests.support.processes import wait_until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk"),
]

DISK_BYTES = 64 << 20
REFUSALS_MIN = 5


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own under ``folder``."""
    folder.mkdir()
    size = f"size={DISK_BYTES}"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """A file that takes all the room there is."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return ballast


@pytest.fixture
def folder() -> Path:
    return Path(mkdtemp(prefix="vikno-"))


def test_a_full_disk_at_the_office_is_said_and_survived(folder: Path):
    with small_disk(folder / "SHV") as disk:
        city = City(folder)
        try:
            office = city.open_office("SHV")
            with Clerks(office) as clerks:
                clerks.register(5)
                before, refused = len(office.answered), office.refused.total()
                ballast = fill(disk)
                wait_until(lambda: office.refused.total() >= refused + REFUSALS_MIN, what="the clerks are told")
                ballast.unlink()
                clerks.register(10)
            assert len(office.answered) > before
            city.check()
        finally:
            city.close()


def test_a_full_disk_at_the_hub_is_survived_and_the_office_goes_on(folder: Path):
    with small_disk(folder / "hub") as disk:
        city = City(folder)
        try:
            office = city.open_office("SHV")
            with Clerks(office) as clerks:
                clerks.register(5)
                ballast = fill(disk)
                clerks.register(20)
                waiting = office.rows("select count(*) from replica_operations where state = 'waiting'")
                assert waiting != [(0,)], "the hub takes nothing"
                ballast.unlink()
            city.check()
        finally:
            city.close()
