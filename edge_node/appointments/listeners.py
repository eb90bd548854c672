"""What happens to appointments by itself, minute by minute: who is late loses the place, unsold seats move."""

import asyncio
from functools import partial

from edge_node.appointments import commands, queries
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.ids import OfficeId

EVERY_SECONDS = 60  # the grace is counted in minutes, and no sign tells that it is over
SHARED_EVERY = 10  # of those: demand is no matter of minutes, and the hub has to hear


class AppointmentKeeper:
    """Runs beside the pages of one office."""

    def __init__(self, store: Store, *, office_id: OfficeId, clock: Clock, ids: Ids) -> None:
        self._store, self._office_id, self._clock, self._ids = store, office_id, clock, ids

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            for turn in range(SHARED_EVERY):
                await self.release()
                if turn == 0:
                    await self.share()
                await asyncio.sleep(EVERY_SECONDS)

    async def release(self) -> int:
        """Say who did not come, where there is anybody to say it of; how many."""
        office_id, now = self._office_id, self._clock.now()
        if not await self._store.read(partial(queries.missed, office_id=office_id, now=now)):
            return 0
        return await self._store.run(partial(commands.release_missed, office_id=office_id, now=now, ids=self._ids))

    async def share(self) -> int:
        """Give the city what lies idle; how many seats."""
        office_id, now = self._office_id, self._clock.now()
        given = 0
        for day in await self._store.read(partial(queries.days_to_share, office_id=office_id, now=now)):
            share = partial(commands.share, document_id=day, office_id=office_id, now=now, ids=self._ids)
            given += await self._store.run(share)
        return given
