"""The queue's events, passed on to live pages."""

import asyncio

import msgspec

from edge_node.queue.model import CALLS_TOPIC, EVENTS, QUEUE_TOPIC, TicketCalled, TicketRecalled
from sync.storage import Store
from sync.web.live import Broadcaster

REFRESH_SECONDS = 60  # waiting times grow while nothing happens


async def refresh(broadcaster: Broadcaster) -> None:
    """Let live pages count their minutes anew, until cancelled."""
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        broadcaster.publish(QUEUE_TOPIC)


def listen(store: Store, broadcaster: Broadcaster) -> None:
    """From now on pages that listen hear of the queue after each commit."""
    for call in (TicketCalled, TicketRecalled):  # first: the hall looks at the board, a list may be a moment late
        store.subscribe(call, lambda event: _publish_call(broadcaster, event))
    for event in EVENTS:
        store.subscribe(event, lambda _event: broadcaster.publish(QUEUE_TOPIC))


def _publish_call(broadcaster: Broadcaster, event: msgspec.Struct) -> None:
    broadcaster.publish(CALLS_TOPIC, event)
