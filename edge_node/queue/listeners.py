"""The queue's events, passed on to live pages."""

import asyncio
from functools import partial

import msgspec

from edge_node.queue import commands, queries
from edge_node.queue.model import (
    ALARMS_TOPIC,
    CALLS_TOPIC,
    EVENTS,
    QUEUE_TOPIC,
    AlarmAnswered,
    AlarmRaised,
    TicketCalled,
    TicketRecalled,
)
from sync.ambient import Clock
from sync.storage import Store
from sync.web.live import Broadcaster

REFRESH_SECONDS = 60  # waiting times grow while nothing happens
PARKED_LOOK_SECONDS = 10  # a call looks by itself, this is for the lists


async def refresh(broadcaster: Broadcaster) -> None:
    """Let live pages count their minutes anew, until cancelled."""
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        broadcaster.publish(QUEUE_TOPIC)


async def return_parked(store: Store, clock: Clock) -> None:
    """Let tickets wait again whose time aside is over, until cancelled; writes nothing while there are none."""
    while True:
        await asyncio.sleep(PARKED_LOOK_SECONDS)
        now = clock.now()
        if await store.read(lambda reader, now=now: bool(queries.parked(reader, until=now))):
            await store.run(partial(commands.return_due, now=now))


def listen(store: Store, broadcaster: Broadcaster) -> None:
    """From now on pages that listen hear of the queue after each commit."""
    for call in (TicketCalled, TicketRecalled):  # first: the hall looks at the board, a list may be a moment late
        store.subscribe(call, lambda event: _publish_call(broadcaster, event))
    for alarm in (AlarmRaised, AlarmAnswered):
        store.subscribe(alarm, lambda event: broadcaster.publish(ALARMS_TOPIC, event))
    for event in EVENTS:
        store.subscribe(event, lambda _event: broadcaster.publish(QUEUE_TOPIC))


def _publish_call(broadcaster: Broadcaster, event: msgspec.Struct) -> None:
    broadcaster.publish(CALLS_TOPIC, event)
