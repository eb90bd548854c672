"""Scans get their text one after another, in the background; the journal outlives the process."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Protocol

import msgspec
import structlog

from edge_node.archive import commands, queries
from edge_node.archive.listeners.recognising import Recogniser, RecogniserMissing, TextNotRecognised
from edge_node.archive.model import Scan, TextJob, TextWanted
from sync.ambient import Clock, Ids
from sync.storage import Store
from sync.vocabulary.errors import Refusal
from sync.vocabulary.ids import ScanId

TRY_AGAIN_SECONDS = 300.0  # the file is at the hub, or there is no room for a second one

_log = structlog.get_logger("archive")


class Shelf(Protocol):
    """Where the files lie; ``ScanShelf`` is the one of the app."""

    async def keep(self, content: bytes) -> str:
        """Keep a new file durably; its hash. Raises a Refusal when there is no room."""
        ...

    async def take(self, scan: Scan) -> bytes:
        """The file of a scan; raises a Refusal when it cannot be had here now."""
        ...


class TextRunner:
    """Makes of each scan a PDF/A-2 that can be searched, and hangs it on the case beside the scan."""

    def __init__(self, store: Store, *, recogniser: Recogniser, shelf: Shelf, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._recogniser = recogniser
        self._shelf = shelf
        self._clock = clock
        self._ids = ids
        self._bell = asyncio.Event()
        store.subscribe(TextWanted, self._hear)

    async def run(self) -> None:
        """Recognise whatever waits, one scan at a time, until cancelled or until there is nothing to do it with."""
        while True:
            self._bell.clear()
            try:
                if await self.recognise_next():
                    continue
            except RecogniserMissing:
                _log.warning("ocrmypdf is not installed: scans stay without text")
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(TRY_AGAIN_SECONDS):
                    await self._bell.wait()

    async def recognise_next(self) -> bool:
        """Whether something came of the scan that waits longest; raises RecogniserMissing."""
        job = await self._store.read(queries.next_text_job)
        if job is None:
            return False
        scan = await self._store.run(partial(commands.begin_text_job, job=job))
        if scan is None:
            return True
        try:
            content = await self._shelf.take(scan)
            found = await self._recogniser.searchable(content, pages=scan.pages)
            await self._attach(scan, found, job=job)
        except TextNotRecognised as error:
            await self._fail(job, str(error))
        except RecogniserMissing:
            await self._store.run(partial(queries.write_text_job, job=job))
            raise
        except Refusal as error:  # the file is elsewhere, or there is no room for another: nothing was tried
            _log.info("the text of a scan must wait", scan_id=job.scan_id, why=error.code)
            await self._store.run(partial(queries.write_text_job, job=job))
            return False
        return True

    async def _attach(self, scan: Scan, content: bytes, *, job: TextJob) -> None:
        rendition = msgspec.structs.replace(
            scan,
            scan_id=ScanId(self._ids.new()),
            sha256=await self._shelf.keep(content),
            size=len(content),
            rendition_of=scan.scan_id,
            scanned_at=self._clock.now(),
        )
        attach = partial(commands.attach_rendition, rendition=rendition, job=job, now=self._clock.now(), ids=self._ids)
        await self._store.run(attach)

    async def _fail(self, job: TextJob, reason: str) -> None:
        _log.warning("no text recognised", scan_id=job.scan_id, why=reason)
        await self._store.run(partial(commands.fail_text_job, scan_id=job.scan_id, reason=reason))

    def _hear(self, _event: TextWanted) -> None:
        self._bell.set()
