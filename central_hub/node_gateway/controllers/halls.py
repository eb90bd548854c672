"""``/sync/halls``: the figures of an office's hall by day, hour and sphere."""

from functools import partial

from litestar import Controller, Response, put
from litestar.di import NamedDependency, Provide

from central_hub.node_gateway import commands
from central_hub.node_gateway.controllers.authentication import AnyRequest, speaker
from central_hub.node_gateway.model import Speaker
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.replication import messages
from sync.replication.messages import SMALL_BYTES_MAX
from sync.vocabulary.hall import HallReport


class HallController(Controller):
    """Told every minute while something changes; each day counts as it was told last."""

    path = "/sync"
    include_in_schema = False
    dependencies = {"speaker": Provide(speaker)}  # noqa: RUF012 - Litestar reads it off the class

    @put("/halls", status_code=200)
    async def hear(
        self,
        request: AnyRequest,
        speaker: NamedDependency[Speaker],
        store: NamedDependency[HubStore],
        clock: NamedDependency[Clock],
    ) -> Response[bytes]:
        """Keep what is newer than what is held; which life of the hub holds it."""
        report = messages.decode(await request.body(), HallReport, bytes_max=SMALL_BYTES_MAX)
        hear = partial(commands.hear_halls, office_id=speaker.office_id, report=report, now=clock.now())
        return Response(messages.encode(await store.run(hear)), media_type=messages.MEDIA_TYPE)
