"""The watch over waiting times."""

import asyncio
from functools import partial

from edge_node.queue.model import QUEUE_TOPIC
from edge_node.supervisor import commands, queries
from edge_node.supervisor.model import WaitedTooLong
from sync.ambient import Clock
from sync.storage import Store
from sync.web.live import Broadcaster

LOOK_SECONDS = 10  # a wait passes its bound when nothing happens at all


async def watch_waits(store: Store, clock: Clock) -> None:
    """Tell of every ticket that waits past a bound, until cancelled; writes nothing while there is none."""
    while True:
        now = clock.now()
        if await store.read(partial(queries.untold, now=now)):
            await store.run(partial(commands.tell_of_waits, now=now))
        await asyncio.sleep(LOOK_SECONDS)


def listen(store: Store, broadcaster: Broadcaster) -> None:
    """From now on live pages hear of waits that grew too long."""
    store.subscribe(WaitedTooLong, lambda _event: broadcaster.publish(QUEUE_TOPIC))
