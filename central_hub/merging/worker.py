"""The merging process: merges when woken by a byte, tells after each commit whom it concerns, ends with its parent.

An operation can be made that kills the interpreter from within native code; here it takes no page and no poll with it.
Started as ``python -m central_hub.merging``; its first line of input says which database, every later byte that
there is work. SQLite has one writer: the app's commands come first, and a batch is short.
"""

import gc
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import msgspec
from sqlalchemy.exc import OperationalError

from central_hub.merging.sign import Sign, wait_while
from central_hub.node_gateway.commands import merge_received
from central_hub.storage import HubStore, Transaction
from central_hub.storage.engine import is_locked
from central_hub.storage.replica import FeedGrew
from sync.ambient import SystemClock

T = TypeVar("T")

BATCH_FIRST, BATCH_MAX = 100, 500
BATCH_SECONDS = 0.05  # of work: so long may the app wait for the database
BUSY_SECONDS = 4 * BATCH_SECONDS
GARBAGE_THRESHOLD = 50_000  # a batch makes tens of thousands of small values and hardly a circle among them
INPUT = 0
WAKE_BYTES_MAX = 4096


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What the parent says at the start."""

    database_url: str
    sign: int  # descriptor of the shared bytes
    singly: int = 0  # after a death so many operations are merged one by one: the next says by itself at which it died


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What the worker says after a commit."""

    scopes: frozenset[str]


def main() -> None:
    """Merge until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C and systemd reach the whole group: the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    orders = msgspec.json.decode(_first_line(), type=Orders)
    sign, store = Sign(orders.sign), HubStore(orders.database_url)
    store.subscribe(FeedGrew, _tell)
    store.watch_writes(partial(_begin_merging, sign), sign.end_merging)
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    try:
        _merge_until_closed(store, sign, singly=orders.singly)
    except OperationalError:  # the disk, or the line to the database: no operation's doing
        sign.show_operation("")
        raise
    finally:
        store.close()


def _first_line() -> bytes:
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(INPUT, 1)):
        line += byte
    return line


def _merge_until_closed(store: HubStore, sign: Sign, *, singly: int) -> None:
    clock, batch = SystemClock(), BATCH_FIRST
    while True:
        begun = time.process_time()
        while merged := when_free(
            store, partial(merge_received, limit=1 if singly > 0 else batch, now=clock.now(), note=sign.show_operation)
        ):
            singly -= merged
            if merged == batch:
                batch = next_batch(batch, seconds=time.process_time() - begun)
            if _is_closed():
                return
            begun = time.process_time()
        if not os.read(INPUT, WAKE_BYTES_MAX):
            return


def when_free(store: HubStore, command: Callable[[Transaction], T]) -> T:
    """What ``command`` answers, however long another process holds the database.

    Who ends is started again after ever longer pauses: a lock, on a disk that is slow today, is no reason to.
    """
    while True:
        try:
            return store.run_now(command)
        except OperationalError as error:
            if not is_locked(error):
                raise


def next_batch(size: int, *, seconds: float) -> int:
    """How many operations to merge at once after ``size`` took so long: a commit costs as much for one as for all.

    A machine that is busy with other things gets no smaller batches than the first, which would only cost it more.
    """
    fitting = int(size * BATCH_SECONDS / max(seconds, BATCH_SECONDS / BATCH_MAX))
    if seconds * BATCH_FIRST < BUSY_SECONDS * size:
        fitting = max(fitting, BATCH_FIRST)
    return max(1, min(fitting, 2 * size, BATCH_MAX))


def _is_closed() -> bool:
    is_readable = bool(select.select([INPUT], [], [], 0)[0])
    return is_readable and not os.read(INPUT, WAKE_BYTES_MAX)


def _begin_merging(sign: Sign) -> None:
    """The app's commands come first."""
    wait_while(lambda: sign.is_writing)
    sign.begin_merging()


def _tell(grew: FeedGrew) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(Word(scopes=grew.scopes)) + b"\n")
    sys.stdout.buffer.flush()
