"""Where the files of scans lie: here, or at the hub until somebody wants to look at one."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from edge_node.archive.model import Scan, ScanElsewhere, ScanNotFound, ScanNotSentYet, ScansOverQuota
from sync.ambient import Clock
from sync.replication import blob_rows
from sync.replication.blob_rows import PendingBlob
from sync.replication.blobs import BlobFolder
from sync.replication.transport import HubRefusal, Unreachable
from sync.storage import Store
from sync.vocabulary.errors import NotFound

Fetch = Callable[[PendingBlob], Awaitable[None]]  # raises as ``HubClient.fetch_blob``


class ScanShelf:
    """The files of one node, at most ``quota_bytes`` of them; what the hub holds makes room."""

    def __init__(
        self, store: Store, *, blobs: BlobFolder, fetch: Fetch, clock: Clock, quota_bytes: int | None = None
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._fetch = fetch
        self._clock = clock
        self._quota_bytes = quota_bytes

    async def keep(self, content: bytes) -> str:
        """Keep a new file durably; its hash.

        Raises:
            ScansOverQuota: what waits for the hub leaves no room.
            DiskFull: nothing was kept.
        """
        await self._make_room(len(content))
        return await asyncio.to_thread(self._blobs.put, content)

    async def take(self, scan: Scan) -> bytes:
        """The file of a scan, checked against its hash; fetched from the hub when it is not here.

        Raises:
            ScanElsewhere: it is at the hub, which does not answer.
            ScanNotSentYet: it is at the office that scanned it.
            ScanNotFound: what was kept of it is damaged.
            ScansOverQuota, DiskFull: there is no room for it.
        """
        try:
            content = await asyncio.to_thread(self._blobs.get, scan.sha256)
        except NotFound as missing:
            if missing.facts.get("reason") == "fixity":
                await self._let_damaged_go(scan)
            await self._fetch_it(scan)
            content = await asyncio.to_thread(self._blobs.get, scan.sha256)
        await self._store.run(partial(blob_rows.mark_used, sha256=scan.sha256, now=self._clock.now()))
        return content

    async def _fetch_it(self, scan: Scan) -> None:
        await self._make_room(scan.size)
        try:
            await self._fetch(PendingBlob(sha256=scan.sha256, size=scan.size, media_type=scan.media_type))
        except Unreachable as error:
            raise ScanElsewhere(scan_id=scan.scan_id) from error
        except HubRefusal as error:
            raise ScanNotSentYet(scan_id=scan.scan_id) from error
        except NotFound as error:
            raise ScanNotFound(scan_id=scan.scan_id) from error

    async def _let_damaged_go(self, scan: Scan) -> None:
        """Only when the hub holds a copy; else what is left of it stays for whoever can save it."""
        if await self._store.read(partial(blob_rows.is_uploaded, sha256=scan.sha256)):
            await asyncio.to_thread(self._blobs.remove, scan.sha256)
            return
        await self._store.run(partial(blob_rows.mark_damaged, sha256=scan.sha256, now=self._clock.now()))
        raise ScanNotFound(scan_id=scan.scan_id)

    async def _make_room(self, wanted_bytes: int) -> None:
        if self._quota_bytes is None:
            return
        make_room = partial(
            blob_rows.make_room,
            folder=self._blobs,
            wanted_bytes=wanted_bytes,
            quota_bytes=self._quota_bytes,
            now=self._clock.now(),
        )
        if not await self._store.run(make_room):
            raise ScansOverQuota
