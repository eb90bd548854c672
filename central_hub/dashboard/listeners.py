"""Keeps the wall screen honest: an office that falls silent tells nobody so itself."""

import asyncio

from sync.web.live import Broadcaster

BEAT_SECONDS = 5
LIVE_TOPIC = "offices"


async def beat(broadcaster: Broadcaster) -> None:
    """Have the dashboard drawn anew every few seconds until cancelled."""
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        broadcaster.publish(LIVE_TOPIC)
