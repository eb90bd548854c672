"""Speaks calls one after another, beside the queue: a silent loudspeaker stops nobody from calling."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from device_drivers.client import DevicesClient
from device_drivers.errors import DeviceError, Unavailable
from device_drivers.loudspeaker.protocol import Dropped
from edge_node.queue.model import Language, TicketCalled, TicketRecalled
from edge_node.voice.model import announcements
from sync.ambient import Clock
from sync.storage import Store

FAMILY = "loudspeaker"
WAITING_MAX = 120  # calls that wait to be spoken; the loudspeaker drops the stale ones long before

_log = structlog.get_logger("voice")


def full_volume(_now: datetime) -> int:
    """At every hour."""
    return 100


class Voice:
    """Hears calls from the moment it is made; speaks them while ``run`` runs, ``volume_at`` says how loud (0–100)."""

    def __init__(
        self, store: Store, *, devices: DevicesClient, clock: Clock, volume_at: Callable[[datetime], int] = full_volume
    ) -> None:
        self._devices = devices
        self._clock = clock
        self._volume_at = volume_at
        self._waiting: asyncio.Queue[tuple[TicketCalled, datetime]] = asyncio.Queue(WAITING_MAX)
        self._is_silent = False
        store.subscribe(TicketCalled, self.hear)
        store.subscribe(TicketRecalled, self.hear)

    def hear(self, call: TicketCalled) -> None:
        """Take a call in; when too many wait the oldest is dropped, for the board shows it."""
        now = self._clock.now()
        if self._waiting.full():
            oldest, heard_at = self._waiting.get_nowait()
            _tell_dropped(oldest, language=oldest.language, age_seconds=(now - heard_at).total_seconds())
        self._waiting.put_nowait((call, now))

    async def run(self) -> None:
        """Speak call after call, until cancelled."""
        while True:
            call, heard_at = await self._waiting.get()
            await self.speak(call, heard_at=heard_at)

    async def speak(self, call: TicketCalled, *, heard_at: datetime) -> None:
        """Say one call unless it has grown stale or the hour is quiet.

        A loudspeaker that fails is told of once, until it speaks again.
        """
        volume_percent = self._volume_at(self._clock.now())
        if volume_percent == 0:
            return
        try:
            device = await self._loudspeaker()
            for each in announcements(call):
                outcome = await self._devices.call(
                    device,
                    "announce",
                    text=each.text,
                    language=each.language.value,
                    asked_at=heard_at,
                    pieces=each.pieces,
                    volume_percent=volume_percent,
                )
                if isinstance(outcome, Dropped):
                    _tell_dropped(call, language=each.language, age_seconds=outcome.age_seconds)
                    return
        except DeviceError as error:
            if not self._is_silent:
                _log.warning("the voice is silent", why=error.reason)
            self._is_silent = True
        else:
            if self._is_silent:
                _log.info("the voice speaks again")
            self._is_silent = False

    async def _loudspeaker(self) -> str:
        known = await self._devices.devices()
        for device in known.devices:
            if device.family == FAMILY:
                return device.name
        raise Unavailable("no-device")


def _tell_dropped(call: TicketCalled, *, language: Language, age_seconds: float) -> None:
    where = {"number": call.number, "desk": call.desk_number, "language": language.value}
    _log.warning("call not spoken", **where, age_seconds=round(age_seconds))
