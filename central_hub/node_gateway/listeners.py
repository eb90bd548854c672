"""Who waits for the feed is woken by the commit that feeds it."""

from central_hub.node_gateway.model import Waiters
from central_hub.storage import HubStore
from central_hub.storage.replica import FeedGrew
from sync.web.live import Broadcaster

LIVE_TOPIC = "offices"


def listen(store: HubStore, waiters: Waiters) -> None:
    """Wake the long polls after every commit that feeds."""
    store.subscribe(FeedGrew, lambda grew: waiters.wake(grew.scopes))


def show(store: HubStore, broadcaster: Broadcaster) -> None:
    """Have the city's pages drawn anew after the same commits."""
    store.subscribe(FeedGrew, lambda _: broadcaster.publish(LIVE_TOPIC))
