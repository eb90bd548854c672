"""Who waits for the feed is woken by the commit that feeds it."""

import asyncio
from datetime import timedelta
from functools import partial

from central_hub.node_gateway.commands import compact, lose_blob
from central_hub.node_gateway.model import Waiters
from central_hub.storage import HubStore, fixity
from central_hub.storage.replica import FeedGrew
from sync.ambient import Clock
from sync.replication.blobs import PARTIAL_DAYS_MAX, BlobFolder
from sync.web.live import Broadcaster

LIVE_TOPIC = "offices"
COMPACT_EVERY_SECONDS = 24 * 3600  # what is kept for months may stay a day longer
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


async def keep_whole(store: HubStore, blobs: BlobFolder, clock: Clock) -> None:
    """Read once a day everything that is kept here, and raise an alarm over what has rotted, until cancelled."""
    while True:
        await asyncio.sleep(COMPACT_EVERY_SECONDS)
        await look_through(store, blobs, clock)


async def look_through(store: HubStore, blobs: BlobFolder, clock: Clock) -> None:
    """Documents, the pages of the database, and files; a file that rotted is set aside, so that it can come again."""
    after: str | None = ""
    while after is not None:
        rotten, after = await store.read(partial(fixity.rotten_after, after=after))
        for document_id in rotten:
            await store.run(partial(fixity.note_rotten, document_id=document_id, now=clock.now()))
        await asyncio.sleep(COMPACT_PAUSE_SECONDS)
    if await asyncio.to_thread(fixity.database_faults, store.database_url):
        await store.run(partial(fixity.note_faults, now=clock.now()))
    for sha256 in await asyncio.to_thread(blobs.all_hashes):
        if await asyncio.to_thread(blobs.has_rotted, sha256):
            await asyncio.to_thread(blobs.set_aside, sha256)
            await store.run(partial(lose_blob, sha256=sha256, now=clock.now()))


def listen(store: HubStore, waiters: Waiters) -> None:
    """Wake the long polls after every commit that feeds."""
    store.subscribe(FeedGrew, lambda grew: waiters.wake(grew.scopes))


def show(store: HubStore, broadcaster: Broadcaster) -> None:
    """Have the city's pages drawn anew after the same commits."""
    store.subscribe(FeedGrew, lambda _: broadcaster.publish(LIVE_TOPIC))
