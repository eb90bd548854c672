"""One act of a device in three ways: its bytes said by hand, through the driver, through the whole office."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import msgspec

from tests.benchmarks.measure import Figures, percentile, utc_now

ROUNDS = 3


class Simulated(Protocol):
    """A simulator that listens."""

    @property
    def address(self) -> str:
        """Host and port."""
        ...


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """A device begun in a folder, and seconds of each act done in the three ways."""

    device: Callable[[Path], AbstractContextManager[Simulated]]
    by_hand: Callable[[str], list[float]]
    by_driver: Callable[[str], list[float]]
    by_office: Callable[[Path], Awaitable[list[float]]]


def note_ways(folder: Path, ways: Ways, *, driver: str, office: str) -> None:
    """Write down the medians of rounds, by hand as the floor; ``driver`` and ``office`` name the figures."""
    floors, drivers, offices = [], [], []
    for number in range(ROUNDS):
        with ways.device(folder / f"by-hand-{number}") as device:
            floors.append(percentile(ways.by_hand(device.address), 50))
        with ways.device(folder / f"by-driver-{number}") as device:
            drivers.append(percentile(ways.by_driver(device.address), 50))
        office_folder = folder / f"by-office-{number}"
        office_folder.mkdir()
        offices.append(percentile(asyncio.run(_done(ways, office_folder)), 50))
    figures = Figures()
    figures.note(f"{driver}, p50", drivers, "ms", floors=floors)
    figures.note(f"{office}, p50", offices, "ms", floors=floors)
    figures.write(now=utc_now())


async def _done(ways: Ways, folder: Path) -> list[float]:
    return await ways.by_office(folder)
