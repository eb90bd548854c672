"""Merging in the app's own process, done before a push is answered: for tests, which ask at once what became of it."""

from functools import partial

from central_hub.merging.worker import BATCH_MAX
from central_hub.node_gateway.commands import merge_received
from central_hub.storage import HubStore
from sync.ambient import Clock


class InlineMerger:
    """Merges whenever something was appended; what would kill a process kills this one."""

    def __init__(self, store: HubStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Merge what an earlier life left."""
        await self.appended()

    async def appended(self) -> None:
        """Merge until nothing is left."""
        while await self._store.run(partial(merge_received, limit=BATCH_MAX, now=self._clock.now())):
            pass
