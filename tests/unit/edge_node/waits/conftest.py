from collections.abc import Sequence
from pathlib import Path

import pytest

from edge_node.waits.days import Day, read_days
from tests.support.municipal import municipal_folder

TICKETS = "office,queue,date,ticket,issued_minute,called_minute"
DESKS = "office,queue,date,minute,open_desks,published_minutes"
MONDAY = "2020-01-06"


class Files:
    """A ticket file and a desk file, written line by line."""

    def __init__(self, folder: Path) -> None:
        self.tickets, self.desks = folder / "tickets.csv", folder / "desks.csv"
        self._tickets: list[str] = []
        self._desks: list[str] = []

    def ticket(self, issued: float, called: float | None, *, queue: str = "Q1", day: str = MONDAY, office: str = "O1"):
        place = len(self._tickets) + 1
        self._tickets.append(f"{office},{queue},{day},{place},{issued},{'' if called is None else called}")

    def open(
        self,
        minute: int,
        count: int,
        *,
        queue: str = "Q1",
        day: str = MONDAY,
        office: str = "O1",
        published: int | str = 10,
    ):
        self._desks.append(f"{office},{queue},{day},{minute},{count},{published}")

    def day(self, *, day: str = MONDAY, people: int = 60, every: float = 5, service: float = 8, office: str = "O1"):
        """Two desks; the line grows while people come faster than they are called."""
        self.open(480, 2, day=day, office=office)
        free = [480.0, 480.0]
        for number in range(people):
            issued = 480 + number * every
            free.sort()
            called = max(issued, free[0])
            free[0] = called + service + number % 4
            self.ticket(issued, round(called, 2), day=day, office=office)

    def write(self) -> "Files":
        self.tickets.write_text("\n".join((TICKETS, *self._tickets, "")), encoding="utf-8")
        self.desks.write_text("\n".join((DESKS, *self._desks, "")), encoding="utf-8")
        return self

    def days(self) -> Sequence[Day]:
        self.write()
        return read_days(self.tickets, self.desks)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.fixture(scope="session")
def municipal() -> Path:
    """The folder of the real ticket files, which the project does not ship."""
    return municipal_folder()
