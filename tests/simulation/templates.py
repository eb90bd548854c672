"""Migrated databases to copy: a hub with the offices of the city, and a node without a stream."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from central_hub.directory.commands import put_office
from central_hub.storage import replica
from central_hub.storage.transaction import Transaction
from sync.vocabulary.office import OFFICES
from tests.simulation.hub import open_hub
from tests.simulation.office import open_node
from tests.support.clock import HandClock, SeededIds

FAST_DISK = Path("/dev/shm")  # noqa: S108 - memory: a sync costs nothing, and is asked for all the same


def scratch_folder() -> "tempfile.TemporaryDirectory[str]":
    """A folder for one city, on the fastest disk there is."""
    return tempfile.TemporaryDirectory(prefix="vikno-city-", dir=FAST_DISK if FAST_DISK.is_dir() else None)


@cache
def _templates() -> "tempfile.TemporaryDirectory[str]":
    folder = scratch_folder()
    clock = HandClock()
    ids = SeededIds(clock, seed=0)

    def found_city(tx: Transaction) -> None:
        replica.begin(tx, incarnation=ids.new())
        for office in OFFICES:
            put_office(tx, office, ids=ids, now=clock.now())

    hub = open_hub(Path(folder.name) / "hub.sqlite")
    hub.run_now(found_city)
    hub.close()
    open_node(Path(folder.name) / "node.sqlite").close()
    return folder


def place(kind: str, path: Path) -> Path:
    """A fresh database of this kind ("hub", "node") at ``path``."""
    shutil.copyfile(Path(_templates().name) / f"{kind}.sqlite", path)
    return path
