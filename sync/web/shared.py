"""One rendering for all who are shown the same: 320 desks and 40 boards ask at once when a visitor is called."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Rendered = TypeVar("Rendered")  # HTML, or a message with its id
KEPT_MAX = 256  # spheres of desks times languages, with room; past it the cache starts anew


class SharedFragments(Generic[Rendered]):
    """Keeps the last rendering under each key, as long as its version stands."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[int, asyncio.Future[Rendered]]] = {}

    async def get(self, key: Hashable, *, version: int, render: Callable[[], Awaitable[Rendered]]) -> Rendered:
        """What ``render`` gives for ``key`` at ``version``: asked for once, also by many who ask at the same moment."""
        kept = self._kept.get(key)
        if kept is None or kept[0] != version or kept[1].get_loop() is not asyncio.get_running_loop():
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            kept = (version, asyncio.ensure_future(render()))
            self._kept[key] = kept
        return kept[1].result() if kept[1].done() else await asyncio.shield(kept[1])
