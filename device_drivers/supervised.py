"""What the drivers' process tells systemd: that it serves, and that it still hears.

Only its event loop counts: each device has a thread of its own, and one that hangs in a dead printer is that device's
bad health, no reason to begin all anew.
"""

import asyncio
import os

LOOKS_PER_TIMEOUT = 3  # a loop that was busy once is not yet one that stands still
MICROSECONDS = 1_000_000


async def feed_watchdog() -> None:
    """Say that the process serves, then that its loop goes round, until cancelled; without systemd, nothing."""
    if "NOTIFY_SOCKET" not in os.environ:
        return
    from systemd import daemon  # noqa: PLC0415 - an extra brings it, and only a unit needs it

    daemon.notify("READY=1")
    while (told := os.environ.get("WATCHDOG_USEC")) is not None:
        daemon.notify("WATCHDOG=1")
        await asyncio.sleep(int(told) / MICROSECONDS / LOOKS_PER_TIMEOUT)
