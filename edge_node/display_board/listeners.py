"""The board's own events, passed on to the boards."""

from edge_node.display_board.model import NoticesChanged
from edge_node.queue.model import QUEUE_TOPIC
from sync.storage import Store
from sync.web.live import Broadcaster


def listen(store: Store, broadcaster: Broadcaster) -> None:
    """From now on boards hear of notices after each commit."""
    store.subscribe(NoticesChanged, lambda _event: broadcaster.publish(QUEUE_TOPIC))
