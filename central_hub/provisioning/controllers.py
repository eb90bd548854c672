"""The one call a node makes before it has a name here."""

from functools import partial

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency

from central_hub.provisioning import commands
from central_hub.storage import HubStore
from sync.ambient import Clock
from sync.replication import messages
from sync.replication.authority import AuthorityKeeper
from sync.replication.messages import EnrolRequest
from sync.vocabulary.errors import NotFound
from sync.web.passwords import Throttle

ENROL_BYTES_MAX = 4 << 10


class EnrolmentController(Controller):
    """A node's public key for a single-use token."""

    path = "/sync/enrol"
    include_in_schema = False  # msgpack under zstd: described in sync/replication/messages.py

    @post(status_code=200, request_max_body_size=ENROL_BYTES_MAX)
    async def enrol(
        self,
        request: Request[object, object, State],
        store: NamedDependency[HubStore],
        clock: NamedDependency[Clock],
        enrolments: NamedDependency[Throttle],
    ) -> Response[bytes]:
        """Let a node in; whoever guesses tokens is slowed down."""
        device, now = request.client.host if request.client else "", clock.now()
        enrolments.admit(account="enrol", device=device, now=now)
        asked = messages.decode(await request.body(), EnrolRequest, bytes_max=ENROL_BYTES_MAX)
        enrolments.attempt(account="enrol", device=device, now=now)
        answer = await store.run(partial(commands.enrol, request=asked, now=now))
        enrolments.withdraw(account="enrol", device=device, at=now)
        return Response(messages.encode(answer), media_type=messages.MEDIA_TYPE)


class AuthorityController(Controller):
    """Whom the nodes are to trust, for one that knows it by its fingerprint only."""

    path = "/sync/authority"
    include_in_schema = False

    @get(media_type="application/x-pem-file")
    async def certificate(self, authority: NamedDependency[AuthorityKeeper | None]) -> bytes:
        """The certificate of the authority in use."""
        if authority is None:
            raise NotFound(what="authority")
        return authority.standing.announced[0]


controllers = [EnrolmentController, AuthorityController]
