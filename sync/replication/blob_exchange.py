"""Blobs between node and hub, chunk by chunk: operations go first, and a torn line costs one chunk."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sync.ambient import Clock
from sync.replication import blob_rows
from sync.replication.blob_rows import PendingBlob
from sync.replication.blobs import CHUNK_BYTES, PARTIAL_DAYS_MAX, BlobFolder, BlobOffset
from sync.replication.budget import Budget
from sync.replication.transport import CHUNKS_UNKNOWN, NOT_FOUND, HeldBlob, HubRefusal, Transport, Unreachable
from sync.storage import Reader, Store
from sync.vocabulary.errors import InvalidInput, NotFound

IDLE_SECONDS = 1.0
OPERATIONS_WAIT_SECONDS = 0.05  # how soon it is looked again whether the operations have gone
PAUSE_SECONDS_MAX = 5.0  # asleep for the budget's sake; meanwhile another blob may have become more urgent
UNKNOWN_FOR = timedelta(seconds=20)  # the hub has not merged the case that names it yet
REFUSED_FOR = timedelta(minutes=10)
FETCHED = "fetched"  # the sender of a partial that comes from the hub
UNPROCESSABLE = 422

_log = logging.getLogger(__name__)


class BlobExchange:
    """What one node sends and fetches."""

    def __init__(
        self, *, store: Store, transport: Transport, folder: BlobFolder, clock: Clock, nonce: Callable[[], str]
    ) -> None:
        self._store = store
        self._transport = transport
        self.folder = folder
        self._clock = clock
        self._nonce = nonce
        self._held: dict[str, HeldBlob] = {}  # as the hub said last; asked again after any refusal
        self._set_aside: dict[str, datetime] = {}  # and until when
        self.budget = Budget()

    async def send_step(self) -> None:
        """One chunk of the most urgent blob, once no operation waits; a rest when there is none.

        Raises:
            Unreachable, SessionLost: as ``Transport.send``; what was sent counts.
        """
        if await self._store.read(_is_operation_waiting):
            await asyncio.sleep(OPERATIONS_WAIT_SECONDS)
            return
        now = self._clock.now()
        self._set_aside = {sha256: until for sha256, until in self._set_aside.items() if until > now}
        blob = await self._store.read(partial(blob_rows.next_upload, set_aside=self._set_aside))
        if blob is None:
            await asyncio.sleep(IDLE_SECONDS)
            return
        try:
            await self._send_chunk(blob)
        except HubRefusal as refusal:
            await self._refused(blob, refusal)
        except NotFound:  # the file vanished under its row
            await self._store.run(partial(blob_rows.mark_damaged, sha256=blob.sha256, now=now))

    async def fetch(self, blob: PendingBlob) -> None:
        """Have the blob here, going on where an earlier try was torn; nobody's wait is bounded by the budget.

        Raises:
            Unreachable, SessionLost: what came so far stays.
            HubRefusal: the hub has no such blob for this node.
            NotFound: what the hub gives is not what the hash says.
            DiskFull: what came so far stays.
        """
        has_begun_anew = False
        while not self.folder.has(blob.sha256):
            try:
                await self._fetch_chunk(blob.sha256)
            except BlobOffset:  # somebody else fetches the same
                continue
            except (InvalidInput, HubRefusal) as error:
                if isinstance(error, HubRefusal) and error.status != UNPROCESSABLE:
                    raise
                if has_begun_anew:
                    raise NotFound(sha256=blob.sha256, reason="fixity") from error
                has_begun_anew = True
                await asyncio.to_thread(partial(self.folder.forget_partial, blob.sha256, owner=FETCHED))
        await self._store.run(partial(blob_rows.note_fetched, blob=blob, now=self._clock.now()))

    async def sweep(self) -> None:
        """Let partials go that nobody has come back to."""
        before = self._clock.now() - timedelta(days=PARTIAL_DAYS_MAX)
        await asyncio.to_thread(partial(self.folder.sweep, before=before))

    async def _fetch_chunk(self, sha256: str) -> None:
        held = await asyncio.to_thread(partial(self.folder.held, sha256, owner=FETCHED))
        chunk, size = await self._transport.fetch_blob_chunk(
            sha256, nonce=self._nonce(), offset=held, length=CHUNK_BYTES
        )
        if not chunk and held < size:
            raise Unreachable("an empty chunk")
        self.budget.count(len(chunk), now=self._clock.now())
        await asyncio.to_thread(partial(self.folder.append, sha256, chunk, owner=FETCHED, offset=held, size=size))

    async def _send_chunk(self, blob: PendingBlob) -> None:
        held = self._held.get(blob.sha256)
        if held is None:
            held = await self._transport.held_blob(blob.sha256, nonce=self._nonce())
        if not held.is_whole:
            chunk = await asyncio.to_thread(
                partial(self.folder.read, blob.sha256, offset=held.offset, length=CHUNK_BYTES)
            )
            if pause := self.budget.pause_seconds(len(chunk), now=self._clock.now()):
                self._held[blob.sha256] = held
                await asyncio.sleep(min(pause, PAUSE_SECONDS_MAX))
                return
            self._held.pop(blob.sha256, None)  # unless it is answered, nobody knows
            held = await self._transport.send_blob_chunk(
                blob.sha256, chunk, nonce=self._nonce(), offset=held.offset, size=blob.size
            )
            self._held[blob.sha256] = held
        if held.is_whole:
            self._held.pop(blob.sha256, None)
            await self._store.run(partial(blob_rows.mark_uploaded, sha256=blob.sha256, now=self._clock.now()))

    async def _refused(self, blob: PendingBlob, refusal: HubRefusal) -> None:
        """Why the hub does not take it, and what then; the others go on."""
        self._held.pop(blob.sha256, None)
        now = self._clock.now()
        if refusal.code == BlobOffset.code:
            return  # an answer was lost: it is asked where to go on
        if refusal.code == CHUNKS_UNKNOWN:
            await self._send_whole(blob)
            return
        if refusal.status == NOT_FOUND:
            self._set_aside[blob.sha256] = now + UNKNOWN_FOR
            return
        _log.warning("the hub refused a blob: %s", refusal)
        self._set_aside[blob.sha256] = now + REFUSED_FOR
        try:
            await asyncio.to_thread(self.folder.check, blob.sha256)
        except NotFound:
            await self._store.run(partial(blob_rows.mark_damaged, sha256=blob.sha256, now=now))

    async def _send_whole(self, blob: PendingBlob) -> None:
        """As the first protocol sends it."""
        content = await asyncio.to_thread(self.folder.get, blob.sha256)
        try:
            await self._transport.send("PUT", f"/blobs/{blob.sha256}", nonce=self._nonce(), body=content)
        except HubRefusal:
            self._set_aside[blob.sha256] = self._clock.now() + REFUSED_FOR
            return
        await self._store.run(partial(blob_rows.mark_uploaded, sha256=blob.sha256, now=self._clock.now()))


def _is_operation_waiting(reader: Reader) -> bool:
    return reader.scalar("select 1 from replica_operations where state = 'waiting' limit 1") is not None
