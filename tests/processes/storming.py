"""A storm over one office from the command line: how much, which seed; exit status 1 on anything lost or doubled."""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from tests.processes.city import City, LinedOffice
from tests.support.processes import NotInTimeError


class Storm(Protocol):
    """Figures of one line; raises NotInTimeError with what is lost or doubled."""

    def __call__(self, office: LinedOffice, *, count: int, seed: int) -> str: ...


def run(storm: Storm, *, description: str, what: str, count: int) -> int:
    """Let it blow over an office of its own; ``--<what>`` says how much, by default ``count``."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(f"--{what}", dest="count", type=int, default=count)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder, ExitStack() as running:
        city = City(Path(folder))
        running.callback(city.close)
        try:
            figures = storm(city.open_office("SHV"), count=wanted.count, seed=wanted.seed)
        except NotInTimeError as found:
            sys.stdout.write(f"{found}\n")
            return 1
    sys.stdout.write(f"{figures}\n")
    return 0
