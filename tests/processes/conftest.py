"""One city for all of the folder: every test leaves it whole. As root, hub and first office have small disks."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.processes.city import City

DISK_BYTES = 96 << 20


@pytest.fixture(scope="package")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as path:
        yield Path(path)


@pytest.fixture(scope="package")
def small_disks(folder: Path) -> Iterator[dict[str, Path]]:
    """File systems of their own, in memory, under what hub and office will write to; none where they cannot be had."""
    with ExitStack() as mounted:
        disks = {name: folder / name for name in ("hub", "SHV")}
        for disk in disks.values():
            disk.mkdir()
            command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(disk)]
            if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
                disks = {}
                break
            mounted.callback(subprocess.run, ["umount", "--lazy", str(disk)], check=True)
        yield disks


@pytest.fixture(scope="package")
def city(folder: Path, small_disks: dict[str, Path]) -> Iterator[City]:
    running = City(folder)
    running.open_office("SHV")
    running.open_office("KYV")
    yield running
    running.close()
