"""What the drivers' process tells systemd: that it serves, that it still hears, and what it logs.

Only its event loop counts: each device has a thread of its own, and one that hangs in a dead printer is that device's
bad health, no reason to begin all anew.
"""

import asyncio
import os

import structlog
from structlog.typing import EventDict

LOOKS_PER_TIMEOUT = 3  # a loop that was busy once is not yet one that stands still
MICROSECONDS = 1_000_000
PRIORITIES = {"critical": 2, "error": 3, "exception": 3, "warning": 4, "info": 6}  # syslog's numbers


async def feed_watchdog() -> None:
    """Say that the process serves, then that its loop goes round, until cancelled; without systemd, nothing."""
    if "NOTIFY_SOCKET" not in os.environ:
        return
    from systemd import daemon  # noqa: PLC0415 - an extra brings it, and only a unit needs it

    daemon.notify("READY=1")
    while (told := os.environ.get("WATCHDOG_USEC")) is not None:
        daemon.notify("WATCHDOG=1")
        await asyncio.sleep(int(told) / MICROSECONDS / LOOKS_PER_TIMEOUT)


def is_journal_here() -> bool:
    """Whether this process is a unit, whose output the journal keeps."""
    return "JOURNAL_STREAM" in os.environ


def to_journal(_logger: object, method: str, event: EventDict) -> EventDict:
    """Send an event with its fields (``DEVICE=kiosk-printer``) to the journal, and nowhere else."""
    from systemd import journal  # noqa: PLC0415 - an extra brings it, and only a unit needs it

    message = str(event.pop("event"))
    told = " ".join(f"{name}={value}" for name, value in event.items())
    fields = {name.upper(): str(value) for name, value in event.items()}
    priority = str(PRIORITIES.get(method, PRIORITIES["info"]))
    journal.send(f"{message} {told}".rstrip(), PRIORITY=priority, SYSLOG_IDENTIFIER="edge-devices", **fields)
    raise structlog.DropEvent
