"""A file beside the database that tells a restored, copied or moved database from the one this node last wrote to.

A database copied back from a backup, or a disk copied to another machine, knows nothing of what it forgot. The file
says which incarnation wrote last, on which machine, and how far; it lags behind by a minute at most and is never ahead,
so a database that stands before it was restored. What it cannot see, because the file was restored with it or not a
minute passed, the hub sees at the next greeting.
"""

import hashlib
import os
from functools import partial
from pathlib import Path

import msgspec

from sync.replication.incarnation import begin_incarnation
from sync.storage import Store, replica
from sync.storage.replica import Stream

FILE_NAME = "incarnation.json"
LAG_SECONDS_MAX = 60.0  # how much work a restored database may lack without being told apart here


class Sentinel(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote last; ``machine`` is a digest of the machine's id, which is nobody else's business."""

    incarnation: str
    machine: str
    oseq: int


class Watch:
    """The file in ``folder``, on the machine of this id."""

    def __init__(self, folder: Path, *, machine_id: str) -> None:
        self._path = folder / FILE_NAME
        self._machine = hashlib.sha256(f"vikno-sentinel\n{machine_id}".encode()).hexdigest()[:32]
        self._written: Sentinel | None = None

    def is_same_life(self, stream: Stream) -> bool:
        """Whether this database is the one the file speaks of; without a file, or with a broken one, it is not."""
        try:
            last = msgspec.json.decode(self._path.read_bytes(), type=Sentinel)
        except (FileNotFoundError, msgspec.MsgspecError):
            return False
        is_ours = (last.incarnation, last.machine) == (stream.incarnation, self._machine)
        return is_ours and last.oseq <= stream.oseq

    def note(self, stream: Stream) -> None:
        """Write down durably how far the database stands, where that has changed."""
        wanted = Sentinel(incarnation=stream.incarnation, machine=self._machine, oseq=stream.oseq)
        if wanted == self._written:
            return
        partial_path = self._path.with_suffix(".partial")
        with partial_path.open("wb") as file:
            file.write(msgspec.json.encode(wanted))
            file.flush()
            os.fsync(file.fileno())
        partial_path.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._written = wanted


def live_on(store: Store, watch: Watch, *, incarnation: str) -> bool:
    """Begin as ``incarnation`` where the database is not the one this node last wrote to; whether it is."""
    is_same = watch.is_same_life(store.read_now(replica.stream))
    if not is_same:
        store.run_now(partial(begin_incarnation, incarnation=incarnation))
    watch.note(store.read_now(replica.stream))
    return is_same
