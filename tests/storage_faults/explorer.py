"""Every disk that a power cut may leave behind, opened and held against what had been told.

``python -m tests.storage_faults.explorer [--states 20000]``: without a number, all systematic states; exit status 1 on
any that breaks a promise.
"""

import argparse
import hashlib
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from random import Random
from shutil import copytree, rmtree

import msgspec
from msgspec import structs
from sqlalchemy.exc import SQLAlchemyError

from tests.storage_faults.disk import read_record
from tests.storage_faults.houses import HOUSES, Held, House
from tests.storage_faults.server import Job, Server
from tests.storage_faults.states import Choice, Epoch, Files, build, choices, epochs
from tests.storage_faults.told import read_told

MEMORY = Path("/dev/shm")  # noqa: S108 - disks are made by the ten thousand: in folders of our own, not on the disk
FOUND_MAX = 20  # a broken promise shows itself in many states
PROCESSES = 2


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the office's work: the disk before it and everything done to it since."""

    house: str
    before: str
    journal: str


class Explored(msgspec.Struct, kw_only=True):
    """What was looked at, and what was found: one line per bad state, the first of them only."""

    states: int = 0
    contents: int = 0
    bad: int = 0
    found: list[str] = []

    def __str__(self) -> str:
        return f"disk states={self.states} contents={self.contents} bad={self.bad}"


def memory_folder() -> "tempfile.TemporaryDirectory[str]":
    """A folder that costs no disk, where there is one."""
    return tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)


def make_template(folder: Path, *, house: str) -> None:
    """The house founded, at rest."""
    folder.mkdir()
    HOUSES[house].found(folder)


def record_work(folder: Path, *, rounds: int, house: str = "office", planted: str = "") -> Recording:
    """Let a process work over a house just founded; record its disk."""
    make_template(folder / "template", house=house)
    return _record(folder, Job(folder=folder / "live", out=folder / "out", house=house, rounds=rounds, planted=planted))


def record_first_start(folder: Path) -> Recording:
    """Let a process found the office itself, from an empty disk."""
    (folder / "template").mkdir()
    return _record(folder, Job(folder=folder / "live", out=folder / "out", rounds=1))


def _record(folder: Path, job: Job) -> Recording:
    copytree(folder / "template", job.folder)
    journal = folder / "journal"
    with Server() as server:
        end, _ = server.run(structs.replace(job, journal=journal))
    assert end.status == 0, job.out.read_text()
    return Recording(house=job.house, before=str(folder / "template"), journal=str(journal))


def explore(recording: Recording, *, states: int | None, seed: int) -> Explored:
    """At least ``states`` disks of this run where there are as many, all systematic ones without a number."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        shares = [pool.submit(explore_share, recording, share, states, seed) for share in range(PROCESSES)]
        parts = [share.result() for share in shares]
    return Explored(
        states=sum(part.states for part in parts),
        contents=max(part.contents for part in parts),
        bad=sum(part.bad for part in parts),
        found=[line for part in parts for line in part.found],
    )


def explore_share(recording: Recording, share: int, states: int | None, seed: int) -> Explored:
    """One process's share: every n-th disk."""
    before = {path.name: path.read_bytes() for path in Path(recording.before).iterdir()}
    stretches = list(epochs(before, read_record(Path(recording.journal))))
    random = Random(seed)
    chosen = [choices(epoch, random=random) for epoch in stretches]
    most = _per_epoch([len(each) for each in chosen], states)
    explored = Explored()
    with memory_folder() as folder:
        examiner = _Examiner(Path(folder), HOUSES[recording.house])
        for epoch, all_choices in zip(stretches, chosen, strict=True):
            drawn = all_choices if len(all_choices) <= most else random.sample(all_choices, most)
            for choice in drawn[share::PROCESSES]:
                examiner.examine(epoch, choice, explored)
    explored.contents = len(examiner.contents)
    return explored


def _per_epoch(counts: list[int], states: int | None) -> int:
    """The smallest limit per epoch that leaves ``states`` in all."""
    most = max(counts)
    if states is None or sum(counts) <= states:
        return most
    return next(limit for limit in range(most + 1) if sum(min(count, limit) for count in counts) >= states)


class _Examiner:
    """Opens disks; what a content promises is read once, however many disks recover to it."""

    def __init__(self, folder: Path, house: House) -> None:
        self._folder = folder
        self._house = house
        self.contents: dict[bytes, Held] = {}

    def examine(self, epoch: Epoch, choice: Choice, explored: Explored) -> None:
        explored.states += 1
        broken = self._broken(build(epoch, choice), epoch.told)
        if broken:
            explored.bad += 1
            if len(explored.found) < FOUND_MAX:
                explored.found.append(f"{choice} of {len(epoch.acts)} acts: {broken[0]}")

    def _broken(self, files: Files, told: bytes) -> list[str]:
        rmtree(self._folder)
        self._folder.mkdir()
        for name, data in files.items():
            (self._folder / name).write_bytes(data)
        try:
            with closing(sqlite3.connect(self._folder / self._house.database)) as connection:
                return self._held(connection).against(read_told(told))
        except sqlite3.Error as error:
            return [f"SQLite: {error}"]

    def _held(self, connection: sqlite3.Connection) -> Held:
        if connection.execute("select count(*) from sqlite_master").fetchone()[0] == 0:  # recovers the log, too
            return structs.replace(self._house.held(connection), more=tuple(self._start()))
        key = hashlib.blake2b(connection.serialize()).digest()
        if key not in self.contents:
            held = self._house.held(connection)
            self.contents[key] = structs.replace(held, more=tuple(self._start()))
        return self.contents[key]

    def _start(self) -> Iterator[str]:
        """The next process starts over this disk, or says why not."""
        try:
            self._house.start(self._folder)
        except (sqlite3.Error, SQLAlchemyError) as error:
            yield f"the next process does not start: {error}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Every disk that a power cut may leave behind.")
    parser.add_argument("--states", type=int)
    parser.add_argument("--house", choices=HOUSES, default="office")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with memory_folder() as folder:
        recording = record_work(Path(folder), rounds=wanted.rounds, house=wanted.house)
        explored = explore(recording, states=wanted.states, seed=wanted.seed)
    sys.stdout.write("".join(f"{line}\n" for line in (*explored.found, f"{wanted.house}: {explored}")))
    return 1 if explored.bad else 0


if __name__ == "__main__":
    sys.exit(main())
