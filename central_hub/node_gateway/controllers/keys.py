"""``/sync/key``: a node replaces its key."""

from functools import partial

from litestar import Controller, post
from litestar.di import NamedDependency

from central_hub.node_gateway import commands
from central_hub.node_gateway.controllers.authentication import AnyRequest, replacing_speaker
from central_hub.node_gateway.model import Sessions
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.replication import messages
from sync.replication.messages import KeyRequest

KEY_BYTES_MAX = 4 << 10


class KeyController(Controller):
    """Asked with the key that is to be replaced; once it is, also with it, for an answer may be lost."""

    path = "/sync/key"
    include_in_schema = False

    @post(status_code=204, request_max_body_size=KEY_BYTES_MAX)
    async def rotate(
        self,
        request: AnyRequest,
        store: NamedDependency[HubStore],
        node_sessions: NamedDependency[Sessions],
        clock: NamedDependency[Clock],
    ) -> None:
        """Let only the new key speak for the node from now on."""
        asked = messages.decode(await request.body(), KeyRequest, bytes_max=KEY_BYTES_MAX)
        speaker = await replacing_speaker(request, store, node_sessions, clock, public_key=asked.public_key)
        await store.run(partial(commands.rotate_key, speaker=speaker, request=asked, now=clock.now()))
