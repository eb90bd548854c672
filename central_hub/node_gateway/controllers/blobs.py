"""Scans by the hash of their bytes: only those a case in the node's scope names; a chunk at a time in memory."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from litestar import Controller, Response, get, head, patch, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from central_hub.node_gateway import commands, queries
from central_hub.node_gateway.controllers.authentication import AnyRequest, blob_bringer, late_speaker, speaker
from central_hub.node_gateway.model import Speaker
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.replication.blobs import BLOB_BYTES_MAX, CHUNK_BYTES, CHUNK_BYTES_MAX, BlobFolder
from sync.replication.messages import BLOB_OFFSET_HEADER, BLOB_SIZE_HEADER
from sync.vocabulary.errors import InvalidInput, NotFound

BLOB_MEDIA_TYPE = "application/octet-stream"
UNKNOWN = "unknown"  # no offset: no case that the node reads names the blob, yet
Offset = Annotated[int, QueryParameter(ge=0, le=BLOB_BYTES_MAX)]


class BlobController(Controller):
    """``/blobs/{sha256}``."""

    path = "/blobs/{sha256:str}"
    include_in_schema = False
    dependencies = {"speaker": Provide(speaker)}  # noqa: RUF012 - Litestar reads it off the class

    @head(dependencies={"speaker": Provide(late_speaker)})
    async def has(
        self,
        sha256: FromPath[str],
        speaker: NamedDependency[Speaker],
        store: NamedDependency[HubStore],
        blob_folder: NamedDependency[BlobFolder],
    ) -> Response[None]:
        """Whether the hub holds the blob; if not, how much of it this node has brought."""
        if not await _may_bring(store, speaker, sha256):
            return Response(None, status_code=404, headers={BLOB_OFFSET_HEADER: UNKNOWN})
        if await store.read(partial(queries.has_blob, sha256=sha256)) and blob_folder.has(sha256):
            return Response(None, headers={BLOB_SIZE_HEADER: str(blob_folder.size(sha256))})
        held = await asyncio.to_thread(partial(blob_folder.held, sha256, owner=speaker.node_id))
        return Response(None, status_code=404, headers={BLOB_OFFSET_HEADER: str(held)})

    @patch(request_max_body_size=CHUNK_BYTES_MAX, dependencies={"speaker": Provide(late_speaker)})
    async def go_on(
        self,
        *,
        sha256: FromPath[str],
        offset: Offset,
        size: Offset,
        request: AnyRequest,
        speaker: NamedDependency[Speaker],
        store: NamedDependency[HubStore],
        blob_folder: NamedDependency[BlobFolder],
        clock: NamedDependency[Clock],
    ) -> Response[None]:
        """Keep the next chunk durably: 202 with what is held; 201 once the whole is here under its checked hash."""
        await _check_bringer(store, speaker, sha256)
        chunk = await request.body()
        append = partial(blob_folder.append, sha256, chunk, owner=speaker.node_id, offset=offset, size=size)
        held = await asyncio.to_thread(append)
        is_whole = blob_folder.has(sha256)
        if is_whole:
            await store.run(partial(commands.keep_blob, sha256=sha256, size=held, now=clock.now()))
        return Response(None, status_code=201 if is_whole else 202, headers={BLOB_OFFSET_HEADER: str(held)})

    @put(status_code=204, request_max_body_size=BLOB_BYTES_MAX, dependencies={"bringer": Provide(blob_bringer)})
    async def keep(
        self,
        *,
        sha256: FromPath[str],
        request: AnyRequest,
        bringer: NamedDependency[Speaker],
        store: NamedDependency[HubStore],
        blob_folder: NamedDependency[BlobFolder],
        clock: NamedDependency[Clock],
    ) -> None:
        """The blob whole, as the first protocol brings it."""
        await _check_bringer(store, bringer, sha256)
        size = await _receive(request, blob_folder, sha256, owner=bringer.node_id)
        await store.run(partial(commands.keep_blob, sha256=sha256, size=size, now=clock.now()))

    @get()
    async def fetch(
        self,
        *,
        sha256: FromPath[str],
        speaker: NamedDependency[Speaker],
        store: NamedDependency[HubStore],
        blob_folder: NamedDependency[BlobFolder],
        clock: NamedDependency[Clock],
        offset: Offset = 0,
        length: Annotated[int | None, QueryParameter(ge=0, le=CHUNK_BYTES_MAX)] = None,
    ) -> Response[bytes] | Stream:
        """At most ``length`` bytes from ``offset``, or the whole; at its beginning the hash is checked.

        A blob that has rotted is not here any more: whoever has it may bring it again.
        """
        if not await store.read(partial(queries.may_touch_blob, sha256=sha256, scopes=speaker.scopes)):
            raise NotFound(what="blob")
        try:
            size = await asyncio.to_thread(partial(blob_folder.size if offset else blob_folder.check, sha256))
        except NotFound as error:
            if "reason" in error.facts:
                await asyncio.to_thread(partial(blob_folder.set_aside, sha256))
                await store.run(partial(commands.lose_blob, sha256=sha256, now=clock.now()))
            raise
        if offset > size:
            raise InvalidInput(field="offset", rule="range", maximum=size)
        headers = {BLOB_SIZE_HEADER: str(size)}
        if length is None:
            return Stream(
                _chunks(blob_folder, sha256, offset=offset, size=size), media_type=BLOB_MEDIA_TYPE, headers=headers
            )
        part = await asyncio.to_thread(partial(blob_folder.read, sha256, offset=offset, length=length))
        return Response(part, media_type=BLOB_MEDIA_TYPE, headers=headers)


async def _may_bring(store: HubStore, speaker: Speaker, sha256: str) -> bool:
    return await store.read(partial(queries.may_bring_blob, sha256=sha256, speaker=speaker))


async def _check_bringer(store: HubStore, speaker: Speaker, sha256: str) -> None:
    """Raises NotFound unless a case that the node reads, or wrote to, names the blob."""
    if not await _may_bring(store, speaker, sha256):
        raise NotFound(what="blob")


async def _receive(request: AnyRequest, folder: BlobFolder, sha256: str, *, owner: str) -> int:
    """Keep a whole body chunk by chunk; its size."""
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal():
        raise InvalidInput(field="Content-Length", rule="required")
    size, offset, gathered = int(length), 0, bytearray()
    await asyncio.to_thread(partial(folder.forget_partial, sha256, owner=owner))
    async for piece in request.stream():
        gathered += piece
        while len(gathered) >= CHUNK_BYTES:
            chunk = bytes(gathered[:CHUNK_BYTES])
            await asyncio.to_thread(partial(folder.append, sha256, chunk, owner=owner, offset=offset, size=size))
            offset += len(chunk)
            del gathered[:CHUNK_BYTES]
    return await asyncio.to_thread(
        partial(folder.append, sha256, bytes(gathered), owner=owner, offset=offset, size=size)
    )


async def _chunks(folder: BlobFolder, sha256: str, *, offset: int, size: int) -> AsyncIterator[bytes]:
    while offset < size:
        chunk = await asyncio.to_thread(partial(folder.read, sha256, offset=offset, length=CHUNK_BYTES))
        if not chunk:
            return
        yield chunk
        offset += len(chunk)
