"""What happens to appointments by itself: days open, bookings are looked through, people reminded, seats moved."""

import asyncio
from functools import partial

from central_hub.appointments import commands, queries
from central_hub.appointments.commands.reminding import Site
from central_hub.storage import HubStore
from sync.ambient import Clock, Ids

EVERY_SECONDS = 10  # neither a reminder's hour nor what another process of the hub took in gives a sign
SHARED_EVERY = 60  # of those: demand is no matter of minutes, and the office has to hear


class AppointmentKeeper:
    """Runs beside the pages of the hub."""

    def __init__(self, store: HubStore, *, clock: Clock, ids: Ids, site: Site) -> None:
        self._store, self._clock, self._ids, self._site = store, clock, ids, site

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            for turn in range(SHARED_EVERY):
                await self.keep()
                if turn == 0:
                    await self.share()
                await asyncio.sleep(EVERY_SECONDS)

    async def keep(self) -> None:
        """Follow the rules heard, look through what the offices told, remind."""
        for heard in await self._store.read(queries.all_rules):
            await self._store.run(partial(commands.follow_rules, heard=heard, now=self._clock.now(), ids=self._ids))
        if await self._store.read(partial(commands.is_index_behind, now=self._clock.now())):
            await self._store.run(partial(commands.index_bookings, now=self._clock.now()))
        if await self._store.read(partial(commands.are_reminders_due, now=self._clock.now())):
            await self._store.run(partial(commands.remind, site=self._site, now=self._clock.now(), ids=self._ids))

    async def share(self) -> int:
        """Give offices what the city does not sell; how many seats."""
        given = 0
        for heard in await self._store.read(queries.all_rules):
            asked = partial(commands.days_to_share, office_id=heard.office_id, now=self._clock.now())
            for document_id in await self._store.read(asked):
                share = partial(commands.share, document_id=document_id, now=self._clock.now(), ids=self._ids)
                given += await self._store.run(share)
        return given
