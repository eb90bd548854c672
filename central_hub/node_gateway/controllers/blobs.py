"""Scans by the hash of their bytes: only those that a case in the node's scope names."""

import asyncio
from functools import partial

from litestar import Controller, Response, get, head, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from central_hub.node_gateway import commands, queries
from central_hub.node_gateway.controllers.authentication import AnyRequest, speaker
from central_hub.node_gateway.model import Speaker
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.replication.blobs import BLOB_BYTES_MAX, BlobFolder
from sync.vocabulary.errors import NotFound

BLOB_MEDIA_TYPE = "application/octet-stream"


class BlobController(Controller):
    """``/blobs/{sha256}``."""

    path = "/blobs/{sha256:str}"
    include_in_schema = False
    dependencies = {"speaker": Provide(speaker)}  # noqa: RUF012 - Litestar reads it off the class

    @head()
    async def has(
        self, sha256: FromPath[str], speaker: NamedDependency[Speaker], store: NamedDependency[HubStore]
    ) -> None:
        """Whether the hub holds the blob."""
        await _check_scope(store, speaker, sha256)
        if not await store.read(partial(queries.has_blob, sha256=sha256)):
            raise NotFound(what="blob")

    @put(status_code=204, request_max_body_size=BLOB_BYTES_MAX)
    async def keep(
        self,
        *,
        sha256: FromPath[str],
        request: AnyRequest,
        speaker: NamedDependency[Speaker],
        store: NamedDependency[HubStore],
        blob_folder: NamedDependency[BlobFolder],
        clock: NamedDependency[Clock],
    ) -> None:
        """Keep the blob, durably, once its whole hash was checked; the case that names it comes first."""
        await _check_scope(store, speaker, sha256)
        content = await request.body()
        await asyncio.to_thread(partial(blob_folder.put, content, expected_sha256=sha256))
        await store.run(partial(commands.keep_blob, sha256=sha256, size=len(content), now=clock.now()))

    @get()
    async def fetch(
        self,
        sha256: FromPath[str],
        speaker: NamedDependency[Speaker],
        store: NamedDependency[HubStore],
        blob_folder: NamedDependency[BlobFolder],
    ) -> Response[bytes]:
        """The blob, whole."""
        await _check_scope(store, speaker, sha256)
        content = await asyncio.to_thread(blob_folder.get, sha256)
        return Response(content, media_type=BLOB_MEDIA_TYPE)


async def _check_scope(store: HubStore, speaker: Speaker, sha256: str) -> None:
    """Raises NotFound unless a case that the node reads names the blob."""
    if not await store.read(partial(queries.may_touch_blob, sha256=sha256, scopes=speaker.scopes)):
        raise NotFound(what="blob")
