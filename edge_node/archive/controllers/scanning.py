"""From the feeder of the scanner to one file under its hash: every page checked before anything is kept."""

import asyncio
import io
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import msgspec
from PIL import Image, ImageFile

from edge_node.archive import commands, queries
from edge_node.archive.controllers.feeder import RESOLUTION_DPI, ScanFeeder
from edge_node.archive.controllers.shelf import ScanShelf
from edge_node.archive.model import (
    OTHER_COUNT,
    PAGES_MAX,
    BatchStep,
    PageDamaged,
    Scan,
    ScanBatch,
    ScanOutcome,
    ScanTooLarge,
    ScanWanted,
)
from edge_node.staff.model import Person
from sync.ambient import Clock, Ids
from sync.replication.blobs import BLOB_BYTES_MAX
from sync.storage import Store
from sync.vocabulary.ids import CaseId, ScanId

MEDIA_TYPE = "application/pdf"


class ScanDesk:
    """Scans in one person's name; the pages of a batch lie at the feeder until they are kept or discarded."""

    def __init__(self, store: Store, *, feeder: ScanFeeder, shelf: ScanShelf, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._feeder = feeder
        self._shelf = shelf
        self._clock = clock
        self._ids = ids

    async def scan(self, case_id: CaseId, wanted: ScanWanted, *, by: Person) -> ScanOutcome:
        """Scan what lies in the feeder and hang it on the case; a batch when these may not be all pages.

        Raises:
            NoScanner, ScannerRefused, PageDamaged, ScanTooLarge, ScansOverQuota, DiskFull: nothing was kept.
            CaseNotHere, CaseNotYours, Forbidden: as ``case_register.commands.case_for``.
        """
        await self._store.read(partial(commands.may_scan, case_id=case_id, by=by))
        now = self._clock.now()
        for stale in await self._store.run(partial(commands.drop_stale_batches, now=now)):
            await self._feeder.delete(stale)
        wanted_facts = msgspec.structs.asdict(wanted)
        batch = ScanBatch(scan_id=ScanId(self._ids.new()), case_id=case_id, begun_at=now, **wanted_facts)
        await self._store.run(partial(queries.write_batch, batch=batch))
        is_waiting = False
        try:
            outcome = await self._feed(batch, by=by)
            is_waiting = outcome.batch is not None
        finally:
            if not is_waiting:
                await self._forget(batch.scan_id)
        return outcome

    async def finish(self, case_id: CaseId, scan_id: ScanId, step: BatchStep, *, by: Person) -> ScanOutcome:
        """Go on with a batch, keep it as it is, or discard it; when refused it waits as before.

        Raises as ``scan``, and ScanBatchNotFound.
        """
        batch = await self._store.read(partial(commands.batch_for, case_id=case_id, scan_id=scan_id, by=by))
        match step:
            case BatchStep.CONTINUE:
                outcome = await self._feed(batch, by=by)
            case BatchStep.KEEP:
                outcome = await self._keep(batch, by=by)
            case BatchStep.DISCARD:
                outcome = ScanOutcome()
        if outcome.batch is None:
            await self._forget(scan_id)
        return outcome

    async def _feed(self, batch: ScanBatch, *, by: Person) -> ScanOutcome:
        """Scan into the batch; it becomes a scan when the feeder ran empty and the pages are as many as expected."""
        pages = await self._feeder.feed(batch.scan_id, ref=self._ids.new())
        count = len(await self._feeder.pages(batch.scan_id))
        if count > PAGES_MAX:
            raise ScanTooLarge(pages=count, pages_max=PAGES_MAX)
        other_count = None if batch.pages_expected in {None, count} else OTHER_COUNT
        batch = msgspec.structs.replace(batch, pages=count, stopped_by=pages.stopped_by or other_count)
        if batch.stopped_by is None:
            return await self._keep(batch, by=by)
        await self._store.run(partial(queries.write_batch, batch=batch))
        return ScanOutcome(batch=batch)

    async def _keep(self, batch: ScanBatch, *, by: Person) -> ScanOutcome:
        pages = await self._feeder.pages(batch.scan_id)
        content = await asyncio.to_thread(one_file, pages)
        sha256 = await self._shelf.keep(content)
        scan = Scan(
            scan_id=batch.scan_id,
            case_id=batch.case_id,
            kind=batch.kind,
            title=batch.title,
            sha256=sha256,
            size=len(content),
            media_type=MEDIA_TYPE,
            pages=len(pages),
            resolution_dpi=RESOLUTION_DPI,
            scanned_at=self._clock.now(),
        )
        await self._store.run(partial(commands.attach_scan, scan=scan, by=by, now=scan.scanned_at, ids=self._ids))
        return ScanOutcome(scan=scan)

    async def _forget(self, scan_id: ScanId) -> None:
        await self._store.run(partial(queries.delete_batch, scan_id=scan_id))
        await self._feeder.delete(scan_id)


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
