"""What an app and systemd say to each other: its sockets, that it serves, that it makes progress, what it logs.

Without systemd around the process (a checkout, the demo, a test) nothing is said, and nothing is missing.
"""

import asyncio
import faulthandler
import logging
import os
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from socket import socket

import structlog
from structlog.typing import EventDict

LOOKS_PER_TIMEOUT = 3  # one look that came late does not cost a restart
MICROSECONDS = 1_000_000

Sign = Callable[[], Awaitable[bool]]

_log = logging.getLogger(__name__)


def tell_systemd(state: str) -> None:
    """Send ``state`` (``READY=1``, ``WATCHDOG=1`` …) to who supervises this process; nobody else hears it."""
    if "NOTIFY_SOCKET" in os.environ:
        from systemd import daemon  # noqa: PLC0415 - an extra brings it, and only a unit needs it

        daemon.notify(state)


def given_sockets() -> list[socket]:
    """The sockets on which systemd listens for this process, in the order of its unit's ListenStream lines."""
    if "LISTEN_FDS" not in os.environ:
        return []
    from systemd import daemon  # noqa: PLC0415 - an extra brings it, and only a unit needs it

    return [socket(fileno=descriptor) for descriptor in daemon.listen_fds()]


def watchdog_seconds() -> float | None:
    """How long systemd bears silence from this process; None when it does not watch."""
    told = os.environ.get("WATCHDOG_USEC")
    return None if told is None else int(told) / MICROSECONDS


class Rounds:
    """Whether a loop still goes round: it says so at the start of each round, done or failed."""

    def __init__(self, *, seconds_max: float) -> None:
        self._seconds_max = seconds_max
        self._begun_at: float | None = None

    def begin(self) -> None:
        """Called by the loop, on the event loop."""
        self._begun_at = asyncio.get_running_loop().time()

    async def are_going(self) -> bool:
        """Whether the last round is younger than ``seconds_max``; a loop that has not begun holds nothing up."""
        return self._begun_at is None or asyncio.get_running_loop().time() - self._begun_at < self._seconds_max


async def writes(probe: Callable[[], Awaitable[None]]) -> bool:
    """Whether a writer answers ``probe``: a full or failing disk is an answer, and no restart would mend it."""
    with suppress(sqlite3.Error, OSError):
        await probe()
    return True


class Watchdog:
    """Feeds systemd's watchdog while each of ``signs`` shows progress within a third of ``seconds``."""

    def __init__(
        self, signs: Mapping[str, Sign], *, seconds: float, tell: Callable[[str], None] = tell_systemd
    ) -> None:
        self._signs = signs
        self._pause_seconds = seconds / LOOKS_PER_TIMEOUT
        self._tell = tell

    async def run(self) -> None:
        """Look and feed until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._pause_seconds)  # systemd counts seconds: there is nothing else to wait for

    async def look(self) -> tuple[str, ...]:
        """Feed, unless something stands still: the names of what does."""
        shown = await asyncio.gather(*(self._is_going(sign) for sign in self._signs.values()))
        stuck = tuple(name for name, is_going in zip(self._signs, shown, strict=True) if not is_going)
        if stuck:
            _log.error("no progress: %s", ", ".join(stuck))
        else:
            self._tell("WATCHDOG=1")
        return stuck

    async def _is_going(self, sign: Sign) -> bool:
        try:
            async with asyncio.timeout(self._pause_seconds):
                return await sign()
        except TimeoutError:
            return False


def with_fields(_logger: object, _method: str, event: EventDict) -> EventDict:
    """What ``structlog`` was told, as arguments of ``logging``: read in the message, found by the journal's fields."""
    message, exc_info = str(event.pop("event")), event.pop("exc_info", None)
    told = " ".join(f"{name}={value}" for name, value in event.items())
    fields = {name.upper(): str(value) for name, value in event.items()}
    return {"msg": f"{message} {told}".rstrip(), "extra": fields, "exc_info": exc_info}


def log_here(app: str, **fields: str) -> None:
    """Log to the journal with ``fields`` (``OFFICE="SHV"``) on every entry where it hears, else in lines to stderr.

    A process that is killed for standing still says where it stood.
    """
    faulthandler.enable()
    if "JOURNAL_STREAM" in os.environ:
        from systemd.journal import JournalHandler  # noqa: PLC0415 - an extra brings it, and only a unit needs it

        handler = JournalHandler(SYSLOG_IDENTIFIER=app, **fields)
        logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)  # a library may have been first
        structlog.configure(
            processors=[with_fields],
            wrapper_class=structlog.stdlib.BoundLogger,
            logger_factory=structlog.stdlib.LoggerFactory(),
        )
    else:
        logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
