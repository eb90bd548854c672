"""A process of the office whose disk fails at the n-th act, and the process after it.

``python -m tests.storage_faults.hurting [--points 1000]``: exit status 1 on any broken promise.
"""

import argparse
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from shutil import copytree, rmtree

import msgspec

from tests.storage_faults.explorer import make_template, memory_folder
from tests.storage_faults.houses import HOUSES
from tests.storage_faults.server import Job, Server
from tests.storage_faults.told import Told

ROUNDS = 4
FAULTS = ("kill", "torn", "enospc", "eio")
FULL_ACTS_MAX = 60  # so many acts a full disk refuses: a command fails at its first one or two


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """From its ``first`` act on, ``count`` acts of the disk meet ``fault``."""

    fault: str
    first: int
    count: int


class Hurt(msgspec.Struct, kw_only=True):
    """What was tried and what it broke."""

    points: int = 0
    hit: int = 0  # of them, where the fault was met
    errors: int = 0  # answers that said a command had failed
    found: list[str] = []

    def __str__(self) -> str:
        return f"disk points={self.points} hit={self.hit} errors answered={self.errors} bad={len(self.found)}"


class FailingDisk:
    """The office's work over disks that fail, one process a point."""

    def __init__(self, folder: Path, server: Server, *, house: str = "office", planted: str = "") -> None:
        self._folder = folder
        self._server = server
        self._house = house
        self._planted = planted
        make_template(folder / "template", house=house)
        self._live = folder / "live"
        undisturbed = self.work(Point(fault="", first=0, count=0))
        counted = [each.acts for each in undisturbed if each.acts is not None]
        self.acts, self.all_acts = counted[0], counted[-1]  # of the work itself, and with letting go of the disk

    def points(self, count: int, *, random: Random) -> Iterator[Point]:
        """Faults of every kind, spread over the work; what only fails is told nobody once the work is done."""
        for place in range(count):
            fault = FAULTS[place % len(FAULTS)]
            length = random.randint(1, FULL_ACTS_MAX) if fault == "enospc" else 1
            acts = self.all_acts if fault in {"kill", "torn"} else self.acts
            yield Point(fault=fault, first=random.randint(1, acts), count=length)

    def work(self, point: Point, *, rounds: int = ROUNDS) -> list[Told]:
        """What a process told that met this fault over a fresh copy of the office."""
        return self._begin(point, rounds=rounds)[1]

    def hurt(self, point: Point, result: Hurt) -> None:
        """Let the work meet the fault, hold its disk against what it told, and let the next process go on."""
        status, told = self._begin(point)
        result.points += 1
        result.hit += status != 0 or _faults(told) > 0
        result.errors += sum(each.error is not None for each in told)
        found = [*_survival(point, status, told), *self._broken(told)]
        status, after = self._run(
            Job(folder=self._live, out=self._folder / "out", house=self._house, rounds=ROUNDS, seed=2)
        )
        found += [f"afterwards: {each}" for each in self._broken([*told, *after])]
        if status != 0 or any(each.error for each in after):
            found.append(f"the process after it ended with {status}")
        result.found += [f"{point}: {each}" for each in found]

    def _broken(self, told: list[Told]) -> list[str]:
        house = HOUSES[self._house]
        with closing(sqlite3.connect(self._live / house.database)) as connection:
            return house.held(connection).against(told)

    def _begin(self, point: Point, *, rounds: int = ROUNDS) -> tuple[int, list[Told]]:
        rmtree(self._live, ignore_errors=True)
        copytree(self._folder / "template", self._live)
        job = msgspec.structs.replace(self._job(seed=1), planted=self._planted, rounds=rounds)
        return self._run(msgspec.structs.replace(job, **msgspec.structs.asdict(point)))

    def _job(self, *, seed: int) -> Job:
        return Job(folder=self._live, out=self._folder / "out", house=self._house, rounds=ROUNDS, seed=seed)

    def _run(self, job: Job) -> tuple[int, list[Told]]:
        job.out.unlink(missing_ok=True)
        end, told = self._server.run(job)
        return end.status, told


def _survival(point: Point, status: int, told: list[Told]) -> Iterator[str]:
    """A full or broken disk fails commands, never the process, and what comes after it is answered again."""
    if point.fault not in {"enospc", "eio"}:
        return
    if status != 0:
        yield f"the process ended with {status}"
    elif _faults(told) and not any(each.error for each in told):
        yield "the disk failed and nobody was told"


def _faults(told: list[Told]) -> int:
    """How often the disk failed the work itself; what fails while the process lets go of the disk, nobody waits for."""
    return sum(each.faults or 0 for each in told)


def hurt_often(folder: Path, *, points: int, seed: int, house: str = "office") -> Hurt:
    """So many faults, drawn from the seed."""
    result = Hurt()
    with Server() as server:
        failing = FailingDisk(folder, server, house=house)
        for point in failing.points(points, random=Random(seed)):
            failing.hurt(point, result)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description="A process of the office whose disk fails at the n-th act.")
    parser.add_argument("--points", type=int, default=1_000)
    parser.add_argument("--house", choices=HOUSES, default="office")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with memory_folder() as folder:
        result = hurt_often(Path(folder), points=wanted.points, seed=wanted.seed, house=wanted.house)
    sys.stdout.write("".join(f"{line}\n" for line in (*result.found, f"{wanted.house}: {result}")))
    return 1 if result.found else 0


if __name__ == "__main__":
    sys.exit(main())
