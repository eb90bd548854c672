"""The merging process as the app sees it: woken, heard, started again; what killed it twice is set apart."""

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from contextlib import suppress
from functools import partial

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from central_hub.merging.sign import Sign, wait_while
from central_hub.merging.worker import BATCH_MAX, Orders, Word
from central_hub.node_gateway.commands import set_apart
from central_hub.storage import HubStore
from central_hub.storage.engine import is_sqlite
from central_hub.storage.replica import FeedGrew
from sync.ambient import Clock

DEATHS_MAX = 2  # once may be chance: the power, the memory, a person
PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX = 0.2, 30.0
LIVED_SECONDS = 10.0  # a hundred batches: what ends who worked so long does not end it at its start
HUNG_SECONDS = 60.0  # a batch takes a tenth of a second
STOP_SECONDS_MAX = 10.0
LINE_BYTES_MAX = 1 << 20
KILLS_THE_WORKER = "kills-the-worker"

_log = logging.getLogger(__name__)


def pause_after(pause_seconds: float, *, lived_seconds: float) -> float:
    """How long to wait before the next start: longer each time that the worker ends as soon as it begins, else hardly.

    Deaths that are rare are not added up, however many they become in a month.
    """
    if lived_seconds >= LIVED_SECONDS:
        return PAUSE_SECONDS_MIN
    return min(max(2 * pause_seconds, PAUSE_SECONDS_MIN), PAUSE_SECONDS_MAX)


class SupervisedMerger:
    """Runs the merging process until cancelled."""

    def __init__(self, store: HubStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._sign = Sign.new()
        self._deaths: Counter[str] = Counter()
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """The worker at work."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def appended(self) -> None:
        """There is something to merge; a worker that is about to start will find it by itself."""
        pipe = self._process.stdin if self._process else None
        if pipe is not None and not pipe.is_closing():
            pipe.write(b"\n")

    async def run(self) -> None:
        """Start the worker, and again whenever it ends."""
        self._store.watch_writes(self._begin_writing, self._sign.end_writing)
        loop, pause, singly = asyncio.get_running_loop(), 0.0, 0
        try:
            while True:
                begun_at = loop.time()
                await self._work(singly=singly)
                singly = BATCH_MAX
                pause = pause_after(pause, lived_seconds=loop.time() - begun_at)
                await self._look_at_death()
                await asyncio.sleep(pause)
        finally:
            await self._stop()
            self._sign.close()

    def _begin_writing(self) -> None:
        """Have the worker give way after its batch; only SQLite lets one alone write."""
        self._sign.begin_writing()
        if is_sqlite(self._store.database_url):
            wait_while(lambda: self._sign.is_merging)

    async def _work(self, *, singly: int) -> None:
        """Until the worker's end."""
        self._sign.show_operation("")
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "central_hub.merging"),
            stdin=PIPE,
            stdout=PIPE,
            pass_fds=(self._sign.descriptor,),
            limit=LINE_BYTES_MAX,
        )
        orders = Orders(database_url=self._store.database_url, sign=self._sign.descriptor, singly=singly)
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("a process with pipes has none")
        self._process.stdin.write(msgspec.json.encode(orders) + b"\n")
        at = ""
        while True:
            try:
                async with asyncio.timeout(HUNG_SECONDS):
                    line = await self._process.stdout.readline()
            except TimeoutError:
                if at and at == self._sign.operation_id:
                    self._process.kill()
                at = self._sign.operation_id
                continue
            if not line:
                break
            self._store.announce(FeedGrew(scopes=msgspec.json.decode(line, type=Word).scopes))
        await self._process.wait()
        self._sign.end_merging()

    async def _look_at_death(self) -> None:
        operation_id = self._sign.operation_id
        _log.error("the merging process ended at operation %s", operation_id or "none")
        if not operation_id:
            return
        self._deaths[operation_id] += 1
        if self._deaths[operation_id] >= DEATHS_MAX:
            now = self._clock.now()
            try:
                await self._store.run(partial(set_apart, operation_id=operation_id, code=KILLS_THE_WORKER, now=now))
            except SQLAlchemyError as error:  # no room on the disk, perhaps: tried again at its next death
                _log.error("operation %s could not be set apart: %s", operation_id, type(error).__name__)
                return
            del self._deaths[operation_id]

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(STOP_SECONDS_MAX):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
