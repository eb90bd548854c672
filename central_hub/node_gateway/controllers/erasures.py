"""``/sync/erasures``: a node tells which erased documents it has purged."""

from functools import partial

from litestar import Controller, post
from litestar.di import NamedDependency, Provide

from central_hub.node_gateway import commands
from central_hub.node_gateway.controllers.authentication import AnyRequest, speaker
from central_hub.node_gateway.model import Speaker
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.replication import messages
from sync.replication.messages import ErasureDone


class ErasureController(Controller):
    """Confirmations only: erasures are ordered by people."""

    path = "/sync/erasures"
    include_in_schema = False
    dependencies = {"speaker": Provide(speaker)}  # noqa: RUF012 - Litestar reads it off the class

    @post(status_code=204)
    async def confirm(
        self,
        request: AnyRequest,
        speaker: NamedDependency[Speaker],
        store: NamedDependency[HubStore],
        clock: NamedDependency[Clock],
    ) -> None:
        """Take the confirmation down; hearing it again changes nothing."""
        done = messages.decode(await request.body(), ErasureDone, bytes_max=messages.SMALL_BYTES_MAX)
        await store.run(partial(commands.confirm_erasures, speaker=speaker, done=done, now=clock.now()))
