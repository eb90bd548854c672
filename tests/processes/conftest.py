"""One city for the tests that leave it whole; those that fill its disks make their own."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.processes.city import City


@pytest.fixture(scope="package")
def city() -> Iterator[City]:
    with TemporaryDirectory() as folder:
        running = City(Path(folder))
        running.open_office("SHV")
        running.open_office("KYV")
        yield running
        running.close()
