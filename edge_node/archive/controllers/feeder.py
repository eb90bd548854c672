"""The scanner of the office, and the folders in which pages lie until they are one file."""

import asyncio
import shutil
from pathlib import Path

from device_drivers.client import DevicesClient
from device_drivers.errors import DeviceError
from device_drivers.scanner.protocol import Pages
from edge_node.archive.model import NoScanner, ScannerRefused
from edge_node.devices.model import EXCHANGED
from sync.vocabulary.ids import ScanId

FAMILY = "scanner"
RESOLUTION_DPI = 300  # what the archive's rules ask of a scan (DOMAIN §7)


class ScanFeeder:
    """The first scanner that is configured; ``folder`` is this node's alone."""

    def __init__(self, devices: DevicesClient, *, folder: Path) -> None:
        self._devices = devices
        self._folder = folder

    async def feed(self, scan_id: ScanId, *, ref: str) -> Pages:
        """Scan what lies in the feeder, after the pages that there are of ``scan_id``.

        Raises:
            NoScanner: none is configured, or the drivers do not run.
            ScannerRefused: not a single page came of it.
        """
        device = await self._device()
        folder = self._folder / scan_id
        folder.mkdir(mode=EXCHANGED, parents=True, exist_ok=True)
        try:
            pages = await self._devices.call(device, "scan", ref=ref, folder=str(folder), resolution_dpi=RESOLUTION_DPI)
        except DeviceError as error:
            raise ScannerRefused(reason=error.reason) from error
        if not isinstance(pages, Pages):
            raise TypeError(f"a scanner answered {type(pages).__name__}")
        if not pages.files:
            raise ScannerRefused(reason=pages.stopped_by or "no-paper")
        return pages

    async def pages(self, scan_id: ScanId) -> list[Path]:
        """The pages of ``scan_id`` that lie here, in order."""
        return await asyncio.to_thread(lambda: sorted((self._folder / scan_id).glob("page-*.png")))

    async def delete(self, scan_id: ScanId) -> None:
        """Delete the pages of ``scan_id``."""
        await asyncio.to_thread(shutil.rmtree, self._folder / scan_id, ignore_errors=True)

    async def _device(self) -> str:
        try:
            known = await self._devices.devices()
        except DeviceError as error:
            raise NoScanner from error
        device = next((each.name for each in known.devices if each.family == FAMILY), None)
        if device is None:
            raise NoScanner
        return device
