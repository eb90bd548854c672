"""Who waits for the feed is woken by the commit that feeds it."""

import asyncio
from datetime import timedelta
from functools import partial

from central_hub.node_gateway.commands import compact
from central_hub.node_gateway.model import Waiters
from central_hub.storage import HubStore
from central_hub.storage.replica import FeedGrew
from sync.ambient import Clock
from sync.replication.blobs import PARTIAL_DAYS_MAX, BlobFolder
from sync.web.live import Broadcaster

LIVE_TOPIC = "offices"
COMPACT_EVERY_SECONDS = 24 * 3600
COMPACT_PAUSE_SECONDS = 0.2  # between two batches the offices have their turn


async def keep_compact(store: HubStore, clock: Clock) -> None:
    """Forget once a day what nobody needs any more, until cancelled."""
    while True:
        forgotten = await store.run(partial(compact, now=clock.now()))
        await asyncio.sleep(COMPACT_PAUSE_SECONDS if forgotten else COMPACT_EVERY_SECONDS)


async def keep_swept(blobs: BlobFolder, clock: Clock) -> None:
    """Let go once a day of scans that nobody came back to finish, until cancelled."""
    while True:
        before = clock.now() - timedelta(days=PARTIAL_DAYS_MAX)
        await asyncio.to_thread(partial(blobs.sweep, before=before))
        await asyncio.sleep(COMPACT_EVERY_SECONDS)


def listen(store: HubStore, waiters: Waiters) -> None:
    """Wake the long polls after every commit that feeds."""
    store.subscribe(FeedGrew, lambda grew: waiters.wake(grew.scopes))


def show(store: HubStore, broadcaster: Broadcaster) -> None:
    """Have the city's pages drawn anew after the same commits."""
    store.subscribe(FeedGrew, lambda _: broadcaster.publish(LIVE_TOPIC))
