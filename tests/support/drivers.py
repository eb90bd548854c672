"""Drivers of a few lines behind the real process and socket, for slices that talk to devices."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue

from device_drivers.driver import READY, Condition, Printed, offline
from device_drivers.errors import NeedsAttention, OutcomeUnknown, Unavailable
from device_drivers.families import LOUDSPEAKER, TICKET_PRINTER
from device_drivers.loudspeaker.protocol import Loudspeaker, Spoken
from device_drivers.registry import Device
from device_drivers.service import DeviceService
from device_drivers.ticket_printer.protocol import TicketPaper
from tests.support.clock import HandClock


class HallSpeaker:
    """Remembers what the hall heard, and lets a test wait for it in ``sounds``; ``is_mute`` makes it fail."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.is_mute = False
        self.asked_at: datetime | None = None
        self.pieces: tuple[str, ...] = ()
        self.volumes: list[int] = []
        self.sounds: SimpleQueue[str] = SimpleQueue()

    def probe(self) -> Condition:
        return offline("no-sound") if self.is_mute else READY

    def announce(
        self, text: str, *, language: str, asked_at: datetime, pieces: tuple[str, ...] = (), volume_percent: int = 100
    ) -> Spoken:
        if self.is_mute:
            raise NeedsAttention("no-sound")
        self.asked_at, self.pieces = asked_at, pieces
        self.volumes.append(volume_percent)
        self.heard.append((language, text))
        self.sounds.put(text)
        return Spoken(seconds=1.0, wav_path="")

    def close(self) -> None:
        """Nothing is open."""


class PaperMill:
    """Prints, or fails in one of the three ways."""

    def __init__(self) -> None:
        self.trouble: str | None = None
        self.printed: list[str] = []
        self.doubted: list[str | None] = []

    def probe(self) -> Condition:
        return READY

    def print_ticket(self, paper: TicketPaper, *, ref: str, after_unknown: str | None = None) -> Printed:
        self.doubted.append(after_unknown)
        match self.trouble:
            case "unplugged":
                raise Unavailable("no-answer")
            case "silent":
                raise OutcomeUnknown(ref)
        self.printed.append(paper.number)
        return Printed(ref=ref)

    def close(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def running_drivers(
    socket: Path, *, clock: HandClock, speaker: Loudspeaker | None = None, printer: PaperMill | None = None
) -> AsyncIterator[None]:
    """The drivers' process with these devices, in this process, on a real socket."""
    devices = []
    if speaker is not None:
        devices.append(Device(name="hall", family=LOUDSPEAKER, driver_name="test", driver=speaker))
    if printer is not None:
        devices.append(Device(name="kiosk", family=TICKET_PRINTER, driver_name="test", driver=printer))
    service = DeviceService(devices, now=clock.now)
    await service.start(socket)
    try:
        yield
    finally:
        await service.close()
