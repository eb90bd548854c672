"""A warm interpreter with the library preloaded: for each line of JSON it forks a process that works over a disk.

``python -m tests.storage_faults.server``: a `Job` a line in, an `End` a line out.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Self

import msgspec

from tests.storage_faults import disk
from tests.storage_faults.houses import HOUSES
from tests.storage_faults.told import Told, read_told, tell


class Job(msgspec.Struct, kw_only=True):
    """Work over ``folder`` for some rounds, told into ``out``; the disk fails as asked."""

    folder: Path
    out: Path
    journal: Path | None = None
    fault: str = ""
    first: int = 0
    count: int = 0
    seed: int = 1
    rounds: int = 4
    house: str = "office"
    planted: str = ""


class End(msgspec.Struct, kw_only=True):
    """How the process ended: its exit status, negative where a signal ended it."""

    status: int


class Server:
    """The warm interpreter, from outside."""

    def __enter__(self) -> Self:
        environment = {**os.environ, **disk.preloading()}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.storage_faults.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            cwd=Path(__file__).parents[2],
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, job: Job) -> tuple[End, list[Told]]:
        """How the process ended and what it told before."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(job, enc_hook=str) + b"\n")
        self._process.stdin.flush()
        end = msgspec.json.decode(self._process.stdout.readline(), type=End)
        return end, read_told(job.out.read_bytes())


def _work(job: Job) -> None:
    os.dup2(os.open(job.out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 1)
    disk.arm(job.folder, journal=job.journal, fault=job.fault, first=job.first, count=job.count)
    work = HOUSES[job.house].works[job.planted](job.folder, seed=job.seed)
    work.live(job.rounds)
    tell(Told(faults=disk.faults(), acts=disk.acts()))
    work.close()
    tell(Told(acts=disk.acts()))


def main() -> None:
    for line in sys.stdin.buffer:
        job = msgspec.json.decode(line, type=Job, dec_hook=lambda kind, text: kind(text))
        child = os.fork()
        if child == 0:
            _work(job)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        end = End(status=os.waitstatus_to_exitcode(status))
        sys.stdout.buffer.write(msgspec.json.encode(end) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
