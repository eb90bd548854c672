"""From the feeder of the scanner to one file under its hash: every page checked before anything is kept."""

import asyncio
import io
import shutil
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PIL import Image, ImageFile

from device_drivers.client import DevicesClient
from device_drivers.errors import DeviceError
from device_drivers.scanner.protocol import Pages
from edge_node.archive import commands
from edge_node.archive.controllers.shelf import ScanShelf
from edge_node.archive.model import (
    NoScanner,
    PageDamaged,
    Scan,
    ScannerRefused,
    ScanOutcome,
    ScanTooLarge,
    ScanWanted,
)
from edge_node.staff.model import Person
from sync.ambient import Clock, Ids
from sync.replication.blobs import BLOB_BYTES_MAX
from sync.storage import Store
from sync.vocabulary.ids import CaseId, ScanId

FAMILY = "scanner"
RESOLUTION_DPI = 300  # what the archive's rules ask of a scan (DOMAIN §7)
PAGES_MAX = 50  # a thicker file is scanned in parts
MEDIA_TYPE = "application/pdf"


class ScanDesk:
    """Scans in one person's name."""

    def __init__(self, store: Store, *, devices: DevicesClient, shelf: ScanShelf, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._devices = devices
        self._shelf = shelf
        self._clock = clock
        self._ids = ids

    async def scan(self, case_id: CaseId, wanted: ScanWanted, *, by: Person, folder: Path) -> ScanOutcome:
        """Scan what lies in the feeder and hang it on the case.

        Raises:
            NoScanner, ScannerRefused, PageDamaged, ScanTooLarge, ScansOverQuota, DiskFull: nothing was kept.
            CaseNotHere, CaseNotYours, Forbidden: as ``case_register.commands.case_for``.
        """
        await self._store.read(partial(commands.may_scan, case_id=case_id, by=by))
        scan_id = ScanId(self._ids.new())
        pages_folder = folder / scan_id
        pages_folder.mkdir(mode=0o700, parents=True)
        try:
            pages = await self._feed(scan_id, pages_folder)
            content = await asyncio.to_thread(one_file, [Path(file) for file in pages.files])
            sha256 = await self._shelf.keep(content)
        finally:
            await asyncio.to_thread(shutil.rmtree, pages_folder, ignore_errors=True)
        scan = Scan(
            scan_id=scan_id,
            case_id=case_id,
            kind=wanted.kind,
            title=wanted.title,
            sha256=sha256,
            size=len(content),
            media_type=MEDIA_TYPE,
            pages=len(pages.files),
            resolution_dpi=RESOLUTION_DPI,
            scanned_at=self._clock.now(),
        )
        await self._store.run(partial(commands.attach_scan, scan=scan, by=by, now=scan.scanned_at, ids=self._ids))
        return ScanOutcome(scan=scan, stopped_by=pages.stopped_by)

    async def _feed(self, scan_id: ScanId, folder: Path) -> Pages:
        device = await self._device()
        try:
            pages = await self._devices.call(
                device, "scan", ref=scan_id, folder=str(folder), resolution_dpi=RESOLUTION_DPI
            )
        except DeviceError as error:
            raise ScannerRefused(reason=error.reason) from error
        if not isinstance(pages, Pages):
            raise TypeError(f"a scanner answered {type(pages).__name__}")
        if not pages.files:
            raise ScannerRefused(reason=pages.stopped_by or "no-paper")
        if len(pages.files) > PAGES_MAX:
            raise ScanTooLarge(pages=len(pages.files), pages_max=PAGES_MAX)
        return pages

    async def _device(self) -> str:
        try:
            known = await self._devices.devices()
        except DeviceError as error:
            raise NoScanner from error
        device = next((each.name for each in known.devices if each.family == FAMILY), None)
        if device is None:
            raise NoScanner
        return device


def one_file(pages: Iterable[Path]) -> bytes:
    """The pages as one PDF, in order; raises PageDamaged for one that cannot be read whole, ScanTooLarge."""
    pictures = [_whole(page, number=number) for number, page in enumerate(pages, start=1)]
    held = io.BytesIO()
    first, *rest = pictures
    first.save(held, format="PDF", save_all=True, append_images=rest, resolution=float(RESOLUTION_DPI), quality=80)
    content = held.getvalue()
    if len(content) > BLOB_BYTES_MAX:
        raise ScanTooLarge(pages=len(pictures), bytes_max=BLOB_BYTES_MAX)
    return content


def _whole(page: Path, *, number: int) -> Image.Image:
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # for the whole process, and the type-setter's library wants it otherwise
    try:
        with Image.open(page) as picture:
            picture.load()
            return picture.convert("L" if picture.mode in {"1", "L", "I", "I;16"} else "RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise PageDamaged(page=number) from error
