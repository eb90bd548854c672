"""Whether a node and the hub hold the same: ``/sync/digest``, its buckets, and ``/sync/heal``."""

from functools import partial

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from central_hub.node_gateway import commands, queries
from central_hub.node_gateway.controllers.authentication import AnyRequest, speaker
from central_hub.node_gateway.model import Speaker
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.documents.validator import SNAPSHOT_BYTES_MAX
from sync.replication import messages
from sync.replication.messages import HealRequest

HEAL_BODY_BYTES_MAX = SNAPSHOT_BYTES_MAX + (64 << 10)


class DigestController(Controller):
    """Asked nightly and by technicians; see sync/replication/verification.py."""

    path = "/sync"
    include_in_schema = False
    dependencies = {"speaker": Provide(speaker)}  # noqa: RUF012 - Litestar reads it off the class

    @get("/digest")
    async def digest(self, speaker: NamedDependency[Speaker], store: NamedDependency[HubStore]) -> Response[bytes]:
        """All buckets of the node's scope."""
        answer = await store.read(partial(queries.digest, speaker=speaker))
        return Response(messages.encode(answer), media_type=messages.MEDIA_TYPE)

    @get("/digest/{bucket:int}")
    async def bucket(
        self, bucket: FromPath[int], speaker: NamedDependency[Speaker], store: NamedDependency[HubStore]
    ) -> Response[bytes]:
        """The entries of one bucket; none for a number that is no bucket's."""
        answer = await store.read(partial(queries.digest_bucket, speaker=speaker, bucket=bucket))
        return Response(messages.encode(answer), media_type=messages.MEDIA_TYPE)

    @post("/heal", status_code=200, request_max_body_size=HEAL_BODY_BYTES_MAX)
    async def heal(
        self,
        request: AnyRequest,
        speaker: NamedDependency[Speaker],
        store: NamedDependency[HubStore],
        clock: NamedDependency[Clock],
    ) -> Response[bytes]:
        """One document made whole, as far as both sides together can."""
        asked = messages.decode(await request.body(), HealRequest)
        answer = await store.run(partial(commands.heal, speaker=speaker, request=asked, now=clock.now()))
        return Response(messages.encode(answer), media_type=messages.MEDIA_TYPE)
