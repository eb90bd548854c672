"""What becomes of copies after the page has answered: the print system is asked, until it or a person tells."""

import asyncio
import shutil
from datetime import timedelta
from functools import partial
from pathlib import Path

from device_drivers.client import DevicesClient
from device_drivers.errors import DeviceError
from edge_node.copying import commands, queries
from edge_node.copying.model import PRINTER, CopyRun, CopyState, ended_as
from sync.ambient import Clock
from sync.storage import Store

ASK_AGAIN_SECONDS = 10.0  # a queued run waits for paper; nobody stands and waits for this
ASK_ABOUT_UNKNOWN_FOR = timedelta(minutes=10)  # what the print system does not know by then, a person settles


class CopyWatch:
    """Asks about open runs until cancelled; ``folder`` holds the pages of runs that go on."""

    def __init__(self, store: Store, *, devices: DevicesClient, clock: Clock, folder: Path) -> None:
        self._store = store
        self._devices = devices
        self._clock = clock
        self._folder = folder

    async def run(self) -> None:
        """Doubt what an earlier life left begun, delete its pages, then ask, for ever."""
        await asyncio.to_thread(self._forget_pages)
        await self._store.run(commands.doubt_interrupted)
        while True:
            await self.ask()
            await asyncio.sleep(ASK_AGAIN_SECONDS)

    def _forget_pages(self) -> None:
        """The folder itself stays: the drivers' process sees this one, and would not see another of its name."""
        for pages in self._folder.glob("*"):
            shutil.rmtree(pages, ignore_errors=True)

    async def ask(self) -> None:
        """Ask once about every run that the print system may still tell of."""
        since = self._clock.now() - ASK_ABOUT_UNKNOWN_FOR
        for run in await self._store.read(queries.open_runs):
            if run.state is CopyState.QUEUED or run.begun_at > since:
                await self._inquire(run)

    async def _inquire(self, run: CopyRun) -> None:
        try:
            known = await self._devices.devices()
            printer = next((each.name for each in known.devices if each.family == PRINTER), None)
            if printer is None:
                return
            told = await self._devices.call(printer, "inquire", ref=run.run_id)
        except DeviceError:
            return  # it stays as it is, and is asked again
        state, reason = ended_as(told)
        if (state, reason) != (run.state, run.reason):
            await self._store.run(partial(commands.hear, run_id=run.run_id, state=state, reason=reason))
