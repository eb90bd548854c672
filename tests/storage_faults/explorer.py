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

from sync.storage import Store
from tests.storage_faults.disk import read_record
from tests.storage_faults.promises import Content, broken_promises, read_content
from tests.storage_faults.server import Job, Server, read_told
from tests.storage_faults.states import Choice, Epoch, Files, build, choices, epochs
from tests.support.front_desk import MIGRATIONS, FrontDesk

MEMORY = Path("/dev/shm")  # noqa: S108 - disks are made by the ten thousand: in folders of our own, not on the disk
FOUND_MAX = 20  # a broken promise shows itself in many states
PROCESSES = 2


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the office's work: the disk before it and everything done to it since."""

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


def make_template(folder: Path) -> None:
    """An office with its reference data and numbers, at rest."""
    folder.mkdir()
    FrontDesk(folder).close()


def record_work(folder: Path, *, rounds: int, planted: str = "", is_first_start: bool = False) -> Recording:
    """Let a process work over a copy of the template, or found the office itself; record its disk."""
    before, live = folder / "template", folder / "live"
    if is_first_start:
        before.mkdir()
    else:
        make_template(before)
    copytree(before, live)
    recording = Recording(before=str(before), journal=str(folder / "journal"))
    job = Job(folder=live, out=folder / "out", journal=Path(recording.journal), rounds=rounds, planted=planted)
    with Server() as server:
        end, _ = server.run(job)
    assert end.status == 0, (folder / "out").read_text()
    return recording


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
        examiner = _Examiner(Path(folder))
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

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.contents: dict[bytes, Content] = {}

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
            with closing(sqlite3.connect(self._folder / "node.db")) as connection:
                return list(broken_promises(self._content(connection), read_told(told)))
        except sqlite3.Error as error:
            return [f"SQLite: {error}"]

    def _content(self, connection: sqlite3.Connection) -> Content:
        if connection.execute("select count(*) from sqlite_master").fetchone()[0] == 0:  # recovers the log, too
            return Content(faults=tuple(self._start()))
        key = hashlib.blake2b(connection.serialize()).digest()
        if key not in self.contents:
            content = read_content(connection)
            self.contents[key] = structs.replace(content, faults=(*content.faults, *self._start()))
        return self.contents[key]

    def _start(self) -> Iterator[str]:
        """A node starts over this disk, or says why not."""
        try:
            Store(self._folder / "node.db", MIGRATIONS).close()
        except sqlite3.Error as error:
            yield f"the node does not start: {error}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Every disk that a power cut may leave behind.")
    parser.add_argument("--states", type=int)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with memory_folder() as folder:
        recording = record_work(Path(folder), rounds=wanted.rounds)
        explored = explore(recording, states=wanted.states, seed=wanted.seed)
    sys.stdout.write("".join(f"{line}\n" for line in (*explored.found, str(explored))))
    return 1 if explored.bad else 0


if __name__ == "__main__":
    sys.exit(main())
