"""A harmless act of each family that shows a person that the device works: one piece for page and terminal."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import msgspec

from device_drivers.barcode_reader.protocol import NothingRead
from device_drivers.client import DevicesClient
from device_drivers.errors import NeedsAttention
from device_drivers.loudspeaker.protocol import Dropped
from device_drivers.scanner.protocol import RESOLUTIONS_DPI, Pages
from device_drivers.ticket_printer.protocol import LineSize, PaperLine, TicketPaper

CODE_PAGE_LETTERS = "Ґ ґ Ї ї Є є І і №"  # what printers of other countries leave out; ₴ stands in no page
READER_WAIT_SECONDS = 15.0  # with the five for which a desk's page may hold the reader, still within its deadline


class TrialWords(msgspec.Struct, frozen=True, kw_only=True):
    """What a trial prints and says, in ``language``."""

    heading: str
    disclaimer: str
    sound: str
    language: str


class Trials:
    """Tries devices by name; ``spool`` is a folder that the drivers' process may write into."""

    def __init__(self, devices: DevicesClient, *, words: TrialWords, spool: Path) -> None:
        self._devices = devices
        self._words = words
        self._spool = spool
        self._acts: dict[str, Callable[[str, str, datetime], Awaitable[None]]] = {
            "ticket_printer": self._print,
            "scanner": self._scan,
            "loudspeaker": self._speak,
            "barcode_reader": self._read,
            "payment_terminal": self._ask,
        }

    async def run(self, name: str, *, family: str, ref: str, now: datetime) -> None:
        """Let the device act; raises DeviceError, NeedsAttention(``nothing-read``) where a reader saw no code.

        A document printer is tried by a page that its owner sets, a telephone by a number that a person gives: both
        are a KeyError here, as is an unknown family.
        """
        await self._acts[family](name, ref, now)

    async def _print(self, name: str, ref: str, _now: datetime) -> None:
        await self._devices.call(name, "print_ticket", paper=trial_paper(self._words), ref=ref)

    async def _speak(self, name: str, _ref: str, now: datetime) -> None:
        words = self._words
        told = await self._devices.call(name, "announce", text=words.sound, language=words.language, asked_at=now)
        if isinstance(told, Dropped):  # it stood behind other announcements for too long
            raise NeedsAttention("still-busy")

    async def _read(self, name: str, _ref: str, _now: datetime) -> None:
        """That a code came is all that is told: what stands on a paper may lead to a person."""
        told = await self._devices.call(name, "next_code", wait_seconds=READER_WAIT_SECONDS)
        if isinstance(told, NothingRead):
            raise NeedsAttention("nothing-read")

    async def _ask(self, name: str, _ref: str, _now: datetime) -> None:
        """A whole question and answer that moves no money and writes nothing at the bank."""
        await self._devices.call(name, "baseline")

    async def _scan(self, name: str, ref: str, _now: datetime) -> None:
        """What lay in the feeder was shown to nobody and is not kept."""
        folder = self._spool / f"trial-{ref}"
        folder.mkdir(mode=0o700, parents=True)
        try:
            told = await self._devices.call(
                name, "scan", ref=ref, folder=str(folder), resolution_dpi=RESOLUTIONS_DPI[0]
            )
            if isinstance(told, Pages) and told.stopped_by:
                raise NeedsAttention(told.stopped_by)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def trial_paper(words: TrialWords) -> TicketPaper:
    """A ticket that nobody can take for one."""
    return TicketPaper(
        number="***",
        lines=(
            PaperLine(text=words.heading, size=LineSize.LARGE),
            PaperLine(text=words.disclaimer),
            PaperLine(text=CODE_PAGE_LETTERS),
        ),
    )
