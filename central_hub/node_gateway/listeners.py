"""Who waits for the feed, woken by the commit that feeds it."""

import asyncio
from collections.abc import Iterable

from central_hub.storage import HubStore
from central_hub.storage.replica import FeedGrew


class Waiters:
    """The long polls that wait now, by scope."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def listen(self, store: HubStore) -> None:
        """Wake after every commit that feeds."""
        store.subscribe(FeedGrew, self._wake)

    def _wake(self, grew: FeedGrew) -> None:
        for scope in grew.scopes:
            for event in self._waiting.get(scope, ()):
                event.set()

    def enlist(self, scopes: Iterable[str]) -> asyncio.Event:
        """An event that a commit for one of the scopes sets; hand it back to ``dismiss``."""
        event = asyncio.Event()
        for scope in scopes:
            self._waiting.setdefault(scope, set()).add(event)
        return event

    def dismiss(self, event: asyncio.Event) -> None:
        """The poll has answered."""
        for waiting in self._waiting.values():
            waiting.discard(event)
