"""A city of real processes, stopped when the test ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import Hub, Office


class Processes:
    """Hub and offices of one test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.hub = Hub(folder)
        self.hub.start()
        self.offices: list[Office] = []

    def open_office(self, office_id: str) -> Office:
        office = Office(self._folder, office_id, hub=self.hub)
        self.offices.append(office)
        office.start()
        return office

    def stop(self) -> None:
        for served in (*self.offices, self.hub):
            served.stop()


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    running = Processes(tmp_path)
    yield running
    running.stop()
