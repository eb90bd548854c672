"""The queue's events, passed on to live pages."""

import msgspec

from edge_node.queue.model import EVENTS, TicketCalled, TicketRecalled
from sync.storage import Store
from sync.web.live import Broadcaster

QUEUE_TOPIC = "queue"  # something changed: pages ask again
CALLS_TOPIC = "calls"  # TicketCalled and TicketRecalled, each of which counts


def listen(store: Store, broadcaster: Broadcaster) -> None:
    """From now on pages that listen hear of the queue after each commit."""
    for event in EVENTS:
        store.subscribe(event, lambda _event: broadcaster.publish(QUEUE_TOPIC))
    for call in (TicketCalled, TicketRecalled):
        store.subscribe(call, lambda event: _publish_call(broadcaster, event))


def _publish_call(broadcaster: Broadcaster, event: msgspec.Struct) -> None:
    broadcaster.publish(CALLS_TOPIC, event)
